"""The stage that a TNM implies, beside the written one."""

from __future__ import annotations

from typing import Any

import pytest

from oncotext.records.derived_stage import derive_stages
from oncotext.records.evidence import Fact


def fact(code: str, number: int, **attrs: str) -> Fact:
    flags = dict.fromkeys(("negated", "hypothetical", "historical", "family"), False)
    return Fact(
        id=f"T{number}", label="TNM", code=code, start=number, end=number + 1,
        section="conclusion", attrs=attrs, **flags,
    )  # fmt: skip


def derived(tumour: dict[str, Any], **attrs: str) -> dict[str, Any]:
    tumour = {"event": "primary"} | tumour
    before = {key: value for key, value in tumour.items() if key not in ("derived", "flags")}
    derive_stages(tumour, [fact(code, at, **attrs) for at, code in enumerate(tumour["tnm"], 1)])
    assert {k: v for k, v in tumour.items() if k not in ("derived", "flags")} == before
    return tumour


def test_a_group_names_its_table_and_its_mentions() -> None:
    found = derived({"topography": "C50.4", "morphology": "8500/3", "tnm": ["pT2 pN1 M0"]})
    assert found["derived"] == [
        {"field": "stage", "value": "UICC:IIB", "rule": "breast-8", "evidence": ["T1"]}
    ]
    assert "flags" not in found


@pytest.mark.parametrize(
    ("stages", "agrees"),
    [
        (["UICC:IIB"], True),
        (["UICC:II"], True),
        (["UICC:IIIA", "UICC:IIB"], True),
        (["UICC:IIIA"], False),
        (["UICC:I"], False),
        (["FIGO:II"], None),
    ],
)
def test_agreement_with_the_written_stage(stages: list[str], agrees: bool | None) -> None:
    found = derived({"topography": "C50.4", "tnm": ["pT2 pN1 M0"], "stages": stages})
    assert found["derived"][0].get("agrees") is agrees
    assert ("flags" in found) is (agrees is False)


def test_a_disagreement_is_flagged_in_words() -> None:
    found = derived({"topography": "C50.4", "tnm": ["pT2 pN1 M0"], "stages": ["UICC:IIIA"]})
    assert found["flags"] == ["stage UICC:IIIA written, UICC:IIB implied by pT2 pN1 M0"]


@pytest.mark.parametrize(
    "tnm", [["pT2 pN1 M0", "cT3 cN1 cM0"], ["ypT1 ypN0"]], ids=["another agrees", "y"]
)
def test_what_is_not_flagged(tnm: list[str]) -> None:
    found = derived({"topography": "C50.4", "tnm": tnm, "stages": ["UICC:IIIA"]})
    assert False in [entry["agrees"] for entry in found["derived"]]
    assert "flags" not in found


def test_earlier_derived_values_and_flags_are_kept() -> None:
    earlier = {"field": "morphology", "value": "8500/3"}
    found = derived(
        {
            "topography": "C50.4",
            "tnm": ["pT2 pN1 M0"],
            "stages": ["UICC:I"],
            "derived": [earlier],
            "flags": ["improbable"],
        }
    )
    assert [entry["field"] for entry in found["derived"]] == ["morphology", "stage"]
    assert len(found["flags"]) == 2


@pytest.mark.parametrize(
    "tumour",
    [
        {"tnm": ["pT2 pN1 M0"]},
        {"topography": "C50.4", "tnm": ["pT2"]},
        {"topography": "C50.4", "tnm": ["M1"]},
        {"topography": "C71.1", "tnm": ["pT2 pN0"]},
        {"topography": "C50.4", "tnm": ["pT2 pN1"], "metastatic_sites": ["C22.0"]},
        {"topography": "C50.4", "tnm": ["pT2 pN1 MX"], "stages": ["UICC:IV"]},
        {"topography": "C50.4", "tnm": ["pT2 pN1"], "event": "metastasis"},
        {"topography": "C10.9", "tnm": ["cT2 cN1 cM0"]},
    ],
)
def test_nothing_is_derived_from_what_does_not_determine_it(tumour: dict[str, Any]) -> None:
    found = derived(tumour)
    assert "derived" not in found
    assert "flags" not in found


@pytest.mark.parametrize(("edition", "value"), [("7", "UICC:IIA"), ("8", "UICC:IIB"), ("9", None)])
def test_the_edition_that_the_report_names(edition: str, value: str | None) -> None:
    found = derived({"topography": "C34.1", "tnm": ["cT2a cN1 cM0"]}, edition=edition)
    assert [entry["value"] for entry in found.get("derived", [])] == ([value] if value else [])


@pytest.mark.parametrize(
    ("tumour", "value"),
    [
        ({"topography": "C10.9", "tnm": ["cT2 cN1"], "biomarkers": ["P16=POSITIVE"]}, "UICC:I"),
        ({"topography": "C10.9", "tnm": ["cT2 cN1"], "biomarkers": ["P16=NEGATIVE"]}, "UICC:III"),
        ({"topography": "C49.2", "tnm": ["pT2 pN0"], "morphology": "8850/3",
          "grades": ["FNCLCC:3"]}, "UICC:IIIA"),
    ],
)  # fmt: skip
def test_what_the_record_knows_counts(tumour: dict[str, Any], value: str) -> None:
    assert derived(tumour)["derived"][0]["value"] == value
