"""The command line: ``oncotext extract``, ``convert``, ``show``, ``evaluate``,
``train``, ``info``.

One module a command, each thin; what is heavy is imported when a command runs. Errors are
one line on stderr and exit code 2, never a traceback: it could show text of a report.
"""

from __future__ import annotations

import os
import sys
import traceback
from typing import Any

import typer
from typer.core import TyperGroup

from oncotext.cli.convert import convert
from oncotext.cli.evaluate import evaluate
from oncotext.cli.extract import extract
from oncotext.cli.info import info
from oncotext.cli.show import show
from oncotext.cli.train import train
from oncotext.errors import OncotextError

_INTERRUPTED = 130
_DEBUG = "ONCOTEXT_DEBUG"


class _Commands(TyperGroup):
    """Commands whose errors are told in one line."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except OncotextError as error:
            _tell(str(error))
        except KeyboardInterrupt:
            _tell("Interrupted. What is written can be gone on with: extract --resume")
            raise typer.Exit(_INTERRUPTED) from None
        except BrokenPipeError:  # the reader, `head` perhaps, has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(1) from None
        except OSError as error:
            _tell(f"{error.filename or 'Output'}: {error.strerror or type(error).__name__}.")
        except (typer.Exit, typer.Abort):
            raise
        except Exception as error:
            if _is_usage(error):
                raise
            _tell(_unexpected(error))
        raise typer.Exit(2)


def _is_usage(error: Exception) -> bool:
    """Whether the command line framework will tell it itself: a wrong option, for example."""
    return any(kind.__name__ == "ClickException" for kind in type(error).__mro__)


def _unexpected(error: Exception) -> str:
    # The message itself may quote a report.
    if os.environ.get(_DEBUG):
        traceback.print_exception(error)
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{frame.filename}, line {frame.lineno}"
    return f"Unexpected {type(error).__name__} in {place}. {_DEBUG}=1 shows where from."


def _tell(message: str) -> None:
    typer.echo(f"oncotext: {message}", err=True)


app = typer.Typer(
    name="oncotext",
    cls=_Commands,
    help="French oncology reports to structured records.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(extract)
app.command()(convert)
app.command()(show)
app.command()(evaluate)
app.command()(train)
app.command()(info)


def _version(wanted: bool) -> None:
    if wanted:
        from oncotext import __version__

        typer.echo(f"oncotext {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Show the version and exit."
    ),
) -> None:
    pass


def main() -> None:
    """Entry point of the ``oncotext`` command."""
    app()
