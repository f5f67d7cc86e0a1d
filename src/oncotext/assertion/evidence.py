"""What labels, sections and neighbouring mentions say about the flags of a span.

Follows the annotation guidelines of the gold corpus (flags, and resolved questions 2, 3, 5,
6, 12, 13, 15, 16 and 20). Spans without a label of oncotext take part where nothing needs one.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from oncotext.assertion.cues import FLAGS
from oncotext.language.annotations import SectionData
from oncotext.language.view import TextView
from oncotext.report import LABELS

NEVER: dict[str, frozenset[str]] = {
    "BIOMARKER": frozenset(("negated", "hypothetical", "family")),
    "PERFORMANCE_STATUS": frozenset(FLAGS),
    "SIZE": frozenset(("negated", "family")),
    "TNM": frozenset(("negated",)),
}
"""Flags that a label never takes: a marker's polarity is in its value, a size is a fact."""

COMPLEMENTS: dict[str, frozenset[str]] = {
    "TOPOGRAPHY": frozenset(FLAGS),
    "GRADE": frozenset(FLAGS),
    "STAGE": frozenset(("hypothetical", "historical", "family")),
    "TNM": frozenset(("historical", "family")),
}
"""The flags that a mention shares with the tumour it completes."""

HEADS = frozenset(("MORPHOLOGY", "TOPOGRAPHY"))
SECTION_FLAGS = {"family_history": "family", "history": "historical"}
PLAN_SECTIONS = frozenset(("decision", "treatment_plan", "follow_up"))
DATING = PLAN_SECTIONS | {"history", "disease_history", ""}
"""Sections that say of what is in them that it is past or planned, unless it is told otherwise."""
OWN_COURSE = frozenset(
    ("disease_history", "reason", "conclusion", "discussion", "current_treatment")
)
"""Sections that tell of the report's own disease: what is dated there is its course."""
_OF_THE_STAY = frozenset(("reason", "conclusion"))
"""Sections whose adverse events are those of now, also where the history tells how they began."""
GIVEN_NOW = frozenset(("reason", "current_treatment"))

_DATED = frozenset(("MORPHOLOGY", "TOPOGRAPHY", "TNM", "STAGE", "GRADE", "TOXICITY", "DRUG"))
# a dose that was given: a row of a table, or milligrams in all rather than by square metre
_DOSE_ROW = re.compile(r"[^\n]*\t[^\n]*\d|[^\n]{0,25}\d ?mg (?:en )?(?:IV|perf)")
_PAST = re.compile(
    r"\b(?:19|20)\d\d\b|ectomie|therapie"
    r"|\b(?:remission|gueri|traite|opere|reseque|exerese|ancien|il y a)"
)
_CURED = re.compile(r"\b(?:remission|gueri)")
_NOW = re.compile(
    r"\b(?:actuel|en cours|sous (?:\w+[- ])?(?:chimio|immuno|hormono|traitement)|metastatique)"
)
_SINCE = re.compile(r"\bdepuis [^,;.\n]{0,12}\d{4}\b")
_FAR = 1 << 60
ANY_CANCER = frozenset(("8000/3", "8010/3", "8140/3"))
_WEAK_HISTORY = ("section", "hist-atcd")


@dataclass(slots=True)
class Target:
    """A span at work: folded offsets, label and code, and the cue (start, end, id) of each flag."""

    start: int
    end: int
    label: str
    index: int
    code: str = ""
    section: str = ""
    flags: dict[str, tuple[int, int, str]] = field(default_factory=dict)
    current: bool = False
    head: Target | None = None
    foreign: bool = False
    """A tumour named once in a report that speaks of another."""
    cause: bool = False
    """A drug named as the cause of a toxicity: given, whatever is said of the toxicity."""

    def put(self, flag: str, start: int, end: int, rule: str) -> None:
        """Set a flag unless it is set, or the label never takes it."""
        if flag not in self.flags and flag not in NEVER.get(self.label, ()):
            self.flags[flag] = (start, end, rule)


