"""Codes that a report writes, held against the tumours read from its words.

What a code says is a derived value: it never becomes a tumour's morphology or topography. Code
and tumour agree on a field where their codes are equal, or where one of the two is the less
precise word for the other (``lexicon/agreement_rules.tsv``): an unspecified type with the same
behaviour ('adénocarcinome' and 'carcinome canalaire'), a site of the organ without precision.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from oncotext.language.annotations import CodeData
from oncotext.lexicon import load_cues
from oncotext.linking.ranges import histologies
from oncotext.records.evidence import Fact
from oncotext.records.tumours import TumourFacts

# Sites of which a specimen or a report may be without its tumour beginning there.
_NODES, _ILL_DEFINED = "C77", ("C76", "C80")
_HAEMATOLOGICAL = "9590"
_FIELDS = ("morphology", "topography")
_PREFIX = {"ADICAP": "adicap", "ICD-O-3-M": "icd-o-3", "ICD-O-3-T": "icd-o-3"}


def add_written_codes(
    entries: Sequence[dict[str, Any]], tumours: Sequence[TumourFacts], codes: Sequence[CodeData]
) -> None:
    """Write ``derived`` values, and ``flags`` where they disagree, into tumours' entries.

    A code belongs to the tumour that it agrees with on most fields, else to the only current
    one; between several it is left out, as are codes of metastases and those of a benign lesion
    beside the tumour. A disagreement is flagged where no other code of the tumour agrees on the
    field: the codes of a report name its in situ component and its other lesions too.

    Parameters
    ----------
    entries : sequence of dict
        The tumours of a record as plain values; changed in place.
    tumours : sequence of TumourFacts
        What they were made of, in the same order.
    codes : sequence of CodeData
    """
    said: dict[int, list[tuple[CodeData, dict[str, Any]]]] = {}
    for code in codes:
        index = _owner(code, tumours)
        if index is not None:
            said.setdefault(index, []).extend(
                (code, value) for value in _said(code, tumours[index])
            )
    for index, values in said.items():
        entry = entries[index]
        agreed = {value["field"] for _, value in values if value.get("agrees")}
        for code, value in values:
            if value in entry.setdefault("derived", []):
                continue
            entry["derived"].append(value)
            field = value["field"]
            if value.get("agrees") is False and field not in agreed:
                entry.setdefault("flags", []).append(
                    f"written code {code['system']} {code['code']} disagrees: "
                    f"{field} {value['value']} against {entry[field]}"
                )


def _owner(code: CodeData, tumours: Sequence[TumourFacts]) -> int | None:
    """The index of the tumour that a code is said of."""
    behaviour = _behaviour(code)
    if behaviour in "69":
        return None
    counts = [
        sum(_agrees(field, code[field], _own(tumour, field)) is True for field in _FIELDS)  # type: ignore[literal-required]
        for tumour in tumours
    ]
    best = max(counts, default=0)
    if best:
        owners = [index for index, count in enumerate(counts) if count == best]
    else:
        owners = [index for index, tumour in enumerate(tumours) if not tumour.historical]
    if len(owners) != 1:
        return None
    owner = tumours[owners[0]]
    if behaviour in "01" and not _agrees("morphology", code["morphology"], owner.morphology):
        return None  # of another lesion
    return owners[0]


def _behaviour(code: CodeData) -> str:
    """The behaviour that a code says, as the fifth digit of ICD-O-3; of a lesion of ADICAP that
    has no counterpart there, by its second sign."""
    if code["morphology"]:
        return code["morphology"][-1]
    if code["system"] != "ADICAP":
        return "3"
    sign = code["code"][-3]
    return "0" if sign in "0123" else {"4": "1", "5": "2", "M": "6", "9": "9"}.get(sign, "3")


def _said(code: CodeData, tumour: TumourFacts) -> Iterator[dict[str, Any]]:
    """What a code derives for a tumour: `oncotext.report.Derived` as plain values."""
    for field in _FIELDS:
        value: str | None = code[field]  # type: ignore[literal-required]
        if value is None or (field == "topography" and not _comparable(value, tumour)):
            continue
        own = _own(tumour, field)
        facts = tumour.kinds if field == "morphology" else tumour.sites
        derived: dict[str, Any] = {
            "field": field,
            "value": value,
            "rule": f"{_PREFIX[code['system']]}:{_part(code, field)}",
        }
        evidence = [fact.id for fact in facts if own is not None and fact.code == own.code]
        agrees = _agrees(field, value, own)
        if evidence:
            derived["evidence"] = evidence
        if agrees is not None:
            derived["agrees"] = agrees
        yield derived


def _part(code: CodeData, field: str) -> str:
    """The part of a code that says a field: of ADICAP's, the lesion or the organ."""
    if code["system"] != "ADICAP":
        return code["code"]
    return code["code"][-4:] if field == "morphology" else code["code"][-6:-4]


def _own(tumour: TumourFacts, field: str) -> Fact | None:
    return tumour.morphology if field == "morphology" else tumour.topography


def _comparable(site: str, tumour: TumourFacts) -> bool:
    """Whether a coded site may be the tumour's: a node may hold a metastasis."""
    kind = tumour.morphology
    if site.startswith(_NODES):
        return kind is not None and kind.code >= _HAEMATOLOGICAL
    return not site.startswith(_ILL_DEFINED)


def _agrees(field: str, value: str | None, own: Fact | None) -> bool | None:
    """Whether a code and a tumour's own agree on a field; None where one of them is silent."""
    if value is None or own is None:
        return None
    return (same_histology if field == "morphology" else same_site)(value, own.code)


def same_histology(first: str, second: str) -> bool:
    """Whether two histologies are equal, or one is the less precise word for the other.

    Examples
    --------
    >>> same_histology("8140/3", "8500/3"), same_histology("8500/2", "8500/3")
    (True, False)
    """
    if first == second:
        return True
    covers, (one, other) = _rules().histologies, (int(first[:4]), int(second[:4]))
    covered = other in covers.get(one, ()) or one in covers.get(other, ())
    return first[-1] == second[-1] and covered


def same_site(first: str, second: str) -> bool:
    """Whether two sites are equal, or one is the less precise word for the other.

    Examples
    --------
    >>> same_site("C50.9", "C50.4"), same_site("C50.2", "C50.4")
    (True, False)
    """
    return first == second or _wider(first, second) or _wider(second, first)


def _wider(site: str, other: str) -> bool:
    if site[:3] == other[:3] and site[-1] in "89":
        return True
    covered = _rules().sites.get(site, frozenset())
    return other in covered or other[:3] in covered


@dataclass(frozen=True)
class _Rules:
    """What unspecified histologies and sites cover."""

    histologies: Mapping[int, frozenset[int]]
    sites: Mapping[str, frozenset[str]]


@cache
def _rules() -> _Rules:
    rows = load_cues("agreement_rules")
    return _Rules(
        {
            int(r.literal): frozenset(histologies(r.scope))
            for r in rows
            if r.category == "histology"
        },
        {r.literal: frozenset(r.scope.split()) for r in rows if r.category == "site"},
    )
