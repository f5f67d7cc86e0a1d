"""Intervals and p-values against what is known of them; and that they are quick."""

from __future__ import annotations

import random
import time

import numpy as np
import pytest

from oncotext.errors import UsageError
from oncotext.evaluation.bootstrap import Figures, differences, intervals
from oncotext.evaluation.counting import Sheet

KEY = ("mention", "linked")


def sheet(reports: int, right: float, *, figures: int = 1, seed: int = 0) -> Sheet:
    """Ten mentions a report, each found with a probability."""
    chance = random.Random(seed)
    made = Sheet()
    for number in range(reports):
        made.begin(str(number))
        for figure in range(figures):
            found = sum(chance.random() < right for _ in range(10))
            made.tally((*KEY, *[str(figure)] * (figures > 1)), found, 10 - found, 10 - found)
        made.rate(("accuracy",), found, 10)
    return made


def figures_of(made: Sheet) -> Figures:
    return Figures(made, list(made.tallies), list(made.rates), list(made.macros))


def test_the_interval_is_that_of_the_binomial() -> None:
    made = sheet(400, 0.8)
    low, high = intervals(made, figures_of(made))[KEY, "f1"]
    value = made.total(KEY).f1
    width = 1.96 * np.sqrt(value * (1 - value) / 4_000)
    assert low == pytest.approx(value - width, abs=0.004)
    assert high == pytest.approx(value + width, abs=0.004)
    assert intervals(made, figures_of(made))[("accuracy",), "value"] == pytest.approx((low, high))


def test_the_same_seed_gives_the_same_interval() -> None:
    made = sheet(50, 0.7)
    first, again = (intervals(made, figures_of(made), seed=7) for _ in range(2))
    assert first == again
    assert first != intervals(made, figures_of(made), seed=8)


def test_a_mean_over_codes() -> None:
    made = Sheet()
    for number in range(40):
        made.begin(str(number))
        member = ("code", str(number % 2))
        made.tally(member, number % 2, 0, 1 - number % 2)
        made.macro(("macro",), member)
    assert made.macro_mean(("macro",)).value == 0.5
    assert intervals(made, figures_of(made))[("macro",), "value"] == (0.5, 0.5)


def test_chance_alone_is_seldom_significant() -> None:
    found = []
    for seed in range(40):
        first, second = sheet(60, 0.8, seed=2 * seed), sheet(60, 0.8, seed=2 * seed + 1)
        found.append(differences(first, second, figures_of(first), resamples=300)[KEY].p)
    assert sum(p < 0.05 for p in found) <= 6
    assert 0.3 < np.mean(found) < 0.7


def test_a_clear_difference_is() -> None:
    first, second = sheet(100, 0.7), sheet(100, 0.8, seed=1)
    found = differences(first, second, figures_of(first))[KEY]
    assert found.difference > 0
    assert found.low > 0
    assert found.p < 0.01


def test_other_reports_cannot_be_compared() -> None:
    with pytest.raises(UsageError):
        differences(sheet(3, 1.0), sheet(4, 1.0), figures_of(sheet(3, 1.0)))


def test_nothing_to_draw() -> None:
    assert intervals(Sheet(), Figures(Sheet(), [], [], [])) == {}
    made = sheet(3, 1.0)
    assert intervals(made, figures_of(made), resamples=0) == {}


def test_a_thousand_draws_of_1300_reports_take_about_a_second() -> None:
    made = sheet(1_300, 0.8, figures=150)
    begin = time.process_time()
    assert len(intervals(made, figures_of(made))) == 451
    assert time.process_time() - begin < 5  # on a busy machine
