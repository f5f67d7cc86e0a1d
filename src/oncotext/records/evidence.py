"""Mentions as the record sees them: in order, numbered, with the words around them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from oncotext.language.annotations import MentionData
from oncotext.language.sentences import sentence_around


@dataclass(slots=True, eq=False)
class Fact:
    """A mention with its id and its section."""

    id: str
    label: str
    code: str
    start: int
    end: int
    section: str
    attrs: dict[str, str]
    negated: bool
    hypothetical: bool
    historical: bool
    family: bool

    @property
    def asserted(self) -> bool:
        """Said of the patient, as a fact."""
        return not (self.negated or self.hypothetical or self.family)

    @property
    def current(self) -> bool:
        """Asserted of the disease that the report is about."""
        return self.asserted and not self.historical


class Evidence:
    """All facts of a report, with what stands around them.

    A mention without code says nothing that a record could hold, and is no fact.

    Parameters
    ----------
    text : str
    mentions : sequence of MentionData
        In the order of the text; ids are ``T1``, ``T2``, ... in that order.
    sentences : list of int
        Start offsets of the sentences.
    section_of : callable
        The section label at an offset.
    """

    def __init__(
        self,
        text: str,
        mentions: Sequence[MentionData],
        sentences: list[int],
        section_of: Callable[[int], str],
    ) -> None:
        self.text, self._sentences = text, sentences
        self.facts = [
            Fact(
                id=f"T{number}",
                label=m["label"],
                code=m.get("code") or "",
                start=m["start"],
                end=m["end"],
                section=section_of(m["start"]),
                attrs=m.get("attrs") or {},
                negated=m.get("negated", False),
                hypothetical=m.get("hypothetical", False),
                historical=m.get("historical", False),
                family=m.get("family", False),
            )
            for number, m in enumerate(mentions, 1)
            if m.get("code")
        ]
        self._starts = [fact.start for fact in self.facts]

    def of(self, *labels: str) -> Iterator[Fact]:
        """Facts of some labels, in the order of the text."""
        return (fact for fact in self.facts if fact.label in labels)

    def sentence(self, fact: Fact) -> tuple[int, int]:
        """Offsets of the sentence that holds a fact."""
        return sentence_around(self._sentences, fact.start, len(self.text))

    def in_range(self, start: int, end: int) -> list[Fact]:
        """Facts that start between two offsets."""
        return self.facts[bisect_left(self._starts, start) : bisect_left(self._starts, end)]

    def before(self, fact: Fact) -> Iterator[Fact]:
        """Facts before this one in its sentence, the nearest first."""
        first, _ = self.sentence(fact)
        for index in range(bisect_left(self._starts, fact.start) - 1, -1, -1):
            if self._starts[index] < first:
                return
            yield self.facts[index]

    def after(self, fact: Fact) -> Iterator[Fact]:
        """Facts after this one in its sentence, the nearest first."""
        _, last = self.sentence(fact)
        for index in range(bisect_left(self._starts, fact.end), len(self.facts)):
            if self._starts[index] >= last:
                return
            yield self.facts[index]

    def between(self, first: Fact, second: Fact) -> str:
        """The text between two facts."""
        return self.text[first.end : second.start]
