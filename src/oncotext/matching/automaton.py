"""Finding phrases: one automaton over phrase text, word boundaries, the longest wins.

All matchers of a process share one automaton, so that a text is scanned once however many
pipes look phrases up in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Generic, NamedTuple, TypeVar
from weakref import WeakSet

import ahocorasick_rs

from oncotext.language.folding import AE, OE
from oncotext.language.view import PhraseText, TextView, ocr_form
from oncotext.matching.inflection import phrase_form

T = TypeVar("T")

# The folded ligatures are no letters to Python: without them 'œdème' would match in 'lymphœdème'.
_WORD = frozenset(chr(code) for code in range(256) if chr(code).isalnum()) | {OE, AE}


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
        self.phrases = list(values)
        self._values = list(values.values())
        _scanner.add(self)

    def __len__(self) -> int:
        return len(self._values)

    def __setstate__(self, state: dict[str, Any]) -> None:
        # automata cannot be pickled; a worker process compiles its own
        self.__dict__.update(state)
        _scanner.add(self)

    def find(self, view: TextView) -> list[Hit[T]]:
        """Hits in the order of the text; the longest of those that overlap, no two overlapping."""
        return longest(self.find_all(view))

    def find_all(self, view: TextView, within: bytes | bytearray | None = None) -> list[Hit[T]]:
        """Every phrase at word boundaries, also those inside others.

        ``within`` may say of each character of the text whether a phrase that starts there is
        wanted.
        """
        phrases = view.ocr_phrases if view.is_ocr else view.phrases
        to_folded, plain, values = phrases.to_folded, view.is_plain, self._values
        hits: list[Hit[T]] = []
        for index, start, end in _scanner.scan(view, phrases).get(self, ()):
            first = to_folded(start) if plain else view.to_raw(to_folded(start))
            if within is not None and not within[first]:
                continue
            value, capitals = values[index]
            last = to_folded(end - 1) + 1 if plain else view.to_raw_end(phrases.to_folded_end(end))
            if capitals and not self._in_capitals(view.text[first:last], index, view.is_ocr):
                continue
            # the tuple itself: Hit(...) takes twice as long, and there are hundreds a text
            hits.append(tuple.__new__(Hit, (first, last, value)))
        return hits

    def _in_capitals(self, surface: str, index: int, ocr: bool) -> bool:
        """Whether an abbreviation stands in capitals; a machine may have read I as l."""
        if not ocr:
            return surface.isupper()
        read = surface.replace("l", "I")
        return read.isupper() and phrase_form(read) == self.phrases[index]


_Found = dict[PhraseMatcher[Any], list[tuple[int, int, int]]]


class _Scanner:
    """One automaton for all living matchers, compiled anew when there is a new one."""

    def __init__(self) -> None:
        self._matchers: WeakSet[PhraseMatcher[Any]] = WeakSet()
        self._compiled: dict[bool, _Compiled] = {}

    def add(self, matcher: PhraseMatcher[Any]) -> None:
        self._matchers.add(matcher)
        self._compiled.clear()

    def scan(self, view: TextView, phrases: PhraseText) -> _Found:
        """What each matcher finds in a view: phrase numbers with offsets in its phrase text."""
        compiled = self._compiled.get(view.is_ocr)
        if compiled is None:
            compiled = self._compiled[view.is_ocr] = _Compiled(self._matchers, view.is_ocr)
        if view.scanned is None or view.scanned[0] is not compiled:
            view.scanned = (compiled, compiled.find(phrases.text))
        found: _Found = view.scanned[1]
        return found


class _Compiled:
    """The phrases of some matchers as one automaton.

    Phrases are looked up between blanks in a text of which all but letters and digits is blank:
    so only whole words are hits, and there are few to check. Those that begin or end with
    another sign ('+', 'l'') are looked up in the phrase text itself.
    """

    def __init__(self, matchers: Iterable[PhraseMatcher[Any]], ocr: bool) -> None:
        owners: dict[str, list[tuple[PhraseMatcher[Any], int]]] = defaultdict(list)
        for matcher in matchers:
            for index, phrase in enumerate(matcher.phrases):
                owners[ocr_form(phrase) if ocr else phrase].append((matcher, index))
        words = {p: o for p, o in owners.items() if p[0] in _WORD and p[-1] in _WORD}
        signs = {p: o for p, o in owners.items() if p not in words}
        self._words, self._word_owners = list(words), list(words.values())
        self._sign_owners = list(signs.values())
        self._word_automaton = _automaton([f" {_bare(phrase)} " for phrase in words])
        self._sign_automaton = _automaton(signs)

    def find(self, text: str) -> _Found:
        found: _Found = defaultdict(list)
        words, owners = self._words, self._word_owners
        for number, start, end in self._word_automaton.find_matches_as_indexes(
            f" {_bare(text)} ", overlapping=True
        ):
            # the blank before the phrase is the offset that it has in the text
            if text[start : end - 2] == words[number]:
                for matcher, index in owners[number]:
                    found[matcher].append((index, start, end - 2))
        last = len(text) - 1
        for number, start, end in self._sign_automaton.find_matches_as_indexes(
            text, overlapping=True
        ):
            if start and text[start - 1] in _WORD and text[start] in _WORD:
                continue
            if end <= last and text[end] in _WORD and text[end - 1] in _WORD:
                continue
            for matcher, index in self._sign_owners[number]:
                found[matcher].append((index, start, end))
        return found


_BLANKED = bytes(code if chr(code) in _WORD else ord(" ") for code in range(256))


def _bare(text: str) -> str:
    """Folded text with a blank for all but letters and digits."""
    return text.encode("latin-1").translate(_BLANKED).decode("latin-1")


def _automaton(phrases: Iterable[str]) -> ahocorasick_rs.AhoCorasick:
    return ahocorasick_rs.AhoCorasick(
        list(phrases), implementation=ahocorasick_rs.Implementation.ContiguousNFA
    )


_scanner = _Scanner()


def longest(hits: list[Hit[T]]) -> list[Hit[T]]:
    """Hits without overlaps: the leftmost, and the longest of those that start there."""
    out: list[Hit[T]] = []
    for hit in sorted(hits, key=lambda h: (h.start, -h.end)):
        if not out or hit.start >= out[-1].end:
            out.append(hit)
    return out
