"""Environments of other libraries, whose requirements exclude each other and may exclude ours."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from provenance import ONE_THREAD

# The versions compared. What medSpaCy leaves unsaid stands beside it: it is built for numpy 1,
# and thinc 8.2.4 breaks it without a word from pip.
REQUIREMENTS = {
    "edsnlp": ("edsnlp==0.23.0",),
    "medspacy": ("medspacy==1.3.1", "numpy>=1.26,<2", "thinc>=8.2.5,<8.4"),
}


@contextmanager
def python_of(library: str, folder: Path | None) -> Iterator[Path]:
    """The Python of an environment that has the library; without a folder one that passes."""
    with tempfile.TemporaryDirectory(prefix=f"{library}-") as spare:
        yield _python(library, folder or Path(spare))


def _python(library: str, folder: Path) -> Path:
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        if folder.exists() and any(folder.iterdir()):
            raise SystemExit(f"{folder} is neither empty nor a virtual environment.")
        venv.EnvBuilder(with_pip=True, symlinks=os.name != "nt").create(folder)
    wanted = REQUIREMENTS[library][0].partition("==")[2]
    version = f"import importlib.metadata as m; print(m.version({library!r}))"
    has = subprocess.run([str(python), "-I", "-c", version], capture_output=True, text=True)
    if has.returncode:
        _install(python, library)
    elif has.stdout.strip() != wanted:
        raise SystemExit(f"{folder} holds {library} {has.stdout.strip()}; this compares {wanted}.")
    return python


def _install(python: Path, library: str) -> None:
    packages = REQUIREMENTS[library]
    command = [str(python), "-m", "pip", "install", "--quiet", "--retries", "1", *packages]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(
            f"Could not install {library}: {done.stderr.strip().splitlines()[-1:]}\n"
            f"Without a network, give --{library}-env a virtual environment that has it, "
            f"or leave {library} out (see --help)."
        )


def ask(python: Path, script: Path, arguments: Sequence[str], question: Any) -> Any:
    """Run a script there, in isolation: JSON on its standard input, JSON on its output."""
    done = subprocess.run(
        [str(python), "-I", str(script.resolve()), *arguments],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, **ONE_THREAD},
    )
    if done.returncode:
        last = "\n".join(done.stderr.splitlines()[-8:])
        raise SystemExit(f"{script.name} {' '.join(arguments)} failed:\n{last}")
    return json.loads(done.stdout)
