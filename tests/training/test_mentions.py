"""Runs of ``task = "mentions"``: what they save, say, refuse, and how they go on."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import oncotext
from oncotext.corpora import load_corpus
from oncotext.errors import InputError, UnknownNameError, UsageError
from oncotext.report import AnnotatedReport, write_jsonl
from oncotext.training import train
from oncotext.training.config import read_config
from oncotext.training.examples import pieces
from oncotext.training.near_duplicates import near_duplicates
from oncotext.training.packaging import write_package

CORPUS = Path(__file__).parents[2] / "corpora" / "oncotext-gold"
SMALL = """
task = "mentions"
labels = ["MORPHOLOGY", "TOXICITY"]
output = "{output}"
licence = "invented reports, MIT"
{more}
[train]
path = "train.jsonl"
[dev]
path = "dev.jsonl"
[model]
width = 24
depth = 2
[training]
epochs = 3
{training}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mentions")
    reports = load_corpus(CORPUS).reports
    write_jsonl(reports[:8], folder / "train.jsonl")
    write_jsonl(reports[12:16], folder / "dev.jsonl")
    return folder


def config(folder: Path, name: str, more: str = "", training: str = "") -> Path:
    path = folder / f"{name}.toml"
    text = SMALL.format(output=name, more=more, training=training)
    path.write_text(text, encoding="utf-8")
    return path


def run_of(output: Path) -> dict[str, Any]:
    run: dict[str, Any] = json.loads((output / "training.json").read_text(encoding="utf-8"))
    return run


@pytest.fixture(scope="module")
def trained(folder: Path) -> Path:
    more = 'owns = ["MORPHOLOGY", "TOXICITY"]\npackage = true\nthresholds = "auto"\n'
    more += "[curve]\nfractions = [0.5]\n[cross_validation]\nfolds = 2\n"
    return train(config(folder, "whole", more))


def test_a_run_says_what_it_was(trained: Path) -> None:
    run = run_of(trained)
    assert [row["epoch"] for row in run["epochs"]] == [1, 2, 3]
    assert run["epochs"][2]["loss"] < run["epochs"][0]["loss"]
    assert run["train"]["reports"] == 8
    assert len(run["train"]["sha256"][0]) == 64
    assert run["config"]["seed"] == 1
    assert run["energy"]["watt_hours"] == round(run["seconds"] * 15 / 3600, 2)
    assert [row["reports"] for row in run["curve"]] == [4, 8]
    assert run["curve"][1]["micro"] == max(row["micro"] for row in run["epochs"])
    assert set(run["cross_validation"]["labels"]) == {"MORPHOLOGY", "TOXICITY"}
    assert run["figures"]["MORPHOLOGY"]["rules"]["strict"]["f1"] > 0.8
    assert 0 < run["figures"]["MORPHOLOGY"]["trained"]["strict"]["f1"] < 1
    exact = run["figures"]["MORPHOLOGY"]["trained"]
    assert exact["exact_code"]["tp"] <= min(exact["strict"]["tp"], exact["linked"]["tp"])
    assert set(dict(run["recognizer"]["thresholds"])) == {"MORPHOLOGY", "TOXICITY"}
    assert not (trained / "checkpoints").exists()


def test_the_card_has_figures_and_licence_and_no_text(trained: Path) -> None:
    card = (trained / "README.md").read_text(encoding="utf-8")
    assert "invented reports, MIT" in card
    assert "| MORPHOLOGY |" in card
    assert "What more reports are worth" in card
    assert "a little too good: the epoch, the thresholds" in card
    assert "Carcinome" not in card


def test_thresholds_of_labels_of_ones_own_are_kept(tmp_path: Path) -> None:
    nlp = oncotext.load()
    settings = {"owns": ["our:THING"], "thresholds": [["our:THING", 0.4]]}
    nlp.add_pipe("oncotext.recognizer", config=settings)
    nlp.to_disk(tmp_path)
    pipe = oncotext.load(tmp_path).get_pipe("oncotext_recognizer")
    assert pipe.thresholds == {"our:THING": 0.4}


