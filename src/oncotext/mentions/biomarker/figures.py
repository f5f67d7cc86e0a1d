"""Figures that are results: percentages, scores, serum levels. Offsets of the folded text."""

from __future__ import annotations

import re

from oncotext.mentions.biomarker.values import Result

_NUMBER = (
    r"(?:(?P<bound>[<>]=?|inferieure? a|superieure? a|plus de|moins de) ?|(?:environ|~|=) ?)?"
    r"(?P<num>\d{1,3}(?: \d{3})+(?!\d|[.,]\d)|\d[\dol]{0,5}(?:[.,][\dol]+)?)"
    r"(?:(?: ?%)? ?(?:-|a|et) ?(?P<high>\d+(?:[.,]\d+)?)(?= ?%))?"
)
_PERCENT = re.compile(r"\(?" + _NUMBER + r" ?%(?: de(?:s)? cellules(?: tumorales)?)?")
_PLAIN = re.compile(
    _NUMBER + r"(?![\d/]|[.,]\d| ?(?:mm|cm|mois|ans|jours|h|sem|cures?|mg(?!/)|gy)\b)"
)
_UNIT = re.compile(
    r" ?(?P<unit>(?:[nmupk]?(?:g|ui|u|iu|mol|kat))/(?:m|rn|d|u)?[l1i]\b|mut(?:ations)?/mb|mui/ml|%)"
)
_HER2_SCORE = re.compile(
    r"\(?(?:score |cote )?(?P<score>[0-3])(?: ?\+|(?: croix))?(?![\d%]|[.,/]\d| ?%)\)?"
)
_CLINICAL_SCORE = re.compile(
    r"(?:score )?(?:d'|de )?(?P<name>tps|cps|ic|tc|tap)\b(?: \([^()\n]{1,30}\))?"
    r"(?: (?:est )?(?:a|de|estime a|evalue a))?[ :=]{1,4}(?:a |de )?"
)
_SCORE_AFTER = re.compile(r" ?\(? ?(?P<name>tps|cps)\b\)?")
_SCORE_GAP = re.compile(r"(?: \([^()\n]{1,40}\))?[ :=|]{0,5}(?:(?:est )?(?:a|de) )?")
_ZERO = re.compile(r"0(?!\d|[.,/]\d| ?\+)")
_ALLRED = re.compile(
    r"\(?(?:score )?(?:d')?(?:allred )?(?::|de|a)? ?(?P<score>\d)/(?:8|9|12)(?!\d)\)?"
)


# OCR reads 0 as O and 1 as l
_DIGITS = str.maketrans({"o": "0", "l": "1", ",": ".", " ": None})
# 'RE : 90' of a table without its sign
_BARE = re.compile(r"(?P<num>[1-9]\d0?)(?= *(?:[,;)\n/|]|\.(?!\d)|$))(?!,\d)")


def figure(folded: str, at: int, kind: str) -> Result | None:
    """The figure at ``at`` that counts as a result for a kind of marker."""
    if kind == "pdl1":
        return _pdl1(folded, at)
    if kind == "her2":
        score = _HER2_SCORE.match(folded, at)
        return her2_score(score.end(), score["score"]) if score else None
    if kind in ("serum", "count", "index"):
        return plain(folded, at, kind)
    if kind == "receptor":
        return percentage(folded, at) or _allred(folded, at)
    if kind == "ihc":
        return percentage(folded, at)
    found = _PERCENT.match(folded, at) if kind in ("mmr", "fusion", "p53") else None
    return Result(found.end(), "positive") if found else None


def percentage(folded: str, at: int) -> Result | None:
    """'90 %', '> 50 %', '80-90 %' (the higher)."""
    found = _PERCENT.match(folded, at)
    return _numbered(found, "%") if found else None


def _allred(folded: str, at: int) -> Result | None:
    """'8/8': positive from 3 on (Allred). A bare 0 too."""
    allred = _ALLRED.match(folded, at)
    if allred:
        return Result(allred.end(), "positive" if int(allred["score"]) > 2 else "negative")
    bare = _BARE.match(folded, at)
    if bare:
        return Result(bare.end(), number=bare["num"])
    return Result(at + 1, number="0") if _ZERO.match(folded, at) else None


def her2_score(end: int, score: str) -> Result:
    """HER2 score as ASCO/CAP 2023 reads it: 0 and 1+ negative, 2+ equivocal, 3+ positive."""
    value = ("NEGATIVE", "NEGATIVE", "EQUIVOCAL", "POSITIVE")[int(score)]
    return Result(end, value=value, detail=score if score == "0" else score + "+")


def _numbered(found: re.Match[str], unit: str = "") -> Result:
    number = (found["high"] or found["num"]).translate(_DIGITS)
    bound = (found["bound"] or "")[:1]
    bound = {"i": "<", "m": "<", "s": ">", "p": ">"}.get(bound, bound)
    return Result(found.end(), number=bound + number, unit=unit)


def plain(folded: str, at: int, kind: str) -> Result | None:
    found = _PLAIN.match(folded, at)
    if found is None:
        return None
    result = _numbered(found)
    unit = _UNIT.match(folded, found.end())
    if unit:
        result.unit, result.end = unit["unit"], unit.end()
    if kind == "serum" and (
        result.unit == "%" or re.match(r" ?x? ?n\b(?!g)", folded[found.end() : found.end() + 5])
    ):
        return None
    return result


def _pdl1(folded: str, at: int) -> Result | None:
    """'60 % (TPS)', 'CPS 12', 'TPS : 20%'."""
    score = _CLINICAL_SCORE.match(folded, at)
    found = _PERCENT.match(folded, score.end() if score else at)
    if found is None and score:
        found = _PLAIN.match(folded, score.end())
        result = _numbered(found) if found else None
    else:
        result = _numbered(found, "%") if found else None
    if result is None and _ZERO.match(folded, at):
        result = Result(at + 1, number="0")
    if result is None:
        return None
    after = _SCORE_AFTER.match(folded, result.end) if score is None else None
    if score or after:
        result.detail = ((score or after)["name"]).upper()  # type: ignore[index]
    return result


def plain_pdl1(folded: str, at: int) -> Result | None:
    """The figure after 'CPS' or 'TPS' themselves."""
    gap = _SCORE_GAP.match(folded, at)
    at = gap.end() if gap else at
    found = _PERCENT.match(folded, at) or _PLAIN.match(folded, at)
    if found is None:
        return None
    return _numbered(found, "%" if found.re is _PERCENT else "")
