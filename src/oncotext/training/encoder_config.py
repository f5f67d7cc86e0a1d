"""Hyperparameters of the transformers backend, read without importing its libraries."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class EncoderModel(BaseModel):
    """``[model]``: which encoder, and how texts are cut for it."""

    model_config = ConfigDict(extra="forbid")

    checkpoint: Path
    """A folder with the encoder and its tokenizer, or a name of the Hugging Face hub
    (``almanach/camembert-bio-base``) that lies in the local cache. Nothing is downloaded."""
    scheme: Literal["BIO", "BIOES"] = "BIOES"
    """The tags; BIOES marks ends and single words too."""
    window: int = Field(default=512, ge=16)
    """Pieces that are read at once, special tokens included; at most what the encoder takes."""
    stride: int = Field(default=64, ge=0)
    """How many pieces neighbouring windows share."""

    @model_validator(mode="after")
    def _check_stride(self) -> EncoderModel:
        if self.stride > self.window // 2:
            raise ValueError("stride is more than half a window")
        return self


class EncoderTraining(BaseModel):
    """``[training]``: how it is trained."""

    model_config = ConfigDict(extra="forbid")

    epochs: int = Field(default=10, ge=1)
    keep: Literal["best", "last"] = "best"
    """Which epoch's model is kept; ``best`` is that with the highest micro F1 on dev."""
    patience: int = Field(default=3, ge=1)
    """Epochs without a better micro F1 on dev after which training ends, where ``best`` is kept."""
    batch_size: int = Field(default=8, ge=1)
    """Windows on the device at once."""
    gradient_accumulation: int = Field(default=2, ge=1)
    """Batches whose gradients make one step."""
    learning_rate: float = Field(default=5e-5, gt=0)
    warmup: float = Field(default=0.1, ge=0, lt=1)
    """The share of steps in which the learning rate rises."""
    schedule: Literal["linear", "cosine", "constant_with_warmup"] = "linear"
    weight_decay: float = Field(default=0.01, ge=0)
    gradient_norm: float = Field(default=1.0, gt=0)
    """Gradients are cut to it."""
    label_smoothing: float = Field(default=0.0, ge=0, lt=1)
    class_weights: Literal["balanced"] | dict[str, float] = Field(default_factory=dict)
    """How much a word of a label counts in the loss, others 1; ``"balanced"``: by rarity."""
    mixed_precision: Literal["auto", "no", "fp16", "bf16"] = "auto"
    """``auto``: what the GPU has; none on a CPU."""


class ExportConfig(BaseModel):
    """``[export]``: what the saved pipeline holds in the place of the torch model."""

    model_config = ConfigDict(extra="forbid")

    onnx: bool = False
    int8: bool = False
    """Weights of 8 bits."""

    @model_validator(mode="after")
    def _check_int8(self) -> ExportConfig:
        if self.int8 and not self.onnx:
            raise ValueError("int8 needs onnx = true")
        return self
