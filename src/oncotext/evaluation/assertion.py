"""Negation, hypothesis, history and family: on paired mentions, and on spans that are given."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Protocol

from oncotext.evaluation.counting import Key, Sheet
from oncotext.report import FLAGS, Flag

if TYPE_CHECKING:
    from pathlib import Path

    from spacy.language import Language

ON_PAIRS = "assertion"
ON_GIVEN_SPANS = "assertion_given_spans"


class Flagged(Protocol):
    """Whatever has the four flags."""

    @property
    def negated(self) -> bool: ...
    @property
    def hypothetical(self) -> bool: ...
    @property
    def historical(self) -> bool: ...
    @property
    def family(self) -> bool: ...


class FlaggedSpan(Flagged, Protocol):
    """An annotated span; its label may be any, ``EVENT`` for example."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def label(self) -> str: ...


class FlaggedReport(Protocol):
    """A text with annotated spans."""

    @property
    def id(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def mentions(self) -> Sequence[FlaggedSpan]: ...


Asserter = Callable[[str, Sequence[tuple[int, int]], Sequence[str]], Sequence[Flagged]]


def count_flags(
    sheet: Sheet,
    gold: FlaggedSpan,
    predicted: Flagged,
    *,
    group: str = ON_PAIRS,
    flags: Sequence[Flag] = FLAGS,
    per_label: bool = False,
) -> None:
    """Count each flag of a mention; per label under ``(group_by_label, label, flag)``."""
    for flag in flags:
        wanted, found = bool(getattr(gold, flag)), bool(getattr(predicted, flag))
        if not (wanted or found):
            continue
        counts = (int(wanted and found), int(found and not wanted), int(wanted and not found))
        keys: list[Key] = [(group, flag)]
        if per_label:
            keys.append((f"{group}_by_label", gold.label, flag))
        for key in keys:
            sheet.tally(key, *counts)
            if wanted != found:
                names = (gold.label, "") if wanted else ("", gold.label)
                sheet.lost(key, gold.start, gold.end, *names)


def count_given_spans(
    sheet: Sheet,
    report: FlaggedReport,
    *,
    pipeline: str | Path | Language = "fr_onco_rules",
    flags: Sequence[Flag] = FLAGS,
    labels: Collection[str] | None = None,
    asserter: Asserter | None = None,
) -> None:
    """Assert the annotated spans themselves, so that finding them plays no part.

    Parameters
    ----------
    sheet : Sheet
        Figures are ``("assertion_given_spans", flag)`` and
        ``("assertion_given_spans_by_label", label, flag)``.
    report : object
        An annotated report of any corpus: with ``id``, ``text`` and ``mentions``, whose labels
        need not be oncotext's.
    pipeline : str, Path or Language
        Whose assertion is evaluated.
    flags : sequence of str
        The flags that the corpus annotates.
    labels : collection of str, optional
        Evaluate only these.
    asserter : callable, optional
        ``(text, spans, labels) -> flags of each``; by default `oncotext.assert_spans`.
    """
    sheet.declare(*((ON_GIVEN_SPANS, flag) for flag in flags))
    spans = [
        mention
        for mention in report.mentions
        if (labels is None or mention.label in labels) and _says_assertion(mention)
    ]
    if not spans:
        return
    places = [(span.start, span.end) for span in spans]
    call = asserter or _asserter(pipeline)
    found = call(report.text, places, [span.label for span in spans])
    for mention, assertion in zip(spans, found, strict=True):
        count_flags(sheet, mention, assertion, group=ON_GIVEN_SPANS, flags=flags, per_label=True)


def _says_assertion(mention: FlaggedSpan) -> bool:
    """E3C annotates assertion on events only; an entity that overlaps none has none."""
    return mention.label != "CLINENTITY" or "events" in getattr(mention, "attrs", ())


def _asserter(pipeline: str | Path | Language) -> Asserter:
    from oncotext.extraction import assert_spans

    def call(
        text: str, spans: Sequence[tuple[int, int]], labels: Sequence[str]
    ) -> Sequence[Flagged]:
        return assert_spans(text, spans, labels=labels, pipeline=pipeline)

    return call
