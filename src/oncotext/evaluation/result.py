"""The figures of an evaluation, as plain values and as tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from oncotext.evaluation.bootstrap import Difference, Interval
from oncotext.evaluation.counting import DIGITS, Key, Sheet
from oncotext.evaluation.linking import LINKING, LINKING_CODE
from oncotext.evaluation.mentions import CODE, MENTION
from oncotext.evaluation.records import RECORD
from oncotext.evaluation.sections import LINE_ACCURACY, LINE_MACRO
from oncotext.evaluation.values import ORDINAL

if TYPE_CHECKING:
    from rich.console import RenderableType

FEW = 20
"""With fewer gold cases the errors are listed; an interval would pretend to know more."""
_OF_CODES = (CODE, LINKING_CODE)
# Figures that are a number, as the reference scorer has them; others are a small table.
_PLAIN = (LINE_ACCURACY, LINE_MACRO)


@dataclass
class Evaluation:
    """Predicted reports against annotated ones.

    Attributes
    ----------
    sheet : Sheet
        All counts, by report.
    missing, failed : list of str
        Ids of annotated reports without prediction, and of those that could not be processed;
        both count as reports in which nothing was found.
    intervals : dict
        (figure, measure) to its 95 % interval; measures are ``p``, ``r``, ``f1``, ``value``.
    labels : list of str or None
        The labels evaluated, None for all.
    differences : dict
        A second system's figures less the first's.
    timings : dict
        Seconds that each step of the run took.
    about : dict
        Versions, date, corpus: whatever the run wants to keep with the figures.

    Examples
    --------
    >>> from oncotext.evaluation import evaluate
    >>> from oncotext.report import AnnotatedReport
    >>> text = "Cancer du sein."
    >>> site = {"id": "T1", "start": 10, "end": 14, "text": "sein", "label": "TOPOGRAPHY",
    ...         "code": "C50.9"}
    >>> gold = [AnnotatedReport(id="A", text=text, mentions=[site])]
    >>> evaluation = evaluate(gold, gold)
    >>> evaluation.f1("mention", "TOPOGRAPHY", "linked")
    1.0
    """

    sheet: Sheet
    missing: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    intervals: dict[tuple[Key, str], Interval] = field(default_factory=dict)
    labels: list[str] | None = None
    differences: dict[Key, Difference] = field(default_factory=dict)
    timings: dict[str, float] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=dict)

    def f1(self, *key: str) -> float:
        """F1 of a figure; see docs/evaluation.md for their names."""
        return round(self.sheet.total(key).f1, DIGITS)

    def value(self, *key: str) -> float | None:
        """An accuracy, mean or macro mean; None where there is no case."""
        sheet = self.sheet
        rate = sheet.macro_mean(key) if key in sheet.macros else sheet.mean(key)
        return None if rate.value is None else round(rate.value, DIGITS)

    def to_dict(self) -> dict[str, Any]:
        """Plain values: the reference scorer's figures in its own form, and more beside them.

        A figure with at least 20 gold cases has intervals (``f1_ci``: [low, high], ...); one
        with fewer has ``errors``: report id, offsets, what should be there and what is.
        """
        tree: dict[str, Any] = {
            **({"about": self.about} if self.about else {}),
            "reports": len(self.sheet.reports),
            "missing": len(self.missing),
            "failed": len(self.failed),
            "labels": self.labels,
            MENTION: {},
            RECORD: {},
        }
        for key in sorted(self.sheet.tallies):
            _put(tree, key, self._tally_row(key))
        for key in sorted({*self.sheet.rates, *self.sheet.macros}):
            if key in _PLAIN:
                _put(tree, key, self._plain(key))
                _put(tree, (*key[:-1], f"{key[-1]}_ci"), self._interval(key, "value"))
            else:
                _put(tree, key, self._rate_row(key))
        if self.differences:
            tree["differences"] = _rows(self.differences)
        if self.timings:
            tree["seconds"] = {name: round(spent, 3) for name, spent in self.timings.items()}
        return tree

    def _tally_row(self, key: Key) -> dict[str, Any]:
        tally = self.sheet.total(key)
        row: dict[str, Any] = tally.row()
        if key[0] in _OF_CODES or not tally.gold:
            return row
        if tally.gold < FEW:
            return row | self._listed(key)
        for measure in ("p", "r", "f1"):
            if interval := self._interval(key, measure):
                row[f"{measure}_ci"] = interval
        return row

    def _rate_row(self, key: Key) -> dict[str, Any]:
        macro = key in self.sheet.macros
        n = self.sheet.macro_mean(key).n if macro else self.sheet.mean(key).n
        row = {measure_of(key, macro=macro): self.value(*key), "codes" if macro else "n": n}
        if key[0] in _OF_CODES or not n:
            return row
        if n < FEW and not macro:
            return row | self._listed(key)
        interval = self._interval(key, "value")
        return row | ({"ci": interval} if interval else {})

    def _listed(self, key: Key) -> dict[str, Any]:
        found = self.sheet.errors.get(key)
        return {"errors": [error._asdict() for error in found]} if found else {}

    def _plain(self, key: Key) -> float | None:
        value = self.value(*key)
        return 0.0 if value is None and key == LINE_MACRO else value

    def _interval(self, key: Key, measure: str) -> list[float] | None:
        interval = self.intervals.get((key, measure))
        return [round(end, DIGITS) for end in interval] if interval else None

    def table(self, *, details: bool = False) -> RenderableType:
        """Tables for a terminal (a `rich` renderable); ``details`` adds groups and codes."""
        from oncotext.evaluation.terminal import tables

        return tables(self, details=details)

    def __rich__(self) -> RenderableType:
        return self.table()

    def __str__(self) -> str:
        from oncotext.evaluation.terminal import plain

        return plain(self.table())


def measure_of(key: Key, *, macro: bool = False) -> str:
    """What the number of a rate is called."""
    if key[0] == ORDINAL:
        return "mean_absolute_error"
    if macro and key[0] != LINKING:
        return "macro_f1"
    return "mrr" if key[-1] == "mrr" else "accuracy"


def _put(tree: dict[str, Any], key: Key, value: Any) -> None:
    for name in key[:-1]:
        tree = tree.setdefault(name, {})
    tree[key[-1]] = value


def _rows(differences: Mapping[Key, Difference]) -> list[dict[str, Any]]:
    return [
        {
            "figure": ".".join(key),
            "first": round(found.first, DIGITS),
            "second": round(found.second, DIGITS),
            "difference": round(found.difference, DIGITS),
            "ci": [round(found.low, DIGITS), round(found.high, DIGITS)],
            "p": round(found.p, DIGITS),
            "n": found.gold,
        }
        for key, found in differences.items()
    ]
