"""The part each site plays: the primary's, a metastasis's, a node's."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

from oncotext.language.view import TextView
from oncotext.lexicon import Cue, concept_matcher, cue_matcher
from oncotext.matching.automaton import Hit
from oncotext.linking.plausibility import plausible
from oncotext.records.evidence import Evidence, Fact

METASTASIS = "8000/6"
# How far from its type or its metastasis word a site still belongs to it.
_REACH = 60
_DENIAL_REACH = 20
_NEAR = 6


class Roles:
    """Tells primary sites from sites of metastases.

    Parameters
    ----------
    view : TextView
    evidence : Evidence
    """

    def __init__(self, view: TextView, evidence: Evidence) -> None:
        self._evidence = evidence
        self._words: list[Hit[Cue]] = cue_matcher("record_words").find(view)
        self._word_starts = [hit.start for hit in self._words]
        self._metastatic: dict[Fact, bool] = {}
        self.organ_within = _organs_within(view, evidence)
        self.type_of: dict[Fact, Fact] = {}
        self.site_of: dict[Fact, Fact] = {}
        self._attach()

    def recurs(self) -> bool:
        """Whether the report speaks of a recurrence that is neither denied nor feared."""
        denied = 0
        for hit in self._words:
            if hit.value.category == "denial":
                denied = hit.end
            elif hit.value.category == "recurrence" and hit.start - denied > _DENIAL_REACH:
                return True
        return False

    def tumour_before(self, site: Fact) -> bool:
        """Whether a word for a tumour stands shortly before a site, in its sentence."""
        first, _ = self._evidence.sentence(site)
        index = bisect_left(self._word_starts, site.start)
        return any(
            hit.value.category == "tumour" and hit.start >= max(first, site.start - _REACH)
            for hit in self._words[max(0, index - _NEAR) : index]
        )

    def is_benign(self, site: Fact) -> bool:
        """Whether the sentence tells a benign lesion after a site: 'Foie : angiome'."""
        for fact in self._evidence.after(site):
            if fact.label == "MORPHOLOGY":
                return fact.code[-1] == "0"
        return False

    def is_uncertain(self, site: Fact) -> bool:
        """Whether its sentence does not take the lesion of a site for a metastasis."""
        first, last = self._evidence.sentence(site)
        index = bisect_left(self._word_starts, first)
        for hit in self._words[index:]:
            if hit.start >= last:
                break
            if hit.value.category == "uncertain":
                return True
        word = self._word_before(site, first)
        return word is not None and word.value.category == "effect"

    def in_bracket_after(self, site: Fact) -> Iterator[Fact]:
        """The sites in the bracket that opens right after another."""
        for fact in self._evidence.after(site):
            between = self._evidence.between(site, fact)
            if len(between) > _REACH or not between.lstrip().startswith("(") or ")" in between:
                return
            if fact.label == "TOPOGRAPHY":
                yield fact

    def _attach(self) -> None:
        """Each type to the site that follows it in its sentence, or stands before it."""
        for kind in self._evidence.of("MORPHOLOGY"):
            site = self._site_after(kind) or self._site_before(kind)
            # 'biopsie hépatique : cancer du sein canalaire': the type's own words say where
            if site is not None and self.organ_within.get(kind, site.code[:3]) == site.code[:3]:
                self.site_of[kind] = site
                self.type_of.setdefault(site, kind)

    def _site_after(self, kind: Fact) -> Fact | None:
        for fact in self._evidence.after(kind):
            if fact.label == "MORPHOLOGY" or fact.start - kind.end > _REACH:
                return None
            if fact.label == "TOPOGRAPHY":
                between = self._evidence.between(kind, fact)
                return None if _apart(between) else fact
        return None

    def _site_before(self, kind: Fact) -> Fact | None:
        for fact in self._evidence.before(kind):
            if fact.label == "MORPHOLOGY" or kind.start - fact.end > _REACH:
                return None
            if fact.label == "TOPOGRAPHY":
                return fact
        return None

    def is_metastatic(self, site: Fact) -> bool:
        """Whether a site is that of a metastasis: a metastasis word governs it."""
        # kept: in a list of sites each asks the one before it
        if site not in self._metastatic:
            self._metastatic[site] = self._governed(site)
        return self._metastatic[site]

    def _governed(self, site: Fact) -> bool:
        kind = self.type_of.get(site)
        first, _ = self._evidence.sentence(site)
        word = self._word_before(site, first)
        if kind is not None and kind.start < site.start:
            effect = word and word.value.category == "effect" and word.start > kind.start
            return kind.code[-1] == "6" and not effect
        before = next((f for f in self._evidence.before(site) if f.label == "MORPHOLOGY"), None)
        # 'cancer de la prostate métastatique osseux': the word, not the type
        if word is not None and (before is None or word.start > before.end):
            return word.value.category not in ("primary", "effect")
        if self._of_stage(site):
            return True
        if before is not None and before.code[-1] == "6":
            return site.start - before.end < 2 * _REACH
        if self._follows_metastasis(site):
            return True
        return before is None and kind is not None and kind.code[-1] == "6"

    def _of_stage(self, site: Fact) -> bool:
        """'T4 N2 M1 (os, péritoine)': the bracket says where."""
        for fact in self._evidence.before(site):
            if fact.label == "TNM":
                between = self._evidence.between(fact, site)
                return "M1" in fact.code and "(" in between and ")" not in between
            if fact.label != "TOPOGRAPHY":
                return False
        return False

    def _follows_metastasis(self, site: Fact) -> bool:
        """Whether a site goes on with a list of metastatic sites: 'métastatique pulmonaire,
        ganglionnaire intrathoracique, cérébral et hépatique'."""
        for fact in self._evidence.before(site):
            if fact.label == "TOPOGRAPHY":
                between = self._evidence.between(fact, site)
                return len(between) < _REACH and not _apart(between) and self.is_metastatic(fact)
        return False

    def _word_before(self, site: Fact, first: int) -> Hit[Cue] | None:
        tumour = False
        for index in range(bisect_left(self._word_starts, site.start) - 1, -1, -1):
            hit = self._words[index]
            if hit.start < first or site.start - hit.end >= _REACH:
                return None
            tumour = tumour or hit.value.category == "tumour"
            if hit.value.category == "course" and tumour:
                return None  # 'progression de la masse pulmonaire': of the tumour itself
            if hit.value.category not in ("denial", "tumour", "uncertain"):
                return hit
        return None


