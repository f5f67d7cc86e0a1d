"""One record from the facts of a report, each field with its evidence."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Any

from oncotext.language.annotations import CodeData
from oncotext.language.view import TextView
from oncotext.lexicon import cue_matcher
from oncotext.linking.plausibility import plausible
from oncotext.records import fields
from oncotext.records.attachment import attach
from oncotext.records.derived_stage import derive_stages, flag_unknown_categories
from oncotext.records.evidence import Evidence, Fact
from oncotext.records.rules import RecordRules, record_rules
from oncotext.records.sites import Roles, unique
from oncotext.records.tumours import TumourFacts, find_tumours
from oncotext.records.written_codes import add_written_codes

_RELATIVE_REACH = 80
_UNKNOWN_PRIMARY = "C80.9"

_RIGHT_AFTER = 10  # characters: "de l'antre", 'de la tête'
RECORD_WORDS = ("record_words", "relatives")
"""The cue files that records are built with."""


def build_record(
    view: TextView, evidence: Evidence, report_type: str, codes: Sequence[CodeData] = ()
) -> dict[str, Any]:
    """The record of a report as plain values (see `oncotext.report.Record`).

    Parameters
    ----------
    view : TextView
    evidence : Evidence
    report_type : str
    codes : sequence of CodeData, optional
        The codes that the report writes (``doc._.codes``).

    Returns
    -------
    dict
        Fields that have nothing to say are left out; ``evidence`` maps JSON Pointers to the
        ids of mentions.
    """
    rules = record_rules()
    roles = Roles(view, evidence)
    record = _Record()
    record.fields["report_type"] = report_type
    tumours = find_tumours(evidence, roles, rules)
    attach(tumours, evidence, rules)
    for number, tumour in enumerate(tumours):
        entry = _Entry(record, number)
        _tumour_entry(entry, tumour, evidence, roles, rules)
        record.fields.setdefault("tumors", []).append(entry.fields)
    if codes:
        add_written_codes(record.fields.get("tumors", []), tumours, codes)
    for fields_of_tumour, tumour in zip(record.fields.get("tumors", []), tumours, strict=True):
        derive_stages(fields_of_tumour, tumour.facts)
        flag_unknown_categories(fields_of_tumour, tumour.facts, rules.subdivisions)
    _patient_fields(record, evidence)
    _family(record, view, evidence, roles)
    if record.evidence:
        record.fields["evidence"] = record.evidence
    return record.fields


class _Record:
    """Fields and their evidence."""

    def __init__(self) -> None:
        self.fields: dict[str, Any] = {}
        self.evidence: dict[str, list[str]] = {}

    def put(self, field: str, value: Any, facts: Iterable[Fact]) -> None:
        self.fields[field] = value
        self.evidence["/" + field] = [fact.id for fact in facts]

    def put_list(self, field: str, facts: Sequence[Fact]) -> None:
        values = unique(fact.code for fact in facts)
        if values:
            self.fields[field] = values
        for index, value in enumerate(values):
            self.evidence[f"/{field}/{index}"] = [f.id for f in facts if f.code == value]


class _Entry(_Record):
    """One tumour's fields; their evidence goes to the record."""

    def __init__(self, record: _Record, number: int) -> None:
        self.fields = {}
        self._record, self._path = record, f"/tumors/{number}"

    def put(self, field: str, value: Any, facts: Iterable[Fact]) -> None:
        self.fields[field] = value
        self._record.evidence[f"{self._path}/{field}"] = [fact.id for fact in facts]

    def put_list(self, field: str, facts: Sequence[Fact]) -> None:
        values = unique(fact.code for fact in facts)
        if values:
            self.fields[field] = values
        for index, value in enumerate(values):
            self._record.evidence[f"{self._path}/{field}/{index}"] = [
                f.id for f in facts if f.code == value
            ]


def _tumour_entry(
    entry: _Entry, tumour: TumourFacts, evidence: Evidence, roles: Roles, rules: RecordRules
) -> None:
    kind, site = tumour.morphology, tumour.topography
    entry.fields["event"] = _event(tumour, roles)
    if site is not None:
        entry.put("topography", site.code, [s for s in tumour.sites if s.code == site.code])
        side = _side(tumour, rules)
        if side is not None:
            entry.put("laterality", side.attrs["lat"], [side])
    if kind is not None:
        entry.put("morphology", kind.code, [k for k in tumour.kinds if k.code == kind.code])
    if kind is not None and site is not None and plausible(site.code, kind.code) is False:
        entry.fields["flags"] = [f"improbable site and histology: {site.code} with {kind.code}"]

    def own(label: str) -> list[Fact]:
        return [fact for fact in tumour.facts if fact.label == label]

    entry.put_list("tnm", fields.tnm(own("TNM")))
    entry.put_list("stages", own("STAGE"))
    entry.put_list("grades", fields.grades(own("GRADE"), kind.code if kind else None))
    size = fields.size(_sizes(own("SIZE"), tumour, evidence))
    if size is not None:
        entry.put("size_mm", _number(size.code), [size])
    entry.put_list("biomarkers", fields.biomarkers(own("BIOMARKER"), rules))
    entry.put_list("metastatic_sites", tumour.metastatic)


