"""Reading laboratory values: names, units, limits of the report, what is no value."""

from __future__ import annotations

import pickle
from pathlib import Path
from time import process_time
from typing import Any

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st

from oncotext.language.annotations import set_sections
from oncotext.language.tokenizer import OncoFrench
from oncotext.lexicon.loader import CONCEPT_COLUMNS
from oncotext.mentions.laboratory import LaboratoryPipe

PIPE = LaboratoryPipe("laboratory")
NLP = OncoFrench()


def read(text: str) -> list[dict[str, Any]]:
    values = PIPE(NLP(text))._.laboratory
    for value in values:
        assert text[value["start"] : value["end"]] == value["text"]
    return values


def graded(text: str) -> list[tuple[str, int]]:
    return [(v["term"], v["grade"]) for v in read(text) if v["grade"]]


HB, PNN, PLT = "Anemia", "Neutrophil count decreased", "Platelet count decreased"
ALT, AST = "Alanine aminotransferase increased", "Aspartate aminotransferase increased"
CREAT, BILI = "Creatinine increased", "Blood bilirubin increased"
WBC, CKD, EF = "White blood cell decreased", "Chronic kidney disease", "Ejection fraction decreased"


@pytest.mark.parametrize(
    ("text", "analyte", "value", "unit"),
    [
        ("PNN 0,7 G/L", "neutrophils", 0.7, "G/L"),
        ("PNN : 406/ mm3", "neutrophils", 0.406, "G/L"),
        ("PNN = 1.500/mm³", "neutrophils", 1.5, "G/L"),
        ("PNN 1.500 G/L", "neutrophils", 1.5, "G/L"),
        ("Polynucléaires neutrophiles\u00a0: 0,19 ×10⁹/L", "neutrophils", 0.19, "G/L"),
        ("PNN (G/l) : 6.55", "neutrophils", 6.55, "G/L"),
        ("Hb : 9,8 g/dl", "haemoglobin", 9.8, "g/dL"),
        ("HB 98 g/L", "haemoglobin", 9.8, "g/dL"),
        ("Hb 6,1 mmol/L", "haemoglobin", 6.1, "mmol/L"),
        ("hémoglobine (Hb) à 9,9 g/100 ml", "haemoglobin", 9.9, "g/dL"),
        ("Hb (g/dL)\t\t12,6", "haemoglobin", 12.6, "g/dL"),
        ("11,2g/dL d'hémoglobine", "haemoglobin", 11.2, "g/dL"),
        ("plaquettes à 45 000/mm3", "platelets", 45, "G/L"),
        ("plaquettes à 45\u202f000 / mm3", "platelets", 45, "G/L"),
        ("plaquettes à 45\u2009000/µL", "platelets", 45, "G/L"),
        ("Pq 45.000", "platelets", 45, "G/L"),
        ("45 000 plaquettes/mm3", "platelets", 45, "G/L"),
        ("plq\n45 giga/L", "platelets", 45, "G/L"),
        ("plt 45 x 10^9/L", "platelets", 45, "G/L"),
        ("plaquettes 45 x 10³/µL", "platelets", 45, "G/L"),
        ("GB 2500 / mm3", "leukocytes", 2.5, "G/L"),
        ("K+ 2,9", "potassium", 2.9, "mmol/L"),
        ("K 2,9 mEq/L", "potassium", 2.9, "mmol/L"),
        ("Na à 128", "sodium", 128, "mmol/L"),
        ("Na+ : 128 mmol/l", "sodium", 128, "mmol/L"),
        ("créat 12 mg/L", "creatinine", 106.08, "µmol/L"),
        ("Créatininémie 180 micromol/l", "creatinine", 180, "µmol/L"),
        ("clairance de la créatinine 56 ml/min", "gfr", 56, "ml/min"),
        ("DFG (CKD-EPI) 44 mL/min/1,73 m²", "gfr", 44, "ml/min"),
        ("SGPT 1 250 UI/L", "alt", 1250, "UI/L"),
        ("ALAT 2 µkat/L", "alt", 120, "UI/L"),
        ("bili T 20 mg/L", "bilirubin", 34.2, "µmol/L"),
        ("Calcémie corrigée 3,05", "calcium-corrected", 3.05, "mmol/L"),
        ("calcémie 81 mg/L", "calcium", 8.1, "mg/dL"),
        ("Mg2+ 0,45 mmol/L", "magnesium", 0.45, "mmol/L"),
        ("glycémie 0,45 g/L", "glucose", 45, "mg/dL"),
        ("albumine 2,6 g/dL", "albumin", 26, "g/L"),
        ("TCA 55 sec", "aptt", 55, "s"),
        ("ratio TCA 1,6", "aptt", 1.6, "ratio"),
        ("FEVG à 38 %", "lvef", 38, "%"),
        ("FEVG 45-50%", "lvef", 47.5, "%"),
        ("T° 38,2", "temperature", 38.2, "°C"),
        ("Température 36ºC", "temperature", 36, "°C"),
        ("fébrile à 39 degrés", "temperature", 39, "°C"),
        ("protéinurie 1,2 g/24h", "proteinuria", 1.2, "g/24h"),
        ("protéinurie des 24 heures : 850 mg/24 h", "proteinuria", 0.85, "g/24h"),
        ("perte de poids de 6 kg en 3 mois (10 %)", "weight-loss", 10, "%"),
        ("8 selles/j contre 1 habituellement", "stools", 7, "/j"),
        ("ASAT x 3", "ast", 3, "x LSN"),
        ("ASAT à 3 fois la normale", "ast", 3, "x LSN"),
        ("ASAT 2,5 x LSN", "ast", 2.5, "x LSN"),
        ("Thrombopénie à 41 G/L", "platelets", 41, "G/L"),
        ("anémie (10,1 g/dL)", "haemoglobin", 10.1, "g/dL"),
    ],
)
def test_a_value(text: str, analyte: str, value: float, unit: str) -> None:
    for written in (text, f"Ce jour : {text}, patient informé."):
        [found] = read(written)
        assert (found["analyte"], found["value"], found["unit"]) == (analyte, value, unit)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hb 7,9 g/dL, PNN 0,45 G/L, plaquettes 24 G/L", [(HB, 3), (PNN, 4), (PLT, 4)]),
        ("Hb 7,9 PNN 0,45 plaquettes 24", [(HB, 3), (PNN, 4), (PLT, 4)]),
        ("ASAT/ALAT 3N/5,1N", [(AST, 1), (ALT, 3)]),
        ("ASAT / ALAT : 160 / 40 UI/L", [(AST, 2)]),
        ("ASAT et ALAT à 4 N", [(AST, 2), (ALT, 2)]),
        ("leucocytes 1,2 G/L dont 0,4 G/L de PNN", [(WBC, 3), (PNN, 4)]),
        ("PNN < 0,5 G/L", [(PNN, 4)]),
        ("PNN < 1 G/L", [(PNN, 3)]),
        ("plaquettes inférieures à 20 G/L", [(PLT, 4)]),
        ("Hb entre 8 et 9 g/dL", [(HB, 2)]),
        ("Hb 7-9 g/dL", [(HB, 2)]),
        ("DFG > 90 ml/min", []),
        ("DFG < 15 ml/min", [(CKD, 4)]),
        ("FEVG 38 % (contre 60 % initialement)", [(EF, 3)]),
        ("INR 3,1", [("INR increased", 3)]),
        ("10 selles par jour au lieu de 2", [("Diarrhea", 3)]),
        ("+ 5 selles/j", [("Diarrhea", 2)]),
        ("8 à 10 selles liquides/j", []),
        ("Ca 1,8 mmol/L", []),  # not corrected for albumin
        ("calcémie 3,2 mmol/L", [("Hypercalcemia", 3)]),
    ],
)
def test_grades(text: str, expected: list[tuple[str, int]]) -> None:
    assert graded(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("créatinine 180 µmol/L", [(CREAT, 2)]),
        ("créatinine 180 µmol/L (N 60-130)", [(CREAT, 1)]),
        ("créatinine 180 µmol/L [60-110]", [(CREAT, 2)]),
        ("ALAT 120 UI/L", [(ALT, 1)]),
        ("ALAT 120 UI/L (N < 35)", [(ALT, 2)]),
        ("ALAT (N<35) : 120", [(ALT, 2)]),
        ("ALAT 120 UI/L (VN 10-37)", [(ALT, 2)]),
        ("ALAT 120 UI/L (norme : < 35 UI/L)", [(ALT, 2)]),
        ("ALAT 120 UI/L (LSN 35)", [(ALT, 2)]),
        ("ALAT 120 UI/L (4N)", [(ALT, 2)]),
        ("ALAT 120, soit 4 x la normale", [(ALT, 2)]),
        ("ALAT\t120\tUI/L\t10-35", [(ALT, 2)]),
        ("ALAT 60 (N)", []),
        ("créat 130 N", []),
        ("ALAT normale à 60", []),
        ("ALAT 4N (120 UI/L)", [(ALT, 2)]),
        ("ALAT 8 N, K 5,4 N", [(ALT, 3)]),
        ("ALAT à 4 fois la norme", [(ALT, 2)]),
        ("Hb 12,5 g/dL (N > 13)", [(HB, 1)]),
        ("Hb 11,8 g/dL (N : 11,5-15)", []),
        ("PNN 1,7 G/L", []),
        ("PNN 1,7 G/L (N 1,8-7)", [(PNN, 1)]),
        ("PNN 1700/mm3 (N 1800-7000)", [(PNN, 1)]),
        ("plaquettes 140 G/L (N > 120)", []),
        ("bilirubine 30 µmol/L (N < 17)", [(BILI, 2)]),
        # no limit of that quantity
        ("ALAT 120 UI/L (N < 3500)", [(ALT, 1)]),
    ],
)
def test_a_limit_of_the_report_wins(text: str, expected: list[tuple[str, int]]) -> None:
    assert graded(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "objectif Hb > 10 g/dL", "Transfusion si Hb < 8 g/dL", "si PNN < 1 et plaquettes < 75",
        "G-CSF en cas de PNN < 0,5 G/L", "reprise dès que PNN > 1 G/L",
        "seuil de plaquettes : 20 G/L",
        "pas de fièvre > 38,5 °C", "sans fièvre à 39 °C", "Rappeler si T° > 38,5 °C",
        "Sa mère a eu une Hb à 7 g/dL", "ECBU : leucocytes 1200/mm3", "LCR : 2 leucocytes/mm3",
        "ascite : albumine 12 g/L", "liquide pleural : 900 leucocytes/mm3",
        "DIFFU-K 600 mg", "vitamine K 10 mg", "paracétamol 500 mg 1-0-1", "CA 125 : 45",
        "CA 15-3 48",
        "Ca 19-9 : 412", "Hb le 12/05", "PNN 12/05/2024", "PNN 82 %", "ALAT 3", "créatinine 1,1",
        "bilirubine 35", "glycémie 0,6", "Anémie 2", "neutropénie 3", "Hb 11,5 mg/dL", "K-RAS 12",
        "INR 3,1 sous AVK", "bilirubine conjuguée 60 µmol/L", "LDL cholestérol 4 g/L",
        "microalbuminurie 30 mg/L", "créatinine urinaire 90 µmol/L", "température ambiante 37 °C",
        "perte de 20 % de la fonction rénale", "CK 20 positive", "en même temps 38", "Hb N",
    ],
)  # fmt: skip
def test_no_grade(text: str) -> None:
    assert graded(text) == []


