"""Codes in the words of a French oncologist."""

from __future__ import annotations

from typing import get_args

import pytest

from oncotext.export import wording
from oncotext.report import (
    FLAGS,
    LABELS,
    SECTION_LABELS,
    Derived,
    FamilyCancer,
    ReportType,
    ToxicityFact,
)


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("label", LABELS),
        ("section", SECTION_LABELS),
        ("flag", FLAGS),
        ("report_type", get_args(ReportType)),
        ("response", ("CR", "PR", "SD", "PD")),
    ],
)
def test_every_code_has_a_word(kind: str, codes: tuple[str, ...]) -> None:
    assert [code for code in codes if (kind, code) not in wording._words()] == []


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("ER=POSITIVE", "RE+"),
        ("HER2=NEGATIVE", "HER2-"),
        ("HER2=LOW", "HER2 low"),
        ("KI67=22", "Ki67 22 %"),
        ("KI67=<5", "Ki67 <5 %"),
        ("PSA=<0.01", "PSA < 0,01"),
        ("CA153=48", "CA 15-3 = 48"),
        ("KRAS=WILD_TYPE", "KRAS sauvage"),
        ("MSI=INSTABLE", "MSI"),
        ("OTHER", "OTHER"),
    ],
)
def test_biomarkers(value: str, shown: str) -> None:
    assert wording.biomarker(value) == shown


def test_classifications() -> None:
    assert wording.stage("ANN_ARBOR:IIIB") == "Ann Arbor IIIB"
    assert wording.stage("VALCSG:LIMITED") == "cancer à petites cellules limité"
    assert wording.grade("DIFFERENTIATION:POOR") == "peu différencié"
    assert wording.grade("BRESLOW:1.7") == "Breslow 1,7 mm"
    assert wording.performance("ECOG:1") == "OMS 1"
    assert wording.performance("KARNOFSKY:80") == "Karnofsky 80 %"


def test_names_come_from_the_lexicon() -> None:
    assert wording.morphology("8520/3").endswith("(8520/3)")
    assert "lobulaire" in wording.morphology("8520/3")
    assert wording.morphology("9999/9") == "9999/9"
    assert wording.site("C50.9", "left").startswith("sein, à gauche")
    assert wording.drug("tamoxifene") == "tamoxifène"
    assert wording.toxicity(ToxicityFact(term="Unheard of", grade=2)) == "Unheard of G2"


def test_relatives() -> None:
    mother = FamilyCancer(relation="mother", topography="C50.9")
    assert wording.relative(mother) == "mère : sein (C50.9)"
    assert wording.relative(FamilyCancer(relation="maternal aunt")).startswith("tante maternel")
    assert wording.relative(FamilyCancer()) == "cancer"


def test_derived_values_are_said_to_be_derived() -> None:
    fact = Derived(field="stage", value="UICC:IIB", agrees=False)
    assert wording.derived(fact) == "stade UICC IIB déduit, en désaccord avec le texte"
