"""A text as an encoder reads it: pieces, the words that they belong to, and windows over them.

An encoder's tokenizer cuts the whole text as it is, so that pieces are those of its pretraining
and their offsets are characters of the text. A *unit* is what gets a tag: a word of the Doc, or
several where a piece runs across them; its first piece speaks for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from unicodedata import combining

import numpy as np
from spacy.tokens import Doc

Window = tuple[int, int]
"""First piece, and one past the last."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """The pieces of a text, and its units.

    Attributes
    ----------
    ids : array of int
        Each piece's number in the vocabulary of the encoder.
    first : array of int
        Each unit's first piece, ascending.
    starts, ends : array of int
        Each unit's characters.
    """

    ids: Any
    first: Any
    starts: Any
    ends: Any

    def units_of(self, spans: Iterable[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
        """Spans of characters as spans of units: the first and the last that they touch."""
        found = []
        for start, end, label in spans:
            first = int(np.searchsorted(self.ends, start, side="right"))
            last = int(np.searchsorted(self.starts, end, side="left")) - 1
            if first <= last:
                found.append((first, last, label))
        return found


def pieces_of(tokenizer: Any, doc: Doc) -> Pieces:
    """Cut a Doc's text with a `tokenizers.Tokenizer`."""
    text = doc.text
    encoding = tokenizer.encode(text, add_special_tokens=False)
    words = [(token.idx, token.idx + len(token)) for token in doc if not token.is_space]
    starts = np.array([start for start, _ in words], dtype=np.int64)
    ends = np.array([end for _, end in words], dtype=np.int64)
    held = _held(text, encoding.offsets, starts)
    # a word that a piece, or an accent written apart, joins to the one before is of the same unit
    joined = np.zeros(len(words) + 1, dtype=bool)
    joined[[number for number, (start, _) in enumerate(words) if _goes_on(text, start)]] = True
    for _, first, last in held:
        joined[first + 1 : last + 1] = True
    unit = np.cumsum(~joined[:-1]) - 1
    speaks: dict[int, int] = {}
    for piece, first, _ in held:
        speaks.setdefault(int(unit[first]), piece)
    order = sorted(speaks.items(), key=lambda item: item[1])
    units = np.array([number for number, _ in order], dtype=np.int64)
    return Pieces(
        np.array(encoding.ids, dtype=np.int64),
        np.array([piece for _, piece in order], dtype=np.int64),
        starts[np.searchsorted(unit, units, side="left")],
        ends[np.searchsorted(unit, units, side="right") - 1],
    )


def _goes_on(text: str, start: int) -> bool:
    """Whether a word goes on after, or with, a combining mark: the tokenizer cuts there."""
    if start == 0:
        return False
    before, first = text[start - 1], text[start]
    return combining(first) > 0 or (combining(before) > 0 and first.isalpha())


def _held(text: str, offsets: Sequence[tuple[int, int]], starts: Any) -> list[tuple[int, int, int]]:
    """Each piece that holds more than blanks, with the first and last word that it touches."""
    bounds = []
    for number, (start, end) in enumerate(offsets):
        while start < end and text[start].isspace():
            start += 1
        while start < end and text[end - 1].isspace():
            end -= 1
        if start < end:
            bounds.append((number, start, end))
    if not len(starts):
        return []
    firsts = np.searchsorted(starts, [start for _, start, _ in bounds], side="right") - 1
    lasts = np.searchsorted(starts, [end - 1 for _, _, end in bounds], side="right") - 1
    return [
        (number, max(int(first), 0), max(int(last), 0))
        for (number, _, _), first, last in zip(bounds, firsts, lasts, strict=True)
    ]


def windows_of(pieces: Pieces, size: int, stride: int) -> list[Window]:
    """Windows of at most ``size`` pieces that begin and end between units.

    Parameters
    ----------
    pieces : Pieces
    size : int
    stride : int
        How many pieces neighbours share, or a few more; less than ``size``.
    """
    total, windows, start = len(pieces.ids), [], 0
    while start < total:
        end = start + size
        if end >= total:
            windows.append((start, total))
            break
        end = _cut(pieces.first, start, end)
        windows.append((start, end))
        start = _cut(pieces.first, start, end - stride, otherwise=end)
    return windows


def _cut(first: Any, after: int, most: int, otherwise: int | None = None) -> int:
    """The last beginning of a unit up to ``most`` but behind ``after``."""
    index = int(np.searchsorted(first, most, side="right")) - 1
    if index >= 0 and first[index] > after:
        return int(first[index])
    return most if otherwise is None else otherwise


def merge(pieces: Pieces, windows: Sequence[Window], values: Sequence[Any], width: int) -> Any:
    """One row a unit: of the windows that hold it, that in which it has most context.

    Parameters
    ----------
    pieces : Pieces
    windows : sequence of Window
    values : sequence of array
        For each window a row for each of its pieces.
    width : int
        Columns of a row.

    Returns
    -------
    array of float, units x ``width``
    """
    merged = np.zeros((len(pieces.first), width))
    best = np.full(len(pieces.first), -1.0)
    for (start, end), rows in zip(windows, values, strict=True):
        low, high = np.searchsorted(pieces.first, [start, end])
        at = pieces.first[low:high]
        context = np.minimum(
            at - start if start else np.inf,  # nothing is missing at the edges of the text
            end - 1 - at if end < len(pieces.ids) else np.inf,
        )
        better = np.nonzero(context > best[low:high])[0]
        best[low + better] = np.broadcast_to(context, len(at))[better]
        merged[low + better] = rows[at[better] - start]
    return merged
