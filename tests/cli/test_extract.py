"""``oncotext extract`` from files to files."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from oncotext.report import read_jsonl

COMMAND = (sys.executable, "-c", "from oncotext.cli import main; main()")


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    """A folder of four reports, two of which cannot be read."""
    folder = tmp_path / "comptes rendus"
    (folder / "2024").mkdir(parents=True)
    (folder / "a.txt").write_text("Toux. Opéré du côlon.", encoding="utf-8")
    (folder / "2024" / "b.txt").write_bytes("Opérée.".encode("cp1252"))
    (folder / "c.txt").write_bytes(b"")
    (folder / "d.txt").write_bytes(b"%PDF\x00\x01")
    return folder


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def many(path: Path, count: int) -> Path:
    with open(path, "w", encoding="utf-8") as file:
        for n in range(count):
            file.write(json.dumps({"id": f"R{n}", "text": f"Patiente {n}. Pas de toux."}) + "\n")
    return path


def test_folder_to_jsonl(run: Any, reports: Path, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    result = run("extract", reports, "-o", out, "--pipeline", folder)
    assert result.exit_code == 1
    assert [(line["id"], line.get("error", {}).get("code")) for line in lines(out)] == [
        ("a", None),
        ("c", "E201"),
        ("d", "E202"),
        ("2024/b", None),
    ]
    assert lines(out)[3]["text"] == "Opérée."
    assert result.stderr.splitlines()[-1] == "4 reports, 2 failed"
    assert "b.txt: not valid UTF-8, read as cp1252" in result.stderr
    assert "failed: d: [E202]" in result.stderr
    assert "Opéré" not in result.stderr
    assert result.stdout == ""
    assert all(report.id for report in read_jsonl(out))


@pytest.mark.parametrize("name", ["out.jsonl", "out.csv", "out.parquet"])
def test_jobs_write_the_same(run: Any, folder: Path, tmp_path: Path, name: str) -> None:
    source = many(tmp_path / "in.jsonl", 90)
    with open(source, "a", encoding="utf-8") as file:
        file.write('{"id": "vide", "text": ""}\n{"id": "R3", "text": "Encore."}\nrien\n')
    written = []
    for jobs in (1, 2):
        out = tmp_path / str(jobs) / name
        out.parent.mkdir()
        result = run("extract", source, "-o", out, "--pipeline", folder, "--jobs", jobs)
        assert result.exit_code == 1, result.stderr
        assert result.stderr.endswith("93 reports, 3 failed\n")
        written.append(out.read_bytes())
    assert written[0] == written[1]


def test_csv_to_csv(run: Any, folder: Path, tmp_path: Path) -> None:
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text('num;note\n7;"Toux ; fièvre."\n8;RAS\n7;RAS\n', encoding="utf-8")
    columns = ("--id-column", "num", "--text-column", "note")
    result = run("extract", source, "-o", out, *columns, "--pipeline", folder)
    assert result.exit_code == 1
    with open(out, encoding="utf-8", newline="") as file:
        rows = [(row["id"], row["error_code"]) for row in csv.DictReader(file)]
    assert rows == [("7", ""), ("8", ""), ("7", "E204")]


def test_format_wins_over_suffix(run: Any, reports: Path, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.txt"
    run("extract", reports / "a.txt", "-o", out, "--format", "csv", "--pipeline", folder)
    assert out.read_text(encoding="utf-8").startswith("id,report_type,tumor,")


def test_limits_and_encoding(run: Any, reports: Path, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    options = ("--max-chars", 10, "--encoding", "utf-8", "--batch-size", 1)
    run("extract", reports, "-o", out, "--pipeline", folder, *options)
    codes = [line.get("error", {}).get("code") for line in lines(out)]
    assert codes == ["E203", "E201", "E200", "E200"] or codes == ["E203", "E201", "E202", "E200"]


def test_standard_input_to_standard_output(process: Any, folder: Path) -> None:
    done = process("extract", "-", "--pipeline", folder, stdin="Opéré d'un côlon.\n".encode())
    assert done.returncode == 0
    (line,) = done.stdout.decode("utf-8").splitlines()
    assert json.loads(line)["text"] == "Opéré d'un côlon.\n"
    assert done.stderr.decode() == "1 reports, 0 failed\n"


def test_samples(process: Any, folder: Path) -> None:
    done = process("extract", "--sample", "--pipeline", folder)
    assert done.returncode == 0, done.stderr
    texts = {r["id"]: r["text"] for r in map(json.loads, done.stdout.decode().splitlines())}
    assert sorted(texts) == ["A-01", "A-03", "B-02"]
    assert not any("⟦" in text or "===RECORD===" in text for text in texts.values())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["absent.txt"], "absent.txt: No such file"),
        ([], "No input"),
        (["{in}", "-o", "{tmp}/out.xyz"], "--format"),
        (["{in}", "-o", "{tmp}/absent/out.jsonl"], "Cannot be written"),
        (["{in}", "-o", "{tmp}"], "tells no format"),
        (["{in}", "--format", "xml"], "'xml'"),
        (["{in}", "--format", "parquet"], "-o OUT.parquet"),
        (["{in}", "--resume"], "-o OUT.jsonl"),
        (["{in}", "-o", "{tmp}/out.csv", "--resume"], "-o OUT.jsonl"),
        (["{in}", "--encoding", "utf-9"], "utf-9"),
        (["{in}/a.txt", "-o", "{in}/a.txt", "--format", "jsonl"], "one file"),
        (["{in}", "--pipeline", "fr_onco_regles"], "Did you mean: fr_onco_rules?"),
        (["{in}", "--jobs", "0"], "jobs"),
    ],
)
def test_wrong_usage(
    run: Any, reports: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    places = {"in": str(reports), "tmp": str(tmp_path)}
    before = (reports / "a.txt").read_bytes()
    result = run("extract", *(argument.format(**places) for argument in arguments))
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "out.jsonl").exists()
    assert (reports / "a.txt").read_bytes() == before


def test_a_wrong_pipeline_leaves_the_output_alone(run: Any, reports: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text("à garder\n", encoding="utf-8")
    assert run("extract", reports, "-o", out, "--pipeline", "nulle_part").exit_code == 2
    assert out.read_text(encoding="utf-8") == "à garder\n"


def test_resume_after_a_torn_line(run: Any, folder: Path, tmp_path: Path) -> None:
    source, whole, out = many(tmp_path / "in.jsonl", 40), tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    with open(source, "a", encoding="utf-8") as file:
        file.write('{"id": "R0", "text": "Encore."}\n{"id": "vide", "text": ""}\n')
    run("extract", source, "-o", whole, "--pipeline", folder)
    content = whole.read_bytes()
    for cut in (0, 1, len(content) // 2, len(content) - 1, len(content)):
        out.write_bytes(content[:cut])
        result = run("extract", source, "-o", out, "--resume", "--pipeline", folder)
        assert out.read_bytes() == content
        assert result.exit_code == 1
        assert "42 reports, 2 failed" in result.stderr


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.parametrize("jobs", [1, 2])
def test_resume_after_a_kill(run: Any, folder: Path, tmp_path: Path, jobs: int) -> None:
    source, out = many(tmp_path / "in.jsonl", 3000), tmp_path / "out.jsonl"
    options = ("--pipeline", folder, "--batch-size", 4, "--jobs", jobs)
    command = [*COMMAND, *map(str, ("extract", source, "-o", out, *options))]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as running:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and (not out.exists() or out.stat().st_size < 5000):
            time.sleep(0.002)
        running.send_signal(signal.SIGKILL)
    interrupted = out.read_bytes()
    assert 0 < interrupted.count(b"\n") < 3000
    result = run("extract", source, "-o", out, "--resume", *options)
    assert result.exit_code == 0, result.stderr
    assert [(r["id"], r["text"]) for r in lines(out)] == [
        (r["id"], r["text"]) for r in lines(source)
    ]
    assert out.read_bytes().startswith(interrupted[: interrupted.rindex(b"\n") + 1])


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_interrupt_keeps_what_is_done(folder: Path, tmp_path: Path) -> None:
    source, out = many(tmp_path / "in.jsonl", 20000), tmp_path / "out.jsonl"
    command = [*COMMAND, *map(str, ("extract", source, "-o", out, "--pipeline", folder))]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as running:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and (not out.exists() or out.stat().st_size < 5000):
            time.sleep(0.002)
        running.send_signal(signal.SIGINT)
        _, told = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "--resume" in told.decode()
    assert "Traceback" not in told.decode()
    assert out.read_bytes().endswith(b"\n")


def test_an_error_of_the_program_shows_no_text(
    run: Any, reports: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(*arguments: Any, **options: Any) -> None:
        raise ValueError("Opéré du côlon")

    monkeypatch.setattr("oncotext.scale.inputs.Inputs.__iter__", broken)
    out = tmp_path / "out.jsonl"
    result = run("extract", reports, "-o", out, "--pipeline", folder)
    assert result.exit_code == 2
    assert "Unexpected ValueError" in result.stderr
    assert "côlon" not in result.stderr


@pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals")
@pytest.mark.parametrize("columns", [100, 160])
def test_on_a_terminal_a_table_is_shown(folder: Path, columns: int) -> None:
    import pty

    ours, theirs = pty.openpty()
    command = [*COMMAND, "extract", "--sample", "--pipeline", str(folder)]
    environment = {**os.environ, "COLUMNS": str(columns), "TERM": "xterm"}
    with subprocess.Popen(
        command, stdout=theirs, stderr=subprocess.PIPE, env=environment
    ) as running:
        _, told = running.communicate(timeout=60)
    os.close(theirs)
    shown = b""
    while True:
        try:
            chunk = os.read(ours, 65536)
        except OSError:
            break
        if not chunk:
            break
        shown += chunk
    os.close(ours)
    text = shown.decode("utf-8")
    assert "Compte rendu" in text
    assert ("Tumeur, site" in text) == (columns == 100)
    assert told.decode() == "3 reports, 0 failed\n"
