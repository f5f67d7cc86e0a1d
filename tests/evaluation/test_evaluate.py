"""What is evaluated besides the reference figures."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from oncotext.errors import DuplicateIdError, InputError, UnknownNameError, UsageError
from oncotext.evaluation import evaluate, evaluate_given_spans
from oncotext.report import AnnotatedReport, Failure

Make = Callable[..., AnnotatedReport]
TEXT = "Carcinome canalaire du sein gauche, grade II, pT2 pN0. Pas de nausée. Métastase du foie."
TYPE = {"of": "Carcinome canalaire", "label": "MORPHOLOGY", "code": "8500/3"}
SITE = {"of": "sein gauche", "label": "TOPOGRAPHY", "code": "C50.9", "attrs": {"lat": "left"}}
LIVER = {"of": "foie", "label": "TOPOGRAPHY", "code": "C22.0"}
GRADE = {"of": "grade II", "label": "GRADE", "code": "SBR:2"}
TNM = {"of": "pT2 pN0", "label": "TNM", "code": "pT2 pN0"}
NAUSEA = {"of": "nausée", "label": "TOXICITY", "code": "Nausea", "negated": True}
ALL = (TYPE, SITE, GRADE, TNM, NAUSEA, LIVER)


def test_partial_credit(report: Make) -> None:
    gold = report("A", TEXT, TYPE, SITE)
    relabelled = report("A", TEXT, {**TYPE, "label": "TOPOGRAPHY"}, {**SITE, "of": "sein"})
    found = evaluate([gold], [relabelled], resamples=0)
    assert found.f1("mention_micro", "strict") == 0
    assert found.f1("boundary", "exact") == 0.5
    assert found.f1("boundary", "overlap") == 1
    assert found.f1("mention_micro", "overlap") == 0.5


def test_tnm_by_component(report: Make) -> None:
    other = {**TNM, "code": "ypT2 ypN1 M0"}
    found = evaluate([report("A", TEXT, TNM)], [report("A", TEXT, other)], resamples=0)
    assert found.sheet.total(("tnm", "T")) == (1, 0, 0)
    assert found.sheet.total(("tnm", "N")) == (0, 1, 1)
    assert found.sheet.total(("tnm", "M")) == (0, 1, 0)
    assert found.value("tnm", "prefix") == 0


def test_distance_of_grades(report: Make) -> None:
    wrong = {**GRADE, "code": "SBR:3"}
    found = evaluate([report("A", TEXT, GRADE)], [report("A", TEXT, wrong)], resamples=0)
    assert found.value("ordinal", "GRADE", "SBR") == 1
    assert found.to_dict()["ordinal"]["GRADE"]["SBR"]["mean_absolute_error"] == 1
    words = {**GRADE, "code": "DIFFERENTIATION:WELL"}
    found = evaluate([report("A", TEXT, GRADE)], [report("A", TEXT, words)], resamples=0)
    assert found.value("ordinal", "GRADE", "SBR") is None


def test_gleason_counts_by_its_sum(report: Make) -> None:
    gold, wrong = ({**GRADE, "code": f"GLEASON:{value}"} for value in ("3+4", "9"))
    found = evaluate([report("A", TEXT, gold)], [report("A", TEXT, wrong)], resamples=0)
    assert found.value("ordinal", "GRADE", "GLEASON") == 2


def test_sets_of_codes(report: Make) -> None:
    gold = report("A", TEXT, TYPE, NAUSEA, LIVER)
    found = evaluate([gold], [report("A", TEXT, TYPE)], resamples=0)
    assert found.sheet.total(("documents", "TOXICITY", "codes")) == (0, 0, 1)
    assert found.sheet.total(("documents", "TOXICITY", "asserted_codes")) == (0, 0, 0)
    assert found.f1("documents", "MORPHOLOGY", "codes") == 1


def test_groups(report: Make) -> None:
    sections = [
        {"label": "microscopy", "start": 0, "end": 55},
        {"label": "tolerance", "start": 55, "end": len(TEXT)},
    ]
    record = {"report_type": "pathology"}
    gold = report("A", TEXT, *ALL, sections=sections, record=record)
    found = evaluate([gold], [report("A", TEXT, *ALL[:4])], resamples=0)
    assert found.f1("by_section", "microscopy", "linked") == 1
    assert found.f1("by_section", "tolerance", "linked") == 0
    assert found.sheet.total(("by_report_type", "pathology", "linked")) == (4, 0, 2)
    assert found.f1("by_code_frequency", "MORPHOLOGY", "1", "linked") == 1


def test_codes_and_forms_never_seen(report: Make) -> None:
    gold = report("A", TEXT, SITE, LIVER)
    training = report("T", "SEIN\ngauche et FOIE.", {**SITE, "of": "SEIN\ngauche"})
    found = evaluate([gold], [report("A", TEXT, SITE)], training=[training], resamples=0)
    assert found.sheet.total(("by_novelty", "TOPOGRAPHY", "seen_code", "linked")) == (1, 0, 0)
    assert found.sheet.total(("by_novelty", "TOPOGRAPHY", "unseen_code", "linked")) == (0, 0, 1)
    assert found.sheet.total(("by_novelty", "TOPOGRAPHY", "seen_form", "linked")) == (1, 0, 0)
    assert found.sheet.total(("by_novelty", "TOPOGRAPHY", "unseen_form", "linked")) == (0, 0, 1)
    assert found.value("macro_codes", "TOPOGRAPHY") == 0.5


def test_tumours_as_a_whole(report: Make) -> None:
    tumor = {"topography": "C50.9", "morphology": "8500/3", "tnm": ["pT2 pN0"]}
    gold = report("A", TEXT, record={"tumors": [tumor]})
    wrong = report("A", TEXT, record={"tumors": [{**tumor, "tnm": ["pT1"]}]})
    found = evaluate([gold], [wrong], resamples=0)
    assert found.value("tumors", "site_and_type") == 1
    assert found.value("tumors", "site_type_tnm_stage") == 0
    assert found.value("tumors", "whole_report") == 0
    assert evaluate([gold], [gold], resamples=0).value("tumors", "whole_report") == 1


def test_a_report_that_failed_or_is_missing_finds_nothing(report: Make) -> None:
    gold = [report(id, TEXT, *ALL) for id in "ABC"]
    failed = AnnotatedReport(id="B", text="", error=Failure(code="E500", message="failed"))
    found = evaluate(gold, [gold[0], failed], resamples=0)
    assert (found.missing, found.failed) == (["C"], ["B"])
    assert found.sheet.total(("mention_micro", "linked")) == (6, 0, 12)
    assert "1 without prediction, 1 failed" in str(found)


def test_few_cases_list_their_errors_without_words(report: Make) -> None:
    wrong = {**SITE, "code": "C50.1"}
    found = evaluate([report("A", TEXT, *ALL)], [report("A", TEXT, TYPE, wrong)])
    row = found.to_dict()["mention"]["TOPOGRAPHY"]["linked"]
    assert "f1_ci" not in row
    place = {"report": "A", "start": 23, "end": 34}
    assert {**place, "gold": "C50.9", "predicted": "C50.1"} in row["errors"]
    shown = json.dumps(found.to_dict(), ensure_ascii=False) + str(found)
    assert "C50.1" in shown
    assert not any(word in shown for word in ("sein", "foie", "nausée"))


def test_enough_cases_have_intervals(report: Make) -> None:
    gold = [report(str(n), TEXT, *ALL) for n in range(30)]
    predicted = [report(str(n), TEXT, *ALL[: 6 if n % 3 else 1]) for n in range(30)]
    row = evaluate(gold, predicted).to_dict()["mention"]["TNM"]["linked"]
    low, high = row["f1_ci"]
    assert low < row["f1"] < high
    assert "errors" not in row


def test_what_cannot_be_evaluated(report: Make) -> None:
    gold = [report("A", TEXT, *ALL)]
    with pytest.raises(InputError, match="A: The predicted report's text"):
        evaluate(gold, [report("A", TEXT + " ")])
    with pytest.raises(DuplicateIdError):
        evaluate(gold * 2, gold)
    with pytest.raises(UnknownNameError, match="TOPOGRAPHY"):
        evaluate(gold, gold, labels=["TOPOGRAPHIE"])
    with pytest.raises(InputError, match="nowhere"):
        evaluate("nowhere.gold", gold)
    with pytest.raises(UsageError):
        evaluate(gold, gold, resamples=-1)


def test_nothing_to_evaluate() -> None:
    found = evaluate([], [])
    assert found.to_dict()["mention_micro"]["strict"]["f1"] == 0
    assert "0 reports" in str(found)


def test_two_systems(report: Make) -> None:
    gold = [report(str(n), TEXT, *ALL) for n in range(30)]
    worse = [report(str(n), TEXT, *ALL[:3]) for n in range(30)]
    found = evaluate(gold, worse, against=gold)
    better = found.differences["mention_micro", "linked"]
    assert better.difference == pytest.approx(1 / 3, abs=1e-3)
    assert better.p < 0.01
    assert found.differences["mention", "MORPHOLOGY", "linked"].p == 1
    assert "Second system less first" in str(found)


def test_given_spans(report: Make) -> None:
    gold = [report("A", TEXT, NAUSEA, LIVER)]
    found = evaluate(gold, gold, given_spans="fr_onco_rules", resamples=0)
    assert found.f1("assertion_given_spans", "negated") == 1
    assert found.f1("assertion_given_spans_by_label", "TOXICITY", "negated") == 1
    assert found.value("linking_given_spans", "TOPOGRAPHY", "all", "accuracy@1") == 1


def test_assertion_of_another_corpus(report: Make) -> None:
    event = {"of": "nausée", "label": "EVENT", "negated": True}
    entity = {"of": "foie", "label": "CLINENTITY", "negated": True}
    overlapping = {**entity, "of": "Métastase", "negated": False, "attrs": {"events": "T9"}}
    corpus = [report("A", TEXT, event, entity, overlapping)]
    both = evaluate_given_spans(corpus, resamples=0)
    assert both.sheet.total(("assertion_given_spans", "negated")) == (1, 0, 0)
    corpus = [report("A", TEXT, event, {"of": "grade II", "label": "CLINENTITY", "negated": True})]
    flags = ("negated", "hypothetical")
    found = evaluate_given_spans(corpus, labels=["EVENT"], flags=flags, resamples=0)
    assert found.f1("assertion_given_spans_by_label", "EVENT", "negated") == 1
    assert found.sheet.total(("assertion_given_spans", "negated")) == (1, 0, 0)
    assert "EVENT" in str(found)
