"""Trains the spaCy backend; see `learner` for what is interrupted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from thinc.api import fix_random_seed, set_dropout_rate

from oncotext.mentions.recognizer.chain import Padded, gradient
from oncotext.mentions.recognizer.features import columns_of, segments_of, words_of
from oncotext.mentions.recognizer.forms import CorpusForms, Tagging
from oncotext.mentions.recognizer.network import TRANSITIONS, Tok2VecModel, transitions_of
from oncotext.mentions.recognizer.tok2vec import Tok2VecBackend
from oncotext.training.learner import Learner, shown, tagged_examples
from oncotext.training.progress import steps
from oncotext.training.tok2vec_config import Tok2VecTraining
from oncotext.training.trained import Evaluate, Example, Tell, Trained

_APART = 7919
"""Between the seeds of members."""


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

    Parameters are those of `oncotext.training.encoder.train_encoder`, errors those of
    `oncotext.training.learner.tagged_examples`.
    """
    tagged = tagged_examples(train, config.labels, config.training)
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
        tell(f"together: {shown(evaluate(backend))}")
    return Trained(backend, [row for part in parts for row in part.history])


def _folder(checkpoints: Path, member: int) -> Path:
    return checkpoints / f"member-{member + 1}" if member else checkpoints


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
        facts = {"member": number + 1} if config.model.members > 1 else {}
        history = learner.fit(
            backend, tell=tell, checkpoints=checkpoints, evaluate=evaluate, facts=facts
        )
        return _Member(backend, history)


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


class _Learner(Learner):
    """Learns the tags of segments."""

    training: Tok2VecTraining

    def __init__(
        self,
        backend: Tok2VecBackend,
        training: Tok2VecTraining,
        seed: int,
        segments: list[Segment],
    ) -> None:
        self.backend, self.segments = backend, segments
        self.lengths = [len(segment.tags) for segment in segments]
        super().__init__(backend.models[0], training, seed, sum(self.lengths))
        weights = training.class_weights
        self.weights = np.array(
            [weights.get(name[2:], 1.0) for name in backend.scheme.names], dtype="f"
        )

    def epoch(self, number: int) -> float:
        """Learn from all segments once; gives the mean loss."""
        fix_random_seed(self.seed * 1000 + number)
        set_dropout_rate(self.model, self.training.dropout)
        random = np.random.default_rng((self.seed, number))
        batches = [
            [self.segments[number] for number in numbers]
            for numbers in self.batches(self.lengths, random)
        ]
        losses = [self._step(batch, random) for batch in steps(batches, f"epoch {number + 1}")]
        return float(np.mean(losses))

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
        self.step()
        return loss

    def _hidden(self, rows: Any, random: np.random.Generator) -> Any:
        """Rows with some features hidden."""
        if not self.training.word_dropout:
            return rows
        return np.where(random.random(rows.shape) < self.training.word_dropout, 0, rows)
