"""Codes of ICD-O-3 written as ranges in lexicon files."""

from __future__ import annotations

from collections.abc import Iterator


def histologies(text: str) -> Iterator[int]:
    """The numbers of '8000-8005 8010', without behaviour."""
    for part in text.split():
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def sites(text: str) -> Iterator[str]:
    """The sites of 'C00.0-6 C00.8'."""
    for part in text.split():
        first, _, last = part.partition("-")
        for sub in range(int(first[-1]), int(last or first[-1]) + 1):
            yield f"{first[:-1]}{sub}"


def organs(text: str) -> Iterator[str]:
    """The organs, three characters each, of 'C00-C21 C44'; '*' is every organ."""
    for part in text.split():
        first, _, last = ("C00-C80" if part == "*" else part).partition("-")
        for number in range(int(first[1:]), int((last or first)[1:]) + 1):
            yield f"C{number:02}"
