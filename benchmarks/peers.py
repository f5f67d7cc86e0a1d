"""How do edsnlp and medSpaCy do on the same texts and the same given spans?

    python benchmarks/peers.py [--corpus NAME=PATH ...] [--edsnlp-env DIR] [--medspacy-env DIR]

Each library lives in a virtual environment of its own, which this script makes; its Python runs
``peers_worker.py``. Asked are the flags of annotated spans, so that finding them plays no part,
where sections begin, and the spans of TNM (edsnlp). Others keep their default settings.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from accuracy import E3C_FLAGS, E3C_LABELS, E3C_SETTINGS
from annotated import (
    Annotated,
    add_corpus_option,
    cells,
    merged,
    origin,
    own_corpora,
    read,
    show,
    tally_row,
)
from environments import REQUIREMENTS, ask, python_of
from peers_scoring import Answers, Part, compare, questions, section_starts
from provenance import RESULTS, Result, store

import oncotext
from oncotext.evaluation import evaluate, run_pipeline
from oncotext.evaluation.bootstrap import RESAMPLES, SEED
from oncotext.evaluation.sections import has_sections
from oncotext.pipelines import DEFAULT
from oncotext.report import FLAGS, AnnotatedReport, Mention

WORKER = Path(__file__).with_name("peers_worker.py")
NOTES = (
    "Spans are given and grow to whole tokens; a library never sees their labels, oncotext does.",
    "oncotext was developed on these corpora; edsnlp and medSpaCy have their default settings, "
    "and medSpaCy the French rules that it ships.",
    "oncotext leaves out its cues of plans on E3C, which takes plans as facts.",
    "History means different things: oncotext's guidelines exclude the disease under treatment.",
    "medSpaCy: overlapping spans take turns as entities; hypothetical is its category UNCERTAIN, "
    "which sets none of its attributes (by these alone it finds no hypothesis in French).",
    "Sections: the lines where one begins, whatever its label, since label sets differ.",
)
ALL = "all"


def parts_of(corpus: Annotated) -> list[Part]:
    """What is measured apart: E3C's events and entities, which overlap; else all mentions."""
    if corpus.kind == "e3c-fr":
        return [Part(label, (label,), E3C_FLAGS) for label in E3C_LABELS]
    return [Part(ALL, None, FLAGS)]


def measure(corpus: Annotated, pythons: dict[str, Path]) -> Result:
    """All figures of a corpus, as they are stored."""
    parts = parts_of(corpus)
    asked = {part.name: questions(corpus.reports, part) for part in parts}
    # whole texts too, for sections and TNM
    texts = [{"text": report.text, "spans": []} for report in corpus.reports]
    documents = [document for part in parts for document in asked[part.name]]
    answers = {
        library: ask(python, WORKER, [library], {"documents": [*documents, *texts]})
        for library, python in pythons.items()
    }
    result = origin(corpus)
    result["notes"] += NOTES
    result["peers"] = {
        library: {name: answer[name] for name in ("versions", "pipes")}
        for library, answer in answers.items()
    }
    flags = {
        library: Answers.of(documents, answer["documents"]) for library, answer in answers.items()
    }
    settings: dict[str, Any] = E3C_SETTINGS if corpus.kind == "e3c-fr" else {}
    nlp = oncotext.load(config=settings)
    result["assertion"] = {part.name: compare(corpus.reports, part, nlp, flags) for part in parts}
    whole = {library: answer["documents"][len(documents) :] for library, answer in answers.items()}
    return {**result, **on_whole_texts(corpus, whole)}


def on_whole_texts(corpus: Annotated, answers: dict[str, list[Result]]) -> Result:
    """Section starts and TNM spans, of corpora that annotate them."""
    if not any(has_sections(report) for report in corpus.reports):
        return {}
    predicted = run_pipeline(corpus.reports, DEFAULT).predicted
    ours = [[section.start for section in titled(report)] for report in predicted]
    starts = {"oncotext": ours} | {
        library: [answer["sections"] for answer in found] for library, found in answers.items()
    }
    tnm = {"oncotext": predicted}
    if "edsnlp" in answers:
        pairs = zip(corpus.reports, answers["edsnlp"], strict=True)
        tnm["edsnlp"] = [with_tnm(report, answer["tnm"]) for report, answer in pairs]
    return {
        "sections": {
            library: section_starts(corpus.reports, found) for library, found in starts.items()
        },
        "tnm": {library: tnm_spans(corpus.reports, found) for library, found in tnm.items()},
    }


def titled(report: AnnotatedReport) -> Iterator[Any]:
    """The sections but the header."""
    return (section for section in report.sections if section.label != "header")


def with_tnm(report: AnnotatedReport, places: Sequence[tuple[int, int]]) -> AnnotatedReport:
    """A prediction that holds TNM spans alone."""
    mentions = [
        Mention(id=f"T{n}", start=a, end=b, text=report.text[a:b], label="TNM")
        for n, (a, b) in enumerate(places, 1)
    ]
    return AnnotatedReport(id=report.id, text=report.text, mentions=mentions)


def tnm_spans(gold: Sequence[AnnotatedReport], predicted: Sequence[AnnotatedReport]) -> Result:
    """Spans of TNM, codes aside."""
    found = evaluate(gold, predicted, labels=["TNM"])
    return {name: tally_row(found, "mention", "TNM", name) for name in ("strict", "overlap")}


def rows_of(result: Result) -> Iterator[tuple[str, ...]]:
    """The rows of a corpus' table."""
    for part, flags in result["assertion"].items():
        for flag, libraries in flags.items():
            for library, row in libraries.items():
                yield f"{part}, {flag}: {library}", *cells(row)
    for library, row in result.get("sections", {}).items():
        yield f"section starts: {library}", *cells(row)
    for library, rows in result.get("tnm", {}).items():
        for name, row in rows.items():
            yield f"TNM, {name}: {library}", *cells(row)


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="edsnlp and medSpaCy on the same spans.")
    add_corpus_option(parser, "an annotated corpus (default: the project's own)")
    for library in REQUIREMENTS:
        text = f"{library}'s virtual environment (default: a new one)"
        parser.add_argument(f"--{library}-env", type=Path, help=text)
    parser.add_argument("--without", action="append", default=[], choices=list(REQUIREMENTS))
    parser.add_argument("--out", type=Path, default=RESULTS / "peers.json")
    return parser.parse_args(arguments)


def main() -> None:
    """Measure, store and show."""
    args = parse()
    found = {}
    with ExitStack() as stack:
        pythons = {
            library: stack.enter_context(python_of(library, getattr(args, f"{library}_env")))
            for library in REQUIREMENTS
            if library not in args.without
        }
        for name, path in args.corpus or own_corpora():
            corpus = read(name, path)
            found[name] = measure(corpus, pythons)
            show(name, ("", "n", "P", "R", "F1", "95 %"), list(rows_of(found[name])))
    result = merged("peers", found, args.out)
    result["bootstrap"] = {"resamples": RESAMPLES, "seed": SEED, "over": "reports"}
    store(result, args.out)
    print(f"Stored in {args.out}")


if __name__ == "__main__":
    main()
