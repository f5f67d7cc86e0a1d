"""Annotated reports in a terminal: one whole, or the records of many as a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from oncotext.export.wording import Fact, record_facts, tumor_facts, word
from oncotext.report import FLAGS, AnnotatedReport, Mention, Section

LABEL_STYLES = {
    "MORPHOLOGY": "bold magenta",
    "TOPOGRAPHY": "cyan",
    "TNM": "bold blue",
    "STAGE": "blue",
    "GRADE": "yellow",
    "TOXICITY": "red",
    "PERFORMANCE_STATUS": "bright_blue",
    "BIOMARKER": "green",
    "DRUG": "bright_green",
    "RESPONSE": "bright_magenta",
    "SIZE": "bright_cyan",
}
FLAG_STYLES = {
    "negated": "strike",
    "hypothetical": "italic underline",
    "historical": "dim",
    "family": "dim italic",
}
# A report is not trusted: escape sequences would reach the terminal.
_CONTROLS = dict.fromkeys([*range(9), 11, 12, *range(14, 32), *range(127, 160)], "\ufffd") | {
    13: " "
}


@dataclass(frozen=True, slots=True)
class _Layout:
    """Columns of the table of records: their titles, shares of the width, and facts."""

    titles: tuple[str, ...]
    shares: tuple[int, ...]
    facts: tuple[tuple[str, ...], ...]


_WIDE = _Layout(
    (
        "Tumeur",
        "Site",
        "TNM, stade, grade",
        "Marqueurs",
        "Patient, toxicités",
        "Traitements, réponse",
    ),
    (24, 22, 20, 20, 20, 20),
    (
        ("Tumeur", "Événement", "Alerte"),
        ("Site", "Métastases"),
        ("TNM", "Stade", "Grade", "Taille", "Déduit"),
        ("Marqueurs",),
        ("État général", "Toxicités", "Toxicités déduites", "Famille"),
        ("Traitements", "Réponse"),
    ),
)
_NARROW = _Layout(
    ("Tumeur, site", "TNM, stade, grade, marqueurs", "Patient, traitement"),
    (30, 26, 28),
    (
        ("Tumeur", "Événement", "Site", "Métastases", "Alerte"),
        ("TNM", "Stade", "Grade", "Taille", "Déduit", "Marqueurs"),
        ("État général", "Toxicités", "Toxicités déduites", "Traitements", "Réponse", "Famille"),
    ),
)
_WIDE_FROM = 140
_ID_WIDTH = 15  # "hospitalisation"
_PLAIN = ("Tumeur", "Site", "TNM", "Stade", "Grade", "Taille", "État général", "Réponse")
"""Facts that say themselves what they are about."""


def records_table(reports: Iterable[AnnotatedReport]) -> RenderableType:
    """The records of many reports, a row for each tumour.

    Parameters
    ----------
    reports : iterable of AnnotatedReport

    Returns
    -------
    rich renderable
        From 140 columns on each kind of fact has a column of its own; on narrower terminals
        some share one.
    """
    return _RecordsTable(list(reports))


@dataclass(frozen=True, slots=True)
class _RecordsTable:
    reports: list[AnnotatedReport]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        layout = _WIDE if options.max_width >= _WIDE_FROM else _NARROW
        table = Table(box=box.HORIZONTALS, expand=True, pad_edge=False, header_style="bold")
        table.add_column("Compte rendu", width=_ID_WIDTH, overflow="fold")
        for title, share in zip(layout.titles, layout.shares, strict=True):
            table.add_column(title, ratio=share, overflow="fold")
        for report in self.reports:
            for row in _rows(report, layout):
                table.add_row(*row)
            table.add_section()
        yield table


def _rows(report: AnnotatedReport, layout: _Layout) -> list[list[RenderableType]]:
    rest = [Text()] * (len(layout.facts) - 1)
    if report.error:
        failure = Text(f"échec : {_safe(report.error.message)}", style="red")
        return [[_title(report), failure, *rest]]
    facts = record_facts(report.record)
    rows: list[list[RenderableType]] = []
    many = len(report.record.tumors) > 1
    for number, tumor in enumerate(report.record.tumors or [None], 1):
        facts += tumor_facts(tumor) if tumor else []
        cells = [_cell(facts, wanted) for wanted in layout.facts]
        if many:
            cells[0] = Text(f"{number}. ") + cells[0]
        rows.append([_title(report) if number == 1 else Text(), *cells])
        facts = []
    return rows


def _title(report: AnnotatedReport) -> Text:
    title = Text(_safe(report.id), style="bold")
    if report.record.report_type:
        title.append("\n" + word("report_type", report.record.report_type), style="not bold dim")
    return title


def _cell(facts: Sequence[Fact], wanted: Sequence[str]) -> Text:
    """The facts of a cell, one below the other, in the order of the layout."""
    by_name = dict(facts)
    cell = Text()
    for name in wanted:
        if name not in by_name:
            continue
        if cell:
            cell.append("\n")
        if name not in _PLAIN and len(wanted) > 1:
            cell.append(f"{name} : ", style="dim")
        cell.append(_safe(by_name[name]), style=_FACT_STYLES.get(name, ""))
    return cell


_FACT_STYLES = {"Tumeur": "bold", "TNM": "bold", "Alerte": "red", "Déduit": "italic"}


def report_panel(report: AnnotatedReport) -> RenderableType:
    """A report's record, then its text with sections as headings and mentions in colour.

    Parameters
    ----------
    report : AnnotatedReport

    Returns
    -------
    rich renderable
    """
    kind = report.record.report_type
    title = _safe(report.id) + (f" · {word('report_type', kind)}" if kind else "")
    parts: list[RenderableType] = []
    if report.error:
        failure = f"[{report.error.code}] {report.error.message}"
        parts.append(Text(_safe(failure), style="red"))
    parts.append(_record(report))
    parts += _text(report)
    if report.mentions:
        parts += [Rule(style="dim"), _legend(report.mentions)]
    return Panel(Group(*parts), title=Text(title, style="bold"), title_align="left")


def _record(report: AnnotatedReport) -> RenderableType:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    many = len(report.record.tumors) > 1
    for number, tumor in enumerate(report.record.tumors, 1):
        for name, value in tumor_facts(tumor):
            shown = f"{name} {number}" if many and name == "Tumeur" else name
            table.add_row(shown, Text(_safe(value), style=_FACT_STYLES.get(name, "")))
        table.add_row()
    for name, value in record_facts(report.record):
        table.add_row(name, Text(_safe(value)))
    return table


def _text(report: AnnotatedReport) -> list[RenderableType]:
    text = Text(report.text.translate(_CONTROLS))
    for mention in report.mentions:
        for start, end in mention.fragments or [(mention.start, mention.end)]:
            text.stylize(_style(mention), start, end)
    sections: Sequence[Section | None] = report.sections or [None]
    parts: list[RenderableType] = []
    for section in sections:
        part = text[section.start : section.end] if section else text
        part.rstrip()
        if section:
            parts.append(_heading(section))
        parts.append(part)
    return parts


def _heading(section: Section) -> Rule:
    name = Text(word("section", section.label), style="bold")
    return Rule(name, align="left", style="dim")


def _style(mention: Mention) -> str:
    flags = [FLAG_STYLES[flag] for flag in FLAGS if getattr(mention, flag)]
    return " ".join([LABEL_STYLES.get(mention.label, "bold"), *flags])


def _legend(mentions: Sequence[Mention]) -> Text:
    """The colours and flags that occur."""
    labels = {mention.label for mention in mentions}
    entries = [
        (word("label", label), style) for label, style in LABEL_STYLES.items() if label in labels
    ]
    entries += [
        (word("flag", flag), FLAG_STYLES[flag])
        for flag in FLAGS
        if any(getattr(mention, flag) for mention in mentions)
    ]
    return Text("  ").join(Text(name, style=style) for name, style in entries)


def _safe(text: str) -> str:
    return text.translate(_CONTROLS)
