"""The annotated reports that are shipped with the package."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from oncotext.errors import InputError

SAMPLES = ("A-01", "A-03", "B-02")


def sample_paths() -> list[Path]:
    """The ``.gold`` files of the samples; in a source checkout those of its corpus."""
    package = Path(str(files("oncotext")))
    for folder in (package / "samples", package.parents[1] / "corpora" / "oncotext-gold"):
        paths = [folder / f"{name}.gold" for name in SAMPLES]
        if all(path.exists() for path in paths):
            return paths
    raise InputError("The samples are not installed.", remedy="Install oncotext anew.")
