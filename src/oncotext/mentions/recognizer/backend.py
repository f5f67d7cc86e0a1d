"""What a trained recogniser must be able to do, whichever library stands behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol

from spacy.tokens import Doc

from oncotext.errors import UnknownNameError


@dataclass(frozen=True, slots=True)
class Predicted:
    """A span that a model has found; offsets are characters of the text, ``score`` 0 to 1."""

    start: int
    end: int
    label: str
    score: float


class Backend(Protocol):
    """A trained model. It reads the tokens and the text of a Doc and changes neither.

    ``kind`` is its name among the backends.
    """

    kind: str
    labels: tuple[str, ...]

    def predict(self, docs: Sequence[Doc]) -> list[list[Predicted]]:
        """The spans of each Doc in the order of the text, of all labels; they may overlap."""
        ...

    def to_disk(self, path: Path) -> None:
        """Write all that `from_disk` needs to a folder that exists."""
        ...

    def to_bytes(self) -> bytes: ...


# Imported when used: torch and transformers are an extra.
_MODULES = {
    "spacy": "oncotext.mentions.recognizer.tok2vec",
    "spancat": "oncotext.mentions.recognizer.spancat",
    "transformers": "oncotext.mentions.recognizer.encoder",
    "onnx": "oncotext.mentions.recognizer.onnx",
}


def read_backend(name: str, source: Path | bytes) -> Backend:
    """A saved model; each module has ``from_disk(path)`` and ``from_bytes(data)``."""
    if name not in _MODULES:
        raise UnknownNameError("backend", name, _MODULES)
    module = import_module(_MODULES[name])
    read: Callable[..., Backend] = (
        module.from_bytes if isinstance(source, bytes) else module.from_disk
    )
    return read(source)
