"""Labels and codes of FRACCO, and of CANTEMIST from which it was translated, made ours.

A FRACCO mention has notes ``ICD-O``, and where its annotators doubted also
``AnnotatorNotes``. What is no code is kept apart: the mention then has no code,
``attrs["code_status"]`` says why (``tocheck``, ``trad``, ``todelete``, ``missing``,
``malformed``, several joined by a blank), and ``attrs["raw_code"]`` what stood there.
Differentiation follows the sixth digit of ICD-O-3 morphology (ICD-O-3, table 22).
"""

from __future__ import annotations

import re

from oncotext.corpora.reading import Draft

_LABELS = {"morphologie": "MORPHOLOGY", "topographie": "TOPOGRAPHY", "differenciation": "GRADE"}
_CODES = {
    "MORPHOLOGY": re.compile(r"[0-9]{4}/[0-9]"),
    "TOPOGRAPHY": re.compile(r"C[0-9]{2}\.[0-9]"),
    "GRADE": re.compile(r"[1-4]"),
}
_DIFFERENTIATION = {"1": "WELL", "2": "MODERATE", "3": "POOR", "4": "UNDIFFERENTIATED"}
_DOUBTS = ("tocheck", "trad", "todelete")
# The Spanish edition writes grade and "morphology not in the tables" behind the code.
_SPANISH = re.compile(r"([0-9]{4}/[0-9])([0-9])?(?:/H)?")
_LEFT_OUT = ("expression_CIM", "stadeTNM", "stade")


def adapt(draft: Draft) -> Draft | None:
    """A FRACCO annotation as ours; phrases around mentions and stages are left out."""
    if draft.label in _LEFT_OUT:
        return None
    label = _LABELS.get(draft.label)
    if label is None:
        return draft
    draft.label, draft.code = label, None
    draft.attrs.pop("notes", None)
    notes = [note for _, note in draft.notes]
    stated = [note for note in notes if note.strip() not in _DOUBTS]
    status = [doubt for doubt in _DOUBTS if doubt in map(str.strip, notes)]
    if not stated and not status:
        status = ["missing"]
    elif len(stated) > 1 or (stated and not _CODES[label].fullmatch(stated[0])):
        status.append("malformed")
    if status:
        draft.attrs["code_status"] = " ".join(status)
        if stated:
            draft.attrs["raw_code"] = "; ".join(stated)
    elif label == "GRADE":
        draft.code = f"DIFFERENTIATION:{_DIFFERENTIATION[stated[0]]}"
    else:
        draft.code = stated[0]
    return draft


def adapt_cantemist(draft: Draft) -> Draft | None:
    """A CANTEMIST annotation as ours."""
    if draft.label != "MORFOLOGIA_NEOPLASIA":
        return draft
    draft.label = "MORPHOLOGY"
    raw, draft.code = draft.code, None
    code = _SPANISH.fullmatch(raw or "")
    if code:
        draft.code = code.group(1)
    else:
        draft.attrs["code_status"] = "malformed" if raw else "missing"
    if raw and draft.code != raw:
        draft.attrs["raw_code"] = raw
    return draft
