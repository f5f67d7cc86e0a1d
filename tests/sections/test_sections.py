"""Sections of invented reports, each written as pairs of a line and the section it begins."""

from __future__ import annotations

import time

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st

from oncotext.errors import LexiconError
from oncotext.language.annotations import data_of, sections_of
from oncotext.language.view import TextView
from oncotext.lexicon.loader import Cue, load_cues
from oncotext.sections import find_sections
from oncotext.sections import pipe as _pipe  # noqa: F401  (registers the factory)
from oncotext.sections.titles import TitleFinder


def labels(text: str) -> list[str]:
    return [section["label"] for section in find_sections(TextView(text))]


def marked(source: str) -> tuple[str, list[tuple[int, str]]]:
    """Text and (start, label) of sections written ``§label§`` before their first character."""
    text, starts = "", []
    head, *pieces = source.split("§")
    text += head
    for label, piece in zip(pieces[::2], pieces[1::2], strict=True):
        starts.append((len(text), label))
        text += piece
    return text, starts


PATHOLOGY = """LABORATOIRE D'ANATOMIE PATHOLOGIQUE
Mme Z., 60 ans

§clinical_information§Renseignements cliniques : nodule du sein droit.
§specimen§Nature du prélèvement : microbiopsies.
§macroscopy§Macroscopie : trois carottes.
Prélèvements : bloc A.
§microscopy§EXAMEN MICROSCOPIQUE
Taille tumorale : 4 mm
Limites : saines
§immunohistochemistry§IHC (bloc A1)
RE : 90 %
§conclusion§CONCLUSION
Carcinome infiltrant.
Stade pTNM : pT1

§signature§Dr B. Aube
"""

LETTER = """Hôpital du Lac - Consultation d'oncologie
Le 3 mars 2024

§reason§Cher Confrère,
J'ai revu ce jour Mme Y., suivie pour un cancer du sein.

§history§Ses antécédents : HTA.

§disease_history§Pour mémoire, tumorectomie en 2019.

§tolerance§La tolérance est bonne.

§imaging§Le scanner du 2 mars est stable.

§conclusion§Au total, maladie stable.

§treatment_plan§Je propose de poursuivre.

§signature§Bien confraternellement,
Dr C. Orme
"""

BOARD = """FICHE RCP DIGESTIVE
Patient : M. X., 70 ans

§reason§Motif : avis
§history§ATCD : HTA
§performance§OMS : 1
§imaging§TDM TAP 30/01 : nodule hépatique
§endoscopy§Coloscopie du 2/02 : lésion du sigmoïde
§staging§TNM : cT3 N1 M1
§discussion§Discussion : résécable
§decision§PROPOSITION : chimiothérapie
"""

STAY = """COMPTE RENDU D'HOSPITALISATION
M. W., 66 ans

§reason§MOTIF D'HOSPITALISATION
Fièvre.

§history§ANTECEDENTS
- Traitement : aucun
- Tabac : 20 PA
§allergies§Allergies : aucune

§laboratory§EXAMENS COMPLEMENTAIRES
CRP 120 mg/L
§imaging§Scanner thoracique : foyer du lobe inférieur.

§hospital_course§EVOLUTION DANS LE SERVICE
Bonne. Le scanner est rassurant.

§discharge_treatment§TRAITEMENT DE SORTIE
Amoxicilline.

§follow_up§SUIVI
Consultation dans un mois.
"""


NUMBERED = """FICHE RCP
Patiente : Mme V., 58 ans

1. §history§TERRAIN
HTA
2. §disease_history§MALADIE
Masse rénale droite.
3. §imaging§IMAGERIE
TDM : 42 mm.
4. §other§CONSENTEMENT
Patiente informée.
5. §decision§DECISION
1. Néphrectomie
2. Surveillance simple
"""

SMALL = """hopital de jour - mr u., 70 ans

§reason§motif : C4
§history§atcd : hta, diabete
§tolerance§tol : asthenie G1
appetit correct
§examination§ex : OMS 1
§conclusion§ccl : bonne tolerance
§treatment_plan§cat : C5
"""

