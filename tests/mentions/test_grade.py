"""Tumour grades (`grade.cases`)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncotext.language.tokenizer import OncoFrench
from oncotext.lexicon import load_concepts
from oncotext.report import AnnotatedReport

SYSTEMS = {concept.code for concept in load_concepts("grade_systems")} | {"GLEASON", "BRESLOW"}


@pytest.fixture(scope="module")
def pipeline() -> OncoFrench:
    nlp = OncoFrench()
    nlp.add_pipe("oncotext.grade")
    return nlp


def test_cases(pipeline: OncoFrench, gold_case: AnnotatedReport) -> None:
    found = pipeline(gold_case.text)._.report.mentions
    assert [(m.start, m.text, m.code) for m in found] == [
        (m.start, m.text, m.code) for m in gold_case.mentions
    ]


def test_a_bare_grade_takes_its_system_from_a_family_that_exists() -> None:
    families = {concept.code for concept in load_concepts("diseases")}
    for name in ("grade_systems", "stages"):
        for concept in load_concepts(name):
            for family in filter(None, concept.attrs.get("tumours", "").split(",")):
                assert family in families, concept.id


def test_fuhrman_named_in_the_report_grades_the_kidney(pipeline: OncoFrench) -> None:
    text = "Carcinome rénal de grade 3.\n\n(grade de Fuhrman évalué sur la zone la plus péjorative)"
    assert [m.code for m in pipeline(text)._.report.mentions] == ["FUHRMAN:3"]


@given(st.text(alphabet="gradeGIV1234 +=()/-SBRlison,.\n", max_size=80))
def test_any_text_gives_codes_of_known_systems(pipeline: OncoFrench, text: str) -> None:
    for mention in pipeline("Carcinome canalaire infiltrant, " + text)._.report.mentions:
        system, _, value = (mention.code or "").partition(":")
        assert system in SYSTEMS
        assert value
        assert mention.text == mention.text.strip()
