"""Codes of annotated spans, so that finding them plays no part."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from functools import cache
from typing import TYPE_CHECKING, Protocol

from oncotext.evaluation.counting import Key, Sheet
from oncotext.evaluation.pairing import code_of
from oncotext.linking.systems import SYSTEM_OF
from oncotext.report import AnnotatedReport, Mention

if TYPE_CHECKING:
    from oncotext.evaluation.strata import Known

LINKING = "linking_given_spans"
LINKING_CODE = "linking_code"
"""Followed by a label and a code."""
DEPTH = 10
"""Candidates asked for; a code below them has reciprocal rank 0."""
# Corpora hold codes to be checked, several codes, none: only one whole code can be linked.
_WHOLE = {
    "MORPHOLOGY": re.compile(r"\d{4}/\d"),
    "TOPOGRAPHY": re.compile(r"C\d\d\.\d"),
    "TOXICITY": re.compile(r"\S.*"),
}
_GENERIC = "8000/"
_CONTEXT_CHARS = 200


class Coded(Protocol):
    """A candidate: `oncotext.Candidate` or another linker's."""

    @property
    def code(self) -> str: ...


Linker = Callable[[str, str, int, str | None], Sequence[Coded]]
"""``(surface, system, k, context) -> candidates``, best first."""


def count_links(
    sheet: Sheet,
    report: AnnotatedReport,
    *,
    training: Known | None = None,
    labels: Collection[str] | None = None,
    linker: Linker | None = None,
    context: bool = False,
) -> None:
    """Link each annotated mention with one whole code by its words.

    Parameters
    ----------
    sheet : Sheet
        Figures are ``("linking_given_spans", label, group, measure)``: groups are ``all``,
        ``without_8000`` (of morphology), ``unseen_form`` and ``seen_form`` (where there is a
        training corpus) and ``macro_codes`` (each code weighs the same); measures
        ``accuracy@1``, ``accuracy@5`` and ``mrr`` (over ten candidates).
    report : AnnotatedReport
    training : Known, optional
        Forms that count as seen.
    labels : collection of str, optional
        Look only at these.
    linker : callable, optional
        By default `oncotext.link`.
    context : bool
        Pass the line around the mention (at most 200 characters to each side) to the linker.
    """
    call = linker or _remembered
    for mention in report.mentions:
        shape = _WHOLE.get(mention.label)
        if not shape or not shape.fullmatch(code_of(mention)):
            continue
        if labels is not None and mention.label not in labels:
            continue
        around = _line_around(report.text, mention) if context else None
        candidates = call(mention.text, SYSTEM_OF[mention.label], DEPTH, around)
        codes = [candidate.code for candidate in candidates]
        rank = codes.index(code_of(mention)) + 1 if code_of(mention) in codes else 0
        _count_rank(sheet, mention, rank, training)
        if rank != 1:
            key = (LINKING, mention.label, "all", "accuracy@1")
            first = codes[0] if codes else ""
            sheet.lost(key, mention.start, mention.end, code_of(mention), first)


def _count_rank(sheet: Sheet, mention: Mention, rank: int, training: Known | None) -> None:
    measures = {
        "accuracy@1": float(rank == 1),
        "accuracy@5": float(0 < rank <= 5),
        "mrr": 1 / rank if rank else 0.0,
    }
    groups: list[Key] = [(LINKING, mention.label, "all")]
    if mention.label == "MORPHOLOGY" and not code_of(mention).startswith(_GENERIC):
        groups.append((LINKING, mention.label, "without_8000"))
    if training is not None:
        form = "seen_form" if training.has_form(mention) else "unseen_form"
        groups.append((LINKING, mention.label, form))
    member = (LINKING_CODE, mention.label, code_of(mention))
    for name, value in measures.items():
        for group in (*groups, member):
            sheet.rate((*group, name), value)
        sheet.macro((LINKING, mention.label, "macro_codes", name), (*member, name))


@cache
def _remembered(surface: str, system: str, k: int, context: str | None) -> Sequence[Coded]:
    from oncotext.linking import link

    return link(surface, system, k=k, context=context)


def _line_around(text: str, mention: Mention) -> str:
    first = max(text.rfind("\n", 0, mention.start) + 1, mention.start - _CONTEXT_CHARS)
    last = text.find("\n", mention.end)
    last = len(text) if last < 0 else last
    return text[first : min(last, mention.end + _CONTEXT_CHARS)]
