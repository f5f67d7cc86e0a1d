"""Whether a laboratory value is a finding in the patient, and of now."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import cache, cached_property

from oncotext.language.annotations import SectionData
from oncotext.language.view import TextView
from oncotext.lexicon import cue_matcher
from oncotext.mentions.laboratory_values import words

# Sections that say nothing of the patient's present state.
_ELSEWHERE = frozenset(
    "history family_history lifestyle allergies disease_history usual_treatment "
    "discharge_treatment signature".split()
)
# What is measured against an earlier state names it.
_OF_BASELINE = ("stools", "weight-loss", "weight-gain")
_OF_NO_FLUID = ("proteinuria", "lvef", "temperature", "qtc", *_OF_BASELINE)
_CLAUSE = re.compile(r"[;\n]|\.(?=\s)")
_REACH = 90
_FLUID_REACH = 140
_BEHIND = 30


class Context:
    """The words around values.

    Parameters
    ----------
    view : TextView
    sections : sequence of SectionData
        Empty where no sections were looked for.
    """

    def __init__(self, view: TextView, sections: Sequence[SectionData]) -> None:
        self._view, self._sections = view, sections
        self._starts = [section["start"] for section in sections]

    def excludes(self, start: int, end: int, code: str) -> bool:
        """Whether what stands between two folded offsets is no finding in the patient."""
        index = bisect_right(self._starts, self._view.to_raw(start)) - 1
        if index >= 0 and self._sections[index]["label"] in _ELSEWHERE:
            return True
        before = self._clause_before(start)
        patterns = _patterns()
        if patterns["condition"].search(before) or patterns["denial"].search(before):
            return True
        if code not in _OF_NO_FLUID and self._in_other_fluid(start, end):
            return True
        if code == "inr" and patterns["anticoagulant"].search(self._view.folded):
            return True
        return bool(before) and self._of_relative(start, len(before))

    def leads_to_action(self, end: int) -> bool:
        """Whether '< 8' is said to call for something: 'Hb < 8 : transfusion'."""
        behind = _CLAUSE.split(self._view.folded[end : end + _BEHIND])[0]
        return bool(_patterns()["action"].search(behind))

    def is_past(self, start: int, end: int, code: str) -> bool:
        """Whether the words beside a value say that it is an earlier one."""
        if code in _OF_BASELINE:
            return False
        past = _patterns()["past"]
        before = self._clause_before(start)[-40:]
        behind = self._view.folded[end : end + _BEHIND].lstrip(" (")
        return bool(past.search(before.rpartition(",")[2]) or past.match(behind))

    def _clause_before(self, start: int) -> str:
        return _CLAUSE.split(self._view.folded[max(0, start - _REACH) : start])[-1]

    def _in_other_fluid(self, start: int, end: int) -> bool:
        """Whether the words before name another fluid than blood last."""
        folded = self._view.folded
        lowest = max(folded.rfind("\n\n", 0, start), start - _FLUID_REACH, 0)
        patterns = _patterns()
        fluid = [m.start() for m in patterns["fluid"].finditer(folded, lowest, start)]
        if not fluid:
            return bool(patterns["fluid"].match(folded, min(end + 1, len(folded))))
        blood = [m.start() for m in patterns["blood"].finditer(folded, lowest, start)]
        return not blood or blood[-1] < fluid[-1]

    def _of_relative(self, start: int, reach: int) -> bool:
        at = self._view.to_raw(start)
        first = self._view.to_raw(start - reach)
        index = bisect_right(self._relatives, at) - 1
        return index >= 0 and self._relatives[index] >= first

    @cached_property
    def _relatives(self) -> list[int]:
        return [hit.start for hit in cue_matcher("relatives").find(self._view)]


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    """The expressions of the categories of ``laboratory_words.tsv``."""
    return {
        "condition": re.compile(rf"(?<![a-z0-9']){words('condition')}(?![a-z0-9])"),
        # right before the name
        "denial": re.compile(
            rf"(?<![a-z0-9]){words('denial')}(?: eu)?"
            r"(?: de la| de l'| d[eu]s?| d'| la| l'| une?)? ?$"
        ),
        "fluid": re.compile(rf"(?<![a-z0-9]){words('fluid')}(?![a-z0-9])"),
        "blood": re.compile(rf"(?<![a-z0-9]){words('blood')}(?![a-z0-9])"),
        "past": re.compile(rf"(?<![a-z0-9]){words('past')}(?![a-z])"),
        "action": re.compile(rf"(?<![a-z0-9]){words('action')}(?![a-z0-9])"),
        "anticoagulant": re.compile(rf"(?<![a-z0-9]){words('anticoagulant')}"),
    }
