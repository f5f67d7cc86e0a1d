"""A pipeline that needs no lexicon, and the command line run in-process or as a process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from oncotext.language.tokenizer import OncoFrench

COMMAND = (sys.executable, "-c", "from oncotext.cli import main; main()")
Run = Callable[..., Result]
Process = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved pipeline that finds sentences only."""
    nlp = OncoFrench(meta={"name": "sentences"})
    nlp.add_pipe("oncotext.sentences")
    path = tmp_path_factory.mktemp("pipeline")
    nlp.to_disk(path)
    return path


@pytest.fixture
def run() -> Run:
    """Run a command in this process."""

    def invoke(*arguments: object, stdin: bytes | str | None = None) -> Result:
        from oncotext.cli import app

        return CliRunner().invoke(app, list(map(str, arguments)), input=stdin)

    return invoke


@pytest.fixture
def process() -> Process:
    """Run a command in a process of its own."""

    def call(*arguments: object, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        command = [*COMMAND, *map(str, arguments)]
        return subprocess.run(command, input=stdin, capture_output=True, timeout=120, check=False)

    return call
