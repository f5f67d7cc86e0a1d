"""The spaCy pipe ``oncotext.recognizer``: a trained model beside the rules.

It stands after the pipes of the rules and before linking and assertion, which treat all mentions
alike, whoever found them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import minibatch

from oncotext.errors import InputError, UnknownNameError
from oncotext.language.annotations import mentions_of, set_mentions
from oncotext.language.factories import factory
from oncotext.mentions.pipe import MentionPipe
from oncotext.mentions.recognizer.backend import Backend, Predicted, read_backend
from oncotext.mentions.recognizer.overlaps import OWNABLE, combine
from oncotext.mentions.toxicity import read_grades

_FILE, _MODEL = "recognizer.json", "model"
_LARGEST_BATCH = 32


class RecognizerPipe(MentionPipe):
    """Finds mentions with a trained model; see `overlaps` for what it yields to the rules.

    Parameters
    ----------
    name : str
    owns : sequence of str
        Labels that the model decides on: of `OWNABLE`, or of anybody's own scheme.
    thresholds : mapping
        The least score of each label.
    keep_rules : sequence of str
        Owned labels whose mentions by rules stay where the model finds nothing.
    yields : sequence of str
        Labels of the rules that give way where the model finds something.
    overlapping : bool
        Whether the model's mentions may overlap one another.

    Attributes
    ----------
    backend : Backend or None
        The model; None until trained or loaded, then the pipe does nothing.

    Raises
    ------
    UnknownNameError
        ``owns`` names a label that the rules own for good.
    """

    def __init__(
        self,
        name: str,
        *,
        owns: Sequence[str],
        thresholds: Mapping[str, float],
        keep_rules: Sequence[str],
        yields: Sequence[str] = (),
        overlapping: bool = False,
    ) -> None:
        super().__init__(name)
        for label in owns:
            check_ownable(label)
        self.owns, self.thresholds = tuple(owns), dict(thresholds)
        self.keep_rules, self.yields = tuple(keep_rules), tuple(yields)
        self.overlapping = overlapping
        self.backend: Backend | None = None

    def __call__(self, doc: Doc) -> Doc:
        if self.backend is not None:
            self._add(doc, self.backend.predict([doc])[0])
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = _LARGEST_BATCH) -> Iterator[Doc]:
        """Process a stream in batches; where one fails, its Docs are tried one by one."""
        if self.backend is None:
            yield from stream
            return
        for docs in minibatch(stream, min(batch_size, _LARGEST_BATCH)):  # type: ignore[no-untyped-call]
            yield from self._batch(self.backend, docs)

    def _batch(self, backend: Backend, docs: list[Doc]) -> Iterator[Doc]:
        try:
            found = backend.predict(docs)
            for doc, spans in zip(docs, found, strict=True):
                self._add(doc, spans)
        except Exception:
            # whoever is to blame is told to the error handler, the others are done
            yield from list(self._done(docs))
        else:
            yield from docs

    def _add(self, doc: Doc, spans: Sequence[Predicted]) -> None:
        mentions = combine(
            mentions_of(doc),
            spans,
            owns=self.owns,
            thresholds=self.thresholds,
            keep_rules=self.keep_rules,
            yields=self.yields,
            overlapping=self.overlapping,
        )
        if "TOXICITY" in self.owns:
            read_grades(doc, mentions)
        set_mentions(doc, mentions, spans=self.spans)

    # -- saving: which backend, and what it writes itself

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        import srsly

        stored = None
        if self.backend is not None:
            stored = {"backend": self.backend.kind, "model": self.backend.to_bytes()}
        data: bytes = srsly.msgpack_dumps(stored)
        return data

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> RecognizerPipe:
        import srsly

        stored = srsly.msgpack_loads(data)
        self.backend = stored and read_backend(stored["backend"], stored["model"])
        return self

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        folder = _folder(path)
        (folder / _MODEL).mkdir(parents=True, exist_ok=True)
        kind = None
        if self.backend is not None:
            kind = self.backend.kind
            self.backend.to_disk(folder / _MODEL)
        (folder / _FILE).write_text(json.dumps({"backend": kind}) + "\n", encoding="utf-8")

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> RecognizerPipe:
        folder = _folder(path)
        try:
            kind: Any = json.loads((folder / _FILE).read_text(encoding="utf-8"))["backend"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"No recogniser of oncotext ({type(error).__name__}).",
                where=str(folder / _FILE),
                remedy="Train it: oncotext train",
            ) from None
        self.backend = kind and read_backend(kind, folder / _MODEL)
        return self


def check_ownable(label: str) -> None:
    """Raises `UnknownNameError` for a label that the rules own for good."""
    if label not in OWNABLE and ":" not in label:
        raise UnknownNameError("label that a model can own", label, OWNABLE)


def _folder(path: str | Path) -> Path:
    """The pipe's folder: a saved pipeline names its pipes without dots."""
    path = Path(path)
    return path.with_name(path.name.replace("oncotext.", "oncotext_"))


@factory(
    "oncotext.recognizer",
    default_config={
        "owns": ["MORPHOLOGY", "TOPOGRAPHY", "TOXICITY"],
        # pairs: a label of one's own ('our:THING') cannot be a key of spaCy's configuration
        "thresholds": [],
        "keep_rules": [],
        "yields": [],
        "overlapping": False,
    },
)
def create(
    nlp: Language,
    name: str,
    owns: list[str],
    thresholds: list[tuple[str, float]],
    keep_rules: list[str],
    yields: list[str],
    overlapping: bool,
) -> RecognizerPipe:
    return RecognizerPipe(
        name,
        owns=owns,
        thresholds=dict(thresholds),
        keep_rules=keep_rules,
        yields=yields,
        overlapping=overlapping,
    )
