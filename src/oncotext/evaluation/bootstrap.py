"""How sure a figure is: resampling of reports, and paired comparison of two systems.

Reports are drawn, not mentions: those of one report are not independent. A figure is a
function of sums over reports, so that all draws are one matrix product.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from oncotext.errors import UsageError
from oncotext.evaluation.counting import Key, Sheet

Floats: TypeAlias = NDArray[np.float32]
Interval = tuple[float, float]

RESAMPLES = 1_000
SEED = 20_261_125
LEVEL = 0.95
_DRAWS_AT_ONCE = 250


@dataclass(frozen=True, slots=True)
class Difference:
    """Two systems on one figure.

    Attributes
    ----------
    first, second : float
        F1, or the rate.
    low, high : float
        95 % interval of ``second - first`` (paired bootstrap).
    p : float
        Two-sided p-value of approximate randomisation: how often a difference as large comes
        up where each report's results are swapped between the systems by chance.
    gold : int
        Cases.
    """

    first: float
    second: float
    low: float
    high: float
    p: float
    gold: int

    @property
    def difference(self) -> float:
        return self.second - self.first


class Figures:
    """The figures of a sheet as columns of sums over reports.

    Parameters
    ----------
    sheet : Sheet
    tallies, rates, macros : sequence of Key
        Which figures; members of the macros are found by themselves.
    """

    def __init__(
        self, sheet: Sheet, tallies: Sequence[Key], rates: Sequence[Key], macros: Sequence[Key]
    ) -> None:
        members = {member for key in macros for member in sheet.macros.get(key, ())}
        self._tallies = list(dict.fromkeys([*tallies, *sorted(members & set(sheet.tallies))]))
        self._rates = list(dict.fromkeys([*rates, *sorted(members & set(sheet.rates))]))
        self._macros = [(key, sorted(sheet.macros.get(key, ()))) for key in macros]
        self._place = {key: i for i, key in enumerate(self._tallies)}
        self._place |= {key: len(self._tallies) + i for i, key in enumerate(self._rates)}

    def sums(self, sheet: Sheet) -> Floats:
        """One row a report: tp, fp and fn of each tally, then total and n of each rate."""
        width = 3 * len(self._tallies) + 2 * len(self._rates)
        table = np.zeros((len(sheet.reports), width), dtype=np.float32)
        for at, key in enumerate(self._tallies):
            for row, *counts in sheet.tallies.get(key, ()):
                table[row, 3 * at : 3 * at + 3] += counts
        first = 3 * len(self._tallies)
        for at, key in enumerate(self._rates):
            for row, total, n in sheet.rates.get(key, ()):
                table[row, first + 2 * at : first + 2 * at + 2] += (total, n)
        return table

    def values(self, totals: Floats) -> dict[tuple[Key, str], Floats]:
        """The figures of each draw, by name and measure (``p``, ``r``, ``f1``, ``value``)."""
        cut = 3 * len(self._tallies)
        tp, fp, fn = (totals[:, i:cut:3] for i in range(3))
        precision, recall = _ratio(tp, tp + fp), _ratio(tp, tp + fn)
        f1 = _ratio(2 * tp, 2 * tp + fp + fn)
        rate = _ratio(totals[:, cut::2], totals[:, cut + 1 :: 2])
        found: dict[tuple[Key, str], Floats] = {}
        for at, key in enumerate(self._tallies):
            found[key, "p"], found[key, "r"] = precision[:, at], recall[:, at]
            found[key, "f1"] = f1[:, at]
        for at, key in enumerate(self._rates):
            found[key, "value"] = rate[:, at]
        both = np.concatenate([f1, rate], axis=1)
        cases = np.concatenate([tp + fn, totals[:, cut + 1 :: 2]], axis=1) > 0
        for key, members in self._macros:
            places = [self._place[member] for member in members if member in self._place]
            there = cases[:, places]
            found[key, "value"] = _ratio((both[:, places] * there).sum(axis=1), there.sum(axis=1))
        return found


def _ratio(part: NDArray[Any], whole: NDArray[Any]) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole > 0, part / whole, 0).astype(np.float32)


def intervals(
    sheet: Sheet, figures: Figures, *, resamples: int = RESAMPLES, seed: int = SEED
) -> dict[tuple[Key, str], Interval]:
    """95 % percentile intervals of figures, by bootstrap over reports.

    Returns
    -------
    dict
        (figure, measure) to its interval; empty where there is nothing to draw.
    """
    check_resamples(resamples)
    if not sheet.reports or not resamples:
        return {}
    values = figures.values(_drawn(figures.sums(sheet), resamples, seed))
    if not values:
        return {}
    ends = _percentiles(np.stack(list(values.values()), axis=1))
    return {name: _interval(ends[:, at]) for at, name in enumerate(values)}


def differences(
    first: Sheet,
    second: Sheet,
    figures: Figures,
    *,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> dict[Key, Difference]:
    """Two systems on the same reports, figure by figure; F1 of tallies.

    Raises
    ------
    UsageError
        The sheets are not about the same reports.
    """
    if first.reports != second.reports:
        raise UsageError("The two systems were not evaluated on the same reports.")
    check_resamples(resamples)
    if not first.reports or not resamples:
        return {}
    a, b = figures.sums(first), figures.sums(second)
    once = np.ones((1, len(a)), dtype=np.float32)
    at_first, at_second = figures.values(once @ a), figures.values(once @ b)
    drawn_a, drawn_b = (figures.values(_drawn(table, resamples, seed)) for table in (a, b))
    swapped_a, swapped_b = map(figures.values, _swapped(a, b, resamples, seed))
    found = {}
    for name in at_first:
        key, measure = name
        if measure in ("p", "r"):
            continue
        seen = float(at_second[name][0] - at_first[name][0])
        ends = _percentiles(drawn_b[name] - drawn_a[name])
        as_large = np.abs(swapped_b[name] - swapped_a[name]) >= abs(seen) - 1e-6
        p = (1 + int(as_large.sum())) / (1 + resamples)
        gold = first.total(key).gold if key in first.tallies else first.mean(key).n
        values = (float(at_first[name][0]), float(at_second[name][0]))
        found[key] = Difference(*values, *_interval(ends), p=p, gold=gold)
    return found


def check_resamples(resamples: int) -> None:
    """Raises `UsageError` where the number of draws is not one."""
    if not isinstance(resamples, int) or resamples < 0:
        raise UsageError(f"resamples must be a whole number of at least 0, not {resamples!r}.")


def _drawn(table: Floats, resamples: int, seed: int) -> Floats:
    """Sums over reports drawn with replacement, one row a draw."""
    reports = len(table)
    chance = np.full(reports, 1 / reports)
    random = np.random.default_rng(seed)
    return np.concatenate(
        [
            random.multinomial(reports, chance, size=size).astype(np.float32) @ table
            for size in _sizes(resamples)
        ]
    )


def _swapped(a: Floats, b: Floats, resamples: int, seed: int) -> tuple[Floats, Floats]:
    """Sums of both systems where the results of about half the reports change hands."""
    random = np.random.default_rng(seed)
    moved = np.concatenate(
        [
            random.integers(0, 2, size=(size, len(a))).astype(np.float32) @ (b - a)
            for size in _sizes(resamples)
        ]
    )
    return a.sum(axis=0) + moved, b.sum(axis=0) - moved


def _sizes(resamples: int) -> Iterator[int]:
    """Draws are made in parts, so that large corpora fit the memory."""
    for done in range(0, resamples, _DRAWS_AT_ONCE):
        yield min(_DRAWS_AT_ONCE, resamples - done)


def _percentiles(values: Floats) -> Floats:
    tail = 100 * (1 - LEVEL) / 2
    ends: Floats = np.percentile(values, [tail, 100 - tail], axis=0).astype(np.float32)
    return ends


def _interval(ends: Floats) -> Interval:
    return float(ends[0]), float(ends[1])
