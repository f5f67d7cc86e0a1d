"""Broken files: one line each with file and line, without text of the report; the rest is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from oncotext.corpora import FORMATS, load_corpus
from oncotext.report import AnnotatedReport

SECRET = "Durand"
TEXT = f"{SECRET} : cancer du sein."
GOOD = {"id": "T1", "start": 9, "end": 15, "text": "cancer", "label": "MORPHOLOGY"}


def _lines(path: Path, **options: Any) -> tuple[list[str], list[AnnotatedReport]]:
    corpus = load_corpus(path, **options)
    lines = [str(problem) for problem in corpus.problems]
    assert not any(SECRET in line or "\n" in line for line in lines)
    return [line.removeprefix(str(path)) for line in lines], corpus.reports


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("T2\tMORPHOLOGY 9 99\tDurand", "T2 lies outside the text."),
        ("T2\tMORPHOLOGY 15 9\tDurand", "T2 lies outside the text."),
        ("T2\tMORPHOLOGY 9 14\tDurand", "T2: the text at its offsets is not the one that"),
        ("T2\tMORFOLOGY 9 15\tcancer", "T2: unknown label."),
        ("T2\tMORPHOLOGY neuf 15\tDurand", "Not 'T1<tab>LABEL START END<tab>text'."),
        ("T1\tMORPHOLOGY 9 15\tcancer", "The id T1 was used before."),
        ("#1\tAnnotatorNotes T9\tDurand", "There is no T9."),
        ("#1", "Neither a note nor an attribute of BRAT."),
        ("#1\tAnnotatorNotes Durand", "Neither a note nor an attribute of BRAT."),
        ("TDurand\tMORPHOLOGY 9 99\tDurand", "Not 'T1<tab>LABEL START END<tab>text'."),
        ("Durand", "Not a line of BRAT stand-off."),
    ],
    ids=lambda value: str(len(value)),
)
def test_brat(line: str, what: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    good = "T1\tMORPHOLOGY 9 15\tcancer"
    (tmp_path / "a.ann").write_text(f"{good}\n{line}\nR1\tof Arg1:T1 Arg2:T1\n", encoding="utf-8")
    lines, reports = _lines(tmp_path)
    assert [each[: len(f"/a.ann, line 2: {what}")] for each in lines] == [f"/a.ann, line 2: {what}"]
    assert [m.id for m in reports[0].mentions] == ["T1"]


def test_brat_files_without_their_other_half(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    (tmp_path / "b.ann").write_text("", encoding="utf-8")
    assert _lines(tmp_path) == (
        ["/a.txt: No .ann file beside it.", "/b.ann: No .txt file beside it."],
        [],
    )
    assert [report.id for report in load_corpus(tmp_path).unannotated] == ["a"]


def test_mixed_encodings(tmp_path: Path) -> None:
    text = f"{SECRET}\nœdème du sein"
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    ann = "T1\tTOXICITY 7 12\tœdème\n".encode("cp1252")
    (tmp_path / "a.ann").write_bytes(ann)
    (tmp_path / "b.txt").write_text(text, encoding="cp1252")
    (tmp_path / "b.ann").write_bytes(ann.decode("cp1252").encode())
    (tmp_path / "c.txt").write_bytes(b"a\n\x81\x8d")
    (tmp_path / "c.ann").write_bytes(b"")
    lines, reports = _lines(tmp_path)
    assert lines == [
        "/a.ann, line 1: Not valid UTF-8, read as cp1252.",
        "/b.txt, line 2: Not valid UTF-8, read as cp1252.",
        "/c.txt, line 2: Neither valid UTF-8 nor cp1252.",
    ]
    assert [report.mentions[0].text for report in reports] == ["œdème", "œdème"]


def test_brat_offsets_made_before_a_windows_copy(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("a\r\nb\r\n🎗 cancer du\r\nsein".encode())
    ann = "T1\tMORPHOLOGY 6 12\tcancer\r\nT2\tMORPHOLOGY 6 20\tcancer du sein\r\n"
    (tmp_path / "a.ann").write_bytes(ann.encode())
    lines, reports = _lines(tmp_path)
    assert lines == []
    assert [m.text for m in reports[0].mentions] == ["cancer", "cancer du\r\nsein"]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"mentions": [GOOD, GOOD | {"id": "T2", "end": 99}]}, "T2 lies outside the text."),
        ({"mentions": [GOOD, GOOD | {"id": "T2", "label": SECRET}]}, "T2: unknown label."),
        ({"mentions": [GOOD, GOOD | {"id": "T2", "code": 3}]}, "T2: code: "),
        ({"mentions": [GOOD, GOOD | {"id": "T2", "text": SECRET}]}, "T2: the text at its"),
        ({"mentions": [GOOD, {"id": "T2"}]}, "Mention 2 has no start, end or label."),
        ({"mentions": [GOOD, SECRET]}, "Mention 2 has no start, end or label."),
        ({"sections": [{"label": SECRET, "start": 0, "end": 1}]}, "section 1: label: "),
        ({"sections": [{"label": "other", "start": 0, "end": 99}]}, "Section 1 lies outside"),
        ({"record": {"response": SECRET}}, "record: response: "),
        ({"sections": SECRET}, "sections is not a list."),
    ],
    ids=lambda value: str(len(value)),
)
def test_jsonl(change: dict[str, Any], what: str, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    base = {"id": "A", "text": TEXT, "sections": [], "mentions": [GOOD], "record": {}}
    path.write_text(f"\n{json.dumps(base | change)}\n", encoding="utf-8")
    lines, reports = _lines(path)
    assert len(lines) == 1
    assert lines[0].startswith(f", line 2: {what}")
    assert [m.id for m in reports[0].mentions] == ["T1"]


@pytest.mark.parametrize(
    ("name", "source", "line"),
    [
        ("a.jsonl", '{"id": "A", "text": "Durand', ", line 1: Not JSON"),
        ("a.jsonl", '{"id": "A"}', ", line 1: Not an object with a text."),
        ("a.gold", "Durand", ": No line ===RECORD===."),
        ("a.gold", "a\n⟦Durand|DRUG⟧\n===RECORD===\n{}", ", line 2: A mark needs"),
        ("a.spacy", "Durand", ": Not a DocBin ("),
        ("a.json", '[{"data": {"txt": "Durand"}}]', ": Task 1 has no text."),
        (
            "a.json",
            '[{"data": {"text": "Durand"}, "annotations": [{"result": [{"type": "labels"}]}]}]',
            ": Task 1: region 1 has no start, end or label.",
        ),
        ("a.jsonl", '{"text": "Durand", "label": [["Durand"]]}', ", line 1: Annotation 1 has no"),
        ("a.jsonl", '{"text": "Durand", "label": [[0, 99, "DRUG"]]}', ", line 1: T1 lies outside"),
    ],
    ids=lambda value: str(len(value)),
)
def test_one_line_each(name: str, source: str, line: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(source, encoding="utf-8")
    lines, _ = _lines(
        path,
        format="jsonl"
        if source == '{"id": "A"}' or (source[-6:] == "Durand" and name == "a.jsonl")
        else None,
    )
    assert len(lines) == 1
    assert lines[0].startswith(line)


def test_xmi(tmp_path: Path) -> None:
    pytest.importorskip("cassis")
    root = "<x:XMI xmlns:x='http://www.omg.org/XMI'>"
    (tmp_path / "a.xmi").write_text(f"{root}\n<b a='{SECRET}'>\n", encoding="utf-8")
    (tmp_path / "b.xmi").write_text(f"{root}</x:XMI>", encoding="utf-8")
    lines, reports = _lines(tmp_path)
    assert lines[0].startswith("/a.xmi, line 3: Not UIMA CAS XMI")
    assert lines[1].startswith("/b.xmi: ")
    assert (len(lines), reports) == (2, [])


def test_xmi_cannot_hold_control_characters(tmp_path: Path) -> None:
    pytest.importorskip("cassis")
    problems = FORMATS["xmi"].write([AnnotatedReport(id="A", text="a\x0cb")], tmp_path / "out")
    assert "control characters" in str(problems[0])


def test_gold_cannot_hold_its_own_marks(tmp_path: Path) -> None:
    mention = {"id": "T1", "start": 0, "end": 3, "text": "a|b", "label": "DRUG", "code": "x"}
    values = [
        {"id": "A", "text": "a|b", "mentions": [mention]},
        {"id": "B", "text": "⟦"},
        {"id": "C", "text": "a\n===RECORD===\nb"},
    ]
    reports = [AnnotatedReport.model_validate(each) for each in values]
    problems = FORMATS["gold"].write(reports, tmp_path / "out")
    assert [Path(problem.file).name for problem in problems] == ["A.gold", "B.gold", "C.gold"]
    assert [report.text for report in load_corpus(tmp_path / "out")] == ["a|b"]


def test_labels_of_another_scheme_are_mapped_by_the_user(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    ann = "T1\tDisease 9 15\tcancer\nT2\tName 0 6\tDurand\nT3\tOrgan 19 23\tsein\n"
    (tmp_path / "a.ann").write_text(ann, encoding="utf-8")
    labels = {"Disease": "x:DISEASE", "Name": None, "Organ": "TOPOGRAPHY"}
    corpus = load_corpus(tmp_path, labels=labels)
    assert [m.label for m in corpus.reports[0].mentions] == ["x:DISEASE", "TOPOGRAPHY"]
    assert (corpus.problems, corpus.left_out) == ([], {"Name": 1})
