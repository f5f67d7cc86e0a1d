"""The annotated report: round trip, checks, JSON Schema."""

from __future__ import annotations

import io
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from oncotext.errors import InputError
from oncotext.report import (
    FLAGS,
    LABELS,
    SECTION_LABELS,
    AnnotatedReport,
    json_schema,
    read_jsonl,
    write_jsonl,
)

GOLD = Path(__file__).parents[1] / "corpora" / "oncotext-gold" / "gold.jsonl"
gold_needed = pytest.mark.skipif(not GOLD.exists(), reason="the corpus is not in this checkout")

TEXT = st.text(
    st.one_of(
        st.sampled_from("éÀœ🎗𝐩\r\n\t\u2028\u0301\u00a0\"\\'⟦|"), st.characters(codec="utf-8")
    ),
    min_size=2,
    max_size=60,
)
SCALAR = st.text(st.characters(codec="utf-8"), max_size=8)


@st.composite
def reports(draw: st.DrawFn) -> AnnotatedReport:
    text = draw(TEXT)

    def span() -> tuple[int, int]:
        start = draw(st.integers(0, len(text) - 1))
        return start, draw(st.integers(start + 1, len(text)))

    def mention(number: int) -> dict[str, Any]:
        start, end = span()
        out: dict[str, Any] = {"id": f"T{number}", "start": start, "end": end}
        out |= {"text": text[start:end], "label": draw(st.sampled_from(LABELS))}
        out |= {flag: draw(st.booleans()) for flag in FLAGS}
        out["code"] = draw(st.none() | SCALAR)
        out["attrs"] = draw(st.dictionaries(SCALAR, SCALAR, max_size=2))
        out["section"] = draw(st.none() | st.sampled_from(SECTION_LABELS))
        out["score"] = draw(st.none() | st.floats(0, 1))
        out["fragments"] = draw(st.sampled_from([[], [(start, end)]]))
        if draw(st.booleans()):
            a, b = span()
            out["cues"] = {"negated": {"start": a, "end": b, "text": text[a:b], "rule": "r"}}
        return out

    cut = draw(st.integers(0, len(text)))
    tumor = {
        "event": draw(st.sampled_from([None, "primary", "recurrence", "metastasis"])),
        "tnm": draw(st.lists(SCALAR, max_size=2)),
        "size_mm": draw(st.none() | st.integers(0, 400) | st.floats(0.5, 400)),
        "derived": [{"field": "stage", "value": draw(SCALAR), "agrees": draw(st.booleans())}],
    }
    return AnnotatedReport.model_validate(
        {
            "id": draw(SCALAR),
            "text": text,
            "sections": [
                {"label": "header", "start": 0, "end": cut},
                {"label": "conclusion", "start": cut, "end": len(text), "title": draw(SCALAR)},
            ],
            "mentions": [mention(number) for number in range(draw(st.integers(0, 3)))],
            "record": {
                "tumors": [tumor] if draw(st.booleans()) else [],
                "toxicities": [{"term": "Nausea", "grade": draw(st.none() | st.integers(1, 5))}],
                "evidence": {"/drugs/0": ["T1"]},
            },
            "error": draw(st.none() | st.just({"code": "E200", "message": "Illisible."})),
            "producer": {"version": "1", "pipeline": "p"},
        }
    )


@given(reports())
def test_json_round_trip_gives_an_equal_object(report: AnnotatedReport) -> None:
    line = report.to_json()
    assert "\n" not in line
    assert AnnotatedReport.from_json(line) == report
    assert AnnotatedReport.model_validate(report.to_dict()) == report


@given(st.lists(reports(), max_size=3))
def test_json_lines_round_trip(many: list[AnnotatedReport]) -> None:
    file = io.StringIO()
    assert write_jsonl(many, file) == len(many)
    lines = file.getvalue().split("\n")
    assert lines.pop() == ""
    assert [AnnotatedReport.from_json(line) for line in lines] == many


@given(reports())
def test_every_report_satisfies_the_published_schema(report: AnnotatedReport) -> None:
    VALIDATOR.validate(json.loads(report.to_json()))


@given(TEXT)
def test_files_keep_line_ends_and_other_scripts(text: str) -> None:
    file = io.StringIO()
    write_jsonl([AnnotatedReport(id="é", text=text)], file)
    assert json.loads(file.getvalue())["text"] == text


