"""An encoder learns, goes on after an interruption, is saved and runs as ONNX."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing import get_all_start_methods, get_context
from pathlib import Path
from typing import Any

import pytest

from oncotext.errors import InputError
from oncotext.language.tokenizer import OncoFrench
from oncotext.mentions.recognizer.backend import Backend, Predicted, read_backend
from oncotext.report import AnnotatedReport
from oncotext.training.encoder_config import EncoderModel, EncoderTraining
from oncotext.training.trained import Example, Trained

pytest.importorskip("transformers", reason="pip install 'oncotext[train]'")

LABELS = ["MORPHOLOGY", "TOPOGRAPHY"]
NLP = OncoFrench()
TinyEncoder = Callable[[str], Path]


@dataclass
class Config:
    model: EncoderModel
    training: EncoderTraining
    labels: list[str] = field(default_factory=lambda: list(LABELS))
    seed: int = 3


def example(report: AnnotatedReport) -> Example:
    spans = [(m.start, m.end, m.label) for m in report.mentions if m.label in LABELS]
    return Example(report.id, NLP.make_doc(report.text), tuple(sorted(spans)))


@pytest.fixture(scope="module")
def examples(gold_reports: list[AnnotatedReport]) -> list[Example]:
    return [example(report) for report in gold_reports]


def micro(backend: Backend, examples: Sequence[Example]) -> Mapping[str, float]:
    pairs = 0
    hits = 0
    for one, found in zip(examples, backend.predict([e.doc for e in examples]), strict=True):
        spans = {(p.start, p.end, p.label) for p in found}
        hits += len(spans & set(one.spans))
        pairs += len(spans) + len(one.spans)
    return {"micro": 2 * hits / pairs}


def run(
    folder: Path,
    examples: Sequence[Example],
    checkpoints: Path,
    *,
    evaluate: Callable[[Backend], Mapping[str, float]] | None = None,
    lines: list[str] | None = None,
    **training: Any,
) -> Trained:
    from oncotext.training.encoder import train_encoder

    config = Config(
        EncoderModel(checkpoint=folder, window=64, stride=16),
        EncoderTraining(**({"epochs": 3, "learning_rate": 3e-3} | training)),
    )
    train, dev = examples[:12], examples[12:16]
    return train_encoder(
        train,
        dev,
        config,
        tell=(lines if lines is not None else []).append,
        checkpoints=checkpoints,
        evaluate=evaluate or (lambda backend: micro(backend, dev)),
    )


@pytest.fixture(scope="module")
def trained(
    tiny_encoder: TinyEncoder, examples: list[Example], tmp_path_factory: pytest.TempPathFactory
) -> Trained:
    # more epochs on reports that it is then asked about: it must find something
    dev = examples[:12]
    return run(
        tiny_encoder("camembert"),
        examples,
        tmp_path_factory.mktemp("checkpoints"),
        evaluate=lambda backend: micro(backend, dev),
        epochs=14,
        patience=14,
        gradient_accumulation=1,
        schedule="constant_with_warmup",
        weight_decay=0.0,
    )


def test_it_learns(trained: Trained) -> None:
    scores = [row["micro"] for row in trained.history]
    assert max(scores) > 0.5
    assert [row["epoch"] for row in trained.history] == list(range(1, len(scores) + 1))
    assert trained.history[-1]["loss"] < trained.history[0]["loss"]
    assert all(row["seconds"] >= 0 for row in trained.history)


def test_the_best_epoch_is_kept(trained: Trained, examples: list[Example]) -> None:
    best = max(row["micro"] for row in trained.history)
    assert micro(trained.backend, examples[:12])["micro"] == best


def test_spans_are_words_of_the_text(trained: Trained, examples: list[Example]) -> None:
    for one, found in zip(
        examples, trained.backend.predict([e.doc for e in examples]), strict=True
    ):
        starts = {token.idx for token in one.doc}
        ends = {token.idx + len(token) for token in one.doc}
        assert [p.start for p in found] == sorted(p.start for p in found)
        assert all(p.start in starts and p.end in ends and 0 < p.score <= 1 for p in found)


def test_saved_it_is_the_same(trained: Trained, examples: list[Example], tmp_path: Path) -> None:
    docs = [one.doc for one in examples[:6]]
    expected = trained.backend.predict(docs)
    assert any(expected)
    trained.backend.to_disk(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        "recognizer.json", "tokenizer.json", "config.json", "model.safetensors"
    }  # fmt: skip
    assert read_backend("transformers", tmp_path).predict(docs) == expected
    assert read_backend("transformers", trained.backend.to_bytes()).predict(docs) == expected
    (tmp_path / "model.safetensors").unlink()
    with pytest.raises(InputError, match=r"model\.safetensors"):
        read_backend("transformers", tmp_path)


def test_batches_make_no_difference(trained: Trained, examples: list[Example]) -> None:
    docs = [one.doc for one in examples[:6]]
    alone = [trained.backend.predict([doc])[0] for doc in docs]
    assert_alike(trained.backend.predict(docs), alone)
    assert trained.backend.predict([NLP.make_doc(""), NLP.make_doc(" \n")]) == [[], []]


def assert_alike(one: list[list[Predicted]], other: list[list[Predicted]]) -> None:
    for found, wanted in zip(one, other, strict=True):
        assert [p.start for p in found] == [p.start for p in wanted]
        assert [(p.end, p.label) for p in found] == [(p.end, p.label) for p in wanted]
        assert [p.score for p in found] == pytest.approx([p.score for p in wanted], abs=1e-4)


def test_onnx_gives_the_same(trained: Trained, examples: list[Example], tmp_path: Path) -> None:
    pytest.importorskip("onnxscript", reason="pip install 'oncotext[onnx]'")
    from oncotext.mentions.recognizer.encoder import EncoderBackend
    from oncotext.training.onnx_export import quantized, to_onnx

    assert isinstance(trained.backend, EncoderBackend)
    docs = [one.doc for one in examples]
    expected = trained.backend.predict(docs)
    exported = to_onnx(trained.backend)
    assert_alike(exported.predict(docs), expected)
    exported.to_disk(tmp_path)
    assert_alike(read_backend("onnx", tmp_path).predict(docs), expected)
    assert_alike(read_backend("onnx", exported.to_bytes()).predict(docs), expected)
    small = quantized(exported)
    assert len(small.graph) < len(exported.graph)
    assert sum(map(len, small.predict(docs))) > 0


class Interrupted(Exception):
    pass


@pytest.mark.parametrize("when", [1, 2])
def test_resumed_it_ends_like_uninterrupted(
    tiny_encoder: TinyEncoder, examples: list[Example], tmp_path: Path, when: int
) -> None:
    folder, dev = tiny_encoder("bert"), examples[12:16]
    whole = run(folder, examples, tmp_path / "whole")
    calls = 0

    def stop(backend: Backend) -> Mapping[str, float]:
        nonlocal calls
        calls += 1
        if calls > when:
            raise Interrupted
        return micro(backend, dev)

    with pytest.raises(Interrupted):
        run(folder, examples, tmp_path / "parts", evaluate=stop)
    lines: list[str] = []
    resumed = run(folder, examples, tmp_path / "parts", lines=lines)
    assert any(line.startswith("Going on from checkpoint-") for line in lines)
    assert [without_time(row) for row in resumed.history] == [
        without_time(row) for row in whole.history
    ]
    docs = [one.doc for one in examples]
    assert resumed.backend.predict(docs) == whole.backend.predict(docs)


def without_time(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "seconds"}


def test_a_checkpoint_that_was_cut_off_is_left_aside(
    tiny_encoder: TinyEncoder, examples: list[Example], tmp_path: Path
) -> None:
    from oncotext.training.encoder import last_checkpoint

    run(tiny_encoder("bert"), examples, tmp_path, epochs=2)
    newest = last_checkpoint(tmp_path)
    assert newest is not None
    broken = shutil.copytree(newest, tmp_path / "checkpoint-999")
    (broken / "trainer_state.json").write_text('{"log_hist', encoding="utf-8")
    assert last_checkpoint(tmp_path) == newest


def test_it_stops_early(tiny_encoder: TinyEncoder, examples: list[Example], tmp_path: Path) -> None:
    scores = iter([0.2, 0.5, 0.4, 0.5, 0.9])
    lines: list[str] = []
    arguments: Any = {"epochs": 5, "patience": 2, "lines": lines}
    found = run(tiny_encoder("bert"), examples, tmp_path, **arguments,
                evaluate=lambda backend: {"micro": next(scores)})  # fmt: skip
    assert [row["micro"] for row in found.history] == [0.2, 0.5, 0.4, 0.5]
    # called again it has nothing left to do, and gives the best epoch's model
    again = run(tiny_encoder("bert"), examples, tmp_path, **arguments)
    assert again.history == found.history
    docs = [one.doc for one in examples]
    assert again.backend.predict(docs) == found.backend.predict(docs)


def test_the_last_epoch_is_kept_where_asked_for(
    tiny_encoder: TinyEncoder, examples: list[Example], tmp_path: Path
) -> None:
    scores = iter([0.9, 0.2, 0.3])
    seen: list[bytes] = []

    def evaluate(backend: Backend) -> Mapping[str, float]:
        seen.append(backend.to_bytes())
        return {"micro": next(scores)}

    arguments: Any = {"epochs": 3, "patience": 1, "keep": "last"}
    found = run(tiny_encoder("bert"), examples, tmp_path, evaluate=evaluate, **arguments)
    assert [row["micro"] for row in found.history] == [0.9, 0.2, 0.3]
    assert [found.backend.to_bytes() == each for each in seen] == [False, False, True]


def test_nothing_is_written_or_shown_of_reports(
    tiny_encoder: TinyEncoder,
    examples: list[Example],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    lines: list[str] = []
    run(tiny_encoder("bert"), examples, tmp_path, epochs=1, class_weights="balanced", lines=lines)
    assert capfd.readouterr() == ("", "")
    assert len(lines) == 2
    words = {token.text for one in examples for token in one.doc if len(token) > 9}
    state = json.loads(next(tmp_path.glob("*/trainer_state.json")).read_text(encoding="utf-8"))
    assert not words & set((" ".join(lines) + json.dumps(state)).split())


def test_nothing_to_learn(
    tiny_encoder: TinyEncoder, examples: list[Example], tmp_path: Path
) -> None:
    bare = [Example(one.id, one.doc, ()) for one in examples]
    with pytest.raises(InputError, match="MORPHOLOGY"):
        run(tiny_encoder("bert"), bare, tmp_path)


def test_wrong_class_weights(
    tiny_encoder: TinyEncoder, examples: list[Example], tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="MORFOLOGY"):
        run(tiny_encoder("bert"), examples, tmp_path, class_weights={"MORFOLOGY": 2.0})


@pytest.mark.skipif("fork" not in get_all_start_methods(), reason="no fork here")
@pytest.mark.parametrize("kind", ["transformers", "onnx"])
def test_forked_workers_do_not_hang(trained: Trained, examples: list[Example], kind: str) -> None:
    """As in `nlp.pipe(n_process=2)`: the parent has used its threads, the child has none."""
    import torch

    backend: Any = trained.backend
    if kind == "onnx":
        pytest.importorskip("onnxscript", reason="pip install 'oncotext[onnx]'")
        from oncotext.training.onnx_export import to_onnx

        backend = to_onnx(backend)
    docs = [one.doc for one in examples[:4]]
    torch.set_num_threads(2)
    expected = backend.predict(docs)
    torch.set_num_threads(1)
    context = get_context("fork")
    answers = context.Queue()
    worker = context.Process(target=lambda: answers.put(backend.predict(docs)))
    worker.start()
    try:
        found = answers.get(timeout=60)
    finally:
        worker.terminate()
    assert_alike(found, expected)
