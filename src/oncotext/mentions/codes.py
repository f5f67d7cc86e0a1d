"""Codes that a report itself writes: 'ADICAP : BHGSA7B2', 'CIM-O-3 : C50.4, M-8500/3'.

They are kept on the Doc (``doc._.codes``) and make no mentions. An ADICAP code joins the mode of
sampling, the technique, two letters of organ and four signs of lesion; what organ and lesion
are in ICD-O-3 is in ``lexicon/adicap.tsv``. A code counts only where the words of
``lexicon/code_words.tsv`` announce it, behind the 'M-' of morphologies, or in the brackets that
follow a histology: '8500/3' alone may be anything. And only a code that exists counts.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache

from spacy.language import Language
from spacy.tokens import Doc

from oncotext.language.annotations import (
    CodeData,
    MentionData,
    data_of,
    mentions_of,
    register_extensions,
)
from oncotext.language.component import Component
from oncotext.language.factories import factory
from oncotext.language.view import TextView, view_of
from oncotext.lexicon import cue_matcher, load_concepts

# How far behind and before the word that announces it a code is looked for.
_AFTER, _BEFORE = 100, 24
# How far behind a histology its code may stand in brackets.
_BRACKET = 30
# What each kind of word announces.
_ANNOUNCED = {
    "adicap": ("adicap", "morphology"),
    "icd-o": ("morphology", "topography", "organ"),
    "morphology": ("morphology",),
    "topography": ("topography",),
    "code": ("code", "morphology"),
    "other": (),
}

# Digits as machines read them: O for 0, I and l for 1.
_DIGIT = r"[\doil]"
_DIGITS = str.maketrans("oil", "011")
_LETTERS = str.maketrans("01", "oi")
_UNSURE = str.maketrans("", "", "lo")
_ADICAP = re.compile(
    r"(?<![a-z0-9])(?:(?P<means>[a-z01][ .-]?[a-z01])[ .-]?(?P<organ>[a-z01][ .-]?[a-z01])[ .-]?"
    # without the letters before it, 'DE A7A0' may be a word and a lesion
    r"|(?P<alone>[a-z01]{2})[.-]?)?"
    rf"(?P<lesion>[a-z][\doilme][a-z01]{_DIGIT})(?![a-z0-9])"
)
# Anchored on the stroke, which is rare. A sixth digit is the grade.
_MORPHOLOGY = re.compile(
    rf"/(?:(?<=[89]{_DIGIT}{{3}}/)|(?<=[89]{_DIGIT}{{3}} /)) ?([0-369o])[1-9]?(?![\da-z/]|[.,]\d)"
)
_TOPOGRAPHY = re.compile(r"(?<![a-z0-9])c(\d[\do]|o\d)(?:[.,]?([\do]))?(?![a-z0-9]|[.,]\d)")
_BESIDE = re.compile(r"[ ,;:/()\[\]-]*(?:[mt](?:[ :=-]|$)|et )?[ :=-]*")

_Windows = dict[str, list[tuple[int, int]]]


class CodesPipe(Component):
    """Finds the codes written in a Doc; those in brackets behind a histology only where a
    pipe before has found the histology."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        register_extensions()
        # compiled with the other lexicons, before the first text
        cue_matcher("code_words")
        _codes()

    def __call__(self, doc: Doc) -> Doc:
        view = view_of(doc)
        data_of(doc)["codes"] = list(self.find(view, mentions_of(doc)))
        return doc

    def find(self, view: TextView, mentions: Sequence[MentionData] = ()) -> Iterator[CodeData]:
        """The codes of a text in its order, no two overlapping."""
        windows = self._windows(view)
        found = [*_adicap_codes(view, windows), *_morphologies(view, windows, mentions)]
        found += _topographies(view.folded, windows, found)
        end = 0
        for code in sorted(found, key=lambda code: (code["start"], -code["end"])):
            if code["start"] >= end:
                end = code["end"]
                code["start"], code["end"] = view.to_raw(code["start"]), view.to_raw_end(end)
                code["text"] = view.text[code["start"] : code["end"]]
                yield code

    def _windows(self, view: TextView) -> _Windows:
        """Where a code of each kind is announced: stretches without overlap, in order."""
        windows: _Windows = defaultdict(list)
        hits = cue_matcher("code_words").find(view)
        others = [view.to_folded(h.start) for h in hits if h.value.category == "other"]
        for hit in hits:
            start, end = view.to_folded(hit.start), view.to_folded(hit.end)
            first, last = _reach(view.folded, start, end)
            index = bisect_right(others, start)
            if index < len(others):
                last = min(last, others[index])
            for announced in _ANNOUNCED[hit.value.category]:
                _add(windows[announced], first, last)
        return windows


