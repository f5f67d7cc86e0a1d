"""Adverse events and their grades (`toxicity.cases`)."""

from __future__ import annotations

import pytest

from oncotext.language.tokenizer import OncoFrench
from oncotext.report import AnnotatedReport


@pytest.fixture(scope="module")
def pipeline() -> OncoFrench:
    nlp = OncoFrench()
    for pipe in ("oncotext.sections", "oncotext.drug", "oncotext.toxicity"):
        nlp.add_pipe(pipe)
    return nlp


def test_cases(pipeline: OncoFrench, gold_case: AnnotatedReport) -> None:
    mentions = pipeline(gold_case.text)._.report.mentions
    found = [mention for mention in mentions if mention.label == "TOXICITY"]
    assert [(m.start, m.end, m.text, m.code, m.attrs) for m in found] == [
        (m.start, m.end, m.text, m.code, m.attrs) for m in gold_case.mentions
    ]


def test_grade_zero_is_a_denial(pipeline: OncoFrench) -> None:
    [mention] = pipeline("Diarrhée : grade 0")._.report.mentions
    assert mention.negated
    assert "grade" not in mention.attrs


def test_terms_are_ctcae_in_english_with_a_french_name(pipeline: OncoFrench) -> None:
    [mention] = pipeline("Mucite de grade 2.")._.report.mentions
    assert mention.code == "Mucositis oral"
    assert mention.name
    assert mention.name != mention.code