@pytest.mark.parametrize("text", ["objectif Hb > 10 g/dL", "si PNN < 1", "pas de fièvre > 38"])
def test_targets_and_conditions_are_no_values(text: str) -> None:
    assert read(text) == []


def test_an_arrow_says_which_value_is_the_later() -> None:
    for arrow in ("->", "→", "=>", "puis"):
        first, last = read(f"Hb 11,2 {arrow} 9,1 g/dL")
        assert (first["value"], first.get("earlier")) == (11.2, True)
        assert (last["value"], last["grade"], last.get("earlier")) == (9.1, 2, None)


@pytest.mark.parametrize(
    "text",
    ["Hb\t9,8\t8,2\t7,4", "Hb   9,8   8,2   7,4", "Hb | 9,8 | 8,2 | 7,4",
     "Hb 9,8 le 12/05, 8,2 le 19/05 et 7,4 le 26/05"],
)  # fmt: skip
def test_values_of_several_dates_are_each_a_fact(text: str) -> None:
    assert [(v["value"], v.get("earlier")) for v in read(text)] == [
        (9.8, None), (8.2, None), (7.4, None)
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["FEVG 45 % initialement", "Hb 8 g/dL au diagnostic", "antérieurement Hb à 8 g/dL"]
)
def test_earlier_values_are_marked(text: str) -> None:
    assert [v.get("earlier") for v in read(text)] == [True]