RUN_ON = """Compte rendu d'hospitalisation
M. T., 49 ans

§reason§Motif d'hospitalisation Réalisation de la cure.

§history§Antécédents
Aucun.

§lifestyle§Mode de vie vit seul.

§laboratory§Examens complémentaires
"Hémogramme : normal.
"§imaging§Radiographie du thorax : normale.
"Biopsie hépatique : en attente.

§discharge_treatment§Traitement de sortie inchangé

§conclusion§Conclusion cure sans incident.
"""

OPERATIVE = """COMPTE RENDU OPERATOIRE

§reason§INDICATION. Tumeur de la queue du pancréas.
§procedure§TEMPS OPERATOIRES. Splénopancréatectomie.
"""

GLUED = """LABORATOIRE D'ANATOMIE PATHOLOGIQUE

§clinical_information§Renseignementscliniques:masse rénale.
§specimen§Nature duprélèvement:biopsie.
§microscopy§Examenmicroscopique : carcinome.
"""


@pytest.mark.parametrize(
    "source",
    [PATHOLOGY, LETTER, BOARD, STAY, NUMBERED, SMALL, RUN_ON, OPERATIVE, GLUED],
)
def test_report(source: str) -> None:
    text, starts = marked(source)
    found = [(s["start"], s["label"]) for s in find_sections(TextView(text))]
    assert found == [(0, "header"), *starts]


@pytest.mark.parametrize(
    "title",
    [
        "CONCLUSION\n", "Conclusion\n", "conclusion :\n", "Conclusion : ", "CONCLUSlON : ",
        "CONCLUSI0N\n", "3. Conclusion : ", "III - CONCLUSION\n", "## Conclusion\n",
        "**Conclusion**\n", "**Conclusion :** ", "Conclusion\n----------\n", "CONCLUSION:",
        "CCL : ", "  Conclusion  :  ", "CONCLUSION", "En conclusion : ",
    ],
)  # fmt: skip
def test_forms_of_a_title(title: str) -> None:
    text = f"Compte rendu\nMotif : bilan.\n\n{title}Pas de récidive.\n"
    assert labels(text) == ["header", "reason", "conclusion"]


@pytest.mark.parametrize(
    "line",
    [
        "La conclusion du scanner est rassurante.",
        "Examen clinique normal ce jour, sans adénopathie palpable ni masse.",
        "Traitement par tamoxifène pendant cinq ans.",
        "- Biologie : normale",
        "THORAX",
        "Conclusions rassurantes de la relecture.",
        "CCI du sein droit, grade II.",
    ],
)
def test_no_title(line: str) -> None:
    text = f"Compte rendu\n\nHISTOIRE DE LA MALADIE\nDébut en 2020.\n{line}\nSuite.\n"
    assert labels(text) == ["header", "disease_history"]


@pytest.mark.parametrize(
    ("title", "label"),
    [
        ("Rappel de l'histoire oncologique", "disease_history"),
        ("R.C.", "clinical_information"),
        ("Bio du 04/02", "laboratory"),
        ("A l'examen", "examination"),
        ("IRM cérébrale du 28/01", "imaging"),
        ("CAT", "treatment_plan"),
        ("Tolérance depuis le C8", "tolerance"),
        ("Antecedents familiaux", "family_history"),
        ("HISTOlRE DE LA MALADlE", "disease_history"),
        ("Codification ADICAP", "other"),
        ("Évolution dans le service", "hospital_course"),
        ("Examen clinique retrouvant", "examination"),
        ("Toxicité d'un traitement par TRASTUZUMAB", "tolerance"),
    ],
)
def test_label_of_a_title(title: str, label: str) -> None:
    text = f"Compte rendu de consultation\nMotif : bilan.\n{title} : rien de particulier.\n"
    assert labels(text)[2:] == [label]


def test_title_is_raw_text() -> None:
    sections = find_sections(TextView("Lettre\n  Examen  clinique :\nRAS"))
    assert sections[1] == {
        "label": "examination",
        "start": 9,
        "end": 31,
        "title": "Examen  clinique",
    }


def test_examination_in_a_list_has_no_title() -> None:
    text = "Lettre\nMotif : avis.\nExamens complémentaires\n- NFS : normale\n- IRM : nodule\n"
    sections = find_sections(TextView(text))
    assert [(s["label"], s.get("title")) for s in sections[2:]] == [
        ("laboratory", "Examens complémentaires"),
        ("imaging", None),
    ]


