"""Facts that are measured against what was before: weight in percents, stools a day.

By CTCAE v5.0 (2017) both count from the patient's baseline. A loss of weight is read where it is
given in percents, stools where the report says how many are more than usual.
"""

from __future__ import annotations

import re

from oncotext.mentions.laboratory_rules import Analyte, Limits
from oncotext.mentions.laboratory_values import Value, float_of

_STOP = re.compile(r"[;\n]|\.(?!\d)")
_PERCENT = re.compile(r"(?<![\d.,])(\d{1,2}(?:[.,]\d{1,2})?)(?: ?(?:-|a) ?(\d{1,2}))? ?%")
_WEIGHT = re.compile(r"poids|ponder|amaigri|\d ?kg|kilo")
_COUNT = re.compile(
    r"(?P<plus>\+ ?|augmentation de )?(?<!\d)(?P<a>\d{1,2})(?: ?(?:-|a) ?(?P<b>\d{1,2}))? ?$"
)
_DAILY = re.compile(r"/ ?(?:j|24 ?h)|par (?:jour|24 ?h)|quotidien|journalier")
_MORE = re.compile(
    r"de plus (?:que|par rapport|qu')|supplementaire|au[ -]dessus de|en plus (?:de|par rapport)"
)
_USUAL = re.compile(
    r"(?:contre|au lieu de|vs\.?|versus|pour|habituel(?:lement)?(?: de)?|(?:de base|basal)"
    r"|base(?:line)?|d'habitude|avant traitement)[ :=]{0,3}(\d{1,2})(?: ?(?:-|a) ?(\d{1,2}))?"
    r"(?![\d%]|/\d| ?(?:mg|jours|mois|sem|heures|ans))"
)


def percentage(folded: str, start: int, end: int, analyte: Analyte) -> Value | None:
    """The percentage behind 'perte de poids', in its clause."""
    tail = _clause(folded, end, analyte.reach)
    match = _PERCENT.search(tail)
    if match is None or not _WEIGHT.search(
        folded[start : min(end + match.end() + 14, len(folded))]
    ):
        return None
    low = float_of(match[1])
    high = float_of(match[2]) if match[2] else low
    if high < low or analyte.converted(low, "%") is None:
        return None
    number = low if high == low else (low + high) / 2
    return Value(end + match.start(), end + match.end(), number, low, high, "%", Limits())


def stools(folded: str, start: int, end: int, analyte: Analyte) -> Value | None:
    """How many stools a day are more than usual, where the report says what is usual."""
    lowest = max(0, start - 28)
    count = _COUNT.search(folded[lowest:start])
    tail = _clause(folded, end, 70)
    daily = _DAILY.search(tail)
    if count is None or daily is None:
        return None
    low, high = float(count["a"]), float(count["b"] or count["a"])
    last = daily.end()
    if not (count["plus"] or _MORE.search(tail)):
        usual = _USUAL.search(tail)
        if usual is None:
            return None
        last = max(last, usual.end())
        low, high = low - float(usual[2] or usual[1]), high - float(usual[1])
    if high < low or low < 1:
        return None
    return Value(lowest + count.start(), end + last, (low + high) / 2, low, high, "/j", Limits())


def _clause(folded: str, start: int, reach: int) -> str:
    """What follows, to the end of the clause."""
    tail = folded[start : start + reach]
    stop = _STOP.search(tail)
    return tail[: stop.start()] if stop else tail
