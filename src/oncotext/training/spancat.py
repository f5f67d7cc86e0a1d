"""Trains the spancat backend with spaCy's own loss; see `learner` for what is interrupted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import spacy.training
from spacy.tokens import Doc, Span
from thinc.api import fix_random_seed, set_dropout_rate

from oncotext.mentions.recognizer.features import words_of
from oncotext.mentions.recognizer.forms import CorpusForms, Tagging
from oncotext.mentions.recognizer.readings import readings_of
from oncotext.mentions.recognizer.span_network import SpancatModel
from oncotext.mentions.recognizer.spancat import SPANS, SpancatBackend, overlapping_pairs
from oncotext.mentions.recognizer.suggester import candidates
from oncotext.training.learner import Learner, tagged_examples
from oncotext.training.progress import steps
from oncotext.training.tok2vec_config import SpancatTraining
from oncotext.training.trained import Evaluate, Example, Tell, Trained

_INITIAL = 10
"""Readings that spaCy sees to size the network."""


class SpancatConfig(Protocol):
    """What a run must say of a training."""

    @property
    def labels(self) -> list[str]: ...
    @property
    def seed(self) -> int: ...
    @property
    def model(self) -> SpancatModel: ...
    @property
    def training(self) -> SpancatTraining: ...


def train_spancat(
    train: Sequence[Example],
    dev: Sequence[Example],
    config: SpancatConfig,
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
    backend = _backend(config, tagged)
    texts = [
        text for example, spans in tagged for text in _texts(example.doc, spans, backend.forms)
    ]
    tell(_coverage(texts, backend.lengths))
    fix_random_seed(config.seed)
    backend.categorizer.initialize(lambda: texts[:_INITIAL], labels=config.labels)
    learner = _Learner(backend, config.training, config.seed, texts)
    history = learner.fit(
        backend, tell=tell, checkpoints=checkpoints, evaluate=evaluate if dev else None, facts={}
    )
    return Trained(backend, history)


def _backend(config: SpancatConfig, tagged: Sequence[tuple[Example, Tagging]]) -> SpancatBackend:
    """A new model, with what the corpus says of lengths and overlaps."""
    spans = [list(spans) for _, spans in tagged]
    lengths = {last - first for own in spans for first, last, _ in own}
    return SpancatBackend(
        config.labels,
        config.model,
        CorpusForms.of((words_of(example.doc), own) for example, own in tagged),
        sorted(length for length in lengths if length <= config.model.longest),
        {pair for own in spans for pair in overlapping_pairs(own)},
    )


def _texts(doc: Doc, spans: Tagging, forms: CorpusForms) -> Iterator[spacy.training.Example]:
    """The readings of a report with what is to be found in them."""
    for start, reading in readings_of(doc, forms, spans):
        reading.spans[SPANS] = [
            Span(reading, first - start, last - start, label=label)
            for first, last, label in spans
            if start <= first and last <= start + len(reading)
        ]
        yield spacy.training.Example(reading, reading)


def _coverage(texts: Sequence[spacy.training.Example], lengths: Sequence[int]) -> str:
    """How many candidates there are, and the share of mentions that they hold."""
    words = found = wanted = seen = 0
    for text in texts:
        places = set(map(tuple, candidates(text.predicted, lengths).tolist()))
        spans = {(span.start, span.end) for span in text.predicted.spans[SPANS]}
        words, found = words + len(text.predicted), found + len(places)
        wanted, seen = wanted + len(spans), seen + len(spans & places)
    share = seen / max(1, wanted)  # one that crosses all segments is in none
    return f"{found / words:.1f} candidates a word, with {share:.3f} of the mentions"


class _Learner(Learner):
    """Learns by the loss of the categorizer, weighted."""

    training: SpancatTraining

    def __init__(
        self,
        backend: SpancatBackend,
        training: SpancatTraining,
        seed: int,
        texts: list[spacy.training.Example],
    ) -> None:
        self.categorizer, self.texts = backend.categorizer, texts
        self.lengths = [len(text.predicted) for text in texts]
        super().__init__(backend.categorizer.model, training, seed, sum(self.lengths))
        weights = [training.class_weights.get(label, 1.0) for label in backend.labels]
        self.weights = np.array(weights, dtype="f")

    def epoch(self, number: int) -> float:
        """Learn from all readings once; gives the mean loss of a word."""
        fix_random_seed(self.seed * 1000 + number)
        set_dropout_rate(self.model, self.training.dropout)
        batches = self.batches(self.lengths, np.random.default_rng((self.seed, number)))
        losses = [self._step(batch) for batch in steps(batches, f"epoch {number + 1}")]
        return sum(losses) / sum(self.lengths)

    def _step(self, numbers: list[int]) -> float:
        texts = [self.texts[number] for number in numbers]
        docs = [text.predicted for text in texts]
        spans = self.categorizer.suggester(docs, ops=self.model.ops)
        if not spans.lengths.sum():
            return 0.0
        scores, back = self.model.begin_update((docs, spans))
        loss, moves = self.categorizer.get_loss(texts, (spans, scores))
        back(self._weighted(moves))
        self.step()
        return float(loss)

    def _weighted(self, moves: Any) -> Any:
        """What is annotated moves its score up, what is not moves it down."""
        return moves * np.where(moves < 0, self.weights, self.training.negative_weight)
