from __future__ import annotations

import pytest

from oncotext.language.view import TextView
from oncotext.sections import report_type
from oncotext.sections.patterns import literal_keys, normal_key, scan_key, trie_pattern


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        ("COMPTE RENDU ANATOMO-PATHOLOGIQUE n° 12", "pathology"),
        ("Laboratoire d'anatomie pathologique\nPrélevé le 2 mai", "pathology"),
        ("REUNlON DE CONCERTATlON PLURlDISCIPLINAIRE", "tumor_board"),
        ("Fiche RCP - urologie", "tumor_board"),
        ("Compte-rendu d'hospitalisation du service de pneumologie", "hospitalization"),
        ("Hôpital du Lac\nCher Confrère,\nJ'ai revu ce jour Mme Y.", "consultation"),
        ("Compte rendu de consultation d'oncologie médicale", "consultation"),
        ("IMAGERIE MEDICALE DU LAC\nSCANNER THORACO-ABDOMINO-PELVIEN", "imaging"),
        ("COMPTE RENDU OPÉRATOIRE\nOpérateur : Dr B.", "operative"),
        ("HOPITAL DE JOUR\nFICHE DE VISITE CHIMIOTHERAPIE", "treatment_visit"),
        ("Compte rendu de fin de radiothérapie", "treatment_visit"),
        ("Un texte sans rien de médical.", "other"),
    ],
)
def test_type_of_first_lines(head: str, kind: str) -> None:
    assert report_type(TextView(head), []) == kind


def test_sections_speak_for_a_type() -> None:
    sections = [{"label": label} for label in ("specimen", "macroscopy", "microscopy")]
    assert report_type(TextView("Mme Z., 60 ans"), sections) == "pathology"


def test_scan_key_keeps_the_length() -> None:
    text = "histoire l1|0 œ×"
    assert len(scan_key(text)) == len(text)


@pytest.mark.parametrize(
    ("literal", "typed"),
    [
        ("Examen clinique", "examens  cliniques"),
        ("R.C.", "rc"),
        ("Motif d'hospitalisation", "motif d hospitalisation"),
        ("Tumeur", "turneur"),
        ("Œsophage", "oesophage"),
        ("Anatomo-pathologie", "anatomo pathologie"),
    ],
)
def test_typed_forms_match(literal: str, typed: str) -> None:
    import re

    keys = literal_keys(literal)
    match = re.fullmatch(trie_pattern(keys), scan_key(typed))
    assert match is not None
    assert normal_key(match.group()) in keys
