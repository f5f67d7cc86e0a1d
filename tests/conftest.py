"""What several rooms' tests share: the pipeline, and clinical cases with the gold's marks."""

from __future__ import annotations

import atexit
import gc
import importlib.metadata
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from spacy.language import Language

ROOT = Path(__file__).parents[1]


def _show_entry_points() -> None:
    """Let a bare checkout be tested as if it were installed: spaCy finds pipes by entry points.

    Only where oncotext is not installed; written from pyproject.toml to a temporary folder that
    processes started by the tests see too.
    """
    try:
        importlib.metadata.distribution("oncotext")
        return
    except importlib.metadata.PackageNotFoundError:
        pass
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    folder = Path(tempfile.mkdtemp(prefix="oncotext-entry-points-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    info = folder / f"oncotext-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: oncotext\nVersion: {project['version']}\n", encoding="utf-8"
    )
    lines = []
    for group, points in project["entry-points"].items():
        lines.append(f"[{group}]")
        lines += [f"{name} = {target}" for name, target in points.items()]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    added = [str(ROOT / "src"), str(folder)]
    sys.path[:0] = added
    os.environ["PYTHONPATH"] = os.pathsep.join([*added, os.environ.get("PYTHONPATH", "")])


_show_entry_points()
# Examples take as long as a busy machine lets them; what counts as slow is tested by ratio.
settings.register_profile("oncotext", deadline=None)
settings.load_profile("oncotext")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that takes ``gold_case`` on each case of the ``.cases`` file beside its module.

    ``test_drug.py`` reads ``drug.cases``: texts with the gold's inline marks, a blank line
    between two of them, lines that begin with ``#`` being comments. A record may follow the
    text as in a gold source.
    """
    if "gold_case" not in metafunc.fixturenames:
        return
    from oncotext.corpora.inline import RECORD_LINE, parse_gold

    module = Path(metafunc.module.__file__)
    path = module.with_name(module.stem.removeprefix("test_") + ".cases")
    cases = []
    for line, block in _blocks(path.read_text(encoding="utf-8")):
        name = f"{path.name}:{line}"
        source = block if RECORD_LINE in block else block + RECORD_LINE + "{}"
        report = parse_gold(source, id=name, where=name)
        cases.append(pytest.param(report, id=str(line)))
    metafunc.parametrize("gold_case", cases)


def _blocks(text: str) -> Iterator[tuple[int, str]]:
    """Line number and text of each block between blank lines, without comments."""
    first, block = 0, []
    for number, line in enumerate([*text.split("\n"), ""], 1):
        if line.startswith("#"):
            continue
        if line.strip():
            first = first or number
            block.append(line)
        elif block:
            yield first, "\n".join(block)
            first, block = 0, []


@pytest.fixture(scope="session")
def nlp() -> Language:
    """The default pipeline."""
    import oncotext

    return oncotext.load()


@pytest.fixture(scope="module")
def own_scanner() -> Iterator[None]:
    """Matchers made by a module's tests do not share one automaton with the whole lexicon,
    which would be compiled anew for each of them."""
    from oncotext.matching import automaton

    shared, automaton._scanner = automaton._scanner, automaton._Scanner()
    yield
    automaton._scanner = shared


@pytest.fixture(scope="session")
def run_python() -> Callable[[str], str]:
    """Run a script in a fresh interpreter; gives what it printed, fails with what it said."""

    def run(script: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
            timeout=120,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout.strip()

    return run


_TIMED = ("time", "linear", "quick", "monotonous", "million", "draws")


@pytest.fixture(autouse=True)
def no_collector(request: pytest.FixtureRequest) -> Iterator[None]:
    """Where time is measured Python's garbage collector rests: it walks the objects of all tests
    so far, which is no work of ours."""
    timed = any(word in request.node.name for word in _TIMED)
    if timed:
        gc.collect()
        gc.disable()
    yield
    if timed:
        gc.enable()
