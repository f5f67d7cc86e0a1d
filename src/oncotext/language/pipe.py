"""Pipes of the language room: sentences, and mentions as entities."""

from __future__ import annotations

from spacy.language import Language
from spacy.tokens import Doc

from oncotext.language.annotations import (
    MENTIONS,
    register_extensions,
    write_pending_spans,
)
from oncotext.language.component import Component
from oncotext.language.factories import factory
from oncotext.language.sentences import set_sentences
from oncotext.language.view import view_of


class SentencesPipe(Component):
    """Marks sentence starts on the tokens (`sentences.sentence_starts`)."""

    def __call__(self, doc: Doc) -> Doc:
        set_sentences(doc, view_of(doc).sentences)
        return doc


class EntitiesPipe(Component):
    """Copies the mentions of ``doc.spans["oncotext"]`` to ``doc.ents``, without overlaps."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        register_extensions()

    def __call__(self, doc: Doc) -> Doc:
        write_pending_spans(doc)
        # Those of a trained model may overlap, and expanded to tokens others may too: of these
        # the first stays, and of nested ones the outer.
        ents, last = [], 0
        for span in doc.spans.get(MENTIONS, ()):
            if span.start >= last:
                ents.append(span)
                last = span.end
        doc.ents = ents
        return doc


@factory("oncotext.sentences")
def create_sentences(nlp: Language, name: str) -> SentencesPipe:
    return SentencesPipe(name)


@factory("oncotext.entities")
def create_entities(nlp: Language, name: str) -> EntitiesPipe:
    return EntitiesPipe(name)
