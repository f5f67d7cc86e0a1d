"""``oncotext extract``: reports in, records out."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from oncotext.errors import UsageError
from oncotext.extraction import MAX_CHARS
from oncotext.pipelines import DEFAULT

if TYPE_CHECKING:
    from rich.console import Console

    from oncotext.report import AnnotatedReport
    from oncotext.scale.inputs import Inputs, Row
    from oncotext.scale.outputs import Format, Prepared, Writer
    from oncotext.scale.resume import Done

_MOST_FAILURES_TOLD = 10
_SECONDS_BETWEEN_REFRESHES = 0.1


def extract(
    inputs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="INPUT...",
            show_default=False,
            help="Text files, folders of .txt, .csv, .tsv, .jsonl or .parquet tables with an id "
            "and a text column, or - for standard input.",
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar="OUT", help="Where to write; without it a table is shown."
        ),
    ] = None,
    pipeline: Annotated[
        str, typer.Option(help="A shipped pipeline, an installed model or a folder.")
    ] = DEFAULT,
    jobs: Annotated[int, typer.Option(min=1, help="Number of processes.")] = 1,
    format: Annotated[
        str | None,
        typer.Option(metavar="jsonl|csv|parquet", help="By default what OUT's suffix says."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted OUT.jsonl.")
    ] = False,
    sample: Annotated[
        bool, typer.Option("--sample", help="Read the samples shipped with oncotext.")
    ] = False,
    id_column: Annotated[str, typer.Option(help="The tables' column of ids.")] = "id",
    text_column: Annotated[str, typer.Option(help="The tables' column of texts.")] = "text",
    encoding: Annotated[
        str | None,
        typer.Option(show_default="utf-8, else cp1252", help="The encoding of the inputs."),
    ] = None,
    max_chars: Annotated[
        int, typer.Option(min=1, help="Longer reports are not processed.")
    ] = MAX_CHARS,
    batch_size: Annotated[
        int | None,
        typer.Option(min=1, show_default="32", help="Reports that are processed together."),
    ] = None,
) -> None:
    """Annotate reports and write their records.

    JSON Lines hold everything; csv and parquet have one row a tumour. A report that cannot be
    processed gets a line with its error. Exit codes: 0 all done, 1 some reports failed, 2
    wrong usage or unreadable input.
    """
    from rich.console import Console

    from oncotext.pipelines import resolve
    from oncotext.scale.many import BATCH_SIZE, finish_many
    from oncotext.scale.outputs import format_of
    from oncotext.scale.resume import Done

    run = _Run(Console(stderr=True, highlight=False, soft_wrap=True, markup=False))
    if sample:
        from oncotext.corpora import sample_paths

        inputs = [*map(str, sample_paths()), *(inputs or [])]
    if not inputs:
        raise UsageError("No input.", remedy="Name files or folders, - or --sample.")
    target = Path(output) if output not in (None, "-") else None
    kind = format_of(target, format)
    _check_output(target, inputs, kind, resume)
    source = run.open(inputs, id_column, text_column, encoding, max_chars)
    resolve(pipeline)  # an unknown one is told before anything is written
    done = Done(target) if resume and target else None
    shown = output is None and format is None and sys.stdout.isatty()
    with _writer(target, kind, append=done is not None, shown=shown) as writer:
        reports = finish_many(
            _without(source, done),
            writer.prepare,
            jobs=jobs,
            pipeline=pipeline,
            max_chars=max_chars,
            batch_size=batch_size or BATCH_SIZE,
        )
        run.write(reports, writer, source.total, done)
    run.tell_summary(done, target)
    raise typer.Exit(run.exit_code)


@dataclass(slots=True)
class _Run:
    """What is told on stderr while reports are processed."""

    console: Console
    reports: int = 0
    failed: int = 0
    failures: list[str] = field(default_factory=list)
    exit_code: int = 0

    def open(
        self,
        inputs: list[str],
        id_column: str,
        text_column: str,
        encoding: str | None,
        max_chars: int,
    ) -> Inputs:
        from oncotext.scale.inputs import Decoder, Options, read_inputs

        decoder = Decoder(encoding, warn=lambda what: self.console.print(f"warning: {what}"))
        return read_inputs(inputs, Options(id_column, text_column, decoder, max_chars))

    def write(
        self,
        reports: Iterator[Prepared],
        writer: Writer,
        total: int | None,
        done: Done | None,
    ) -> None:
        with _progress(self.console) as progress:
            left = None if total is None else max(total - (done.reports if done else 0), 0)
            task = progress.add_task("reports", total=left)
            last = 0.0
            for report in reports:
                writer.write(report)
                self._count(report)
                now = time.monotonic()
                refresh = now - last > _SECONDS_BETWEEN_REFRESHES
                progress.update(task, advance=1, refresh=refresh and not progress.disable)
                last = now if refresh else last

    def _count(self, report: Prepared) -> None:
        self.reports += 1
        if report.failure:
            self.failed += 1
            if self.failed <= _MOST_FAILURES_TOLD:
                code, message = report.failure
                self.failures.append(f"{report.id}: [{code}] {message}")

    def tell_summary(self, done: Done | None, target: Path | None) -> None:
        reports = self.reports + (done.reports if done else 0)
        failed = self.failed + (done.failed if done else 0)
        for failure in self.failures:
            self.console.print(f"failed: {failure}")
        if self.failed > _MOST_FAILURES_TOLD:
            where = f"; see `error` in {target}" if target else ""
            self.console.print(f"failed: {self.failed - _MOST_FAILURES_TOLD} more{where}")
        before = f" ({done.reports} done before)" if done else ""
        self.console.print(f"{reports} reports, {failed} failed{before}")
        self.exit_code = 1 if failed else 0


def _progress(console: Console) -> Any:
    """A progress bar, on a terminal only; without a thread, since workers are forked."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        auto_refresh=False,
        transient=True,
        disable=not console.is_terminal,
    )


