"""Another library's answers on texts with given spans: the worker of ``peers.py``.

The Python of another environment runs it, in isolation: it imports the standard library and the
library that it serves. JSON on standard input, JSON on standard output.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Iterable, Sequence
from importlib import metadata
from typing import Any

GROUP = "given"
# Their own names of what oncotext calls negated, hypothetical, historical and family. medSpaCy
# tells uncertain from hypothetical, which its French rules never set.
FLAGS = {
    "edsnlp": {
        "negated": ("negation",),
        "hypothetical": ("hypothesis",),
        "historical": ("history",),
        "family": ("family",),
    },
    "medspacy": {
        "negated": ("is_negated",),
        "hypothetical": ("is_uncertain", "is_hypothetical"),
        "historical": ("is_historical",),
        "family": ("is_family",),
    },
}
EDSNLP_PIPES = ("eds.normalizer", "eds.sentences", "eds.sections", "eds.tnm")
EDSNLP_QUALIFIERS = ("eds.negation", "eds.hypothesis", "eds.family", "eds.history")

Result = dict[str, Any]
Span = tuple[int, int]


def edsnlp_pipeline() -> Any:
    """Default settings, on a span group of its own."""
    import edsnlp  # type: ignore[import-not-found]

    nlp = edsnlp.blank("eds")
    for name in EDSNLP_PIPES:
        nlp.add_pipe(name)
    for name in EDSNLP_QUALIFIERS:
        nlp.add_pipe(name, config={"span_getter": {GROUP: True}})
    return nlp


def medspacy_pipeline() -> Any:
    """The French rules that it ships, on a span group of its own."""
    import medspacy  # type: ignore[import-not-found]

    nlp = medspacy.load(language_code="fr", medspacy_enable=["medspacy_pyrush"])
    context = {"input_span_type": "group", "span_group_name": GROUP, "language_code": "fr"}
    nlp.add_pipe("medspacy_context", config=context)
    nlp.add_pipe("medspacy_sectionizer", config={"language_code": "fr"})
    return nlp


PIPELINES = {"edsnlp": edsnlp_pipeline, "medspacy": medspacy_pipeline}


def answers(library: str, nlp: Any, documents: Iterable[Result]) -> list[Result]:
    """For each document the flags of its spans in their order, section starts, TNM spans."""
    found = []
    for document in documents:
        doc, spans = spans_in(nlp, document["text"], document["spans"])
        for _, pipe in nlp.pipeline:
            doc = pipe(doc)
        answer: Result = {
            "flags": [flags_of(span, FLAGS[library]) for span in spans],
            "sections": section_starts(library, doc),
        }
        if library == "edsnlp":
            tnm = [span for span in doc.ents if span.label_ == "tnm"]
            answer["tnm"] = [(span.start_char, span.end_char) for span in tnm]
        found.append(answer)
    return found


def spans_in(nlp: Any, text: str, places: Sequence[Span]) -> tuple[Any, list[Any]]:
    """The Doc with the spans in a group, and a span for each place; spans grow to whole tokens.

    The group is sorted and holds each span once: edsnlp passes over spans that are not sorted.
    """
    doc = nlp.make_doc(text)
    spans = [doc.char_span(*place, alignment_mode="expand") for place in places]
    unique = {(span.start, span.end): span for span in spans}
    doc.spans[GROUP] = [unique[key] for key in sorted(unique)]
    return doc, spans


def flags_of(span: Any, names: dict[str, tuple[str, ...]]) -> dict[str, bool]:
    """The four flags of a span."""
    return {
        flag: any(bool(getattr(span._, name)) for name in theirs) for flag, theirs in names.items()
    }


def section_starts(library: str, doc: Any) -> list[int]:
    """Where the text of each section begins, its title included."""
    if library == "edsnlp":
        return [span.start_char for span in doc.spans["sections"]]
    titles = [section.title_span for section in doc._.sections if section.category]
    return [doc[start].idx for start, end in titles if end > start]


def versions(*names: str) -> dict[str, str]:
    """Python and the packages, as installed where this runs."""
    return {"python": platform.python_version(), **{name: metadata.version(name) for name in names}}


def main(library: str) -> None:
    """Answer the question on standard input."""
    # What libraries print must not come between.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    documents = json.load(sys.stdin)["documents"]
    nlp = PIPELINES[library]()
    result = {
        "documents": answers(library, nlp, documents),
        "versions": versions(library, "spacy", "numpy"),
        "pipes": list(nlp.pipe_names),
    }
    json.dump(result, out)
    out.close()


if __name__ == "__main__":
    main(sys.argv[1])