class OwnDisease:
    """The disease that the report is about, which may stand among the antecedents too.

    It is what mentions without flags name outside them; and what is told on the same line as it
    belongs to it.
    """

    def __init__(self, text: str, targets: Sequence[Target]) -> None:
        self.text = text
        self.sites = {id(t.head): _organ(t) for t in targets if t.head and _organ(t)}
        self.events = {
            t.code
            for t in targets
            if t.label == "TOXICITY" and t.section in _OF_THE_STAY and not t.flags
        }
        told = [t for t in targets if t.label in HEADS and t.section not in SECTION_FLAGS]
        told = [t for t in told if not t.flags]
        self.names = {self._name(t) for t in told}
        spread = {t.code for t in told if t.code.endswith("/6")}
        self.organs = {
            _organ(t) for t in told if not (t.head and t.head.code in spread) and _organ(t)
        }
        self.lines: list[tuple[int, int]] = []
        alone = not any(t.label == "MORPHOLOGY" and _is_malignant(t) for t in told)
        for target in targets:
            if target.section != "history" or target.label != "MORPHOLOGY":
                continue
            end = text.find("\n", target.end)
            line = target.start, end if end >= 0 else len(text)
            # 'Antécédents : LAL depuis avril': no other tumour is told, and this one not as past
            own = alone and _is_malignant(target) and not _is_past(text[slice(*line)])
            if own:
                self.names.add(self._name(target))
            if own or target.current or self._is_own(target):
                self.lines.append(line)

    def holds(self, target: Target) -> bool:
        """Whether a mention among the antecedents is of the report's own disease."""
        head = target.head or target
        if head.label in HEADS and self._is_own(head):
            return True
        index = bisect_right(self.lines, (target.start, _FAR)) - 1
        return target.label != "TOXICITY" and index >= 0 and target.start < self.lines[index][1]

    def _is_own(self, target: Target) -> bool:
        if target.label == "TOPOGRAPHY":
            return self._name(target) in self.names or _organ(target) in self.organs
        organ = self.sites.get(id(target), "")
        if organ and self.organs and organ not in self.organs:
            return False  # 'cancer de la prostate' of one who is seen for a cancer of the lung
        return self._name(target) in self.names or (
            organ in self.organs and target.code in ANY_CANCER
        )

    def _name(self, target: Target) -> str:
        return target.code or self.text[target.start : target.end]


def _is_past(line: str) -> bool:
    if _NOW.search(line) and not _CURED.search(line):
        return False
    return _PAST.search(_SINCE.sub("", line)) is not None


def _is_malignant(target: Target) -> bool:
    return target.code.endswith(("/3", "/6"))


def _organ(target: Target) -> str:
    return target.code[:3] if target.label == "TOPOGRAPHY" else ""


class Sections:
    """The sections of a text, in folded offsets, as evidence."""

    def __init__(self, view: TextView, sections: Sequence[SectionData]) -> None:
        self.view, self.sections = view, sections
        self.starts = [view.to_folded(section["start"]) for section in sections]

    def label(self, position: int) -> str:
        """Label of the section that holds an offset; '' where there are no sections."""
        index = bisect_right(self.starts, position) - 1
        return self.sections[index]["label"] if index >= 0 else ""

    def assert_all(self, targets: Sequence[Target]) -> None:
        """Set what sections imply: family, other diseases, earlier toxicities, plans."""
        if not self.sections:
            return
        own = OwnDisease(self.view.folded, targets)
        for target in targets:
            flag = self._implied(target, own)
            if flag:
                self._put(target, flag)

    def _implied(self, target: Target, own: OwnDisease) -> str | None:
        section, label = target.section, target.label
        if section == "family_history":
            return "family"
        if target.current:
            return None
        if section == "history" and (label in _DATED or label not in LABELS):
            return None if own.holds(target) else "historical"
        if section == "disease_history" and label == "TOXICITY":
            return None if target.code in own.events else "historical"
        if section in PLAN_SECTIONS and label == "DRUG":
            row = _DOSE_ROW.match(self.view.text, self.view.to_raw(target.end))
            return None if row else "hypothetical"
        return None

    def _put(self, target: Target, flag: str) -> None:
        """Set a flag, the section's title being its cue."""
        text = self.view.folded
        start = self.starts[bisect_right(self.starts, target.start) - 1]
        line = text.find("\n", start)
        line = len(text) if line < 0 else line
        colon = text.find(":", start, line)
        end = colon if colon > start else line
        target.put(flag, start, max(end, start + 1), f"section-{target.section}")


def settle(targets: Sequence[Target]) -> None:
    """Complements share their head's flags; where two flags exclude each other one stays."""
    for target in targets:
        flags, head = target.flags, target.head
        if head is not None:
            shared = COMPLEMENTS[target.label]
            target.flags = flags = {f: cue for f, cue in flags.items() if f not in shared}
            for flag, cue in head.flags.items():
                if flag in shared:
                    target.put(flag, *cue)
        if target.label == "SIZE":
            flags.pop("hypothetical", None)
        if "negated" in flags:
            flags.pop("hypothetical", None)
        if "negated" in flags or "family" in flags:
            flags.pop("historical", None)
        weak = flags.get("historical", (0, 0, ""))[2].startswith(_WEAK_HISTORY)
        if weak and ("hypothetical" in flags or target.current):
            flags.pop("historical")
