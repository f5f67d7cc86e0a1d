"""The engine: which of negated, hypothetical, historical, family holds of each span.

Cues are found once a text; each bears on a stretch of its sentence (`scope`). What a span's
label says about the flags follows the annotation guidelines; without labels any span is served.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from oncotext.assertion.cues import FLAGS, CueHit, CueSet, cue_set
from oncotext.assertion.scope import Reach, Sentence
from oncotext.language.annotations import SectionData
from oncotext.language.view import TextView
from oncotext.report import LABELS

NEVER: dict[str, frozenset[str]] = {
    "BIOMARKER": frozenset(("negated", "hypothetical", "family")),
    "PERFORMANCE_STATUS": frozenset(FLAGS),
    "SIZE": frozenset(("negated", "hypothetical", "family")),
    "TNM": frozenset(("negated",)),
}
"""Flags that a label never takes: a marker's polarity is in its value, a size is a fact."""

_LONGEST_SENTENCE = 3_000
_MUTE = frozenset(("pseudo", "termination"))

SECTION_FLAGS = {"family_history": "family", "history": "historical"}
PLAN_SECTIONS = frozenset(("decision", "treatment_plan", "follow_up"))
# where the disease of the report is told: what is past there is its own course
OWN_COURSE = frozenset(("disease_history", "reason", "conclusion", "discussion", "current_treatment"))
HISTORY_LABELS = frozenset(("MORPHOLOGY", "TOPOGRAPHY", "TNM", "STAGE", "GRADE", "TOXICITY", "DRUG"))

# function words between a head and its complement: 'cancer du sein', 'metastases (foie'
_LINK = re.compile(r"[\s(]*(?:(?:du|de|des|de la|de l'|d'|au|aux|a la|a l'|en|a)(?:\s+|(?<=')))?(?:la |le |l')?\Z")
_DEFINITE = re.compile(r"(?:\bdu |\bde la |\bde l'|\bdes |\ble |\bla |\bl'|\bles |\bson |\bsa |\bce |\bcette |\bcet )\Z")
_HEADS = frozenset(("MORPHOLOGY", "TOPOGRAPHY"))
_COMPLEMENTS: dict[str, frozenset[str]] = {
    "TOPOGRAPHY": frozenset(FLAGS),
    "GRADE": frozenset(FLAGS),
    "STAGE": frozenset(("hypothetical", "historical", "family")),
    "TNM": frozenset(("historical", "family")),
}
_LESION = re.compile(r"\b(?:lesions?|localisations?|metastases?|tumeurs?|recidives?|nodules? suspects?|carcinoses?)\b")
_MASS = re.compile(r"\b(?:masse|tumeur|tumorale?|cancer)\b")
_DOSE_ROW = re.compile(r"[^\n]*\t[^\n]*\d")


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


@dataclass(slots=True)
class _Target:
    """A span at work: folded offsets, label, and the cue of each flag."""

    start: int
    end: int
    label: str
    index: int
    section: str = ""
    flags: dict[str, tuple[int, int, str]] = field(default_factory=dict)
    current: bool = False
    head: _Target | None = None

    def put(self, flag: str, start: int, end: int, rule: str) -> None:
        if flag not in self.flags and flag not in NEVER.get(self.label, ()):
            self.flags[flag] = (start, end, rule)


