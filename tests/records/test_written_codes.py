"""Codes that a report writes, held against the tumours read from its words; improbable pairs."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacy.language import Language

from oncotext.lexicon import load_concepts
from oncotext.linking.plausibility import plausible
from oncotext.records.written_codes import same_histology, same_site
from oncotext.report import Derived, Tumor, read_jsonl

HISTOLOGIES = sorted({concept.code for concept in load_concepts("histology")})
SITES = sorted({concept.code for concept in load_concepts("topography")})


def tumors(nlp: Language, text: str) -> list[Tumor]:
    found: list[Tumor] = nlp(text)._.report.record.tumors
    return found


def said(tumor: Tumor) -> list[tuple[str, str, str, bool | None]]:
    return [(d.field, d.value, d.rule, d.agrees) for d in tumor.derived]


# -- agreement ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("8500/3", "8500/3", True),
        ("8140/3", "8500/3", True),
        ("8000/3", "8890/3", True),
        ("8010/3", "8070/3", True),
        ("8070/3", "8071/3", True),
        ("8120/3", "8130/3", True),
        ("9590/3", "9680/3", True),
        ("8500/2", "8500/3", False),  # in situ is not invasive
        ("8140/2", "8500/3", False),
        ("8500/3", "8520/3", False),
        ("8140/3", "8070/3", False),
        ("8010/3", "8890/3", False),
    ],
)
def test_histologies_agree(first: str, second: str, same: bool) -> None:
    assert same_histology(first, second) is same
    assert same_histology(second, first) is same


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("C50.4", "C50.4", True),
        ("C50.9", "C50.4", True),
        ("C50.8", "C50.4", True),
        ("C41.9", "C40.2", True),
        ("C55.9", "C54.1", True),
        ("C71.0", "C71.2", True),
        ("C50.2", "C50.4", False),
        ("C18.9", "C20.9", False),
        ("C54.1", "C53.9", False),
    ],
)
def test_sites_agree(first: str, second: str, same: bool) -> None:
    assert same_site(first, second) is same
    assert same_site(second, first) is same


@given(st.sampled_from(HISTOLOGIES), st.sampled_from(HISTOLOGIES))
def test_histologies_agree_both_ways_and_with_themselves(first: str, second: str) -> None:
    assert same_histology(first, first)
    assert same_histology(first, second) == same_histology(second, first)


@given(st.sampled_from(SITES), st.sampled_from(SITES))
def test_sites_agree_both_ways_and_with_themselves(first: str, second: str) -> None:
    assert same_site(first, first)
    assert same_site(first, second) == same_site(second, first)


# -- in the record ------------------------------------------------------------------------

BREAST = "Conclusion : carcinome lobulaire infiltrant du sein droit, pT1c.\n"


def test_a_code_that_agrees(nlp: Language) -> None:
    doc = nlp(BREAST + "ADICAP : OHGSA7B1")
    [tumor] = doc._.report.record.tumors
    assert said(tumor) == [
        ("morphology", "8520/3", "adicap:A7B1", True),
        ("topography", "C50.9", "adicap:GS", True),
    ]
    surfaces = {mention.id: mention.text for mention in doc._.report.mentions}
    assert [[surfaces[id] for id in d.evidence] for d in tumor.derived] == [
        ["carcinome lobulaire infiltrant"],
        ["sein droit"],
    ]
    assert tumor.flags == []


def test_codes_of_icd_o(nlp: Language) -> None:
    [tumor] = tumors(nlp, BREAST + "CIM-O-3 : C50.9, M-8520/3")
    assert said(tumor) == [
        ("topography", "C50.9", "icd-o-3:C50.9", True),
        ("morphology", "8520/3", "icd-o-3:8520/3", True),
    ]


@pytest.mark.parametrize(
    ("code", "flag"),
    [
        (
            "ADICAP : OHGSA7B2",
            "written code ADICAP OHGSA7B2 disagrees: morphology 8500/3 against 8520/3",
        ),
        (
            "ADICAP : OHDCA7B1",
            "written code ADICAP OHDCA7B1 disagrees: topography C18.9 against C50.9",
        ),
        (
            "CIM-O-3 : 8520/2",
            "written code ICD-O-3-M 8520/2 disagrees: morphology 8520/2 against 8520/3",
        ),
    ],
)
def test_a_code_that_disagrees_changes_nothing_and_is_flagged(
    nlp: Language, code: str, flag: str
) -> None:
    [plain] = tumors(nlp, BREAST)
    [tumor] = tumors(nlp, BREAST + code)
    assert tumor.flags == [flag]
    assert False in [d.agrees for d in tumor.derived]
    assert tumor.model_copy(update={"derived": [], "flags": []}) == plain


def test_other_lesions_of_the_same_specimen_are_no_disagreement(nlp: Language) -> None:
    # an in situ component, a node, a benign lesion
    [tumor] = tumors(nlp, BREAST + "ADICAP : OHGSA7B1 / OHGSA5B1 / OHSGAMA0 / OHGSA0P5 / OHDCA0H9")
    assert said(tumor) == [
        ("morphology", "8520/3", "adicap:A7B1", True),
        ("topography", "C50.9", "adicap:GS", True),
        ("morphology", "8520/2", "adicap:A5B1", False),
    ]
    assert tumor.flags == []


def test_each_code_goes_to_the_tumour_that_it_agrees_with(nlp: Language) -> None:
    text = (
        "Conclusion :\n- carcinome urothélial de la vessie, haut grade.\n"
        "- adénocarcinome acineux de la prostate, Gleason 3+3.\nADICAP : KHUVU7A3 / OHHPA7A4"
    )
    found = {tumor.topography: said(tumor) for tumor in tumors(nlp, text)}
    assert set(found) == {"C67.9", "C61.9"}
    assert [rule for _, _, rule, _ in found["C67.9"]] == ["adicap:U7A3", "adicap:UV"]
    assert [rule for _, _, rule, _ in found["C61.9"]] == ["adicap:A7A4", "adicap:HP"]


def test_between_several_tumours_a_code_that_fits_none_is_left_out(nlp: Language) -> None:
    text = (
        "Conclusion :\n- carcinome urothélial de la vessie, haut grade.\n"
        "- adénocarcinome acineux de la prostate, Gleason 3+3.\nCIM-O-3 : 8720/3"
    )
    found = tumors(nlp, text)
    assert len(found) == 2
    assert [tumor.derived for tumor in found] == [[], []]


def test_a_code_for_what_the_words_do_not_say_neither_agrees_nor_not(nlp: Language) -> None:
    [tumor] = tumors(nlp, "Conclusion : carcinome lobulaire infiltrant.\nADICAP : OHGSA7B1")
    assert tumor.topography is None
    assert tumor.derived[1] == Derived(field="topography", value="C50.9", rule="adicap:GS")


def test_a_code_makes_no_tumour(nlp: Language) -> None:
    assert tumors(nlp, "Prélèvement reçu.\nADICAP : OHGSA7B1") == []


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        (
            "Antécédent de carcinome à cellules de Merkel du rein gauche en 2010.",
            ["improbable site and histology: C64.9 with 8247/3"],
        ),
        ("Conclusion : carcinome hépatocellulaire du foie.", []),
        ("Conclusion : carcinome du sein gauche.", []),
        ("Conclusion : lymphome diffus à grandes cellules B de la surrénale.", []),
    ],
)
def test_improbable_pairs_are_flagged(nlp: Language, text: str, flags: list[str]) -> None:
    [tumor] = tumors(nlp, text)
    assert tumor.topography
    assert tumor.morphology
    assert tumor.flags == flags


@pytest.mark.parametrize("corpus", ["oncotext-gold", "oncotext-gold-h"])
def test_the_gold_has_no_improbable_pair(corpus: str) -> None:
    reports = read_jsonl(Path(__file__).parents[2] / "corpora" / corpus / "gold.jsonl")
    pairs = [
        (tumor.topography, tumor.morphology)
        for report in reports
        for tumor in report.record.tumors
        if tumor.topography and tumor.morphology
    ]
    assert pairs
    assert [pair for pair in pairs if plausible(*pair) is False] == []
