"""The spaCy pipe ``oncotext.assertion``: sets the four flags of mentions, entities or spans."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc, Span

from oncotext.assertion.context import Assertion, ContextEngine
from oncotext.assertion.cues import FLAGS
from oncotext.language.annotations import (
    GRADE_ZERO,
    mentions_of,
    register_extensions,
    sections_of,
)
from oncotext.language.component import Component
from oncotext.language.factories import factory

_OWN = ("cues", *FLAGS)


class AssertionPipe(Component):
    """Asserts the mentions of oncotext, and on demand spans of anybody's.

    Parameters
    ----------
    cues : list of str
        Paths of cue files of one's own, on top of the shipped cues.
    without : list of str
        Ids of cues to leave out; ``*`` stands for any characters.
    spans_key : str, optional
        A span group of another pipeline to assert too: ``span._.is_negated`` and so on.
    ents : bool, optional
        Whether to assert ``doc.ents`` too; by default only where a Doc has no mentions.
    """

    def __init__(
        self,
        name: str,
        *,
        cues: Sequence[str] = (),
        without: Sequence[str] = (),
        spans_key: str | None = None,
        ents: bool | None = None,
    ) -> None:
        super().__init__(name)
        self.engine = ContextEngine(cues, without)
        self.spans_key, self.ents = spans_key, ents
        register_extensions()

    def __call__(self, doc: Doc) -> Doc:
        mentions = mentions_of(doc)
        spans: list[Span] = []
        if self.ents or (self.ents is None and not mentions and self.spans_key is None):
            spans.extend(doc.ents)
        if self.spans_key is not None and self.spans_key in doc.spans:
            spans.extend(doc.spans[self.spans_key])
        offsets = [(m["start"], m["end"]) for m in mentions]
        offsets += [(span.start_char, span.end_char) for span in spans]
        labels = [m["label"] for m in mentions] + [span.label_ for span in spans]
        if not offsets:
            return doc
        codes = [m.get("code") or "" for m in mentions] + [""] * len(spans)
        found = self.engine.assert_spans_of(
            doc, offsets, sections=sections_of(doc), labels=labels, codes=codes
        )
        for mention, assertion in zip(mentions, found, strict=False):
            _write(mention, assertion)
        for span, assertion in zip(spans, found[len(mentions) :], strict=True):
            for flag in FLAGS:
                span._.set(f"is_{flag}", getattr(assertion, flag))
            span._.cues = assertion.cues
        return doc


def _write(mention: Any, assertion: Assertion) -> None:
    """Write the flags that hold, and take away those of an earlier run; that a toxicity has
    grade 0 stays said."""
    if not mention.keys().isdisjoint(_OWN):
        if mention.get("cues", {}).get("negated", {}).get("rule") == GRADE_ZERO:
            return
        for key in _OWN:
            mention.pop(key, None)
    if assertion.cues:
        mention["cues"] = assertion.cues
        for flag in assertion.cues:
            mention[flag] = True


@factory(
    "oncotext.assertion",
    default_config={"cues": [], "without": [], "spans_key": None, "ents": None},
)
def create(
    nlp: Language,
    name: str,
    cues: list[str],
    without: list[str],
    spans_key: str | None,
    ents: bool | None,
) -> AssertionPipe:
    return AssertionPipe(name, cues=cues, without=without, spans_key=spans_key, ents=ents)
