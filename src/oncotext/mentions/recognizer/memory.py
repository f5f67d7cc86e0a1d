"""A layer that remembers: fading means of the words before and after each word.

A convolution sees a few words; whether a site is that of a tumour may be said thirty words away.
Each channel fades at a rate of its own, from a few words to the whole segment; what to make of it
is learned by the layer after. The recurrence is linear, so it costs little on a CPU.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from thinc.api import Model

from oncotext.mentions.recognizer.chain import Padded

_SHORTEST, _LONGEST = 2.0, 64.0
"""Words after which a memory has faded to a half, of the first and the last channel."""


def memory(width: int) -> Model[Any, Any]:
    """From a list of texts' vectors to the same with both memories beside them.

    Parameters
    ----------
    width : int
        Of the vectors that come in; three times as much goes out.
    """
    halves = np.geomspace(_SHORTEST, _LONGEST, width)
    keeps = np.power(0.5, 1 / halves).astype("f")
    return Model("memory", _forward, dims={"nI": width, "nO": 3 * width}, attrs={"keeps": keeps})


def _forward(model: Model[Any, Any], texts: list[Any], is_train: bool) -> Any:
    keeps = model.attrs["keeps"]
    width = keeps.size
    batch = Padded.of(texts)
    rows = np.swapaxes(batch.scores, 0, 1)
    before, after = _faded(rows, keeps), _faded(rows[::-1], keeps)[::-1]
    joined = np.concatenate((rows, before, after), axis=2)

    def backward(moves: list[Any]) -> list[Any]:
        back = np.swapaxes(Padded.of(moves).scores, 0, 1)
        own, of_before, of_after = (back[..., i * width : (i + 1) * width] for i in range(3))
        whole = own + _faded(of_before[::-1], keeps)[::-1] + _faded(of_after, keeps)
        return batch.cut(np.swapaxes(whole, 0, 1))

    return batch.cut(np.swapaxes(joined, 0, 1)), backward


def _faded(rows: Any, keeps: Any) -> Any:
    """The fading mean of the rows up to each, itself included."""
    out = np.empty_like(rows)
    now = np.zeros_like(rows[0])
    for place, row in enumerate(rows):
        now = now * keeps + row * (1 - keeps)
        out[place] = now
    return out
