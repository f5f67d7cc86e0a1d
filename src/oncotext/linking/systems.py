"""The code systems that surface forms are linked to, and the lexicons that hold their terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from oncotext.errors import UnknownNameError
from oncotext.lexicon import Concept, load_concepts

SYSTEMS = {
    "ICD-O-3-M": "histology",
    "ICD-O-3-T": "topography",
    "CTCAE-5": "toxicity",
}

SYSTEM_OF = {"MORPHOLOGY": "ICD-O-3-M", "TOPOGRAPHY": "ICD-O-3-T", "TOXICITY": "CTCAE-5"}
"""The code system of each label that has one."""


@dataclass(frozen=True)
class CodeSystem:
    """The terms of a code system: folded surface forms and the concept of each."""

    name: str
    surfaces: Sequence[str]
    concepts: Sequence[Concept]

    def names(self) -> dict[str, str]:
        """The French term of each code."""
        return {c.code: c.preferred for c in reversed(self.concepts)}

    def by_surface(self) -> dict[str, Concept]:
        return dict(zip(reversed(self.surfaces), reversed(self.concepts), strict=True))


@cache
def code_system(name: str) -> CodeSystem:
    """A code system by its name; raises `UnknownNameError`."""
    if name not in SYSTEMS:
        raise UnknownNameError("code system", name, SYSTEMS)
    surfaces: list[str] = []
    concepts: list[Concept] = []
    for concept in load_concepts(SYSTEMS[name]):
        for phrase, _ in concept.phrases():
            surfaces.append(phrase)
            concepts.append(concept)
    return CodeSystem(name, tuple(surfaces), tuple(concepts))
