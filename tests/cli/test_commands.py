"""``oncotext`` itself, ``show`` and ``info``."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from oncotext.report import AnnotatedReport, write_jsonl

MARKED = (
    "⟦§conclusion⟧Pas de ⟦métastase|MORPHOLOGY|8000/6|neg⟧. <b>OMS</b>\n"
    "===RECORD===\n"
    '{"report_type": "consultation", "tumors": [{"event": "primary", "tnm": ["cT1 cN0 M0"]}]}'
)


@pytest.fixture
def annotated(tmp_path: Path) -> Path:
    path = tmp_path / "out.jsonl"
    record: Any = {"drugs": ["létrozole"], "performance_status": "ECOG:2"}
    reports = [
        AnnotatedReport.model_validate({"id": f"P/{n}", "text": f"Texte {n}.", "record": record})
        for n in range(3)
    ]
    write_jsonl(reports, path)
    return path


def test_help_names_the_commands(process: Any) -> None:
    start = time.monotonic()
    done = process("--help")
    assert done.returncode == 0
    assert all(name in done.stdout.decode() for name in ("extract", "show", "info"))
    assert time.monotonic() - start < 5


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom oncotext.cli import app\n"
        "try: app(['extract', '--help'])\nexcept SystemExit: pass\n"
        "print([m for m in ('spacy', 'torch', 'numpy', 'pyarrow') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_no_command_shows_help(run: Any) -> None:
    assert "extract" in run().output


def test_version(run: Any) -> None:
    from oncotext import __version__

    assert run("--version").stdout.strip() == f"oncotext {__version__}"


def test_unknown_command(run: Any) -> None:
    assert run("extrait").exit_code == 2


def test_show_one_of_many(run: Any, annotated: Path) -> None:
    result = run("show", annotated, "P/1")
    assert result.exit_code == 0
    assert "Texte 1." in result.stdout
    assert "OMS 2" in result.stdout


def test_show_many_as_a_table(run: Any, annotated: Path) -> None:
    result = run("show", annotated)
    assert result.exit_code == 0
    assert all(f"P/{n}" in result.stdout for n in range(3))
    assert "oncotext show" in result.stderr


def test_show_gold(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "X-1.gold"
    path.write_text(MARKED, encoding="utf-8")
    result = run("show", path)
    assert "Pas de métastase." in result.stdout
    assert "cT1 cN0 M0" in result.stdout
    assert "⟦" not in result.stdout


def test_show_annotates_a_text(run: Any, folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    path.write_bytes("Opérée.".encode("cp1252"))
    result = run("show", path, "--pipeline", folder)
    assert result.exit_code == 0
    assert "Opérée." in result.stdout
    assert "cp1252" in result.stderr


def test_show_html(run: Any, annotated: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    assert run("show", annotated, "--html", page).exit_code == 0
    assert page.read_text(encoding="utf-8").count("<article") == 3
    assert run("show", annotated, "P/2", "--html", page).exit_code == 0
    assert page.read_text(encoding="utf-8").count("<article") == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "holds no report"),
        (b"\xff\xfe\n", "UTF-8"),
        (b'{"id": 1}\n', "line 1"),
        (b'{"id": "A", "text": "secret", "mentions": [{}]}\n', "mentions.0"),
    ],
)
def test_show_what_is_no_report(run: Any, tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "out.jsonl"
    path.write_bytes(content)
    result = run("show", path)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "secret" not in result.stderr


def test_show_wrong_names(run: Any, annotated: Path, tmp_path: Path) -> None:
    assert "Did you mean: P/" in run("show", annotated, "P/9").stderr
    assert "No such file" in run("show", tmp_path / "absent.txt").stderr
    assert "oncotext extract" in run("show", tmp_path).stderr
    assert "Cannot be written" in run("show", annotated, "--html", tmp_path).stderr
    empty = tmp_path / "vide.txt"
    empty.touch()
    assert "empty" in run("show", empty).stderr
    assert run("show", empty).exit_code == 2


def test_info(run: Any) -> None:
    result = run("info")
    assert result.exit_code == 0, result.output
    for expected in ("oncotext", "spacy", "fr_onco_rules", "ICD-O-3-M", "CTCAE-5", "topography"):
        assert expected in result.stdout
    facts = json.loads(run("info", "--json").stdout)
    assert facts["Lexicons (entries)"]["topography"] > 100


def test_schema(run: Any) -> None:
    schema = json.loads(run("info", "--schema").stdout)
    assert {"id", "text", "sections", "mentions", "record"} <= set(schema["properties"])
