"""Codes written in a report: ADICAP and ICD-O-3."""

from __future__ import annotations

import time
import unicodedata

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.language import Language

from oncotext.language.annotations import CodeData, codes_of
from oncotext.language.view import TextView
from oncotext.lexicon import load_concepts
from oncotext.mentions.codes import CodesPipe

PIPE = CodesPipe("codes")
ADICAP = load_concepts("adicap")
ORGANS = {c.id: c.code for c in ADICAP if c.label == "TOPOGRAPHY"}
LESIONS = {c.id: c.code for c in ADICAP if c.label == "MORPHOLOGY" and len(c.id) == 4}
OF_AN_ORGAN = {c.id: c.code for c in ADICAP if c.label == "MORPHOLOGY" and len(c.id) == 6}


def find(text: str) -> list[CodeData]:
    return list(PIPE.find(TextView(text)))


def codes(text: str) -> list[tuple[str, str]]:
    return [(code["system"], code["code"]) for code in find(text)]


# -- ADICAP -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "ADICAP : OHGSA7B1",
        "Code ADICAP : OHGSA7B1.",
        "code adicap (OHGSA7B1)",
        "Codification : OHGSA7B1",
        "Code lésionnel : OHGSA7B1",
        "CODAGE\nOHGSA7B1",
        "ADICAP OH GS A7B1",
        "ADICAP OHGS A7B1",
        "ADICAP : OH-GS-A7B1",
        "ADICAP : O H GS A7B1",
        "ADICAP : OHGSA7BI",  # a machine read 1 as I,
        "ADICAP : OHGSA7Bl",  # as l,
        "ADICAP : 0HGSA7B1",  # and O as 0
        "adicap : ohgsa7b1",
        "OHGSA7B1 (code ADICAP)",
        "ADICAP\u00a0: OHGSA7B1",
        unicodedata.normalize("NFD", "Codé : OHGSA7B1"),
    ],
)
def test_however_an_adicap_code_is_written(text: str) -> None:
    [code] = find(text)
    assert (code["system"], code["code"]) == ("ADICAP", "OHGSA7B1")
    assert (code["morphology"], code["topography"]) == ("8520/3", "C50.9")
    assert text[code["start"] : code["end"]] == code["text"]


@pytest.mark.parametrize("joint", [" ", "/", " / ", " - ", ", ", " ; ", "\n", " et ", " + "])
def test_several_codes(joint: str) -> None:
    text = "Codes ADICAP : " + joint.join(["PHDOE7T2", "OHDEA7N6", "OHSG AMA0"])
    assert [(c["code"], c["morphology"], c["topography"]) for c in find(text)] == [
        ("PHDOE7T2", "8071/3", "C15.9"),
        ("OHDEA7N6", "8490/3", "C16.9"),
        ("OHSGAMA0", "8140/6", "C77.9"),
    ]


def test_a_lesion_alone_and_a_code_without_sampling_and_technique() -> None:
    assert codes("ADICAP : A7A0") == [("ADICAP", "A7A0")]
    assert codes("CODE ADICAP DE A7A0") == [("ADICAP", "A7A0")]
    [code] = find("ADICAP : URA7K2")
    assert (code["morphology"], code["topography"]) == ("8310/3", "C64.9")


def test_a_lesion_may_mean_another_histology_in_an_organ() -> None:
    [kidney, pituitary] = find("ADICAP : OHURA7H8, OHEHA7H8")
    assert (kidney["morphology"], pituitary["morphology"]) == ("8317/3", "8270/3")


def test_a_whole_code_counts_whose_lesion_has_no_certain_counterpart() -> None:
    [code] = find("ADICAP : OHDCA7M4")
    assert (code["code"], code["morphology"], code["topography"]) == ("OHDCA7M4", None, "C18.9")
    assert find("Code : OHDCA7M4") == []


@pytest.mark.parametrize(
    "text",
    [
        "OHGSA7B1",
        "Dossier BHGSA7B1 reçu ce jour",
        "ADICAP non renseigné",
        "ADICAP : OHGS7400",  # no tumour
        "ADICAP : pT2 N0 M0",
        "ADICAP : OHQQA7M4",
        "Codéine, paracétamol : A7A0",
        "Code barre : AB12C3D4",
        "Code CCAM : QEFA008",
        "ADICAP\n\nOHGSA7B1",
        "ADICAP " + "x " * 80 + "OHGSA7B1",
    ],
)
def test_what_is_no_adicap_code(text: str) -> None:
    assert find(text) == []


@given(st.sampled_from(sorted(ORGANS)), st.sampled_from(sorted(LESIONS)), st.booleans())
def test_every_organ_and_lesion_is_read(organ: str, lesion: str, lower: bool) -> None:
    text = f"ADICAP : BH{organ}{lesion}"
    [code] = find(text.lower() if lower else text)
    assert code["code"] == f"BH{organ}{lesion}"
    assert code["topography"] == ORGANS[organ]
    assert code["morphology"] == OF_AN_ORGAN.get(organ + lesion, LESIONS[lesion])


