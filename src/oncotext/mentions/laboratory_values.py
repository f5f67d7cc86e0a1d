"""Reading a laboratory value: its number, unit, range or sign, and the limits written with it.

All offsets are those of the folded text. Every expression is matched at a place, on a bounded
stretch, so that time grows with the number of names only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from oncotext.language.folding import fold
from oncotext.lexicon import load_concepts, load_cues
from oncotext.matching.inflection import adjective_forms
from oncotext.mentions.laboratory_rules import MULTIPLE, Analyte, Limits

_PLAIN = r"\d{1,9}(?:[.,]\d{1,4})?"
# thousands apart: by a blank, or by a point or comma that may be a decimal one
_GROUPED = rf"(?:\d{{1,3}}(?:[ .,']\d{{3}})+(?!\d)|{_PLAIN})"
_N = (
    r"(?:(?:la )?(?:lsn|lns|uln)|n|la (?:limite superieure de la )?(?:normale?|norme)|les normes)\b"
)
_TIMES = re.compile(rf"(?P<sign> ?(?:x|fois|\*) ?| )?{_N}(?! ?[<>:=]| ?\d)")
_NORMAL = re.compile(r" ?[(,\[]? ?(?:n|nle?|normale?s?|dans les normes)\b(?! ?[<>:=]| ?\d)")
_KEY = (
    r"(?:v\.?n|n|vr|nle?s?|normales?|normes?|val(?:eurs?)?\.? (?:normales?|usuelles?|de reference"
    r"|ref)|ref(?:erence)?|lsn|uln|(?P<lower>lin|lln|(?:limite |borne )?(?:inferieure|basse))"
    r"|(?:limite |borne )?(?:superieure|haute))(?: de (?:la )?normale?)?(?: etant| est)?(?: de| a)?"
)
_NOT_BARE = re.compile(
    r"[a-z0-9%°^*]|[.,]\d| ?[%°^*]| ?/(?! ?[a-z]{2,}[ :=]{1,3}\d)| ?x(?![a-z])|-\d"
    r"| (?:[mukcd]?g|gr|[mcdu]?l|cp|cps|gel|[ckm]m|m2|ans?|mois|jours?|j|h|min|sem(?:aines?)?|fois"
    r"|ui|u|[mun]?mol|meq|kilos?|cures?|cycles?|cellules?|doses?|amp|croix|points?)\b(?![+'])"
)
_DEGREES = re.compile(r"([2-4]\d) ?[°o] ?(\d)(?!\d)")
_APART = re.compile(r"[,;.:(=\n] ?\Z")
_FRACTION = re.compile(r" ?/ ?\d| ?-\d")
# a small whole number behind the name of a disorder may be its grade
_NO_GRADE = 6
_JUST_BELOW = 1 - 1e-9
_FAR = 1e9


@dataclass(frozen=True, slots=True)
class Value:
    """A value as written: where it stands, the numbers between which it lies, and the unit.

    ``number`` is what is written (the middle of a range); ``normal`` where the text says so.
    """

    start: int
    end: int
    number: float
    low: float
    high: float
    unit: str
    limits: Limits
    normal: bool = False

    @property
    def open(self) -> bool:
        """Whether '<' or '>' leaves one end open."""
        return self.low == 0.0 < self.high or self.high == _FAR


@cache
def unit_names() -> dict[str, str]:
    """Codes of units by their folded spelling without blanks."""
    names: dict[str, str] = {}
    for concept in load_concepts("laboratory_units"):
        for spelling in (concept.preferred, *concept.variants):
            names.setdefault(fold(spelling).replace(" ", ""), concept.code)
    return names


@cache
def unit_pattern() -> str:
    """An expression for any unit."""
    spellings = {
        fold(spelling)
        for concept in load_concepts("laboratory_units")
        for spelling in (concept.preferred, *concept.variants)
    }
    return any_of(spellings, blank=" ?").replace("/", " ?/ ?")


def any_of(folded: Iterable[str], *, blank: str = " ") -> str:
    """An expression for one of some folded phrases, the longest first."""
    longest_first = sorted(folded, key=lambda phrase: (-len(phrase), phrase))
    return "(?:" + "|".join(re.escape(p).replace(r"\ ", blank) for p in longest_first) + ")"


@cache
def words(*categories: str) -> str:
    """An expression for the words of some categories of ``laboratory_words.tsv``."""
    return any_of(
        form
        for cue in load_cues("laboratory_words")
        if cue.category in categories
        for form in (
            adjective_forms(cue.literal[1:]) if cue.literal[0] == "~" else [fold(cue.literal)]
        )
    )


class ValueReader:
    """Reads values at a place of a folded text."""

    def __init__(self) -> None:
        unit = unit_pattern()
        self._unit = re.compile(rf"[ \n]{{0,3}}(?P<unit>{unit})(?![a-z0-9/])")
        sign = r"(?:(?P<sign>[<>]=?|(?:inf|sup)(?:erieure?s?)? a) ?)?(?P<times>(?:n ?)?x ?(?=\d))?"
        self._value = {
            grouped: re.compile(
                rf"{sign}(?P<num>{number})"
                rf"(?: ?(?P<to>-|a|et) ?(?P<num2>{number})(?![\d/-]))?(?!\d|[.,]\d)"
            )
            for grouped, number in ((True, _GROUPED), (False, _PLAIN))
        }
        self._before = re.compile(
            rf"(?<![\d.,/-])(?P<num>{_GROUPED})(?: ?(?P<unit>{unit}))?(?: ?(?P<of>de|d'))?[ \n]?$"
        )
        self._limits = re.compile(
            rf"(?P<open>[ \n]?[,;:]? ?[(\[] ?| {{0,30}}\|? {{0,30}})(?P<key>{_KEY}[ :.=]*)?"
            rf"(?:entre )?(?P<sign>[<>]=? ?)?(?P<a>{_GROUPED})(?: ?{unit})?"
            rf"(?: ?(?:-|a|et) ?(?P<b>{_GROUPED}))?(?: ?{unit})?(?P<close> ?[)\]])?(?!\d|[.,]\d)"
        )
        self._multiple = re.compile(
            rf" ?[,=(\[]? ?(?:soit |a )?(?P<k>{_PLAIN})(?: ?(?:x|fois))? ?{_N}(?! ?[<>:=])"
        )

    def after(
        self, folded: str, at: int, analyte: Analyte, unit: str | None, between: bool
    ) -> Value | None:
        """The value that stands at a place.

        ``unit`` is one written before the number, in a table's head; ``between`` whether 'entre'
        stands before, so that 'et' makes a range.
        """
        if "°C" in analyte.units and (degrees := _DEGREES.match(folded, at)):
            number = float(f"{degrees[1]}.{degrees[2]}")
            return Value(at, degrees.end(), number, number, number, "°C", Limits())
        match = self._value["UI/L" in analyte.units or "/mm3" in analyte.units].match(folded, at)
        if match is None:
            return None
        end, to = match.end(), match["to"]
        low, high = match["num"], match["num2"]
        if high and to == "a" and float_of(high) < float_of(low):
            low, high = high, None  # 'de 12 à 8': what it is now
        elif high and (
            (to == "et" and not between)
            or (float_of(high) < float_of(low) and folded[match.end("num")] == " ")
        ):
            end, high = match.end("num"), None
        if high is None and _FRACTION.match(folded, end):
            return None  # a date, a fraction, doses of a day
        written = self._unit.match(folded, end)
        if written is None:
            multiple = _TIMES.match(folded, end)
            if multiple and _is_multiple(float_of(low), multiple["sign"], analyte):
                return _multiple(match, multiple.end(), high)
            if match["times"]:
                return _multiple(match, end, high)
            if _NOT_BARE.match(folded, end):
                return None
        else:
            unit, end = unit_names()[written["unit"].replace(" ", "")], written.end()
        return self._value_of(folded, match.start(), end, (low, high), unit, analyte, match["sign"])

    def before(self, folded: str, start: int, end: int, analyte: Analyte) -> Value | None:
        """The value that a name follows: '45 000 plaquettes/mm3', '10 G/L de PNN'."""
        if _APART.search(folded, max(0, start - 2), start):
            return None
        lowest = max(0, start - 40)
        match = self._before.search(folded[lowest:start])
        if match is None:
            return None
        behind = self._unit.match(folded, end) if folded[end : end + 1] == "/" else None
        spelled = match["unit"] or (behind["unit"] if behind else None)
        unit = unit_names()[spelled.replace(" ", "")] if spelled else None
        if unit is None and not (match["of"] or float_of(match["num"], "/mm3") >= 1000):
            return None
        last = behind.end() if behind else end
        number = (match["num"], None)
        return self._value_of(folded, lowest + match.start(), last, number, unit, analyte, None)

    def _value_of(
        self,
        folded: str,
        start: int,
        end: int,
        numbers: tuple[str, str | None],
        unit: str | None,
        analyte: Analyte,
        sign: str | None,
    ) -> Value | None:
        low = float_of(numbers[0], unit)
        high = float_of(numbers[1], unit) if numbers[1] else low
        if unit is None and not (analyte.decimal and numbers[0].isdigit() and low < _NO_GRADE):
            unit = analyte.bare_unit(low)
        if unit is None or high < low:
            return None
        ends = analyte.converted(low, unit), analyte.converted(high, unit)
        if ends[0] is None or ends[1] is None:
            return None
        base, factor = analyte.units[unit]
        low, high = ends[0][0], ends[1][0]
        number = low if low == high else round((low + high) / 2, 6)
        limits, normal, last = self.limits(folded, end, analyte, number, base, factor)
        if sign:
            below = sign[0] in "<i"
            low, high = (0.0, low * _JUST_BELOW) if below else (high / _JUST_BELOW, _FAR)
        return Value(start, max(end, last), number, low, high, base, limits, normal)

    def limits(
        self, folded: str, at: int, analyte: Analyte, number: float, base: str, factor: float
    ) -> tuple[Limits, bool, int]:
        """The limits for a value that ends at a place, whether it is said to be normal, and where
        what says so ends: those that the text writes, else the usual ones."""
        usual = analyte.limits[base]
        multiple = self._multiple.match(folded, at)
        if multiple and float_of(multiple["k"]) > 0 and usual.uln is not None:
            return Limits(usual.lln, number / float_of(multiple["k"])), False, multiple.end()
        said = _NORMAL.match(folded, at)
        if said:
            return usual, True, said.end()
        match = self._limits.match(folded, at)
        if match is None or not (match["key"] or (match["b"] and match["open"])):
            return usual, False, at
        written = _limits_of(match, factor, usual)
        if not any(
            known and 0.3 <= own / known <= 3
            for own, known in ((written.lln, usual.lln), (written.uln, usual.uln))
            if own is not None
        ):
            return usual, False, at
        bracket = match["close"] and match["open"].strip()
        end = match.end() if bracket else match.end("b") if match["b"] else match.end("a")
        return Limits(written.lln or usual.lln, written.uln or usual.uln), False, end

    def inside(self, folded: str, start: int, end: int, analyte: Analyte) -> tuple[str | None, str]:
        """What brackets between a name and its number say: a unit, or limits as they stand."""
        content = folded[start:end].strip().removeprefix("en ")
        return unit_names().get(content.replace(" ", "")), content


def with_limits(value: Value, content: str, analyte: Analyte, reader: ValueReader) -> Value:
    """A value with the limits that the brackets before it write."""
    _, factor = next(
        ((b, f) for b, f in analyte.units.values() if b == value.unit), (value.unit, 1.0)
    )
    limits, normal, end = reader.limits(
        f"({content})", 0, analyte, value.number, value.unit, factor
    )
    if not end or value.unit == MULTIPLE:
        return value
    return Value(
        value.start, value.end, value.number, value.low, value.high, value.unit, limits, normal
    )


def _limits_of(match: re.Match[str], factor: float, usual: Limits) -> Limits:
    first = round(float_of(match["a"]) * factor, 9)
    if match["b"]:
        return Limits(first, round(float_of(match["b"]) * factor, 9))
    sign = (match["sign"] or "").strip()
    lower = sign.startswith(">") or (not sign and (match["lower"] or usual.uln is None))
    return Limits(first, None) if lower else Limits(None, first)


def _is_multiple(number: float, sign: str | None, analyte: Analyte) -> bool:
    """'3N', '3 N', '25 x N' are multiples; 'créat 61 N' and 'K 4,1 N' are normal values."""
    if sign != " ":
        return number <= 100
    return number <= 10 and ("UI/L" in analyte.units or analyte.bare_unit(number) is None)


def _multiple(match: re.Match[str], end: int, high: str | None) -> Value:
    low = float_of(match["num"])
    top = float_of(high) if high else low
    number = low
    if match["sign"]:
        below = match["sign"][0] in "<i"
        low, top = (0.0, low * _JUST_BELOW) if below else (low / _JUST_BELOW, _FAR)
    return Value(match.start(), end, number, min(low, top), top, MULTIPLE, Limits())


def float_of(text: str, unit: str | None = None) -> float:
    """A number as written in French; the unit decides whether '1.500' are thousands.

    Examples
    --------
    >>> [float_of("9,8"), float_of("45 000"), float_of("1.500"), float_of("1.500", "/mm3")]
    [9.8, 45000.0, 1.5, 1500.0]
    """
    groups = re.split(r"[ .,']", text)
    if len(groups) > 1 and groups[0] != "0" and all(len(group) == 3 for group in groups[1:]):
        whole = " " in text or "'" in text or len(groups) > 2 or unit in ("/mm3", "UI/L", "10^6/L")
        if whole:
            return float("".join(groups))
    return float(text.replace(",", ".").replace(" ", ""))