def test_files_are_read_back(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    many = [AnnotatedReport(id=str(n), text="Œdème\r\n🎗\u2028") for n in range(3)]
    assert write_jsonl(many, path) == 3
    assert list(read_jsonl(path)) == many
    assert path.read_bytes().count(b"\n") == 3


MENTION = {"id": "T1", "start": 7, "end": 13, "text": "cancer", "label": "MORPHOLOGY"}
BASE = {"id": "A", "text": "Pas de cancer Durand.", "mentions": [MENTION]}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"text": None}, "text"),
        ({"id": None}, "id"),
        ({"foo": 1}, "foo"),
        ({"mentions": [MENTION | {"label": "MORFOLOGY"}]}, "mentions.0.label"),
        ({"mentions": [MENTION | {"start": -1}]}, "mentions.0.start"),
        ({"mentions": [MENTION | {"score": 2}]}, "mentions.0.score"),
        ({"mentions": [MENTION | {"code": 3}]}, "mentions.0.code"),
        ({"mentions": [MENTION | {"end": 99}]}, "mention T1"),
        ({"mentions": [MENTION | {"start": 13}]}, "mention T1"),
        ({"mentions": [MENTION | {"start": 8}]}, "mention T1"),
        ({"mentions": [MENTION | {"negated": "Durand"}]}, "mentions.0.negated"),
        ({"sections": [{"label": "conclusions", "start": 0, "end": 1}]}, "sections.0.label"),
        ({"sections": [{"label": "other", "start": 0, "end": 99}]}, "section other"),
        ({"sections": [{"label": "other", "start": 5, "end": 4}]}, "section other"),
        ({"record": {"tumors": [{"event": "new"}]}}, "record.tumors.0.event"),
        ({"record": {"toxicities": [{"term": "Nausea", "grade": 6}]}}, "record.toxicities.0.grade"),
        ({"record": {"response": "Durand"}}, "record.response"),
    ],
)
def test_errors_name_line_and_field_and_hold_no_report_text(
    change: dict[str, Any], field: str, tmp_path: Path
) -> None:
    path = tmp_path / "in.jsonl"
    good = json.dumps(BASE)
    path.write_text(f"{good}\n\n{json.dumps(BASE | change)}\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        list(read_jsonl(path))
    message = str(caught.value)
    assert f"{path}, line 3" in message
    assert field in message
    assert "Durand" not in message
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_line_that_is_no_json_holds_no_report_text() -> None:
    with pytest.raises(InputError) as caught:
        AnnotatedReport.from_json('{"id": "A", "text": "Durand', where="x.jsonl, line 1")
    assert "Durand" not in str(caught.value)
    assert "x.jsonl, line 1" in str(caught.value)


def test_validating_plain_values_raises_pydantics_error() -> None:
    with pytest.raises(ValidationError):
        AnnotatedReport.model_validate(BASE | {"id": 3})


def test_what_is_empty_is_left_out_and_what_is_required_stays() -> None:
    report = AnnotatedReport.model_validate(
        BASE
        | {
            "record": {
                "tumors": [
                    {"size_mm": 0, "derived": [{"field": "f", "value": "v", "agrees": False}]}
                ]
            }
        }
    )
    out = report.to_dict()
    assert set(out) == {"id", "text", "sections", "mentions", "record"}
    assert out["mentions"] == [MENTION | dict.fromkeys(FLAGS, False)]
    tumor = out["record"]["tumors"][0]
    assert tumor["size_mm"] == 0
    assert tumor["derived"][0]["agrees"] is False
    assert set(tumor) == {"size_mm", "derived"}


@pytest.mark.parametrize(
    ("flags", "asserted"),
    [
        ({}, True),
        ({"historical": True}, True),
        ({"negated": True}, False),
        ({"family": True}, False),
    ],
)
def test_asserted(flags: dict[str, bool], asserted: bool) -> None:
    report = AnnotatedReport.model_validate(BASE | {"mentions": [MENTION | flags]})
    assert report.mentions[0].asserted is asserted


def test_a_discontinuous_mention_is_a_hull() -> None:
    mention = MENTION | {
        "start": 0,
        "end": 13,
        "text": "Pas cancer",
        "fragments": [[0, 3], [7, 13]],
    }
    report = AnnotatedReport.model_validate(BASE | {"mentions": [mention]})
    assert AnnotatedReport.from_json(report.to_json()) == report


def _published() -> dict[str, Any]:
    text = files("oncotext").joinpath("report.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


jsonschema = pytest.importorskip("jsonschema")
VALIDATOR = jsonschema.Draft202012Validator(_published())


def test_the_published_schema_is_the_models() -> None:
    assert _published() == json_schema(), "Write oncotext.report.json_schema() to the file anew."
    jsonschema.Draft202012Validator.check_schema(json_schema())


@gold_needed
def test_the_gold_corpus_satisfies_the_schema_and_survives_the_round_trip() -> None:
    lines = GOLD.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 36
    for line in lines:
        VALIDATOR.validate(json.loads(line))
    for report in read_jsonl(GOLD):
        assert AnnotatedReport.from_json(report.to_json()) == report


@pytest.mark.parametrize("change", [{"foo": 1}, {"text": 3}, {"mentions": [{"id": "T1"}]}])
def test_the_schema_refuses_what_the_model_refuses(change: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid(BASE | change)
