"""What a report says of an adverse event beside its grade: suspected drug, cycle, onset.

'diarrhée G2 sous capécitabine depuis C3, à J8': ``drug=capecitabine``, ``cycle=3``, ``onset=J8``.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import islice

from oncotext.language.annotations import MentionData
from oncotext.language.sentences import sentence_around
from oncotext.language.view import TextView

_REACH = 80
_CYCLE = re.compile(
    r"\b(?:c ?|cures? (?:n°? ?)?|cycles? (?:n°? ?)?)(?P<cycle>\d{1,2})(?:j\d{1,2})?\b"
)
_ONSET = re.compile(
    r"\b(?:a|depuis|des|vers|au|apres) (?:le )?"
    r"(?P<onset>j ?\d{1,3}\b|\d{1,3} (?:jours?|semaines?|mois)\b)"
)
# 'sous', 'à la', 'induite par': what follows has given the event; not 'traitée par'
_GIVEN_BY = re.compile(
    r"\b(?:sous|induite?s? par|liee?s? (?:a|au)|imputee?s? (?:a|au)|secondaires? (?:a|au)"
    r"|attribuee?s? (?:a|au)) (?:la |le |l' ?)?$|^ (?:a la |a l' ?|au |aux )$"
)
_LOOK_BACK = 300
_CLAUSE_END = re.compile(r"[.;\n]| puis | mais ")


def details(
    view: TextView,
    start: int,
    end: int,
    limit: int,
    sentences: list[int],
    drugs: Sequence[MentionData],
) -> dict[str, str]:
    """The attributes of an event.

    Parameters
    ----------
    start, end : int
        Offsets of its term.
    limit : int
        Where the next term starts; what stands behind is said of that one.
    drugs : sequence of MentionData
        The drugs of the text, in order.

    Returns
    -------
    dict of str to str
        ``cycle`` (a number), ``onset`` (``J8``, ``3 semaines``) and ``drug`` (the drug's code),
        each where it is written.
    """
    first, last = sentence_around(sentences, start, len(view.text))
    stop = view.to_folded(min(last, limit, end + _REACH))
    folded, begin = view.folded, view.to_folded(end)
    clause = _CLAUSE_END.search(folded, begin, stop)
    stop = clause.start() if clause else stop
    found: dict[str, str] = {}
    cycle = _CYCLE.search(folded, begin, stop)
    if cycle:
        found["cycle"] = cycle["cycle"]
    onset = _ONSET.search(folded, begin, stop)
    if onset:
        # 'j 8' is a day of the cycle, '8 jours' a time
        day = onset["onset"]
        found["onset"] = "J" + day[1:].strip() if day.startswith("j") else day
    drug = _drug(view, first, start, end, view.to_raw(stop), drugs)
    if drug:
        found["drug"] = drug
    return found


def _drug(
    view: TextView, first: int, start: int, end: int, stop: int, drugs: Sequence[MentionData]
) -> str | None:
    """The drug right after the event that is said to give it, else the one before in 'sous X'."""
    under = None
    first = max(first, start - _LOOK_BACK)
    index = bisect_left(drugs, first, key=lambda drug: drug["start"])
    for drug in islice(drugs, index, None):
        if drug["start"] >= stop:
            break
        if drug["start"] >= end:
            between = view.folded[view.to_folded(end) : view.to_folded(drug["start"])]
            if _GIVEN_BY.search(between):
                return drug.get("code")
        elif drug["start"] >= first and drug["end"] <= start:
            at = view.to_folded(drug["start"])
            if view.folded.startswith("sous ", max(0, at - 5)) and at >= 5:
                under = drug.get("code")
    return under
