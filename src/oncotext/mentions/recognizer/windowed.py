"""What the encoder backends share: from Docs to windows, and from tag probabilities to spans.

A saved model is a handful of files; as bytes it is the same files in one MessagePack map.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from spacy.tokens import Doc

from oncotext.errors import InputError, MissingExtraError
from oncotext.mentions.recognizer.backend import Predicted
from oncotext.mentions.recognizer.tags import Kind, TagScheme
from oncotext.mentions.recognizer.windows import Pieces, Window, merge, pieces_of, windows_of

SETTINGS = "recognizer.json"
TOKENIZER = "tokenizer.json"
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Settings:
    """All that is known of an encoder besides its weights and vocabulary.

    Attributes
    ----------
    window, stride : int
        Pieces of a window without its special tokens; how many of them neighbours share.
    prefix, suffix : tuple of int
        The special tokens that begin and end what the encoder reads.
    batch_size : int
        Windows that are read at once.
    """

    labels: tuple[str, ...]
    scheme: Kind
    window: int
    stride: int
    prefix: tuple[int, ...]
    suffix: tuple[int, ...]
    pad: int
    batch_size: int = 16

    def to_bytes(self) -> bytes:
        return json.dumps({"version": _VERSION, **asdict(self)}, ensure_ascii=False).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Settings:
        values = json.loads(data)
        del values["version"]
        tuples = {name: tuple(values[name]) for name in ("labels", "prefix", "suffix")}
        return cls(**(values | tuples))

    def ids(self, pieces: Pieces, window: Window) -> list[int]:
        """What the encoder reads of a window."""
        start, end = window
        return [*self.prefix, *pieces.ids[start:end].tolist(), *self.suffix]


class WindowedBackend:
    """An encoder at work; subclasses say what it answers to a batch of windows.

    Parameters
    ----------
    settings : Settings
    tokenizer : tokenizers.Tokenizer
    """

    kind: str

    def __init__(self, settings: Settings, tokenizer: Any) -> None:
        self.settings, self.tokenizer = settings, tokenizer
        self.labels = settings.labels
        self.scheme = TagScheme(settings.labels, settings.scheme)

    def logits(self, ids: Any, mask: Any) -> Any:
        """One row of tag scores for each piece, as an array; ``ids`` and ``mask`` are arrays."""
        raise NotImplementedError

    def files(self) -> dict[str, bytes]:
        """The files that make up a saved model, by name."""
        return {
            SETTINGS: self.settings.to_bytes(),
            TOKENIZER: self.tokenizer.to_str().encode(),
        }

    def predict(self, docs: Sequence[Doc]) -> list[list[Predicted]]:
        """The spans of each Doc in the order of the text; they do not overlap."""
        read = [pieces_of(self.tokenizer, doc) for doc in docs]
        settings = self.settings
        cut = [windows_of(pieces, settings.window, settings.stride) for pieces in read]
        wanted = [(number, window) for number, windows in enumerate(cut) for window in windows]
        values = self._answers([settings.ids(read[number], window) for number, window in wanted])
        answers = iter(values)
        return [
            self._spans(pieces, windows, [next(answers) for _ in windows])
            for pieces, windows in zip(read, cut, strict=True)
        ]

    def _answers(self, wanted: list[list[int]]) -> list[Any]:
        """Tag probabilities of the pieces of each window, without its special tokens."""
        # windows of like length together: less padding
        order = sorted(range(len(wanted)), key=lambda number: len(wanted[number]))
        found: list[Any] = [None] * len(wanted)
        before, after = len(self.settings.prefix), len(self.settings.suffix)
        for numbers in _batches(order, self.settings.batch_size):
            ids, mask = padded([wanted[number] for number in numbers], self.settings.pad)
            rows = softmax(self.logits(ids, mask))
            for number, row in zip(numbers, rows, strict=True):
                found[number] = row[before : len(wanted[number]) - after]
        return found

    def _spans(self, pieces: Pieces, windows: list[Window], values: list[Any]) -> list[Predicted]:
        rows = merge(pieces, windows, values, len(self.scheme.names))
        return [
            Predicted(int(pieces.starts[first]), int(pieces.ends[last]), label, score)
            for first, last, label, score in self.scheme.decode(rows)
        ]

    # -- saving

    def to_disk(self, path: Path) -> None:
        for name, data in self.files().items():
            (Path(path) / name).write_bytes(data)

    def to_bytes(self) -> bytes:
        import srsly

        data: bytes = srsly.msgpack_dumps(self.files())
        return data


def _batches(items: list[int], size: int) -> Iterator[list[int]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def padded(rows: Sequence[Sequence[int]], pad: int) -> tuple[Any, Any]:
    """Rows of one length, and a mask of what is no padding."""
    longest = max(map(len, rows))
    ids = np.full((len(rows), longest), pad, dtype=np.int64)
    mask = np.zeros((len(rows), longest), dtype=np.int64)
    for number, row in enumerate(rows):
        ids[number, : len(row)] = row
        mask[number, : len(row)] = 1
    return ids, mask


def softmax(logits: Any) -> Any:
    """Probabilities along the last axis."""
    values = np.asarray(logits, dtype=np.float64)
    values = np.exp(values - values.max(axis=-1, keepdims=True))
    return values / values.sum(axis=-1, keepdims=True)


def read_files(path: Path, names: Iterable[str]) -> dict[str, bytes]:
    """The files of a saved model; raises `InputError` that names those which are missing."""
    missing = [name for name in names if not (path / name).is_file()]
    if missing:
        raise InputError(
            f"Not a saved recogniser: there is no {', '.join(missing)}.",
            where=str(path),
            remedy="Train it again: oncotext train",
        )
    return {name: (path / name).read_bytes() for name in names}


def unpacked(data: bytes) -> Mapping[str, bytes]:
    """What `WindowedBackend.to_bytes` has put together."""
    import srsly

    files: Mapping[str, bytes] = srsly.msgpack_loads(data)
    return files


def read_tokenizer(data: bytes, extra: str) -> Any:
    """A `tokenizers.Tokenizer` that neither cuts nor pads."""
    try:
        from tokenizers import Tokenizer
    except ImportError:
        raise MissingExtraError("An encoder's tokenizer", extra) from None
    tokenizer = Tokenizer.from_str(data.decode())
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
