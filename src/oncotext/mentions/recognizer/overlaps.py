"""What becomes of the rules' mentions and of a model's where both have found something.

* The model decides on the labels that it owns. Of ``GRADE`` it can own differentiation alone.
* A mention of a label that the rules own stays, and what the model found across it goes. Labels
  that are to yield do the contrary: a corpus may call 'progression' or 'stade IV' a morphology.
* Where the rules have found an owned mention too, its boundaries are the model's. Code, name and
  rule stay those of the rules if both begin with the same word, the head of a French noun phrase;
  what the rules have read around the words (a grade, a negation by grade 0) stays in any case.
* An owned mention that the rules alone have found goes, unless its label is to be kept.
* Of overlapping spans of the model the longest stays. Where they may overlap, all stay but those
  that cross a longer one of their own label: two readings of one mention.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import cast

from oncotext.language.annotations import MentionData
from oncotext.mentions.recognizer.backend import Predicted

RULE = "recognizer"
OWNABLE = ("MORPHOLOGY", "TOPOGRAPHY", "TOXICITY", "GRADE")
# What the rules know of a mention: by what stands around it, and by its words.
_AROUND, _OF_THE_WORDS = ("attrs", "negated", "cues"), ("code", "name", "rule")
_DIFFERENTIATION = "DIFFERENTIATION:"


def combine(
    rules: Sequence[MentionData],
    found: Iterable[Predicted],
    *,
    owns: Collection[str],
    thresholds: Mapping[str, float],
    keep_rules: Collection[str],
    yields: Collection[str] = (),
    overlapping: bool = False,
) -> list[MentionData]:
    """The mentions of rules and model as one list, in order.

    Parameters
    ----------
    rules : sequence of MentionData
    found : iterable of Predicted
        Of labels that are not owned, or below the threshold of their label, they are left out.
    owns : collection of str
        Labels that the model decides on; others than its own are the rules'.
    thresholds : mapping
        The least score of each label, 0 where none is given.
    yields : collection of str
        Labels that the rules own whose mentions go where the model has found something.
    keep_rules : collection of str
        Owned labels whose mentions stay where the model has found nothing.
    overlapping : bool
        Whether the model's spans may overlap one another; else no two mentions do.
    """
    fixed = [mention for mention in rules if not _is_owned(mention, owns)]
    owned = [mention for mention in rules if _is_owned(mention, owns)]
    firm = [mention for mention in fixed if mention["label"] not in yields]
    barred = _excluded if overlapping else _overlaps
    chosen: list[MentionData] = []
    for span in sorted(found, key=lambda span: (span.start - span.end, -span.score)):
        if span.label not in owns or span.score < thresholds.get(span.label, 0.0):
            continue
        if any(_overlaps(span, mention) for mention in firm):
            continue
        if not any(barred(span, mention) for mention in chosen):
            chosen.append(_mention(span, owned))
    kept = [
        mention
        for mention in rules
        if _stays(mention, owns, keep_rules)
        and not any(_overlap(mention["start"], mention["end"], other) for other in chosen)
    ]
    return sorted([*chosen, *kept], key=lambda mention: (mention["start"], -mention["end"]))


def _is_owned(mention: MentionData, owns: Collection[str]) -> bool:
    if mention["label"] not in owns:
        return False
    return mention["label"] != "GRADE" or (mention.get("code") or "").startswith(_DIFFERENTIATION)


def _stays(mention: MentionData, owns: Collection[str], keep_rules: Collection[str]) -> bool:
    """Whether a mention of the rules stays where the model has found nothing."""
    return not _is_owned(mention, owns) or mention["label"] in keep_rules


def _overlap(start: int, end: int, mention: MentionData) -> bool:
    return start < mention["end"] and mention["start"] < end


def _overlaps(span: Predicted, mention: MentionData) -> bool:
    return _overlap(span.start, span.end, mention)


def _excluded(span: Predicted, mention: MentionData) -> bool:
    """Whether a mention of the same label, not shorter, crosses a span or is the span."""
    if span.label != mention["label"] or not _overlaps(span, mention):
        return False
    within = mention["start"] <= span.start and span.end <= mention["end"]
    return not within or (mention["start"], mention["end"]) == (span.start, span.end)


def _mention(span: Predicted, owned: Sequence[MentionData]) -> MentionData:
    """A model's span, with what the rules know of it."""
    mention: MentionData = {
        "start": span.start,
        "end": span.end,
        "label": span.label,
        "code": None,
        "rule": RULE,
        "score": span.score,
    }
    same = [other for other in owned if other["label"] == span.label and _overlaps(span, other)]
    if not same:
        return mention
    nearest = max(same, key=lambda other: _shared(span, other))
    kept = [*_AROUND, *(_OF_THE_WORDS if nearest["start"] == span.start else ())]
    said = {name: value for name, value in nearest.items() if name in kept}
    mention.update(cast(MentionData, said))
    return mention


def _shared(span: Predicted, mention: MentionData) -> int:
    return min(span.end, mention["end"]) - max(span.start, mention["start"])
