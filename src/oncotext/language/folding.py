"""Length-preserving folding: case, accents, apostrophes, hyphens and blanks.

Each character becomes exactly one character, so that every match in the folded text is
an offset into the original. Characters of the Windows Latin code page, nearly all of
French, are folded by one table look-up in C; the others by a codec error handler.
"""

from __future__ import annotations

import codecs
import unicodedata

IGNORABLE = "\x1f"
"""What combining marks, soft hyphens and zero-width characters fold to."""

OTHER = "\x1a"
"""What characters without a Latin look-alike fold to."""

OE, AE = "\x9c", "\xe6"
"""The ligatures: one character each, so the lexicon compiler emits both spellings."""

_SPECIAL = {
    "'": "‘’‚‛′´`ʼ＇",
    '"': "“”„«»″",
    "-": "‐‑‒–—―−﹣－",
    " ": "\t\v\f\r\u00a0\u1680\u2028\u2029\u202f\u205f\u3000\u0085"
    + "".join(map(chr, range(0x2000, 0x200B))),
    "*": "•▪●■○◦‣·∙\uf0b7➢➤►▶✓✔",
    "x": "×",
    "<": "≤",
    ">": "≥",
    ".": "…",
    "u": "µμ",
    "a": "α",
    "b": "β",
    "g": "γ",
    # the code page's own bytes too: folded text folds to itself
    OE: "œŒ\x9c\x8c",
    AE: "æÆ",
    IGNORABLE: "\u00ad\u200b\u200c\u200d\u2060\ufeff",
}
_FOLD_OF = {char: folded for folded, chars in _SPECIAL.items() for char in chars}


def _fold_char(char: str) -> str:
    if char in _FOLD_OF:
        return _FOLD_OF[char]
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return IGNORABLE
    base = unicodedata.normalize("NFKD", char)[0].lower()[0]
    if base < "\x7f":
        return base
    return char if "\xa1" <= char <= "\xff" and not char.isalpha() else OTHER


def _table() -> bytes:
    out = bytearray(range(256))
    for byte in range(256):
        try:
            char = bytes([byte]).decode("cp1252")
        except UnicodeDecodeError:
            continue
        out[byte] = _fold_char(char).encode("latin-1")[0]
    return bytes(out)


_TABLE = _table()


def _fold_unencodable(error: UnicodeError) -> tuple[bytes, int]:
    assert isinstance(error, UnicodeEncodeError)
    run = error.object[error.start : error.end]
    folded = "".join(map(_fold_char, run)).encode("latin-1")
    return folded.translate(_UNFOLD), error.end


# The handler's bytes pass through the table too: they are sent as the code page bytes
# that the table folds to them.
_UNFOLD = bytearray(range(256))
for _byte in range(256):
    if _TABLE[_byte] != _byte:
        _same = [b for b in range(256) if _TABLE[b] == _byte]
        if _same:
            _UNFOLD[_byte] = _same[0]

codecs.register_error("oncotext.fold", _fold_unencodable)


def fold(text: str) -> str:
    """Fold ``text``; the result has the same length.

    Examples
    --------
    >>> fold("Métastase – l’œsophage")
    "metastase - l'\\x9csophage"
    """
    return text.encode("cp1252", "oncotext.fold").translate(_TABLE).decode("latin-1")