def _number(code: str) -> int | float:
    value = float(code)
    return int(value) if value.is_integer() else value


def _event(tumour: TumourFacts, roles: Roles) -> str:
    if tumour.topography is None and tumour.metastatic and not tumour.historical:
        return "metastasis"
    if tumour.morphology is not None and tumour.morphology.code[-1] == "6":
        return "metastasis"
    if tumour.topography is not None and tumour.topography.code == _UNKNOWN_PRIMARY:
        return "metastasis"
    in_situ = tumour.morphology is not None and tumour.morphology.code[-1] == "2"
    recurrent = not tumour.historical and not in_situ and roles.recurs()
    return "recurrence" if recurrent else "primary"


def _side(tumour: TumourFacts, rules: RecordRules) -> Fact | None:
    """The mention that gives the side of a paired organ: of the subsite itself if it can."""
    if tumour.organ not in rules.paired or tumour.topography is None:
        return None
    sided = [site for site in tumour.sites if site.attrs.get("lat")]
    same = [site for site in sided if site.code == tumour.topography.code]
    return next(iter(same or sided), None)


def _sizes(sizes: Sequence[Fact], tumour: TumourFacts, evidence: Evidence) -> list[Fact]:
    """Sizes of the tumour itself: what was named last before is no other site, and a current
    measure goes before an earlier one."""
    kinds = set(tumour.kinds)
    named = list(evidence.of("TOPOGRAPHY", "MORPHOLOGY"))
    starts = [fact.start for fact in named]
    own = []
    for size in sizes:
        index = bisect_right(starts, size.start)
        before = named[index - 1] if index else None
        if before is None or before in kinds:
            own.append(size)
        elif tumour.organ and before.code.startswith(tumour.organ):
            own.append(size)
        elif index < len(named) and _measures(size, named[index], tumour.organ):
            own.append(size)
        elif not tumour.organ and before.label == "MORPHOLOGY" and before.code[-1] in "23":
            own.append(size)
    return [size for size in own if not size.historical] or own


def _measures(size: Fact, site: Fact, organ: str) -> bool:
    """'lésion de 35 mm de l'antre': the site stands right after."""
    return bool(organ) and site.code.startswith(organ) and site.start - size.end < _RIGHT_AFTER


def _patient_fields(record: _Record, evidence: Evidence) -> None:
    status = fields.latest(f for f in evidence.of("PERFORMANCE_STATUS") if f.current)
    if status is not None:
        record.put("performance_status", status.code, [status])
    entries = fields.toxicities(f for f in evidence.of("TOXICITY") if f.current)
    if entries:
        record.fields["toxicities"] = [
            {"term": fact.code} | ({"grade": grade} if grade else {}) for fact, grade in entries
        ]
        for index, (fact, _) in enumerate(entries):
            record.evidence[f"/toxicities/{index}"] = [fact.id]
    record.put_list("drugs", [f for f in evidence.of("DRUG") if f.asserted])
    answer = fields.response(
        [f for f in evidence.of("RESPONSE") if f.current and f.section != "history"]
    )
    if answer is not None:
        record.put("response", answer.code, [answer])


def _family(record: _Record, view: TextView, evidence: Evidence, roles: Roles) -> None:
    """Relatives' cancers: the site joined to each type, the relative named last before it."""
    hits = cue_matcher("relatives").find(view)
    entries: list[dict[str, Any]] = []
    for kind in evidence.of("MORPHOLOGY"):
        if not kind.family or kind.negated or kind.hypothetical:
            continue
        site = roles.site_of.get(kind)
        before = [h for h in hits if 0 <= kind.start - h.end < _RELATIVE_REACH]
        entry: dict[str, Any] = {}
        if site is not None:
            entry["topography"] = site.code
        if before:
            entry["relation"] = before[-1].value.category
        if entry and entry not in entries:
            number = len(entries)
            entries.append(entry)
            record.evidence[f"/family_cancer_history/{number}"] = [
                fact.id for fact in (kind, site) if fact is not None
            ]
    if entries:
        record.fields["family_cancer_history"] = entries
