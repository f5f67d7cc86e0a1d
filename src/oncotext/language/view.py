"""What pipes read of a text: its folded form, its phrase form, and the way back to offsets.

A view is computed once a Doc and shared by all pipes; it is never serialised.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from functools import cached_property
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from oncotext.language.folding import IGNORABLE, fold
from oncotext.language.sentences import sentence_starts

if TYPE_CHECKING:
    from spacy.tokens import Doc

_RUN = re.compile(r" +|rn")
# Signs that a text was read by a machine: 'rn' for m, l for I among capitals.
_OCR_SIGNS = (" rn", "\nrn", "mrn", "rnm", "rnrn")
_OCR_CAPITALS = re.compile(r"l(?=[A-ZÀ-Ý])(?<=[A-ZÀ-Ý]{2}l)")
_OCR_FLAT = {ord("l"): "i", ord("1"): "i", ord("0"): "o"}
_BREAK = re.compile(r"\n *[-\n]")


class PhraseText:
    """Folded text as phrases are looked up in it: hyphens and single line breaks are blanks,
    runs of blanks are one; a blank line or a new bullet stays a line break, which no phrase
    crosses. ``to_folded`` leads back. With ``ocr``, characters that machines confuse are one
    (see `ocr_form`)."""

    def __init__(self, folded: str, *, ocr: bool = False) -> None:
        self._folded, self._ocr = folded, ocr
        flat = folded.replace("-", " ").replace("\n", " ")
        if ocr:
            flat = flat.translate(_OCR_FLAT)
        parts: list[str] = []
        self._cuts, self._shifts = [0], [0]
        last = removed = written = 0
        for start, end in _runs(flat, ("  ", "' ", "rn") if ocr else ("  ", "' ")):
            if flat[start] == "r":
                kept = "m"
            else:
                kept = "" if start and flat[start - 1] == "'" else " "
            if kept != "m" and _BREAK.search(folded[start:end]):
                kept = "\n"
            parts.append(flat[last:start])
            parts.append(kept)
            written += start - last + len(kept)
            removed += end - start - len(kept)
            self._cuts.append(written)
            self._shifts.append(removed)
            last = end
        parts.append(flat[last:])
        self.text = "".join(parts)

    def to_folded(self, position: int) -> int:
        """Offset in the folded text of a character of the phrase text."""
        return position + self._shifts[bisect_right(self._cuts, position) - 1]

    def to_folded_end(self, position: int) -> int:
        """End offset in the folded text: one past the last character, or pair read as one."""
        before = self.to_folded(position - 1)
        return before + (2 if self._ocr and self._folded.startswith("rn", before) else 1)


def _runs(flat: str, signs: tuple[str, ...]) -> list[tuple[int, int]]:
    """Blanks to be one or none, and 'rn' to be 'm': found by literals, which is much faster than
    by an expression."""
    starts = []
    for sign in signs:
        at = flat.find(sign)
        while at >= 0:
            start = at + 1 if sign == "' " else at
            run = _RUN.match(flat, start)
            end = run.end() if run else start + 1
            starts.append((start, end))
            at = flat.find(sign, end)
    return sorted(set(starts))


def ocr_form(phrase: str) -> str:
    """A phrase with the characters one that machines confuse: l, 1 and i; 0 and o; rn and m."""
    return phrase.translate(_OCR_FLAT).replace("rn", "m")


class TextView:
    """A text and its derived forms, all leading back to offsets of the text as given.

    Attributes
    ----------
    text : str
        The text as given.
    folded : str
        Case, accents, quotes, hyphens and blanks folded; ignorable characters (combining
        marks, soft hyphens) removed. The same length as ``text`` where there are none.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        # what the phrase automaton found, kept for the pipes to come
        self.scanned: tuple[Any, Any] | None = None
        self._raw: list[int] | None = None
        folded = fold(text)
        if IGNORABLE in folded:
            kept = [i for i, char in enumerate(folded) if char != IGNORABLE]
            folded = folded.replace(IGNORABLE, "")
            self._raw = [*kept, len(text)]
        self.folded = folded

    @cached_property
    def phrases(self) -> PhraseText:
        return PhraseText(self.folded)

    @cached_property
    def is_plain(self) -> bool:
        """Whether folded offsets are offsets of the text and no two characters are read as one."""
        return self._raw is None and not self.is_ocr

    @cached_property
    def is_ocr(self) -> bool:
        """Whether the text shows faults of machine reading."""
        signs = any(sign in self.folded for sign in _OCR_SIGNS)
        return signs or _OCR_CAPITALS.search(self.text) is not None

    @cached_property
    def ocr_phrases(self) -> PhraseText:
        return PhraseText(self.folded, ocr=True)

    @cached_property
    def sentences(self) -> list[int]:
        """Start offsets, in ``text``, of its sentences; the first is 0."""
        return sentence_starts(self.text)

    def to_raw(self, position: int) -> int:
        """Offset in ``text`` of a character of ``folded``."""
        return position if self._raw is None else self._raw[position]

    def to_raw_end(self, position: int) -> int:
        """End offset in ``text``: a character's combining marks belong to it."""
        if self._raw is None or position == 0:
            return position
        end = self._raw[position - 1] + 1
        while end < len(self.text) and unicodedata.combining(self.text[end]):
            end += 1
        return end

    def to_folded(self, position: int) -> int:
        """Offset in ``folded`` of an offset in ``text``."""
        return position if self._raw is None else bisect_right(self._raw, position - 1)


_views: WeakKeyDictionary[Doc, TextView] = WeakKeyDictionary()


def view_of(doc: Doc) -> TextView:
    """The view of a Doc's text, made on first use."""
    view = _views.get(doc)
    if view is None:
        view = _views[doc] = TextView(doc.text)
    return view


def share_view(doc: Doc, view: TextView) -> None:
    """Give a Doc the view of the text it was made from."""
    _views[doc] = view


_token_starts: WeakKeyDictionary[Doc, Any] = WeakKeyDictionary()


def token_starts(doc: Doc) -> Any:
    """The character offsets of a Doc's tokens, as an array."""
    starts = _token_starts.get(doc)
    if starts is None or len(starts) != len(doc):
        starts = _token_starts[doc] = doc.to_array("IDX")
    return starts
