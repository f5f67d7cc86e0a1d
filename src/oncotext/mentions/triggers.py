"""Rare literals that a text is first scanned for; regular expressions run only around them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import ahocorasick_rs


class Triggers:
    """One pass over folded text for many literals.

    Parameters
    ----------
    literals : iterable of str
        Folded text, matched anywhere (``words=False``) or not inside a word (``words=True``:
        no letter before and none after; digits may follow, as in 'sbr3').
    """

    def __init__(self, literals: Iterable[str], *, words: bool = True) -> None:
        self._words = words
        self._literals = sorted(set(literals))
        self._compile()

    def _compile(self) -> None:
        self._automaton = ahocorasick_rs.AhoCorasick(
            self._literals, implementation=ahocorasick_rs.Implementation.DFA
        )

    def __getstate__(self) -> dict[str, Any]:
        return {"_words": self._words, "_literals": self._literals}

    def __setstate__(self, state: dict[str, Any]) -> None:
        # automata cannot be pickled; a worker process compiles its own
        self.__dict__.update(state)
        self._compile()

    def find(self, folded: str) -> Iterator[tuple[int, int]]:
        """Start and end of each literal found, by end; they may overlap."""
        size = len(folded)
        for _, start, end in self._automaton.find_matches_as_indexes(folded, overlapping=True):
            if self._words:
                if start and folded[start - 1].isalpha():
                    continue
                if end < size and folded[end].isalpha():
                    continue
            yield start, end
