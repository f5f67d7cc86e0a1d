"""``oncotext info``: what is installed."""

from __future__ import annotations

import json
import platform
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import typer

_PACKAGES = ("spacy", "thinc", "numpy", "pydantic", "medspacy", "scispacy", "torch", "pyarrow")


def info(
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of an annotated report.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Show versions, pipelines, code systems and lexicons with their sizes."""
    if schema:
        from oncotext.report import json_schema

        typer.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))
        return
    facts = _facts()
    if as_json:
        typer.echo(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    for title, entries in facts.items():
        typer.echo(title)
        width = max(map(len, entries), default=0)
        for name, value in entries.items():
            typer.echo(f"  {name:<{width}}  {value}".rstrip())


def _facts() -> dict[str, dict[str, Any]]:
    return {
        "Versions": _versions(),
        "Pipelines": _pipelines(),
        "Code systems": _code_systems(),
        "Lexicons (entries)": _lexicons(),
    }


def _versions() -> dict[str, str]:
    from oncotext import __version__

    found = {"oncotext": __version__, "python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def _pipelines() -> dict[str, str]:
    from oncotext.pipelines import PIPELINES, installed_models

    shipped = {name: f"shipped, {len(pipes)} pipes" for name, pipes in PIPELINES.items()}
    return shipped | dict.fromkeys(installed_models(), "installed model")


def _code_systems() -> dict[str, str]:
    from oncotext.lexicon import lexicon_checksum, load_concepts
    from oncotext.linking import SYSTEMS

    sizes = {}
    for system, lexicon in SYSTEMS.items():
        concepts = load_concepts(lexicon)
        codes = len({concept.code for concept in concepts})
        terms = sum(1 + len(concept.variants) for concept in concepts)
        sizes[system] = f"{codes:,} codes, {terms:,} French terms"
    return sizes | {"lexicon checksum": lexicon_checksum()}


def _lexicons() -> dict[str, int]:
    """Lines of the lexicon files, without header and comments."""
    folder = Path(str(files("oncotext.lexicon")))
    sizes = {}
    for path in sorted(folder.glob("*.tsv")):
        lines = path.read_text(encoding="utf-8").splitlines()
        sizes[path.stem] = sum(bool(x.strip()) and not x.startswith("#") for x in lines) - 1
    return sizes
