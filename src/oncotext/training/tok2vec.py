"""Trains the spaCy backend; an interrupted training goes on where it was.

All chance comes from the seed and the number of the epoch, so that an epoch gives the same
whether those before it ran in the same process or not.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from thinc.api import Adam, Model, Optimizer, fix_random_seed, set_dropout_rate

from oncotext.errors import InputError, UnknownNameError
from oncotext.mentions.recognizer.chain import Padded, gradient
from oncotext.mentions.recognizer.features import columns_of, segments_of, word_spans, words_of
from oncotext.mentions.recognizer.forms import CorpusForms, Tagging
from oncotext.mentions.recognizer.network import TRANSITIONS, Tok2VecModel, transitions_of
from oncotext.mentions.recognizer.tok2vec import Tok2VecBackend
from oncotext.training.progress import steps
from oncotext.training.tok2vec_config import Tok2VecTraining
from oncotext.training.trained import MICRO, Evaluate, Example, Tell, Trained

_STATE, _LAST, _BEST = "history.json", "last.npz", "best.npz"
_WARM = 0.05
_APART = 7919
"""Between the seeds of members."""
_STEPS, _FEWEST_WORDS = 100, 100


class Tok2VecConfig(Protocol):
    """What a run must say of a training."""

    @property
    def labels(self) -> list[str]: ...
    @property
    def seed(self) -> int: ...
    @property
    def model(self) -> Tok2VecModel: ...
    @property
    def training(self) -> Tok2VecTraining: ...


class Segment(NamedTuple):
    """Words that are read together: a row of features and the gold tag of each."""

    rows: Any
    tags: list[int]


class _Member(NamedTuple):
    """A trained network and how it came about."""

    backend: Tok2VecBackend
    history: list[dict[str, Any]]


def train_tok2vec(
    train: Sequence[Example],
    dev: Sequence[Example],
    config: Tok2VecConfig,
    *,
    tell: Tell,
    checkpoints: Path,
    evaluate: Evaluate,
) -> Trained:
    """Train a model; the epoch with the best micro F1 on dev is kept, else the last.

    Parameters are those of `oncotext.training.encoder.train_encoder`.

    Raises
    ------
    InputError
        The examples have no mention of the labels.
    UnknownNameError
        A weight is given to another label.
    """
    tagged = [
        (example, word_spans(example.doc, _wanted(example, config.labels))) for example in train
    ]
    for label in config.training.class_weights:
        if label not in config.labels:
            raise UnknownNameError("label in training.class_weights", label, config.labels)
    if not any(spans for _, spans in tagged):
        raise InputError(
            f"No mention of {', '.join(config.labels)} to learn from.",
            remedy="Check the labels of the corpus.",
        )
    forms = CorpusForms.of((words_of(example.doc), spans) for example, spans in tagged)
    fitting = _Fitting(config, forms, tagged)
    members = range(config.model.members)
    parts = [
        fitting.member(number, tell, _folder(checkpoints, number), evaluate if dev else None)
        for number in members
    ]
    models = [model for part in parts for model in part.backend.models]
    backend = Tok2VecBackend(config.labels, config.model, forms, models)
    if dev and len(models) > 1:
        tell(f"together: {_shown(evaluate(backend))}")
    return Trained(backend, [row for part in parts for row in part.history])


def _folder(checkpoints: Path, member: int) -> Path:
    return checkpoints / f"member-{member + 1}" if member else checkpoints


def _shown(figures: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.3f}" for name, value in figures.items())


class _Fitting:
    """What all members are trained on."""

    def __init__(
        self, config: Tok2VecConfig, forms: CorpusForms, tagged: Sequence[tuple[Example, Tagging]]
    ) -> None:
        self.config, self.forms = config, forms
        backend = Tok2VecBackend(config.labels, config.model, forms)
        self.segments = [
            segment for example, spans in tagged for segment in _segments(backend, example, spans)
        ]

    def member(
        self, number: int, tell: Tell, checkpoints: Path, evaluate: Evaluate | None
    ) -> _Member:
        """One network, from its own seed."""
        config, training = self.config, self.config.training
        seed = config.seed + number * _APART
        fix_random_seed(seed)
        backend = Tok2VecBackend(config.labels, config.model, self.forms)
        learner = _Learner(backend, training, seed, self.segments)
        history = learner.restored(checkpoints)
        if history:
            tell(f"Going on after epoch {len(history)}")
        while not _has_ended(history, training):
            started = time.perf_counter()
            row: dict[str, Any] = {"epoch": len(history) + 1}
            if config.model.members > 1:
                row["member"] = number + 1
            row["loss"] = round(learner.epoch(len(history)), 5)
            with learner.averaged():
                figures = evaluate(backend) if evaluate else {}
                history.append({**row, **figures})
                if not _behind(history, training):
                    _write(checkpoints / _BEST, _weights(learner.model))
            history[-1]["seconds"] = round(time.perf_counter() - started, 1)
            learner.save(checkpoints, history)
            told = f": {_shown(figures)}" if figures else ""
            tell(f"epoch {len(history)}, loss {row['loss']:.4f}{told}")
        _restore(learner.model, _read(checkpoints / _BEST))
        return _Member(backend, history)


def _wanted(example: Example, labels: Sequence[str]) -> list[tuple[int, int, str]]:
    return [span for span in example.spans if span[2] in labels]


def _segments(
    backend: Tok2VecBackend, example: Example, spans: Sequence[tuple[int, int, str]]
) -> Iterator[Segment]:
    """The segments of a report; of mentions that overlap the longest is learned."""
    doc = example.doc
    rows = columns_of(doc, backend.forms, spans)
    tags = backend.scheme.encode(len(doc), [(first, last - 1, name) for first, last, name in spans])
    for first, last in segments_of(doc):
        part = [(a - first, b - first - 1, n) for a, b, n in spans if first <= a and b <= last]
        own = tags[first:last]
        if len(part) != sum(backend.scheme.opens[tag] for tag in own):
            own = backend.scheme.encode(last - first, part)
        yield Segment(rows[first:last], own)


def _best(history: Sequence[Mapping[str, Any]], training: Tok2VecTraining) -> int:
    """The first epoch of the best figure; without figures, or if it is to be, the last."""
    if training.keep == "last" or MICRO not in history[0]:
        return len(history) - 1
    return max(range(len(history)), key=lambda number: (history[number][MICRO], -number))


def _has_ended(history: Sequence[Mapping[str, Any]], training: Tok2VecTraining) -> bool:
    if not history:
        return False
    return len(history) >= training.epochs or _behind(history, training) >= training.patience


def _behind(history: Sequence[Mapping[str, Any]], training: Tok2VecTraining) -> int:
    """How many epochs have passed since the best."""
    return len(history) - 1 - _best(history, training)


class _Learner:
    """A model with its optimiser."""

    def __init__(
        self,
        backend: Tok2VecBackend,
        training: Tok2VecTraining,
        seed: int,
        segments: list[Segment],
    ) -> None:
        self.backend, self.training, self.seed = backend, training, seed
        self.model = backend.models[0]
        self.segments = segments
        self.optimizer: Optimizer = Adam(
            self.training.learning_rate, L2=0.01, grad_clip=1.0, use_averages=True
        )
        self.done = 0
        words = sum(len(segment.tags) for segment in segments)
        # few reports: small steps, so that there are some in an epoch
        self.batch = min(self.training.batch_words, max(_FEWEST_WORDS, words // _STEPS))
        self.total = max(1, words * self.training.epochs // self.batch)
        weights = self.training.class_weights
        self.weights = np.array(
            [weights.get(name[2:], 1.0) for name in backend.scheme.names], dtype="f"
        )

    def epoch(self, number: int) -> float:
        """Learn from all segments once; gives the mean loss."""
        fix_random_seed(self.seed * 1000 + number)
        set_dropout_rate(self.model, self.training.dropout)
        random = np.random.default_rng((self.seed, number))
        batches = list(self._batches(random))
        losses = [self._step(batch, random) for batch in steps(batches, f"epoch {number + 1}")]
        return float(np.mean(losses))

    def _batches(self, random: np.random.Generator) -> Iterator[list[Segment]]:
        """Segments of like length together: little is padded."""
        noise = random.normal(0, 4, len(self.segments))
        lengths = [len(segment.tags) for segment in self.segments]
        order = np.argsort(np.array(lengths) + noise).tolist()
        batches, batch, size = [], [], 0
        for number in order:
            batch.append(self.segments[number])
            size += lengths[number]
            if size >= self.batch:
                batches.append(batch)
                batch, size = [], 0
        if batch:
            batches.append(batch)
        random.shuffle(batches)
        yield from batches

    def _step(self, batch: list[Segment], random: np.random.Generator) -> float:
        rows = [self._hidden(segment.rows, random) for segment in batch]
        scores, back = self.model.begin_update(rows)
        gold = [segment.tags for segment in batch]
        moves, pairs, loss = gradient(self.backend.chain(), Padded.of(scores), gold)
        size = np.float32(1 / sum(len(tags) for tags in gold))
        for move, tags in zip(moves, gold, strict=True):
            move *= self.weights[tags][:, None] * size
        back(moves)
        transitions_of(self.model).inc_grad(TRANSITIONS, (pairs * size).astype("f"))
        self.optimizer.learn_rate = self._rate()
        self.model.finish_update(self.optimizer)
        self.done += 1
        return loss

    def _hidden(self, rows: Any, random: np.random.Generator) -> Any:
        """Rows with some features hidden."""
        if not self.training.word_dropout:
            return rows
        return np.where(random.random(rows.shape) < self.training.word_dropout, 0, rows)

    def _rate(self) -> float:
        share = self.done / self.total
        rising = min(1.0, share / _WARM) if _WARM else 1.0
        return self.training.learning_rate * min(max(rising, 0.01), max(0.0, 1 - share) + 0.01)

    # -- what has been

    def averaged(self) -> Any:
        """The model with the averages of its weights, which are better than the last ones."""
        return self.model.use_params(
            {
                key: value
                for key, value in (self.optimizer.averages or {}).items()
                if self.optimizer.nr_update[key] > 0
            }
        )

    def save(self, folder: Path, history: list[dict[str, Any]]) -> None:
        """Weights and the optimiser's memory, then what says that they are complete."""
        arrays = _weights(self.model)
        for kind in ("mom1", "mom2", "averages"):
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

    def restored(self, folder: Path) -> list[dict[str, Any]]:
        """The history of an interrupted training, whose state is taken over; else empty."""
        file = folder / _STATE
        if not file.exists():
            return []
        state = json.loads(file.read_text(encoding="utf-8"))
        history: list[dict[str, Any]] = state["history"]
        arrays = _read(folder / f"{len(history)}-{_LAST}")
        _restore(self.model, arrays)
        for name, key in _keys(self.model):
            for kind in ("mom1", "mom2", "averages"):
                if f"{kind}:{name}" in arrays:
                    getattr(self.optimizer, kind)[key] = arrays[f"{kind}:{name}"]
            self.optimizer.nr_update[key] = state["updates"][name]
        self.done = state["done"]
        return history


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
