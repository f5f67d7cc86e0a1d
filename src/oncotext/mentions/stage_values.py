"""How the values of stage classifications are written, and how they read in their own form.

Each classification has values of one of these forms: ``roman`` (I to IV with a letter and a
figure: UICC, FIGO, Masaoka), ``annarbor``, ``dukes``, ``bclc``, ``binet``, ``rai``, ``iss``,
``clark``, ``inss``.
"""

from __future__ import annotations

import re

from oncotext.language.view import TextView

# Roman figures with the letters that OCR makes of I, and arabic ones; a letter and its figure.
_ROMAN = r"(?:[il1]v|[il]{1,3}|v|[0-4])"
_LETTER = r"[a-d](?: ?-?[1-3](?:r|p|\(i{1,2}\))?)?"
VALUES = {
    "roman": rf"{_ROMAN}(?:[ -]?\n?{_LETTER})?",
    "annarbor": rf"{_ROMAN}(?:[ -]?\n?(?:[ab]?[esx]{{1,2}}|[ab][ab]?))?",
    "dukes": r"[a-d][12]?",
    "bclc": r"[0a-d]",
    "binet": r"[abc]",
    "rai": r"(?:[il1]v|[il]{1,3}|[0-4])",
    "iss": r"(?:[il]{1,3}|[1-3])",
    "clark": r"(?:[il1]v|v|[il]{1,3}|[1-5])",
    "inss": r"(?:4 ?s|2 ?[ab]|[il1]v ?s?|ii ?[ab]?|[il]{1,3}|[1-4])",
}
EDGE = r"(?![a-z0-9]|[.,]\d|/\d)"
_ARABIC = {"0": "0", "1": "I", "2": "II", "3": "III", "4": "IV", "5": "V"}
_NUMBER = re.compile(r"[il1]v|[il]{1,3}|v|\d")
_STAGE_BEFORE = re.compile(r"(?:stade|niveau)[ :]*$")
_LETTERED = ("dukes", "bclc", "binet")


def read_value(view: TextView, form: str, at: int, written: str) -> str | None:
    """A value in its classification's own form, or None where the text does not bear it.

    Parameters
    ----------
    view : TextView
    form : str
        A key of `VALUES`.
    at : int
        Offset of the value in the folded text.
    written : str
        The folded value as matched.

    Examples
    --------
    >>> text = "stade III b"
    >>> read_value(TextView(text), "roman", 6, "iii b")
    'III'
    """
    written = kept(view, at, written)
    compact = re.sub(r"[ \n-]|\(.*\)", "", written)
    raw = view.text[view.to_raw(at) : view.to_raw_end(at + len(written))]
    if form in _LETTERED:
        return compact.upper() if raw[0].isupper() or raw[0] == "0" else None
    number = _NUMBER.match(compact)
    if number is None or number.group() == raw[0] == "v" or _is_word(view, at, raw):
        return None
    figure, rest = number.group(), compact[number.end() :]
    figure = "iv" if figure in ("lv", "1v") else figure.replace("l", "i")
    if form == "inss":
        digits = {"i": "1", "ii": "2", "iii": "3", "iv": "4"}
        return digits.get(figure, figure) + rest.upper()
    roman = _ARABIC.get(figure, figure.upper())
    if roman == "0" and rest:
        return None
    return roman + rest.upper().rstrip("RP" if form == "roman" else "")


def _is_word(view: TextView, at: int, raw: str) -> bool:
    """A small l that begins a word ('la', 'le') or stands alone is no figure I."""
    if raw[0] != "l":
        return False
    if raw == "l":
        return not _STAGE_BEFORE.search(view.folded, max(0, at - 12), at)
    return raw[-1].islower() and raw[-1] != "l"


def kept(view: TextView, at: int, written: str) -> str:
    """What of a value belongs to it: a letter after a blank only where it is a capital that no
    word follows ('III B', not 'stade III a été')."""
    apart = re.search(r"[ \n]+([a-e])", written)
    if not apart:
        return written.rstrip()
    letter = at + apart.start(1)
    follows = view.folded[at + len(written) : at + len(written) + 4]
    capital = view.text[view.to_raw(letter)] in "ABCDE"
    shouting = view.text[max(0, view.to_raw(at) - 12) : view.to_raw(at)].isupper()
    if capital and not (shouting and re.match(r" (?!d'|de |ann)[a-z]", follows)):
        return written
    return written[: apart.start()]
