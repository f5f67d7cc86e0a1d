"""Clinical cases: a text with marked spans, and the flags that each must have."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from oncotext.assertion import ContextEngine
from oncotext.assertion.cues import FLAGS
from oncotext.language.view import TextView

MARK = re.compile(r"⟦(?:§§(?P<type>\w+)|§(?P<section>\w+)|(?P<surface>[^⟧|]+)\|(?P<fields>[^⟧]*))⟧")
SHORT = {"neg": "negated", "hyp": "hypothetical", "hist": "historical", "fam": "family"}


@dataclass
class Case:
    """A marked line read: text, spans, labels, wanted flags, sections."""

    text: str = ""
    spans: list[tuple[int, int]] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    report_type: str = ""
    wanted: list[set[str]] = field(default_factory=list)
    sections: list[dict[str, object]] = field(default_factory=list)


def read_case(line: str) -> Case:
    case, last = Case(), 0
    line = line.replace("⏎", "\n").replace("⇥", "\t")
    for mark in MARK.finditer(line):
        case.text += line[last : mark.start()]
        last = mark.end()
        if mark["type"]:
            case.report_type = mark["type"]
            continue
        if mark["section"]:
            case.sections.append({"label": mark["section"], "start": len(case.text)})
            continue
        label, *others = mark["fields"].split("|")
        start = len(case.text)
        case.text += mark["surface"]
        case.spans.append((start, len(case.text)))
        case.labels.append("" if label == "-" else label)
        case.codes.append(others[0] if others else "")
        case.wanted.append({SHORT[f] for f in others if f in SHORT})
    case.text += line[last:]
    for section in case.sections:
        section["end"] = len(case.text)
    return case


LINES = [
    line
    for line in (Path(__file__).parent / "cases.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


@pytest.fixture(scope="module")
def engine() -> ContextEngine:
    return ContextEngine()


def test_there_are_many_cases() -> None:
    assert len(LINES) >= 120


@pytest.mark.parametrize("line", LINES)
def test_case(line: str, engine: ContextEngine) -> None:
    case = read_case(line)
    view = TextView(case.text)
    found = engine.assert_spans(
        view,
        case.spans,
        sentences=view.sentences,
        sections=case.sections,  # type: ignore[arg-type]
        labels=case.labels,
        codes=case.codes,
        report_type=case.report_type,
    )
    got = [
        (case.text[start:end], {flag for flag in FLAGS if getattr(assertion, flag)})
        for (start, end), assertion in zip(case.spans, found, strict=True)
    ]
    assert got == [
        (case.text[start:end], flags)
        for (start, end), flags in zip(case.spans, case.wanted, strict=True)
    ]
    for assertion in found:
        assert set(assertion.cues) == {flag for flag in FLAGS if getattr(assertion, flag)}
        for cue in assertion.cues.values():
            assert case.text[cue["start"] : cue["end"]] == cue["text"]
