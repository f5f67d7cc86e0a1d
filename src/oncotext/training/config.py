"""What to train on what: the file that ``oncotext train`` reads."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from oncotext.errors import InputError
from oncotext.training.corpus_config import CorpusConfig
from oncotext.training.mentions_config import (
    EncoderMentionsConfig,
    MentionsConfig,
    SpacyMentionsConfig,
    SpancatMentionsConfig,
)
from oncotext.training.pretraining_config import PretrainingConfig


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


class AssertionConfig(BaseModel):
    """The whole of a run of ``task = "assertion"``."""

    model_config = ConfigDict(extra="forbid")

    task: Literal["assertion"] = "assertion"
    train: CorpusConfig
    dev: CorpusConfig | None = None
    """Measured with the rules alone and with the model, never trained on."""
    output: Path
    strength: float = Field(default=0.3, gt=0)
    """Inverse of regularisation."""
    threshold: float | None = Field(default=None, ge=0.5, le=1)
    """How probable the contrary must be to overrule the rules; chosen for each flag by default."""
    base: str = "fr_onco_rules"
    seed: int = 1


AnyConfig = (
    TrainingConfig
    | SpacyMentionsConfig
    | SpancatMentionsConfig
    | EncoderMentionsConfig
    | AssertionConfig
    | PretrainingConfig
)

_TASKS: dict[str, type[AnyConfig]] = {
    "linking": TrainingConfig,
    "assertion": AssertionConfig,
    "pretraining": PretrainingConfig,
}
_BACKENDS: dict[str, type[AnyConfig]] = {
    "spacy": SpacyMentionsConfig,
    "spancat": SpancatMentionsConfig,
    "transformers": EncoderMentionsConfig,
}


def read_config(path: str | Path) -> AnyConfig:
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
        config = _kind(values).model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"{key}: {first['msg']}.",
            where=str(path),
            remedy="docs/training.md lists the keys.",
        ) from None
    _place(config, path.parent)
    return config


def _kind(values: Mapping[str, Any]) -> type[AnyConfig]:
    """The configuration of a task and backend; an unknown one is told by validation."""
    if values.get("task") == "mentions":
        return _BACKENDS.get(str(values.get("backend", "spacy")), SpacyMentionsConfig)
    return _TASKS.get(str(values.get("task")), TrainingConfig)


def _place(config: AnyConfig, folder: Path) -> None:
    """Make the paths of a configuration relative to its file."""
    config.output = folder / config.output
    if isinstance(config, PretrainingConfig):
        config.texts = [folder / text for text in config.texts]
        if config.model.checkpoint is not None:
            config.model.checkpoint = folder / config.model.checkpoint
        return
    if isinstance(config, EncoderMentionsConfig):
        config.model.checkpoint = folder / config.model.checkpoint
    if isinstance(config, MentionsConfig) and (folder / config.base).is_dir():
        config.base = str(folder / config.base)
    for corpus in filter(None, (config.train, config.dev)):
        corpus.path = folder / corpus.path