def test_values_of_history_sections_are_left_out() -> None:
    doc = NLP("ANTECEDENTS\nHb 7 g/dL\nBIOLOGIE\nHb 9 g/dL")
    cut = doc.text.index("BIOLOGIE")
    set_sections(
        doc,
        [
            {"start": 0, "end": cut, "label": "history"},
            {"start": cut, "end": len(doc.text), "label": "laboratory"},
        ],
    )
    assert [v["value"] for v in PIPE(doc)._.laboratory] == [9.0]


def test_it_makes_no_mentions() -> None:
    doc = PIPE(NLP("Hb 7 g/dL"))
    assert doc._.report.mentions == []


def test_the_limits_of_a_laboratory_go_first(tmp_path: Path) -> None:
    path = tmp_path / "mine.tsv"
    path.write_text(
        "\t".join(CONCEPT_COLUMNS)
        + "\nalt\tANALYTE\talt\tALAT\tmy-ALT\tunits=UI/L;uln=35 UI/L;bare=UI/L:5-9999\n",
        encoding="utf-8",
    )
    own = LaboratoryPipe("own", lexicon=[str(path)])
    for name in ("ALAT", "SGPT", "my-ALT"):
        assert own(NLP(f"{name} 120 UI/L"))._.laboratory[0]["grade"] == 2
    assert own(NLP("ASAT 120 UI/L"))._.laboratory[0]["grade"] == 1


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Leucocytes 15 600 -> 12 100 -> 5 800", [15.6, 12.1, 5.8]),
        ("Plaquettes 139.000 → 84.000 → 1.900", [139, 84, 1.9]),
        ("PNN: 0.1→ 0.6→1.2→6.3", [0.1, 0.6, 1.2, 6.3]),
        ("leuco 10700 G/L", []),  # a slip of the unit
        ("fièvre à 39°5", [39.5]),
        ("GB 2,1/PNN 0,8/Hb 8,9/Plq 65", [2.1, 0.8, 8.9, 65]),
        ("créatinine passée de 90 à 180 µmol/L", [180]),
        ("Hb en baisse de 12 à 8 g/dL", [8]),
        ("Hb < 8 : transfusion", []),
        ("Plaquettes > 100 G/L requises", []),
        ("diarrhée : 7 selles/j (habituellement 1/j)", [6]),
        ("bilirubine totale à 3 fois la LSN", [3]),
        ("créatininémie à 380 µmol/L (créatininémie de base à 100)", [380]),
    ],
)
def test_series_and_slips(text: str, values: list[float]) -> None:
    assert [v["value"] for v in read(text)] == values


