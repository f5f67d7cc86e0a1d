"""TOXICITY: adverse events as CTCAE v5.0 terms with their grade.

Terms that are mostly symptoms or comorbidities (``weak=1`` in the lexicon) count only with a
grade, in a section on tolerance, or after words that announce it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from spacy.language import Language
from oncotext.language.factories import factory
from spacy.tokens import Doc

from oncotext.language.annotations import MentionData, section_at
from oncotext.language.sentences import sentence_around, sentences_of
from oncotext.language.view import TextView, view_of
from oncotext.lexicon import Concept, Cue, concept_matcher, load_cues
from oncotext.matching.automaton import Hit, PhraseMatcher
from oncotext.matching.inflection import expand, phrase_form
from oncotext.mentions.pipe import MentionPipe

_VALUE = r"(?P<grade>[0-5]|iv|i{1,3}|v|l)(?:\s?(?:-|/|a)\s?(?P<upper>[1-5]|iv|i{1,3}))?"
_GRADE = re.compile(
    rf"(?:\b(?:grades?|gr\.?|ctcae|nci(?:[ -]ctcae?)?|grade (?:ctcae|nci)\w*)\s?(?:v\.?5(?:\.0)?)?\s?[:=]?\s?|\bg\s?){_VALUE}\b"
)
# A table or dotted line: '..... 3', ': 2', '| 1 |'.
_CELL = re.compile(r"^[^.:|\n]{0,60}(?:\.{3,}|…+|\s:|:|\|)\s*(?P<grade>[0-5])\s*(?:$|[\n|;,(]|  )")
_GRADE_BEFORE = re.compile(rf"(?:\bgrade|\bgr\.?|\bg)\s?{_VALUE}\s?(?:[:\-]|de|d')?\s*(?:type )?$")
_COORDINATION = re.compile(r"[\s,/+&-]*(?:et|ou|,|/|\+|avec|d'|de|des)?[\s]*(?:une?|des|de|d'|la|le|les|l')?\s*")
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "l": 1}
_REACH = 70
_TOLERANCE_SECTIONS = frozenset(("tolerance",))


def _value(text: str) -> int:
    return _ROMAN[text] if text in _ROMAN else int(text)


@lru_cache(maxsize=1)
def _tolerance_words() -> PhraseMatcher[Cue]:
    return PhraseMatcher(
        (phrase_form(form), cue, form.isupper())
        for cue in load_cues("tolerance_words")
        for form in expand(cue.literal)
    )


class ToxicityPipe(MentionPipe):
    """Finds adverse events and their grades.

    Parameters
    ----------
    lexicon : sequence of str
        Paths of concept files of the user's own; they win over the shipped one.
    """

    def __init__(self, name: str, *, lexicon: Sequence[str] = ()) -> None:
        super().__init__(name)
        self._matcher = concept_matcher("toxicity", lexicon)
        self._words = _tolerance_words()

    def find(self, doc: Doc) -> Iterable[MentionData]:
        view = view_of(doc)
        hits = self._matcher.find(view)
        if not hits:
            return
        sentences = sentences_of(doc)
        grades = _grades(view, hits, sentences)
        announced = self._announced(view, sentences)
        for hit, grade in zip(hits, grades, strict=True):
            concept = hit.value
            if concept.attrs.get("weak") and grade is None and not announced(hit):
                section = section_at(doc, hit.start)
                if section is None or section["label"] not in _TOLERANCE_SECTIONS:
                    continue
            mention: MentionData = {
                "start": hit.start,
                "end": hit.end,
                "label": "TOXICITY",
                "code": concept.code,
                "name": concept.preferred,
                "rule": concept.id,
                "attrs": {"grade": str(grade)} if grade else {},
            }
            if grade == 0:
                mention["negated"] = True
            yield mention

    def _announced(self, view: TextView, sentences: list[int]) -> _Announced:
        return _Announced(view.text, sentences, self._words.find(view))


class _Announced:
    """Whether words on tolerance reach a term."""

    def __init__(self, text: str, sentences: list[int], words: list[Hit[Cue]]) -> None:
        self._reaches = [self._reach(text, sentences, word) for word in words]

    @staticmethod
    def _reach(text: str, sentences: list[int], word: Hit[Cue]) -> tuple[int, int]:
        start, end = sentence_around(sentences, word.start, len(text))
        if word.value.direction == "forward":
            start = word.start
        if word.value.scope == "paragraph":
            blank = text.find("\n\n", word.end)
            end = max(end, len(text) if blank < 0 else blank)
        return start, end

    def __call__(self, hit: Hit[Concept]) -> bool:
        return any(start <= hit.start < end for start, end in self._reaches)


def _grades(view: TextView, hits: list[Hit[Concept]], sentences: list[int]) -> list[int | None]:
    """The grade of each term: its own, or that of the coordinated list it stands in."""
    grades: list[int | None] = []
    folded = view.folded
    for index, hit in enumerate(hits):
        start, end = view.to_folded(hit.start), view.to_folded(hit.end)
        limit = min(end + _REACH, len(folded))
        if index + 1 < len(hits):
            limit = min(limit, view.to_folded(hits[index + 1].start))
        first, last = sentence_around(sentences, hit.start, len(view.text))
        grades.append(_own_grade(folded, start, end, min(limit, view.to_folded(last)), first))
    for index in range(len(hits) - 2, -1, -1):
        between = folded[view.to_folded(hits[index].end) : view.to_folded(hits[index + 1].start)]
        if grades[index] is None and _COORDINATION.fullmatch(between):
            grades[index] = grades[index + 1]
    return grades


def _own_grade(folded: str, start: int, end: int, limit: int, first: int) -> int | None:
    found = _GRADE.search(folded, end, limit)
    if found is not None:
        return max(_value(found["grade"]), _value(found["upper"] or "0"))
    line_end = folded.find("\n", end)
    cell = _CELL.match(folded[end : min(line_end if line_end >= 0 else len(folded), end + 100)])
    if cell is not None:
        return int(cell["grade"])
    before = _GRADE_BEFORE.search(folded, max(first, start - 25), start)
    if before is not None:
        return max(_value(before["grade"]), _value(before["upper"] or "0"))
    return None


@factory("oncotext.toxicity", default_config={"lexicon": []})
def create(nlp: Language, name: str, lexicon: list[str]) -> ToxicityPipe:
    return ToxicityPipe(name, lexicon=lexicon)
