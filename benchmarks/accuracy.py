"""How right is the pipeline: mentions, flags, sections and records on annotated corpora?

    python benchmarks/accuracy.py [--corpus NAME=PATH ...]

Without ``--corpus`` the project's own corpora are measured on, which every clone has. What is
measured follows from what a corpus annotates: FRACCO has spans and codes of histology, site and
differentiation; E3C has negation and hypothesis on spans given; others have everything.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from annotated import (
    Annotated,
    add_corpus_option,
    cells,
    merged,
    origin,
    own_corpora,
    rate_row,
    read,
    show,
    tally_row,
)
from provenance import RESULTS, Result, store

from oncotext.evaluation import Evaluation, Run, evaluate, evaluate_given_spans, run_pipeline
from oncotext.evaluation.assertion import ON_GIVEN_SPANS, ON_PAIRS
from oncotext.evaluation.bootstrap import RESAMPLES, SEED
from oncotext.evaluation.records import report_type
from oncotext.evaluation.sections import LINE_ACCURACY, LINE_MACRO, START
from oncotext.pipelines import DEFAULT
from oncotext.report import FLAGS, AnnotatedReport

# Passages annotate what they were taken for, and neither sections nor record.
LABELS_OF = {"passages-dev": ("TNM", "STAGE", "GRADE", "TOXICITY", "PERFORMANCE_STATUS")}
E3C_FLAGS = ("negated", "hypothetical")
E3C_LABELS = ("EVENT", "CLINENTITY")
# E3C takes what is planned for a fact, where oncotext's guidelines say hypothetical.
E3C_SETTINGS = {"oncotext.assertion": {"without": ["plan-*"]}}
_DIFFERENTIATION = "DIFFERENTIATION:"
_MEASURES = ("strict", "overlap", "linked")


def measure(corpus: Annotated) -> Result:
    """All figures of a corpus, as they are stored."""
    special = {"fracco": on_fracco, "e3c-fr": on_e3c}.get(corpus.kind, on_reports)
    return {**origin(corpus), **special(corpus)}


def on_reports(corpus: Annotated) -> Result:
    """A corpus annotated as the guidelines say: all that it annotates."""
    labels = LABELS_OF.get(corpus.name)
    run = run_pipeline(corpus.reports, DEFAULT)
    found = evaluate(corpus.reports, run.predicted, labels=labels, given_spans=DEFAULT)
    result: Result = {"failed": len(found.failed), "labels": found.labels, **mentions(found)}
    result["assertion"] = {flag: tally_row(found, ON_PAIRS, flag) for flag in FLAGS}
    result["assertion_given_spans"] = {
        flag: tally_row(found, ON_GIVEN_SPANS, flag) for flag in FLAGS
    }
    if labels:
        return result
    result["sections"] = sections(found, corpus.reports)
    fields = sorted(key[1] for key in found.sheet.tallies if key[0] == "record")
    result["record_micro"] = tally_row(found, "record_micro")
    result["record"] = {field: tally_row(found, "record", field) for field in fields}
    return result


def mentions(found: Evaluation) -> Result:
    """Figures of each label and over all of them."""
    labels = sorted({key[1] for key in found.sheet.tallies if key[0] == "mention"})
    rows = {
        label: {name: tally_row(found, "mention", label, name) for name in _MEASURES}
        for label in labels
    }
    micro = {name: tally_row(found, "mention_micro", name) for name in _MEASURES}
    return {"mention": rows, "mention_micro": micro}


def sections(found: Evaluation, reports: Iterable[AnnotatedReport]) -> Result:
    """Lines and starts; the lines also by the type of report."""
    types = {report.id: report_type(report) for report in reports}
    right: Counter[str] = Counter()
    lines: Counter[str] = Counter()
    for row, total, n in found.sheet.rates.get(LINE_ACCURACY, ()):
        kind = types[found.sheet.reports[row]]
        right[kind] += int(total)
        lines[kind] += n
    return {
        "line_accuracy": rate_row(found, *LINE_ACCURACY),
        "line_macro_f1": rate_row(found, *LINE_MACRO),
        "start": tally_row(found, *START),
        "line_accuracy_by_report_type": {
            kind: {"n": n, "value": right[kind] / n} for kind, n in sorted(lines.items())
        },
    }


def on_fracco(corpus: Annotated) -> Result:
    """Spans and codes of what FRACCO annotates: of grades differentiation alone.

    ``linked`` needs a code; FRACCO's mentions without a valid one can only be missed there, so
    ``code_given_match`` tells of codes where spans overlap and FRACCO's code is valid.
    """
    labels = ("MORPHOLOGY", "TOPOGRAPHY", "GRADE")
    run = differentiation_only(run_pipeline(corpus.reports, DEFAULT))
    found = evaluate(corpus.reports, run.predicted, labels=labels)
    result = mentions(found)
    for label in labels:
        result["mention"][label]["code_given_match"] = code_given_match(
            corpus.reports, run.predicted, label
        )
    return {"failed": len(found.failed), "labels": found.labels, **result}


def differentiation_only(run: Run) -> Run:
    """Predictions without the grades that FRACCO does not annotate (SBR, Gleason, ...)."""
    for report in run.predicted:
        report.mentions = [
            mention
            for mention in report.mentions
            if mention.label != "GRADE" or (mention.code or "").startswith(_DIFFERENTIATION)
        ]
    return run


def code_given_match(
    gold: Sequence[AnnotatedReport], predicted: Sequence[AnnotatedReport], label: str
) -> Result:
    """Share of right codes among mentions found whose annotated code is valid."""
    from oncotext.evaluation.pairing import match

    cases = right = 0
    for ours, theirs in zip(gold, predicted, strict=True):
        for matched in match(ours.mentions, theirs.mentions, [label]):
            codes = [(a.code, b.code) for a, b in matched.paired() if a.code]
            cases += len(codes)
            right += sum(a == b for a, b in codes)
    return {"n": cases, "value": right / cases if cases else None, "ci": None}


def on_e3c(corpus: Annotated) -> Result:
    """Negation and hypothesis on E3C's own spans; cues of plans are left out."""
    import oncotext

    nlp = oncotext.load(config=E3C_SETTINGS)
    found = evaluate_given_spans(corpus.reports, pipeline=nlp, flags=E3C_FLAGS)
    rows = {
        label: {
            flag: tally_row(found, f"{ON_GIVEN_SPANS}_by_label", label, flag) for flag in E3C_FLAGS
        }
        for label in E3C_LABELS
    }
    return {"without_cues": ["plan-*"], "assertion_given_spans_by_label": rows}


