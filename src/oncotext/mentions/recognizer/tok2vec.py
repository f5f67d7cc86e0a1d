"""The spaCy backend: embedded features of words, convolutions, and a chain over the tags.

The network is thinc's, the library that spaCy's own models are made of; it needs no torch.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from spacy.tokens import Doc
from thinc.api import Model

from oncotext.mentions.recognizer.backend import Predicted
from oncotext.mentions.recognizer.chain import Chain, Padded
from oncotext.mentions.recognizer.features import columns_of, in_characters, segments_of
from oncotext.mentions.recognizer.forms import CorpusForms
from oncotext.mentions.recognizer.network import (
    TRANSITIONS,
    Tok2VecModel,
    network,
    transitions_of,
)
from oncotext.mentions.recognizer.stored import of_this_version, read_parts
from oncotext.mentions.recognizer.tags import OUTSIDE, TagScheme

_VERSION = 1
_SETTINGS, _WEIGHTS = "tok2vec.json", "tok2vec.bin"
_BATCH = 24
"""Segments read at once; those of like length."""


class Tok2VecBackend:
    """A trained model at work.

    Parameters
    ----------
    labels : sequence of str
    settings : Tok2VecModel
    forms : CorpusForms
        Of the training corpus.
    models : sequence of Model, optional
        The networks, whose scores are averaged; a new one if there is none.
    """

    kind = "spacy"

    def __init__(
        self,
        labels: Sequence[str],
        settings: Tok2VecModel,
        forms: CorpusForms,
        models: Sequence[Model[Any, Any]] = (),
    ) -> None:
        self.labels, self.settings, self.forms = tuple(labels), settings, forms
        self.scheme = TagScheme(self.labels)
        self.models = list(models) or [network(settings, len(self.scheme.names))]

    def chain(self) -> Chain:
        steps = [transitions_of(model).get_param(TRANSITIONS) for model in self.models]
        return Chain(self.scheme, sum(steps) / len(steps))

    def _scores(self, rows: list[Any]) -> list[Any]:
        """The score of each tag of each word, by the networks together."""
        answers = [model.predict(rows) for model in self.models]
        return [sum(parts) / len(parts) for parts in zip(*answers, strict=True)]

    def predict(self, docs: Sequence[Doc]) -> list[list[Predicted]]:
        """The spans of each Doc in the order of the text; they do not overlap."""
        cut = [segments_of(doc) for doc in docs]
        rows: list[Any] = []
        for doc, segments in zip(docs, cut, strict=True):
            columns = columns_of(doc, self.forms)
            rows += [columns[first:last] for first, last in segments]
        answers = iter(self._answers(rows))
        found = []
        for doc, segments in zip(docs, cut, strict=True):
            spans = (self._spans(first, *next(answers)) for first, _ in segments)
            found.append(in_characters(doc, [span for part in spans for span in part]))
        return found

    def _answers(self, rows: list[Any]) -> list[tuple[Any, Any]]:
        """The tags of each segment, and their probabilities."""
        if not rows:
            return []
        chain = self.chain()
        order = sorted(range(len(rows)), key=lambda number: len(rows[number]))
        found: list[Any] = [None] * len(rows)
        for place in range(0, len(order), _BATCH):
            numbers = order[place : place + _BATCH]
            batch = Padded.of(self._scores([rows[number] for number in numbers]))
            marginals = batch.cut(chain.marginals(batch)[0])
            for number, tags, shares in zip(numbers, chain.best(batch), marginals, strict=True):
                found[number] = tags, shares[np.arange(len(tags)), tags]
        return found

    def _spans(self, first: int, tags: Any, shares: Any) -> Iterator[tuple[int, int, str, float]]:
        """Spans of words; the score is the least of the probabilities of a span's tags."""
        start = 0
        numbers = tags.tolist()
        for place, tag in enumerate(numbers):
            if tag == OUTSIDE:
                continue
            if self.scheme.opens[tag]:
                start = place
            if self.scheme.names[tag][0] in "ES":
                score = float(min(1.0, shares[start : place + 1].min()))
                yield first + start, first + place + 1, self.scheme.names[tag][2:], score

    # -- saving

    def to_bytes(self) -> bytes:
        import srsly

        data: bytes = srsly.msgpack_dumps({"settings": self._settings(), "model": self._weights()})
        return data

    def to_disk(self, path: Path) -> None:
        text = json.dumps(self._settings(), ensure_ascii=False)
        (path / _SETTINGS).write_text(text, encoding="utf-8")
        (path / _WEIGHTS).write_bytes(self._weights())

    def _weights(self) -> bytes:
        import srsly

        data: bytes = srsly.msgpack_dumps([model.to_bytes() for model in self.models])
        return data

    def _settings(self) -> dict[str, Any]:
        return {
            "version": _VERSION,
            "labels": list(self.labels),
            "model": self.settings.model_dump(mode="json"),
            "forms": self.forms.to_dict(),
        }


def from_bytes(data: bytes) -> Tok2VecBackend:
    """A model that `Tok2VecBackend.to_bytes` has written."""
    import srsly

    stored = srsly.msgpack_loads(data)
    return _read(stored["settings"], stored["model"], "bytes")


def from_disk(path: Path) -> Tok2VecBackend:
    """A model that `Tok2VecBackend.to_disk` has written."""
    settings, weights = read_parts(path / _SETTINGS, path / _WEIGHTS)
    return _read(settings, weights, str(path))


def _read(settings: dict[str, Any], weights: bytes, where: str) -> Tok2VecBackend:
    import srsly

    with of_this_version(where):
        made = Tok2VecModel.model_validate(settings["model"])
        stored = srsly.msgpack_loads(weights)
        tags = len(TagScheme(settings["labels"]).names)
        models = [network(made, tags).from_bytes(data) for data in stored]
        return Tok2VecBackend(settings["labels"], made, CorpusForms(settings["forms"]), models)
