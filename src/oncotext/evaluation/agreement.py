"""Inter-annotator agreement: two annotations of the same reports."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from oncotext.errors import InputError
from oncotext.evaluation.counting import DIGITS, Tally
from oncotext.evaluation.pairing import code_of, match
from oncotext.evaluation.records import facts, has_record
from oncotext.evaluation.sections import has_sections, line_labels
from oncotext.report import FLAGS, AnnotatedReport, Mention

if TYPE_CHECKING:
    from rich.console import RenderableType

_TOKEN = re.compile(r"\w+|[^\w\s]")
_NONE = ""


@dataclass
class Judgements:
    """Pairs of answers to the same question, one of each annotator."""

    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, first: str, second: str) -> None:
        self.pairs[first, second] += 1

    @property
    def n(self) -> int:
        return sum(self.pairs.values())

    @property
    def observed(self) -> float | None:
        """The share on which both agree."""
        same = sum(count for (a, b), count in self.pairs.items() if a == b)
        return same / self.n if self.n else None

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa; None where it is not defined: no case, or one answer only.

        Examples
        --------
        >>> judged = Judgements(Counter({("a", "a"): 20, ("b", "b"): 15,
        ...                              ("a", "b"): 5, ("b", "a"): 10}))
        >>> round(judged.kappa, 2)
        0.4
        """
        n, observed = self.n, self.observed
        if observed is None:
            return None
        first: Counter[str] = Counter()
        second: Counter[str] = Counter()
        for (a, b), count in self.pairs.items():
            first[a] += count
            second[b] += count
        chance = sum(first[answer] * second[answer] for answer in first) / n**2
        return None if chance == 1 else (observed - chance) / (1 - chance)

    def row(self) -> dict[str, float | int | None]:
        values = {"observed": self.observed, "kappa": self.kappa}
        rounded = {k: None if v is None else round(v, DIGITS) for k, v in values.items()}
        return {"n": self.n, **rounded}


@dataclass
class Agreement:
    """How far two annotators agree.

    Attributes
    ----------
    reports : int
        Reports that both annotated.
    only_first, only_second : list of str
        Ids that only one annotated; they are not counted.
    strict, overlap : dict
        Per label, F1 of spans (which is the same whoever is taken as right).
    tokens : dict
        Per label, and ``all``, whether each word stands in a mention: kappa on spans.
    codes : dict
        Per label, codes of the mentions that both marked at the same place.
    flags, sections : dict
        Flags of mentions that overlap; section labels of lines.
    record : Tally
        Facts of the record.
    """

    reports: int = 0
    only_first: list[str] = field(default_factory=list)
    only_second: list[str] = field(default_factory=list)
    strict: dict[str, Tally] = field(default_factory=dict)
    overlap: dict[str, Tally] = field(default_factory=dict)
    tokens: dict[str, Judgements] = field(default_factory=dict)
    codes: dict[str, Judgements] = field(default_factory=dict)
    flags: dict[str, Judgements] = field(default_factory=dict)
    sections: Judgements = field(default_factory=Judgements)
    record: Tally = field(default_factory=Tally)

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        labels = sorted(self.strict)
        return {
            "reports": self.reports,
            "only_first": self.only_first,
            "only_second": self.only_second,
            "spans": {
                label: {
                    "strict_f1": round(self.strict[label].f1, DIGITS),
                    "overlap_f1": round(self.overlap[label].f1, DIGITS),
                    "words": self.tokens[label].row(),
                    "n": [self.strict[label].gold, self.strict[label].tp + self.strict[label].fp],
                }
                for label in labels
            },
            "words": self.tokens["all"].row() if "all" in self.tokens else None,
            "codes": {label: judged.row() for label, judged in sorted(self.codes.items())},
            "flags": {flag: judged.row() for flag, judged in self.flags.items()},
            "sections": self.sections.row(),
            "record": self.record.row(),
        }

    def table(self) -> RenderableType:
        """Tables for a terminal."""
        from oncotext.evaluation.agreement_tables import tables

        return tables(self)

    def __rich__(self) -> RenderableType:
        return self.table()


