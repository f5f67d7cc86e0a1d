"""The kernel: what it learns, and that its shares are probabilities."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncotext.linking.ranking import FEATURES, Example, Kernel, fit
from oncotext.linking.systems import SYSTEMS


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_system_has_weights(system: str) -> None:
    kernel = Kernel.shipped(system)
    assert kernel.weights.shape == (len(FEATURES),)
    assert Kernel.from_dict(kernel.to_dict()).to_dict() == kernel.to_dict()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.floats(-5, 5), min_size=11, max_size=11), min_size=1, max_size=6))
def test_shares_are_probabilities(rows: list[list[float]]) -> None:
    kernel = Kernel(np.linspace(-2, 2, len(FEATURES)), 0.5)
    shares = kernel.shares(np.array(rows))
    assert (shares >= 0).all()
    assert shares.sum() <= 1 + 1e-9


def test_no_forms_no_shares() -> None:
    kernel = Kernel.shipped("ICD-O-3-M")
    assert kernel.shares(np.zeros((0, len(FEATURES)))).size == 0


def test_it_learns_which_feature_tells() -> None:
    rng = np.random.default_rng(0)
    examples = []
    for _ in range(200):
        rows = rng.random((5, len(FEATURES)))
        right = (rows[:, 0] == rows[:, 0].max()).astype(float)
        examples.append(Example(rows, right, 1.0))
    kernel = fit(examples)
    assert kernel.weights[0] == max(kernel.weights)
    best = [int(np.argmax(kernel.shares(e.rows))) == int(np.argmax(e.right)) for e in examples]
    assert np.mean(best) > 0.9


def test_it_learns_when_none_is_right() -> None:
    rng = np.random.default_rng(0)
    examples = []
    for number in range(200):
        rows = np.zeros((4, len(FEATURES)))
        rows[:, 0] = rng.random(4) * 0.2 + (0.8 if number % 2 else 0.0)
        right = np.array([1.0, 0, 0, 0]) if number % 2 else np.zeros(4)
        examples.append(Example(rows, right, 1.0))
    kernel = fit(examples)
    found = [kernel.shares(example.rows).sum() for example in examples]
    assert min(found[1::2]) > max(found[::2])


def test_the_same_examples_give_the_same_weights() -> None:
    rng = np.random.default_rng(1)
    rows = rng.random((6, len(FEATURES)))
    examples = [Example(rows, np.eye(6)[i % 6], 1.0) for i in range(12)]
    assert fit(examples).to_dict() == fit(examples).to_dict()