def test_text_without_line_breaks() -> None:
    text = (
        "Compte rendu de consultation. Motif de consultation : suivi. Antécédents : HTA. "
        "Examen clinique : PS 0. Conclusion : pas de récidive. CAT : revoir dans six mois. "
    ) + "Texte sans intérêt particulier pour remplir la ligne. " * 10
    expected = ["header", "reason", "history", "examination", "conclusion", "treatment_plan"]
    assert labels(text) == expected


def test_second_paragraph_of_a_letter_tells_the_illness() -> None:
    text = (
        "Compte rendu de consultation\n\nJe vois ce jour M. X. pour avis.\n\n"
        "Masse du flanc gauche palpée fortuitement au printemps dernier par son médecin traitant.\n"
    )
    assert labels(text) == ["header", "reason", "disease_history"]


def test_a_pathologist_is_told_of_in_the_history_of_the_illness() -> None:
    text = (
        "Compte rendu d'hospitalisation\n\nHistoire de la maladie\n\nExérèse en mai.\n\n"
        "Analyse histologique : carcinome de 11 cm.\n\nIntroduction de mitotane.\n\n"
        "Conclusion\n\nTumeur stable.\n"
    )
    assert labels(text) == ["header", "disease_history", "conclusion"]


def test_unknown_title() -> None:
    text = "Lettre\nMotif : bilan.\n\nDROITS ASSOCIATIFS\nMembre du bureau.\n"
    assert labels(text) == ["header", "reason", "other"]


def test_combining_marks_keep_raw_offsets() -> None:
    text = "Lettre\nAnte\u0301ce\u0301dents : HTA\nConclusion : RAS"
    sections = find_sections(TextView(text))
    assert [text[s["start"] : s["end"]].split(" ")[0] for s in sections[1:]] == [
        "Ante\u0301ce\u0301dents", "Conclusion",
    ]  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.sampled_from(["CONCLUSION", "ATCD :", "\n", "\n\n", " a", "Dr B", "- ", "#", "é"]))
)
def test_sections_tile_any_text(parts: list[str]) -> None:
    text = "".join(parts)
    sections = find_sections(TextView(text))
    edges = [s["start"] for s in sections] + [sections[-1]["end"]]
    assert edges[0] == 0
    assert edges[-1] == len(text)
    assert edges[1:-1] == [s["end"] for s in sections[:-1]]
    assert edges == sorted(edges)


@pytest.mark.parametrize(
    "filler",
    [" ", "\n", "-", "a ", "Conclusion ", "\n ", "(", "x.", "Dr ", "Lettre\n\nJe vois ce jour "],
)
def test_time_is_linear(filler: str) -> None:
    # 5 seconds is a hundred times what it takes; a quadratic search takes minutes
    view = TextView(filler * (200_000 // len(filler)))
    started = time.process_time()
    find_sections(view)
    assert time.process_time() - started < 5


def test_wrong_title_file() -> None:
    with pytest.raises(LexiconError, match="no section label"):
        TitleFinder([Cue("a", "nonsense", "Titre", "any")])
    with pytest.raises(LexiconError, match="no direction"):
        TitleFinder([Cue("a", "history", "Titre", "sideways")])
    with pytest.raises(LexiconError, match="no scope"):
        TitleFinder([Cue("a", "history", "Titre", "any", "nowhere")])


def test_shipped_titles_are_many() -> None:
    assert len(load_cues("section_titles")) > 300


def test_pipe_with_titles_of_the_user(tmp_path) -> None:
    own = tmp_path / "titles.tsv"
    own.write_text(
        "id\tcategory\tliteral\tdirection\tscope\tnote\n"
        "mine\tlifestyle\tSituation du foyer\tany\t\t\n",
        encoding="utf-8",
    )
    nlp = spacy.blank("en")
    nlp.add_pipe("oncotext.sections", config={"titles": [str(own)]})
    doc = nlp("COMPTE RENDU OPERATOIRE\nSituation du foyer : seule\nConclusion : RAS")
    assert [s["label"] for s in sections_of(doc)] == ["header", "lifestyle", "conclusion"]
    assert [span.label_ for span in doc.spans["sections"]] == ["header", "lifestyle", "conclusion"]
    assert data_of(doc)["report_type"] == "operative"