def _reach(folded: str, start: int, end: int) -> tuple[int, int]:
    """The stretch that a word governs: back in its line, on to a blank line."""
    first = max(folded.rfind("\n", max(0, start - _BEFORE), start) + 1, start - _BEFORE, 0)
    while first and first < start and folded[first - 1].isalnum():
        first += 1  # not from within a word
    last = min(end + _AFTER, len(folded))
    while last < len(folded) and last < end + _AFTER + 12 and folded[last].isalnum():
        last += 1
    stop = folded.find("\n\n", end, last)
    return first, last if stop < 0 else stop


def _add(windows: list[tuple[int, int]], first: int, last: int) -> None:
    if windows and first <= windows[-1][1]:
        windows[-1] = (windows[-1][0], max(last, windows[-1][1]))
    else:
        windows.append((first, last))


def _within(windows: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    index = bisect_right(windows, (start, end)) - 1
    for window in windows[max(index, 0) : index + 2]:
        if window[0] <= start and end <= window[1]:
            return True
    return False


def _adicap_codes(view: TextView, windows: _Windows) -> Iterator[CodeData]:
    for announced in ("adicap", "code"):
        for first, last in windows.get(announced, ()):
            for match in _ADICAP.finditer(view.folded, first, last):
                surface = view.text[view.to_raw(match.start()) : view.to_raw_end(match.end())]
                # a machine may have read I and O as l and o
                if not (surface.translate(_UNSURE).isupper() or surface.islower()):
                    continue
                code = _adicap(match, named=announced == "adicap")
                if code is not None:
                    yield code


def _adicap(match: re.Match[str], *, named: bool) -> CodeData | None:
    """An ADICAP code, if its organ and its lesion are some: a lesion that is not in the lexicon
    counts only in a whole code behind the name of the classification."""
    means, organ = (_letters(match[part]) for part in ("means", "organ"))
    organ = _spelled(organ or _letters(match["alone"]))
    raw = match["lesion"]
    if not (raw[1].isdigit() or raw[3].isdigit()):
        return None
    signs = (
        raw[0],
        raw[1].translate(_DIGITS),
        raw[2].translate(_LETTERS),
        raw[3].translate(_DIGITS),
    )
    lesion = "".join(signs).upper()
    known = _codes()
    morphology = known.lesions.get(organ + lesion) or known.lesions.get(lesion)
    topography = known.organs.get(organ)
    if morphology is None and not (named and means and topography):
        return None
    if not named and topography is None:
        return None
    return _code(match.span(), "ADICAP", means + organ + lesion, morphology, topography)


def _letters(part: str | None) -> str:
    return re.sub("[ .-]", "", part or "").translate(_LETTERS).upper()


def _spelled(organ: str) -> str:
    """The letters of an organ; a machine may have read I as l."""
    if organ not in _codes().organs and organ.replace("L", "I") in _codes().organs:
        return organ.replace("L", "I")
    return organ


def _morphologies(
    view: TextView, windows: _Windows, mentions: Sequence[MentionData]
) -> Iterator[CodeData]:
    folded, announced = view.folded, windows.get("morphology", [])
    numbers = _codes().numbers
    for match in _MORPHOLOGY.finditer(folded):
        start = match.start() - (5 if folded[match.start() - 1] == " " else 4)
        code = f"{folded[start : start + 4].translate(_DIGITS)}/{match[1].translate(_DIGITS)}"
        before = folded[max(0, start - 3) : start]
        marked = re.search(r"(?:^|[^a-z0-9])(m-?)$", before)
        if code[:4] not in numbers or (not marked and re.search(r"[a-z0-9/.,-]$", before)):
            continue
        if not marked and not _within(announced, start, match.end()):
            if not _bracketed(view, start, mentions):
                continue
        elif marked:
            start -= len(marked[1])
        yield _code((start, match.end()), "ICD-O-3-M", code, code, None)


def _bracketed(view: TextView, start: int, mentions: Sequence[MentionData]) -> bool:
    """Whether a number opens the brackets that follow a histology."""
    before = view.folded[:start] if start < 80 else view.folded[start - 80 : start]
    if not before.rstrip(" ").endswith(("(", "[")):
        return False
    at = view.to_raw(start)
    for mention in reversed(mentions[: bisect_right(mentions, at, key=lambda m: m["start"])]):
        if at - mention["end"] > _BRACKET:
            return False
        if mention["label"] == "MORPHOLOGY":
            between = view.text[mention["end"] : at]
            return not any(sign in between for sign in (". ", ";", "\n\n", ")"))
    return False


def _topographies(folded: str, windows: _Windows, found: Sequence[CodeData]) -> Iterator[CodeData]:
    whole = windows.get("organ", [])
    for first, last in windows.get("topography", ()):
        for match in _TOPOGRAPHY.finditer(folded, first, last):
            if match[2] is not None or _within(whole, *match.span()):
                yield from _topography(match)
    for code in found:
        if code["system"] == "ICD-O-3-M":
            yield from _beside(folded, code["start"], code["end"])


def _beside(folded: str, start: int, end: int) -> Iterator[CodeData]:
    """The site whose code stands beside that of a histology: 'C50.4 M-8500/3'."""
    after = _BESIDE.match(folded, end)
    match = _TOPOGRAPHY.match(folded, after.end()) if after else None
    if match is not None and match[2] is not None:
        yield from _topography(match)
    for match in _TOPOGRAPHY.finditer(folded, max(0, start - 14), start):
        if match[2] is not None and _BESIDE.fullmatch(folded, match.end(), start):
            yield from _topography(match)


def _topography(match: re.Match[str]) -> Iterator[CodeData]:
    organ = "C" + match[1].replace("o", "0")
    code = organ if match[2] is None else f"{organ}.{match[2].replace('o', '0')}"
    site = code if match[2] is not None else f"{organ}.9"
    if site in _codes().sites:
        yield _code(match.span(), "ICD-O-3-T", code, None, site)


def _code(
    span: tuple[int, int], system: str, code: str, morphology: str | None, topography: str | None
) -> CodeData:
    return {
        "start": span[0],
        "end": span[1],
        "text": "",
        "system": system,
        "code": code,
        "morphology": morphology,
        "topography": topography,
    }


class _Codes:
    """The codes that exist: of the lexicon, and organs and lesions of ADICAP with theirs."""

    def __init__(self) -> None:
        adicap = load_concepts("adicap")
        self.organs = {c.id: c.code for c in adicap if c.label == "TOPOGRAPHY"}
        self.lesions = {c.id: c.code for c in adicap if c.label == "MORPHOLOGY"}
        histologies = {concept.code for concept in load_concepts("histology")}
        # any behaviour: ICD-O lets a histology take another than those listed with it (rule F)
        self.numbers = {code[:4] for code in (*histologies, *self.lesions.values())}
        self.sites = {concept.code for concept in load_concepts("topography")}
        self.sites |= set(self.organs.values())


@cache
def _codes() -> _Codes:
    return _Codes()


@factory("oncotext.codes")
def create(nlp: Language, name: str) -> CodesPipe:
    return CodesPipe(name)
