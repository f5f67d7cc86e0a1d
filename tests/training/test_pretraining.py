"""An encoder from texts alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from oncotext.errors import InputError, UsageError
from oncotext.report import AnnotatedReport
from oncotext.training.checkpoint import fast_tokenizer, find_checkpoint, offline
from oncotext.training.pretraining import pretrain
from oncotext.training.pretraining_config import NewEncoder, PretrainingConfig, PretrainingSteps

pytest.importorskip("transformers", reason="pip install 'oncotext[train]'")

SMALL: dict[str, Any] = {"layers": 1, "hidden": 16, "heads": 2, "vocabulary": 400, "window": 48}


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory, gold_reports: list[AnnotatedReport]) -> Path:
    folder = tmp_path_factory.mktemp("texts")
    for report in gold_reports[:6]:
        (folder / f"{report.id}.txt").write_text(report.text, encoding="utf-8")
    return folder


def config(texts: Path, output: Path, **model: Any) -> PretrainingConfig:
    return PretrainingConfig(
        texts=[texts],
        output=output,
        model=NewEncoder(**(model or SMALL)),
        training=PretrainingSteps(epochs=2, window=32, learning_rate=3e-3),
    )


def test_a_new_encoder_is_a_checkpoint(
    texts: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    lines: list[str] = []
    folder = pretrain(config(texts, tmp_path / "encoder"), tell=lines.append)
    assert find_checkpoint(folder) == folder
    assert not (folder / "checkpoints").exists()
    with offline():
        tokenizer = fast_tokenizer(folder)
    # no character is unknown to it
    assert tokenizer.unk_token_id not in tokenizer("ovaire \U0001f600 œ")["input_ids"]
    losses = [float(line.split()[-1]) for line in lines if line.startswith("epoch")]
    assert losses[1] < losses[0]
    assert capfd.readouterr() == ("", "")
    with pytest.raises(UsageError, match="an encoder already"):
        pretrain(config(texts, folder))


def test_an_encoder_goes_on_learning(
    texts: Path, tmp_path: Path, tiny_encoder: Callable[[str], Path]
) -> None:
    from safetensors.torch import load_file

    source = tiny_encoder("camembert")
    folder = pretrain(config(texts, tmp_path / "encoder", checkpoint=source))
    name = "roberta.encoder.layer.0.attention.self.query.weight"
    before, after = (load_file(path / "model.safetensors")[name] for path in (source, folder))
    assert before.shape == after.shape
    assert 0 < (before - after).abs().max() < 0.5
    vocabularies = [
        (path / "tokenizer.json").read_text(encoding="utf-8") for path in (source, folder)
    ]
    assert vocabularies[0] == vocabularies[1]


def test_no_text(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        pretrain(config(tmp_path, tmp_path / "encoder"))
