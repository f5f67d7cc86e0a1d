"""Finding phrases: one automaton over phrase text, word boundaries, the longest wins."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, NamedTuple, TypeVar

import ahocorasick_rs

from oncotext.language.view import TextView

T = TypeVar("T")


class Hit(NamedTuple, Generic[T]):
    """A phrase found: offsets in the text as given, and what it stands for."""

    start: int
    end: int
    value: T


class PhraseMatcher(Generic[T]):
    """Finds many phrases in one pass.

    Parameters
    ----------
    phrases : iterable of (phrase, value, capitals)
        A phrase as `inflection.phrase_form` gives it, what it stands for, and whether it
        counts only where the text has it in capitals. The first value of a phrase is kept.
    """

    def __init__(self, phrases: Iterable[tuple[str, T, bool]]) -> None:
        values: dict[str, tuple[T, bool]] = {}
        for phrase, value, capitals in phrases:
            if phrase and (phrase not in values or (values[phrase][1] and not capitals)):
                values[phrase] = (value, capitals)
        self._values = list(values.values())
        self._automaton = ahocorasick_rs.AhoCorasick(
            list(values), implementation=ahocorasick_rs.Implementation.DFA
        ) if values else None

    def __len__(self) -> int:
        return len(self._values)

    def find(self, view: TextView) -> list[Hit[T]]:
        """Hits in the order of the text; the longest of those that overlap, no two overlapping."""
        return longest(self.find_all(view))

    def find_all(self, view: TextView) -> list[Hit[T]]:
        """Every phrase at word boundaries, also those inside others."""
        if self._automaton is None:
            return []
        phrases = view.phrases
        text, size = phrases.text, len(phrases.text)
        hits: list[Hit[T]] = []
        for index, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            if start and text[start - 1].isalnum() and text[start].isalnum():
                continue
            if end < size and text[end].isalnum() and text[end - 1].isalnum():
                continue
            value, capitals = self._values[index]
            first = view.to_raw(phrases.to_folded(start))
            last = view.to_raw_end(phrases.to_folded(end - 1) + 1)
            if capitals and not view.text[first:last].isupper():
                continue
            hits.append(Hit(first, last, value))
        return hits


def longest(hits: list[Hit[T]]) -> list[Hit[T]]:
    """Hits without overlaps: the leftmost, and the longest of those that start there."""
    out: list[Hit[T]] = []
    for hit in sorted(hits, key=lambda h: (h.start, -h.end)):
        if not out or hit.start >= out[-1].end:
            out.append(hit)
    return out