# -- ICD-O-3 ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CIM-O : 8140/3", ["8140/3"]),
        ("CIM O 8140/3", ["8140/3"]),
        ("code CIM-O-3 8140/3", ["8140/3"]),
        ("ICD-O-3 : 8140 / 3", ["8140/3"]),
        ("CIM-0 : 814O/3", ["8140/3"]),
        ("M-8140/3", ["8140/3"]),
        ("M8140/3.", ["8140/3"]),
        ("Morphologie : 8140/3", ["8140/3"]),
        ("Codification 8140/32", ["8140/3"]),  # the sixth digit is the grade
        ("8140/3 (CIM-O-3)", ["8140/3"]),
        ("CIM-O-3 : C18.7, M-8140/3", ["C18.7", "8140/3"]),
        ("C18.7 M-8140/3", ["C18.7", "8140/3"]),
        ("Codage : 8140/3 - C18.7", ["8140/3", "C18.7"]),
        ("Codage : 8140/3 T : C187", ["8140/3", "C18.7"]),
        ("Topographie : C18.7", ["C18.7"]),
        ("CIM-O-3 T : C18.7", ["C18.7"]),
        ("code topographique C18,7", ["C18.7"]),
        ("CIM-O : C5O.4", ["C50.4"]),
        ("CIM-O : C50", ["C50"]),
    ],
)
def test_however_an_icd_o_code_is_written(text: str, expected: list[str]) -> None:
    found = find(text)
    assert [code["code"] for code in found] == expected
    for code in found:
        assert text[code["start"] : code["end"]] == code["text"]
        system, value = ("T", "topography") if code["code"][0] == "C" else ("M", "morphology")
        assert code["system"] == f"ICD-O-3-{system}"
        assert code[value][:3] == code["code"][:3]  # type: ignore[literal-required]


def test_an_organ_has_its_site_without_precision() -> None:
    [code] = find("CIM-O : C50")
    assert (code["code"], code["topography"]) == ("C50", "C50.9")


@pytest.mark.parametrize(
    "text",
    [
        "Le 8500/3 est un rapport.",
        "PNN 8140/3",
        "Code patient 48140/3",
        "Code 8140/3/2021",
        "Code 8140/3,5",
        "Code 8999/3",
        "CIM-O : 9999/3",
        "Morphologie : C18.7",
        "Topographie : C18",
        "Fracture de C4, C50 en vue",
        "Topographie C4-C5",
        "CIM-O : C99.9",
        "CIM-10 : C18.7",
        "CIM-O-3 et CIM-10 : C18.7",
        "Codes PMSI : 8140/3",
        "C18.7",
    ],
)
def test_what_is_no_icd_o_code(text: str) -> None:
    assert find(text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Adénocarcinome (8140/3).", True),
        ("Adénocarcinome du rectum [8140/3]", True),
        ("Adénocarcinome. Rapport (8140/3)", False),
        ("Rectum (8140/3)", False),
        ("Adénocarcinome 8140/3", False),
    ],
)
def test_in_brackets_behind_a_histology(nlp: Language, text: str, found: bool) -> None:
    assert bool(codes_of(nlp(text))) is found


# -- the pipe -----------------------------------------------------------------------------


def test_codes_are_on_the_doc_and_make_no_mentions() -> None:
    nlp = spacy.blank("xx")
    nlp.add_pipe("oncotext.codes")
    doc = nlp("ADICAP : OHGSA7B1")
    assert doc._.codes == [
        {"start": 9, "end": 17, "text": "OHGSA7B1", "system": "ADICAP", "code": "OHGSA7B1",
         "morphology": "8520/3", "topography": "C50.9"}
    ]  # fmt: skip
    assert doc._.report.mentions == []
    assert nlp("Rien.")._.codes == []
    assert nlp.make_doc("ADICAP : OHGSA7B1")._.codes == []


@given(st.text(st.sampled_from("ADICP : OHGSA7B1/-850/3C4.m\n(é"), max_size=60))
def test_any_text_gives_codes_in_order_that_do_not_overlap(text: str) -> None:
    end = 0
    for code in find(f"ADICAP {text}"):
        assert end <= code["start"] < code["end"]
        end = code["end"]


@pytest.mark.parametrize(
    "piece", ["code ", "/3 ", "8140/3 ", "M-8140/3 C18.7 ", "ADICAP OHGSA7B1 ", "A7", "(8140/3 "]
)
def test_time_grows_with_the_text_only(piece: str) -> None:
    def seconds(times: int) -> float:
        view = TextView(piece * times)
        begin = time.process_time()
        list(PIPE.find(view))
        return time.process_time() - begin

    seconds(10)
    assert seconds(40_000) < 9 * seconds(10_000) + 0.1


# -- the table ----------------------------------------------------------------------------


def test_the_table_is_of_organs_and_lesions() -> None:
    for concept in ADICAP:
        length = 2 if concept.label == "TOPOGRAPHY" else 4
        assert len(concept.id) == length or (concept.id[:2] in ORGANS and len(concept.id) == 6)
        assert concept.id == concept.id.upper()
    assert len(ORGANS) > 90
    assert len(LESIONS) > 800


def test_the_histologies_and_sites_of_the_table_are_known_to_the_lexicon() -> None:
    numbers = {concept.code[:4] for concept in load_concepts("histology")}
    sites = {concept.code for concept in load_concepts("topography")}
    assert {code for code in LESIONS.values() if code[:4] not in numbers} == set()
    assert {code for code in ORGANS.values() if code not in sites} == set()


def test_behaviours_are_those_that_the_lesion_says() -> None:
    """The second sign of a lesion: benign, uncertain, in situ, invasive, metastatic; a note
    stands where ICD-O has another."""
    said = {"0": "01", "1": "0", "2": "0", "4": "1", "5": "2", "6": "3", "7": "3", "9": "9"}
    for concept in ADICAP:
        if concept.label == "MORPHOLOGY":
            usual = concept.code[-1] in said.get(concept.id[-3], "6")
            assert usual == (not concept.note), concept
