"""Mentions: found, found exactly, found with the right code; in all and in each group."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from oncotext.evaluation.assertion import count_flags
from oncotext.evaluation.counting import Key, Sheet
from oncotext.evaluation.pairing import Matched, code_of, match, pair
from oncotext.evaluation.strata import CODED, Strata
from oncotext.evaluation.values import count_values
from oncotext.report import AnnotatedReport, Mention

MENTION = "mention"
MICRO = "mention_micro"
BOUNDARY = "boundary"
CODE = "code"
"""Followed by a label and a code: what is counted of the mentions with that code."""
MACRO_CODES = "macro_codes"
DOCUMENTS = "documents"
STRICT, OVERLAP, LINKED = "strict", "overlap", "linked"
MEASURES = (STRICT, OVERLAP, LINKED)


def count_mentions(
    sheet: Sheet,
    gold: AnnotatedReport,
    predicted: Sequence[Mention],
    strata: Strata,
    labels: Collection[str] | None = None,
) -> None:
    """Count a report's mentions, their flags and values.

    Parameters
    ----------
    sheet : Sheet
        Figures: ``mention`` (per label), ``mention_micro``, ``boundary``, groups of
        `Strata`, ``macro_codes``, ``documents``, ``assertion`` and those of `count_values`.
    gold : AnnotatedReport
    predicted : sequence of Mention
        Of the same text.
    strata : Strata
    labels : collection of str, optional
        Look only at these.
    """
    counts = _Counts(sheet, strata)
    for matched in match(gold.mentions, predicted, labels):
        _count_strict(counts, matched)
        _count_overlap(counts, matched)
        _count_linked(counts, matched)
        _count_documents(sheet, matched)
        count_values(sheet, matched)
        for ours, theirs in matched.paired():
            count_flags(sheet, ours, theirs)
    counts.write()
    _count_boundaries(sheet, _chosen(gold.mentions, labels), _chosen(predicted, labels))


def _chosen(mentions: Iterable[Mention], labels: Collection[str] | None) -> list[Mention]:
    return [m for m in mentions if labels is None or m.label in labels]


class _Counts:
    """Counts of one report; a right or missed mention counts where the annotated one
    belongs, a spurious one where the predicted one does."""

    def __init__(self, sheet: Sheet, strata: Strata) -> None:
        self._sheet, self._strata = sheet, strata
        self._counts: dict[Key, list[int]] = defaultdict(lambda: [0, 0, 0])

    def right(self, gold: Mention, measure: str) -> None:
        for key in self._keys(gold, measure):
            self._counts[key][0] += 1

    def spurious(self, predicted: Mention, measure: str) -> None:
        for key in self._keys(predicted, measure):
            self._counts[key][1] += 1
            if measure == LINKED:
                told = code_of(predicted) or predicted.label
                self._sheet.lost(key, predicted.start, predicted.end, predicted=told)

    def missed(self, gold: Mention, measure: str) -> None:
        for key in self._keys(gold, measure):
            self._counts[key][2] += 1
            if measure == LINKED:
                self._sheet.lost(key, gold.start, gold.end, code_of(gold) or gold.label)

    def wrong_code(self, gold: Mention, predicted: Mention) -> None:
        ours, theirs = self._keys(gold, LINKED), self._keys(predicted, LINKED)
        for key in ours:
            self._counts[key][2] += 1
        for key in theirs:
            self._counts[key][1] += 1
        for key in dict.fromkeys([*ours, *theirs]):
            self._sheet.lost(key, gold.start, gold.end, code_of(gold), code_of(predicted))

    def _keys(self, mention: Mention, measure: str) -> list[Key]:
        groups = [(MENTION, mention.label), (MICRO,), *self._strata.of(mention)]
        if measure == LINKED and mention.label in CODED:
            member = (CODE, mention.label, code_of(mention))
            self._sheet.macro((MACRO_CODES, mention.label), (*member, measure))
            groups.append(member)
        return [(*group, measure) for group in groups]

    def write(self) -> None:
        for key, counts in self._counts.items():
            self._sheet.tally(key, *counts)


def _count_strict(counts: _Counts, matched: Matched) -> None:
    gold = {(m.start, m.end): m for m in matched.gold}
    predicted = {(m.start, m.end): m for m in matched.predicted}
    for place, mention in gold.items():
        if place in predicted:
            counts.right(mention, STRICT)
        else:
            counts.missed(mention, STRICT)
    for place, mention in predicted.items():
        if place not in gold:
            counts.spurious(mention, STRICT)


def _count_overlap(counts: _Counts, matched: Matched) -> None:
    for ours, _ in matched.paired():
        counts.right(ours, OVERLAP)
    for mention in matched.missed():
        counts.missed(mention, OVERLAP)
    for mention in matched.spurious():
        counts.spurious(mention, OVERLAP)


def _count_linked(counts: _Counts, matched: Matched) -> None:
    for ours, theirs in matched.paired():
        if code_of(ours) == code_of(theirs):
            counts.right(ours, LINKED)
        else:
            counts.wrong_code(ours, theirs)
    for mention in matched.missed():
        counts.missed(mention, LINKED)
    for mention in matched.spurious():
        counts.spurious(mention, LINKED)


def _count_documents(sheet: Sheet, matched: Matched) -> None:
    """The set of a report's codes: all, and those of what is asserted of the patient."""
    for name, asserted in (("codes", False), ("asserted_codes", True)):
        gold = _codes(matched.gold, asserted)
        predicted = _codes(matched.predicted, asserted)
        counts = (len(gold & predicted), len(predicted - gold), len(gold - predicted))
        sheet.tally((DOCUMENTS, matched.label, name), *counts)


def _codes(mentions: Iterable[Mention], asserted: bool) -> set[str]:
    return {code_of(m) for m in mentions if code_of(m) and (m.asserted or not asserted)}


def _count_boundaries(sheet: Sheet, gold: Sequence[Mention], predicted: Sequence[Mention]) -> None:
    """Partial credit: the exact boundary whatever the label, any overlap whatever the label."""
    ours = {(m.start, m.end) for m in gold}
    theirs = {(m.start, m.end) for m in predicted}
    sheet.tally((BOUNDARY, "exact"), len(ours & theirs), len(theirs - ours), len(ours - theirs))
    pairs = len(pair(gold, predicted))
    sheet.tally((BOUNDARY, "overlap"), pairs, len(predicted) - pairs, len(gold) - pairs)