def _organs_within(view: TextView, evidence: Evidence) -> dict[Fact, str]:
    """The organ of types that hold the site's word: 'carcinome bronchique à petites cellules'."""
    kinds = list(evidence.of("MORPHOLOGY"))
    within = bytearray(len(view.text))
    for kind in kinds:
        within[kind.start : kind.end] = b"\x01" * (kind.end - kind.start)
    organs: dict[Fact, str] = {}
    hits = concept_matcher("topography").find_all(view, within) if kinds else []
    for hit in sorted(hits, key=lambda hit: hit.start):
        kind_index = bisect_right(kinds, hit.start, key=lambda kind: kind.start) - 1
        kind = kinds[kind_index]
        # 'carcinome médullaire': not of the marrow
        if kind.start < hit.start and hit.end <= kind.end and _can_be(kind, hit.value.code):
            organs.setdefault(kind, hit.value.code[:3])
    return organs


def _can_be(kind: Fact, site: str) -> bool:
    return plausible(site, kind.code) is not False


def _apart(between: str) -> bool:
    closed = ")," in between and "(" not in between
    return "." in between.rstrip(" (") or ";" in between or "\n\n" in between or closed


def unique(values: Iterable[str]) -> list[str]:
    """Values in order, each once."""
    return list(dict.fromkeys(values))
