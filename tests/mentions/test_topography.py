"""Sites (`topography.cases`)."""

from __future__ import annotations

import pytest

from oncotext.language.tokenizer import OncoFrench
from oncotext.report import AnnotatedReport


@pytest.fixture(scope="module")
def pipeline() -> OncoFrench:
    nlp = OncoFrench()
    nlp.add_pipe("oncotext.histology")
    nlp.add_pipe("oncotext.topography")
    return nlp


def test_cases(pipeline: OncoFrench, gold_case: AnnotatedReport) -> None:
    found = [m for m in pipeline(gold_case.text)._.report.mentions if m.label == "TOPOGRAPHY"]
    assert [(m.start, m.end, m.text, m.code, m.attrs.get("lat")) for m in found] == [
        (m.start, m.end, m.text, m.code, m.attrs.get("lat")) for m in gold_case.mentions
    ]


def test_a_site_inside_a_type_is_no_site(pipeline: OncoFrench) -> None:
    mentions = pipeline("Carcinome bronchique à petites cellules.")._.report.mentions
    assert [m.label for m in mentions] == ["MORPHOLOGY"]


def test_alone_in_a_pipeline() -> None:
    nlp = OncoFrench()
    nlp.add_pipe("oncotext.topography")
    [mention] = nlp("Tumeur du sein gauche.")._.report.mentions
    assert (mention.text, mention.code) == ("sein gauche", "C50.9")
    assert mention.name
    assert mention.rule


def test_lines_of_drugs_are_no_vertebrae_and_marrow_is_of_haematology() -> None:
    nlp = OncoFrench()
    for pipe in ("histology", "drug", "topography"):
        nlp.add_pipe(f"oncotext.{pipe}")

    def sites(text: str) -> list[tuple[str, str]]:
        mentions = nlp(text)._.report.mentions
        return [(m.text, m.code) for m in mentions if m.label == "TOPOGRAPHY"]

    assert sites("Métastase en L3. L1 FOLFOX puis L2 : irinotécan.") == [("L3", "C41.2")]
    assert sites("LAM avec infiltration médullaire.") == [("médullaire", "C42.1")]
    assert sites("Métastase médullaire.") == [("médullaire", "C72.0")]
