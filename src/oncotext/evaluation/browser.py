"""The error browser: annotation and prediction side by side in one HTML file.

The page is ``browser.html``, which holds its own style and script and loads nothing; what
is shown is put into it as JSON.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from oncotext.evaluation.mistakes import KINDS, mistakes
from oncotext.evaluation.records import facts, has_record, wording
from oncotext.evaluation.sections import has_sections
from oncotext.export.html import HUES
from oncotext.report import FLAGS, AnnotatedReport, Mention, Section

_DATA, _TITLE = "@@DATA@@", "@@TITLE@@"
# Inside a script element only these could end it, or begin a comment or another script.
_UNSAFE = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}
_Place = Callable[[int], int]


def write_browser(
    gold: Iterable[AnnotatedReport],
    predicted: Iterable[AnnotatedReport],
    path: str | Path,
    *,
    labels: Collection[str] | None = None,
    title: str = "oncotext: errors",
) -> None:
    """Write the error browser; it holds the reports' texts.

    Parameters
    ----------
    gold, predicted : iterable of AnnotatedReport
        Paired by id, as for `evaluate`.
    path : str or Path
        The HTML file.
    labels : collection of str, optional
        Show only mentions of these.
    title : str
        The page's title.
    """
    answers = {report.id: report for report in predicted}
    shown = [_report(report, answers.get(report.id), labels) for report in gold]
    Path(path).write_text(page(shown, title), encoding="utf-8")


def page(reports: list[dict[str, Any]], title: str) -> str:
    """The template with its data."""
    template = (files("oncotext.evaluation") / "browser.html").read_text(encoding="utf-8")
    head, _, foot = template.partition(_DATA)
    data = {"reports": reports, "kinds": KINDS, "flags": FLAGS, "hues": HUES}
    return head.replace(_TITLE, escape(title)) + embedded(data) + foot


def embedded(data: Any) -> str:
    """JSON that may stand in a script element whatever a report says.

    Examples
    --------
    >>> embedded("</script>")
    '"\\\\u003c/script\\\\u003e"'
    """
    return json.dumps(data, separators=(",", ":")).translate(_UNSAFE)


def _report(
    gold: AnnotatedReport, answer: AnnotatedReport | None, labels: Collection[str] | None
) -> dict[str, Any]:
    if answer is None:
        state = "no prediction"
    else:
        state = f"failed: {answer.error.code}" if answer.error else ""
    if answer is None or state:
        answer = AnnotatedReport(id=gold.id, text=gold.text)
    ours = [m for m in gold.mentions if labels is None or m.label in labels]
    theirs = [m for m in answer.mentions if labels is None or m.label in labels]
    at = _utf16(gold.text)
    both = has_sections(gold)
    return {
        "id": gold.id,
        "type": gold.record.report_type or "",
        "state": state,
        "text": gold.text,
        "gold": [_mention(mention, at) for mention in ours],
        "predicted": [_mention(mention, at) for mention in theirs],
        "sections": [_sections(side.sections, at) if both else [] for side in (gold, answer)],
        "errors": _errors(ours, theirs),
        "record": _record(gold, answer),
    }


def _utf16(text: str) -> _Place:
    """From code points, which oncotext counts, to the units of a script's strings."""
    long = [place for place, char in enumerate(text) if char > "\uffff"]
    return lambda place: place + bisect_left(long, place)


def _mention(mention: Mention, at: _Place) -> dict[str, Any]:
    shown = {
        "start": at(mention.start),
        "end": at(mention.end),
        "label": mention.label,
        "code": mention.code or "",
        "name": mention.name or "",
        "flags": [flag for flag in FLAGS if getattr(mention, flag)],
        "attrs": mention.attrs,
        "rule": mention.rule or "",
        "cues": {flag: cue.text for flag, cue in mention.cues.items()},
    }
    return {name: value for name, value in shown.items() if value or name in ("start", "code")}


def _sections(sections: Iterable[Section], at: _Place) -> list[tuple[int, str]]:
    return sorted((at(section.start), section.label) for section in sections)


def _errors(gold: list[Mention], predicted: list[Mention]) -> list[dict[str, Any]]:
    place_of = {id(mention): n for side in (gold, predicted) for n, mention in enumerate(side)}
    return [
        {
            "kinds": mistake.kinds,
            "gold": -1 if mistake.gold is None else place_of[id(mistake.gold)],
            "predicted": -1 if mistake.predicted is None else place_of[id(mistake.predicted)],
        }
        for mistake in mistakes(gold, predicted)
    ]


def _record(gold: AnnotatedReport, answer: AnnotatedReport) -> list[tuple[str, str, str]]:
    """Facts of one side only: field, ``missed`` or ``spurious``, value."""
    if not has_record(gold.record):
        return []
    ours, theirs = facts(gold.record), facts(answer.record)
    rows = [(str(fact[0]), "missed", wording(fact)) for fact in ours - theirs]
    rows += [(str(fact[0]), "spurious", wording(fact)) for fact in theirs - ours]
    return sorted(rows)
