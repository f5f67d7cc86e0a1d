"""Which disease a stage, a grade or a lone 'T3' is said of: the disease words around it.

The words and their families are in ``lexicon/diseases.tsv``; families that are no tumour
(toxicities, comorbidities) are there too, because they forbid.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from oncotext.language.view import TextView
from oncotext.lexicon import load_concepts

_WORD = re.compile(r"[a-z\x9c\xe6]+\d*")
_STOP = re.compile(r"[.!?](?=\s)|\n *\n|\n *[-*>]")


class Word(NamedTuple):
    """A disease word in the folded text.

    An organ alone does not attest a tumour; a weak word (an organ, a hint) gives way to a
    histological type in the choice of a classification.
    """

    start: int
    end: int
    family: str
    organ: bool
    weak: bool


class DiseaseWords:
    """Finds the disease words of a stretch of folded text, by dictionary.

    Parameters
    ----------
    extra : sequence of paths
        Users' own lexicon files of the same form.
    """

    def __init__(self, extra: Sequence[str | Path] = ()) -> None:
        phrases: dict[str, list[tuple[tuple[str, ...], bool, Word]]] = {}
        self.tumours: set[str] = set()
        for concept in load_concepts("diseases", extra):
            organ = "organ" in concept.attrs
            word = Word(0, 0, concept.code, organ, organ or "weak" in concept.attrs)
            if concept.attrs.get("tumour") != "no":
                self.tumours.add(concept.code)
            for phrase, capitals in concept.phrases():
                words = tuple(_WORD.findall(phrase))
                if words:
                    phrases.setdefault(words[0], []).append((words, capitals, word))
        toxicity = Word(0, 0, "toxicity", False, False)
        for concept in load_concepts("toxicity"):
            for phrase, capitals in concept.phrases():
                words = tuple(_WORD.findall(phrase))
                if words and all(words != known for known, *_ in phrases.get(words[0], ())):
                    phrases.setdefault(words[0], []).append((words, capitals, toxicity))
        for entries in phrases.values():
            entries.sort(key=lambda entry: -len(entry[0]))
        self._phrases = phrases
        self.specific = self.tumours - {"tumour"}

    def find(self, view: TextView, start: int, end: int) -> list[Word]:
        """Disease words in ``view.folded[start:end]``, in order, the longest where several fit."""
        tokens = [(m.group(), m.start(), m.end()) for m in _WORD.finditer(view.folded, start, end)]
        found: list[Word] = []
        index = 0
        while index < len(tokens):
            for words, capitals, word in self._phrases.get(tokens[index][0], ()):
                last = index + len(words)
                if words != tuple(token[0] for token in tokens[index:last]):
                    continue
                first, stop = tokens[index][1], tokens[last - 1][2]
                if capitals and not view.text[view.to_raw(first) : view.to_raw(stop)].isupper():
                    continue
                found.append(word._replace(start=first, end=stop))
                index = last - 1
                break
            index += 1
        return found

    def around(self, view: TextView, start: int, end: int) -> tuple[list[Word], list[Word]]:
        """Disease words of the same sentence before (nearest first) and after a stretch."""
        first = sentence_start(view.folded, start)
        last = sentence_end(view.folded, end)
        return self.find(view, first, start)[::-1], self.find(view, end, last)


def sentence_start(folded: str, position: int, reach: int = 220) -> int:
    """Where the sentence that holds ``position`` begins, at most ``reach`` characters before."""
    low = max(0, position - reach)
    start = low
    for stop in _STOP.finditer(folded, low, position):
        start = stop.end()
    return start


def sentence_end(folded: str, position: int, reach: int = 100) -> int:
    """Where the sentence that holds ``position`` ends, at most ``reach`` characters after."""
    stop = _STOP.search(folded, position, position + reach)
    return stop.start() if stop else min(len(folded), position + reach)


@lru_cache(maxsize=None)
def disease_words() -> DiseaseWords:
    """The shipped disease words, built once a process."""
    return DiseaseWords()
