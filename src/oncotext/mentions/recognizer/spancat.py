"""The spancat backend: spaCy's span categorizer, which finds spans that overlap and nest."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from spacy.pipeline.spancat import SpanCategorizer
from spacy.tokens import Doc
from spacy.vocab import Vocab

from oncotext.mentions.recognizer.backend import Predicted
from oncotext.mentions.recognizer.features import in_characters
from oncotext.mentions.recognizer.forms import CorpusForms
from oncotext.mentions.recognizer.readings import readings_of
from oncotext.mentions.recognizer.span_network import SpancatModel, span_network
from oncotext.mentions.recognizer.stored import of_this_version, read_parts
from oncotext.mentions.recognizer.suggester import mention_suggester

SPANS = "mentions"
"""The span group of a reading that holds what is to be learned."""

_VERSION = 1
_SETTINGS, _WEIGHTS = "spancat.json", "spancat.bin"
_BATCH = 24
"""Segments read at once."""

Tagged = tuple[int, int, str, float]
"""A span of words, its label and score."""
Pair = tuple[str, str]
"""Two labels in alphabetical order."""


class SpancatBackend:
    """A trained span categorizer at work.

    Parameters
    ----------
    labels : sequence of str
    settings : SpancatModel
    forms : CorpusForms
        Of the training corpus.
    lengths : sequence of int
        Of candidates, in words.
    pairs : iterable of Pair
        Labels whose mentions may overlap. Of other overlapping spans the most probable stays.
    """

    kind = "spancat"

    def __init__(
        self,
        labels: Sequence[str],
        settings: SpancatModel,
        forms: CorpusForms,
        lengths: Sequence[int],
        pairs: Iterable[Pair],
    ) -> None:
        self.labels, self.settings, self.forms = tuple(labels), settings, forms
        self.lengths, self.pairs = tuple(lengths), frozenset(pairs)
        self.categorizer = SpanCategorizer(
            Vocab(),
            span_network(settings),
            mention_suggester(self.lengths),
            spans_key=SPANS,
            threshold=settings.threshold,
            scorer=None,
        )
        for label in self.labels:
            self.categorizer.add_label(label)

    def predict(self, docs: Sequence[Doc]) -> list[list[Predicted]]:
        """The spans of each Doc in the order of the text; they may overlap."""
        read = [readings_of(doc, self.forms) for doc in docs]
        answers = self._answers([reading for readings in read for _, reading in readings])
        found = []
        for doc, readings in zip(docs, read, strict=True):
            spans = [
                (first + start, first + end, label, score)
                for first, _ in readings
                for start, end, label, score in next(answers)
            ]
            found.append(in_characters(doc, sorted(self._compatible(spans), key=_place)))
        return found

    def _answers(self, readings: list[Doc]) -> Iterator[list[Tagged]]:
        """What each reading holds, in words of its own."""
        for place in range(0, len(readings), _BATCH):
            batch = readings[place : place + _BATCH]
            candidates, scores = self.categorizer.predict(batch)
            ends = np.cumsum(candidates.lengths)
            for first, last in zip([0, *ends[:-1]], ends, strict=True):
                yield self._above(candidates.data[first:last], scores[first:last])

    def _above(self, candidates: Any, scores: Any) -> list[Tagged]:
        """The candidates that reach the threshold."""
        return [
            (*candidates[row].tolist(), self.labels[column], float(scores[row, column]))
            for row, column in np.argwhere(scores >= self.settings.threshold).tolist()
        ]

    def _compatible(self, spans: list[Tagged]) -> list[Tagged]:
        """The most probable spans of which no two overlap whose labels may not."""
        if self.settings.overlaps == "all":
            return spans
        kept: list[Tagged] = []
        for span in sorted(spans, key=lambda span: -span[3]):
            if not any(_overlap(span, other) and _pair(span, other) not in self.pairs
                       for other in kept):  # fmt: skip
                kept.append(span)
        return kept

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
        data: bytes = self.categorizer.to_bytes(exclude=("vocab",))
        return data

    def _settings(self) -> dict[str, Any]:
        return {
            "version": _VERSION,
            "labels": list(self.labels),
            "model": self.settings.model_dump(mode="json"),
            "forms": self.forms.to_dict(),
            "lengths": list(self.lengths),
            "pairs": sorted(map(list, self.pairs)),
        }


def from_bytes(data: bytes) -> SpancatBackend:
    """A model that `SpancatBackend.to_bytes` has written."""
    import srsly

    stored = srsly.msgpack_loads(data)
    return _read(stored["settings"], stored["model"], "bytes")


def from_disk(path: Path) -> SpancatBackend:
    """A model that `SpancatBackend.to_disk` has written."""
    settings, weights = read_parts(path / _SETTINGS, path / _WEIGHTS)
    return _read(settings, weights, str(path))


def _read(settings: dict[str, Any], weights: bytes, where: str) -> SpancatBackend:
    with of_this_version(where):
        backend = SpancatBackend(
            settings["labels"],
            SpancatModel.model_validate(settings["model"]),
            CorpusForms(settings["forms"]),
            settings["lengths"],
            map(tuple, settings["pairs"]),
        )
        backend.categorizer.from_bytes(weights)
    return backend


def overlapping_pairs(spans: Sequence[tuple[int, int, str]]) -> set[Pair]:
    """The labels of the spans of a report that overlap."""
    return {_pair(one, two) for one, two in combinations(spans, 2) if _overlap(one, two)}


def _overlap(one: Sequence[Any], two: Sequence[Any]) -> bool:
    return bool(one[0] < two[1] and two[0] < one[1])


def _pair(one: Sequence[Any], two: Sequence[Any]) -> Pair:
    first, second = sorted((one[2], two[2]))
    return first, second


def _place(span: Tagged) -> tuple[int, int]:
    return span[0], -span[1]
