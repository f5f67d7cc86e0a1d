"""The stage group that a tumour's TNM implies, beside the one that the report writes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from oncotext.linking.stage_groups import stage_group, unknown_categories
from oncotext.linking.stage_tables import within
from oncotext.linking.tnm_parts import Part, parts_of
from oncotext.records.evidence import Fact

_SYSTEM = "UICC:"
_EDITIONS = ("7", "8")


def derive_stages(tumour: dict[str, Any], facts: Iterable[Fact]) -> None:
    """Add to a tumour's ``derived`` the group of each TNM with T and N, where there is one.

    A written stage that disagrees is a text in ``flags``; it stays what it is. A stage of which
    the other is part agrees (III with IIIA). No flag is set where another TNM of the tumour
    agrees, and none by a TNM after treatment (y), as a written stage is usually that of before.

    Parameters
    ----------
    tumour : dict
        The tumour's fields (`oncotext.report.Tumor`), changed in place.
    facts : iterable of Fact
        Its mentions.
    """
    site = tumour.get("topography")
    expressions = [f for f in facts if f.label == "TNM" and f.code in tumour.get("tnm", ())]
    if site is None or not expressions:
        return
    stages = [stage for stage in tumour.get("stages", ()) if stage.startswith(_SYSTEM)]
    found: list[dict[str, Any]] = []
    disagreements: list[str] = []
    for code in dict.fromkeys(fact.code for fact in expressions):
        entry = _derived(tumour, site, [f for f in expressions if f.code == code], stages)
        if entry is None:
            continue
        found.append(entry)
        if entry.get("agrees") is False and not code.startswith("y"):
            written = ", ".join(stages)
            disagreements.append(f"stage {written} written, {entry['value']} implied by {code}")
    if found:
        tumour.setdefault("derived", []).extend(found)
    if disagreements and not any(entry.get("agrees") for entry in found):
        tumour.setdefault("flags", []).extend(disagreements)


def flag_unknown_categories(
    tumour: dict[str, Any], facts: Iterable[Fact], subdivisions: Mapping[str, Collection[str]]
) -> None:
    """Add to a tumour's ``flags`` the categories that no edition of the UICC has at its site.

    Parameters
    ----------
    tumour : dict
        The tumour's fields, changed in place.
    facts : iterable of Fact
        Its mentions. Those that name a later edition are not judged.
    subdivisions : mapping of str to collection of str
        By organ, categories in use that are not the UICC's own.
    """
    site = tumour.get("topography")
    if site is None:
        return
    unknown = {
        category
        for fact in facts
        if fact.label == "TNM" and fact.attrs.get("edition", "8") in _EDITIONS
        for category in unknown_categories(site, fact.code)
        if category not in subdivisions.get(site[:3], ())
    }
    if unknown:
        listed = ", ".join(sorted(unknown))
        tumour.setdefault("flags", []).append(f"no category of the UICC at {site}: {listed}")


def _derived(
    tumour: dict[str, Any], site: str, facts: list[Fact], stages: list[str]
) -> dict[str, Any] | None:
    edition = facts[0].attrs.get("edition", "8")
    parts = parts_of(facts[0].code)
    if edition not in _EDITIONS or not {"T", "N"} <= parts.keys() or _is_spread(tumour, parts):
        return None
    found = stage_group(site, facts[0].code, int(edition), **_factors(tumour))
    if found.group is None:
        return None
    entry: dict[str, Any] = {
        "field": "stage",
        "value": _SYSTEM + found.group,
        "rule": found.table,
        "evidence": [fact.id for fact in facts],
    }
    if stages:
        entry["agrees"] = any(_agree(found.group, stage) for stage in stages)
    return entry


def _is_spread(tumour: dict[str, Any], parts: dict[str, Part]) -> bool:
    """Whether metastases are known that the TNM is silent about."""
    if "M" in parts and parts["M"].value != "X":
        return False
    stages = tumour.get("stages", ())
    return (
        tumour.get("event") == "metastasis"
        or bool(tumour.get("metastatic_sites"))
        or any(stage.startswith(_SYSTEM + "IV") for stage in stages)
    )


def _factors(tumour: dict[str, Any]) -> dict[str, str]:
    """What the record knows of what stages depend on."""
    factors: dict[str, str] = {}
    if "morphology" in tumour:
        factors["histology"] = tumour["morphology"]
    results = {code.partition("=")[2] for code in tumour.get("biomarkers", ()) if _is_p16(code)}
    if results in ({"POSITIVE"}, {"NEGATIVE"}):
        factors["p16"] = results.pop().lower()
    grades = {g.partition(":")[2] for g in tumour.get("grades", ()) if g.startswith("FNCLCC:")}
    if len(grades) == 1:
        factors["grade"] = grades.pop()
    return factors


def _is_p16(code: str) -> bool:
    return code.startswith("P16=")


def _agree(group: str, stage: str) -> bool:
    written = stage.removeprefix(_SYSTEM)
    return within(group, written) or within(written, group)
