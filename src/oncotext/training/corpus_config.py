"""Where a run finds its annotated reports."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class CorpusConfig(BaseModel):
    """A corpus, in any format that `load_corpus` reads."""

    model_config = ConfigDict(extra="forbid")

    path: Path
    """A file or folder; relative to the configuration file."""
    format: str | None = None
    splits: list[str] = Field(default_factory=list)
    """Official splits of a known corpus, or sub-folders; all where none is named."""
