"""``oncotext evaluate``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from oncotext.corpora import read_gold, sample_paths
from oncotext.report import AnnotatedReport, write_jsonl

Run = Callable[..., Result]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """The samples, as one file of annotated reports."""
    path = tmp_path / "gold.jsonl"
    write_jsonl([read_gold(sample) for sample in sample_paths()], path)
    return path


@pytest.fixture
def predictions(corpus: Path, tmp_path: Path) -> Path:
    """What somebody predicted: half the mentions, no record."""
    path = tmp_path / "predicted.jsonl"
    reports = [AnnotatedReport.from_json(line) for line in corpus.read_text("utf-8").splitlines()]
    halved = [
        report.model_copy(update={"mentions": report.mentions[::2]}, deep=True)
        for report in reports
    ]
    write_jsonl(halved, path)
    return path


def test_a_pipeline(run: Run, corpus: Path, tmp_path: Path) -> None:
    figures, page = tmp_path / "figures.json", tmp_path / "errors.html"
    done = run("evaluate", "--corpus", corpus, "--json", figures, "--html", page)
    assert done.exit_code == 0, done.output
    for words in ("3 reports", "Mentions", "TOPOGRAPHY", "Record", "Assertion", "Where time went"):
        assert words in done.output
    found = json.loads(figures.read_text(encoding="utf-8"))
    assert found["reports"] == 3
    assert set(found["about"]) >= {"date", "versions", "corpus", "corpus_sha256", "system"}
    assert found["mention"]["TNM"]["strict"]["tp"] > 0
    assert found["seconds"]
    assert "linking_given_spans" in found
    assert "<title>" in page.read_text(encoding="utf-8")


def test_predictions(run: Run, corpus: Path, predictions: Path, tmp_path: Path) -> None:
    out = tmp_path / "figures.json"
    done = run("evaluate", "--corpus", corpus, "--predictions", predictions, "--json", out)
    assert done.exit_code == 0, done.output
    found = json.loads(out.read_text(encoding="utf-8"))
    assert found["mention_micro"]["strict"]["p"] == 1
    assert found["mention_micro"]["strict"]["r"] < 0.6
    assert "seconds" not in found
    assert "Where time went" not in done.output


def test_two_systems(run: Run, corpus: Path, predictions: Path) -> None:
    done = run(*("evaluate", "--corpus", corpus, "--predictions", predictions, "--against", corpus))
    assert done.exit_code == 0, done.output
    assert "Second system less first" in done.output


def test_some_labels_and_details(run: Run, corpus: Path, predictions: Path) -> None:
    done = run(
        *("evaluate", "--corpus", corpus, "--predictions", predictions),
        *("--labels", "TNM, GRADE", "--details"),
    )
    assert done.exit_code == 0, done.output
    assert "only GRADE, TNM" in done.output
    assert "TNM by component" in done.output
    assert "BIOMARKER" not in done.output


def test_agreement(run: Run, corpus: Path, predictions: Path, tmp_path: Path) -> None:
    out = tmp_path / "agreement.json"
    done = run("evaluate", "--corpus", corpus, "--agreement", predictions, "--json", out)
    assert done.exit_code == 0, done.output
    assert "kappa" in done.output
    assert json.loads(out.read_text(encoding="utf-8"))["reports"] == 3


def test_no_word_of_a_report_is_shown(run: Run, tmp_path: Path) -> None:
    text = "Zzyzx : cancer du sein gauche."
    site = {"id": "T1", "start": 0, "end": 5, "text": "Zzyzx", "label": "TOPOGRAPHY"}
    gold = [AnnotatedReport.model_validate({"id": "A", "text": text, "mentions": [site]})]
    corpus, figures = tmp_path / "gold.jsonl", tmp_path / "figures.json"
    write_jsonl(gold, corpus)
    done = run("evaluate", "--corpus", corpus, "--details", "--json", figures)
    assert done.exit_code == 0, done.output
    assert "Zzyzx" not in done.output + figures.read_text(encoding="utf-8")


def test_a_failed_report_is_exit_code_1(run: Run, corpus: Path, tmp_path: Path) -> None:
    failed = {"id": "A-01", "text": "", "error": {"code": "E500", "message": "failed"}}
    path = tmp_path / "failed.jsonl"
    path.write_text(json.dumps(failed) + "\n", encoding="utf-8")
    done = run("evaluate", "--corpus", corpus, "--predictions", path)
    assert done.exit_code == 1
    assert "2 without prediction, 1 failed" in done.output


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--corpus", "nowhere"], "No such file"),
        (["--labels", "TNN"], "TNM"),
        (["--pipeline", "a", "--predictions", "b"], "not both"),
        (["--agreement", "a", "--predictions", "b"], "--agreement"),
        (["--json", "nowhere/out.json"], "Cannot be written"),
        (["--predictions", "nowhere.jsonl"], "nowhere.jsonl"),
        (["--pipeline", "fr_onco_rule"], "fr_onco_rules"),
    ],
)
def test_wrong_usage(run: Run, corpus: Path, options: list[str], words: str) -> None:
    given = options if "--corpus" in options else ["--corpus", str(corpus), *options]
    done = run("evaluate", *given)
    assert done.exit_code == 2
    assert words in done.output


def test_predictions_of_other_texts(run: Run, corpus: Path, tmp_path: Path) -> None:
    path = tmp_path / "other.jsonl"
    write_jsonl([AnnotatedReport(id="A-01", text="Autre.")], path)
    done = run("evaluate", "--corpus", corpus, "--predictions", path)
    assert done.exit_code == 2
    assert "A-01" in done.output
    assert "Autre" not in done.output
