"""Inter-annotator agreement as tables in a terminal."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from oncotext.evaluation.agreement import Agreement, Judgements
from oncotext.evaluation.terminal import columned, titled


def tables(agreement: Agreement) -> RenderableType:
    """Spans per label, then codes, flags, sections and the record."""
    return Group(_headline(agreement), _spans(agreement), _others(agreement))


def _headline(agreement: Agreement) -> Text:
    text = Text(f"{agreement.reports} reports annotated by both", style="bold")
    for name, ids in (("first", agreement.only_first), ("second", agreement.only_second)):
        if ids:
            text.append(f", {len(ids)} by the {name} only", style="red")
    return text


def _spans(agreement: Agreement) -> RenderableType:
    table = columned(("", "first", "second", "strict F1", "overlap F1", "kappa (words)"))
    for label, strict in agreement.strict.items():
        table.add_row(
            label,
            str(strict.gold),
            str(strict.tp + strict.fp),
            f"{strict.f1:.3f}",
            f"{agreement.overlap[label].f1:.3f}",
            _number(agreement.tokens[label].kappa),
        )
    table.add_row("all", "", "", "", "", _number(agreement.tokens["all"].kappa))
    return titled("Spans", table)


def _others(agreement: Agreement) -> RenderableType:
    table = columned(("", "n", "the same", "kappa"))
    judged: dict[str, Judgements] = {
        **{f"code of {label}": codes for label, codes in sorted(agreement.codes.items())},
        **agreement.flags,
        "section of a line": agreement.sections,
    }
    for name, judgements in judged.items():
        table.add_row(
            name, str(judgements.n), _number(judgements.observed), _number(judgements.kappa)
        )
    if any(agreement.record):
        table.add_row("record facts (F1)", str(agreement.record.gold), _number(agreement.record.f1))
    return titled("Where both marked it", table)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
