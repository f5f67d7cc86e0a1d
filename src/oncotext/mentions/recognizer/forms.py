"""The forms that a training corpus annotates, as evidence for texts that hold them.

A form says how often it was annotated where it stood. While a report is learned from, its own
annotations are left out: a form vouches for other reports only, as it will for new ones.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

Form = tuple[str, ...]
Tagging = Sequence[tuple[int, int, str]]
"""Spans of words: first, one past the last, label."""

_LONGEST = 8
_SHARES = (0.1, 0.3, 0.5, 0.7, 0.9, 0.97)
_OFTEN = 3


class CorpusForms:
    """Forms of a corpus with the times that each was annotated, and stood there at all.

    Parameters
    ----------
    counts : mapping
        Of each form, by words joined with a blank: label to times; ``""`` is not annotated.
    """

    def __init__(self, counts: Mapping[str, Mapping[str, int]]) -> None:
        self.counts = {tuple(form.split(" ")): Counter(seen) for form, seen in counts.items()}
        self._lengths: dict[str, list[int]] = defaultdict(list)
        for form in self.counts:
            if len(form) not in self._lengths[form[0]]:
                self._lengths[form[0]].append(len(form))
        for lengths in self._lengths.values():
            lengths.sort(reverse=True)

    @classmethod
    def of(cls, reports: Iterable[tuple[Sequence[str], Tagging]]) -> CorpusForms:
        """The forms of reports, given as words and spans."""
        reports = list(reports)
        annotated: dict[str, Counter[str]] = defaultdict(Counter)
        for words, spans in reports:
            for form, label in _annotated(words, spans):
                annotated[" ".join(form)][label] += 1
        forms = cls(annotated)
        for words, spans in reports:
            known = {(first, last) for first, last, _ in spans}
            for first, form in forms.find(words):
                if (first, first + len(form)) not in known:
                    forms.counts[form][""] += 1
        return forms

    def find(
        self, words: Sequence[str], hidden: Collection[Form] = ()
    ) -> Iterator[tuple[int, Form]]:
        """The longest form from each place on, none within another."""
        place, size = 0, len(words)
        while place < size:
            for length in self._lengths.get(words[place], ()):
                form = tuple(words[place : place + length])
                if form in self.counts and form not in hidden:
                    yield place, form
                    place += length - 1
                    break
            place += 1

    def features(self, words: Sequence[str], own: Tagging | None = None) -> list[str]:
        """What the forms say of each word: label, place within the form, share, often or not.

        Parameters
        ----------
        words : sequence of str
        own : spans of words, optional
            The annotations of this very report, where it is part of the corpus.
        """
        less = self._own(words, own) if own is not None else {}
        hidden = {form for form, seen in less.items() if not _times(self.counts[form], seen)}
        tags = [""] * len(words)
        for first, form in self.find(words, hidden):
            tag = _evidence(self.counts[form], less.get(form, Counter()))
            for place in range(first, first + len(form)):
                tags[place] = f"{'I' if place > first else 'B'}{tag}"
        return tags

    def _own(self, words: Sequence[str], spans: Tagging) -> dict[Form, Counter[str]]:
        seen: dict[Form, Counter[str]] = defaultdict(Counter)
        for form, label in _annotated(words, spans):
            seen[form][label] += 1
        known = {(first, last) for first, last, _ in spans}
        for first, form in self.find(words):
            if (first, first + len(form)) not in known:
                seen[form][""] += 1
        return seen

    def to_dict(self) -> dict[str, dict[str, int]]:
        return {" ".join(form): dict(seen) for form, seen in self.counts.items()}


def _annotated(words: Sequence[str], spans: Tagging) -> Iterator[tuple[Form, str]]:
    for first, last, label in spans:
        if last - first <= _LONGEST:
            yield tuple(words[first:last]), label


def _times(seen: Counter[str], less: Counter[str]) -> int:
    """How often other reports have annotated a form."""
    return sum(times - less[label] for label, times in seen.items() if label)


def _evidence(seen: Counter[str], less: Counter[str]) -> str:
    rest = {label: times - less[label] for label, times in seen.items()}
    label = max((label for label in rest if label), key=lambda name: rest[name])
    share = rest[label] / max(1, sum(rest.values()))
    step = sum(share >= edge for edge in _SHARES)
    return f"{label}{step}{'+' if rest[label] >= _OFTEN else ''}"
