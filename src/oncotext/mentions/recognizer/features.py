"""What the model reads of a Doc: words, what the rules found there, sections, known forms."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from spacy.strings import get_string_id
from spacy.tokens import Doc

from oncotext.language.annotations import mentions_of, sections_of
from oncotext.language.folding import fold
from oncotext.language.view import token_starts, view_of
from oncotext.mentions.recognizer.backend import Predicted
from oncotext.mentions.recognizer.forms import CorpusForms, Tagging
from oncotext.report import LABELS

Rows = NDArray[np.uint64]

COLUMNS = ("word", "prefix", "suffix", "shape", "rule", "code", "section", "form", "near")
_SEGMENT = 100
"""Words that are read together, at least; a segment holds whole sentences."""
_LONGEST_SEGMENT = 400
_FAR = 40
_EDGES = (1, 2, 3, 5, 8, 12, 20, _FAR)
_STEPS = "".join(str(sum(distance > edge for edge in _EDGES)) for distance in range(_FAR + 1))
_TUMOUR = "MORPHOLOGY"


def words_of(doc: Doc) -> list[str]:
    """The folded words of a Doc."""
    return [_word(token.text)[0] for token in doc]


def columns_of(doc: Doc, forms: CorpusForms, own: Tagging | None = None) -> Rows:
    """One row of hashes a word, one column each of `COLUMNS`.

    Parameters
    ----------
    doc : Doc
        After sections and rules.
    forms : CorpusForms
    own : spans of words, optional
        Its own annotations, where the forms were learned from it too.
    """
    lexical = [_word(token.text) for token in doc]
    rows = np.zeros((len(lexical), len(COLUMNS)), dtype=np.uint64)
    if not lexical:
        return rows
    rows[:, :4] = [hashes for _, hashes in lexical]
    _write_rules(doc, rows)
    _write_sections(doc, rows)
    said = forms.features([word for word, _ in lexical], own)
    rows[:, 7] = [_hash(tag) for tag in said]
    tumours = [
        ruled in (_B_TUMOUR, _I_TUMOUR) or tag[1:].startswith(_TUMOUR)
        for ruled, tag in zip(rows[:, 4].tolist(), said, strict=True)
    ]
    rows[:, 8] = [_hash(tag) for tag in _near(tumours)]
    return rows


def _near(marked: Sequence[bool]) -> list[str]:
    """How far the marked words before and after each word are, in steps.

    Whether a site is one of the tumour depends on words that may stand far away.
    """
    before, after = _distances(marked), _distances(marked[::-1])[::-1]
    return [f"{_STEPS[one]}{_STEPS[two]}" for one, two in zip(before, after, strict=True)]


def _distances(marked: Sequence[bool]) -> list[int]:
    """The words since the last marked one, itself excluded; at most the last step."""
    found, since = [], _FAR
    for is_marked in marked:
        since = min(since + 1, _FAR)
        found.append(since)
        if is_marked:
            since = 0
    return found


def _write_rules(doc: Doc, rows: Rows) -> None:
    """Label with place, and code, of the rules' mentions."""
    found = [m for m in mentions_of(doc) if m["label"] in LABELS]
    spans = word_spans(doc, [(m["start"], m["end"], m["label"]) for m in found])
    for (first, last, label), mention in zip(spans, found, strict=True):
        rows[first:last, 4] = _hash(f"I-{label}")
        rows[first, 4] = _hash(f"B-{label}")
        rows[first:last, 5] = _hash(mention.get("code") or "")


def _write_sections(doc: Doc, rows: Rows) -> None:
    sections = sections_of(doc)
    spans = [(section["start"], section["end"], section["label"]) for section in sections]
    for first, last, label in word_spans(doc, [span for span in spans if span[0] < span[1]]):
        rows[first:last, 6] = _hash(label)


def word_spans(doc: Doc, spans: Sequence[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Spans of characters as those of the words that they touch: first, one past the last."""
    starts = token_starts(doc)
    first = np.searchsorted(starts, [start for start, _, _ in spans], side="right") - 1
    last = np.searchsorted(starts, [end for _, end, _ in spans], side="left")
    return [
        (a, b, label)
        for a, b, (_, _, label) in zip(first.tolist(), last.tolist(), spans, strict=True)
    ]


def in_characters(doc: Doc, spans: Iterable[tuple[int, int, str, float]]) -> list[Predicted]:
    """Spans of words as characters; blanks at their ends belong to none."""
    starts = token_starts(doc)
    found = []
    for first, last, label, score in spans:
        start, token = int(starts[first]), doc[last - 1]
        found.append(Predicted(start, token.idx + len(token.text), label, round(score, 4)))
    return found


def segments_of(doc: Doc) -> list[tuple[int, int]]:
    """Runs of whole sentences that are read together, as first and one past the last word."""
    if not len(doc):
        return []
    starts = np.searchsorted(token_starts(doc), view_of(doc).sentences, side="left").tolist()
    cuts, last = [0], len(doc)
    for start in starts:
        if start - cuts[-1] >= _SEGMENT and start < last:
            cuts.append(start)
    edges = [*cuts, last]
    return [
        (place, min(place + _LONGEST_SEGMENT, end))
        for start, end in pairwise(edges)
        for place in range(start, end, _LONGEST_SEGMENT)
    ]


@lru_cache(maxsize=100_000)
def _word(text: str) -> tuple[str, tuple[int, int, int, int]]:
    """A word folded, and the hashes of it, its beginning, its end and its shape."""
    folded = fold(text).strip() or "\\s"
    shape = re.sub(r"[^\W\d_]", "x", re.sub(r"[A-ZÀ-Ý]", "X", re.sub(r"\d", "d", text)))
    shape = re.sub(r"(.)\1{3,}", r"\1\1\1\1", shape)
    hashes = (_hash(folded), _hash(folded[:4]), _hash(folded[-4:]), _hash(shape))
    return folded, hashes


@lru_cache(maxsize=10_000)
def _hash(text: str) -> int:
    return int(get_string_id(text))


_B_TUMOUR, _I_TUMOUR = _hash(f"B-{_TUMOUR}"), _hash(f"I-{_TUMOUR}")
