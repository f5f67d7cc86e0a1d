"""One tree of exceptions; each says what went wrong, where, and what to do.

OncotextError
├── UsageError          a wrong argument, name or option
│   └── UnknownNameError    a name nobody knows, answered with the closest ones
├── InputError          a report or file that cannot be read
├── LexiconError        a wrong line of a lexicon file
└── MissingExtraError   an optional dependency is not installed

Messages never contain text of a report (health data).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class OncotextError(Exception):
    """Base of all errors of oncotext.

    Parameters
    ----------
    what : str
        What went wrong.
    where : str, optional
        File and row, report id, option.
    remedy : str, optional
        What the user can do about it.

    Attributes
    ----------
    code : str
        Stable identifier, e.g. ``"E200"``; it is the ``error.code`` of a failed report.
    """

    code = "E000"

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what, self.where, self.remedy = what, where, remedy
        super().__init__(what, where, remedy)

    def __str__(self) -> str:
        where = f"{self.where}: " if self.where else ""
        remedy = f" {self.remedy}" if self.remedy else ""
        return f"[{self.code}] {where}{self.what}{remedy}"

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.what, self.where, self.remedy))


def _rebuild(kind: type[OncotextError], what: str, where: str, remedy: str) -> OncotextError:
    error = kind.__new__(kind)
    OncotextError.__init__(error, what, where=where, remedy=remedy)
    return error


class UsageError(OncotextError):
    """A wrong argument or option."""

    code = "E100"


class UnknownNameError(UsageError):
    """A name that does not exist, with the names that come closest."""

    code = "E101"

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        names = sorted(known)
        close = difflib.get_close_matches(name, names, n=3) or names
        super().__init__(f"Unknown {kind} {name!r}.", remedy=f"Did you mean: {', '.join(close)}?")


class InputError(OncotextError):
    """A report or file that cannot be read."""

    code = "E200"


class EmptyReportError(InputError):
    """A report without text."""

    code = "E201"


class BinaryInputError(InputError):
    """A file that is not text."""

    code = "E202"


class ReportTooLongError(InputError):
    """A report longer than the limit."""

    code = "E203"


class DuplicateIdError(InputError):
    """An id that was already used in the same input."""

    code = "E204"


class LexiconError(OncotextError):
    """A wrong line of a lexicon file."""

    code = "E300"


class MissingExtraError(OncotextError):
    """An optional dependency is not installed."""

    code = "E400"

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(
            f"{what} needs an optional dependency.",
            remedy=f"Install it with: pip install 'oncotext[{extra}]'",
        )
