"""Groups of mentions that are told apart: by section, report type, code frequency, novelty."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from oncotext.evaluation.counting import Key
from oncotext.evaluation.pairing import code_of
from oncotext.evaluation.records import report_type
from oncotext.evaluation.sections import has_sections
from oncotext.language.folding import fold
from oncotext.report import AnnotatedReport, Mention

CODED = ("MORPHOLOGY", "TOPOGRAPHY", "TOXICITY")
"""Labels whose codes come from a code system: frequency and novelty say something of them."""
BY_SECTION = "by_section"
BY_REPORT_TYPE = "by_report_type"
BY_FREQUENCY = "by_code_frequency"
BY_NOVELTY = "by_novelty"
_BANDS = ((0, "0"), (1, "1"), (4, "2-4"), (19, "5-19"))
_ABOVE = "20+"


@dataclass(frozen=True)
class Known:
    """Codes and surface forms of a corpus, each with its label.

    Attributes
    ----------
    codes : Counter
        How often each (label, code) occurs.
    forms : set
        (label, surface form) without case, accents and line breaks.
    """

    codes: Counter[tuple[str, str]] = field(default_factory=Counter)
    forms: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def of(cls, reports: Iterable[AnnotatedReport]) -> Known:
        """What the annotated mentions of ``reports`` show."""
        known = cls()
        for report in reports:
            for mention in report.mentions:
                known.codes[mention.label, code_of(mention)] += 1
                known.forms.add((mention.label, form_of(mention.text)))
        return known

    def has_code(self, mention: Mention) -> bool:
        return (mention.label, code_of(mention)) in self.codes

    def has_form(self, mention: Mention) -> bool:
        return (mention.label, form_of(mention.text)) in self.forms

    def band(self, mention: Mention) -> str:
        """How often the mention's code occurs, as a range."""
        count = self.codes.get((mention.label, code_of(mention)), 0)
        return next((name for most, name in _BANDS if count <= most), _ABOVE)


def form_of(surface: str) -> str:
    """A surface form without case, accents and line breaks."""
    return " ".join(fold(surface).split())


class Strata:
    """The groups that a report's mentions belong to, as beginnings of figures' names.

    Parameters
    ----------
    gold : AnnotatedReport
        Its sections and type decide for predicted mentions too.
    frequencies : Known
        Where the frequency of codes is counted.
    training : Known, optional
        What a system has been shown; without it novelty is not looked at.
    """

    def __init__(
        self, gold: AnnotatedReport, frequencies: Known, training: Known | None = None
    ) -> None:
        self._type = report_type(gold)
        self._sections = sorted(gold.sections, key=lambda s: s.start) if has_sections(gold) else []
        self._starts = [section.start for section in self._sections]
        self._frequencies = frequencies
        self._training = training

    def of(self, mention: Mention) -> list[Key]:
        """The groups of a mention, annotated or predicted."""
        groups: list[Key] = [(BY_REPORT_TYPE, self._type)]
        if self._sections:
            groups.append((BY_SECTION, self._section(mention)))
        if mention.label in CODED:
            groups.append((BY_FREQUENCY, mention.label, self._frequencies.band(mention)))
            if self._training is not None:
                code = "seen_code" if self._training.has_code(mention) else "unseen_code"
                form = "seen_form" if self._training.has_form(mention) else "unseen_form"
                groups.append((BY_NOVELTY, mention.label, code))
                groups.append((BY_NOVELTY, mention.label, form))
        return groups

    def _section(self, mention: Mention) -> str:
        at = bisect_right(self._starts, mention.start) - 1
        inside = at >= 0 and mention.start < self._sections[at].end
        return self._sections[at].label if inside else "header"
