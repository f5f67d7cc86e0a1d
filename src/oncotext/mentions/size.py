"""SIZE: a tumour's size, in millimetres of its largest dimension.

A measure is anchored on its unit; whether it is a tumour's is decided by the words of the
clauses before it (``sizes.tsv``), the nearest first: 'nodule de 14 mm, à 6 mm de la berge'.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc

from oncotext.language.annotations import MentionData
from oncotext.language.factories import factory
from oncotext.language.view import TextView, view_of
from oncotext.lexicon import Cue, load_cues
from oncotext.mentions.phrases import PhraseBook, words_of
from oncotext.mentions.pipe import MentionPipe

# 'rnrn' and 'mrn' are what OCR makes of 'mm'; areas, volumes, pressures and speeds are no sizes
_ANCHOR = re.compile(
    r"\d[ \n]{0,2}(?P<unit>[cm]m|crn|rnrn|mrn|rnm|millimetres?|centimetres?)"
    r"(?![a-z0-9/]|[ \n]?(?:h2o|hg|eau)\b|²|³)"
)
_NUMBER = r"\d+(?:[.,]\d+)?"
_OWN_UNIT = r"(?:[ \n]{0,2}(?:mm|cm|rnrn|mrn|rnm))?"
# one measure: '32 x 20', '3-4', '5 à 20'
_DIMENSIONS = re.compile(
    rf"(?<![\d.,/])(?:{_NUMBER}{_OWN_UNIT}[ \n]?(?:[x*]|sur|par|-|a)[ \n]?){{0,3}}{_NUMBER}$"
)
# a measure before it that lacks its unit: '14 et 8 mm', '12 vs 15 mm'
_WITHOUT_UNIT = re.compile(
    rf"(?<![\d.,/])(?P<num>{_NUMBER})[ \n]?(?:et|ou|vs\.?|contre|puis|->|,)[ \n]?$"
)
# the same lesion's earlier size: '17 mm (31)', '21 mm (24 en février)', '12 mm vs 15'
_EARLIER = re.compile(
    r"(?: de (?:petit |grand |plus grand )?(?:axe|diametre))?"
    rf"(?: ?\( ?(?:(?:vs\.?|contre|versus) )?(?P<a>{_NUMBER})"
    r"(?: ?\)| (?:en|au|le|avant|il y|lors|initialement|precedemment)\b)"
    rf"| (?:contre|vs\.?|versus) (?P<b>{_NUMBER})(?![\d/%]| ?(?:[cm]m|rnrn|[x*])|[.,]\d))"
)
_GOES_ON = re.compile(rf"[ \n]?(?:[x*]|sur|par)[ \n]?{_NUMBER}[ \n]?(?:[cm]m|rnrn|mrn)\b")
_BETWEEN = re.compile(rf"entre {_NUMBER} et $")
_DISTANCE = re.compile(
    r"(?:^|[ \n(,])(?:a|distant[es]{0,2} de|situee?s? a|jusqu'a)[ \n]"
    r"(?:environ |au moins |moins de |plus de |[<>] ?)?$"
)
_FROM = re.compile(
    r"[ \n](?:environ )?(?:de[ \n](?:la|l')|de[ \n]l'|du|des|en)(?![ \n](?:grand|plus|diametre))"
    r"|[ \n]au[ -]dessus|[ \n]en[ -]"
)
_OVER = re.compile(
    r"(?<!etendu)(?<!etendue)(?<!s'etend)(?<!etale)[ \n]sur[ \n]"
    r"(?:environ |au moins |plus de |moins de |une (?:longueur|hauteur|profondeur) de )?$"
)
_CLAUSE = re.compile(r"[,;:(]|\.(?=\s)|\n")
_LONGEST_MM = 400
_NEAR, _WINDOW = 70, 240


class SizePipe(MentionPipe):
    """Finds SIZE mentions; ``code`` is millimetres, ``32`` or ``45.5``.

    Parameters
    ----------
    name : str
    lexicon : sequence of str
        Files of the user's own words, in the form of ``sizes.tsv``.
    """

    def __init__(self, name: str = "size", *, lexicon: Sequence[str | Path] = ()) -> None:
        super().__init__(name)
        self._words = _Words(load_cues("sizes", lexicon)) if lexicon else _shipped()

    def find(self, doc: Doc) -> Iterator[MentionData]:
        """Mentions in the order of the text."""
        view = view_of(doc)
        last = 0
        for anchor in _ANCHOR.finditer(view.folded):
            for start, end, code, rule in self._measures(view.folded, anchor, last):
                last = max(last, end)
                yield _mention(view, start, end, code, rule)

    def _measures(
        self, folded: str, anchor: re.Match[str], last: int
    ) -> Iterator[tuple[int, int, str, str]]:
        """Offsets, code and rule of the measures that share one unit, if they are a tumour's."""
        # '16 cm x 13 cm': one measure, read from its last unit
        if _GOES_ON.match(folded, anchor.end()):
            return
        lowest = max(last, anchor.start() - 60)
        found = _DIMENSIONS.search(folded[lowest : anchor.start() + 1])
        if found is None:
            return
        start, end = lowest + found.start(), anchor.end()
        scale = 10.0 if anchor["unit"][0] == "c" else 1.0
        largest = _largest(found.group(), scale)
        if not 0 < largest <= _LONGEST_MM:
            return
        before = _WITHOUT_UNIT.search(folded, max(last, start - 14), start)
        if before and _BETWEEN.search(folded[max(0, start - 24) : start]):
            start, before = before.start("num"), None
        rule = self._rule(folded, before.start() if before else start, end)
        if not rule:
            return
        if before and before.end() == start:
            at = before.start("num")
            yield at, before.end("num"), _code(_largest(before["num"], scale)), rule
        yield start, end, _code(largest), rule
        earlier = _EARLIER.match(folded, end)
        if earlier:
            group = "a" if earlier["a"] else "b"
            size = _largest(earlier[group], scale)
            if 1 < size <= _LONGEST_MM:
                yield earlier.start(group), earlier.end(group), _code(size), rule

    def _rule(self, folded: str, start: int, end: int) -> str:
        """Id of the words that make a measure a tumour's size; empty where none do."""
        head = folded[max(0, start - 34) : start]
        if _OVER.search(head) or self._words.after(folded, end):
            return ""
        if _DISTANCE.search(head) and _FROM.match(folded, end):
            return ""
        return self._before(folded, start)

    def _before(self, folded: str, start: int) -> str:
        """Read clause by clause backwards until one names a tumour, a specimen, an organ."""
        stop = start
        for lowest in (max(0, start - _NEAR), max(0, start - _WINDOW)):
            cuts = [match.end() for match in _CLAUSE.finditer(folded, lowest, stop)]
            # a window begins within a clause: what it cuts is left to the wider one
            for cut in reversed(cuts if lowest and lowest == start - _NEAR else [lowest, *cuts]):
                category, rule = self._words.said(folded, cut, stop)
                if category:
                    return rule if category in ("tumour", "site") else ""
                if _ends_paragraph(folded, cut):
                    return ""
                stop = cut
        return ""


