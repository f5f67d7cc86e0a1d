"""Mentions to records (`build.cases`)."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from oncotext.language.view import TextView
from oncotext.records.build import build_record
from oncotext.records.evidence import Evidence
from oncotext.report import FLAGS, AnnotatedReport, Record


def record_of(report: AnnotatedReport) -> dict[str, Any]:
    view = TextView(report.text)
    mentions = [mention.model_dump() for mention in report.mentions]

    def section_of(position: int) -> str:
        return next(s.label for s in report.sections if s.start <= position < s.end)

    evidence = Evidence(report.text, mentions, view.sentences, section_of)
    return build_record(view, evidence, report.record.report_type or "other")


def test_cases(gold_case: AnnotatedReport) -> None:
    found = Record.model_validate(record_of(gold_case))
    assert found.model_copy(update={"evidence": {}}) == gold_case.record


def test_every_fact_names_the_mentions_that_give_it(gold_case: AnnotatedReport) -> None:
    record = record_of(gold_case)
    mentions = {mention.id: mention for mention in gold_case.mentions}
    for pointer, ids in record.get("evidence", {}).items():
        value: Any = record
        for part in pointer.strip("/").split("/"):
            value = value[int(part)] if isinstance(value, list) else value[part]
        assert value
        assert ids
        assert all(id in mentions for id in ids)
        if isinstance(value, str) and pointer.rsplit("/", 1)[-1] != "laterality":
            assert value in {mentions[id].code for id in ids}, pointer


def test_records_are_plain_values(gold_case: AnnotatedReport) -> None:
    record = record_of(gold_case)
    assert json.loads(json.dumps(record)) == record


@pytest.mark.parametrize("flag", ["negated", "hypothetical"])
def test_nothing_is_recorded_of_what_is_not_asserted(gold_case: AnnotatedReport, flag: str) -> None:
    copy = gold_case.model_copy(deep=True)
    for mention in copy.mentions:
        for other in FLAGS:
            setattr(mention, other, other == flag)
    assert {k: v for k, v in record_of(copy).items() if v} == {
        "report_type": gold_case.record.report_type or "other"
    }


def test_time_grows_with_the_number_of_mentions() -> None:
    sentence = "Adénocarcinome du rectum, métastases hépatiques, nausées grade 2. "
    marks = [("Adénocarcinome", "MORPHOLOGY", "8140/3"), ("rectum", "TOPOGRAPHY", "C20.9"),
             ("métastases", "MORPHOLOGY", "8000/6"), ("hépatiques", "TOPOGRAPHY", "C22.0"),
             ("nausées", "TOXICITY", "Nausea")]  # fmt: skip

    def seconds(count: int) -> float:
        text = sentence * count
        mentions: list[Any] = [
            {"start": at * len(sentence) + sentence.index(word), "label": label, "code": code,
             "end": at * len(sentence) + sentence.index(word) + len(word)}
            for at in range(count)
            for word, label, code in marks
        ]  # fmt: skip
        view = TextView(text)
        evidence = Evidence(text, mentions, view.sentences, lambda position: "other")
        begin = time.process_time()
        build_record(view, evidence, "other")
        return time.process_time() - begin

    seconds(10)
    assert seconds(1600) < 24 * seconds(200) + 0.1
