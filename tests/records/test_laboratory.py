"""Derived toxicities in the record: apart from those stated, the highest grade a term."""

from __future__ import annotations

from spacy.language import Language


def test_one_entry_a_term_with_the_highest_grade(nlp: Language) -> None:
    record = nlp("BIOLOGIE\nHb 9,8 g/dL le 12/05, 7,4 le 19/05. PNN 0,7 G/L.")._.report.record
    assert [(t.term, t.grade) for t in record.derived_toxicities] == [
        ("Anemia", 3), ("Neutrophil count decreased", 3)
    ]  # fmt: skip
    assert record.toxicities == []


def test_what_is_stated_stays(nlp: Language) -> None:
    record = nlp("TOLERANCE\nAnémie de grade 1.\nBIOLOGIE\nHb 7,4 g/dL.")._.report.record
    assert [(t.term, t.grade) for t in record.toxicities] == [("Anemia", 1)]
    assert [(t.term, t.grade) for t in record.derived_toxicities] == [("Anemia", 3)]


def test_only_present_findings_count(nlp: Language) -> None:
    for text in (
        "ANTÉCÉDENTS\nInsuffisance rénale, DFG 44 ml/min.",
        "BIOLOGIE\nHb 7,2 -> 12,6 g/dL.",
        "CONDUITE À TENIR\nTransfusion si Hb < 8 g/dL.",
        "BIOLOGIE\nHb 13 g/dL, PNN 3 G/L.",
    ):
        assert nlp(text)._.report.record.derived_toxicities == []


def test_a_pipeline_without_the_pipe_has_none(nlp: Language) -> None:
    with nlp.select_pipes(disable=["oncotext.laboratory"]):
        assert nlp("BIOLOGIE\nHb 7,4 g/dL.")._.report.record.derived_toxicities == []
