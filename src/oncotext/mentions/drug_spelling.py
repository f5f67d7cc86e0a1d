"""Names of drugs that are misspelt: one letter too many, too few or wrong, beside a dose.

Only what stands before a dose is looked at, so that no other word is taken for a drug.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from oncotext.language.view import TextView
from oncotext.lexicon import Concept
from oncotext.matching.automaton import Hit

_SHORTEST = 7
_DOSE = re.compile(r"\d ?(?:mc?g|ug|g|ml|ui|cp)\b(?!/d?l)")
_NAME_BEFORE = re.compile(r"(?<![a-z])([a-z]{7,})(?: lp)? ?:? ?[\d., ]*$")
_LOOK_BACK = 50


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

    def find(self, view: TextView) -> Iterator[Hit[Concept]]:
        """Names before doses that no other name is as near to."""
        folded = view.folded
        for dose in _DOSE.finditer(folded):
            name = _NAME_BEFORE.search(folded, max(0, dose.start() - _LOOK_BACK), dose.start())
            if name is None or name[1] in self._known:
                continue
            meant = self._meant(name[1])
            if meant is not None:
                start, end = view.to_raw(name.start(1)), view.to_raw_end(name.end(1))
                yield Hit(start, end, meant)

    def _meant(self, word: str) -> Concept | None:
        found: dict[str, Concept] = {}
        for form in _shortened(word):
            found |= self._near.get(form, {})
        return next(iter(found.values())) if len(found) == 1 else None


def _shortened(word: str) -> Iterator[str]:
    """A word itself and without each of its letters: two words one edit apart share one."""
    yield word
    for index in range(len(word)):
        yield word[:index] + word[index + 1 :]
