"""What went wrong with each mention, to be looked at one by one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from oncotext.evaluation.pairing import code_of, match
from oncotext.report import FLAGS, Mention

Kind = Literal["missed", "spurious", "wrong_code", "wrong_flag", "wrong_boundary"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Mistake:
    """A mention missed, one too many, or a pair that differs.

    Attributes
    ----------
    kinds : tuple
        Of a pair all that differs: code, flag, boundary; never empty.
    gold, predicted : Mention or None
    """

    kinds: tuple[Kind, ...]
    gold: Mention | None
    predicted: Mention | None

    @property
    def label(self) -> str:
        mention = self.gold or self.predicted
        assert mention is not None
        return mention.label

    @property
    def start(self) -> int:
        return min(m.start for m in (self.gold, self.predicted) if m is not None)

    @property
    def end(self) -> int:
        return max(m.end for m in (self.gold, self.predicted) if m is not None)


def mistakes(
    gold: Sequence[Mention], predicted: Sequence[Mention], labels: Collection[str] | None = None
) -> list[Mistake]:
    """The mistakes of one report, in the order of the text.

    Mentions are paired as for the figures: overlapping ones of one label.
    """
    found = []
    for matched in match(gold, predicted, labels):
        found += [Mistake(("missed",), mention, None) for mention in matched.missed()]
        found += [Mistake(("spurious",), None, mention) for mention in matched.spurious()]
        for ours, theirs in matched.paired():
            if kinds := differing(ours, theirs):
                found.append(Mistake(kinds, ours, theirs))
    return sorted(found, key=lambda mistake: (mistake.start, mistake.end))


def differing(gold: Mention, predicted: Mention) -> tuple[Kind, ...]:
    """In what a pair differs."""
    kinds: list[Kind] = []
    if code_of(gold) != code_of(predicted):
        kinds.append("wrong_code")
    if any(getattr(gold, flag) != getattr(predicted, flag) for flag in FLAGS):
        kinds.append("wrong_flag")
    if (gold.start, gold.end) != (predicted.start, predicted.end):
        kinds.append("wrong_boundary")
    return tuple(kinds)
