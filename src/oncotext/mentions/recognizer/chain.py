"""A linear chain over tags: which follows which is learned, and the impossible is ruled out.

All sequences of a batch are done at once, padded; probabilities are scaled at each step.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from oncotext.mentions.recognizer.tags import OUTSIDE, TagScheme

_NEVER = -1e9


class Padded(NamedTuple):
    """Sequences of rows as one array, and how long each is."""

    scores: Any
    lengths: Any

    @classmethod
    def of(cls, sequences: list[Any]) -> Padded:
        lengths = np.array([len(rows) for rows in sequences])
        scores = np.zeros((len(sequences), lengths.max(), sequences[0].shape[1]), dtype="f")
        for number, rows in enumerate(sequences):
            scores[number, : len(rows)] = rows
        return cls(scores, lengths)

    def cut(self, values: Any) -> list[Any]:
        """An array of the padded shape as one array a sequence."""
        return [rows[:length] for rows, length in zip(values, self.lengths.tolist(), strict=True)]


class Chain:
    """The chain of a tag scheme.

    Parameters
    ----------
    scheme : TagScheme
    transitions : array of float, tags x tags
        How readily the column's tag follows the row's.
    """

    def __init__(self, scheme: TagScheme, transitions: Any) -> None:
        allowed = scheme.allowed
        self._steps = np.where(allowed, transitions, _NEVER).astype("f")
        self._step = np.exp(self._steps)
        # a text begins after, and ends before, what is outside
        self._first = np.where(allowed[OUTSIDE], 0.0, _NEVER).astype("f")
        self._last = np.where(allowed[:, OUTSIDE], 0.0, _NEVER).astype("f")

    def marginals(self, batch: Padded) -> tuple[Any, Any]:
        """The probability of each tag at each place, and how often each pair is expected."""
        scores, lengths = batch
        size, longest, _ = scores.shape
        seen = np.exp(scores - scores.max(axis=2, keepdims=True))
        before, after = np.zeros_like(scores), np.zeros_like(scores)
        before[:, 0] = _scaled(seen[:, 0] * np.exp(self._first))
        for place in range(1, longest):
            before[:, place] = _scaled((before[:, place - 1] @ self._step) * seen[:, place])
        end = np.exp(self._last)
        after[np.arange(size), lengths - 1] = end
        for place in range(longest - 2, -1, -1):
            on = (seen[:, place + 1] * after[:, place + 1]) @ self._step.T
            after[:, place] = np.where((place < lengths - 1)[:, None], _scaled(on), after[:, place])
        tags = _scaled(before * after)
        one, two = before[:, :-1], seen[:, 1:] * after[:, 1:]
        total = ((one @ self._step) * two).sum(axis=2, keepdims=True)
        two = np.where(total > 0, two / np.maximum(total, 1e-30), 0)
        return tags, self._step * np.einsum("bti,btj->ij", one, two)

    def best(self, batch: Padded) -> list[Any]:
        """The most likely legal tags of each sequence (Viterbi)."""
        scores, lengths = batch
        size, longest, tags = scores.shape
        score, back = scores[:, 0] + self._first, np.zeros((longest, size, tags), dtype=np.int8)
        scores_at = [score]
        for place in range(1, longest):
            paths = score[:, :, None] + self._steps
            back[place] = paths.argmax(axis=1)
            score = paths.max(axis=1) + scores[:, place]
            scores_at.append(score)
        return [
            _followed(scores_at[length - 1][number] + self._last, back[:length, number])
            for number, length in enumerate(lengths.tolist())
        ]


def _scaled(values: Any) -> Any:
    """Each row by its sum."""
    return values / np.maximum(values.sum(axis=-1, keepdims=True), 1e-30)


def _followed(score: Any, back: Any) -> Any:
    """The path that ends with the best score."""
    tag = int(score.argmax())
    found = [tag]
    for row in back[:0:-1]:
        tag = int(row[tag])
        found.append(tag)
    return np.array(found[::-1])


def gradient(chain: Chain, batch: Padded, gold: list[list[int]]) -> tuple[list[Any], Any, float]:
    """What the scores and transitions should move by, and how unlike the gold tags they are.

    Returns
    -------
    tuple
        One array a sequence; an array tags x tags; the mean of minus the logarithm of the gold
        tags' probabilities.
    """
    tags, pairs = chain.marginals(batch)
    moves, loss = batch.cut(tags), 0.0
    for rows, numbers in zip(moves, gold, strict=True):
        places = np.arange(len(numbers))
        loss -= float(np.log(np.maximum(rows[places, numbers], 1e-9)).sum())
        rows[places, numbers] -= 1
        np.subtract.at(pairs, (numbers[:-1], numbers[1:]), 1)
    return moves, pairs, loss / int(batch.lengths.sum())
