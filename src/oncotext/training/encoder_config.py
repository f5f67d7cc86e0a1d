"""Hyperparameters of the transformers backend, read without importing its libraries."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class EncoderModel(BaseModel):
    """``[model]``: which encoder, and how texts are cut for it."""

    model_config = ConfigDict(extra="forbid")

    checkpoint: Path
    """A folder with the encoder and its tokenizer."""


class EncoderTraining(BaseModel):
    """``[training]``: how it is trained."""

    model_config = ConfigDict(extra="forbid")

    epochs: int = Field(default=10, ge=1)
    patience: int = Field(default=3, ge=1)