def rows_of(result: Result) -> Iterator[tuple[str, ...]]:
    """The rows of a corpus' table."""
    for label, row in result.get("mention", {}).items():
        yield f"{label}, linked", *cells(row["linked"])
        if row["linked"]["f1"] < row["overlap"]["f1"]:
            yield f"{label}, overlap", *cells(row["overlap"])
        if given := row.get("code_given_match"):
            yield f"{label}, code where found", *cells(given)
    if micro := result.get("mention_micro"):
        yield "all labels, linked", *cells(micro["linked"])
    for flag, row in result.get("assertion", {}).items():
        yield flag, *cells(row)
        yield f"{flag}, spans given", *cells(result["assertion_given_spans"][flag])
    for label, flags in result.get("assertion_given_spans_by_label", {}).items():
        for flag, row in flags.items():
            yield f"{label}, {flag}", *cells(row)
    for name in ("line_accuracy", "line_macro_f1", "start") if "sections" in result else ():
        yield f"sections, {name}", *cells(result["sections"][name])
    if micro := result.get("record_micro"):
        yield "record, all facts", *cells(micro)
    for field, row in result.get("record", {}).items():
        yield f"record, {field}", *cells(row)


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Accuracy of oncotext on annotated corpora.")
    add_corpus_option(parser, "an annotated corpus (default: the project's own)")
    parser.add_argument("--out", type=Path, default=RESULTS / "accuracy.json")
    return parser.parse_args(arguments)


def main() -> None:
    """Measure, store and show."""
    args = parse()
    found = {}
    for name, path in args.corpus or own_corpora():
        corpus = read(name, path)
        found[name] = measure(corpus)
        title = f"{name}: {len(corpus.reports)} reports"
        show(title, ("", "n", "P", "R", "F1 / value", "95 %"), list(rows_of(found[name])))
    result = merged("accuracy", found, args.out)
    result["bootstrap"] = {"resamples": RESAMPLES, "seed": SEED, "over": "reports"}
    store(result, args.out)
    print(f"Stored in {args.out}")


if __name__ == "__main__":
    main()
