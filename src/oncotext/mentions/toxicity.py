"""TOXICITY: adverse events as CTCAE v5.0 terms with their grade.

Terms that are mostly symptoms or comorbidities (``weak=1`` in the lexicon) count only with a
grade, in a section on tolerance, or after words that announce it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc

from oncotext.language.annotations import GRADE_ZERO, MentionData, section_at
from oncotext.language.factories import factory
from oncotext.language.sentences import sentence_around, sentences_of
from oncotext.language.view import TextView, view_of
from oncotext.lexicon import Concept, Cue, concept_matcher, cue_matcher
from oncotext.matching.automaton import Hit
from oncotext.mentions.pipe import MentionPipe

_VALUE = r"(?P<grade>[0-5]|iv|i{1,3}|v|l)(?:\s?(?:-|/|a)\s?(?P<upper>[1-5]|iv|i{1,3}))?"
_GRADE = re.compile(
    rf"(?:\b(?:grades?|gr\.?|ctcae|nci(?:[ -]ctcae?)?)\s?(?:ctcae\s?)?(?:v\.?5(?:\.0)?)?\s?[:=]?\s?"
    rf"|\bg\s?){_VALUE}\b"
)
# A table or dotted line: '..... 3', ': 2', '| 1 |', two blanks or a tab and a digit.
_CELL = re.compile(
    r"[^.:|\n]{0,60}?(?:\.{3,}|…+|\s:|:|\||\t|  )\s*(?P<grade>[0-5])(?=\s*(?:$|[\n|;,(\t]|  |/))"
)
# A digit alone after the term, where the section is about tolerance: 'alopécie 1.'
_DIGIT = re.compile(r" (?P<grade>[0-4])(?=[.,;)\n]|$)")
_GRADE_BEFORE = re.compile(rf"(?:\bgrade|\bgr\.?|\bg)\s?{_VALUE}\s?(?:[:\-]|de|d')?\s*(?:type )?$")
_COORDINATION = re.compile(
    r"[ ,/+&]*\n?(?:et|ou|avec|associee? a)?[ ]*(?:une?|des|de|d'|la|le|les|l')?[ ]*"
)
_COMPOUND = re.compile(r"[^\W\d_]-")
_SEGMENT_END = re.compile(r"[,;]")
_GRADE_NEXT = re.compile(r" *(?:[a-z]+ ){0,2}(?=grade|gr\b|g ?[0-5]\b)")
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "l": 1}
_REACH = 70
_TOLERANCE_SECTIONS = frozenset(("tolerance",))
# What a patient lives with is no adverse event.
_BACKGROUND_SECTIONS = frozenset(
    ("header", "history", "family_history", "lifestyle", "allergies", "usual_treatment")
)


def _value(text: str) -> int:
    return _ROMAN[text] if text in _ROMAN else int(text)


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
        self._words = cue_matcher("tolerance_words")

    def find(self, doc: Doc) -> Iterable[MentionData]:
        view = view_of(doc)
        # 'anti-nauséeux', 'post-nausées': the end of a compound is no event of its own
        hits = [
            hit
            for hit in self._matcher.find(view)
            if not (hit.start > 1 and _COMPOUND.match(view.text, hit.start - 2))
        ]
        if not hits:
            return
        sentences = sentences_of(doc)
        sections = [_section(doc, hit) for hit in hits]
        grades = _grades(view, hits, sentences, sections)
        announced = self._announced(view, sentences)
        certain = [
            grade is not None
            or section in _TOLERANCE_SECTIONS
            or (section not in _BACKGROUND_SECTIONS and (not _weak(hit) or announced(hit)))
            for hit, grade, section in zip(hits, grades, sections, strict=True)
        ]
        # a symptom in one sentence with a sure adverse event is one too
        listed = {
            sentence_around(sentences, hit.start, len(view.text))[0]
            for hit, grade, section in zip(hits, grades, sections, strict=True)
            if grade is not None or section in _TOLERANCE_SECTIONS or announced(hit)
        }
        for index, (hit, grade) in enumerate(zip(hits, grades, strict=True)):
            first, _ = sentence_around(sentences, hit.start, len(view.text))
            background = sections[index] in _BACKGROUND_SECTIONS
            if not certain[index] and (background or first not in listed):
                continue
            if "umbrella" in hit.value.attrs and _specified(hits, index, sentences):
                continue
            yield _mention(view, hit, grade)

    def _announced(self, view: TextView, sentences: list[int]) -> _Announced:
        return _Announced(view.text, sentences, self._words.find(view))


class _Announced:
    """Whether words on tolerance reach a term."""

    def __init__(self, text: str, sentences: list[int], words: list[Hit[Cue]]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for word in words:
            start, end = self._reach(text, sentences, word)
            if self._ends and start <= self._ends[-1]:
                self._ends[-1] = max(end, self._ends[-1])
            else:
                self._starts.append(start)
                self._ends.append(end)

    def _reach(self, text: str, sentences: list[int], word: Hit[Cue]) -> tuple[int, int]:
        start, end = sentence_around(sentences, word.start, len(text))
        if word.value.direction == "forward":
            start = word.start
        if word.value.scope == "paragraph":
            # not searched again where the word before it has reached the same blank line
            known = self._ends[-1] if self._ends else 0
            blank = text.find("\n\n", max(word.end, known)) if known < len(text) else -1
            if not (known > word.end and text.startswith("\n\n", known)):
                end = max(end, len(text) if blank < 0 else blank)
            else:
                end = max(end, known)
        return start, end

    def __call__(self, hit: Hit[Concept]) -> bool:
        index = bisect_right(self._starts, hit.start)
        return bool(index) and hit.start < self._ends[index - 1]


def _section(doc: Doc, hit: Hit[Concept]) -> str:
    section = section_at(doc, hit.start)
    return section["label"] if section is not None else ""


def _weak(hit: Hit[Concept]) -> bool:
    return "weak" in hit.value.attrs


def _specified(hits: list[Hit[Concept]], index: int, sentences: list[int]) -> bool:
    """Whether an umbrella word ('toxicité hématologique') is followed by the event itself."""
    if index + 1 == len(hits):
        return False
    _, last = sentence_around(sentences, hits[index].start, hits[-1].end + 1)
    return hits[index + 1].start < min(last, hits[index].end + _REACH)


def _mention(view: TextView, hit: Hit[Concept], grade: int | None) -> MentionData:
    mention: MentionData = {
        "start": hit.start,
        "end": hit.end,
        "label": "TOXICITY",
        "code": hit.value.code,
        "name": hit.value.preferred,
        "rule": hit.value.id,
        "attrs": {"grade": str(grade)} if grade else {},
    }
    if grade == 0:
        surface = view.text[hit.start : hit.end]
        cue = {"start": hit.start, "end": hit.end, "text": surface, "rule": GRADE_ZERO}
        mention["negated"], mention["cues"] = True, {"negated": cue}
    return mention


def _grades(
    view: TextView, hits: list[Hit[Concept]], sentences: list[int], sections: list[str]
) -> list[int | None]:
    """The grade of each term: its own, or that of the coordinated list it stands in."""
    grades: list[int | None] = []
    read_until = 0
    for index, hit in enumerate(hits):
        first, last = sentence_around(sentences, hit.start, len(view.text))
        limit = min(hit.end + _REACH, last)
        if index + 1 < len(hits):
            limit = min(limit, hits[index + 1].start)
        grade, read_until = _own_grade(
            view, hit, max(first, read_until), limit, sections[index] in _TOLERANCE_SECTIONS
        )
        grades.append(grade)
    for index in range(len(hits) - 2, -1, -1):
        between = view.folded[
            view.to_folded(hits[index].end) : view.to_folded(hits[index + 1].start)
        ]
        if grades[index] is None and _COORDINATION.fullmatch(between):
            grades[index] = grades[index + 1]
    return grades


def read_grades(doc: Doc, mentions: Sequence[MentionData]) -> None:
    """Give adverse events that others have found the grades that stand with them."""
    found = [m for m in mentions if m["label"] == "TOXICITY"]
    if all("attrs" in mention for mention in found):
        return
    view = view_of(doc)
    hits: list[Hit[Any]] = [Hit(m["start"], m["end"], None) for m in found]
    sections = [_section(doc, hit) for hit in hits]
    grades = _grades(view, hits, sentences_of(doc), sections)
    for mention, grade in zip(found, grades, strict=True):
        if "attrs" not in mention and grade:
            mention["attrs"] = {"grade": str(grade)}


def _own_grade(
    view: TextView, hit: Hit[Concept], first: int, limit: int, tolerance: bool
) -> tuple[int | None, int]:
    """The grade stated of a term, and where what states it ends.

    Between ``first`` and ``limit`` in the text as given; the first grade of another term
    cannot be read again.
    """
    folded, end = view.folded, view.to_folded(hit.end)
    segment = _SEGMENT_END.search(folded, end, view.to_folded(limit))
    stop = view.to_folded(limit)
    if segment is not None and not _GRADE_NEXT.match(folded, segment.end()):
        stop = segment.start() if "(" not in folded[end : segment.start()] else stop
    stated = list(_GRADE.finditer(folded, end, stop))
    if stated:
        grade = max(_value(v) for m in stated for v in (m["grade"], m["upper"]) if v)
        return grade, stated[-1].end()
    line_end = view.text.find("\n", hit.end)
    line_end = len(view.text) if line_end < 0 else line_end
    cell = _CELL.match(view.text, hit.end, min(line_end, hit.end + 100))
    if cell is None and tolerance:
        cell = _DIGIT.match(view.text, hit.end, min(line_end + 1, hit.end + 3))
    if cell is not None:
        return int(cell["grade"]), cell.end()
    start = view.to_folded(hit.start)
    before = _GRADE_BEFORE.search(folded, max(view.to_folded(first), start - 25), start)
    if before is not None:
        return max(_value(v) for v in (before["grade"], before["upper"]) if v), hit.end
    return None, hit.end


@factory("oncotext.toxicity", default_config={"lexicon": []})
def create(nlp: Language, name: str, lexicon: list[str]) -> ToxicityPipe:
    return ToxicityPipe(name, lexicon=lexicon)
