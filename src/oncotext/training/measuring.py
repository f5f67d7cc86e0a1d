"""Figures of a trained linker beside those of the lexicon alone, on reports not trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from oncotext.evaluation import Evaluation
from oncotext.evaluation.bootstrap import intervals
from oncotext.evaluation.counting import Sheet
from oncotext.evaluation.evaluate import figures_of
from oncotext.evaluation.linking import LINKING, count_links
from oncotext.evaluation.linking import Linker as LinkFunction
from oncotext.evaluation.strata import Known
from oncotext.linking.linker import Candidate, Linker
from oncotext.linking.systems import SYSTEM_OF
from oncotext.report import AnnotatedReport

MEASURES = ("accuracy@1", "accuracy@5")
GROUPS = ("all", "without_8000", "seen_form", "unseen_form")


def measure(
    linkers: Mapping[str, Linker],
    train: Sequence[AnnotatedReport],
    dev: Sequence[AnnotatedReport],
) -> dict[str, Any]:
    """Accuracy on given spans, by label and group; ``seen_form`` is one of the training corpus.

    Returns
    -------
    dict
        ``{label: {group: {"n", "trained", "trained_ci", "lexicon", ...}}}``
    """
    labels = [label for label, system in SYSTEM_OF.items() if system in linkers]
    known = Known.of(train)

    def trained(surface: str, system: str, k: int, context: str | None) -> Sequence[Candidate]:
        return linkers[system].link(surface, k, context)

    ours = _evaluated(dev, known, labels, trained)
    alone = _evaluated(dev, known, labels, None)
    found: dict[str, Any] = {}
    for label in labels:
        for group in GROUPS:
            row = _row(ours, alone, label, group)
            if row:
                found.setdefault(label, {})[group] = row
    return found


def _evaluated(
    dev: Sequence[AnnotatedReport], known: Known, labels: list[str], linker: LinkFunction | None
) -> Evaluation:
    sheet = Sheet()
    for report in dev:
        sheet.begin(report.id)
        count_links(sheet, report, training=known, labels=labels, linker=linker)
    return Evaluation(sheet, intervals=intervals(sheet, figures_of(sheet)))


def _row(ours: Evaluation, alone: Evaluation, label: str, group: str) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name in MEASURES:
        key = (LINKING, label, group, name)
        for who, evaluation in (("trained", ours), ("lexicon", alone)):
            rate = evaluation.sheet.mean(key)
            if not rate.n:
                return {}
            row["n"] = rate.n
            row.setdefault(who, {})[name] = evaluation.value(*key)
            interval = evaluation.intervals.get((key, "value"))
            if interval is not None:
                row[who][f"{name}_ci"] = [round(end, 4) for end in interval]
    return row
