"""Drugs and protocols (`drug.cases`)."""

from __future__ import annotations

import pytest

from oncotext.language.tokenizer import OncoFrench
from oncotext.report import AnnotatedReport


@pytest.fixture(scope="module")
def pipeline() -> OncoFrench:
    nlp = OncoFrench()
    nlp.add_pipe("oncotext.drug")
    return nlp


def test_cases(pipeline: OncoFrench, gold_case: AnnotatedReport) -> None:
    found = pipeline(gold_case.text)._.report.mentions
    assert [(m.start, m.end, m.text, m.code) for m in found] == [
        (m.start, m.end, m.text, m.code) for m in gold_case.mentions
    ]


def test_a_drug_has_its_atc_code_and_a_protocol_its_drugs(pipeline: OncoFrench) -> None:
    letrozole, folfox = pipeline("Létrozole, FOLFOX.")._.report.mentions
    assert letrozole.attrs["atc"] == "L02BG04"
    assert {"fluorouracile", "oxaliplatine"} <= set(folfox.attrs["drugs"].split("+"))
    assert letrozole.name == "létrozole"


def test_codes_are_inn_without_accents_or_protocols_in_capitals() -> None:
    from oncotext.language.folding import fold
    from oncotext.lexicon import load_concepts

    for drug in load_concepts("drugs"):
        assert drug.code in (fold(drug.code), drug.code.upper()), drug.id


def test_what_is_taken_for_other_reasons_is_none_of_cancer() -> None:
    nlp = OncoFrench()
    nlp.add_pipe("oncotext.sections")
    nlp.add_pipe("oncotext.drug")
    text = (
        "Compte rendu d'hospitalisation\n\n"
        "Traitement habituel :\nPantoprazole 20 mg\nMorphine 10 mg\n\n"
        "Conclusion :\nŒsophagite sous pantoprazole.\n"
    )
    found = [mention.code for mention in nlp(text)._.report.mentions]
    assert found == ["morphine", "pantoprazole"]
