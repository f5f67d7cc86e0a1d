"""``backend = "transformers"``: from a file to a pipeline, with torch and without."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

import oncotext
from oncotext.cli import app
from oncotext.errors import InputError, UsageError
from oncotext.mentions.recognizer.pipe import RecognizerPipe
from oncotext.report import AnnotatedReport, write_jsonl
from oncotext.training import export_onnx, train

pytest.importorskip("transformers", reason="pip install 'oncotext[train]'")

CONFIG = """
task = "mentions"
backend = "transformers"
labels = ["MORPHOLOGY", "TOPOGRAPHY"]
owns = ["MORPHOLOGY", "TOPOGRAPHY"]
linking = false
output = "pipeline"
[train]
path = "train.jsonl"
[dev]
path = "dev.jsonl"
[model]
checkpoint = "encoder"
window = 64
stride = 16
[training]
epochs = 4
patience = 4
gradient_accumulation = 1
learning_rate = 3e-3
schedule = "constant_with_warmup"
"""
TinyEncoder = Callable[[str], Path]
Spans = list[tuple[int, int, str]]


@pytest.fixture(scope="module")
def folder(
    tiny_encoder: TinyEncoder,
    gold_reports: list[AnnotatedReport],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    folder = tmp_path_factory.mktemp("encoder-run")
    write_jsonl(gold_reports[:10], folder / "train.jsonl")
    write_jsonl(gold_reports[10:13], folder / "dev.jsonl")
    shutil.copytree(tiny_encoder("camembert"), folder / "encoder")
    (folder / "run.toml").write_text(CONFIG, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def trained(folder: Path) -> Path:
    return train(folder / "run.toml")


@pytest.fixture(scope="module")
def exported(trained: Path) -> Path:
    pytest.importorskip("onnxscript", reason="pip install 'oncotext[onnx]'")
    return export_onnx(trained, trained.with_name("onnx"))


def found(report: AnnotatedReport) -> Spans:
    return [(m.start, m.end, m.label) for m in report.mentions]


def backend_of(pipeline: Path) -> str:
    for _, pipe in oncotext.load(pipeline).pipeline:
        if isinstance(pipe, RecognizerPipe):
            assert pipe.backend is not None
            return pipe.backend.kind
    raise AssertionError("no recogniser")


def test_the_pipeline_finds_and_the_run_says_so(
    trained: Path, gold_reports: list[AnnotatedReport]
) -> None:
    run = json.loads((trained / "training.json").read_text(encoding="utf-8"))
    assert [row["epoch"] for row in run["epochs"]] == [1, 2, 3, 4]
    assert run["config"]["backend"] == "transformers"
    assert not (trained / "checkpoints").exists()
    assert backend_of(trained) == "transformers"
    text = gold_reports[0].text
    by_rules = set(found(oncotext.extract(text)))
    by_model = set(found(oncotext.extract(text, pipeline=trained)))
    assert by_model != by_rules
    assert {span for span in by_rules if span[2] == "TNM"} <= by_model


def test_processes_give_the_same(trained: Path, gold_reports: list[AnnotatedReport]) -> None:
    nlp = oncotext.load(trained)
    texts = [report.text for report in gold_reports[:4]]
    expected = [found(nlp(text)._.report) for text in texts]
    assert [found(doc._.report) for doc in nlp.pipe(texts, n_process=2)] == expected


def test_exported_it_gives_the_same(
    trained: Path, exported: Path, gold_reports: list[AnnotatedReport], tmp_path: Path
) -> None:
    assert backend_of(exported) == "onnx"
    assert (exported / "training.json").exists()
    for report in gold_reports[:6]:
        one, other = (
            oncotext.extract(report.text, pipeline=folder) for folder in (trained, exported)
        )
        assert found(one) == found(other)
        assert [m.score for m in one.mentions] == pytest.approx(
            [m.score for m in other.mentions], abs=1e-4
        )
    with pytest.raises(UsageError, match="not empty"):
        export_onnx(trained, exported)
    with pytest.raises(UsageError, match="no encoder"):
        export_onnx(exported, tmp_path / "again")


def test_exported_it_needs_no_torch(exported: Path, run_python: Callable[[str], str]) -> None:
    answer = run_python(
        "import sys; sys.modules['torch'] = None; sys.modules['transformers'] = None\n"
        f"import oncotext; nlp = oncotext.load({os.fspath(exported)!r})\n"
        "print(len(nlp('Carcinome du sein gauche, pT2 N1.')._.report.mentions) > 0)"
    )
    assert answer == "True"


def test_the_command_exports_too(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("onnxscript", reason="pip install 'oncotext[onnx]'")
    config = CONFIG.replace("epochs = 4", "epochs = 1").replace('"pipeline"', '"exported"')
    (folder / "export.toml").write_text(
        config + "[export]\nonnx = true\nint8 = true\n", encoding="utf-8"
    )
    result = CliRunner().invoke(app, ["train", str(folder / "export.toml")])
    assert result.exit_code == 0, result.output
    assert backend_of(folder / "exported") == "onnx"


def test_a_missing_encoder_is_told(folder: Path) -> None:
    config = CONFIG.replace('"encoder"', '"nobody/nothing"').replace('"pipeline"', '"other"')
    (folder / "missing.toml").write_text(config, encoding="utf-8")
    with pytest.raises(InputError, match=r"config\.json, model\.safetensors"):
        train(folder / "missing.toml")
