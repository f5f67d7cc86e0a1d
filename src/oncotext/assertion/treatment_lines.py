"""Lines of drugs: which are past, and which is the one under way.

A completed or stopped past line is history (guidelines, question 16). A report tells its lines
in order, so a line is past where another follows it or another drug is given now.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from oncotext.assertion.evidence import GIVEN_NOW, Target
from oncotext.lexicon import load_concepts

_OF_TREATMENT = frozenset(("hospitalization", "treatment_visit"))

# sections that speak of what is given at the time of the report
_NOW = GIVEN_NOW | {"header", "hospital_course", "tolerance", "symptoms", "examination"} | {
    "laboratory", "conclusion", "decision", "treatment_plan", "discharge_treatment",
}  # fmt: skip
_SENTENCE = re.compile(r"[.\n]\s")
_NEXT = re.compile(r"[.;\n]|\b(?:puis|relais|relayee?s?|suivie?s?|switch)\b")


def drop_current_lines(text: str, targets: Sequence[Target]) -> None:
    """A line of drugs is past only where it is not the one under way: another follows it,
    and no such drug is said to be given now."""
    drugs = [target for target in targets if target.label == "DRUG"]
    past = [drug for drug in drugs if "historical" in drug.flags]
    if not past:
        return
    given = {_name(text, d) for d in drugs if d.current or d.section in _NOW}
    last = max((d.start for d in drugs if d.section == "disease_history"), default=0)
    for drug in past:
        line = drug.flags["historical"][2].startswith("hist-line")
        last_line = line and not _SENTENCE.search(text, drug.end, last)
        if drug.current or last_line or (line and _name(text, drug) in given):
            del drug.flags["historical"]


def set_past_lines(text: str, targets: Sequence[Target], report_type: str) -> None:
    """A drug of the disease's course is past where a later line is told, or other drugs are
    given now; the drug that follows is the cue.

    Only in reports of a stay or visit for treatment, which say what is given now. Letters and
    tumour boards tell the whole course, in which words must say that a line has ended.
    """
    if report_type not in _OF_TREATMENT:
        return
    kinds = _kinds()
    drugs = [
        target
        for target in targets
        if target.label == "DRUG"
        and kinds.get(target.code) == "anticancer"
        and not target.flags.keys() - {"historical"}
    ]
    told = [drug for drug in drugs if drug.section == "disease_history"]
    now = [d for d in drugs if not d.flags and d.section in _NOW]
    given = {drug.code for drug in now}
    for number, drug in enumerate(told):
        following = [
            d
            for d in told[number + 1 :]
            if d.code != drug.code and _NEXT.search(text, drug.end, d.start)
        ]
        # 'poursuite du FOLFOX' was so then, if another line is told after it
        others = [d for d in following if d.code not in given]
        if drug.flags or drug.code in given or (drug.current and not others):
            continue
        cue = next(iter(following or (d for d in now if d.start > drug.end)), None)
        if cue is not None:
            drug.put("historical", cue.start, cue.end, "hist-later-line")


def _name(text: str, drug: Target) -> str:
    return drug.code or text[drug.start : drug.end]


@cache
def _kinds() -> dict[str, str]:
    """What each drug is for: 'anticancer', 'supportive' ..."""
    return {concept.code: concept.attrs.get("kind", "") for concept in load_concepts("drugs")}
