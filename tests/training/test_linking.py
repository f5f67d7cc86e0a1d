"""Linkers trained on annotated reports, and the pipeline that holds them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import spacy
from typer.testing import CliRunner

import oncotext
from oncotext.cli import app
from oncotext.errors import InputError, UnknownNameError, UsageError
from oncotext.report import AnnotatedReport
from oncotext.training import train, train_linkers

WORDS = [
    ("Lésion", "MORPHOLOGY", "8000/1"),
    ("Carcinome", "MORPHOLOGY", "8500/3"),
    ("aire du bas", "TOPOGRAPHY", "C77.4"),
]


def report(number: int) -> AnnotatedReport:
    """An invented report whose three mentions have codes of its centre's own."""
    text, mentions = f"Compte rendu {number}.", []
    for index, (words, label, code) in enumerate(WORDS):
        start = len(text) + 1
        text += f" {words}."
        mentions.append(
            {"id": f"T{index}", "start": start, "end": start + len(words), "text": words,
             "label": label, "code": code}
        )  # fmt: skip
    return AnnotatedReport.model_validate(
        {"id": f"R{number}", "text": text, "sections": [], "mentions": mentions, "record": {}}
    )


def written(folder: Path, numbers: range) -> None:
    lines = [report(number).to_json() for number in numbers]
    folder.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("training")
    written(folder / "train.jsonl", range(4))
    written(folder / "dev.jsonl", range(10, 12))
    (folder / "run.toml").write_text(
        'task = "linking"\noutput = "pipeline"\n'
        '[train]\npath = "train.jsonl"\n[dev]\npath = "dev.jsonl"\n',
        encoding="utf-8",
    )
    return train(folder / "run.toml")


def test_forms_are_learned_with_their_codes() -> None:
    linkers = train_linkers([report(1), report(2)])
    assert linkers["ICD-O-3-M"].aliases["lesion"] == {"8000/1": 2}
    assert linkers["ICD-O-3-T"].link("Aires du bas", 1)[0].code == "C77.4"


def test_the_pipeline_serves_link_and_load(trained: Path) -> None:
    assert oncotext.link("lésion", "ICD-O-3-M", 1, pipeline=trained)[0].code == "8000/1"
    assert oncotext.link("Carcinome", "ICD-O-3-M", 1)[0].code == "8010/3"
    text = "Carcinome."
    for nlp in (oncotext.load(trained), spacy.load(trained)):
        doc = nlp(text)
        assert "8500/3" in [span._.code for span in doc.spans["oncotext"]]


def test_bytes_and_processes_give_the_same(trained: Path) -> None:
    nlp = oncotext.load(trained)
    texts = [report(number).text for number in range(3)]
    codes = [[s._.code for s in doc.spans["oncotext"]] for doc in map(nlp, texts)]
    again = oncotext.load(trained)
    again.from_bytes(nlp.to_bytes())
    docs = [again(text) for text in texts]
    assert [[s._.code for s in doc.spans["oncotext"]] for doc in docs] == codes
    docs = list(nlp.pipe(texts, n_process=2))
    assert [[s._.code for s in doc.spans["oncotext"]] for doc in docs] == codes


def test_a_run_says_what_it_was(trained: Path) -> None:
    run = json.loads((trained / "training.json").read_text(encoding="utf-8"))
    assert run["train"]["reports"] == 4
    assert run["figures"]["MORPHOLOGY"]["all"]["trained"]["accuracy@1"] == 1.0
    assert run["figures"]["MORPHOLOGY"]["all"]["lexicon"]["accuracy@1"] < 1
    card = (trained / "README.md").read_text(encoding="utf-8")
    assert "4 reports" in card
    assert "Carcinome mammaire" not in card


def test_unknown_label() -> None:
    with pytest.raises(UnknownNameError, match="TNM"):
        train_linkers([report(1)], labels=["TNM"])


def test_nothing_to_learn() -> None:
    bare = report(1).model_copy(update={"mentions": []})
    with pytest.raises(InputError, match="whole code"):
        train_linkers([bare])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('task = "linking"\n', "train"),
        ('task = "magic"\noutput = "o"\n[train]\npath = "t"\n', "task"),
        ('task = "linking"\noutput = "o"\nspeed = 1\n[train]\npath = "t"\n', "speed"),
        ("task = \n", "TOML"),
    ],
)
def test_wrong_configuration(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "run.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        train(path)


def test_reports_may_not_be_in_both(tmp_path: Path) -> None:
    written(tmp_path / "all.jsonl", range(3))
    (tmp_path / "run.toml").write_text(
        'task = "linking"\noutput = "o"\n[train]\npath = "all.jsonl"\n[dev]\npath = "all.jsonl"\n',
        encoding="utf-8",
    )
    with pytest.raises(InputError, match="3 of 3"):
        train(tmp_path / "run.toml")


def test_output_is_not_overwritten(trained: Path) -> None:
    with pytest.raises(UsageError, match="not empty"):
        train(trained.parent / "run.toml")


def test_command(tmp_path: Path) -> None:
    written(tmp_path / "train.jsonl", range(2))
    config = tmp_path / "run.toml"
    config.write_text(
        'task = "linking"\noutput = "o"\n[train]\npath = "train.jsonl"\n', encoding="utf-8"
    )
    result = CliRunner().invoke(app, ["train", str(config), "--package"])
    assert result.exit_code == 0, result.output
    assert len(list((tmp_path / "o-package").glob("*.whl"))) == 1
    assert "Lésion" not in result.output
    assert (tmp_path / "o" / "config.cfg").exists()
    assert CliRunner().invoke(app, ["train", str(tmp_path / "none.toml")]).exit_code == 2
