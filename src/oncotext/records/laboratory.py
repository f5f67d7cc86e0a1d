"""Adverse events that laboratory values show, apart from those that the report states."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from oncotext.language.annotations import LaboratoryData


def derived_toxicities(values: Iterable[LaboratoryData]) -> list[dict[str, Any]]:
    """One entry a CTCAE v5.0 term with its highest grade, in the order of the text.

    A value that a later one has replaced gives none. Values are no mentions, so the record's
    ``evidence`` cannot point to them; they are in ``doc._.laboratory``.
    """
    highest: dict[str, int] = {}
    for value in values:
        term, grade = value["term"], value["grade"]
        if term is not None and grade is not None and not value.get("earlier"):
            highest[term] = max(grade, highest.get(term, 0))
    return [{"term": term, "grade": grade} for term, grade in highest.items()]
