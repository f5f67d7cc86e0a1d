"""E3C layer 1: events and clinical entities with what the corpus says of their assertion.

An EVENT is negated where its polarity is NEG, hypothetical where its modality is HEDGED or
HYPOTHETICAL-*. A CLINENTITY has neither; it takes both from the EVENTs that it overlaps, and
names them in ``attrs["events"]``. One without events says nothing of assertion, and is left
out where assertion is measured (it has no such attribute).
Source: Magnini et al., The E3C Project, CLiC-it 2020.
"""

from __future__ import annotations

from typing import Any

from oncotext.corpora.reading import Draft

EVENT = "webanno.custom.EVENT"
CLINENTITY = "webanno.custom.CLINENTITY"
_OF_EVENT = ("polarity", "contextualModality", "docTimeRel", "eventType", "degree", "permanence")
E3C_LAYERS = {
    EVENT: (*_OF_EVENT, "contextualAspect"),
    CLINENTITY: ("entityID",),
}
_HYPOTHETICAL = ("HEDGED", "HYPOTHETICAL")


def e3c_drafts(cas: Any) -> list[Draft]:
    """The events and clinical entities of a document."""
    events = [_event(part) for part in cas.select(EVENT)]
    entities = [_entity(part, events) for part in cas.select(CLINENTITY)]
    return sorted([*events, *entities], key=lambda draft: draft.spans)


def _event(part: Any) -> Draft:
    attrs = {name: value for name in _OF_EVENT if (value := getattr(part, name)) not in _UNSAID}
    flags = {
        "negated": part.polarity == "NEG",
        "hypothetical": (part.contextualModality or "").startswith(_HYPOTHETICAL),
    }
    return Draft(f"T{part.xmiID}", "EVENT", [(part.begin, part.end)], attrs=attrs, flags=flags)


def _entity(part: Any, events: list[Draft]) -> Draft:
    touched = [
        event for event in events if event.spans[0][0] < part.end and part.begin < event.spans[0][1]
    ]
    return Draft(
        f"T{part.xmiID}",
        "CLINENTITY",
        [(part.begin, part.end)],
        code=part.entityID,
        attrs={"events": " ".join(event.id for event in touched)} if touched else {},
        flags={
            flag: any(event.flags[flag] for event in touched)
            for flag in ("negated", "hypothetical")
        },
    )


_UNSAID = (None, "", "N/A")
