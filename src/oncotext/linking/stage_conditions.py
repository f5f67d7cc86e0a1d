"""Conditions of stage rules: 'grade=1,X', 'psa>=10;psa<20'; and what users give for them."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from oncotext.errors import LexiconError, UnknownNameError, UsageError

Value = str | float

_FORM = re.compile(r"([a-z0-9]+)(>=|<|=)(.+)")
_COMPARE: dict[str, Callable[[float, float], bool]] = {"<": operator.lt, ">=": operator.ge}
# A grade or an S category is given with or without its letter: 'G2', 'S1'.
_LETTERED = re.compile(r"[gs](?=[\dx]$)")


@dataclass(frozen=True, slots=True)
class Condition:
    """A factor with the values that it may have, or the number it is compared with."""

    factor: str
    sign: str
    values: tuple[str, ...] = ()
    bound: float = 0.0

    def holds(self, factors: Mapping[str, Value]) -> bool | None:
        """Whether it holds; None where the factor is not known."""
        value = factors.get(self.factor)
        if value is None:
            return None
        if self.sign == "=":
            return value in self.values
        return isinstance(value, float) and _COMPARE[self.sign](value, self.bound)


def read_conditions(cell: str, where: str) -> tuple[Condition, ...]:
    """The conditions of a cell, all of which must hold."""
    found = []
    for item in filter(None, (part.strip() for part in cell.split(";"))):
        parts = _FORM.fullmatch(item)
        if parts is None:
            raise LexiconError(
                f"{item!r} is no condition.",
                where=where,
                remedy="Expected factor=value,value or factor<number or factor>=number.",
            )
        name, sign, right = parts.groups()
        if sign == "=":
            found.append(Condition(name, sign, tuple(right.split(","))))
        else:
            found.append(Condition(name, sign, bound=float(right)))
    return tuple(found)


def all_hold(conditions: Iterable[Condition], factors: Mapping[str, Value]) -> bool | None:
    """False where one does not hold, else None where one is not known, else True."""
    answers = [condition.holds(factors) for condition in conditions]
    if False in answers:
        return False
    return None if None in answers else True


def values_by_factor(conditions: Iterable[Condition]) -> dict[str, list[Value]]:
    """Values of each factor that together try every side of every condition."""
    found: dict[str, dict[Value, None]] = {}
    for condition in conditions:
        values = found.setdefault(condition.factor, {})
        if condition.sign == "=":
            values.update(dict.fromkeys(condition.values))
        else:
            values.update(dict.fromkeys((condition.bound - 0.5, condition.bound)))
    return {factor: list(values) for factor, values in found.items()}


def given_factors(
    given: Mapping[str, object], known: Mapping[str, list[Value]]
) -> dict[str, Value]:
    """What a user gives, in the words of the tables; what is None is not given.

    Raises
    ------
    UnknownNameError
        A factor that no table asks for.
    UsageError
        A value that its factor cannot have.
    """
    factors: dict[str, Value] = {}
    for name, value in given.items():
        if name not in known:
            raise UnknownNameError("factor", name, [*known, "histology"])
        if value is not None:
            factors[name] = _value(name, value, known[name])
    return factors


def _value(name: str, value: object, known: list[Value]) -> Value:
    if isinstance(known[0], float):
        return _number(name, value)
    if isinstance(value, bool):
        words = ("positive", "yes") if value else ("negative", "no")
        text = next((word for word in words if word in known), str(value))
    else:
        text = _LETTERED.sub("", str(value).strip().lower())
        text = "X" if text == "x" else text
    if text not in known:
        choice = ", ".join(sorted(map(str, known)))
        raise UsageError(f"{value!r} is no value of {name}.", remedy=f"One of: {choice}.")
    return text


def _number(name: str, value: object) -> float:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        number = -1.0
    if isinstance(value, bool) or not 0 <= number < float("inf"):
        raise UsageError(
            f"{value!r} is no value of {name}.", remedy="Give a number that is not negative."
        )
    return number
