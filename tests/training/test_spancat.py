"""The spancat backend: mentions that overlap are learned, found, saved, and in the pipeline."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import oncotext
from oncotext.errors import InputError, UnknownNameError
from oncotext.mentions.recognizer.backend import Predicted, read_backend
from oncotext.mentions.recognizer.spancat import SpancatBackend
from oncotext.report import AnnotatedReport, write_jsonl
from oncotext.training import train
from oncotext.training.config import read_config
from oncotext.training.examples import evaluator, examples_of, rules_before
from oncotext.training.mentions_config import SpancatMentionsConfig
from oncotext.training.spancat import train_spancat
from oncotext.training.trained import Example

TEXT = "Biopsie {}. On trouve un adénocarcinome du côlon gauche. Un bidule net. TNM pT2N0."
FOUND = [
    ("adénocarcinome du côlon gauche", "MORPHOLOGY"),
    ("adénocarcinome", "MORPHOLOGY"),
    ("côlon gauche", "TOPOGRAPHY"),
    ("bidule", "TOXICITY"),
]
LABELS = ["MORPHOLOGY", "TOPOGRAPHY", "TOXICITY"]
SMALL: dict[str, Any] = {
    "model": {"width": 32, "depth": 1, "hidden": 32},
    "training": {"epochs": 30, "learning_rate": 0.01},
}


def reports(first: int, last: int) -> list[AnnotatedReport]:
    made = []
    for number in range(first, last):
        text = TEXT.format(number)
        mentions = [
            {"id": words, "start": text.index(words), "end": text.index(words) + len(words),
             "text": words, "label": label}
            for words, label in FOUND
        ]  # fmt: skip
        made.append(
            AnnotatedReport.model_validate({"id": f"R{number}", "text": text, "mentions": mentions})
        )
    return made


def config(folder: Path, **settings: Any) -> SpancatMentionsConfig:
    parts = {name: {**part, **settings.pop(name, {})} for name, part in SMALL.items()}
    return SpancatMentionsConfig.model_validate(
        {"backend": "spancat", "labels": LABELS, "output": folder, "train": {"path": folder}}
        | parts
        | settings
    )


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    return examples_of(reports(0, 6), rules_before("fr_onco_rules"), LABELS)


@pytest.fixture(scope="module")
def backend(examples: list[Example], tmp_path_factory: pytest.TempPathFactory) -> SpancatBackend:
    return trained(examples, tmp_path_factory.mktemp("spancat"))


def trained(examples: list[Example], folder: Path, **settings: Any) -> SpancatBackend:
    found = train_spancat(
        examples, [], config(folder, **settings),
        tell=lambda line: None, checkpoints=folder, evaluate=lambda model: {},
    )  # fmt: skip
    assert isinstance(found.backend, SpancatBackend)
    return found.backend


def words(text: str, spans: list[Predicted]) -> list[tuple[str, str]]:
    return [(text[span.start : span.end], span.label) for span in spans]


def test_nested_spans_are_learned(backend: SpancatBackend, examples: list[Example]) -> None:
    doc = examples[0].doc
    (spans,) = backend.predict([doc])
    assert words(doc.text, spans) == FOUND
    assert all(0.5 <= span.score <= 1 for span in spans)
    assert [token.tag_ for token in doc] == [""] * len(doc)


def test_what_did_not_overlap_in_the_corpus_does_not(
    backend: SpancatBackend, monkeypatch: pytest.MonkeyPatch, examples: list[Example]
) -> None:
    assert backend.pairs == {("MORPHOLOGY", "MORPHOLOGY"), ("MORPHOLOGY", "TOPOGRAPHY")}
    monkeypatch.setattr(backend, "pairs", frozenset())
    doc = examples[0].doc
    found = words(doc.text, backend.predict([doc])[0])
    assert len(found) < len(FOUND)
    monkeypatch.setattr(backend, "settings", backend.settings.model_copy(
        update={"overlaps": "all"}))  # fmt: skip
    assert words(doc.text, backend.predict([doc])[0]) == FOUND


def test_saved_and_read_it_says_the_same(
    backend: SpancatBackend, examples: list[Example], tmp_path: Path
) -> None:
    docs = [example.doc for example in examples]
    backend.to_disk(tmp_path)
    for again in (read_backend("spancat", tmp_path), read_backend("spancat", backend.to_bytes())):
        assert again.predict(docs) == backend.predict(docs)
    (tmp_path / "spancat.json").write_text('{"labels": []}')
    with pytest.raises(InputError, match="oncotext train"):
        read_backend("spancat", tmp_path)
    (tmp_path / "spancat.bin").unlink()
    with pytest.raises(InputError, match="oncotext train"):
        read_backend("spancat", tmp_path)


class Stop(Exception):
    pass


def test_an_interrupted_training_ends_with_the_same_weights(
    examples: list[Example], tmp_path: Path
) -> None:
    def parts(folder: str, stop: int) -> Iterator[bytes]:
        def tell(line: str) -> None:
            if line.startswith(f"epoch {stop}"):
                raise Stop

        made = config(tmp_path, training={"epochs": 4, "keep": "last"})
        settings = {"checkpoints": tmp_path / folder, "evaluate": lambda model: {"micro": 0.5}}
        if stop:
            with pytest.raises(Stop):
                train_spancat(examples, examples, made, tell=tell, **settings)
        done = train_spancat(examples, examples, made, tell=lambda line: None, **settings)
        assert [row["epoch"] for row in done.history] == [1, 2, 3, 4]
        yield done.backend.to_bytes()

    assert [*parts("whole", 0)] == [*parts("stopped", 2)]


def test_dev_decides_on_the_epoch_and_ends_the_training(
    examples: list[Example], tmp_path: Path
) -> None:
    figures = iter([0.1, 0.5, 0.4, 0.3, 0.2])
    made = config(tmp_path, training={"patience": 2})
    done = train_spancat(
        examples, examples, made, tell=lambda line: None, checkpoints=tmp_path,
        evaluate=lambda model: {"micro": next(figures)},
    )  # fmt: skip
    assert len(done.history) == 4


def test_weights_move_what_is_found(examples: list[Example], tmp_path: Path) -> None:
    settings = {"epochs": 8, "negative_weight": 0.02}
    many = trained(examples, tmp_path / "many", training=settings)
    few = trained(examples, tmp_path / "few", training={"epochs": 8, "negative_weight": 5.0})
    doc = examples[0].doc
    assert len(many.predict([doc])[0]) > len(few.predict([doc])[0])
    with pytest.raises(UnknownNameError, match="MORPHOLGY"):
        trained(examples, tmp_path, training={"class_weights": {"MORPHOLGY": 2.0}})


def test_from_configuration_to_pipeline(tmp_path: Path) -> None:
    write_jsonl(reports(0, 6), tmp_path / "train.jsonl")
    write_jsonl(reports(6, 8), tmp_path / "dev.jsonl")
    path = tmp_path / "spancat.toml"
    path.write_text(
        'task = "mentions"\nbackend = "spancat"\noutput = "out"\nthresholds = "auto"\n'
        'owns = ["MORPHOLOGY", "TOPOGRAPHY", "TOXICITY"]\nkeep_rules = []\n'
        '[train]\npath = "train.jsonl"\n[dev]\npath = "dev.jsonl"\n'
        "[model]\nwidth = 32\ndepth = 1\nhidden = 32\n"
        "[training]\nepochs = 30\npatience = 30\nlearning_rate = 0.01\n",
        encoding="utf-8",
    )
    lines: list[str] = []
    output = train(path, tell=lines.append)
    assert any("candidates a word, with 1.000 of the mentions" in line for line in lines)
    run = json.loads((output / "training.json").read_text(encoding="utf-8"))
    assert run["recognizer"]["overlapping"] is True
    assert max(row["micro"] for row in run["epochs"]) == 1
    text = TEXT.format(9)
    report = oncotext.extract(text, pipeline=output)
    assert [(m.text, m.label) for m in report.mentions] == [*FOUND, ("pT2N0", "TNM")]
    assert AnnotatedReport.from_json(report.to_json()) == report
    assert "adénocarcinome" in report._repr_html_()
    nlp = oncotext.load(output)
    for doc in nlp.pipe([text, text], n_process=2):
        assert [(s.text, s.label_) for s in doc.spans["oncotext"]][:4] == FOUND
        assert [entity.text for entity in doc.ents] == [FOUND[0][0], "bidule", "pT2N0"]


def test_evaluated_as_the_others_are(backend: SpancatBackend, examples: list[Example]) -> None:
    assert evaluator(reports(0, 6), examples, LABELS)(backend)["micro"] == 1


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("[model]\nmembers = 2", "model.members"),
        ("[training]\nword_dropout = 0.1", "training.word_dropout"),
        ("[model]\nfeatures = ['colour']", "no feature 'colour'"),
        ("[model]\nthreshold = 1.5", "model.threshold"),
    ],
)
def test_unknown_keys(tmp_path: Path, more: str, message: str) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(
        'task = "mentions"\nbackend = "spancat"\noutput = "o"\n[train]\npath = "t.jsonl"\n' + more,
        encoding="utf-8",
    )
    with pytest.raises(InputError, match=message):
        read_config(path)
