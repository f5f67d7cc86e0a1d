"""Finding the names of markers.

Names of two or three capitals ('RE', 'RP', 'ALK') are two letters that half the words of a
text hold: an automaton stops at each. They are looked for apart, among words in capitals.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from oncotext.language.view import TextView
from oncotext.lexicon import Concept, concept_matcher, load_concepts
from oncotext.matching.automaton import Hit, PhraseMatcher, longest

_CAPITALS = re.compile(r"[A-Z]{2,3}")
_SHORT = 3


class MarkerNames:
    """The names of ``biomarkers.tsv`` with users' files on top."""

    def __init__(self, extra: Sequence[str | Path] = ()) -> None:
        self._all = concept_matcher("biomarkers", extra)
        self._short: dict[str, Concept] = {}
        long: list[tuple[str, Concept, bool]] = []
        for concept in load_concepts("biomarkers", extra):
            for phrase, capitals in concept.phrases():
                if capitals and phrase.isalpha() and len(phrase) <= _SHORT:
                    self._short.setdefault(phrase.upper(), concept)
                else:
                    long.append((phrase, concept, capitals))
        self._long = PhraseMatcher(long)

    def find(self, view: TextView) -> list[Hit[Concept]]:
        """Names in the order of the text, none inside another."""
        if view.is_ocr:
            return self._all.find(view)
        return longest([*self._long.find_all(view), *self._abbreviations(view.text)])

    def _abbreviations(self, text: str) -> Iterable[Hit[Concept]]:
        for word in _CAPITALS.finditer(text):
            concept = self._short.get(word.group())
            if concept is None:
                continue
            start, end = word.span()
            if not (text[start - 1 : start].isalnum() or text[end : end + 1].isalnum()):
                yield Hit(start, end, concept)


@lru_cache(maxsize=1)
def _shipped() -> MarkerNames:
    return MarkerNames()


def marker_names(extra: Sequence[str | Path] = ()) -> MarkerNames:
    """The shipped names, compiled once, or those with users' files on top."""
    return MarkerNames(extra) if extra else _shipped()
