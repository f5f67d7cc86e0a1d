"""Which predicted span answers which annotated one."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from oncotext.report import Mention


class Span(Protocol):
    """Whatever lies between two offsets."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


def pair(gold: Sequence[Span], predicted: Sequence[Span]) -> list[tuple[int, int]]:
    """Pair overlapping spans one to one, longest overlap first, then earliest.

    Returns
    -------
    list of (int, int)
        Places in ``gold`` and ``predicted``.
    """
    taken_gold: set[int] = set()
    taken_predicted: set[int] = set()
    pairs = []
    for *_, i, j in sorted(_overlaps(gold, predicted)):
        if i not in taken_gold and j not in taken_predicted:
            taken_gold.add(i)
            taken_predicted.add(j)
            pairs.append((i, j))
    return pairs


def _overlaps(
    gold: Sequence[Span], predicted: Sequence[Span]
) -> Iterable[tuple[int, int, int, int, int]]:
    """All overlaps, found by looking only at spans that begin near enough."""
    order = sorted(range(len(predicted)), key=lambda j: predicted[j].start)
    starts = [predicted[j].start for j in order]
    longest = max((span.end - span.start for span in predicted), default=0)
    for i, g in enumerate(gold):
        first = bisect_left(starts, g.start - longest)
        for j in order[first : bisect_left(starts, g.end)]:
            p = predicted[j]
            shared = min(g.end, p.end) - max(g.start, p.start)
            if shared > 0:
                yield -shared, g.start, p.start, i, j


@dataclass(frozen=True, slots=True)
class Matched:
    """The mentions of one label in a report, annotated and predicted, and their pairs."""

    label: str
    gold: list[Mention]
    predicted: list[Mention]
    pairs: list[tuple[int, int]]

    def paired(self) -> Iterator[tuple[Mention, Mention]]:
        """Annotated and predicted mentions that overlap."""
        for i, j in self.pairs:
            yield self.gold[i], self.predicted[j]

    def missed(self) -> list[Mention]:
        """Annotated mentions that no predicted one answers."""
        found = {i for i, _ in self.pairs}
        return [mention for i, mention in enumerate(self.gold) if i not in found]

    def spurious(self) -> list[Mention]:
        """Predicted mentions that answer no annotated one."""
        right = {j for _, j in self.pairs}
        return [mention for j, mention in enumerate(self.predicted) if j not in right]


def match(
    gold: Iterable[Mention], predicted: Iterable[Mention], labels: Collection[str] | None = None
) -> list[Matched]:
    """The mentions of each label that occurs, paired within the label.

    Parameters
    ----------
    gold, predicted : iterable of Mention
    labels : collection of str, optional
        Look only at these.
    """
    ours: dict[str, list[Mention]] = defaultdict(list)
    theirs: dict[str, list[Mention]] = defaultdict(list)
    for mention in gold:
        ours[mention.label].append(mention)
    for mention in predicted:
        theirs[mention.label].append(mention)
    return [
        Matched(label, ours[label], theirs[label], pair(ours[label], theirs[label]))
        for label in sorted({*ours, *theirs})
        if labels is None or label in labels
    ]


def code_of(mention: Mention) -> str:
    """The mention's code, empty where it has none."""
    return (mention.code or "").strip()