# -- any text -----------------------------------------------------------------------------

BLANKS = st.sampled_from([" ", "\u00a0", "\u202f", "  ", "\t", " : ", "\u00a0: ", " = ", " à "])
PIECES = st.sampled_from(
    ["Hb", "PNN", "plaquettes", "K+", "ASAT/ALAT", "créat", "T°", "selles", "perte de poids", " ",
     "\n", "\t", ",", "(", ")", "N", "<", "->", "→", "3", "9,8", "45 000", "1.500", "g/dL", "/mm3",
     "G/L", "%", "UI/L", "de", "à", "si", "12/05", "x", "e\u0301", "\u00ad", "œ", "𝟗"]
)  # fmt: skip


@given(st.integers(30, 1999), BLANKS, st.sampled_from([",", "."]))
@settings(max_examples=80)
def test_any_haemoglobin(tenths: int, blank: str, point: str) -> None:
    number = f"{tenths // 100}{point}{tenths % 100:02d}"
    [value] = read(f"Bilan. Hb{blank}{number} g/dL.") if tenths >= 100 else [None]
    if value is not None:
        assert value["value"] == tenths / 100
        assert value["text"].endswith("g/dL")
        x = tenths / 100
        expected = 3 if x < 8 else 2 if x < 10 else 1 if x < 12 else None
        assert value["grade"] == expected


