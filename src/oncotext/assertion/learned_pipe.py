"""The spaCy pipe ``oncotext.assertion_model``: overrules the rules where annotations teach it.

It stands after ``oncotext.assertion``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc

from oncotext.assertion.context import Assertion
from oncotext.assertion.cues import FLAGS
from oncotext.assertion.features import Span, features_of
from oncotext.assertion.learned import LearnedAssertion
from oncotext.errors import InputError
from oncotext.language.annotations import GRADE_ZERO, mentions_of, register_extensions
from oncotext.language.component import Component
from oncotext.language.factories import factory

_FILE = "assertion.json"


class LearnedAssertionPipe(Component):
    """Revises the flags of the mentions of a Doc.

    Attributes
    ----------
    model : LearnedAssertion
        Changes nothing until trained or loaded.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.model = LearnedAssertion()
        register_extensions()

    def __call__(self, doc: Doc) -> Doc:
        mentions = mentions_of(doc)
        if self.model.weights and mentions:
            spans = [(mention["start"], mention["end"]) for mention in mentions]
            ruled = [_assertion(mention) for mention in mentions]
            found = self.revise(doc, spans, [mention["label"] for mention in mentions], ruled)
            for mention, before, after in zip(mentions, ruled, found, strict=True):
                if after is not before and not _is_grade_zero(mention):
                    _write(mention, after)
        return doc

    def revise(
        self,
        doc: Doc,
        spans: Sequence[Span],
        labels: Sequence[str],
        assertions: Sequence[Assertion],
    ) -> list[Assertion]:
        """What the model makes of the rules' assertion of spans."""
        if not self.model.weights:
            return list(assertions)
        labels = labels or [""] * len(spans)
        found = features_of(doc, spans, labels, assertions)
        return [
            self.model.revise(assertion, features)
            for assertion, features in zip(assertions, found, strict=True)
        ]

    # -- saving

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        return self.model.to_json().encode()

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> LearnedAssertionPipe:
        self.model = LearnedAssertion.from_json(data.decode(), "bytes")
        return self

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        folder = _folder(path)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _FILE).write_text(self.model.to_json(), encoding="utf-8")

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> LearnedAssertionPipe:
        file = _folder(path) / _FILE
        if not file.exists():
            raise InputError("No such file.", where=str(file), remedy="Train it: oncotext train")
        self.model = LearnedAssertion.from_json(file.read_text(encoding="utf-8"), str(file))
        return self


def _folder(path: str | Path) -> Path:
    """The pipe's folder: a saved pipeline names its pipes without dots."""
    path = Path(path)
    return path.with_name(path.name.replace("oncotext.", "oncotext_"))


def _assertion(mention: Any) -> Assertion:
    flags = {flag: bool(mention.get(flag)) for flag in FLAGS}
    return Assertion(**flags, cues=dict(mention.get("cues", {})))


def _is_grade_zero(mention: Any) -> bool:
    """That a toxicity has grade 0 is said by its grade, not by a cue."""
    rule = mention.get("cues", {}).get("negated", {}).get("rule")
    return bool(rule == GRADE_ZERO)


def _write(mention: Any, assertion: Assertion) -> None:
    for key in ("cues", *FLAGS):
        mention.pop(key, None)
    if assertion.cues:
        mention["cues"] = assertion.cues
    for flag in FLAGS:
        if getattr(assertion, flag):
            mention[flag] = True


@factory("oncotext.assertion_model")
def create(nlp: Language, name: str) -> LearnedAssertionPipe:
    return LearnedAssertionPipe(name)
