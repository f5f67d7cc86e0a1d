"""The record: facts of a report, facts of tumours paired one to one, whole tumours."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

from oncotext.evaluation.counting import Sheet
from oncotext.report import AnnotatedReport, Record, Tumor

Fact = tuple[Hashable, ...]

RECORD = "record"
MICRO = ("record_micro",)
MULTI = ("tumor_fact_multi",)
TUMOR_FACT = (RECORD, "tumor_fact")
TUMORS = "tumors"

_SINGLE = ("topography", "morphology", "laterality", "event")
_IDENTITY = ("topography", "morphology")
_LISTS = {
    "tnm": "tnm",
    "stages": "stage",
    "grades": "grade",
    "biomarkers": "biomarker",
    "metastatic_sites": "metastatic_site",
}
# What must be right together, from the least to all that a tumour has.
_JOINT: dict[str, tuple[str, ...]] = {
    "site_and_type": ("topography", "morphology"),
    "site_type_side": ("topography", "morphology", "laterality"),
    "site_type_tnm_stage": ("topography", "morphology", "tnm", "stages"),
    "every_field": (*_SINGLE, *_LISTS, "size_mm"),
}


def has_record(record: Record) -> bool:
    """Whether a record was annotated: more than the report's type."""
    return any(
        getattr(record, name) not in (None, [], {})
        for name in type(record).model_fields
        if name != "report_type"
    )


def count_record(sheet: Sheet, gold: Record, predicted: Record) -> None:
    """Count the facts of a report whose record was annotated."""
    if not has_record(gold):
        return
    wanted, found = facts(gold), facts(predicted)
    for name in sorted({str(fact[0]) for fact in wanted | found}):
        ours = {fact for fact in wanted if fact[0] == name}
        theirs = {fact for fact in found if fact[0] == name}
        counts = (len(ours & theirs), len(theirs - ours), len(ours - theirs))
        sheet.tally((RECORD, name), *counts)
        sheet.tally(MICRO, *counts)
        for fact in sorted(ours - theirs, key=str):
            sheet.lost((RECORD, name), gold=wording(fact))
        for fact in sorted(theirs - ours, key=str):
            sheet.lost((RECORD, name), predicted=wording(fact))
    _count_tumors(sheet, gold.tumors, predicted.tumors)


def _count_tumors(sheet: Sheet, gold: Sequence[Tumor], predicted: Sequence[Tumor]) -> None:
    pairs = pair_tumors(gold, predicted)
    shared = sum(len(tumor_facts(gold[i]) & tumor_facts(predicted[j])) for i, j in pairs)
    given = sum(len(tumor_facts(tumor)) for tumor in predicted)
    wanted = sum(len(tumor_facts(tumor)) for tumor in gold)
    sheet.tally(TUMOR_FACT, shared, given - shared, wanted - shared)
    if len(gold) > 1:
        sheet.tally(MULTI, shared, given - shared, wanted - shared)
    for name, fields in _JOINT.items():
        right = sum(_same_fields(gold[i], predicted[j], fields) for i, j in pairs)
        sheet.rate((TUMORS, name), right, len(gold))
        if name == "every_field" and gold:
            sheet.rate((TUMORS, "whole_report"), right == len(gold) == len(predicted))
    sheet.rate((TUMORS, "number"), len(gold) == len(predicted))


def _same_fields(gold: Tumor, predicted: Tumor, fields: Sequence[str]) -> bool:
    return all(_value(gold, name) == _value(predicted, name) for name in fields)


def _value(tumor: Tumor, name: str) -> Any:
    value = getattr(tumor, name)
    return set(value) if isinstance(value, list) else value


def facts(record: Record) -> set[Fact]:
    """The record as a set of (field, value, ...)."""
    found: set[Fact] = set()
    for name in ("report_type", "performance_status", "response"):
        if value := getattr(record, name):
            found.add((name, value))
    for tumor in record.tumors:
        found |= tumor_facts(tumor, _LISTS.__getitem__)
        if tumor.topography or tumor.morphology:
            found.add(("tumor", tumor.topography, tumor.morphology))
    found |= {("toxicity", toxicity.term, toxicity.grade) for toxicity in record.toxicities}
    found |= {("drug", drug) for drug in record.drugs}
    found |= {("family_cancer_history", x.topography) for x in record.family_cancer_history}
    return found


def tumor_facts(tumor: Tumor, name_of: Callable[[str], str] = str) -> set[Fact]:
    """The tumour as a set of (field, value); lists are named by ``name_of``."""
    found: set[Fact] = {(name, value) for name in _SINGLE if (value := getattr(tumor, name))}
    for field in _LISTS:
        found |= {(name_of(field), value) for value in getattr(tumor, field)}
    if tumor.size_mm is not None:
        found.add(("size_mm", float(tumor.size_mm)))
    return found


def pair_tumors(gold: Sequence[Tumor], predicted: Sequence[Tumor]) -> list[tuple[int, int]]:
    """Pair one to one: same site and type first, then either, then in the order written."""

    def rank(i: int, j: int) -> int:
        pairs = ((getattr(gold[i], k), getattr(predicted[j], k)) for k in _IDENTITY)
        return -sum(int(ours is not None and ours == theirs) for ours, theirs in pairs)

    candidates = [(rank(i, j), i, j) for i in range(len(gold)) for j in range(len(predicted))]
    pairs: list[tuple[int, int]] = []
    taken_gold: set[int] = set()
    taken_predicted: set[int] = set()
    for _, i, j in sorted(candidates):
        if i not in taken_gold and j not in taken_predicted:
            taken_gold.add(i)
            taken_predicted.add(j)
            pairs.append((i, j))
    return pairs


def wording(fact: Fact) -> str:
    """A fact's values in one line."""
    return " ".join("–" if value is None else str(value) for value in fact[1:])


def report_type(report: AnnotatedReport) -> str:
    """The report's type, ``unknown`` where none is given."""
    return report.record.report_type or "unknown"
