"""What of an annotated report a format can carry, and what would be lost."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from oncotext.report import FLAGS, AnnotatedReport, Mention

CARGO: dict[str, str] = {
    "ids": "ids of mentions",
    "codes": "codes",
    "flags": "negated, hypothetical, historical, family",
    "attributes": "attributes of mentions",
    "fragments": "discontinuous mentions",
    "overlaps": "overlapping mentions",
    "sections": "sections",
    "details": "names, scores, rules and cues of mentions, titles of sections",
    "record": "the structured record",
    "production": "errors and producer",
}
"""All that a report holds besides its id, its text, and the place and label of its mentions."""

EVERYTHING = frozenset(CARGO)


def present(reports: Iterable[AnnotatedReport]) -> Counter[str]:
    """How many of the reports hold each kind of `CARGO`; ids are not counted."""
    found: Counter[str] = Counter()
    for report in reports:
        found.update(_held(report))
    return found


def _held(report: AnnotatedReport) -> set[str]:
    mentions = report.mentions
    details = any(m.name or m.score or m.rule or m.cues or m.section for m in mentions)
    held = {
        "codes": any(m.code is not None for m in mentions),
        "flags": any(getattr(m, flag) for m in mentions for flag in FLAGS),
        "attributes": any(m.attrs for m in mentions),
        "fragments": any(len(m.fragments) > 1 for m in mentions),
        "overlaps": len(longest(mentions)) < len(mentions),
        "sections": bool(report.sections),
        "details": details or any(section.title for section in report.sections),
        "record": bool(report.to_dict()["record"]),
        "production": bool(report.error or report.producer),
    }
    return {kind for kind, holds in held.items() if holds}


def longest(mentions: Sequence[Mention]) -> list[Mention]:
    """Mentions without overlaps, in order: where some overlap the longest stays."""
    chosen: list[Mention] = []
    ends: list[int] = []  # of `chosen`, which is sorted and free of overlaps
    starts: list[int] = []
    for mention in sorted(mentions, key=lambda m: (m.start - m.end, m.start)):
        at = bisect_right(ends, mention.start)
        if at == bisect_left(starts, mention.end):
            chosen.insert(at, mention)
            starts.insert(at, mention.start)
            ends.insert(at, mention.end)
    return chosen


def reduced(report: AnnotatedReport, carries: frozenset[str]) -> AnnotatedReport:
    """A report with only what a format carries, as it comes back from that format."""
    mentions = report.mentions if "overlaps" in carries else longest(report.mentions)
    values = [_reduced(mention, report.text, carries) for mention in mentions]
    if "ids" not in carries:
        values.sort(key=lambda m: (m["start"], m["end"]))
        values = [{**value, "id": f"T{number}"} for number, value in enumerate(values, 1)]
    out: dict[str, Any] = {"id": report.id, "text": report.text, "mentions": values}
    if "sections" in carries:
        drop = set() if "details" in carries else {"title"}
        out["sections"] = [section.model_dump(exclude=drop) for section in report.sections]
    whole = report.model_dump(exclude={"sections", "mentions"})
    if "record" in carries:
        out["record"] = whole["record"]
    if "production" in carries:
        out |= {"error": whole["error"], "producer": whole["producer"]}
    return AnnotatedReport.model_validate(out)


def _reduced(mention: Mention, text: str, carries: frozenset[str]) -> dict[str, Any]:
    values = mention.model_dump()
    if "codes" not in carries:
        del values["code"]
    if "flags" not in carries:
        values |= dict.fromkeys(FLAGS, False)
    if "attributes" not in carries:
        del values["attrs"]
    if "details" not in carries:
        for field in ("name", "section", "score", "rule", "cues"):
            del values[field]
    if "fragments" not in carries or len(mention.fragments) < 2:
        values |= {"fragments": [], "text": text[mention.start : mention.end]}
    return values
