"""Which disease a stage, a grade or a lone 'T3' is said of: the disease words around it.

The words and their families are in ``lexicon/diseases.tsv``; families that are no tumour
(comorbidities, toxicities, scales of other things) are there too, because they forbid. The
toxicities of ``toxicity.tsv`` count among them.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from oncotext.language.view import TextView
from oncotext.lexicon import concept_matcher

_STOP = re.compile(r"[.!?](?=\s)|\n *\n|\n *[-*>]")


class Word(NamedTuple):
    """A disease word in the folded text.

    An organ alone does not attest a tumour; a weak word (an organ, a hint) gives way to a
    histological type in the choice of a classification.
    """

    start: int
    end: int
    family: str
    tumour: bool
    organ: bool
    weak: bool

    @property
    def specific(self) -> bool:
        """Whether the word says which tumour."""
        return self.tumour and self.family != "tumour"


class DiseaseWords:
    """Finds the disease words of texts; a text is read once, whoever asks.

    Parameters
    ----------
    extra : sequence of paths
        Users' own lexicon files of the same form as ``diseases.tsv``.
    """

    def __init__(self, extra: Sequence[str | Path] = ()) -> None:
        self._diseases = concept_matcher("diseases", extra)
        self._toxicities = concept_matcher("toxicity")
        self._read: WeakKeyDictionary[TextView, tuple[list[int], list[Word]]] = WeakKeyDictionary()

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_read": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._read = WeakKeyDictionary()

    def find(self, view: TextView, start: int, end: int) -> list[Word]:
        """Disease words in ``view.folded[start:end]``, in order, the longest where several fit."""
        starts, words = self._words(view)
        first, last = bisect_left(starts, start), bisect_left(starts, end)
        return [word for word in words[first:last] if word.end <= end]

    def before(self, view: TextView, position: int, *, reach: int = 0) -> list[Word]:
        """Disease words before ``position``, nearest first: of its sentence, or within reach."""
        low = max(0, position - reach) if reach else sentence_start(view.folded, position)
        return self.find(view, low, position)[::-1]

    def after(self, view: TextView, position: int, *, reach: int) -> list[Word]:
        """Disease words that start within reach after ``position``, in its sentence."""
        words = self.find(view, position, sentence_end(view.folded, position))
        return [word for word in words if word.start - position < reach]

    def _words(self, view: TextView) -> tuple[list[int], list[Word]]:
        known = self._read.get(view)
        if known is None:
            words = self._scan(view)
            known = self._read[view] = [word.start for word in words], words
        return known

    def _scan(self, view: TextView) -> list[Word]:
        hits = [*self._diseases.find_all(view), *self._toxicities.find_all(view)]
        # of two that start together the longer, at equal length that of diseases.tsv
        hits.sort(key=lambda hit: (hit.start, -hit.end))
        words: list[Word] = []
        last = 0
        for start, end, concept in hits:
            if start < last:
                continue
            last = end
            attrs = concept.attrs
            toxicity = concept.label == "TOXICITY"
            organ = "organ" in attrs
            words.append(
                Word(
                    view.to_folded(start),
                    view.to_folded(end),
                    "toxicity" if toxicity else concept.code,
                    not toxicity and attrs.get("tumour") != "no",
                    organ,
                    organ or "weak" in attrs,
                )
            )
        return words


def sentence_start(folded: str, position: int, reach: int = 220) -> int:
    """Where the sentence that holds ``position`` begins, at most ``reach`` characters before."""
    start = max(0, position - reach)
    for stop in _STOP.finditer(folded, start, position):
        start = stop.end()
    return start


def sentence_end(folded: str, position: int, reach: int = 100) -> int:
    """Where the sentence that holds ``position`` ends, at most ``reach`` characters after."""
    stop = _STOP.search(folded, position, position + reach)
    return stop.start() if stop else min(len(folded), position + reach)


@cache
def disease_words() -> DiseaseWords:
    """The shipped disease words, built once a process."""
    return DiseaseWords()
