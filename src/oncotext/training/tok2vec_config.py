"""Hyperparameters of the spaCy backend's training."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Tok2VecTraining(BaseModel):
    """``[training]`` of the spaCy backend."""

    model_config = ConfigDict(extra="forbid")

    epochs: int = Field(default=12, ge=1)
    patience: int = Field(default=4, ge=1)
    """Epochs without a better dev figure after which training ends."""
    keep: Literal["best", "last"] = "best"
    """Which epoch: the best on dev, or the last whatever dev says, which then only measures."""
    batch_words: int = Field(default=1000, ge=1)
    """Words that are learned from at once."""
    learning_rate: float = Field(default=0.002, gt=0)
    """At its height: it rises over the first twentieth of the steps and falls to 0."""
    dropout: float = Field(default=0.2, ge=0, lt=1)
    word_dropout: float = Field(default=0.1, ge=0, lt=1)
    """How often a feature of a word is hidden, so that the others learn to do without."""
    class_weights: dict[str, float] = Field(default_factory=dict)
    """How much a wrong tag of a label counts; 1 where none is given."""