class ContextEngine:
    """Asserts spans of a text.

    Parameters
    ----------
    cues : sequence of paths, or CueSet
        Cue files of one's own, on top of the shipped ones; or a set made ready.
    without : sequence of str
        Ids of shipped cues to leave out (``"plan-*"``: all whose id begins so).
    """

    def __init__(
        self, cues: Sequence[str | Path] | CueSet = (), without: Sequence[str] = ()
    ) -> None:
        self.cues: CueSet = (
            cues if isinstance(cues, CueSet) else cue_set(tuple(map(str, cues)), tuple(without))
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
        work = _Text(view, sentences, sections, self.cues.find(view))
        targets = [
            _Target(view.to_folded(start), view.to_folded(end), label, index)
            for index, ((start, end), label) in enumerate(
                zip(spans, labels or [""] * len(spans), strict=True)
            )
        ]
        targets.sort(key=lambda target: (target.start, target.end))
        work.assert_all(targets)
        out = [Assertion()] * len(targets)
        for target in targets:
            if target.flags:
                out[target.index] = _assertion(view, target)
        return out


def _assertion(view: TextView, target: _Target) -> Assertion:
    cues = {}
    for flag, (start, end, rule) in target.flags.items():
        a, b = view.to_raw(start), view.to_raw_end(end)
        cues[flag] = {"start": a, "end": b, "text": view.text[a:b], "rule": rule}
    flags = {flag: flag in cues for flag in FLAGS}
    return Assertion(**flags, cues=cues)


class _Text:
    """A text at work: its sentences, sections and cues in folded offsets."""

    def __init__(
        self,
        view: TextView,
        sentences: Sequence[int],
        sections: Sequence[SectionData],
        hits: list[CueHit],
    ) -> None:
        self.view, self.text, self.hits = view, view.folded, hits
        # tabs are seen in the text as given only, which has no offsets of its own as a rule
        self.raw = view.text if len(view.text) == len(view.folded) else view.folded
        self.hit_starts = [hit.start for hit in hits]
        same = len(view.text) == len(view.folded)
        self.starts = sentences if same else [view.to_folded(start) for start in sentences]
        self.sections = sections
        self.section_starts = [view.to_folded(section["start"]) for section in sections]
        self.lines = [hit for hit in hits if hit.cue.reach == "line"]

    def assert_all(self, targets: list[_Target]) -> None:
        """Set the flags of all targets, which are in the order of the text."""
        previous: _Target | None = None
        for target in targets:
            target.section = self._section(target.start)
            if previous is not None:
                target.head = self._head(previous, target)
            previous = target
        at = 0
        while at < len(targets):
            start, end = self._sentence(targets[at].start)
            stop = at
            while stop < len(targets) and targets[stop].start < end:
                stop += 1
            self._assert_sentence(start, end, targets[at:stop])
            at = stop
        self._drop_current_lines(targets)
        self._assert_lines(targets)
        self._assert_sections(targets)
        self._settle(targets)

    def _sentence(self, position: int) -> tuple[int, int]:
        index = bisect_right(self.starts, position)
        end = self.starts[index] if index < len(self.starts) else len(self.text)
        start = self.starts[index - 1] if index else 0
        if end - start > _LONGEST_SENTENCE:
            # a text without stops is read piece by piece, so that time stays linear
            start += (position - start) // _LONGEST_SENTENCE * _LONGEST_SENTENCE
            end = min(end, start + _LONGEST_SENTENCE)
        return start, end

    def _section(self, position: int) -> str:
        index = bisect_right(self.section_starts, position) - 1
        return self.sections[index]["label"] if index >= 0 else ""

    def _head(self, before: _Target, target: _Target) -> _Target | None:
        """The mention that ``target`` completes: 'cancer' of 'du sein' in 'cancer du sein'."""
        if target.label not in _COMPLEMENTS or before.label not in (*_HEADS, "GRADE", "TNM"):
            return None
        gap = self.text[before.end : target.start]
        if len(gap) > 12 or not _LINK.match(gap):
            return None
        if before.label not in _HEADS and before.head is None:
            return None
        if before.label == "TOPOGRAPHY" and target.label == "TOPOGRAPHY":
            return None
        return before.head or before

    # -- sentences -----------------------------------------------------------------------

    def _assert_sentence(self, start: int, end: int, targets: list[_Target]) -> None:
        low, high = bisect_left(self.hit_starts, start), bisect_left(self.hit_starts, end)
        if low == high:
            return
        hits = self.hits[low:high]
        if all(hit.cue.category in _MUTE for hit in hits):
            return
        sentence = Sentence(self.text, self.raw, start, end, hits)
        reaches = [
            reach
            for hit in hits
            if hit.cue.category not in _MUTE
            for reach in sentence.reaches(hit)
        ]
        denied = [r for r in reaches if r.hit.cue.category == "negated" and not r.before]
        live = [r for r in reaches if not self._is_denied(r, denied)]
        begins = [target.start for target in targets]
        for reach in live:
            low = max(0, bisect_left(begins, reach.start) - 1)
            under = [
                target
                for target in targets[low : bisect_left(begins, reach.end)]
                if self._bears(reach, target)
            ]
            if reach.before and len(under) > 1 and reach.hit.cue.category == "hypothetical":
                under = sentence.nearest_item(under, reach.hit)
            for target in under:
                self._put(target, reach)
        for target in targets:
            self._put_own(target, hits)
        for target in targets:
            self._carry(target, live, sentence, targets)

    def _is_denied(self, reach: Reach, denied: list[Reach]) -> bool:
        """A supposition that is itself denied: 'pas de lesion suspecte de metastase'."""
        hit = reach.hit
        if hit.cue.category not in ("hypothetical", "historical") or hit.cue.reach == "sentence":
            return False
        return any(r.start <= hit.start < r.end and r.hit is not hit for r in denied)

    def _bears(self, reach: Reach, target: _Target) -> bool:
        cue = reach.hit.cue
        if not cue.serves(target.label) or not reach.covers(target.start, target.end):
            return False
        if cue.category == "hypothetical":
            if cue.id.startswith("plan-") and target.section == "disease_history":
                return False  # what was planned then is done
            if cue.predicate and target.label in ("TNM", "STAGE"):
                return False
        if cue.category in ("negated", "hypothetical") and target.label == "MORPHOLOGY":
            return not self._is_given(reach, target)
        return True

    def _is_given(self, reach: Reach, target: _Target) -> bool:
        """'aucune localisation de l'adenocarcinome': the article takes the tumour as known."""
        if reach.hit.cue.reach == "sentence":
            return False
        between = self.text[reach.start : target.start]
        found = _DEFINITE.search(between)
        return bool(found and between[: found.start()].strip())

    def _put(self, target: _Target, reach: Reach) -> None:
        cue = reach.hit.cue
        if cue.category == "current":
            target.current = True
        elif cue.category == "historical" and not self._is_past(reach, target):
            return
        else:
            target.put(cue.category, reach.hit.start, reach.hit.end, cue.id)

    def _is_past(self, reach: Reach, target: _Target) -> bool:
        """Dates tell of another disease, not within the course of the report's own."""
        if target.label == "DRUG" and target.section in ("reason", "current_treatment"):
            return False
        return not (reach.hit.cue.reach == "year" and target.section in OWN_COURSE)

    def _put_own(self, target: _Target, hits: list[CueHit]) -> None:
        """Cues within the span itself: those that say so; and for spans without label a
        negation it begins with ('absence de fievre') or is part of ('pas retrouve')."""
        for hit in hits:
            if hit.start >= target.end:
                break
            cue = hit.cue
            if hit.end <= target.start or not cue.serves(target.label) or cue.between:
                continue
            if cue.inside:
                target.put(cue.category, hit.start, hit.end, cue.id)
            elif target.label not in LABELS and cue.category == "negated":
                if hit.start < target.start or (hit.start == target.start and hit.end < target.end):
                    target.put("negated", hit.start, hit.end, cue.id)

    def _carry(
        self, target: _Target, live: list[Reach], sentence: Sentence, targets: list[_Target]
    ) -> None:
        """A site named before the cue of what is denied or supposed there shares the flag."""
        if target.label != "TOPOGRAPHY" or target.head is not None or target.flags:
            return
        for reach in live:
            hit = reach.hit
            if hit.start < target.end or not self._tells_of(hit, targets):
                continue
            between = self.text[target.end : hit.start]
            if any(
                t.label == "MORPHOLOGY" and target.end <= t.start < hit.start
                and "hypothetical" not in t.flags for t in targets
            ) or any(
                h.cue.category == "termination" and h.cue.reach in ("verb", "break")
                and target.end <= h.start < hit.start for h in sentence.hits
            ):
                return
            if hit.cue.category == "negated":
                if not self._denies_site(target, reach, between, sentence, targets):
                    continue
            elif _MASS.search(self.text, sentence.start, target.start) or ";" in between:
                continue
            target.put(hit.cue.category, hit.start, hit.end, hit.cue.id)
            return

    @staticmethod
    def _tells_of(hit: CueHit, targets: list[_Target]) -> bool:
        """Whether a cue says of something named before it what it may be or is not."""
        if hit.cue.predicate:
            return True
        return hit.cue.category == "hypothetical" and hit.cue.reach != "sentence" and any(
            t.label == "MORPHOLOGY" and t.flags.get("hypothetical", (0,))[0] == hit.start for t in targets
        )

    def _denies_site(
        self, target: _Target, reach: Reach, between: str, sentence: Sentence, targets: list[_Target]
    ) -> bool:
        """'Foie, os : pas de metastase', 'moelle indemne de lymphome'."""
        tumour = any(
            t.label == "MORPHOLOGY" and "negated" in t.flags and t.start >= reach.start for t in targets
        ) or _LESION.search(self.text, reach.start, reach.end)
        if not tumour:
            return False
        before = self.text[sentence.start : target.start]
        opens = re.search(r"(?:^|[,;:(])\s*(?:[\w-]+ ){0,2}(?:de |du |d'|l'|le |la |les )?\Z", before)
        return bool(opens) and (not between.strip() or ":" in between)

    def _drop_current_lines(self, targets: list[_Target]) -> None:
        """A line of drugs is past only where it is not the one under way: another follows it,
        and no such drug is said to be given now."""
        drugs = [t for t in targets if t.label == "DRUG"]
        given = {self._name(t) for t in drugs if t.current or t.section in ("reason", "current_treatment")}
        for target in drugs:
            rule = target.flags.get("historical", (0, 0, ""))[2]
            if not rule:
                continue
            alone = rule == "hist-line" and not any(
                t.section == "disease_history" and t.start > self._sentence(target.start)[1]
                for t in drugs
            )
            if target.current or alone or (rule == "hist-line" and self._name(target) in given):
                del target.flags["historical"]

    # -- beyond the sentence ---------------------------------------------------------------

    def _assert_lines(self, targets: list[_Target]) -> None:
        """Headings such as 'ATCD :' bear on their line, where sections do not say more."""
        if self.sections:
            return
        for hit in self.lines:
            end = self._line_end(hit.end)
            for target in targets:
                if hit.end <= target.start < end and hit.cue.serves(target.label):
                    target.put(hit.cue.category, hit.start, hit.end, hit.cue.id)

    def _line_end(self, position: int) -> int:
        for start in self.starts[bisect_right(self.starts, position) :]:
            before = start - 1
            while before > position and self.text[before] == " ":
                before -= 1
            if self.text[before] == "\n":
                return start
        return len(self.text)

    def _assert_sections(self, targets: list[_Target]) -> None:
        if not self.sections:
            return
        own = {
            self._name(t) for t in targets
            if t.label in _HEADS and t.section not in SECTION_FLAGS and not t.flags
        }
        for target in targets:
            flag = SECTION_FLAGS.get(target.section)
            if flag == "family":
                self._put_section(target, flag)
            elif flag and self._dates(target.label) and not target.current:
                head = target.head or target
                if self._name(head) not in own or head.label not in LABELS:
                    self._put_section(target, flag)
            elif target.section == "disease_history":
                if target.label == "TOXICITY" and not target.current:
                    self._put_section(target, "historical")  # of an earlier treatment
            elif target.label == "DRUG" and target.section in PLAN_SECTIONS:
                if not target.current and not _DOSE_ROW.match(self.view.text, self.view.to_raw(target.end)):
                    self._put_section(target, "hypothetical")

    @staticmethod
    def _dates(label: str) -> bool:
        """Whether the history section dates back mentions of a label."""
        return label in HISTORY_LABELS or label not in LABELS

    def _name(self, target: _Target) -> str:
        return self.text[target.start : target.end]

    def _put_section(self, target: _Target, flag: str) -> None:
        index = bisect_right(self.section_starts, target.start) - 1
        start = self.section_starts[index]
        end = self.text.find("\n", start)
        colon = self.text.find(":", start, end if end >= 0 else None)
        end = min(x for x in (colon, end, len(self.text)) if x >= 0)
        target.put(flag, start, max(end, start + 1), f"section-{target.section}")

    def _settle(self, targets: list[_Target]) -> None:
        """Complements share their head's flags; where two exclude each other one stays."""
        for target in targets:
            head = target.head
            if head is not None:
                shared = _COMPLEMENTS[target.label]
                own = target.flags
                target.flags = {f: c for f, c in own.items() if f not in shared}
                for flag in head.flags:
                    if flag in shared:
                        target.put(flag, *head.flags[flag])
            flags = target.flags
            if "negated" in flags:
                flags.pop("hypothetical", None)
                flags.pop("historical", None)
            if "family" in flags:
                flags.pop("historical", None)
            weak = flags.get("historical", (0, 0, ""))[2].startswith(("section", "hist-atcd"))
            if weak and ("hypothetical" in flags or target.current):
                flags.pop("historical")
