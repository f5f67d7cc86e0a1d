"""The network of the spaCy backend: embedded features, convolutions, a chain over the tags."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator
from thinc.api import (
    HashEmbed,
    Linear,
    Maxout,
    Model,
    chain,
    clone,
    concatenate,
    expand_window,
    residual,
    with_array,
)

from oncotext.mentions.recognizer.features import COLUMNS
from oncotext.mentions.recognizer.memory import memory

_ROWS = {"word": 20000, "prefix": 4000, "suffix": 6000, "shape": 1000, "code": 2000}
_FEW_ROWS = 200
# The part of the width that a feature gets, if not half.
_PART = {"word": 1, "rule": 4, "section": 4, "form": 4, "near": 4}
TRANSITIONS = "transitions"


class WordModel(BaseModel):
    """How the backends on thinc see a word."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    width: int = Field(default=96, ge=8)
    """Of the vector of a word."""
    depth: int = Field(default=4, ge=1)
    """Layers of convolution; each sees one more word to both sides."""
    pieces: int = Field(default=3, ge=2)
    """Of maxout."""
    features: tuple[str, ...] = Field(default=COLUMNS, min_length=1)
    """What is read of a word, of those of `COLUMNS`."""

    @field_validator("features")
    @classmethod
    def _known(cls, features: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [name for name in features if name not in COLUMNS]
        if unknown:
            raise ValueError(f"no feature {unknown[0]!r}; there are {', '.join(COLUMNS)}")
        return features


class Tok2VecModel(WordModel):
    """``[model]`` of the spaCy backend: the size of the network, and what it reads."""

    memory: bool = True
    """Whether a layer remembers what stands far before and after, see `memory`."""
    members: int = Field(default=1, ge=1)
    """Networks that are trained apart, from other seeds, and averaged."""


def network(settings: Tok2VecModel, tags: int) -> Model[Any, Any]:
    """From the columns of each text to a score for each tag of each word."""
    width, pieces = settings.width, settings.pieces
    widths = [width // _PART.get(name, 2) for name in settings.features]
    embeds: list[Any] = [
        HashEmbed(part, _ROWS.get(name, _FEW_ROWS), column=COLUMNS.index(name), seed=number)
        for number, (name, part) in enumerate(zip(settings.features, widths, strict=True), 1)
    ]
    joined = sum(widths)
    mix = Maxout(nO=width, nI=joined, nP=pieces, normalize=True, dropout=0.0)
    window: Any = chain(
        expand_window(window_size=1),
        Maxout(nO=width, nI=width * 3, nP=pieces, normalize=True, dropout=0.0),
    )
    body: Any = chain(concatenate(*embeds), mix, clone(residual(window), settings.depth))
    layers: list[Any] = [with_array(body, pad=settings.depth)]
    if settings.memory:
        remembered = Maxout(nO=width, nI=width * 3, nP=pieces, normalize=True, dropout=0.0)
        layers.append(residual(chain(memory(width), with_array(remembered))))
        layers.append(with_array(residual(window.copy()), pad=1))
    layers.append(with_array(Linear(nO=tags, nI=width)))
    model: Any = chain(*layers, _transitions(tags))
    model.initialize()
    return model  # type: ignore[no-any-return]


def _transitions(tags: int) -> Model[Any, Any]:
    """Holds what follows what; scores go through as they are."""
    model: Model[Any, Any] = Model(
        TRANSITIONS,
        lambda model, scores, is_train: (scores, lambda moves: moves),
        params={TRANSITIONS: None},
        dims={"nO": tags},
    )
    model.set_param(TRANSITIONS, model.ops.alloc2f(tags, tags))
    return model


def transitions_of(model: Model[Any, Any]) -> Model[Any, Any]:
    """The layer that holds the transitions."""
    return next(node for node in model.walk() if node.name == TRANSITIONS)
