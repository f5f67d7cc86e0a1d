"""What is kept where facts repeat, complete or replace one another."""

from __future__ import annotations

from typing import Any

import pytest

from oncotext.records import fields
from oncotext.records.evidence import Fact
from oncotext.records.rules import record_rules


def fact(code: str, at: int = 0, label: str = "TNM", **more: Any) -> Fact:
    given: dict[str, Any] = {"section": "other", "attrs": {}}
    given |= dict.fromkeys(("negated", "hypothetical", "historical", "family"), False) | more
    return Fact(id=f"T{at}", label=label, code=code, start=at, end=at + 1, **given)


def facts(*codes: str, **more: Any) -> list[Fact]:
    return [fact(code, at, **more) for at, code in enumerate(codes)]


@pytest.mark.parametrize(
    ("codes", "kept"),
    [
        (["pT2 pN1 M0"], ["pT2 pN1 M0"]),
        (["pT2", "pT2 pN1 M0"], ["pT2 pN1 M0"]),
        (["cT2 cN0 cM0", "pT3 pN1"], ["cT2 cN0 cM0", "pT3 pN1"]),
        (["pT2"], ["pT2"]),
        ([], []),
    ],
)
def test_tnm_keeps_the_complete_expression_of_each_prefix(
    codes: list[str], kept: list[str]
) -> None:
    assert [f.code for f in fields.tnm(facts(*codes))] == kept


def test_grades_of_a_conclusion_win_within_their_system() -> None:
    found = [fact("SBR:3", 0), fact("SBR:2", 1, section="conclusion"), fact("GLEASON:7", 2)]
    assert [f.code for f in fields.grades(found, "8500/3")] == ["SBR:2", "GLEASON:7"]


def test_grades_that_disagree_are_all_kept() -> None:
    assert [f.code for f in fields.grades(facts("SBR:2", "SBR:3"), "8500/3")] == ["SBR:2", "SBR:3"]


def test_the_grade_of_an_in_situ_focus_is_dropped_beside_an_invasive_tumour() -> None:
    found = facts("DCIS:HIGH", "SBR:2")
    assert [f.code for f in fields.grades(found, "8500/3")] == ["SBR:2"]
    assert "DCIS:HIGH" in [f.code for f in fields.grades(found, "8500/2")]


def test_the_last_dosage_of_a_serum_marker_and_no_other_marker() -> None:
    found = facts("PSA=4", "PSA=12", "OTHER=POSITIVE", "ER=POSITIVE")
    assert sorted(f.code for f in fields.biomarkers(found, record_rules())) == [
        "ER=POSITIVE",
        "PSA=12",
    ]


def test_a_definite_result_replaces_a_provisional_one() -> None:
    rules = record_rules()
    found = facts("HER2=EQUIVOCAL", "HER2=AMPLIFIED")
    assert [f.code for f in fields.biomarkers(found, rules)] == ["HER2=AMPLIFIED"]
    assert [f.code for f in fields.biomarkers(found[:1], rules)] == ["HER2=EQUIVOCAL"]


def test_the_latest() -> None:
    last = fields.latest(facts("ECOG:0", "ECOG:2"))
    assert last is not None
    assert last.code == "ECOG:2"
    assert fields.latest([]) is None


def test_a_response_of_the_conclusion_wins() -> None:
    found = [fact("PD", 0, section="imaging"), fact("PR", 1, section="conclusion"), fact("SD", 2)]
    answer = fields.response(found)
    assert answer is not None
    assert answer.code == "PR"
    assert fields.response([]) is None


def test_one_entry_a_toxicity_with_its_highest_grade() -> None:
    found = [
        fact("Nausea", 0, attrs={"grade": "1"}),
        fact("Nausea", 1, attrs={"grade": "3"}),
        fact("Nausea", 2),
        fact("Fatigue", 3),
    ]
    assert [(f.code, grade) for f, grade in fields.toxicities(found)] == [
        ("Nausea", 3),
        ("Fatigue", None),
    ]


def test_asserted_and_current() -> None:
    assert fact("x").current
    assert fact("x", historical=True).asserted
    assert not fact("x", historical=True).current
    for flag in ("negated", "hypothetical", "family"):
        assert not fact("x", **{flag: True}).asserted
