"""What every trainer of a recogniser takes and gives, whichever library stands behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from spacy.tokens import Doc

from oncotext.mentions.recognizer.backend import Backend

Tell = Callable[[str], None]
"""Gets a line a step; never text of a report."""

Evaluate = Callable[[Backend], Mapping[str, float]]
"""Strict F1 of a model on the dev reports: ``micro`` and each label; empty without dev reports."""

MICRO = "micro"


@dataclass(frozen=True, slots=True)
class Example:
    """A report ready for training.

    Attributes
    ----------
    id : str
        Of the report.
    doc : Doc
        Its text, on which the rules have run: sections and their mentions are on it.
    spans : tuple of (start, end, label)
        What is to be found, in characters and in order; they may overlap.
    """

    id: str
    doc: Doc
    spans: tuple[tuple[int, int, str], ...]


class Trained(NamedTuple):
    """A trained model and how it came about: one row an epoch."""

    backend: Backend
    history: list[dict[str, Any]]
