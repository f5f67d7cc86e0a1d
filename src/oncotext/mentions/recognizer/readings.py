"""A Doc as spaCy's embedding reads it: new Docs whose words carry what is known of them.

`spacy.MultiHashEmbed` reads attributes of tokens. So that the Doc itself stays as it is, its
segments are copied, and attributes that mean nothing there hold our features: the tag is what the
rules have found, the lemma its code, and so on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from spacy.tokens import Doc, Span

from oncotext.language.annotations import mentions_of
from oncotext.language.view import token_starts, view_of
from oncotext.mentions.recognizer.features import (
    COLUMNS,
    columns_of,
    segments_of,
    word_spans,
)
from oncotext.mentions.recognizer.forms import CorpusForms, Tagging
from oncotext.mentions.recognizer.suggester import RULES
from oncotext.report import LABELS

ATTRIBUTES = {
    "word": "NORM",
    "prefix": "PREFIX",
    "suffix": "SUFFIX",
    "shape": "SHAPE",
    "rule": "TAG",
    "code": "LEMMA",
    "section": "ENT_TYPE",
    "form": "ENT_ID",
    "near": "ENT_KB_ID",
}
"""The attribute of a token that holds a feature."""
# a vocabulary has these of each word, as spaCy cuts them
_LEXICAL = ("prefix", "suffix", "shape")
_WRITTEN = [name for name in COLUMNS if name not in _LEXICAL]


def readings_of(doc: Doc, forms: CorpusForms, own: Tagging | None = None) -> list[tuple[int, Doc]]:
    """The segments of a Doc, each with the number of its first word; see `columns_of`."""
    rows = columns_of(doc, forms, own)[:, [COLUMNS.index(name) for name in _WRITTEN]]
    starts = np.zeros((len(doc), 1), dtype=np.uint64)
    starts[np.searchsorted(token_starts(doc), _sentences(doc))] = 1
    rows = np.concatenate([rows, starts], axis=1)
    spans = _rules(doc)
    return [
        (first, _reading(doc[first:last], rows[first:last], spans))
        for first, last in segments_of(doc)
    ]


def _sentences(doc: Doc) -> list[int]:
    """Where sentences with words begin."""
    last = int(token_starts(doc)[-1]) if len(doc) else -1
    return [start for start in view_of(doc).sentences if start <= last]


def _rules(doc: Doc) -> list[tuple[int, int]]:
    """What the rules have found, in words."""
    found = [(m["start"], m["end"], "") for m in mentions_of(doc) if m["label"] in LABELS]
    return [(first, last) for first, last, _ in word_spans(doc, found)]


def _reading(part: Span, rows: Any, rules: Sequence[tuple[int, int]]) -> Doc:
    words, spaces = [token.text for token in part], [bool(token.whitespace_) for token in part]
    reading = Doc(part.vocab, words=words, spaces=spaces)
    reading.from_array([*(ATTRIBUTES[name] for name in _WRITTEN), "SENT_START"], rows)
    reading.spans[RULES] = list(_within(part, reading, rules))
    return reading


def _within(part: Span, reading: Doc, spans: Sequence[tuple[int, int]]) -> Iterator[Span]:
    for first, last in spans:
        if part.start <= first and last <= part.end:
            yield Span(reading, first - part.start, last - part.start)
