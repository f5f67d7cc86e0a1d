"""Sections: the label of each line, and where sections begin."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from oncotext.evaluation.counting import Sheet
from oncotext.report import AnnotatedReport, Section

LINE_ACCURACY = ("sections", "line_accuracy")
LINE_MACRO = ("sections", "line_macro_f1")
START = ("sections", "start")
LINE = ("sections", "line")
"""Followed by a section label: precision, recall and F1 of its lines."""


def has_sections(report: AnnotatedReport) -> bool:
    """Whether sections were annotated: a lone untitled header says that they were not."""
    if len(report.sections) != 1:
        return bool(report.sections)
    only = report.sections[0]
    whole = (only.start, only.end) == (0, len(report.text))
    return not (only.label == "header" and only.title is None and whole)


def count_sections(sheet: Sheet, gold: AnnotatedReport, predicted: Sequence[Section]) -> None:
    """Count lines and starts of a report whose sections were annotated.

    Parameters
    ----------
    sheet : Sheet
    gold : AnnotatedReport
    predicted : sequence of Section
        Sections of the same text.
    """
    if not has_sections(gold):
        return
    wanted, given = line_labels(gold.text, gold.sections), line_labels(gold.text, predicted)
    _count_starts(sheet, _starts(gold.text, gold.sections), _starts(gold.text, predicted))
    sheet.rate(LINE_ACCURACY, sum(given[n] == label for n, label in wanted.items()), len(wanted))
    lines: dict[str, list[int]] = {}
    for n, label in wanted.items():
        found = given[n]
        lines.setdefault(label, [0, 0, 0])[0 if found == label else 2] += 1
        if found != label:
            lines.setdefault(found, [0, 0, 0])[1] += 1
    for label, counts in lines.items():
        sheet.tally((*LINE, label), *counts)
        sheet.macro(LINE_MACRO, (*LINE, label))


def _count_starts(sheet: Sheet, gold: set[tuple[int, str]], given: set[tuple[int, str]]) -> None:
    sheet.tally(START, len(gold & given), len(given - gold), len(gold - given))
    for line, label in sorted(gold ^ given):
        name = f"line {line + 1}: {label}"
        missed = (line, label) in gold
        sheet.lost(START, gold=name if missed else "", predicted="" if missed else name)


def line_labels(text: str, sections: Sequence[Section]) -> dict[int, str]:
    """The section label of each line that is not blank, by its number from 0.

    A line belongs to the section in which its first visible character stands; to ``header``
    where that is in none.
    """
    ordered = sorted(sections, key=lambda section: section.start)
    labels: dict[int, str] = {}
    position, current = 0, -1
    for number, line in enumerate(text.split("\n")):
        first = position + len(line) - len(line.lstrip())
        position += len(line) + 1
        if not line.strip():
            continue
        while current + 1 < len(ordered) and ordered[current + 1].start <= first:
            current += 1
        inside = current >= 0 and first < ordered[current].end
        labels[number] = ordered[current].label if inside else "header"
    return labels


def _starts(text: str, sections: Sequence[Section]) -> set[tuple[int, str]]:
    """The line of each section's first visible character, with the section's label."""
    breaks = [place for place, char in enumerate(text) if char == "\n"]
    starts: set[tuple[int, str]] = set()
    for section in sections:
        if section.label != "header":
            part = text[section.start : section.end]
            visible = section.start + len(part) - len(part.lstrip())
            starts.add((bisect_left(breaks, visible), section.label))
    return starts