def _check_output(target: Path | None, inputs: list[str], kind: Format, resume: bool) -> None:
    from oncotext.scale.outputs import same_file

    if resume and (target is None or kind != "jsonl"):
        raise UsageError("--resume needs an output in JSON Lines.", remedy="Give -o OUT.jsonl.")
    if target is None:
        if kind == "parquet":
            remedy = "Give -o OUT.parquet."
            raise UsageError("Parquet cannot be written to a terminal or pipe.", remedy=remedy)
        return
    if target.is_dir() or not target.absolute().parent.is_dir():
        remedy = "Name a file in a folder that exists."
        raise UsageError("Cannot be written.", where=str(target), remedy=remedy)
    if any(same_file(target, Path(name)) for name in inputs):
        raise UsageError("Input and output are one file.", where=str(target))


def _without(source: Inputs, done: Done | None) -> Iterator[Row]:
    """The reports that an interrupted run has left to do."""
    from oncotext.report import AnnotatedReport

    for row in source:
        id = row.id if isinstance(row, AnnotatedReport) else row[0]
        if done is None or not done.skip(id):
            yield row


def _writer(
    target: Path | None, kind: Format, *, append: bool, shown: bool
) -> AbstractContextManager[Writer]:
    from oncotext.scale.outputs import open_writer

    if shown:
        return closing(_TableOnTerminal())
    if target is not None:
        return open_writer(target, kind, append=append)
    # data is UTF-8 whatever the terminal's code page
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")  # type: ignore[union-attr]
    return open_writer(sys.stdout, kind)


class _TableOnTerminal:
    """Shows the records as a table, at the end."""

    def __init__(self) -> None:
        self._reports: list[AnnotatedReport] = []

    @staticmethod
    def prepare(report: AnnotatedReport) -> Prepared:
        from oncotext.scale.outputs import prepare

        light = {"text": "", "sections": [], "mentions": []}
        return prepare(report, report.model_copy(update=light))

    def write(self, report: Prepared) -> None:
        self._reports.append(report.value)

    def close(self) -> None:
        from rich.console import Console

        from oncotext.export import records_table

        if self._reports:
            Console().print(records_table(self._reports))
