"""What makes a symptom an adverse event: the treatment that it is told of."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from spacy.tokens import Doc

from oncotext.language.annotations import MentionData, mentions_of, section_at, sections_of
from oncotext.language.sentences import sentence_around, sentences_of
from oncotext.language.view import TextView, view_of
from oncotext.lexicon import Concept, Cue
from oncotext.matching.automaton import Hit

_DOSE = re.compile(r"\d ?(?:mc?g|g|ug|ml|cp|gel(?:ule)?s?|comprimes?|sachets?|gouttes?)\b")
_UNDER = re.compile(r"\b(?:sous|apres|depuis|par) (?:l[ae] |l')?$")
# between an event and the drug that gave it: 'pneumopathie à la cordarone'
_OF_DRUG = re.compile(
    r" (?:[\w-]+ ){0,2}?(?:au |aux |sous |(?:(?:induite?|imputee?|liee?|secondaire)s? )?(?:a|par) )"
    r"(?:la |le |l' ?)?"
)
_DRUG_REACH, _REACH = 50, 150
_ANTICANCER = ("L01", "L02")

Reach = tuple[int, int]


def treated(doc: Doc, words: Sequence[Hit[Cue]]) -> bool:
    """Whether a report can speak of adverse events of a cancer's treatment.

    A whole report that names neither a cancer nor its treatment tells of other diseases. A
    text without sections is too short to tell.
    """
    if len(sections_of(doc)) < 2 or any(word.value.category == "oncology" for word in words):
        return True
    relatives = [word for word in words if word.value.category == "relative"]
    return any(
        mention["label"] == "MORPHOLOGY"
        and (mention.get("code") or "").endswith(("/3", "/6"))
        and not _of_relative(doc, relatives, mention["start"])
        for mention in mentions_of(doc)
    )


def _of_relative(doc: Doc, relatives: Sequence[Hit[Cue]], position: int) -> bool:
    section = section_at(doc, position)
    if section is not None and section["label"] == "family_history":
        return True
    start, end = sentence_around(sentences_of(doc), position, len(view_of(doc).text))
    first = bisect_left(relatives, max(start, position - _REACH), key=_start)
    return first < len(relatives) and relatives[first].end <= min(end, position + _REACH)


def _start(word: Hit[Cue]) -> int:
    return word.start


class Announced:
    """Whether words on tolerance, or a drug against cancer, reach a term."""

    def __init__(
        self,
        view: TextView,
        sentences: list[int],
        section_starts: list[int],
        words: Iterable[Hit[Cue]],
        drugs: Sequence[MentionData],
    ) -> None:
        self._view, self._sentences, self._drugs = view, sentences, drugs
        self._section_starts = section_starts
        self._blank = -1
        self._starts: list[int] = []
        self._ends: list[int] = []
        reaches = [self._reach(word) for word in words if _announces(view, word)]
        reaches += [self._under(drug) for drug in self._drugs if self._is_given(drug)]
        for start, end in sorted(reaches):
            if self._ends and start <= self._ends[-1]:
                self._ends[-1] = max(end, self._ends[-1])
            else:
                self._starts.append(start)
                self._ends.append(end)

    def __call__(self, hit: Hit[Concept]) -> bool:
        index = bisect_right(self._starts, hit.start)
        return (bool(index) and hit.start < self._ends[index - 1]) or self._of_drug(hit)

    def _reach(self, word: Hit[Cue]) -> Reach:
        text = self._view.text
        start, end = sentence_around(self._sentences, word.start, len(text))
        if word.value.direction == "forward":
            start = word.start
        if word.value.scope == "paragraph":
            end = max(end, self._paragraph_end(word.end))
        return start, end

    def _paragraph_end(self, position: int) -> int:
        """The next blank line or section."""
        # words come in order: not searched again where one before has found it
        if self._blank < position:
            found = self._view.text.find("\n\n", position)
            self._blank = len(self._view.text) if found < 0 else found
        index = bisect_right(self._section_starts, position)
        section = (
            self._section_starts[index]
            if index < len(self._section_starts)
            else len(self._view.text)
        )
        return min(self._blank, section)

    def _is_given(self, drug: MentionData) -> bool:
        """'sous pembrolizumab': a drug against cancer that the patient has."""
        attrs = drug.get("attrs", {})
        if not ("drugs" in attrs or attrs.get("atc", "").startswith(_ANTICANCER)):
            return False
        start = self._view.to_folded(drug["start"])
        return _UNDER.search(self._view.folded, max(0, start - 12), start) is not None

    def _under(self, drug: MentionData) -> Reach:
        return sentence_around(self._sentences, drug["start"], len(self._view.text))

    def _of_drug(self, hit: Hit[Concept]) -> bool:
        """'pneumopathie à la cordarone': whatever the drug."""
        folded, end = self._view.folded, self._view.to_folded(hit.end)
        first = bisect_right(self._drugs, hit.end, key=lambda drug: drug["start"])
        return any(
            drug["start"] < hit.end + _DRUG_REACH
            and _OF_DRUG.fullmatch(folded, end, self._view.to_folded(drug["start"]))
            for drug in self._drugs[first : first + 2]
        )


def _announces(view: TextView, word: Hit[Cue]) -> bool:
    """Whether a word on tolerance announces what follows: not in 'morphine 10 mg si douleur'."""
    if word.value.category == "condition":
        line = view.text.rfind("\n", 0, word.start) + 1
        return not _DOSE.search(view.folded, view.to_folded(line), view.to_folded(word.start))
    return word.value.category == "tolerance"
