"""Which tumour a stage, a grade, a marker or a size is said of."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from oncotext.records.evidence import Evidence, Fact
from oncotext.records.rules import RecordRules
from oncotext.records.tumours import TumourFacts

_LABELS = ("TNM", "STAGE", "GRADE", "BIOMARKER", "SIZE")


class _Named:
    """Where some tumours are named, in the order of the text."""

    def __init__(self, tumours: Sequence[TumourFacts]) -> None:
        self.tumours = tumours
        named = [(anchor.start, i) for i, tumour in enumerate(tumours) for anchor in tumour.anchors]
        named.sort()
        self._starts = [start for start, _ in named]
        self._owners = [tumours[index] for _, index in named]

    def last(self, position: int) -> TumourFacts:
        """The tumour named last before an offset; the first one where none was."""
        index = bisect_right(self._starts, position)
        return self._owners[index - 1] if index else self.tumours[0]

    def between(self, first: int, last: int) -> list[TumourFacts]:
        """The tumours named in a stretch of text."""
        return self._owners[bisect_left(self._starts, first) : bisect_left(self._starts, last)]


def attach(tumours: Sequence[TumourFacts], evidence: Evidence, rules: RecordRules) -> None:
    """Each fact to its tumour: past ones to the past tumour named last before them, the others
    to the one that the report is about."""
    past = _Named([tumour for tumour in tumours if tumour.historical])
    current = _Named([tumour for tumour in tumours if not tumour.historical])
    for fact in evidence.of(*_LABELS):
        # an unconfirmed lesion is measured all the same
        if tumours and (fact.asserted or fact.label == "SIZE"):
            owner = _only_one(fact, tumours, rules) or _owner(fact, past, current, evidence)
            owner.facts.append(fact)


def _only_one(fact: Fact, tumours: Sequence[TumourFacts], rules: RecordRules) -> TumourFacts | None:
    """The tumour of the only organ that a fact can be said of: a Gleason score of a prostate."""
    organs = rules.said_of.get(re.split("[:=]", fact.code)[0])
    fitting = [tumour for tumour in tumours if organs and tumour.organ in organs]
    return fitting[0] if len(fitting) == 1 else None


def _owner(fact: Fact, past: _Named, current: _Named, evidence: Evidence) -> TumourFacts:
    first, last = evidence.sentence(fact)
    beside = past.between(first, last)
    if fact.label == "SIZE" and fact.historical and not beside:
        # an earlier measure of the tumour itself
        named = current if current.tumours else past
    elif fact.historical or (beside and not current.tumours):
        if beside:
            return next((t for t in reversed(beside) if _named_before(t, fact)), beside[0])
        named = past if past.tumours else current
    else:
        named = current if current.tumours else past
    return named.last(fact.start)


def _named_before(tumour: TumourFacts, fact: Fact) -> bool:
    return any(anchor.start <= fact.start for anchor in tumour.anchors)