def test_the_pipeline_loads_and_keeps_its_settings(trained: Path) -> None:
    nlp = oncotext.load(trained)
    pipe = nlp.get_pipe("oncotext_recognizer")
    stored = run_of(trained)["recognizer"]
    assert list(pipe.owns) == stored["owns"]
    assert pipe.thresholds == pytest.approx(dict(stored["thresholds"]))
    assert list(pipe.keep_rules) == stored["keep_rules"]
    assert pipe.owns == ("MORPHOLOGY", "TOXICITY")
    text = "Carcinome canalaire infiltrant du sein gauche, pT2N0."
    labels = {m.label for m in oncotext.extract(text, pipeline=trained).mentions}
    assert {"TNM", "TOPOGRAPHY"} <= labels


def test_the_package_installs_without_a_network(trained: Path, tmp_path: Path) -> None:
    wheel = next((trained.parent / "whole-package").glob("*.whl"))
    pip = [sys.executable, "-m", "pip", "install", "--no-index", "--no-deps", "--quiet"]
    subprocess.run([*pip, "--target", str(tmp_path), str(wheel)], check=True, timeout=120)
    script = "import oncotext; nlp = oncotext.load('onco_fr_onco_local'); print(len(nlp.pipeline))"
    shown = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {script}"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert shown.stdout.strip() == str(len(oncotext.load(trained).pipeline)), shown.stderr


def test_no_package_of_what_is_no_pipeline(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="oncotext train"):
        write_package(tmp_path)


class Stop(Exception):
    pass


def test_an_interrupted_run_ends_with_the_same_figures(folder: Path) -> None:
    whole = train(config(folder, "through"))

    def stop(line: str) -> None:
        if line.startswith("epoch 2"):
            raise Stop

    path = config(folder, "stopped")
    with pytest.raises(Stop):
        train(path, tell=stop)
    lines: list[str] = []
    stopped = train(path, tell=lines.append)
    assert "Going on after epoch 2" in lines
    one, two = run_of(whole), run_of(stopped)
    for row in (*one["epochs"], *two["epochs"]):
        del row["seconds"]
    assert one["epochs"] == two["epochs"]
    assert one["figures"] == two["figures"]
    models = [f / "oncotext_recognizer" / "model" / "tok2vec.bin" for f in (whole, stopped)]
    assert models[0].read_bytes() == models[1].read_bytes()


def test_an_interrupted_run_of_another_configuration_is_refused(folder: Path) -> None:
    def stop(line: str) -> None:
        if line.startswith("epoch 1"):
            raise Stop

    with pytest.raises(Stop):
        train(config(folder, "changed"), tell=stop)
    with pytest.raises(UsageError, match="another configuration"):
        train(config(folder, "changed", more="seed = 2"))


def test_labels_that_the_rules_are_better_at_are_left_to_them(folder: Path) -> None:
    lines: list[str] = []
    output = train(config(folder, "modest", training="patience = 1"), tell=lines.append)
    figures = run_of(output)["figures"]
    for label, who in figures.items():
        assert who["trained"]["linked"]["f1"] >= who["rules"]["linked"]["f1"], label
    assert any("left to the rules" in line for line in lines)


def test_last_epoch_or_best(folder: Path) -> None:
    run = run_of(train(config(folder, "last", training='keep = "last"\npatience = 1')))
    assert len(run["epochs"]) == 3


def test_members_are_trained_apart_and_averaged(folder: Path) -> None:
    path = config(folder, "members", training="keep = 'last'")
    text = path.read_text(encoding="utf-8").replace("width = 24", "width = 16\nmembers = 2")
    path.write_text(text, encoding="utf-8")
    lines: list[str] = []
    output = train(path, tell=lines.append)
    rows = run_of(output)["epochs"]
    assert [(row["member"], row["epoch"]) for row in rows] == [
        (member, epoch) for member in (1, 2) for epoch in (1, 2, 3)
    ]
    assert rows[0]["loss"] != rows[3]["loss"]
    assert any(line.startswith("together: micro") for line in lines)
    assert len(oncotext.load(output).get_pipe("oncotext_recognizer").backend.models) == 2


