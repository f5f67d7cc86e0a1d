"""Finding phrases: one automaton over phrase text, word boundaries, the longest wins."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any, Generic, NamedTuple, TypeVar

import ahocorasick_rs

from oncotext.language.folding import OE
from oncotext.language.view import TextView, ocr_form
from oncotext.matching.inflection import phrase_form

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
        self._phrases = list(values)
        self._values = list(values.values())

    def __len__(self) -> int:
        return len(self._values)

    @cached_property
    def _automaton(self) -> ahocorasick_rs.AhoCorasick:
        return _compiled(self._phrases)

    @cached_property
    def _ocr_automaton(self) -> ahocorasick_rs.AhoCorasick:
        return _compiled([ocr_form(phrase) for phrase in self._phrases])

    def __getstate__(self) -> dict[str, Any]:
        # automata cannot be pickled; a worker process compiles its own
        return {"_phrases": self._phrases, "_values": self._values}

    def find(self, view: TextView) -> list[Hit[T]]:
        """Hits in the order of the text; the longest of those that overlap, no two overlapping."""
        return longest(self.find_all(view))

    def find_all(self, view: TextView) -> list[Hit[T]]:
        """Every phrase at word boundaries, also those inside others."""
        if not self._values:
            return []
        automaton = self._ocr_automaton if view.is_ocr else self._automaton
        phrases = view.ocr_phrases if view.is_ocr else view.phrases
        text, size = phrases.text, len(phrases.text)
        hits: list[Hit[T]] = []
        for index, start, end in automaton.find_matches_as_indexes(text, overlapping=True):
            if start and _in_word(text[start - 1]) and _in_word(text[start]):
                continue
            if end < size and _in_word(text[end]) and _in_word(text[end - 1]):
                continue
            value, capitals = self._values[index]
            first = view.to_raw(phrases.to_folded(start))
            last = view.to_raw_end(phrases.to_folded_end(end))
            if capitals and not self._in_capitals(view.text[first:last], index, view.is_ocr):
                continue
            hits.append(Hit(first, last, value))
        return hits

    def _in_capitals(self, surface: str, index: int, ocr: bool) -> bool:
        """Whether an abbreviation stands in capitals; a machine may have read I as l."""
        if not ocr:
            return surface.isupper()
        read = surface.replace("l", "I")
        return read.isupper() and phrase_form(read) == self._phrases[index]


def _in_word(char: str) -> bool:
    # the folded ligature is a control character: without it 'œdème' would match in 'lymphœdème'
    return char.isalnum() or char == OE


def longest(hits: list[Hit[T]]) -> list[Hit[T]]:
    """Hits without overlaps: the leftmost, and the longest of those that start there."""
    out: list[Hit[T]] = []
    for hit in sorted(hits, key=lambda h: (h.start, -h.end)):
        if not out or hit.start >= out[-1].end:
            out.append(hit)
    return out


def _compiled(phrases: list[str]) -> ahocorasick_rs.AhoCorasick:
    return ahocorasick_rs.AhoCorasick(phrases, implementation=ahocorasick_rs.Implementation.ContiguousNFA)
