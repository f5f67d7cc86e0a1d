"""A network of thinc that learns epoch by epoch; an interrupted training goes on where it was.

All chance comes from the seed and the number of the epoch, so that an epoch gives the same
whether those before it ran in the same process or not.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from thinc.api import Adam, Model, Optimizer

from oncotext.errors import InputError, UnknownNameError
from oncotext.mentions.recognizer.backend import Backend
from oncotext.mentions.recognizer.features import word_spans
from oncotext.mentions.recognizer.forms import Tagging
from oncotext.training.tok2vec_config import EpochTraining
from oncotext.training.trained import MICRO, Evaluate, Example, Tell

_STATE, _LAST, _BEST = "history.json", "last.npz", "best.npz"
_WARM = 0.05
_STEPS, _FEWEST_WORDS = 100, 100
_MEMORY = ("mom1", "mom2", "averages")


def tagged_examples(
    examples: Sequence[Example], labels: Sequence[str], training: EpochTraining
) -> list[tuple[Example, Tagging]]:
    """Examples with what is to be learned of them, as spans of words.

    Raises
    ------
    InputError
        The examples have no mention of the labels.
    UnknownNameError
        A weight is given to another label.
    """
    for label in training.class_weights:
        if label not in labels:
            raise UnknownNameError("label in training.class_weights", label, labels)
    tagged: list[tuple[Example, Tagging]] = [
        (example, word_spans(example.doc, [span for span in example.spans if span[2] in labels]))
        for example in examples
    ]
    if not any(spans for _, spans in tagged):
        raise InputError(
            f"No mention of {', '.join(labels)} to learn from.",
            remedy="Check the labels of the corpus.",
        )
    return tagged


class Learner:
    """A network with its optimiser; subclasses say what an epoch is.

    Parameters
    ----------
    model : Model
    training : EpochTraining
    seed : int
    words : int
        That are learned from in an epoch.
    """

    def __init__(
        self, model: Model[Any, Any], training: EpochTraining, seed: int, words: int
    ) -> None:
        self.model, self.training, self.seed = model, training, seed
        self.optimizer: Optimizer = Adam(
            training.learning_rate, L2=0.01, grad_clip=1.0, use_averages=True
        )
        self.done = 0
        # few reports: small steps, so that there are some in an epoch
        self.batch = min(training.batch_words, max(_FEWEST_WORDS, words // _STEPS))
        self.total = max(1, words * training.epochs // self.batch)

    def epoch(self, number: int) -> float:
        """Learn from everything once; gives the mean loss."""
        raise NotImplementedError

    def fit(
        self,
        backend: Backend,
        *,
        tell: Tell,
        checkpoints: Path,
        evaluate: Evaluate | None,
        facts: Mapping[str, Any],
    ) -> list[dict[str, Any]]:
        """Learn until it is enough; the network is then that of the epoch that is kept.

        Parameters
        ----------
        backend : Backend
            What is evaluated: it holds the network.
        facts : mapping
            For each row of the history, which is returned.
        """
        history = self._restored(checkpoints)
        if history:
            tell(f"Going on after epoch {len(history)}")
        while not _has_ended(history, self.training):
            started = time.perf_counter()
            row: dict[str, Any] = {"epoch": len(history) + 1, **facts}
            row["loss"] = round(self.epoch(len(history)), 5)
            with self._averaged():
                figures = evaluate(backend) if evaluate else {}
                history.append({**row, **figures})
                if not _behind(history, self.training):
                    _write(checkpoints / _BEST, _weights(self.model))
            history[-1]["seconds"] = round(time.perf_counter() - started, 1)
            self._save(checkpoints, history)
            told = f": {shown(figures)}" if figures else ""
            tell(f"epoch {len(history)}, loss {row['loss']:.4f}{told}")
        _restore(self.model, _read(checkpoints / _BEST))
        return history

    def batches(self, lengths: Sequence[int], random: np.random.Generator) -> list[list[int]]:
        """Numbers of texts of like length together, so that little is padded."""
        noise = random.normal(0, 4, len(lengths))
        batches: list[list[int]] = []
        batch, size = [], 0
        for number in np.argsort(np.array(lengths) + noise).tolist():
            batch.append(number)
            size += lengths[number]
            if size >= self.batch:
                batches.append(batch)
                batch, size = [], 0
        if batch:
            batches.append(batch)
        random.shuffle(batches)
        return batches

    def step(self) -> None:
        """Let the optimiser use the gradients; the rate rises first, and falls to the end."""
        share = self.done / self.total
        rising = min(1.0, share / _WARM)
        factor = min(max(rising, 0.01), max(0.0, 1 - share) + 0.01)
        self.optimizer.learn_rate = self.training.learning_rate * factor
        self.model.finish_update(self.optimizer)
        self.done += 1

    def _averaged(self) -> Any:
        """The model with the averages of its weights, which are better than the last ones."""
        return self.model.use_params(
            {
                key: value
                for key, value in (self.optimizer.averages or {}).items()
                if self.optimizer.nr_update[key] > 0
            }
        )

    # -- what has been

    def _save(self, folder: Path, history: list[dict[str, Any]]) -> None:
        """Weights and the optimiser's memory, then what says that they are complete."""
        arrays = _weights(self.model)
        for kind in _MEMORY:
            memory = getattr(self.optimizer, kind)
            for name, key in _keys(self.model):
                if key in memory:
                    arrays[f"{kind}:{name}"] = memory[key]
        updates = {name: self.optimizer.nr_update[key] for name, key in _keys(self.model)}
        _write(folder / f"{len(history)}-{_LAST}", arrays)
        state = {"history": history, "done": self.done, "updates": updates}
        written = folder / f"{_STATE}.new"
        written.write_text(json.dumps(state), encoding="utf-8")
        os.replace(written, folder / _STATE)
        (folder / f"{len(history) - 1}-{_LAST}").unlink(missing_ok=True)

    def _restored(self, folder: Path) -> list[dict[str, Any]]:
        """The history of an interrupted training, whose state is taken over; else empty."""
        file = folder / _STATE
        if not file.exists():
            return []
        state = json.loads(file.read_text(encoding="utf-8"))
        history: list[dict[str, Any]] = state["history"]
        arrays = _read(folder / f"{len(history)}-{_LAST}")
        _restore(self.model, arrays)
        for name, key in _keys(self.model):
            for kind in _MEMORY:
                if f"{kind}:{name}" in arrays:
                    getattr(self.optimizer, kind)[key] = arrays[f"{kind}:{name}"]
            self.optimizer.nr_update[key] = state["updates"][name]
        self.done = state["done"]
        return history


