"""Hyperparameters of the trainings on a CPU."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class EpochTraining(BaseModel):
    """What the backends on thinc have in common."""

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
    class_weights: dict[str, float] = Field(default_factory=dict)
    """How much what is annotated with a label counts; 1 where none is given."""


class Tok2VecTraining(EpochTraining):
    """``[training]`` of the spaCy backend."""

    word_dropout: float = Field(default=0.1, ge=0, lt=1)
    """How often a feature of a word is hidden, so that the others learn to do without."""


class SpancatTraining(EpochTraining):
    """``[training]`` of the spancat backend."""

    learning_rate: float = Field(default=0.001, gt=0)
    """At its height, as for the spaCy backend."""
    negative_weight: float = Field(default=1.0, gt=0)
    """How much a candidate counts that is no mention of a label; there are many."""
