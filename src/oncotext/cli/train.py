"""``oncotext train``: a better pipeline from local annotations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def train(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="A TOML file: docs/training.md")],
    package: Annotated[
        bool, typer.Option("--package", help="Write a wheel of the pipeline too, beside it.")
    ] = False,
) -> None:
    """Train on annotated reports and save a pipeline.

    Nothing leaves the machine. Exit codes: 0 done, 2 wrong configuration or unreadable corpus.
    """
    from oncotext.training import train as run

    def tell(line: str) -> None:
        typer.echo(line, err=True)

    output = run(config, tell=tell)
    if package:
        from oncotext.training.packaging import write_package

        tell(f"Package: {write_package(output)}")
