"""A saved pipeline as a package that pip installs."""

from __future__ import annotations

from pathlib import Path

from oncotext.errors import UsageError


def write_package(pipeline: Path) -> Path:
    """Write the package of a saved pipeline beside its folder.

    Parameters
    ----------
    pipeline : Path
        A folder that `oncotext train` has written.

    Returns
    -------
    Path
        The source archive: ``pip install --no-deps ARCHIVE``, then
        ``oncotext.load("onco_fr_...")``.

    Raises
    ------
    UsageError
        The folder holds no pipeline.
    """
    if not (pipeline / "meta.json").exists():
        raise UsageError(
            "No saved pipeline.", where=str(pipeline), remedy="Train one: oncotext train"
        )
    from spacy.cli.package import package
    from wasabi import msg

    target = pipeline.with_name(f"{pipeline.name}-package")
    target.mkdir(exist_ok=True)
    before, msg.no_print = msg.no_print, True
    try:
        package(pipeline, target, create_sdist=True, silent=True, force=True)
    finally:
        msg.no_print = before
    return max(target.glob("*/dist/*.tar.gz"), key=lambda file: file.stat().st_mtime)
