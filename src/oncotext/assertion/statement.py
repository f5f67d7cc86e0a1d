"""What a sentence states of the mentions in it: which cue bears on which of them."""

from __future__ import annotations

import re
from bisect import bisect_left

from oncotext.assertion.clauses import Sentence
from oncotext.assertion.cues import CueHit
from oncotext.assertion.evidence import DATING, GIVEN_NOW, OWN_COURSE, Target
from oncotext.assertion.scope import Reach, reaches
from oncotext.report import LABELS

ANY_CANCER = "8000/3"
MUTE = frozenset(("pseudo", "termination"))
"""Categories of cues that set nothing."""
_RETAINING = frozenset(("hyp-faveur", "hyp-faveur-be"))
_UNDONE = frozenset(("hypothetical", "historical"))
"""What a denial undoes: 'pas de lesion suspecte'."""

_DEFINITE = re.compile(r"\b(?:du |de la |de l'|des |les? |la |l'|son |sa |ce |cette |cet )\Z")
_OWN = re.compile(r"\b(?:sa|son|cette) \Z")
_LESION = re.compile(
    r"\b(?:lesions?|localisations?|metastases?|tumeurs?|recidives?|carcinoses?"
    r"|nodules? suspects?)\b"
)
_MASS = re.compile(r"\b(?:masse|tumeur|tumorale?|cancer)\b")
# a site that opens a clause: 'Foie, os : ...', 'Cytoponction inguinale : ...'
_OPENS = re.compile(r"(?:^|[,;:(])\s*(?:[\w-]+ ){0,2}(?:de |du |d'|l'|le |la |les )?\Z")


class Statement:
    """A sentence, its cues' reaches and its targets."""

    def __init__(self, sentence: Sentence, targets: list[Target]) -> None:
        self.sentence, self.text, self.targets = sentence, sentence.text, targets
        self.tumours = [target for target in targets if target.label == "MORPHOLOGY"]
        # the first and the last target of each label
        self.ends: dict[str, tuple[int, int]] = {}
        for target in targets:
            first, _ = self.ends.get(target.label, (target.start, 0))
            self.ends[target.label] = first, target.start
        # whether anything may be past or planned, which 'current' undoes
        self.dated = any(t.label == "DRUG" or t.section in DATING for t in targets) or any(
            hit.cue.category == "historical" for hit in sentence.hits
        )
        hits = [hit for hit in sentence.hits if hit.cue.category not in MUTE]
        found = [r for hit in hits if self._may_bear(hit) for r in reaches(sentence, hit)]
        if any(r.hit.cue.category in _UNDONE for r in found):
            denials = [hit for hit in hits if hit.cue.category == "negated"]
            denied = [r for hit in denials for r in reaches(sentence, hit) if not r.before]
            found = [r for r in found if not _is_denied(r, denied)]
        self.reaches = found

    def _may_bear(self, hit: CueHit) -> bool:
        """Whether a cue is meant for a target on the side that it looks to."""
        cue = hit.cue
        if cue.category == "current" and not self.dated:
            return False
        # a denial said after may look forward
        both = cue.forward == cue.backward or cue.predicate
        both = both or (cue.category == "negated" and not cue.forward)
        for label, (first, last) in self.ends.items():
            sided = both or (hit.end <= last if cue.forward else first < hit.start)
            if sided and cue.serves(label):
                return True
        return False

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
            elif target.label not in LABELS or target.label in ("BIOMARKER", "MORPHOLOGY"):
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
            if cue.id in _RETAINING and target.section == "conclusion":
                return False  # by these words a conclusion states what it retains (question 20)
        elif cue.category == "historical":
            # dates tell of another disease, but not within the course of the report's own
            if cue.reach == "year" and target.section in OWN_COURSE and not target.foreign:
                return False
            return not (target.label == "DRUG" and target.section in GIVEN_NOW)
        elif cue.category != "negated":
            return True
        if target.cause:
            return False
        return target.label != "MORPHOLOGY" or not self._is_given(reach, target)

    def _is_given(self, reach: Reach, target: Target) -> bool:
        """'aucune localisation de l'adenocarcinome': the article takes the tumour as known."""
        between = self.text[reach.start : target.start]
        if reach.hit.cue.reach == "sentence":
            return _OWN.search(between) is not None
        found = _DEFINITE.search(between)
        return bool(found and between[: found.start()].strip())

    def _put_own(self, target: Target) -> None:
        """Cues that share words with the span: those meant to; a supposition that ends with
        it ('d'allure secondaire'); and for spans without label a negation it begins with
        ('absence de fievre') or is part of ('pas retrouve')."""
        for hit in self.sentence.hits:
            if hit.start >= target.end:
                break
            cue = hit.cue
            if hit.end <= target.start or not cue.serves(target.label) or cue.between:
                continue
            if cue.category == "negated":
                begins = hit.start < target.start or hit.end < target.end
                shared = begins and hit.start <= target.start and target.label not in LABELS
            else:
                shared = cue.category == "hypothetical" and (
                    hit.start < target.start and hit.end == target.end
                )
            if cue.inside or shared:
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
                # 'lésion lobaire suspecte de cancer': there is a lesion at the site all the same
                shares = shares and not any(
                    t.start >= hit.end and t.code == ANY_CANCER
                    for t in self.tumours
                    if t.flags.get("hypothetical", (-1,))[0] == hit.start
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
    if hit.cue.category not in _UNDONE or hit.cue.reach == "sentence":
        return False
    return any(r.start <= hit.start < r.end and r.hit is not hit for r in denied)


def _put(target: Target, reach: Reach) -> None:
    cue = reach.hit.cue
    if cue.category == "current":
        target.current = True
    else:
        target.put(cue.category, reach.hit.start, reach.hit.end, cue.id)
