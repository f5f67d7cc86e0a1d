"""The engine: which of negated, hypothetical, historical, family holds of each span.

Cues are found once a text; each bears on a stretch of its sentence (`scope`). What a span's
label says about the flags follows the annotation guidelines (`evidence`); without labels any
span is served.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oncotext.assertion.clauses import Sentence
from oncotext.assertion.cues import FLAGS, CueHit, CueSet, cue_set
from oncotext.assertion.evidence import (
    SECTION_FLAGS,
    Sections,
    Target,
    settle,
)
from oncotext.assertion.neighbours import find_far_heads, find_foreign, find_heads, share_doubt
from oncotext.assertion.statement import MUTE, Statement
from oncotext.assertion.treatment_lines import drop_current_lines, set_past_lines
from oncotext.language.annotations import SectionData, data_of
from oncotext.language.sentences import sentences_of
from oncotext.language.view import TextView, view_of

if TYPE_CHECKING:
    from spacy.tokens import Doc

_LONGEST_SENTENCE = 3_000


@dataclass(frozen=True)
class Assertion:
    """What the text asserts of a span.

    Attributes
    ----------
    cues : dict
        For each flag that is set, the words that set it: ``start``, ``end`` (offsets in the
        text as given), ``text`` and ``rule``, the cue's id.
    """

    negated: bool = False
    hypothetical: bool = False
    historical: bool = False
    family: bool = False
    cues: dict[str, dict[str, Any]] = field(default_factory=dict)


class ContextEngine:
    """Asserts spans of a text.

    Parameters
    ----------
    cues : sequence of paths, or CueSet
        Cue files of one's own, on top of the shipped ones; or a set made ready.
    without : sequence of str
        Ids of shipped cues to leave out (``"plan-*"``: all whose id begins so).

    Examples
    --------
    >>> view = TextView("Pas de fièvre mais une toux.")
    >>> found = ContextEngine().assert_spans(view, [(7, 13), (23, 27)], sentences=[0])
    >>> [(a.negated, a.cues.get("negated", {}).get("text")) for a in found]
    [(True, 'Pas de'), (False, None)]
    """

    def __init__(
        self, cues: Sequence[str | Path] | CueSet = (), without: Sequence[str] = ()
    ) -> None:
        self.cues: CueSet = (
            cues if isinstance(cues, CueSet) else cue_set(tuple(map(str, cues)), tuple(without))
        )

    def assert_spans_of(
        self,
        doc: Doc,
        spans: Sequence[tuple[int, int]],
        *,
        sections: Sequence[SectionData] = (),
        labels: Sequence[str] = (),
        codes: Sequence[str] = (),
    ) -> list[Assertion]:
        """Assert spans of a Doc: the same with its own view and sentences."""
        return self.assert_spans(
            view_of(doc),
            spans,
            sentences=sentences_of(doc),
            sections=sections,
            labels=labels,
            codes=codes,
            report_type=data_of(doc).get("report_type", ""),
        )

    def assert_spans(
        self,
        view: TextView,
        spans: Sequence[tuple[int, int]],
        *,
        sentences: Sequence[int],
        sections: Sequence[SectionData] = (),
        labels: Sequence[str] = (),
        codes: Sequence[str] = (),
        report_type: str = "",
    ) -> list[Assertion]:
        """Assert spans, in any order.

        Parameters
        ----------
        view : TextView
            The text.
        spans : sequence of (start, end)
            Offsets in the text as given.
        sentences : sequence of int
            Start offsets of its sentences, the first 0.
        sections : sequence of SectionData, optional
            Its sections; they are evidence for history, family and plans.
        labels : sequence of str, optional
            The label of each span, where known.
        codes : sequence of str, optional
            Its code, where known: the same disease or drug under another name.
        report_type : str, optional
            Reports of treatment say which line of drugs is under way.

        Returns
        -------
        list of Assertion
            In the order of ``spans``.
        """
        if not spans:
            return []
        fold, unknown = view.to_folded, [""] * len(spans)
        targets = [
            Target(fold(start), fold(end), label, index, code)
            for index, ((start, end), label, code) in enumerate(
                zip(spans, labels or unknown, codes or unknown, strict=True)
            )
        ]
        targets.sort(key=lambda target: (target.start, target.end))
        hits = self.cues.find(view, _sentences_around(spans, sentences, len(view.text)))
        text = _Text(view, sentences, sections, hits)
        text.report_type = report_type
        text.assert_all(targets)
        out = [Assertion()] * len(targets)
        for target in targets:
            if target.flags:
                out[target.index] = _assertion(view, target)
        return out


def _sentences_around(
    spans: Sequence[tuple[int, int]], sentences: Sequence[int], length: int
) -> bytearray:
    """The characters of the sentences that hold a span."""
    wanted = bytearray(length)
    for position in {bisect_right(sentences, start) for start, _ in spans}:
        first = sentences[position - 1] if position else 0
        last = sentences[position] if position < len(sentences) else length
        wanted[first:last] = b"\x01" * (last - first)
    return wanted


def _assertion(view: TextView, target: Target) -> Assertion:
    cues = {}
    for flag, (start, end, rule) in target.flags.items():
        a, b = view.to_raw(start), view.to_raw_end(end)
        cues[flag] = {"start": a, "end": b, "text": view.text[a:b], "rule": rule}
    negated, hypothetical, historical, family = (flag in cues for flag in FLAGS)
    return Assertion(negated, hypothetical, historical, family, cues)


class _Text:
    """A text at work: its sentences, sections and cues in folded offsets."""

    def __init__(
        self,
        view: TextView,
        sentences: Sequence[int],
        sections: Sequence[SectionData],
        hits: list[CueHit],
    ) -> None:
        self.text, self.hits = view.folded, hits
        self.report_type = ""
        same = len(view.text) == len(view.folded)
        # tabs are seen in the text as given, where its offsets are those of the folded one
        self.raw = view.text if same else view.folded
        self.starts = sentences if same else [view.to_folded(start) for start in sentences]
        self.hit_starts = [hit.start for hit in hits]
        self.speaking = [hit.start for hit in hits if hit.cue.category not in MUTE]
        self.sections = Sections(view, sections)

    def assert_all(self, targets: list[Target]) -> None:
        """Set the flags of all targets, which are in the order of the text."""
        for target in targets:
            target.section = self.sections.label(target.start)
        find_heads(self.text, targets)
        find_foreign(targets)
        at = 0
        while at < len(targets):
            start, end = self._sentence(targets[at].start)
            stop = at + 1
            while stop < len(targets) and targets[stop].start < end:
                stop += 1
            if bisect_left(self.speaking, start) < bisect_left(self.speaking, end):
                low = bisect_left(self.hit_starts, start)
                hits = self.hits[low : bisect_left(self.hit_starts, end, low)]
                sentence = Sentence(self.text, self.raw, start, end, hits)
                Statement(sentence, targets[at:stop]).assert_all()
            at = stop
        drop_current_lines(self.text, targets)
        if self.sections.sections:
            self.sections.assert_all(targets)
            set_past_lines(self.text, targets, self.report_type)
        self._assert_lines(targets)
        find_far_heads(self.text, targets)
        settle(targets)
        share_doubt(self.text, targets)

    def _sentence(self, position: int) -> tuple[int, int]:
        index = bisect_right(self.starts, position)
        end = self.starts[index] if index < len(self.starts) else len(self.text)
        start = self.starts[index - 1] if index else 0
        if end - start > _LONGEST_SENTENCE:
            # a text without stops is read piece by piece, so that time stays linear
            start += (position - start) // _LONGEST_SENTENCE * _LONGEST_SENTENCE
            end = min(end, start + _LONGEST_SENTENCE)
        return start, end

    def _assert_lines(self, targets: list[Target]) -> None:
        """Headings such as 'ATCD :' bear on the rest of their line, where they are no titles."""
        begins = [target.start for target in targets]
        for hit in self.hits:
            if hit.cue.reach != "line":
                continue
            low = bisect_left(begins, hit.end)
            for target in targets[low : bisect_left(begins, self._line_end(hit.end), low)]:
                if hit.cue.serves(target.label) and target.section not in SECTION_FLAGS:
                    target.put(hit.cue.category, hit.start, hit.end, hit.cue.id)

    def _line_end(self, position: int) -> int:
        """Start of the next sentence that begins a line."""
        for index in range(bisect_right(self.starts, position), len(self.starts)):
            start = self.starts[index]
            between = self.text[position:start]
            if between.strip() and between.rstrip(" ").endswith("\n"):
                return start
        return len(self.text)
