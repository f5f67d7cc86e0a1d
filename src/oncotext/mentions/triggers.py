"""Rare literals that a text is first scanned for; regular expressions run only around them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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
        self._automaton = ahocorasick_rs.AhoCorasick(
            sorted(set(literals)), implementation=ahocorasick_rs.Implementation.DFA
        )

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
