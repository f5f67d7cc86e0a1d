"""Which ICD-O-3 code does `oncotext.link` give to the words of an annotated mention?

    python benchmarks/linking.py --corpus fracco-train=DIR --corpus fracco-dev1=DIR ...

The span is given, so that finding it plays no part, and no training corpus is used: forms are
neither seen nor unseen. Mentions with one whole code (``dddd/d``, ``Cdd.d``) count; FRACCO's
others (``tocheck``, several codes, none) cannot be linked.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from annotated import Annotated, add_corpus_option, cells, merged, origin, rate_row, read, show
from provenance import RESULTS, Result, store

from oncotext.evaluation import Evaluation
from oncotext.evaluation.bootstrap import RESAMPLES, SEED, intervals
from oncotext.evaluation.counting import Sheet
from oncotext.evaluation.evaluate import figures_of
from oncotext.evaluation.linking import DEPTH, LINKING, count_links

LABELS = ("MORPHOLOGY", "TOPOGRAPHY")
MEASURES = ("accuracy@1", "accuracy@5", "mrr")


def measure(corpora: Sequence[Annotated]) -> Evaluation:
    """The corpora as one."""
    sheet = Sheet()
    for corpus in corpora:
        for report in corpus.reports:
            sheet.begin(report.id)
            count_links(sheet, report, labels=LABELS)
    return Evaluation(sheet, intervals=intervals(sheet, figures_of(sheet)))


def figures(evaluation: Evaluation) -> Result:
    """Of each label and group: all, without 8000/x, each code weighing the same."""
    found: Result = {}
    for label in LABELS:
        groups = sorted({key[2] for key in evaluation.sheet.rates if key[:2] == (LINKING, label)})
        for group in (*groups, "macro_codes"):
            found.setdefault(label, {})[group] = {
                name: rate_row(evaluation, LINKING, label, group, name) for name in MEASURES
            }
    return found


def joined(corpora: Sequence[Annotated]) -> Annotated:
    """Several parts as one corpus, named after all of them."""
    reports = [report for corpus in corpora for report in corpus.reports]
    notes = [note for corpus in corpora for note in corpus.notes]
    splits = [corpus.split for corpus in corpora if corpus.split]
    kinds = {corpus.kind for corpus in corpora}
    whole = kinds.pop() if len(kinds) == 1 else ""
    if whole and len(splits) == len(corpora):
        name = f"{whole}-{'+'.join(splits)}"
    else:
        name = "+".join(corpus.name for corpus in corpora)
    return Annotated(name, whole, "+".join(splits) or None, reports, notes)


def rows_of(found: Result) -> Iterator[tuple[str, ...]]:
    """The rows of the table."""
    for label, groups in found.items():
        for group, measures in groups.items():
            for name, row in measures.items():
                n, _, _, value, ci = cells(row)
                yield f"{label}, {group.replace('_', ' ')}, {name}", n, value, ci


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Codes of spans that are given.")
    add_corpus_option(parser, "a corpus with ICD-O-3 codes; all given are measured as one")
    parser.add_argument("--out", type=Path, default=RESULTS / "linking.json")
    args = parser.parse_args(arguments)
    if not args.corpus:
        parser.error("--corpus NAME=PATH is needed, for example fracco-dev2=FRACCO")
    return args


def main() -> None:
    """Measure, store and show."""
    args = parse()
    corpora = [read(name, path) for name, path in args.corpus]
    whole = joined(corpora)
    found = figures(measure(corpora))
    result = merged("linking", {whole.name: {**origin(whole), "linking": found}}, args.out)
    result["settings"] = {"candidates": DEPTH, "context": False}
    result["bootstrap"] = {"resamples": RESAMPLES, "seed": SEED, "over": "reports"}
    store(result, args.out)
    title = f"Codes given the span: {whole.name}"
    show(title, ("", "n (codes)", "value", "95 %"), list(rows_of(found)))
    print(f"Stored in {args.out}")


if __name__ == "__main__":
    main()
