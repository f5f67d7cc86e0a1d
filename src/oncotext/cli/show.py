"""``oncotext show``: one annotated report to look at."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from oncotext.errors import InputError, UnknownNameError, UsageError
from oncotext.pipelines import DEFAULT

if TYPE_CHECKING:
    from oncotext.report import AnnotatedReport

_ANNOTATED = (".jsonl", ".ndjson")
_MOST_IDS_COMPARED = 5_000
_TABLES = (".csv", ".tsv", ".parquet")


def show(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            show_default=False,
            help="Annotated reports (.jsonl, .gold), or a text file, which is annotated.",
        ),
    ],
    id: Annotated[
        str | None,
        typer.Argument(metavar="ID", show_default=False, help="The report, where there are many."),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="OUT", help="Write an HTML page instead.")
    ] = None,
    pipeline: Annotated[
        str, typer.Option(help="For a text file: a shipped pipeline, a model or a folder.")
    ] = DEFAULT,
    encoding: Annotated[
        str | None,
        typer.Option(show_default="utf-8, else cp1252", help="The encoding of a text file."),
    ] = None,
) -> None:
    """Show an annotated report: its record, and its text with mentions in colour.

    Of a file of many reports, without ID, the records are shown as a table; in HTML all
    reports are written.
    """
    reports = _reports(file, pipeline, encoding)
    if id is not None:
        reports = iter([_find(reports, id)])
    if html is not None:
        _write_html(reports, html, title=id or file.stem)
        return
    from rich.console import Console

    from oncotext.export import records_table, report_panel

    console = Console()
    first = list(itertools.islice(reports, 2))
    if len(first) == 1:
        console.print(report_panel(first[0]))
        return
    console.print(records_table(itertools.chain(first, reports)))
    typer.echo(f"One report whole: oncotext show {file} ID", err=True)


def _reports(file: Path, pipeline: str, encoding: str | None) -> Iterator[AnnotatedReport]:
    """The reports of a file; at least one."""
    suffix = file.suffix.lower()
    if suffix in _TABLES or file.is_dir():
        remedy = f"First: oncotext extract {file} -o OUT.jsonl"
        raise UsageError("Not a file of annotated reports.", where=str(file), remedy=remedy)
    if not file.exists():
        raise InputError("No such file.", where=str(file), remedy="Check the path.")
    if suffix == ".gold":
        from oncotext.corpora import read_gold

        return iter([read_gold(file)])
    if suffix in _ANNOTATED:
        return _annotated(file)
    return iter([_annotate(file, pipeline, encoding)])


def _annotated(file: Path) -> Iterator[AnnotatedReport]:
    from oncotext.report import read_jsonl

    reports = read_jsonl(file)
    try:
        first = next(reports, None)
    except UnicodeDecodeError:
        raise InputError("Not valid UTF-8.", where=str(file)) from None
    if first is None:
        raise InputError("The file holds no report.", where=str(file))
    return itertools.chain([first], reports)


def _annotate(file: Path, pipeline: str, encoding: str | None) -> AnnotatedReport:
    from oncotext.extraction import extract
    from oncotext.report import AnnotatedReport
    from oncotext.scale.inputs import Decoder, Options, read_inputs

    decoder = Decoder(encoding, warn=lambda what: typer.echo(f"warning: {what}", err=True))
    (row,) = read_inputs([file], Options(decoder=decoder))
    if isinstance(row, AnnotatedReport):
        assert row.error is not None
        raise InputError(row.error.message)
    id, text = row
    return extract(text, id, pipeline=pipeline)


def _find(reports: Iterator[AnnotatedReport], id: str) -> AnnotatedReport:
    ids = []
    for report in reports:
        if report.id == id:
            return report
        ids.append(report.id)
    raise UnknownNameError("report", id, ids[:_MOST_IDS_COMPARED])


def _write_html(reports: Iterator[AnnotatedReport], target: Path, *, title: str) -> None:
    from oncotext.export.html import page_parts

    if target.is_dir() or not target.absolute().parent.is_dir():
        remedy = "Name a file in a folder that exists."
        raise UsageError("Cannot be written.", where=str(target), remedy=remedy)
    with open(target, "w", encoding="utf-8", errors="xmlcharrefreplace") as page:
        page.writelines(page_parts(reports, title=title))
    typer.echo(f"Written: {target}", err=True)
