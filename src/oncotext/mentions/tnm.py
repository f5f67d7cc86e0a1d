"""TNM expressions: 'pT2 N1a (2/14) M0', 'ypT1c(m) N0(sn)', 'cT3N1M0', 'T 2 N 0', 'pTis'.

Components and their suffixes are those of the UICC TNM classification, 8th edition. A code
holds them separated by blanks: ``[y][r][a]`` then ``c`` or ``p`` then the component.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from spacy.language import Language
from spacy.tokens import Doc

from oncotext.language.annotations import MentionData
from oncotext.language.factories import factory
from oncotext.language.view import TextView, view_of
from oncotext.lexicon import load_cues
from oncotext.matching.inflection import phrase_form
from oncotext.mentions.pipe import MentionPipe
from oncotext.mentions.triggers import Triggers

# Characters that end a component: no letter or digit goes on, save the next component's.
_END = (
    r"(?:(?![a-z0-9]|[.,]\d)|(?=[ypcraumi]{0,3}[nmlvsrg] ?[0-4oxli+]|[cp]?pn ?[01x]|m(?![a-z0-9])))"
)
_PREFIX = (
    r"(?:\(m\) ?)?(?:mr|(?:(?:yr?|ry?) ?|[yra]{1,2})?(?:[cp]|(?<!a)u)"
    r"(?:[yra]{1,2}(?=[tnm])|m(?=[tn])|\(m\))? ?|[yra]{1,2})?"
)
_OF = r" ?[:=]? ?"
_GAPS = ("", " ", ":", "=", ": ", " : ", " = ", " :")
_NOTE = r"(?: ?\([^()\n]{1,40}\)){0,2}"
_GAP = r"(?: {0,6}(?:[,;/.|+\-\[]|et(?= ))? {0,6}\n? {0,6})"
# 'N1 et M1 hépatiques' is no expression, 'T2, N0 et M0' is
_CLOSE = _GAP.replace("|et(?= )", "")
_COUNT = r"(?:\d{0,2}\+?/\d{1,2}(?![\d/])| \d{1,2}\+/\d{1,2}(?![\d/]))?"
# At the end of an expression only suffixes in brackets belong to it: (2/14), (sn), (m), (i+)
_SUFFIX = (
    r"(?: ?\((?:\d{1,3} ?(?:n ?\+?|gg\+?|\+)? ?(?:/|sur) ?\d{1,3}[^()\n]{0,15}"
    r"|sn[^()\n]{0,15}|m|is|dcis|paget|i ?[+-]|mol ?[+-]|mic?|itc|\d{1,2})(?: ?,? ?sn)?\)){1,2}"
)
_T = rf"(?P<tp>{_PREFIX})t{_OF}(?P<t>[0-4oli](?:a-?b|[a-e][1-3]?|mic?)?|is|x|a)"
_T_TAIL = r"(?P<range> ?[-/] ?t?[1-4][a-d]?(?![\d]))?"
_N = (
    rf"(?P<np>{_PREFIX})n{_OF}(?P<n>[1-3li](?:[a-c][1-3]?)?|[0o]|x|\+|-(?![a-z0-9]))(?:-[1-3](?![\d/]))?"
    rf"(?P<mi> ?\(?mic?\)?(?=[^a-z]|p?m ?[01x]|$))?{_COUNT}(?: ?(?:sn|i\+|i-)(?![a-z]))?"
)
_M = rf"(?P<mp>(?:[yr]{{0,2}}[cpu] ?)?)m{_OF}(?P<m>[01oli](?:[a-d]\d?)?|x|\+)"
_EXPRESSION = re.compile(
    rf"(?:{_T}{_T_TAIL}{_END}(?P<tnote>{_NOTE}))?"
    rf"(?:(?(tp){_GAP}){_N}{_END}(?P<nnote>{_NOTE}))?"
    rf"(?:(?(tp){_GAP}|(?(np){_CLOSE})){_M}{_END}(?: ?\([01]\))?)?"
)
_EXTRA = re.compile(
    rf"{_GAP}(lv|l|v|pn|r|s|e) ?([0-3x])(?:(?![a-z0-9]|[.,]\d|/\d)|(?=(?:lv|l|v|pn|r)[0-3x]))"
)
_TAIL = re.compile(_SUFFIX)
# What nearly every expression holds: a letter with its value, or Tis and pTa
_TRIGGERS = Triggers(
    [
        *(f"{letter}{gap}{value}" for letter in "tn" for value in "0123x+" for gap in _GAPS),
        *(f"t{gap}4" for gap in _GAPS),
        *("cm0", "cm1", "pm0", "pm1", "tis", "t is", "pta", "cta", "pto", "cto", "pn-"),
        *(f"ta {after}" for after in ("g1", "g2", "g3", "n0", "nx")),
    ],
    words=False,
)
_EDITION = re.compile(
    r"(?<!\d)([4-9]) ?(?:e|eme|th|°)? ?ed(?:\.|ition)?(?![a-z])"
    r"|(?:tnm|uicc|ajcc)[ ,:(]{0,3}(?:v?([6-9])(?:e|eme)?(?![a-z0-9])|(20\d\d))"
)
_EDITION_OF_YEAR = {"2009": "7", "2010": "7", "2016": "8", "2017": "8", "2018": "8", "2025": "9"}
_DIGIT = str.maketrans("oli", "011")
_NEAR = 45


@dataclass(slots=True)
class _Parts:
    """A parsed expression in folded offsets."""

    start: int
    end: int
    codes: list[str]
    letters: str
    prefixed: bool
    attrs: dict[str, str] = field(default_factory=dict)


class TnmPipe(MentionPipe):
    """Marks TNM expressions; words that make or forbid a lone component are in ``tnm.tsv``."""

    def __init__(self, name: str = "oncotext.tnm") -> None:
        super().__init__(name)
        cues: dict[str, list[str]] = {}
        for cue in load_cues("tnm"):
            words = re.escape(phrase_form(cue.literal)).replace(r"\ ", r"[ \n-]+")
            tail = "" if cue.scope == "stem" else "(?:s|x)?(?![a-z])"
            cues.setdefault(cue.category, []).append(words + tail)
        self._cue = {
            category: re.compile(rf"(?<![a-z])(?:{'|'.join(words)})")
            for category, words in cues.items()
        }

    def find(self, doc: Doc) -> Iterator[MentionData]:
        """Mentions of a Doc, in the order of its text."""
        view = view_of(doc)
        folded = view.folded
        done = 0
        for first, last in sorted(_TRIGGERS.find(folded)):
            if first < done:
                continue
            start = _start_of(folded, first, last, done)
            parts = _parse(view, start) if start is not None else None
            if parts is None or parts.end <= first or not self._is_tnm(view, parts):
                continue
            done = parts.end
            edition = _edition(folded, parts)
            if edition:
                parts.attrs["edition"] = edition
            yield {
                "start": view.to_raw(parts.start),
                "end": view.to_raw_end(parts.end),
                "label": "TNM",
                "code": " ".join(parts.codes),
                "attrs": parts.attrs,
                "rule": "tnm:" + (parts.letters if len(parts.letters) > 1 else "lone"),
            }

    def _is_tnm(self, view: TextView, parts: _Parts) -> bool:
        """Whether an expression is one: two components are, a lone one needs its words."""
        folded, start, end = view.folded, parts.start, parts.end
        surface = view.text[view.to_raw(start) : view.to_raw_end(end)]
        if len(parts.letters) > 1:
            return surface[0] != "m" or parts.prefixed
        if parts.letters == "M":
            return surface[0] in "cp" and surface[1] == "M"
        before = folded[max(0, start - _NEAR) : start].rpartition("\n\n")[2]
        after = folded[end : end + _NEAR].partition("\n\n")[0]
        if self._cue["forbid_before"].search(before) or self._cue["forbid_after"].match(
            after.lstrip()
        ):
            return False
        if "=" in surface or ":" in surface or (surface[-2] == " " and surface[0] != "p"):
            return False
        if (
            surface.startswith("CT")
            and not surface[-1].isalpha()
            and not self._cue["lone"].search(before)
        ):
            return False  # scan, or a cycle, in capitals
        if not parts.prefixed and re.match(" ?:", after):
            return False  # 'T2 : inflammation', a specimen
        if re.search(r"\d ?$", before) or re.match(r" ?(?:sur|/) ?\d", after):
            return False
        if surface.upper() == "PTA":
            return surface == "pTa" or bool(self._cue["bladder"].search(before + "|" + after))
        if parts.prefixed:
            if parts.codes[0][0] in "yra" and not surface[0].islower() and "P" not in surface:
                return False  # RT3D, RTX: radiotherapy
            return "T" in surface or "N" in surface or bool(self._cue["lone"].search(before))
        if surface[0] not in "TN":
            return False
        if surface in ("N+", "N-"):
            return True
        near = self._cue["lone"].search(before if before.endswith("(") else before[-30:])
        return bool(near) or bool(self._cue["lone_after"].match(after.lstrip(" ,-(")))


def _start_of(folded: str, first: int, last: int, done: int) -> int | None:
    """Where the expression that holds a trigger begins: at a word boundary before its prefix."""
    letter = next(at for at in range(first, last) if folded[at] in "tnm")
    low = max(done, letter - 12)
    head = folded[low : letter + 1]
    # the longest prefix that stands at a word boundary
    for match in _HEAD.finditer(head):
        if match.end() == len(head):
            return low + match.start()
    return None


_HEAD = re.compile(rf"(?<![a-z0-9]){_PREFIX}[tnm]$")


def _parse(view: TextView, start: int) -> _Parts | None:
    """The expression that begins at ``start``, or None."""
    folded = view.folded
    found = _EXPRESSION.match(folded, start)
    if found is None or found.end() == start:
        return None
    codes, letters, carried, prefixed = [], "", "", False
    end = start
    for letter in "tnm":
        value = found[letter]
        if value is None:
            continue
        if not _legible(view, found, letter):
            break
        prefix = _own_prefix(folded, found, letter)
        prefixed = prefixed or bool(prefix)
        if letter == "t":
            carried = prefix
        elif letter == "n":
            prefix = prefix or carried
        if letter != "m" and _is_next_prefix(folded, found, letter):
            value = value[:-1]
        codes.append(prefix + letter.upper() + _canonical_value(letter, value, found))
        letters += letter.upper()
        end = max(found.end(letter), found.end("range") if letter == "t" else 0)
        if letter == "n":
            end = _end_of_n(folded, found)
        elif letter == "m":
            end = found.end()
    if not letters:
        return None
    tail = _TAIL.match(folded, end)
    if tail:
        end = tail.end()
    parts = _Parts(start, end, codes, letters, prefixed)
    _read_extras(view, parts)
    return parts


def _end_of_n(folded: str, found: re.Match[str]) -> int:
    return found.start("nnote") if found["nnote"] is not None else found.end("n")


def _legible(view: TextView, found: re.Match[str], letter: str) -> bool:
    """A letter read for a digit ('NO', 'Nlb') counts after a capital, beside a true value."""
    value = found[letter]
    if value[0] not in "oli" or value == "is":
        return True
    others = [found[other] for other in "tnm" if other != letter and found[other]]
    at = found.start(letter)
    attached = view.folded[at - 1] == letter
    capital = view.text[view.to_raw(at - 1)].isupper()
    if letter == "t" and found["tp"]:
        return attached and capital
    trusted = bool(found["tp"]) or any(other[0] not in "oli" for other in others)
    return attached and trusted and (capital or " " not in found.group())


def _is_next_prefix(folded: str, found: re.Match[str], letter: str) -> bool:
    """Whether the c that ends a value is the next component's prefix: 'cT3cN0cM0'.

    'cT1cN0' and 'cT2cN0' are T1c and T2c (breast, prostate); 'cT1cN0cM0' is not.
    """
    value, following = found[letter], {"t": "n", "n": "m"}[letter]
    if not value.endswith("c") or folded[found.end(letter) : found.end(letter) + 1] != following:
        return False
    if letter == "n":
        return "c" in found["np"] or ("c" in (found["tp"] or "") and found["t"][-1] == "c")
    if "c" not in found["tp"]:
        return False
    with_m = "c" in (found["mp"] or "") or (bool(found["m"]) and (found["n"] or "").endswith("c"))
    return value[0] in "34" or with_m


def _own_prefix(folded: str, found: re.Match[str], letter: str) -> str:
    """The prefix written on a component."""
    before = {"n": "t", "m": "n"}.get(letter)
    if (
        before
        and found[before]
        and not found[letter + "p"]
        and _is_next_prefix(folded, found, before)
    ):
        return "c"
    return _canonical_prefix(found[letter + "p"])


def _canonical_prefix(prefix: str) -> str:
    """``[y][r][a]`` then ``c`` or ``p``; staging by ultrasound (u) or MRI (mr) is clinical."""
    letters = prefix.replace("mr", "c").replace("u", "c")
    return "".join(char for char in "yra" if char in letters) + (
        "p" if "p" in letters else "c" if "c" in letters else ""
    )


def _canonical_value(letter: str, value: str, found: re.Match[str]) -> str:
    """Digits for the letters that OCR made of them, X as capital, mi kept."""
    if value == "x":
        return "X"
    if value == "-":
        return "0"
    if value not in ("is", "a"):
        value = value[0].translate(_DIGIT) + value[1:]
    if letter == "t":
        return value.removesuffix("c") if value.endswith("mic") else value
    value = re.sub("a-?b$", "a", value)  # in doubt, the lower category (UICC general rule 4)
    return value + ("mi" if letter == "n" and (found["mi"] or _note_is_mi(found)) else "")


def _note_is_mi(found: re.Match[str]) -> bool:
    return bool(found["nnote"]) and bool(re.match(r" ?\(mic?\b", found["nnote"]))


def _read_extras(view: TextView, parts: _Parts) -> None:
    """Lymphatic, venous, perineural invasion and residual tumour that follow directly."""
    while extra := _EXTRA.match(view.folded, parts.end):
        name, value = extra.groups()
        if name not in ("lv", "s", "e"):
            parts.attrs[{"pn": "Pn"}.get(name, name.upper())] = value.upper()
        parts.end = extra.end()


def _edition(folded: str, parts: _Parts) -> str:
    """The edition of the classification stated beside an expression ('8e édition', UICC 2017)."""
    near = folded[max(0, parts.start - 30) : parts.start] + "|" + folded[parts.end : parts.end + 40]
    found = _EDITION.search(near)
    if not found:
        return ""
    return found[1] or found[2] or _EDITION_OF_YEAR.get(found[3], "")


@factory("oncotext.tnm")
def create(nlp: Language, name: str) -> TnmPipe:
    return TnmPipe(name)