def shown(figures: Mapping[str, float]) -> str:
    """Figures as a line says them."""
    return ", ".join(f"{name} {value:.3f}" for name, value in figures.items())


def _best(history: Sequence[Mapping[str, Any]], training: EpochTraining) -> int:
    """The first epoch of the best figure; without figures, or if it is to be, the last."""
    if training.keep == "last" or MICRO not in history[0]:
        return len(history) - 1
    return max(range(len(history)), key=lambda number: (history[number][MICRO], -number))


def _has_ended(history: Sequence[Mapping[str, Any]], training: EpochTraining) -> bool:
    if not history:
        return False
    return len(history) >= training.epochs or _behind(history, training) >= training.patience


def _behind(history: Sequence[Mapping[str, Any]], training: EpochTraining) -> int:
    """How many epochs have passed since the best."""
    return len(history) - 1 - _best(history, training)


def _keys(model: Model[Any, Any]) -> list[tuple[str, tuple[int, str]]]:
    """The parameters by names that are the same in every process, and as the optimiser has them."""
    return [
        (f"{number}.{name}", (node.id, name))
        for number, node in enumerate(model.walk())
        for name in node.param_names
    ]


def _weights(model: Model[Any, Any]) -> dict[str, Any]:
    nodes = {node.id: node for node in model.walk()}
    return {name: nodes[id].get_param(param).copy() for name, (id, param) in _keys(model)}


def _restore(model: Model[Any, Any], arrays: Mapping[str, Any]) -> None:
    nodes = {node.id: node for node in model.walk()}
    for name, (id, param) in _keys(model):
        nodes[id].set_param(param, arrays[name])


def _write(file: Path, arrays: Mapping[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    written = file.with_name(f"{file.name}.new")
    with open(written, "wb") as target:
        np.savez(target, **arrays)
    os.replace(written, file)


def _read(file: Path) -> dict[str, Any]:
    with np.load(file) as stored:
        return {name: stored[name] for name in stored.files}
