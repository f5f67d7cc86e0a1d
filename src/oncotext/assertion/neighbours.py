"""What a mention has to do with those beside it: complements and heads, causes, sizes."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence

from oncotext.assertion.evidence import ANY_CANCER, COMPLEMENTS, HEADS, Target

# function words between a head and its complement: 'cancer du sein', 'metastases (foie'
_LINK = re.compile(
    r"[\s(]*(?:(?:du|de|des|de la|de l'|d'|au|aux|a la|a l'|en|a)(?:\s+|(?<=')))?(?:la |le |l')?\Z"
)
_WIDEST_LINK = 12
_CAUSE = re.compile(
    r" (?:[\w-]+ )?(?:(?:due?s?|liee?s?|induite?s?|secondaires?|imputable) )?"
    r"(?:du|de la|de l'|au|a la|a l'|par le|par la|par l'|sous) ?\Z"
)
_WIDEST_CAUSE = 40
_WIDEST_SIZE = 30
_STAGING = frozenset(("TNM", "STAGE", "GRADE"))
_APART = re.compile(r"[.;\n]\s|\n\s*\n")


def find_heads(text: str, targets: Sequence[Target]) -> None:
    """Give each complement its head: 'cancer' to 'sein' in 'cancer du sein'; and see which
    drugs are causes: 'neuropathie au paclitaxel'."""
    for before, target in itertools.pairwise(targets):
        if target.label == "DRUG" and before.label == "TOXICITY":
            if target.start - before.end < _WIDEST_CAUSE:
                target.cause = bool(_CAUSE.match(text, before.end, target.start))
            continue
        if target.label not in COMPLEMENTS or target.start - before.end > _WIDEST_LINK:
            continue
        if before.label not in HEADS and before.head is None:
            continue
        if before.label == target.label == "TOPOGRAPHY":
            continue
        if _LINK.match(text, before.end, target.start):
            target.head = before.head or before


def find_foreign(targets: Sequence[Target]) -> None:
    """Mark the tumours that are not those the report is about: a type named once, where another
    is named before it."""
    tumours = [
        target
        for target in targets
        if target.label == "MORPHOLOGY" and target.code and target.code not in ANY_CANCER
    ]
    named = Counter(target.code[:4] for target in tumours)
    before: set[str] = set()
    for target in tumours:
        family = target.code[:3]
        target.foreign = named[target.code[:4]] == 1 and bool(before - {family})
        before.add(family)


def find_far_heads(text: str, targets: Sequence[Target]) -> None:
    """Give a stage or grade that stands apart the past or a relative's tumour before it
    ('adénocarcinome du caecum opéré en 2012, pT2N0'), and a response the line of drugs."""
    tumour: Target | None = None
    drug: Target | None = None
    for target in targets:
        if target.label == "MORPHOLOGY":
            tumour = target
        elif target.label == "DRUG":
            drug = target
        elif target.label == "RESPONSE" and target.section == "disease_history":
            cue = drug.flags.get("historical") if drug else None
            evaluated = cue is None or cue[2] == "hist-after-cures"
            if drug and cue and not evaluated and not _apart(text, drug, target):
                target.put("historical", *cue)
        elif target.label in _STAGING and target.head is None and tumour is not None:
            past = tumour.flags.keys() & {"historical", "family"}
            if past and not _apart(text, tumour, target):
                target.head = tumour


def share_doubt(text: str, targets: Sequence[Target]) -> None:
    """A size is that of what stands beside it, and as doubtful: 'ADP iliaque de 14 mm, suspecte'.

    Where a size has sites on both sides, the nearer one counts.
    """
    for number, target in enumerate(targets):
        if target.label != "SIZE":
            continue
        around = [*targets[max(0, number - 1) : number], *targets[number + 1 : number + 2]]
        near = [
            (max(other.start - target.end, target.start - other.end), other)
            for other in around
            if other.label in HEADS
            and not _apart(text, *sorted((other, target), key=lambda t: t.start))
        ]
        distance, beside = min(near, key=lambda pair: pair[0], default=(_WIDEST_SIZE, None))
        if beside is not None and distance < _WIDEST_SIZE and "hypothetical" in beside.flags:
            target.put("hypothetical", *beside.flags["hypothetical"])


def _apart(text: str, first: Target, second: Target) -> bool:
    """Whether a sentence ends between two mentions."""
    return _APART.search(text, first.end, second.start) is not None
