"""spaCy's DocBin: everything rides in ``doc.user_data``; spans and entities serve training.

Written Docs have ``doc.spans["oncotext"]``, ``doc.spans["sections"]`` and, without overlaps,
``doc.ents``; a mention off token boundaries is expanded there and exact in the report. Of a
DocBin that someone else wrote, ``doc.ents`` and ``doc.spans["sc"]`` are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

from oncotext.corpora.files import files_in
from oncotext.corpora.jsonl import report_of
from oncotext.corpora.reading import Draft, Problem, Reading
from oncotext.report import AnnotatedReport


def detect(path: Path) -> bool:
    """Whether it is a ``.spacy`` file or a folder with some."""
    if path.is_dir():
        return next(path.rglob("*.spacy"), None) is not None
    return path.suffix.lower() == ".spacy"


def read(path: Path, reading: Reading) -> Iterator[AnnotatedReport]:
    """The reports of a DocBin or of a folder of them."""
    import spacy
    from spacy.tokens import DocBin

    from oncotext.language.annotations import (
        KEY,
        register_extensions,
        report_fields,
        report_id,
    )

    register_extensions()
    vocab = spacy.blank("onco_fr").vocab
    for file in files_in(path, ".spacy"):
        try:
            docs = list(DocBin().from_disk(file).get_docs(vocab))
        except Exception as error:  # zlib, msgpack and spaCy each have errors of their own
            reading.problem(f"Not a DocBin ({type(error).__name__}).", file)
            continue
        for doc in docs:
            data: dict[str, Any] = doc.user_data.get(KEY) or {}
            if data.get("mentions") is not None:
                values = {"id": report_id(doc.text), **data, "text": doc.text}
                values["mentions"] = [
                    {
                        "id": f"T{number}",
                        "text": doc.text[mention["start"] : mention["end"]],
                        **report_fields(mention),
                    }
                    for number, mention in enumerate(data["mentions"], 1)
                ]
                yield report_of(values, file, None, reading)
            else:
                yield reading.report(report_id(doc.text), doc.text, _drafts(doc), file)


def _drafts(doc: Any) -> Iterator[Draft]:
    """Entities and spans of a Doc that is not ours."""
    spans = dict.fromkeys((*doc.ents, *doc.spans.get("sc", ())))
    for number, span in enumerate(spans, 1):
        place = (span.start_char, span.end_char)
        code = span.kb_id_ or None
        yield Draft(f"T{number}", span.label_, [place], code=code)


def docs_of(reports: Sequence[AnnotatedReport], nlp: Any = None) -> Iterator[Any]:
    """Docs of annotated reports, as a pipeline would have annotated them.

    Parameters
    ----------
    reports : sequence of AnnotatedReport
    nlp : Language, optional
        Its tokenizer is used; by default oncotext's own.
    """
    import spacy

    from oncotext.language.annotations import register_extensions

    register_extensions()
    nlp = nlp or spacy.blank("onco_fr")
    for report in reports:
        yield _doc(report, nlp.make_doc(report.text))


def _doc(report: AnnotatedReport, doc: Any) -> Any:
    from spacy.util import filter_spans

    from oncotext.language.annotations import KEY, MENTIONS, SECTIONS, doc_fields

    data = report.to_dict()
    del data["text"]
    data["mentions"] = [doc_fields(mention) for mention in data["mentions"]]
    doc.user_data[KEY] = data
    for key, parts in ((MENTIONS, report.mentions), (SECTIONS, report.sections)):
        spans = [
            doc.char_span(part.start, part.end, label=part.label, alignment_mode="expand")
            for part in cast(Sequence[Any], parts)
        ]
        doc.spans[key] = [span for span in spans if span is not None]
    doc.ents = filter_spans(doc.spans[MENTIONS])
    return doc


def write(reports: Sequence[AnnotatedReport], path: Path) -> list[Problem]:
    """Write one ``.spacy`` file."""
    from spacy.tokens import DocBin

    problems: list[Problem] = []
    docs = DocBin(store_user_data=True)
    for report, doc in zip(reports, docs_of(reports), strict=True):
        if doc.text == report.text:
            docs.add(doc)
        else:
            problems.append(Problem(str(path), None, f"Not written: {report.id}, not tokenised."))
    docs.to_disk(path)
    return problems
