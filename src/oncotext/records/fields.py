"""The fields of a record: what is kept where facts repeat, complete or replace one another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from oncotext.records.evidence import Fact
from oncotext.records.rules import RecordRules

_CONCLUSIONS = ("conclusion", "staging", "decision")
# Codes that the result of a later test replaces.
_PROVISIONAL = "EQUIVOCAL"
# Grades of a focus beside the tumour, dropped where the tumour itself is invasive.
_MINOR_GRADES = ("IN", "DCIS")
# Where the size that counts is given: what the report retains, else what the microscope saw.
_MEASURED = (("conclusion",), ("microscopy",), ("macroscopy",))


def tnm(facts: Sequence[Fact]) -> list[Fact]:
    """The complete expression of each prefix; lone components only where nothing completes them."""
    expressions = [(fact, fact.code.split()) for fact in facts]
    complete = {tuple(parts) for _, parts in expressions if len(parts) > 1}
    return [
        fact
        for fact, parts in expressions
        if not any(set(parts) < set(other) for other in complete)
        and not (len(parts) == 1 and any(_completes(other, parts[0]) for other in complete))
    ]


def _completes(expression: Sequence[str], lone: str) -> bool:
    """Whether an expression has a lone component's letter, under its prefix or a longer one."""
    prefix, letter = _split(lone)
    return any(
        letter == own_letter and set(prefix) <= set(own_prefix)
        for own_prefix, own_letter in map(_split, expression)
    )


def _split(part: str) -> tuple[str, str]:
    """'ypN1a' -> ('yp', 'N')."""
    at = next(index for index, char in enumerate(part) if char in "TNM")
    return part[:at], part[at]


def grades(facts: Sequence[Fact], morphology: str | None) -> list[Fact]:
    """Of each system the grades that a conclusion states, else all of them."""
    invasive = morphology is not None and morphology[-1] == "3"
    out: list[Fact] = []
    systems = dict.fromkeys(fact.code.split(":")[0] for fact in facts)
    for system in systems:
        if system in _MINOR_GRADES and invasive:
            continue
        own = [fact for fact in facts if fact.code.split(":")[0] == system]
        out += [fact for fact in own if fact.section in _CONCLUSIONS] or own
    return out


def biomarkers(facts: Sequence[Fact], rules: RecordRules) -> list[Fact]:
    """Results of listed markers: the last dosage of serum markers, no provisional result where a
    definite one stands."""
    last: dict[str, Fact] = {}
    definite = {name(fact) for fact in facts if not fact.code.endswith("=" + _PROVISIONAL)}
    out = []
    for fact in facts:
        marker = name(fact)
        if marker == "OTHER" or (fact.code.endswith("=" + _PROVISIONAL) and marker in definite):
            continue
        if marker in rules.serum or marker == "KI67":
            last[marker] = fact
        else:
            out.append(fact)
    return out + list(last.values())


def name(fact: Fact) -> str:
    """The marker of a biomarker fact."""
    return fact.code.partition("=")[0]


def latest(facts: Iterable[Fact]) -> Fact | None:
    """The last fact of the text."""
    return max(facts, key=lambda fact: fact.start, default=None)


# Of the evaluations of one examination, site by site, the one that makes the overall response.
_OVERALL = ("PD", "PR", "CR", "SD")


def response(facts: Sequence[Fact]) -> Fact | None:
    """The latest overall evaluation: that of a conclusion, else of the imaging, else the last."""
    for sections in (("conclusion",), ("imaging", "examination", "staging")):
        own = [fact for fact in facts if fact.section in sections]
        if own:
            return min(own, key=lambda fact: (_OVERALL.index(fact.code), fact.start))
    return latest(facts)


def toxicities(facts: Iterable[Fact]) -> list[tuple[Fact, int | None]]:
    """One entry a term, with its highest stated grade."""
    best: dict[str, tuple[Fact, int | None]] = {}
    for fact in facts:
        grade = int(fact.attrs["grade"]) if fact.attrs.get("grade", "0") != "0" else None
        known = best.get(fact.code)
        if known is None or (grade or 0) > (known[1] or 0):
            best[fact.code] = (fact, grade)
    return list(best.values())


def size(facts: Sequence[Fact]) -> Fact | None:
    """The tumour's size: that of the conclusion or the specimen, else the largest."""
    for sections in _MEASURED:
        own = [fact for fact in facts if fact.section in sections]
        if own:
            return max(own, key=lambda fact: float(fact.code))
    return max(facts, key=lambda fact: float(fact.code), default=None)
