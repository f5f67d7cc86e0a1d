"""Names of drugs that are misspelt: one letter too many, too few or wrong.

Only what stands before a dose or beside another drug ('CARBOPLATINE PAXLITAXEL') is looked at, so
that no other word is taken for a drug.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from oncotext.language.view import TextView
from oncotext.lexicon import Concept
from oncotext.matching.automaton import Hit

_SHORTEST = 7
_DOSE = re.compile(r"\d ?(?:mc?g|ug|g|ml|ui|cp|comprimes?|gelules?|ampoules?|sachets?)\b(?!/d?l)")
_NAME_BEFORE = re.compile(r"(?<![a-z])([a-z]{7,})(?: lp)? ?:? ?[\d., ]*$")
_LOOK_BACK = 50
# Of a combination: 'X Y', 'X-Y', 'X + Y', 'X et Y'.
_NAME_AFTER = re.compile(r" ?(?:[+/-]|,|et\b)? ?([a-z]{7,})\b")
_NAME_JUST_BEFORE = re.compile(r"(?<![a-z])([a-z]{7,}) ?(?:[+/-]|,|\bet)? ?$")


class Misspelt:
    """Finds names at an edit distance of one from those of a lexicon.

    Parameters
    ----------
    concepts : iterable of Concept
        Their names of one word and seven letters or more count.
    """

    def __init__(self, concepts: Iterable[Concept]) -> None:
        self._known: set[str] = set()
        self._near: dict[str, dict[str, Concept]] = defaultdict(dict)
        for concept in concepts:
            for phrase, _ in concept.phrases():
                if len(phrase) >= _SHORTEST and phrase.isalpha():
                    self._known.add(phrase)
                    for form in _shortened(phrase):
                        self._near[form][concept.code] = concept

    def find(self, view: TextView, drugs: Iterable[Hit[Concept]] = ()) -> Iterator[Hit[Concept]]:
        """Names before doses, and beside the drugs found, that no other name is as near to."""
        folded, last = view.folded, -1
        for start, end in sorted({*_before_doses(folded), *_beside(view, drugs)}):
            name, at = folded[start:end], view.to_raw(start)
            # 'branche' is no Ibrance
            if (
                name in self._known
                or start < last
                or not (end - start > _SHORTEST or view.text[at].isupper())
            ):
                continue
            meant = self._meant(name)
            if meant is not None:
                last = end
                yield Hit(at, view.to_raw_end(end), meant)

    def _meant(self, word: str) -> Concept | None:
        found: dict[str, Concept] = {}
        for form in _shortened(word):
            found |= self._near.get(form, {})
        return next(iter(found.values())) if len(found) == 1 else None


def _before_doses(folded: str) -> Iterator[tuple[int, int]]:
    for dose in _DOSE.finditer(folded):
        name = _NAME_BEFORE.search(folded, max(0, dose.start() - _LOOK_BACK), dose.start())
        if name is not None:
            yield name.span(1)


def _beside(view: TextView, drugs: Iterable[Hit[Concept]]) -> Iterator[tuple[int, int]]:
    folded = view.folded
    for drug in drugs:
        start, end = view.to_folded(drug.start), view.to_folded(drug.end)
        after = _NAME_AFTER.match(folded, end)
        before = _NAME_JUST_BEFORE.search(folded, max(0, start - _LOOK_BACK), start)
        yield from (name.span(1) for name in (before, after) if name is not None)


def _shortened(word: str) -> Iterator[str]:
    """A word itself and without each of its letters: two words one edit apart share one."""
    yield word
    for index in range(len(word)):
        yield word[:index] + word[index + 1 :]