class _Words:
    """The words of ``sizes.tsv`` by place."""

    def __init__(self, cues: Sequence[Cue]) -> None:
        before = [cue for cue in cues if cue.direction == "before"]
        self._nouns = PhraseBook(cue for cue in before if cue.category in ("tumour", "other"))
        self._organs = PhraseBook(cue for cue in before if cue.category in ("site", "organ"))
        self._after = PhraseBook(cue for cue in cues if cue.direction == "after")

    def after(self, folded: str, end: int) -> bool:
        """Whether what follows makes it a margin, a depth or a healthy node."""
        at = end
        while folded[at : at + 1] in (" ", "\n", ",", ":", "("):
            at += 1
        return self._after.at(folded, at) is not None

    def said(self, folded: str, start: int, end: int) -> tuple[str, str]:
        """Category and id of the last telling words of a clause; organs only if nothing else."""
        words = [word for word, _ in words_of(folded, start, end)]
        organ = ("", "")
        while words:
            hit = self._nouns.ending(words)
            if hit:
                return hit[0], hit[2]
            measured = self._organs.ending(words) if not organ[0] else None
            if measured:
                organ = measured[0], measured[2]
            words.pop()
        return organ


@lru_cache(maxsize=1)
def _shipped() -> _Words:
    return _Words(load_cues("sizes"))


def _ends_paragraph(folded: str, cut: int) -> bool:
    """Whether a blank line, unless a title ends before it, parts a clause from those before."""
    if folded[cut - 1 : cut] != "\n":
        return False
    above = folded[max(0, cut - 60) : cut].rstrip()
    return folded[max(0, cut - 60) : cut].count("\n") - above.count(
        "\n"
    ) > 1 and not above.endswith(":")


def _largest(dimensions: str, scale: float) -> float:
    """Largest of the numbers in millimetres; each may bring its own unit."""
    sizes = []
    for number, unit in re.findall(r"(\d+(?:[.,]\d+)?)[ \n]?(mm|cm|rnrn|mrn|rnm)?", dimensions):
        factor = scale if not unit else 10.0 if unit == "cm" else 1.0
        sizes.append(float(number.replace(",", ".")) * factor)
    return max(sizes)


def _code(size: float) -> str:
    return f"{round(size, 2):g}"


def _mention(view: TextView, start: int, end: int, code: str, rule: str) -> MentionData:
    return {
        "start": view.to_raw(start),
        "end": view.to_raw_end(end),
        "label": "SIZE",
        "code": code,
        "attrs": {},
        "rule": rule,
    }


@factory("oncotext.size", default_config={"lexicon": []})
def create(nlp: Language, name: str, lexicon: list[str]) -> SizePipe:
    """The pipe of tumour sizes, for ``nlp.add_pipe("oncotext.size")``."""
    return SizePipe(name, lexicon=lexicon)
