"""From annotated reports to what a recogniser learns from: Docs on which the rules have run.

A discontinuous mention is learned, and measured, as its contiguous fragments: each is a span of
its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from oncotext.evaluation import evaluate
from oncotext.extraction import make_doc
from oncotext.mentions.recognizer.backend import Backend, Predicted
from oncotext.report import AnnotatedReport, Mention
from oncotext.training.trained import MICRO, Evaluate, Example

if TYPE_CHECKING:
    from spacy.language import Language

_BATCH = 32
# The pipes from here on see the mentions of the recogniser, which it cannot see.
_AFTER = ("assertion", "codes", "record", "entities", "linking", "recognizer")


def labels_of(reports: Iterable[AnnotatedReport]) -> list[str]:
    """The labels that occur, in alphabetical order."""
    return sorted({mention.label for report in reports for mention in report.mentions})


def pieces(report: AnnotatedReport, labels: Collection[str] | None = None) -> AnnotatedReport:
    """A report whose discontinuous mentions are their fragments, each a mention of its own."""
    found: dict[tuple[int, int, str], Mention] = {}
    for mention in report.mentions:
        if labels is not None and mention.label not in labels:
            continue
        for start, end in mention.fragments or [(mention.start, mention.end)]:
            text = report.text[start:end]
            found.setdefault(
                (start, end, mention.label),
                mention.model_copy(
                    update={"start": start, "end": end, "text": text, "fragments": []}
                ),
            )
    ordered = [found[place] for place in sorted(found)]
    return report.model_copy(update={"mentions": ordered})


def rules_before(base: str | Path | Language) -> Language:
    """The part of a pipeline that runs before a recogniser."""
    from spacy.language import Language

    from oncotext.pipelines import load

    nlp = base if isinstance(base, Language) else load(base)
    after = [name for name in nlp.pipe_names if name.replace("_", ".").split(".")[-1] in _AFTER]
    nlp.select_pipes(disable=after)
    return nlp


def examples_of(
    reports: Sequence[AnnotatedReport], rules: Language, labels: Collection[str]
) -> list[Example]:
    """Reports with their Docs and contiguous spans of some labels."""
    docs = rules.pipe(make_doc(rules, report.text) for report in reports)
    return [
        Example(
            report.id,
            doc,
            tuple((m.start, m.end, m.label) for m in pieces(report, labels).mentions),
        )
        for report, doc in zip(reports, docs, strict=True)
    ]


def predicted_reports(
    backend: Backend, reports: Sequence[AnnotatedReport], examples: Sequence[Example]
) -> list[AnnotatedReport]:
    """What a model alone finds in reports."""
    found = []
    for place in range(0, len(reports), _BATCH):
        docs = [example.doc for example in examples[place : place + _BATCH]]
        for report, spans in zip(reports[place:], backend.predict(docs), strict=False):
            mentions = [_mention(report, number, span) for number, span in enumerate(spans)]
            found.append(AnnotatedReport(id=report.id, text=report.text, mentions=mentions))
    return found


def _mention(report: AnnotatedReport, number: int, span: Predicted) -> Mention:
    return Mention(
        id=f"T{number}",
        start=span.start,
        end=span.end,
        text=report.text[span.start : span.end],
        label=span.label,
        score=span.score,
    )


def evaluator(
    reports: Sequence[AnnotatedReport], examples: Sequence[Example], labels: Sequence[str]
) -> Evaluate:
    """Strict F1 of a model on reports, by our own evaluation; empty without reports."""
    gold = [pieces(report, labels) for report in reports]

    def measure(backend: Backend) -> dict[str, float]:
        if not gold:
            return {}
        found = evaluate(
            gold, predicted_reports(backend, gold, examples), labels=labels, resamples=0
        )
        by_label = {label: found.f1("mention", label, "strict") for label in labels}
        return {MICRO: found.f1("mention_micro", "strict"), **by_label}

    return measure
