"""The engine: which of negated, hypothetical, historical, family holds of each span.

Cues are found once a text; each bears on a stretch of its sentence (`scope`). What a span's
label says about the flags follows the annotation guidelines (`evidence`); without labels any
span is served.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oncotext.assertion.clauses import Sentence
from oncotext.assertion.cues import FLAGS, CueHit, CueSet, cue_set
from oncotext.assertion.evidence import (
    GIVEN_NOW,
    OWN_COURSE,
    Sections,
    Target,
    drop_current_lines,
    find_heads,
    settle,
)
from oncotext.assertion.scope import Reach, reaches
from oncotext.language.annotations import SectionData
from oncotext.language.sentences import sentences_of
from oncotext.language.view import TextView, view_of
from oncotext.report import LABELS

if TYPE_CHECKING:
    from spacy.tokens import Doc

_LONGEST_SENTENCE = 3_000
_MUTE = frozenset(("pseudo", "termination"))

_DEFINITE = re.compile(r"\b(?:du |de la |de l'|des |les? |la |l'|son |sa |ce |cette |cet )\Z")
_LESION = re.compile(
    r"\b(?:lesions?|localisations?|metastases?|tumeurs?|recidives?|nodules? suspects?|carcinoses?)\b"
)
_MASS = re.compile(r"\b(?:masse|tumeur|tumorale?|cancer)\b")
# a site that opens a clause: 'Foie, os : ...', 'Cytoponction inguinale : ...'
_OPENS = re.compile(r"(?:^|[,;:(])\s*(?:[\w-]+ ){0,2}(?:de |du |d'|l'|le |la |les )?\Z")


@dataclass(frozen=True)
class Assertion:
    """What the text asserts of a span.

    Attributes
    ----------
    cues : dict
        For each flag that is set, the words that set it: ``start``, ``end`` (offsets in the
        text as given), ``text`` and ``rule``, the cue's id.
    """

    negated: bool = False
    hypothetical: bool = False
    historical: bool = False
    family: bool = False
    cues: dict[str, dict[str, Any]] = field(default_factory=dict)


class ContextEngine:
    """Asserts spans of a text.

    Parameters
    ----------
    cues : sequence of paths, or CueSet
        Cue files of one's own, on top of the shipped ones; or a set made ready.
    without : sequence of str
        Ids of shipped cues to leave out (``"plan-*"``: all whose id begins so).

    Examples
    --------
    >>> view = TextView("Pas de fièvre mais une toux.")
    >>> found = ContextEngine().assert_spans(view, [(7, 13), (23, 27)], sentences=[0])
    >>> [(a.negated, a.cues.get("negated", {}).get("text")) for a in found]
    [(True, 'Pas de'), (False, None)]
    """

    def __init__(
        self, cues: Sequence[str | Path] | CueSet = (), without: Sequence[str] = ()
    ) -> None:
        self.cues: CueSet = (
            cues if isinstance(cues, CueSet) else cue_set(tuple(map(str, cues)), tuple(without))
        )

    def assert_spans_of(
        self,
        doc: Doc,
        spans: Sequence[tuple[int, int]],
        *,
        sections: Sequence[SectionData] = (),
        labels: Sequence[str] = (),
    ) -> list[Assertion]:
        """Assert spans of a Doc: the same with its own view and sentences."""
        return self.assert_spans(
            view_of(doc), spans, sentences=sentences_of(doc), sections=sections, labels=labels
        )

    def assert_spans(
        self,
        view: TextView,
        spans: Sequence[tuple[int, int]],
        *,
        sentences: Sequence[int],
        sections: Sequence[SectionData] = (),
        labels: Sequence[str] = (),
    ) -> list[Assertion]:
        """Assert spans, in any order.

        Parameters
        ----------
        view : TextView
            The text.
        spans : sequence of (start, end)
            Offsets in the text as given.
        sentences : sequence of int
            Start offsets of its sentences, the first 0.
        sections : sequence of SectionData, optional
            Its sections; they are evidence for history, family and plans.
        labels : sequence of str, optional
            The label of each span, where known.

        Returns
        -------
        list of Assertion
            In the order of ``spans``.
        """
        if not spans:
            return []
        fold = view.to_folded
        targets = [
            Target(fold(start), fold(end), label, index)
            for index, ((start, end), label) in enumerate(
                zip(spans, labels or [""] * len(spans), strict=True)
            )
        ]
        targets.sort(key=lambda target: (target.start, target.end))
        _Text(view, sentences, sections, self.cues.find(view)).assert_all(targets)
        out = [Assertion()] * len(targets)
        for target in targets:
            if target.flags:
                out[target.index] = _assertion(view, target)
        return out


def _assertion(view: TextView, target: Target) -> Assertion:
    cues = {}
    for flag, (start, end, rule) in target.flags.items():
        a, b = view.to_raw(start), view.to_raw_end(end)
        cues[flag] = {"start": a, "end": b, "text": view.text[a:b], "rule": rule}
    return Assertion(*(flag in cues for flag in FLAGS), cues=cues)


class _Text:
    """A text at work: its sentences, sections and cues in folded offsets."""

    def __init__(
        self,
        view: TextView,
        sentences: Sequence[int],
        sections: Sequence[SectionData],
        hits: list[CueHit],
    ) -> None:
        self.text, self.hits = view.folded, hits
        same = len(view.text) == len(view.folded)
        # tabs are seen in the text as given, where its offsets are those of the folded one
        self.raw = view.text if same else view.folded
        self.starts = sentences if same else [view.to_folded(start) for start in sentences]
        self.hit_starts = [hit.start for hit in hits]
        self.sections = Sections(view, sections)

    def assert_all(self, targets: list[Target]) -> None:
        """Set the flags of all targets, which are in the order of the text."""
        for target in targets:
            target.section = self.sections.label(target.start)
        find_heads(self.text, targets)
        at = 0
        while at < len(targets):
            start, end = self._sentence(targets[at].start)
            stop = at + 1
            while stop < len(targets) and targets[stop].start < end:
                stop += 1
            low = bisect_left(self.hit_starts, start)
            hits = self.hits[low : bisect_left(self.hit_starts, end, low)]
            if any(hit.cue.category not in _MUTE for hit in hits):
                sentence = Sentence(self.text, self.raw, start, end, hits)
                _SentenceContext(sentence, targets[at:stop]).assert_all()
            at = stop
        drop_current_lines(self.text, targets)
        if self.sections.sections:
            self.sections.assert_all(targets)
        else:
            self._assert_lines(targets)
        settle(targets)

    def _sentence(self, position: int) -> tuple[int, int]:
        index = bisect_right(self.starts, position)
        end = self.starts[index] if index < len(self.starts) else len(self.text)
        start = self.starts[index - 1] if index else 0
        if end - start > _LONGEST_SENTENCE:
            # a text without stops is read piece by piece, so that time stays linear
            start += (position - start) // _LONGEST_SENTENCE * _LONGEST_SENTENCE
            end = min(end, start + _LONGEST_SENTENCE)
        return start, end

    def _assert_lines(self, targets: list[Target]) -> None:
        """Without sections, headings such as 'ATCD :' bear on the rest of their line."""
        begins = [target.start for target in targets]
        for hit in self.hits:
            if hit.cue.reach != "line":
                continue
            low = bisect_left(begins, hit.end)
            for target in targets[low : bisect_left(begins, self._line_end(hit.end), low)]:
                if hit.cue.serves(target.label):
                    target.put(hit.cue.category, hit.start, hit.end, hit.cue.id)

    def _line_end(self, position: int) -> int:
        """Start of the next sentence that begins a line."""
        for index in range(bisect_right(self.starts, position), len(self.starts)):
            start = self.starts[index]
            if self.text[position:start].rstrip(" ").endswith("\n"):
                return start
        return len(self.text)


class _SentenceContext:
    """A sentence, its cues' reaches and its targets."""

    def __init__(self, sentence: Sentence, targets: list[Target]) -> None:
        self.sentence, self.text, self.targets = sentence, sentence.text, targets
        self.tumours = [target for target in targets if target.label == "MORPHOLOGY"]
        found = [
            reach
            for hit in sentence.hits
            if hit.cue.category not in _MUTE
            for reach in reaches(sentence, hit)
        ]
        denied = [r for r in found if r.hit.cue.category == "negated" and not r.before]
        self.reaches = [r for r in found if not _is_denied(r, denied)] if denied else found

    def assert_all(self) -> None:
        """Put the flags that the sentence's cues set."""
        begins = [target.start for target in self.targets]
        for reach in self.reaches:
            low = max(0, bisect_left(begins, reach.start) - 1)
            under = [
                target
                for target in self.targets[low : bisect_left(begins, reach.end, low)]
                if self._bears(reach, target)
            ]
            if reach.before and len(under) > 1 and reach.hit.cue.category == "hypothetical":
                # 'ADP inguinale, mobile, suspecte' says nothing of what was named before it
                item = self.sentence.item_start(under[-1].start)
                under = [target for target in under if target.start >= item]
            for target in under:
                _put(target, reach)
        for target in self.targets:
            if target.label == "TOPOGRAPHY":
                self._carry(target)
            elif target.label not in LABELS or target.label == "BIOMARKER":
                self._put_own(target)

    def _bears(self, reach: Reach, target: Target) -> bool:
        """Whether a cue is meant for a target in its reach."""
        cue = reach.hit.cue
        if not cue.serves(target.label) or not reach.covers(target.start, target.end):
            return False
        if cue.category == "hypothetical":
            if cue.id.startswith("plan-") and target.section == "disease_history":
                return False  # what was planned then is done
            if cue.predicate and target.label in ("TNM", "STAGE"):
                return False
        elif cue.category == "historical":
            # dates tell of another disease, but not within the course of the report's own
            if cue.reach == "year" and target.section in OWN_COURSE:
                return False
            return not (target.label == "DRUG" and target.section in GIVEN_NOW)
        elif cue.category != "negated":
            return True
        return target.label != "MORPHOLOGY" or not self._is_given(reach, target)

    def _is_given(self, reach: Reach, target: Target) -> bool:
        """'aucune localisation de l'adenocarcinome': the article takes the tumour as known."""
        if reach.hit.cue.reach == "sentence":
            return False
        between = self.text[reach.start : target.start]
        found = _DEFINITE.search(between)
        return bool(found and between[: found.start()].strip())

    def _put_own(self, target: Target) -> None:
        """Cues within the span itself: those that say so; and for spans without label a
        negation it begins with ('absence de fievre') or is part of ('pas retrouve')."""
        for hit in self.sentence.hits:
            if hit.start >= target.end:
                break
            cue = hit.cue
            if hit.end <= target.start or not cue.serves(target.label) or cue.between:
                continue
            begins = hit.start < target.start or (
                hit.start == target.start and hit.end < target.end
            )
            if cue.inside or (
                begins and cue.category == "negated" and target.label not in LABELS
            ):
                target.put(cue.category, hit.start, hit.end, cue.id)

    # -- sites ---------------------------------------------------------------------------

    def _carry(self, target: Target) -> None:
        """A site named before the cue of what is denied or supposed there shares the flag."""
        if target.head is not None or target.flags:
            return
        for reach in self.reaches:
            hit = reach.hit
            if hit.start < target.end or not self._tells_of(hit):
                continue
            if self._is_cut(target.end, hit.start):
                return
            between = self.text[target.end : hit.start]
            if hit.cue.category == "negated":
                shares = self._denies_site(target, reach, between)
            else:
                shares = ";" not in between and not _MASS.search(
                    self.text, self.sentence.start, target.start
                )
            if shares:
                target.put(hit.cue.category, hit.start, hit.end, hit.cue.id)
                return

    def _tells_of(self, hit: CueHit) -> bool:
        """Whether a cue says of something named before it what it may be or is not."""
        if hit.cue.predicate:
            return True
        return (
            hit.cue.category == "hypothetical"
            and hit.cue.reach != "sentence"
            and any(t.flags.get("hypothetical", (-1,))[0] == hit.start for t in self.tumours)
        )

    def _is_cut(self, start: int, end: int) -> bool:
        """Whether another tumour, a verb or a break stands between a site and a cue."""
        if any(start <= t.start < end and "hypothetical" not in t.flags for t in self.tumours):
            return True
        return any(
            start <= hit.start < end
            and hit.cue.category == "termination"
            and hit.cue.reach in ("verb", "turn", "break")
            for hit in self.sentence.hits
        )

    def _denies_site(self, target: Target, reach: Reach, between: str) -> bool:
        """'Foie, os : pas de metastase', 'moelle indemne de lymphome'."""
        if between.strip() and ":" not in between:
            return False
        tumour = any("negated" in t.flags and t.start >= reach.start for t in self.tumours)
        if not tumour and not _LESION.search(self.text, reach.start, reach.end):
            return False
        return bool(_OPENS.search(self.text[self.sentence.start : target.start]))


def _is_denied(reach: Reach, denied: list[Reach]) -> bool:
    """A supposition that is itself denied: 'pas de lesion suspecte de metastase'."""
    hit = reach.hit
    if hit.cue.category not in ("hypothetical", "historical") or hit.cue.reach == "sentence":
        return False
    return any(r.start <= hit.start < r.end and r.hit is not hit for r in denied)


def _put(target: Target, reach: Reach) -> None:
    cue = reach.hit.cue
    if cue.category == "current":
        target.current = True
    else:
        target.put(cue.category, reach.hit.start, reach.hit.end, cue.id)
