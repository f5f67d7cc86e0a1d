"""``oncotext convert``."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from oncotext.cli import app
from oncotext.corpora import load_corpus, sample_paths

SECRET = "Durand"


def _run(*args: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["convert", *map(str, args)])
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    folder = tmp_path / "samples"
    folder.mkdir()
    for path in sample_paths():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


def test_to_jsonl_and_back_to_the_same_reports(samples: Path, tmp_path: Path) -> None:
    lines, marks = tmp_path / "out.jsonl", tmp_path / "back"
    assert _run(samples, lines) == (0, "", "3 reports, 0 problems\n")
    code, _, _ = _run(lines, marks, "--to", "gold")
    assert code == 0
    assert load_corpus(marks).reports == load_corpus(samples).reports


def test_a_line_on_stderr_tells_what_is_lost(samples: Path, tmp_path: Path) -> None:
    code, out, err = _run(samples, tmp_path / "out", "--to", "brat")
    assert (code, out) == (0, "")
    warnings = [line for line in err.splitlines() if line.startswith("warning: ")]
    assert warnings == [
        "warning: BRAT stand-off cannot carry: sections (3 reports); "
        "the structured record (3 reports)."
    ]


def test_problems_are_told_and_the_rest_is_converted(samples: Path, tmp_path: Path) -> None:
    (samples / "broken.gold").write_text(f"{SECRET}\n", encoding="utf-8")
    code, _, err = _run(samples, tmp_path / "out.jsonl")
    assert code == 1
    assert "broken.gold: No line ===RECORD===." in err
    assert SECRET not in err
    assert len(load_corpus(tmp_path / "out.jsonl")) == 3


@pytest.mark.parametrize(
    ("args", "what"),
    [
        (["samples", "out"], "--to"),
        (["samples", "out", "--to", "brit"], "brat"),
        (["samples", "samples", "--to", "brat"], "one"),
        (["absent", "out.jsonl"], "No such file"),
        (["samples", "absent/out.jsonl"], "exists"),
        (["samples", "out.jsonl", "--from", "conll"], "not read"),
        (["samples", "out.jsonl", "--split", "train"], "no split"),
    ],
)
def test_wrong_usage(
    args: list[str], what: str, samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = _run(*args)
    assert code == 2
    assert what in err
    assert len(err.splitlines()) == 1
