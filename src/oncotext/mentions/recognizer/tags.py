"""Spans as tags of words and back: the best sequence that is a legal one, with a score a span."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np

Kind = Literal["BIO", "BIOES"]

OUTSIDE = 0
_PREFIXES = {"BIO": "BI", "BIOES": "BIES"}
# Which prefix may follow which within a span; between spans all that may begin one.
_BEGINS, _GOES_ON = "BS", "IE"
_NEVER = -1e9


class Tagged(NamedTuple):
    """A span of units ``first`` to ``last``, both included."""

    first: int
    last: int
    label: str
    score: float


class TagScheme:
    """The tags of some labels; 0 is outside of all.

    Parameters
    ----------
    labels : sequence of str
    kind : {"BIO", "BIOES"}
        ``BIOES`` marks ends and single words too.

    Examples
    --------
    >>> scheme = TagScheme(["TNM"], "BIOES")
    >>> scheme.names
    ['O', 'B-TNM', 'I-TNM', 'E-TNM', 'S-TNM']
    >>> scheme.encode(5, [(0, 2, "TNM"), (4, 4, "TNM")])
    [1, 2, 3, 0, 4]
    """

    def __init__(self, labels: Sequence[str], kind: Kind = "BIOES") -> None:
        self.labels, self.kind = tuple(labels), kind
        self._prefixes = _PREFIXES[kind]
        self.names = ["O", *(f"{p}-{label}" for label in labels for p in self._prefixes)]
        self._number = {name: number for number, name in enumerate(self.names)}

    def encode(self, units: int, spans: Iterable[tuple[int, int, str]]) -> list[int]:
        """The tag of each unit. Of spans that overlap the longest stays."""
        tags = [OUTSIDE] * units
        for first, last, label in sorted(spans, key=lambda span: span[0] - span[1]):
            if not any(tags[first : last + 1]):
                for unit in range(first, last + 1):
                    tags[unit] = self._number[f"{self._prefix(unit, first, last)}-{label}"]
        return tags

    def _prefix(self, unit: int, first: int, last: int) -> str:
        if self.kind == "BIOES" and unit == last:
            return "S" if first == last else "E"
        return "B" if unit == first else "I"

    def decode(self, probabilities: Any) -> list[Tagged]:
        """The spans of the best legal sequence of tags.

        Parameters
        ----------
        probabilities : array of float, units x tags

        Returns
        -------
        list of Tagged
            In order; the score is the geometric mean of the probabilities of a span's tags.
        """
        if not len(probabilities):
            return []
        logs = np.log(np.maximum(probabilities, 1e-12))
        best = self._best(logs)
        chosen = logs[np.arange(len(best)), best]
        spans, start = [], -1
        for unit, tag in enumerate(best):
            if tag == OUTSIDE:
                continue
            if self.opens[tag]:
                start = unit
            follows = best[unit + 1] if unit + 1 < len(best) else OUTSIDE
            if follows == OUTSIDE or self.opens[follows]:
                label = self.names[tag][2:]
                score = float(np.exp(chosen[start : unit + 1].mean()))
                spans.append(Tagged(start, unit, label, min(1.0, score)))
        return spans

    def _best(self, logs: Any) -> list[int]:
        """The legal sequence of the highest probability (Viterbi)."""
        step = np.where(self.allowed, 0.0, _NEVER)
        score = logs[0] + step[OUTSIDE]
        back = np.zeros(logs.shape, dtype=np.int16)
        for unit in range(1, len(logs)):
            paths = score[:, None] + step
            back[unit] = paths.argmax(axis=0)
            score = paths.max(axis=0) + logs[unit]
        tag = int((score + step[:, OUTSIDE]).argmax())
        found = [tag]
        for unit in range(len(logs) - 1, 0, -1):
            tag = int(back[unit, tag])
            found.append(tag)
        return found[::-1]

    @cached_property
    def opens(self) -> list[bool]:
        """Whether a tag begins a span."""
        return [name[0] in _BEGINS for name in self.names]

    @cached_property
    def allowed(self) -> Any:
        """Whether the column's tag may follow the row's."""
        return np.array(
            [[self._may_follow(one, next) for next in self.names] for one in self.names]
        )

    def _may_follow(self, one: str, next: str) -> bool:
        if next[0] in _GOES_ON:
            return one[0] in "BI" and one[2:] == next[2:]
        # B or I of BIOES need an end
        return self.kind == "BIO" or one[0] not in "BI"
