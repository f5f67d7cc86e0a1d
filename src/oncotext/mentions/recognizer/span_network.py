"""The network of the spancat backend: spaCy's own layers, as its default configuration has them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field
from spacy.ml.models.spancat import (
    build_linear_logistic,
    build_mean_max_reducer,
    build_spancat_model,
)
from spacy.ml.models.tok2vec import MaxoutWindowEncoder, MultiHashEmbed, build_Tok2Vec_model
from thinc.api import Model

from oncotext.mentions.recognizer.network import WordModel
from oncotext.mentions.recognizer.readings import ATTRIBUTES

# as spaCy has them, but for the codes
_ROWS = {"word": 5000, "prefix": 1000, "suffix": 2500, "shape": 1000, "code": 2000}
_FEW_ROWS = 200


class SpancatModel(WordModel):
    """``[model]`` of the spancat backend: the size of the network, and what it looks at."""

    hidden: int = Field(default=128, ge=8)
    """Of the vector of a span."""
    longest: int = Field(default=12, ge=1)
    """Of candidates, in words, unless the rules have found it; lengths that no mention of the
    training corpus has are left out."""
    threshold: float = Field(default=0.5, gt=0, lt=1)
    """The least score of a span."""
    overlaps: Literal["seen", "all"] = "seen"
    """Which spans may overlap: those of labels that do in the training corpus, or all."""


def span_network(settings: SpancatModel) -> Model[Any, Any]:
    """From Docs and candidates to a score for each label of each candidate."""
    embed = MultiHashEmbed(
        width=settings.width,
        attrs=[ATTRIBUTES[name] for name in settings.features],
        rows=[_ROWS.get(name, _FEW_ROWS) for name in settings.features],
        include_static_vectors=False,
    )
    encode = MaxoutWindowEncoder(
        width=settings.width,
        window_size=1,
        maxout_pieces=settings.pieces,
        depth=settings.depth,
    )
    model: Model[Any, Any] = build_spancat_model(
        build_Tok2Vec_model(embed, encode),
        build_mean_max_reducer(settings.hidden),
        build_linear_logistic(),
    )
    return model
