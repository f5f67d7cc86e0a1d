"""``oncotext train``: a better pipeline from local annotations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def train(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="A TOML file: docs/training.md")],
) -> None:
    """Train on annotated reports and save a pipeline.

    Nothing leaves the machine. Exit codes: 0 done, 2 wrong configuration or unreadable corpus.
    """
    from oncotext.training import train as run

    run(config, tell=lambda line: typer.echo(line, err=True))
