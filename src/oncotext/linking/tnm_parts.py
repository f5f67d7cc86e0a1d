"""A canonical TNM taken apart, and the categories that each part may stand for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from oncotext.errors import UsageError
from oncotext.linking.stage_tables import StageTable, undivided

_PART = re.compile(
    r"([yra]*)([cp]?)([TNM])"
    r"([0-9]a(?=-?b)|[0-9][a-e]?[0-9]?(?:mi)?|is|a|[X+](?:mi)?)(?:(?<=a)-?b)?"
)
_GAP = re.compile(r"[\s,;/]+")
NOT_INVASIVE = frozenset(("is", "a"))


@dataclass(frozen=True, slots=True)
class Part:
    """A component: ``ypN1a`` has the prefix ``yp`` and the value ``1a``."""

    prefix: str
    value: str

    @property
    def basis(self) -> str:
        """``c``, ``p``, ``yp``, or empty where nothing says it."""
        if "p" in self.prefix:
            return "yp" if "y" in self.prefix else "p"
        if "a" in self.prefix:
            return "p"
        return "c" if "c" in self.prefix else ""


@dataclass(frozen=True, slots=True)
class Choice:
    """The undivided categories that a written one may be; none where the table lacks it.

    ``vague`` says in words why there are several, ``assumed`` what was taken for granted.
    """

    categories: tuple[str, ...]
    vague: str = ""
    assumed: str = ""


def parts_of(tnm: str) -> dict[str, Part]:
    """The components of a TNM by their letters.

    Of 'T1a-b' the lower category counts (UICC, general rules).

    Raises
    ------
    UsageError
        It is no TNM.

    Examples
    --------
    >>> parts_of("ypT2 ypN1a")
    {'T': Part(prefix='yp', value='2'), 'N': Part(prefix='yp', value='1a')}
    """
    remedy = "Write it as 'pT2 pN1a M0', with T, N and M at most once."
    if not isinstance(tnm, str):
        raise UsageError("A TNM is a text.", remedy=remedy)
    found: dict[str, Part] = {}
    at = 0
    while at < len(tnm):
        gap = _GAP.match(tnm, at)
        if gap:
            at = gap.end()
            continue
        match = _PART.match(tnm, at)
        if match is None or match[3] in found:
            raise UsageError(f"{tnm!r} is no TNM.", remedy=remedy)
        found[match[3]] = Part(match[1] + match[2], match[4])
        at = match.end()
    if not found:
        raise UsageError(f"{tnm!r} is no TNM.", remedy=remedy)
    return found


def choices_of(table: StageTable, parts: Mapping[str, Part]) -> dict[str, Choice]:
    """What each component may be in a table."""
    choices = {letter: _choice(table.categories[letter], letter, parts) for letter in "TNM"}
    if set(choices["T"].categories) <= NOT_INVASIVE and "0" in choices["N"].categories[:1]:
        own = parts.get("N")
        if own is None or own.value == "X":
            # What does not invade has not spread: the only N that it can have.
            choices["N"] = Choice(("0",), assumed="not invasive, N taken as N0")
    return choices


def _choice(known: Sequence[str], letter: str, parts: Mapping[str, Part]) -> Choice:
    value = parts[letter].value.removesuffix("mi") if letter in parts else ""
    if value in ("", "X"):
        return _unknown(known, letter, f"{letter}{value or ' not given'}")
    if value == "+":
        return Choice(tuple(end for end in ends(known) if end != "0"), vague=f"{letter}+")
    category = _known_as(parts[letter].value, letter, known)
    if category is None:
        return Choice(())
    own = undivided(category, known)
    return Choice(own, vague=f"{letter}{category} without subcategory")


def _unknown(known: Sequence[str], letter: str, name: str) -> Choice:
    """T and N may be anything; M is clinically M0 without evidence (UICC, general rules)."""
    if letter == "M":
        return Choice(("0",), assumed=f"{name}, taken as M0")
    own = ends(known)
    if letter == "T":
        own = tuple(end for end in own if end not in NOT_INVASIVE)
    return Choice(own, vague=name)


def ends(known: Sequence[str]) -> tuple[str, ...]:
    """The categories that are divided no further."""
    return tuple(category for category in known if undivided(category, known) == (category,))


def _known_as(value: str, letter: str, known: Sequence[str]) -> str | None:
    """A written category as the table has it. (mi) may stand on any N (UICC, general rules); it
    counts where the table has a category for it."""
    if value in known:
        return value
    if letter == "N" and value.endswith("mi"):
        bare = value.removesuffix("mi")
        number = bare[0] if bare[0] in "123" else "1"
        return next((name for name in (f"{number}mi", bare, number) if name in known), None)
    return None
