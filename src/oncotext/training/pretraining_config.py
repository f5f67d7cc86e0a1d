"""Hyperparameters of pretraining, read without importing its libraries."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class NewEncoder(BaseModel):
    """``[model]``: the encoder to begin with, or the sizes of a new one."""

    model_config = ConfigDict(extra="forbid")

    checkpoint: Path | None = None
    """An encoder that goes on learning; its own sizes and tokenizer hold then."""
    vocabulary: int = Field(default=8000, ge=300)
    layers: int = Field(default=4, ge=1)
    hidden: int = Field(default=256, ge=8)
    heads: int = Field(default=4, ge=1)
    window: int = Field(default=512, ge=16)
    """The most pieces that it will ever read at once."""


class PretrainingSteps(BaseModel):
    """``[training]``: how it is trained."""

    model_config = ConfigDict(extra="forbid")

    epochs: int = Field(default=3, ge=1)
    window: int = Field(default=128, ge=16)
    """Pieces that are read at once in pretraining."""
    masked: float = Field(default=0.15, gt=0, lt=1)
    """The share of pieces that are to be guessed."""
    batch_size: int = Field(default=16, ge=1)
    gradient_accumulation: int = Field(default=1, ge=1)
    learning_rate: float = Field(default=5e-4, gt=0)
    warmup: float = Field(default=0.05, ge=0, lt=1)
    weight_decay: float = Field(default=0.01, ge=0)
    mixed_precision: Literal["auto", "no", "fp16", "bf16"] = "auto"


class PretrainingConfig(BaseModel):
    """The whole of a run of ``task = "pretraining"``."""

    model_config = ConfigDict(extra="forbid")

    task: Literal["pretraining"] = "pretraining"
    texts: list[Path]
    """Text files, folders of them, or tables with a column ``text``; nobody need have
    annotated them."""
    output: Path
    """The new folder of the encoder, which ``[model] checkpoint`` of a later run names."""
    seed: int = 1
    model: NewEncoder = Field(default_factory=NewEncoder)
    training: PretrainingSteps = Field(default_factory=PretrainingSteps)
