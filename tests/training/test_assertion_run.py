"""``task = "assertion"``: from a corpus to a pipeline with its figures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import oncotext
from oncotext.errors import InputError
from oncotext.report import AnnotatedReport
from oncotext.training import train

SENTENCES = (
    ("Carcinome relu en double lecture ce jour.", False),
    ("Carcinome sous reserve de la relecture.", True),
    ("Pas de carcinome ce jour.", False),
)
CONFIG = (
    'task = "assertion"\noutput = "pipeline"\n'
    '[train]\npath = "train.jsonl"\n[dev]\npath = "dev.jsonl"\n'
)


def report(number: int) -> AnnotatedReport:
    """An invented report of a centre with a convention of its own."""
    turn = number % len(SENTENCES)
    text, mentions = f"Compte rendu {number}.\n", []
    for index, (sentence, hypothetical) in enumerate(SENTENCES[turn:] + SENTENCES[:turn]):
        start = len(text) + sentence.lower().index("carcinome")
        text += sentence + "\n"
        mentions.append(
            {"id": f"T{index}", "start": start, "end": start + 9, "text": text[start:start + 9],
             "label": "MORPHOLOGY", "hypothetical": hypothetical,
             "negated": sentence.startswith("Pas")}
        )  # fmt: skip
    return AnnotatedReport.model_validate({"id": f"R{number}", "text": text, "mentions": mentions})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("assertion")
    for name, numbers in (("train", range(30)), ("dev", range(40, 70))):
        lines = [report(number).to_json() for number in numbers]
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "run.toml").write_text(CONFIG, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return []


@pytest.fixture(scope="module")
def trained(folder: Path, lines: list[str]) -> Path:
    return train(folder / "run.toml", tell=lines.append)


def test_the_pipeline_has_learned(trained: Path) -> None:
    text = report(99).text
    start = text.index("sous") - 10
    found = oncotext.assert_spans(text, [(start, start + 9)], labels=["MORPHOLOGY"],
                                  pipeline=trained)  # fmt: skip
    assert found[0].hypothetical
    assert not oncotext.assert_spans(text, [(start, start + 9)])[0].hypothetical


def test_the_run_says_how_good_it_is(trained: Path, lines: list[str]) -> None:
    run = json.loads((trained / "training.json").read_text(encoding="utf-8"))
    row = run["figures"]["hypothetical"]
    assert row["n"] == 30
    assert row["rules"]["f1"] == 0
    assert row["trained"]["f1"] == 1
    card = (trained / "README.md").read_text(encoding="utf-8")
    assert "| hypothetical | 30 | 0.000 | 1.000 |" in card
    assert "negated: left to the rules" in lines
    assert not any("arcinome" in line for line in lines)


def test_a_wrong_key(folder: Path) -> None:
    (folder / "wrong.toml").write_text(CONFIG.replace("output", "labels"), encoding="utf-8")
    with pytest.raises(InputError, match=r"labels|output"):
        train(folder / "wrong.toml")
