"""Values of mentions: attributes, TNM component by component, distance of ordinal values."""

from __future__ import annotations

import re

from oncotext.evaluation.counting import Sheet
from oncotext.evaluation.pairing import Matched, code_of
from oncotext.report import Mention

ATTRS = "attrs"
TNM = "tnm"
ORDINAL = "ordinal"
_ATTRIBUTE = {"TOXICITY": "grade", "TOPOGRAPHY": "lat"}
_ORDINAL_LABELS = ("GRADE", "PERFORMANCE_STATUS")
_COMPONENT = re.compile(r"([yra]*[cp]?)([TNM])(.+)")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_GLEASON = re.compile(r"(\d)\+(\d)")


def count_values(sheet: Sheet, matched: Matched) -> None:
    """Count what paired mentions of a label say beyond their place.

    Figures: ``attrs`` (grade of toxicities, side of sites, among pairs with the same code
    whose gold has one), ``tnm`` (per component, unpaired mentions included), ``ordinal``
    (mean absolute error of grades where both are numbers of one system).
    """
    attribute = _ATTRIBUTE.get(matched.label)
    for gold, predicted in matched.paired():
        if attribute and code_of(gold) == code_of(predicted):
            _count_attribute(sheet, attribute, gold, predicted)
        _count_distance(sheet, gold, predicted)
    if matched.label == "TNM":
        _count_tnm(sheet, matched)


def _count_attribute(sheet: Sheet, name: str, gold: Mention, predicted: Mention) -> None:
    if wanted := gold.attrs.get(name):
        found = predicted.attrs.get(name)
        sheet.rate((ATTRS, name), found == wanted)
        if found != wanted:
            sheet.lost((ATTRS, name), gold.start, gold.end, wanted, found or "")


def tnm_components(code: str) -> dict[str, tuple[str, str]]:
    """Prefix and value of each component.

    Examples
    --------
    >>> tnm_components("ypT1c ypN0 M0")
    {'T': ('yp', 'T1c'), 'N': ('yp', 'N0'), 'M': ('', 'M0')}
    """
    found = {}
    for part in code.split():
        if component := _COMPONENT.fullmatch(part):
            prefix, letter, rest = component.groups()
            found[letter] = (prefix, letter + rest)
    return found


def _count_tnm(sheet: Sheet, matched: Matched) -> None:
    alone = [(mention, None) for mention in matched.missed()]
    added = [(None, mention) for mention in matched.spurious()]
    pairs: list[tuple[Mention | None, Mention | None]] = [*matched.paired(), *alone, *added]
    for gold, predicted in pairs:
        wanted = tnm_components(code_of(gold)) if gold else {}
        found = tnm_components(code_of(predicted)) if predicted else {}
        place = gold or predicted
        assert place is not None
        for letter in sorted({*wanted, *found}):
            ours, theirs = wanted.get(letter), found.get(letter)
            right = bool(ours and theirs and ours[1] == theirs[1])
            counts = (right, bool(theirs) and not right, bool(ours) and not right)
            sheet.tally((TNM, letter), *map(int, counts))
            if not right:
                values = (ours[1] if ours else "", theirs[1] if theirs else "")
                sheet.lost((TNM, letter), place.start, place.end, *values)
            if ours and theirs:
                sheet.rate((TNM, "prefix"), ours[0] == theirs[0])


def _count_distance(sheet: Sheet, gold: Mention, predicted: Mention) -> None:
    wanted, found = _ordinal(gold), _ordinal(predicted)
    if wanted and found and wanted[0] == found[0]:
        sheet.rate((ORDINAL, gold.label, wanted[0]), abs(wanted[1] - found[1]))


def _ordinal(mention: Mention) -> tuple[str, float] | None:
    """The system and the number of a grade; a Gleason score counts by its sum."""
    if mention.label == "TOXICITY":
        system, value = "CTCAE", mention.attrs.get("grade", "")
    elif mention.label in _ORDINAL_LABELS:
        system, _, value = code_of(mention).partition(":")
    else:
        return None
    if gleason := _GLEASON.fullmatch(value):
        return system, float(int(gleason[1]) + int(gleason[2]))
    return (system, float(value)) if _NUMBER.fullmatch(value) else None
