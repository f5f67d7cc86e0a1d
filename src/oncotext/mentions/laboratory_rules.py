"""What laboratory values mean: quantities with their units and limits, and CTCAE grades.

``laboratory.tsv`` says how a quantity is named and measured, ``laboratory_units.tsv`` how units
are written, ``ctcae_values.tsv`` which values have a grade by the Common Terminology Criteria
for Adverse Events, version 5.0 (National Cancer Institute, 2017). The form of these files is
described in ``lexicon/README.md``.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from oncotext.errors import LexiconError
from oncotext.lexicon import Concept, load_concepts, read_rows, shipped

RULE_COLUMNS = ("id", "analyte", "term", "grade", "interval", "wording", "note")
NO_ANALYTE = "none"
"""The code of a quantity that is only not to be taken for another."""
MULTIPLE = "x LSN"
"""The unit of a value given in multiples of the upper limit of normal."""

_NUMBER = r"\d+(?:\.\d+)?"
_BOUND = re.compile(rf"({_NUMBER})?(?:(?:^| )(LLN|ULN))?")
_INTERVAL = re.compile(
    r"(?:(?P<low>[\d.]+|[\d. ]*[LU]LN) (?P<from><=?) )?x"
    r"(?: (?P<sign>[<>]=?) (?P<bound>[\d.]+ [LU]LN|[LU]LN|[\d.]+))? (?P<unit>\S+)"
)
_RANGE = re.compile(rf"({_NUMBER})-({_NUMBER})")
_KEYS = frozenset(("units", "lln", "uln", "bare", "range", "exact", "reach", "count", "decimal"))
# float noise of conversions is not to move a value over a boundary
_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Limits:
    """The normal range, in the unit of the value; None where there is none."""

    lln: float | None = None
    uln: float | None = None


@dataclass(frozen=True, slots=True)
class Bound:
    """An end of an interval: a number, or a multiple of a limit of normal."""

    factor: float
    limit: str = ""

    def at(self, limits: Limits) -> float | None:
        """Its value; None where it hangs on a limit that is not known."""
        if not self.limit:
            return self.factor
        limit = limits.lln if self.limit == "LLN" else limits.uln
        return None if limit is None else round(self.factor * limit, _DIGITS)


@dataclass(frozen=True, slots=True)
class Interval:
    """The values of one unit that have a grade."""

    unit: str
    low: Bound | None
    low_in: bool
    high: Bound | None
    high_in: bool

    def holds(self, x: float, limits: Limits) -> bool:
        """Whether a value is in it; never where a limit that it needs is not known."""
        if self.low is not None:
            low = self.low.at(limits)
            if low is None or x < low or (x == low and not self.low_in):
                return False
        if self.high is not None:
            high = self.high.at(limits)
            if high is None or x > high or (x == high and not self.high_in):
                return False
        return True

    @property
    def of_multiples(self) -> bool:
        """Whether it hangs on the upper limit alone: then multiples of it can be graded."""
        bounds = [bound for bound in (self.low, self.high) if bound is not None]
        return all(bound.limit == "ULN" for bound in bounds)


@dataclass(frozen=True, slots=True)
class GradeRule:
    """A line of ``ctcae_values.tsv``: one grade of one term."""

    id: str
    analyte: str
    term: str
    grade: int
    intervals: tuple[Interval, ...]
    wording: str

    def holds(self, x: float, unit: str, limits: Limits) -> bool:
        """Whether a value has this grade."""
        if unit == MULTIPLE:
            one = Limits(uln=1.0)
            return any(i.of_multiples and i.holds(x, one) for i in self.intervals)
        return any(i.unit == unit and i.holds(x, limits) for i in self.intervals)


@dataclass(frozen=True, slots=True)
class Analyte:
    """A quantity: units by the name of each (base and factor), limits by base, and how a number
    without a unit is read."""

    code: str
    units: Mapping[str, tuple[str, float]]
    limits: Mapping[str, Limits]
    bare: tuple[tuple[str, float, float], ...]
    plausible: tuple[str, float, float] | None
    exact: tuple[str, ...]
    reach: int
    count: bool
    decimal: bool

    def bare_unit(self, number: float) -> str | None:
        """The only unit in which a number without one makes sense."""
        fitting = [unit for unit, low, high in self.bare if low <= number <= high]
        return fitting[0] if len(fitting) == 1 else None

    def converted(self, number: float, unit: str) -> tuple[float, str] | None:
        """A number in the base of its unit; None where the unit is not one of this quantity's or
        the value none that it can have."""
        if unit not in self.units:
            return None
        base, factor = self.units[unit]
        value = round(number * factor, _DIGITS)
        if self.plausible is not None and base == self.plausible[0]:
            _, low, high = self.plausible
            if not low <= value <= high:
                return None
        return value, base


def read_analytes(concepts: Iterable[Concept], where: str = "laboratory.tsv") -> dict[str, Analyte]:
    """The quantities of concept files by the id of their lines, of two with one id the first;
    raises `LexiconError`."""
    found: dict[str, Analyte] = {}
    for concept in concepts:
        if concept.code != NO_ANALYTE and concept.id not in found:
            found[concept.id] = _analyte(concept, f"{where}, {concept.id}")
    return found


def _analyte(concept: Concept, where: str) -> Analyte:
    attrs = concept.attrs
    unknown = sorted(set(attrs) - _KEYS)
    if unknown:
        raise LexiconError(
            f"Unknown attribute {unknown[0]!r}.",
            where=where,
            remedy="Known: " + ", ".join(sorted(_KEYS)),
        )
    units: dict[str, tuple[str, float]] = {}
    for item in _items(attrs.get("units", "")):
        name, _, rest = item.partition(":")
        factor, _, base = rest.partition(":")
        units[name] = (base or name, _number(factor or "1", where))
    bases = {base for base, _ in units.values()}
    if not bases or not bases <= units.keys():
        raise LexiconError("units must name the bases that others are converted to.", where=where)
    lower, upper = (_by_base(attrs.get(key, ""), where) for key in ("lln", "uln"))
    plausible = _spread(attrs["range"], where) if "range" in attrs else None
    bare = []
    for item in _items(attrs.get("bare", "")):
        unit, _, span = item.partition(":")
        _, low, high = _spread(f"{span} {unit}", where)
        if unit not in units:
            raise LexiconError(f"{unit!r} is no unit of it.", where=where)
        bare.append((unit, low, high))
    return Analyte(
        code=concept.code,
        units=units,
        limits={base: Limits(lower.get(base), upper.get(base)) for base in bases},
        bare=tuple(bare),
        plausible=plausible,
        exact=tuple(filter(None, attrs.get("exact", "").split(","))),
        reach=int(_number(attrs.get("reach", "0"), where)),
        count=attrs.get("count") == "yes",
        decimal=attrs.get("decimal") == "yes",
    )


def _items(cell: str) -> list[str]:
    return [item for item in cell.split("|") if item]


def _by_base(cell: str, where: str) -> dict[str, float]:
    """'12 g/dL|7.4 mmol/L' by base."""
    parts = (item.partition(" ") for item in _items(cell))
    return {base: _number(number, where) for number, _, base in parts}


def _spread(cell: str, where: str) -> tuple[str, float, float]:
    """'1-25 g/dL' as unit, lowest and highest."""
    span, _, unit = cell.partition(" ")
    match = _RANGE.fullmatch(span)
    if match is None or not unit:
        raise LexiconError(f"{cell!r} is no range.", where=where, remedy="Write: 1-25 g/dL")
    return unit, float(match[1]), float(match[2])


def _number(text: str, where: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise LexiconError(f"{text!r} is no number.", where=where, remedy="Write: 1.5")
    return number


def read_rules(path: str | Path, analytes: Iterable[Analyte]) -> list[GradeRule]:
    """The grades of a file; raises `LexiconError` on the first wrong line."""
    bases: dict[str, set[str]] = defaultdict(set)
    for analyte in analytes:
        bases[analyte.code] |= {base for base, _ in analyte.units.values()}
    rules: dict[str, GradeRule] = {}
    for where, row in read_rows(path, RULE_COLUMNS):
        if any(not row[column] for column in RULE_COLUMNS[:-1]):
            raise LexiconError("Only note may be empty.", where=where)
        if row["id"] in rules:
            raise LexiconError(f"Id {row['id']!r} is used twice.", where=where, remedy="Rename it.")
        if row["analyte"] not in bases:
            raise LexiconError(f"{row['analyte']!r} is no code of laboratory.tsv.", where=where)
        rules[row["id"]] = _rule(row, bases[row["analyte"]], where)
    return list(rules.values())


def _rule(row: dict[str, str], bases: set[str], where: str) -> GradeRule:
    if row["grade"] not in ("1", "2", "3", "4", "5"):
        raise LexiconError(f"{row['grade']!r} is no grade.", where=where, remedy="1 to 5.")
    intervals = tuple(read_interval(part, where) for part in row["interval"].split(" | "))
    for interval in intervals:
        if interval.unit not in bases:
            raise LexiconError(
                f"{interval.unit!r} is no base unit of {row['analyte']}.",
                where=where,
                remedy="Known: " + ", ".join(sorted(bases)),
            )
    grade = int(row["grade"])
    return GradeRule(row["id"], row["analyte"], row["term"], grade, intervals, row["wording"])


def read_interval(text: str, where: str = "") -> Interval:
    """An interval as it is written.

    Examples
    --------
    >>> read_interval("1.5 ULN < x <= 3 ULN ratio").high
    Bound(factor=3.0, limit='ULN')
    """
    match = _INTERVAL.fullmatch(text.strip())
    if match is None or (match["low"] is None and match["bound"] is None):
        raise LexiconError(
            f"{text.strip()!r} is no interval.", where=where, remedy="Write: 3 ULN < x <= 5 ULN g/L"
        )
    low = _bound(match["low"], where)
    bound, sign = _bound(match["bound"], where), match["sign"] or ""
    if sign.startswith(">"):
        if low is not None:
            raise LexiconError(f"{text.strip()!r} has two lower ends.", where=where)
        return Interval(match["unit"], bound, sign == ">=", None, False)
    return Interval(match["unit"], low, match["from"] == "<=", bound, sign == "<=")


def _bound(text: str | None, where: str) -> Bound | None:
    if text is None:
        return None
    match = _BOUND.fullmatch(text)
    if match is None:
        raise LexiconError(f"{text!r} is no bound.", where=where, remedy="Write: 3 ULN")
    return Bound(_number(match[1] or "1", where), match[2] or "")


class Grading:
    """The rules by quantity."""

    def __init__(self, rules: Sequence[GradeRule]) -> None:
        self._rules: dict[str, list[GradeRule]] = defaultdict(list)
        for rule in rules:
            self._rules[rule.analyte].append(rule)

    def grade(self, code: str, x: float, unit: str, limits: Limits) -> GradeRule | None:
        """The rule of the highest grade that a value has; None where it is not abnormal."""
        held = [rule for rule in self._rules.get(code, ()) if rule.holds(x, unit, limits)]
        return max(held, key=lambda rule: rule.grade, default=None)

    def least(
        self, code: str, low: float, high: float, unit: str, limits: Limits
    ) -> GradeRule | None:
        """The lowest grade that the values between two can have; None where one may be normal."""
        if low == high:
            return self.grade(code, low, unit, limits)
        ends = [self.grade(code, x, unit, limits) for x in (low, high)]
        if ends[0] is None or ends[1] is None or ends[0].term != ends[1].term:
            return None
        return min(ends[0], ends[1], key=lambda rule: rule.grade)


@cache
def analytes() -> dict[str, Analyte]:
    """The shipped quantities by the id of their lines."""
    return read_analytes(load_concepts("laboratory"))


@cache
def grading() -> Grading:
    """The shipped rules."""
    return Grading(read_rules(shipped("ctcae_values"), analytes().values()))
