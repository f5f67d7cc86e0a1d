"""Other libraries' answers scored as oncotext's are: flags of given spans, starts of sections."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from annotated import tally_row
from provenance import Result

from oncotext.evaluation import Evaluation, evaluate_given_spans
from oncotext.evaluation.assertion import ON_GIVEN_SPANS
from oncotext.evaluation.bootstrap import Figures, differences, intervals
from oncotext.evaluation.counting import Sheet
from oncotext.evaluation.evaluate import figures_of
from oncotext.evaluation.sections import has_sections
from oncotext.report import FLAGS, AnnotatedReport, Flag

Place = tuple[int, int]
STARTS = ("sections", "start_whatever_label")


@dataclass(frozen=True)
class Part:
    """Spans that are measured together: their labels (None for all) and flags."""

    name: str
    labels: tuple[str, ...] | None
    flags: tuple[Flag, ...]


def questions(reports: Sequence[AnnotatedReport], part: Part) -> list[Result]:
    """The texts and spans that the evaluation asks for."""
    asked: list[Result] = []

    def record(text: str, spans: Sequence[Place], labels: Sequence[str]) -> list[Any]:
        asked.append({"text": text, "spans": list(spans)})
        return [SimpleNamespace(**dict.fromkeys(FLAGS, False))] * len(spans)

    evaluate_given_spans(reports, labels=part.labels, asserter=record, resamples=0)
    return asked


class Answers:
    """A library's flags, found again by text and spans."""

    def __init__(self, flags: dict[tuple[str, tuple[Place, ...]], list[Any]]) -> None:
        self._flags = flags

    @classmethod
    def of(cls, documents: Iterable[Result], answers: Iterable[Result]) -> Answers:
        # answers to whole texts follow those to the documents
        pairs = zip(documents, answers, strict=False)
        return cls(
            {
                (document["text"], tuple(document["spans"])): [
                    SimpleNamespace(**flags) for flags in answer["flags"]
                ]
                for document, answer in pairs
            }
        )

    def __call__(self, text: str, spans: Sequence[Place], labels: Sequence[str]) -> list[Any]:
        return self._flags[text, tuple(spans)]


def compare(
    reports: Sequence[AnnotatedReport], part: Part, nlp: Any, peers: Mapping[str, Answers]
) -> Result:
    """Of each flag the figures of each library, and how far another's F1 is from oncotext's."""
    options: dict[str, Any] = {"labels": part.labels, "flags": part.flags}
    ours = evaluate_given_spans(reports, pipeline=nlp, **options)
    found = {flag: {"oncotext": tally_row(ours, ON_GIVEN_SPANS, flag)} for flag in part.flags}
    for library, answers in peers.items():
        theirs = evaluate_given_spans(reports, asserter=answers, **options)
        keys = [(ON_GIVEN_SPANS, flag) for flag in part.flags]
        apart = differences(ours.sheet, theirs.sheet, Figures(ours.sheet, keys, [], []))
        for key, flag in zip(keys, part.flags, strict=True):
            difference = apart[key]
            found[flag][library] = {
                **tally_row(theirs, *key),
                "less_oncotext": difference.difference,
                "less_oncotext_ci": [difference.low, difference.high],
                "p_of_difference": difference.p,
            }
    return found


def section_starts(reports: Sequence[AnnotatedReport], starts: Sequence[Sequence[int]]) -> Result:
    """Lines where a section begins, whatever its label."""
    sheet = Sheet()
    for report, places in zip(reports, starts, strict=True):
        sheet.begin(report.id)
        if not has_sections(report):
            continue
        wanted = [section.start for section in report.sections if section.label != "header"]
        gold, given = _lines(report.text, wanted), _lines(report.text, places)
        sheet.tally(STARTS, len(gold & given), len(given - gold), len(gold - given))
    found = Evaluation(sheet, intervals=intervals(sheet, figures_of(sheet)))
    return tally_row(found, *STARTS)


def _lines(text: str, places: Iterable[int]) -> set[int]:
    """The line of the first visible character from each place on."""
    breaks = [place for place, char in enumerate(text) if char == "\n"]
    visible = (place + len(text[place:]) - len(text[place:].lstrip()) for place in places)
    return {bisect_left(breaks, place) for place in visible}
