"""Counts of each report under named figures.

A figure is named by a path such as ``("mention", "DRUG", "strict")``. What is counted is
kept by report, so that reports can be drawn anew (`bootstrap`).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

Key = tuple[str, ...]
DIGITS = 4


class Tally(NamedTuple):
    """True positives, false positives and false negatives."""

    tp: int = 0
    fp: int = 0
    fn: int = 0

    @property
    def gold(self) -> int:
        """How many there are to find."""
        return self.tp + self.fn

    @property
    def precision(self) -> float:
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else 0.0

    @property
    def recall(self) -> float:
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else 0.0

    @property
    def f1(self) -> float:
        p, r = self.precision, self.recall
        return 2 * p * r / (p + r) if p + r else 0.0

    def row(self) -> dict[str, float]:
        """Precision, recall and F1 to four decimals, with the counts."""
        return {
            "p": round(self.precision, DIGITS),
            "r": round(self.recall, DIGITS),
            "f1": round(self.f1, DIGITS),
            "tp": self.tp,
            "fp": self.fp,
            "fn": self.fn,
        }


class Rate(NamedTuple):
    """A mean over cases: an accuracy, a mean error, a mean reciprocal rank."""

    total: float = 0.0
    n: int = 0

    @property
    def value(self) -> float | None:
        return self.total / self.n if self.n else None


class Error(NamedTuple):
    """Where a figure lost a case; it names places and codes, never words of the report.

    Attributes
    ----------
    start, end : int
        Offsets in the report's text; -1 where the error is about the whole report.
    gold, predicted : str
        What should be there and what is; empty where there is nothing.
    """

    report: str
    start: int
    end: int
    gold: str
    predicted: str


@dataclass
class Sheet:
    """What was counted, figure by figure and report by report.

    Attributes
    ----------
    reports : list of str
        Ids; a report's row is its place.
    tallies, rates : dict
        For each figure its (row, ...) entries.
    macros : dict
        Unweighted means: for each the figures averaged (a dict used as an ordered set),
        those without a case left out.
    errors : dict
        The errors behind a figure, where they are kept.
    """

    reports: list[str] = field(default_factory=list)
    tallies: dict[Key, list[tuple[int, int, int, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    rates: dict[Key, list[tuple[int, float, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    macros: dict[Key, dict[Key, None]] = field(default_factory=lambda: defaultdict(dict))
    errors: dict[Key, list[Error]] = field(default_factory=lambda: defaultdict(list))

    def begin(self, report: str) -> None:
        """What is counted from now on belongs to this report."""
        self.reports.append(report)

    def declare(self, *keys: Key) -> None:
        """Let figures be shown even where nothing is counted for them."""
        for key in keys:
            self.tallies[key]

    def tally(self, key: Key, tp: int = 0, fp: int = 0, fn: int = 0) -> None:
        self.tallies[key].append((len(self.reports) - 1, tp, fp, fn))

    def rate(self, key: Key, total: float, n: int = 1) -> None:
        self.rates[key].append((len(self.reports) - 1, total, n))

    def macro(self, key: Key, member: Key) -> None:
        """Let the figure ``member`` enter the unweighted mean ``key``."""
        self.macros[key][member] = None

    def lost(
        self, key: Key, start: int = -1, end: int = -1, gold: str = "", predicted: str = ""
    ) -> None:
        self.errors[key].append(Error(self.reports[-1], start, end, gold, predicted))

    def total(self, key: Key) -> Tally:
        entries = self.tallies.get(key, ())
        return Tally(*(sum(entry[i] for entry in entries) for i in (1, 2, 3)))

    def mean(self, key: Key) -> Rate:
        entries = self.rates.get(key, ())
        return Rate(sum(entry[1] for entry in entries), sum(entry[2] for entry in entries))

    def macro_mean(self, key: Key) -> Rate:
        """Each member's F1 or rate, rounded as it is shown, over the members with a gold case."""
        values = []
        for member in self.macros.get(key, ()):
            if member in self.tallies:
                tally = self.total(member)
                values += [round(tally.f1, DIGITS)] if tally.gold else []
            else:
                value = self.mean(member).value
                values += [] if value is None else [round(value, DIGITS)]
        # in the order of first appearance: the last digit depends on it
        return Rate(sum(values), len(values))
