"""The fading memory: what it sees, and that its gradient is right."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from oncotext.mentions.recognizer.memory import memory

WIDTH = 4


@pytest.fixture
def texts() -> list[Any]:
    random = np.random.default_rng(0)
    return [random.normal(size=(words, WIDTH)).astype("f") for words in (3, 7, 1)]


def test_a_word_is_remembered_on_both_sides_and_fades() -> None:
    text = np.zeros((9, WIDTH), dtype="f")
    text[4] = 1
    (seen,) = memory(WIDTH).predict([text])
    before, after = seen[:, WIDTH : 2 * WIDTH], seen[:, 2 * WIDTH :]
    assert not before[:4].any()
    assert not after[5:].any()
    assert (np.diff(before[4:], axis=0) < 0).all()
    assert np.allclose(before[4:], after[4::-1])
    assert (seen[:, :WIDTH] == text).all()


def test_each_text_is_read_by_itself(texts: list[Any]) -> None:
    layer = memory(WIDTH)
    together = layer.predict(texts)
    for text, seen in zip(texts, together, strict=True):
        assert np.allclose(layer.predict([text])[0], seen)


@pytest.mark.parametrize("place", [(0, 1, 2), (1, 6, 0), (1, 0, 3), (2, 0, 1)])
def test_the_gradient_is_the_slope(texts: list[Any], place: tuple[int, int, int]) -> None:
    layer = memory(WIDTH)
    seen, back = layer.begin_update(texts)
    weights = [np.cos(np.arange(rows.size, dtype="f")).reshape(rows.shape) for rows in seen]
    text, word, channel = place

    def loss(step: float) -> float:
        moved = [rows.copy() for rows in texts]
        moved[text][word, channel] += step
        pairs = zip(layer.predict(moved), weights, strict=True)
        return float(sum((rows * weight).sum() for rows, weight in pairs))

    slope = (loss(1e-2) - loss(-1e-2)) / 2e-2
    assert slope == pytest.approx(float(back(weights)[text][word, channel]), abs=1e-3)
