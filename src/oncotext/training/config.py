"""What to train on what: the file that ``oncotext train`` reads."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from oncotext.errors import InputError


class CorpusConfig(BaseModel):
    """A corpus, in any format that `load_corpus` reads."""

    model_config = ConfigDict(extra="forbid")

    path: Path
    """A file or folder; relative to the configuration file."""
    format: str | None = None
    splits: list[str] = Field(default_factory=list)
    """Official splits of a known corpus, or sub-folders; all where none is named."""


class TrainingConfig(BaseModel):
    """The whole of a run."""

    model_config = ConfigDict(extra="forbid")

    task: Literal["linking"]
    labels: list[str] = Field(default_factory=lambda: ["MORPHOLOGY", "TOPOGRAPHY"])
    train: CorpusConfig
    dev: CorpusConfig | None = None
    """Measured before and after, never trained on."""
    output: Path
    """The folder of the new pipeline; relative to the configuration file."""
    threshold: float = Field(default=0.5, ge=0, le=1)
    """The least score of a learned code that replaces the lexicon's."""
    base: str = "fr_onco_rules"
    """The pipeline that gets the linker: a name or folder."""


def read_config(path: str | Path) -> TrainingConfig:
    """Read a TOML file; paths in it are relative to it.

    Raises
    ------
    InputError
        It cannot be read, or a key is unknown, missing or wrong.
    """
    path = Path(path)
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"Cannot be read: {type(error).__name__}.", where=str(path)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"No TOML: {error}.", where=str(path)) from None
    try:
        config = TrainingConfig.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"{key}: {first['msg']}.",
            where=str(path),
            remedy="docs/training.md lists the keys.",
        ) from None
    folder = path.parent
    for corpus in filter(None, (config.train, config.dev)):
        corpus.path = folder / corpus.path
    config.output = folder / config.output
    return config
