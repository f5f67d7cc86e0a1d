"""TOXICITY: adverse events as CTCAE v5.0 terms with their grade.

Terms that are mostly symptoms or comorbidities (``weak=1`` in the lexicon) count only with a
grade, in a section on tolerance, or after words that announce it. The grade of what has grades of
its own (``own_grades=1``: obesity) is not CTCAE's. Attributes: ``grade``, and where
they are written ``drug``, ``cycle`` and ``onset``.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc

from oncotext.language.annotations import (
    GRADE_ZERO,
    MentionData,
    mentions_of,
    sections_of,
)
from oncotext.language.factories import factory
from oncotext.language.sentences import sentence_around, sentences_of
from oncotext.language.view import TextView, view_of
from oncotext.lexicon import Concept, concept_matcher, cue_matcher
from oncotext.matching.automaton import Hit
from oncotext.mentions.pipe import MentionPipe
from oncotext.mentions.toxicity_context import Announced, treated
from oncotext.mentions.toxicity_details import details
from oncotext.mentions.toxicity_grades import stated_grades

_COMPOUND = re.compile(r"[^\W\d_]-")
# Between an umbrella word and an event of another kind: 'toxicité hépatique G2, neurotoxicité G1'
_ANOTHER = re.compile(r"[^:(]*?(?:,|;| et ).*", re.DOTALL)
_ITEM = re.compile(r"(?m)^[ \t]*[-*•–◦▪] *\S.*$")
# 'amélioration de la dyspnée', 'disparition de l'épanchement': a symptom of the disease, better now
_IMPROVED = re.compile(
    r"\b(?:ameliorations?|disparition|regression|soulagement)\b[^.,;:\n]{0,45}?"
    r"\b(?:de|des|du|de la|de l')? ?$"
)
_REACH = 70
_PARAGRAPH = 2_000
_TOLERANCE_SECTIONS = frozenset(("tolerance",))
# Where the adverse events of a stay follow one another, sentence by sentence.
_LISTING_SECTIONS = frozenset(("hospital_course",))
# What a patient lives with is no adverse event.
_BACKGROUND_SECTIONS = frozenset(
    ("history", "family_history", "lifestyle", "allergies", "usual_treatment")
)
# A pathologist grades inflammations.
_SPECIMEN_SECTIONS = frozenset(("macroscopy", "microscopy", "immunohistochemistry", "cytology"))


Unit = tuple[str, int]


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
        hits, sections = self._terms(doc, view)
        if not hits:
            return
        sentences = sentences_of(doc)
        tolerance = [section in _TOLERANCE_SECTIONS for section in sections]
        grades = _grades(view, hits, sentences, tolerance)
        words = self._words.find(view)
        of_treatment = treated(doc, words)
        drugs = [mention for mention in mentions_of(doc) if mention["label"] == "DRUG"]
        announced = Announced(view, sentences, _section_starts(doc), words, drugs)
        told = [of_treatment and announced(hit) for hit in hits]
        certain = [
            grade is not None
            or tolerance[index]
            or (
                of_treatment
                and sections[index] not in _BACKGROUND_SECTIONS
                and (told[index] or not _weak(hits[index]))
            )
            for index, grade in enumerate(grades)
        ]
        # a symptom told with a sure adverse event is one too
        units = _Units(view, sentences)
        listed = {
            unit
            for hit, section, grade, is_told, is_sure in zip(
                hits, sections, grades, told, certain, strict=True
            )
            for unit in units.vouched(hit, section, grade is not None, is_told, is_sure)
        }
        for index, (hit, grade) in enumerate(zip(hits, grades, strict=True)):
            background = sections[index] in _BACKGROUND_SECTIONS
            if not certain[index] and (
                background or listed.isdisjoint(units.of(hit, sections[index]))
            ):
                continue
            if "umbrella" in hit.value.attrs and _specified(view, hits, index, sentences):
                continue
            mention = _mention(view, hit, grade)
            limit = hits[index + 1].start if index + 1 < len(hits) else len(view.text)
            mention["attrs"] |= details(view, hit.start, hit.end, limit, sentences, drugs)
            yield mention

    def _terms(self, doc: Doc, view: TextView) -> tuple[list[Hit[Concept]], list[str]]:
        """The terms that can be events, and the section of each."""
        # 'anti-nauséeux', 'post-nausées': the end of a compound is no event of its own
        hits = [
            hit
            for hit in self._matcher.find(view)
            if not (hit.start > 1 and _COMPOUND.match(view.text, hit.start - 2))
            and not _is_improved(view, hit)
        ]
        sections = _sections(doc, hits)
        kept = [number for number, name in enumerate(sections) if name not in _SPECIMEN_SECTIONS]
        return [hits[number] for number in kept], [sections[number] for number in kept]


def _grades(
    view: TextView, hits: list[Hit[Concept]], sentences: list[int], tolerance: list[bool]
) -> list[int | None]:
    """The grades of CTCAE that are stated of terms."""
    stated = stated_grades(view, hits, sentences, tolerance)
    return [
        None if _graded_otherwise(hit) and not is_tolerance else grade
        for hit, grade, is_tolerance in zip(hits, stated, tolerance, strict=True)
    ]


def _section_starts(doc: Doc) -> list[int]:
    return [section["start"] for section in sections_of(doc)]


def _sections(doc: Doc, hits: Sequence[Hit[Any]]) -> list[str]:
    """The label of the section that each hit stands in; empty where there is none."""
    starts, sections = _section_starts(doc), sections_of(doc)
    places = (bisect_right(starts, hit.start) - 1 for hit in hits)
    return [sections[place]["label"] if place >= 0 else "" for place in places]


class _Units:
    """What holds the events that are told together: a list, a paragraph, or a sentence."""

    def __init__(self, view: TextView, sentences: list[int]) -> None:
        self._view, self._sentences = view, sentences

    def of(self, hit: Hit[Concept], section: str) -> list[Unit]:
        """The units that an event stands in, the smallest first."""
        if section in _LISTING_SECTIONS:
            return [self._paragraph(hit), (section, 0)]
        index = bisect_right(self._items, hit.start, key=_first) - 1
        if index >= 0 and hit.start < self._items[index][1]:
            return [("list", self._lists[index])]
        return [("", sentence_around(self._sentences, hit.start, len(self._view.text))[0])]

    def vouched(
        self, hit: Hit[Concept], section: str, graded: bool, told: bool, sure: bool
    ) -> list[Unit]:
        """The units of which an event says that they tell of the treatment."""
        if graded or section in _TOLERANCE_SECTIONS:
            return self.of(hit, section)
        if told or (sure and section in _LISTING_SECTIONS):
            return self.of(hit, section)[:1]
        return []

    def _paragraph(self, hit: Hit[Concept]) -> Unit:
        first = max(0, hit.start - _PARAGRAPH)
        return "paragraph", self._view.text.rfind("\n\n", first, hit.start)

    @cached_property
    def _lists(self) -> list[int]:
        """Of each item the start of its list."""
        lists: list[int] = []
        end = 0
        for start, stop in self._items:
            follows = lists and not self._view.text[end:start].strip()
            lists.append(lists[-1] if follows else start)
            end = stop
        return lists

    @cached_property
    def _items(self) -> list[tuple[int, int]]:
        return [item.span() for item in _ITEM.finditer(self._view.text)]


def _first(item: tuple[int, int]) -> int:
    return item[0]


def _weak(hit: Hit[Concept]) -> bool:
    return "weak" in hit.value.attrs


def _is_improved(view: TextView, hit: Hit[Concept]) -> bool:
    start = view.to_folded(hit.start)
    return _weak(hit) and _IMPROVED.search(view.folded, max(0, start - _REACH), start) is not None


def _graded_otherwise(hit: Hit[Concept]) -> bool:
    """Whether a grade written of it is usually one of its own classification: obesity (WHO)."""
    return "own_grades" in hit.value.attrs


def _specified(view: TextView, hits: list[Hit[Concept]], index: int, sentences: list[int]) -> bool:
    """Whether an umbrella word ('toxicité hématologique') is followed by the event itself."""
    if index + 1 == len(hits):
        return False
    _, last = sentence_around(sentences, hits[index].start, hits[-1].end + 1)
    start, end = hits[index].end, hits[index + 1].start
    return end < min(last, start + _REACH) and not _ANOTHER.fullmatch(view.folded, start, end)


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


def read_grades(doc: Doc, mentions: Sequence[MentionData]) -> None:
    """Give adverse events that others have found the grades that stand with them."""
    found = [m for m in mentions if m["label"] == "TOXICITY"]
    if all("attrs" in mention for mention in found):
        return
    hits: list[Hit[Any]] = [Hit(m["start"], m["end"], None) for m in found]
    tolerance = [section in _TOLERANCE_SECTIONS for section in _sections(doc, hits)]
    grades = stated_grades(view_of(doc), hits, sentences_of(doc), tolerance)
    for mention, grade in zip(found, grades, strict=True):
        if "attrs" not in mention and grade:
            mention["attrs"] = {"grade": str(grade)}


@factory("oncotext.toxicity", default_config={"lexicon": []})
def create(nlp: Language, name: str, lexicon: list[str]) -> ToxicityPipe:
    return ToxicityPipe(name, lexicon=lexicon)
