"""How much each known form speaks for its code: a kernel with few weights, and 'none of them'.

The probability of a code is the share of the known forms like the query that have it; how much
a form counts is ``exp(w . x)`` of what it shares with the query. A constant stands for 'no code':
nothing known is like the query. So scores are probabilities, and comparable between queries.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np

from oncotext.linking.candidates import Array, Matches

FEATURES = (
    "cosine",
    "cosine_squared",
    "of_query",
    "of_form",
    "both",
    "head",
    "last",
    "own",
    "often",
    "behaviour",
    "context",
)
"""What a form shares with the query; `own` is 1 for forms of the lexicon, 0 for those of a
corpus, and `often` the logarithm of how many mentions it has there; `behaviour` 1 where the words
of the query contradict the code's behaviour; `context` the share of the form's other words that
stand around the mention."""


def features(matches: Matches, own: Array, often: Array, behaviour: Array, context: Array) -> Array:
    """One row a form."""
    cosine, both = matches.cosine, matches.of_query * matches.of_form
    return np.stack(
        [
            cosine,
            cosine * cosine,
            matches.of_query,
            matches.of_form,
            both,
            matches.head,
            matches.last,
            own,
            often,
            behaviour,
            context,
        ],
        axis=1,
    )


@dataclass(frozen=True)
class Kernel:
    """The weights of a kernel.

    Attributes
    ----------
    weights : array of float
        In the order of `FEATURES`.
    none : float
        The logarithm of what stands for 'no code'.
    """

    weights: Array
    none: float

    @classmethod
    def shipped(cls, system: str) -> Kernel:
        """The weights for the lexicon alone (see ``benchmarks/linking_weights.py``)."""
        path = files("oncotext.linking") / "weights.json"
        return cls.from_dict(json.loads(path.read_text(encoding="utf-8"))[system])

    @classmethod
    def from_dict(cls, values: Mapping[str, float]) -> Kernel:
        return cls(np.array([values[name] for name in FEATURES]), values["none"])

    def to_dict(self) -> dict[str, float]:
        values = {n: round(float(w), 4) for n, w in zip(FEATURES, self.weights, strict=True)}
        return {**values, "none": round(self.none, 4)}

    def shares(self, rows: Array) -> Array:
        """How much each form counts; what is missing to 1 says that none does."""
        logits = rows @ self.weights
        top = max(float(logits.max(initial=self.none)), self.none)
        counts = np.exp(logits - top)
        shares: Array = counts / (counts.sum() + np.exp(self.none - top))
        return shares


class Example(NamedTuple):
    """A query with its candidates: rows of features, and how much each form has the right code;
    ``right`` all 0 where none has."""

    rows: Array
    right: Array
    weight: float


def fit(
    examples: Sequence[Example], *, steps: int = 300, rate: float = 0.1, decay: float = 1e-3
) -> Kernel:
    """The weights under which the right codes are most likely (Adam on the log-likelihood).

    Parameters
    ----------
    examples : sequence of Example
    steps, rate, decay
        Of the optimiser; ``decay`` draws the weights towards 0.
    """
    size = max(len(example.rows) for example in examples)
    rows = np.zeros((len(examples), size, len(FEATURES)))
    right = np.zeros((len(examples), size))
    there = np.zeros((len(examples), size), dtype=bool)
    for number, example in enumerate(examples):
        rows[number, : len(example.rows)] = example.rows
        right[number, : len(example.rows)] = example.right
        there[number, : len(example.rows)] = True
    weight = np.array([example.weight for example in examples])
    weight = weight / weight.sum()
    none = right.sum(axis=1) == 0
    theta = np.zeros(len(FEATURES) + 1)
    mean, square = np.zeros_like(theta), np.zeros_like(theta)
    for step in range(1, steps + 1):
        gradient = _gradient(theta, rows, right, there, none, weight) - decay * theta
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        theta += rate * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
    return Kernel(theta[:-1], float(theta[-1]))


def _gradient(
    theta: Array, rows: Array, right: Array, there: Array, none: Array, weight: Array
) -> Array:
    """Of the mean log-likelihood."""
    logits = np.where(there, rows @ theta[:-1], -np.inf)
    top = np.maximum(logits.max(axis=1), theta[-1])[:, None]
    counts = np.exp(logits - top)
    nothing = np.exp(theta[-1] - top[:, 0])
    share = counts / (counts.sum(axis=1) + nothing)[:, None]
    share_none = nothing / (counts.sum(axis=1) + nothing)
    good = counts * right
    total = good.sum(axis=1)
    wanted = np.where(none[:, None], 0.0, good / np.where(total > 0, total, 1)[:, None])
    wanted_none = none.astype(float)
    push = (wanted - share) * weight[:, None]
    return np.append(
        np.einsum("ef,efd->d", push, rows), ((wanted_none - share_none) * weight).sum()
    )


def distribution(codes: Sequence[Any], shares: Array) -> dict[Any, float]:
    """The shares of the forms as those of their codes."""
    found: dict[Any, float] = {}
    for code, share in zip(codes, shares.tolist(), strict=True):
        found[code] = found.get(code, 0.0) + share
    return found
