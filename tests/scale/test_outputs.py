"""Writers, and going on after an interruption."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from oncotext.errors import InputError, UsageError
from oncotext.report import AnnotatedReport, read_jsonl
from oncotext.scale.outputs import COLUMNS, Format, format_of, open_writer, table_rows
from oncotext.scale.resume import Done

RECORD: dict[str, Any] = {
    "report_type": "tumor_board",
    "tumors": [
        {
            "event": "primary",
            "topography": "C50.4",
            "laterality": "left",
            "morphology": "8500/3",
            "tnm": ["pT2 pN1a M0"],
            "stages": ["UICC:IIB", "UICC:IIIA"],
            "grades": ["SBR:2"],
            "size_mm": 32,
            "biomarkers": ["ER=POSITIVE", "HER2=NEGATIVE"],
            "derived": [{"field": "stage", "value": "UICC:IIB"}],
        },
        {"event": "metastasis", "metastatic_sites": ["C22.0"], "flags": ["a;b"]},
    ],
    "performance_status": "ECOG:1",
    "toxicities": [{"term": "Nausea", "grade": 2}, {"term": "Fatigue"}],
    "drugs": ["letrozole"],
    "response": "PR",
    "family_cancer_history": [{"topography": "C50.9", "relation": "mother"}, {"relation": "aunt"}],
}
FULL = AnnotatedReport.model_validate({"id": "A", "text": "œ", "record": RECORD})
PLAIN = AnnotatedReport(id="B", text="Toux.")
FAILED = AnnotatedReport.model_validate(
    {"id": "C", "text": "", "error": {"code": "E201", "message": "The report is empty."}}
)


def test_one_row_a_tumour() -> None:
    first, second = table_rows(FULL)
    assert list(first) == list(COLUMNS)
    assert first == {
        **dict.fromkeys(COLUMNS),
        "id": "A",
        "report_type": "tumor_board",
        "tumor": 1,
        "event": "primary",
        "topography": "C50.4",
        "laterality": "left",
        "morphology": "8500/3",
        "tnm": "pT2 pN1a M0",
        "stages": "UICC:IIB;UICC:IIIA",
        "grades": "SBR:2",
        "size_mm": 32,
        "biomarkers": "ER=POSITIVE;HER2=NEGATIVE",
        "derived": "stage=UICC:IIB",
        "performance_status": "ECOG:1",
        "toxicities": "Nausea=2;Fatigue",
        "drugs": "letrozole",
        "response": "PR",
        "family_cancer_history": "mother=C50.9;aunt",
    }
    assert (second["tumor"], second["metastatic_sites"], second["flags"]) == (2, "C22.0", "a,b")
    assert second["performance_status"] == "ECOG:1"


def test_one_row_without_tumour_or_with_an_error() -> None:
    assert table_rows(PLAIN) == [{**dict.fromkeys(COLUMNS), "id": "B"}]
    (row,) = table_rows(FAILED)
    assert (row["error_code"], row["error_message"]) == ("E201", "The report is empty.")


def write(path: Path, format: Format, *reports: AnnotatedReport, append: bool = False) -> Path:
    with open_writer(path, format, append=append) as writer:
        for report in reports:
            writer.write(writer.prepare(report))
    return path


def test_jsonl(tmp_path: Path) -> None:
    path = write(tmp_path / "out.jsonl", "jsonl", FULL, PLAIN)
    write(path, "jsonl", FAILED, append=True)
    assert list(read_jsonl(path)) == [FULL, PLAIN, FAILED]


def test_csv(tmp_path: Path) -> None:
    path = write(tmp_path / "out.csv", "csv", FULL, PLAIN, FAILED)
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows] == ["A", "A", "B", "C"]
    assert rows[0]["size_mm"] == "32"
    assert rows[2]["tumor"] == ""


def test_parquet(tmp_path: Path) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    path = write(tmp_path / "out.parquet", "parquet", FULL, PLAIN, FAILED)
    table = pq.read_table(path)
    assert table.column_names == list(COLUMNS)
    assert table.column("tumor").to_pylist() == [1, 2, None, None]
    assert table.column("size_mm").to_pylist() == [32.0, None, None, None]
    assert table.to_pylist()[0]["biomarkers"] == "ER=POSITIVE;HER2=NEGATIVE"
    assert pq.read_table(write(tmp_path / "none.parquet", "parquet")).num_rows == 0


def test_csv_and_parquet_agree(tmp_path: Path) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    rows = pq.read_table(write(tmp_path / "a.parquet", "parquet", FULL, FAILED)).to_pylist()
    stream = io.StringIO()
    with open_writer(stream, "csv") as writer:
        for report in (FULL, FAILED):
            writer.write(writer.prepare(report))
    read = csv.DictReader(io.StringIO(stream.getvalue()))
    as_text = [
        {
            name: "" if value is None else str(value).removesuffix(".0")
            for name, value in row.items()
        }
        for row in rows
    ]
    for ours, theirs in zip(as_text, read, strict=True):
        topography = {"topography", "metastatic_sites", "family_cancer_history"}
        assert {k: v for k, v in ours.items() if k not in topography} == {
            k: v for k, v in theirs.items() if k not in topography
        }


def test_formats() -> None:
    assert format_of(Path("a.CSV"), None) == "csv"
    assert format_of(Path("a.csv"), "jsonl") == "jsonl"
    assert format_of(None, None) == "jsonl"
    with pytest.raises(UsageError, match="--format"):
        format_of(Path("a.xlsx"), None)
    with pytest.raises(UsageError, match="'xml'"):
        format_of(None, "xml")
    with pytest.raises(UsageError, match="stream"):
        open_writer(io.StringIO(), "parquet")


def test_output_that_cannot_be_written(tmp_path: Path) -> None:
    for format in ("jsonl", "csv", "parquet"):
        with pytest.raises(UsageError, match="Cannot be written"):
            open_writer(tmp_path / "absent" / "out", format_of(None, format))


def test_done_without_a_file(tmp_path: Path) -> None:
    done = Done(tmp_path / "out.jsonl")
    assert not done.skip("A")
    assert done.reports == 0


def test_done_counts_each_id_as_often_as_it_was_written(tmp_path: Path) -> None:
    done = Done(write(tmp_path / "out.jsonl", "jsonl", FULL, FULL, FAILED))
    assert [done.skip("A") for _ in range(3)] == [True, True, False]
    assert not done.skip("B")
    assert (done.reports, done.failed) == (3, 1)


@pytest.mark.parametrize("torn", [b'{"id": "B", "te', b'{"id": "B"}', b"\x00" * 50, b"{}\n", b"\n"])
def test_a_torn_last_line_is_cut_off(tmp_path: Path, torn: bytes) -> None:
    path = write(tmp_path / "out.jsonl", "jsonl", FULL)
    whole = path.read_bytes()
    path.write_bytes(whole + torn)
    done = Done(path)
    assert path.read_bytes() == whole
    assert done.skip("A")
    assert not done.skip("B")


def test_every_cut_of_a_file_can_be_gone_on_with(tmp_path: Path) -> None:
    path = write(tmp_path / "out.jsonl", "jsonl", PLAIN, FAILED)
    whole = path.read_bytes()
    for length in range(len(whole) + 1):
        path.write_bytes(whole[:length])
        done = Done(path)
        write(path, "jsonl", *(r for r in (PLAIN, FAILED) if not done.skip(r.id)), append=True)
        assert path.read_bytes() == whole


def test_a_file_of_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.jsonl"
    path.write_text("premier\n" + json.dumps({"id": "A"}) + "\n", encoding="utf-8")
    before = path.read_bytes()
    with pytest.raises(InputError, match="line 1"):
        Done(path)
    assert path.read_bytes() == before
