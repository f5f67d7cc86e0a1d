"""``oncotext convert``: from one annotation format to another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_MOST_PROBLEMS_TOLD = 10


def convert(
    source: Annotated[Path, typer.Argument(metavar="IN", help="A corpus: a file or a folder.")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="A file or a new folder.")],
    from_: Annotated[
        str | None,
        typer.Option("--from", metavar="FORMAT", help="By default it is recognised."),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="FORMAT",
            help="jsonl, gold, brat, doccano, label-studio, xmi, docbin, datasets, conll; "
            "by default what OUT's suffix says.",
        ),
    ] = None,
    split: Annotated[
        str | None, typer.Option(help="Only this split of a known corpus, or sub-folder.")
    ] = None,
) -> None:
    """Convert between annotation formats.

    What the new format cannot carry is told, and so is what cannot be read; the rest is
    converted. Exit codes: 0 all done, 1 some could not be read or written, 2 wrong usage.
    """
    from oncotext.corpora.formats import format_for, format_named
    from oncotext.corpora.loading import load_corpus
    from oncotext.errors import UsageError
    from oncotext.scale.outputs import same_file

    chosen = format_named(to) if to else format_for(target)
    if same_file(target, source):
        raise UsageError("Input and output are one.", where=str(target))
    if not target.absolute().parent.is_dir() or (chosen.suffixes and target.is_dir()):
        remedy = "Name a file or new folder in a folder that exists."
        raise UsageError("Cannot be written.", where=str(target), remedy=remedy)
    corpus = load_corpus(source, split=split, format=from_)
    reports = [*corpus.reports, *corpus.unannotated]
    losses = chosen.loses(reports)
    problems = [*corpus.problems, *chosen.write(reports, target)]
    for problem in problems[:_MOST_PROBLEMS_TOLD]:
        _tell(f"problem: {problem}")
    if len(problems) > _MOST_PROBLEMS_TOLD:
        _tell(f"problem: {len(problems) - _MOST_PROBLEMS_TOLD} more")
    if losses:
        _tell(f"warning: {chosen.title} cannot carry: {_listed(losses)}.")
    _tell(_summary(len(reports), len(corpus.unannotated), len(problems)))
    raise typer.Exit(1 if problems else 0)


def _listed(losses: dict[str, int]) -> str:
    from oncotext.corpora.carrying import CARGO

    return "; ".join(f"{CARGO[kind]} ({count} reports)" for kind, count in losses.items())


def _summary(reports: int, unannotated: int, problems: int) -> str:
    bare = f", {unannotated} without annotation" if unannotated else ""
    many = {1: "1 report"}.get(reports, f"{reports} reports")
    faults = {1: "1 problem"}.get(problems, f"{problems} problems")
    return f"{many}{bare}, {faults}"


def _tell(message: str) -> None:
    typer.echo(message, err=True)