@given(st.integers(1, 999), st.sampled_from([" ", "\u00a0", "\u202f", "\u2009", ".", "'", ""]))
@settings(max_examples=80)
def test_any_platelets(thousands: int, blank: str) -> None:
    [value] = read(f"Plaquettes : {thousands}{blank}000/mm3 ce jour")
    assert value["value"] == thousands


@given(st.lists(PIECES, max_size=30), st.integers(0, 5))
@settings(max_examples=300)
def test_offsets_are_of_the_text(pieces: list[str], shift: int) -> None:
    text = " ".join(pieces) if shift % 2 else "".join(pieces)
    values = read(text)
    assert all(0 <= v["start"] < v["end"] <= len(text) for v in values)
    assert [v["start"] for v in values] == sorted(v["start"] for v in values)
    moved = read("\n" * shift + text)
    assert [v["start"] - shift for v in moved] == [v["start"] for v in values]


@given(st.text(max_size=80))
@settings(max_examples=100)
def test_any_text_is_read(text: str) -> None:
    read("Hb " + text)


@pytest.mark.parametrize(
    "piece",
    ["Hb ", "Hb 9,8 ", "Hb (", "1 ", "9,8 g/dL de ", "PNN 0,7 G/L -> ", "K+ 3 -> 2 ", "\t12,3",
     "Hb" + " " * 80, "ASAT/ALAT/", "si ", "selles/j ", "mg 1 ", "de "],
)  # fmt: skip
def test_time_grows_with_the_text(piece: str) -> None:
    times = []
    for size in (40_000, 160_000):
        doc = NLP(piece * (size // len(piece)))
        runs = []
        for _ in range(3):
            start = process_time()
            PIPE(doc)
            runs.append(process_time() - start)
        times.append(min(runs))
    assert times[1] < 12 * times[0] + 0.2


def test_a_text_of_a_million_characters() -> None:
    doc = NLP("Bilan : Hb 9,8 g/dL, PNN 0,7 G/L, plaquettes 45 000/mm3.\n" * 17_000)
    start = process_time()
    PIPE(doc)
    assert len(doc._.laboratory) == 51_000
    assert process_time() - start < 60


def test_works_under_any_tokenizer_and_in_a_worker() -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("oncotext.laboratory")
    assert nlp("Hb 7,8 g/dL")._.laboratory[0]["grade"] == 3
    again = pickle.loads(pickle.dumps(PIPE))
    assert again(NLP("Hb 7,8 g/dL"))._.laboratory[0]["grade"] == 3
