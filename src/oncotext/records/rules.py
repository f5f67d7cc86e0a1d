"""The rules of record assembly that are data (``lexicon/record_rules.tsv``)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from oncotext.lexicon import Cue, load_cues

MARROW = "C42.1"
# ICD-O-3: plasma cell myeloma; leukaemias; myeloproliferative and myelodysplastic neoplasms.
_OF_MARROW = (range(9732, 9734), range(9800, 9993))


@dataclass(frozen=True)
class RecordRules:
    """Regional nodes by organ, paired organs, ranks of unspecific types, serum markers."""

    regional: dict[str, frozenset[str]]
    paired: frozenset[str]
    generic: dict[str, int]
    serum: frozenset[str]
    distant: frozenset[str]
    secondary: frozenset[str]
    contiguous: dict[str, frozenset[str]]
    said_of: dict[str, frozenset[str]]
    subdivisions: dict[str, frozenset[str]]

    def is_regional(self, node: str, site: str) -> bool:
        """Whether a node code is a regional area of a site, or of its organ."""
        areas = self.regional.get(node, frozenset())
        return site in areas or site[:3] in areas

    def is_of_marrow(self, morphology: str) -> bool:
        """Whether a type arises in the bone marrow: myeloma, leukaemia, myelodysplasia."""
        return any(int(morphology[:4]) in span for span in _OF_MARROW)

    def is_contiguous(self, site: str, organ: str) -> bool:
        """Whether a site is an extension of a tumour of an organ, counted in T or stage."""
        organs = self.contiguous.get(site[:3], self.contiguous.get(site, frozenset()))
        return organ in organs or "*" in organs

    def rank(self, morphology: str) -> int:
        """How specific a morphology is: 1 ('cancer') to 9 (a type)."""
        return self.generic.get(morphology[:4], 9)

    def is_secondary(self, morphology: str, organ: str) -> bool:
        """Whether a type can only be metastatic in an organ."""
        family = int(morphology[:3])
        epithelial = 801 <= family <= 858 or 872 <= family <= 879
        return epithelial and organ in self.secondary


@lru_cache(maxsize=1)
def record_rules() -> RecordRules:
    """The shipped rules."""
    cues = load_cues("record_rules")

    def literals(category: str) -> list[Cue]:
        return [cue for cue in cues if cue.category == category]

    return RecordRules(
        regional={c.literal: frozenset(c.scope.split()) for c in literals("regional")},
        paired=frozenset(c.literal for c in literals("paired")),
        generic={c.literal: int(c.direction) for c in literals("generic")},
        serum=frozenset(c.literal for c in literals("serum")),
        distant=frozenset(c.literal for c in literals("distant")),
        secondary=frozenset(c.literal for c in literals("secondary")),
        contiguous={c.literal: frozenset(c.scope.split()) for c in literals("contiguous")},
        said_of={c.literal: frozenset(c.scope.split()) for c in literals("said_of")},
        subdivisions={c.literal: frozenset(c.scope.split()) for c in literals("subdivision")},
    )