def test_near_duplicates_are_told_or_refused(folder: Path, tmp_path: Path) -> None:
    reports = load_corpus(CORPUS).reports[:9]
    changed = reports[3].model_copy(
        update={"id": "copy", "text": reports[3].text + "\nFin.", "mentions": []}
    )
    assert [(d.train, d.dev) for d in near_duplicates(reports[:8], [changed, reports[8]], 0.8)] == [
        (reports[3].id, "copy")
    ]
    write_jsonl(reports[:8], tmp_path / "train.jsonl")
    write_jsonl([changed], tmp_path / "dev.jsonl")
    path = config(tmp_path, "o", "[near_duplicates]\nrefuse = true")
    with pytest.raises(InputError, match=f"{reports[3].id} and copy"):
        train(path)


def test_weights_are_of_labels_that_are_learned(folder: Path) -> None:
    with pytest.raises(UnknownNameError, match="MORPHOLGY"):
        train(config(folder, "weights", training="class_weights = { MORPHOLGY = 2.0 }"))


def test_discontinuous_mentions_are_their_fragments() -> None:
    text = "sein droit et gauche"
    mention = {"id": "T1", "start": 0, "end": 20, "text": "sein gauche", "label": "TOPOGRAPHY",
               "fragments": [[0, 4], [14, 20]]}  # fmt: skip
    report = AnnotatedReport.model_validate({"id": "A", "text": text, "mentions": [mention]})
    found = [(m.start, m.end, m.text, m.fragments) for m in pieces(report).mentions]
    assert found == [(0, 4, "sein", []), (14, 20, "gauche", [])]


def test_a_label_that_rules_own_for_good(folder: Path) -> None:
    with pytest.raises(UnknownNameError, match="TNM"):
        train(config(folder, "owner", 'owns = ["TNM"]'))


def test_a_label_that_the_corpus_has_not(folder: Path) -> None:
    path = config(folder, "none")
    text = path.read_text(encoding="utf-8").replace('"MORPHOLOGY", "TOXICITY"', '"our:THING"')
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="our:THING"):
        train(path)


@pytest.mark.parametrize(
    ("more", "training", "message"),
    [
        ("speed = 1", "", "speed"),
        ("", "speed = 1", "training.speed"),
        ('backend = "magic"', "", "backend"),
        ("[model]\nfeatures = ['colour']", "", "no feature 'colour'"),
        ("[curve]\nfraction = [1]", "", "curve.fraction"),
    ],
)
def test_unknown_keys(folder: Path, more: str, training: str, message: str) -> None:
    path = config(folder, "wrong", more, training)
    if "[model]" in more:
        text = path.read_text(encoding="utf-8").replace("[model]\nwidth = 24\ndepth = 2\n", "")
        path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_config(path)


def test_with_an_encoder(folder: Path, tiny_encoder: Callable[[str], Path]) -> None:
    path = folder / "encoder.toml"
    path.write_text(
        'task = "mentions"\nbackend = "transformers"\noutput = "encoder"\n'
        'labels = ["MORPHOLOGY"]\nowns = ["MORPHOLOGY"]\n'
        '[train]\npath = "train.jsonl"\n[dev]\npath = "dev.jsonl"\n'
        f'[model]\ncheckpoint = "{tiny_encoder("bert")}"\n[training]\nepochs = 1\n',
        encoding="utf-8",
    )
    output = train(path)
    assert len(run_of(output)["epochs"]) == 1
    nlp = oncotext.load(output)
    assert nlp.get_pipe("oncotext_recognizer").backend.kind == "transformers"
    assert nlp("Carcinome du sein.").spans["oncotext"] is not None