def agreement(
    first: Iterable[AnnotatedReport],
    second: Iterable[AnnotatedReport],
    labels: Collection[str] | None = None,
) -> Agreement:
    """Compare two annotations of the same reports.

    Parameters
    ----------
    first, second : iterable of AnnotatedReport
        Paired by id; their texts must be the same.
    labels : collection of str, optional
        Look only at mentions of these.

    Raises
    ------
    InputError
        No report is in both, or the texts of one differ.
    """
    ours, theirs = ({report.id: report for report in side} for side in (first, second))
    common = [id for id in ours if id in theirs]
    if not common:
        raise InputError("No report id is in both annotations.", remedy="Compare the file names.")
    found = Agreement(
        reports=len(common),
        only_first=[id for id in ours if id not in theirs],
        only_second=[id for id in theirs if id not in ours],
        flags={flag: Judgements() for flag in FLAGS},
    )
    every = sorted({*_labels(ours.values(), labels), *_labels(theirs.values(), labels)})
    for label in every:
        found.strict[label] = found.overlap[label] = Tally()
    for name in (*every, "all"):
        found.tokens[name] = Judgements()
    for id in common:
        if ours[id].text != theirs[id].text:
            raise InputError("The two annotations have different texts.", where=id)
        _compare(found, ours[id], theirs[id], every)
    return found


def _labels(reports: Iterable[AnnotatedReport], labels: Collection[str] | None) -> Iterator[str]:
    for report in reports:
        for mention in report.mentions:
            if labels is None or mention.label in labels:
                yield mention.label


def _compare(
    found: Agreement, ours: AnnotatedReport, theirs: AnnotatedReport, labels: Sequence[str]
) -> None:
    for matched in match(ours.mentions, theirs.mentions, labels):
        label = matched.label
        a = {(m.start, m.end): m for m in matched.gold}
        b = {(m.start, m.end): m for m in matched.predicted}
        both = a.keys() & b.keys()
        counts = (len(both), len(b) - len(both), len(a) - len(both))
        found.strict[label] = _sum(found.strict[label], counts)
        pairs = len(matched.pairs)
        counts = (pairs, len(matched.predicted) - pairs, len(matched.gold) - pairs)
        found.overlap[label] = _sum(found.overlap[label], counts)
        for place in both:
            judged = found.codes.setdefault(label, Judgements())
            judged.add(code_of(a[place]), code_of(b[place]))
        for one, other in matched.paired():
            for flag in FLAGS:
                found.flags[flag].add(str(getattr(one, flag)), str(getattr(other, flag)))
    _compare_tokens(found, ours, theirs, labels)
    if has_sections(ours) and has_sections(theirs):
        second = line_labels(theirs.text, theirs.sections)
        for line, section in line_labels(ours.text, ours.sections).items():
            found.sections.add(section, second[line])
    if has_record(ours.record) or has_record(theirs.record):
        x, y = facts(ours.record), facts(theirs.record)
        found.record = _sum(found.record, (len(x & y), len(y - x), len(x - y)))


def _sum(tally: Tally, counts: tuple[int, int, int]) -> Tally:
    return Tally(*(a + b for a, b in zip(tally, counts, strict=True)))


def _compare_tokens(
    found: Agreement, ours: AnnotatedReport, theirs: AnnotatedReport, labels: Sequence[str]
) -> None:
    tokens = [match.span() for match in _TOKEN.finditer(ours.text)]
    ends = [end for _, end in tokens]
    pairs = Counter(
        zip(
            _marked(tokens, ends, ours.mentions, labels),
            _marked(tokens, ends, theirs.mentions, labels),
            strict=True,
        )
    )
    found.tokens["all"].pairs += pairs
    for (a, b), count in pairs.items():
        for label in labels:
            found.tokens[label].pairs[str(a == label), str(b == label)] += count


def _marked(
    tokens: Sequence[tuple[int, int]],
    ends: Sequence[int],
    mentions: Iterable[Mention],
    labels: Sequence[str],
) -> list[str]:
    """The label of each token, empty outside mentions."""
    marked = [_NONE] * len(tokens)
    for mention in mentions:
        if mention.label not in labels:
            continue
        for start, end in mention.fragments or [(mention.start, mention.end)]:
            at = bisect_left(ends, start + 1)
            while at < len(tokens) and tokens[at][0] < end:
                marked[at] = mention.label
                at += 1
    return marked
