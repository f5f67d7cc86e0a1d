"""What to train a recogniser on: ``task = "mentions"``."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from oncotext.mentions.recognizer.network import Tok2VecModel
from oncotext.mentions.recognizer.span_network import SpancatModel
from oncotext.training.corpus_config import CorpusConfig
from oncotext.training.encoder_config import EncoderModel, EncoderTraining, ExportConfig
from oncotext.training.tok2vec_config import SpancatTraining, Tok2VecTraining


class CurveConfig(BaseModel):
    """``[curve]``: trainings on parts of the corpus, to see what more reports are worth."""

    model_config = ConfigDict(extra="forbid")

    fractions: list[float] = Field(default_factory=lambda: [0.25, 0.5])
    """Of the training reports; the whole is trained anyway."""


class FoldsConfig(BaseModel):
    """``[cross_validation]``: every training report measured by a model that has not seen it."""

    model_config = ConfigDict(extra="forbid")

    folds: int = Field(default=5, ge=2)


class DuplicatesConfig(BaseModel):
    """``[near_duplicates]``: reports of train and dev that are nearly the same."""

    model_config = ConfigDict(extra="forbid")

    similarity: float = Field(default=0.8, gt=0, le=1)
    """The share of common word triples (cosine) from which two are."""
    refuse: bool = False
    """Whether they end the run; else their ids are told and kept with it."""


class MentionsConfig(BaseModel):
    """The whole of a run, whatever the backend."""

    model_config = ConfigDict(extra="forbid")

    task: Literal["mentions"] = "mentions"
    train: CorpusConfig
    dev: CorpusConfig | None = None
    """Measured after each epoch, never trained on."""
    output: Path
    base: str = "fr_onco_rules"
    """The pipeline that gets the recogniser: a name or folder."""
    labels: list[str] = Field(default_factory=list)
    """What is learned; all labels of the corpus that a model can own, where none is named."""
    owns: list[str] | Literal["auto"] = "auto"
    """The labels that the model decides on; ``auto``: those of which dev says that linked F1 is
    not lower than by the rules alone, and without dev all that it learned."""
    keep_rules: list[str] | Literal["auto"] = "auto"
    """Labels of which mentions that only the rules find stay; ``auto`` decides it on dev."""
    yields: list[str] = Field(default_factory=list)
    """Labels of the rules that give way where the model has found a mention across them."""
    overlapping: bool = False
    """Whether the model's mentions may overlap one another, as far as it finds such."""
    thresholds: dict[str, float] | Literal["auto"] = Field(default_factory=dict)
    """The least score of each label; ``auto`` chooses them on dev."""
    linking: bool | Literal["auto"] = "auto"
    """Whether the codes of the corpus are learned too; ``auto``: of those labels of which dev
    says that linked F1 is higher then, and without dev all."""
    link_threshold: float = Field(default=0.5, ge=0, le=1)
    seed: int = 1
    licence: str = "not stated"
    """Of the corpus; written into the model card."""
    package: bool = False
    """Whether a package that pip installs is written beside the output."""
    name: str = "onco_local"
    """Of the pipeline; a package is called by its language and name."""
    watts: float = Field(default=15.0, gt=0)
    """What the machine draws for the training, for the estimate of energy."""
    curve: CurveConfig | None = None
    cross_validation: FoldsConfig | None = None
    near_duplicates: DuplicatesConfig = Field(default_factory=DuplicatesConfig)


class SpacyMentionsConfig(MentionsConfig):
    """With the spaCy backend."""

    backend: Literal["spacy"] = "spacy"
    model: Tok2VecModel = Field(default_factory=Tok2VecModel)
    training: Tok2VecTraining = Field(default_factory=Tok2VecTraining)


class SpancatMentionsConfig(MentionsConfig):
    """With spaCy's span categorizer, which learns mentions that overlap."""

    backend: Literal["spancat"]
    overlapping: bool = True
    model: SpancatModel = Field(default_factory=SpancatModel)
    training: SpancatTraining = Field(default_factory=SpancatTraining)


class EncoderMentionsConfig(MentionsConfig):
    """With the transformers backend."""

    backend: Literal["transformers"]
    model: EncoderModel
    training: EncoderTraining = Field(default_factory=EncoderTraining)
    export: ExportConfig = Field(default_factory=ExportConfig)
