"""Gleason scores and Breslow's thickness: 'Gleason 7 (3+4)', 'Breslow : 1,8 mm'.

Gleason's code is the two patterns, primary first (``3+4``), or the sum where only that is
known. Breslow's is in millimetres as written (a thickness in cm is converted).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from oncotext.language.annotations import MentionData
from oncotext.language.view import TextView
from oncotext.mentions.disease import disease_words
from oncotext.mentions.triggers import Triggers

_PAIR = r"(?P<a{0}>[1-5]) ?\+ ?(?P<b{0}>[1-5])"
_SUM = r"(?P<s{0}>10|[2-9])"
_LINK = (
    r"(?:[ \n]?[:=]?[ \n]{0,4}"
    r"|[ \n](?:est|etait|de|a|score|total|global|combine|total de|score de)[ \n](?:de |a )?)"
)
_HEAD = (
    r"(?:(?:score|somme|grade|sommation)(?: (?:histologique|combine|global|total|final)){0,3}"
    r"(?: (?:de |d')?)?)?"
)
_VALUE = (
    rf"(?:{_SUM.format(1)} ?[,:=]? ?[(\[]? ?(?:soit )?{_PAIR.format(1)} ?[)\]]?"
    rf"|[(\[]? ?{_PAIR.format(2)} ?[)\]]?"
    rf"(?: ?(?:=|soit|:)? ?[(\[]?{_SUM.format(2)}[)\]]?(?![\d.,]\d|[a-z0-9%+]))?"
    rf"|{_SUM.format(3)}(?![a-z0-9+%/]|[.,]\d| ?mm| ?cm| ?ng))"
)
_GLEASON = re.compile(
    rf"(?<![a-z0-9]){_HEAD}(?:gleason|gleasson|glaeson)(?: \d{{4}})?"
    rf"{_LINK}(?:score{_LINK})?{_VALUE}"
)
_UNNAMED = re.compile(
    rf"(?<![\d+.,/])(?:{_PAIR.format(1)} ?= ?{_SUM.format(1)}"
    rf"|{_SUM.format(2)} ?\(? ?{_PAIR.format(2)} ?\))(?![\d+]|[.,]\d)"
)
_NUMBER = r"(?P<n{0}>(?:[<>] ?)?\d{{1,2}}(?:[.,'] ?\d{{1,2}})?) ?(?P<u{0}>mm|cm|rnm|m m)?"
_INDEX = r"(?:indice|index)"
_BRESLOW = re.compile(
    rf"(?<![a-z])(?:(?:epaisseur|{_INDEX}|profondeur)(?: maximale)?"
    rf"(?:[ \n](?:selon|de|d'apres))?(?:[ \n]l'{_INDEX}(?: de)?)?[ \n])?"
    rf"breslow(?:[ \n](?:est|etait|estime|mesure|evalue|maximal|index))?"
    rf"{_LINK}{_NUMBER.format(1)}(?![a-z0-9])"
    rf"|{_NUMBER.format(2)} ?\(?(?:d'epaisseur )?(?:selon |de |d'epaisseur de )?(?:l'|l' )?"
    rf"(?:{_INDEX} (?:de )?)?breslow(?![a-z])\)?"
)
_REACH = 900


class Scores:
    """Finds both in a view."""

    def __init__(self) -> None:
        self._triggers = Triggers(["gleason", "gleasson", "glaeson", "breslow"])
        self._sums = Triggers([f"+{gap}{b}" for gap in ("", " ") for b in "345"], words=False)
        self._diseases = disease_words()

    def find(self, view: TextView) -> Iterator[MentionData]:
        folded = view.folded
        for start, _ in self._triggers.find(folded):
            breslow = folded.startswith("breslow", start)
            pattern = _BRESLOW if breslow else _GLEASON
            for found in pattern.finditer(folded, max(0, start - 50), start + 70):
                if found.start() <= start < found.end():
                    code = _breslow(found) if breslow else _gleason(found)
                    if code:
                        yield _mention(view, found, code)
                    break
        for start, end in self._sums.find(folded):
            for found in _UNNAMED.finditer(folded, max(0, start - 8), end + 8):
                if found.start() < start < found.end() and self._is_prostate(view, found.start()):
                    code = _gleason(found)
                    if code:
                        yield _mention(view, found, code)

    def _is_prostate(self, view: TextView, start: int) -> bool:
        for word in self._diseases.before(view, start, reach=_REACH):
            if word.specific:
                return word.family == "prostate"
        return False


def _gleason(found: re.Match[str]) -> str:
    """The two patterns, where they are given: a sum that disagrees is the slip of the two."""
    values = found.groupdict()
    for number in "12":
        first, second = values.get("a" + number), values.get("b" + number)
        if first and second:
            return f"GLEASON:{first}+{second}"
    return f"GLEASON:{values['s3']}" if values.get("s3") else ""


def _breslow(found: re.Match[str]) -> str:
    number, unit = found["n1"] or found["n2"], found["u1"] or found["u2"]
    if not number:
        return ""
    number = re.sub("[,'] ?", ".", number).replace(" ", "")
    if unit == "cm":
        sign, digits = re.match(r"([<>]?)(.*)", number).groups()  # type: ignore[union-attr]
        number = f"{sign}{float(digits) * 10:g}"
    return f"BRESLOW:{number}"


def _mention(view: TextView, found: re.Match[str], code: str) -> MentionData:
    surface = found.group().rstrip()
    end = found.start() + len(surface)
    surplus = surface.count("(") - surface.count(")")
    if surplus > 0 and view.folded[end : end + 1] == ")":
        end += 1
    elif surplus < 0 and surface.endswith(")"):
        end -= 1
    return {
        "start": view.to_raw(found.start()),
        "end": view.to_raw_end(end),
        "label": "GRADE",
        "code": code,
        "rule": "grade:" + code.partition(":")[0].lower(),
    }
