"""The same encoder without torch: ONNX on the CPU."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from oncotext.errors import MissingExtraError
from oncotext.mentions.recognizer.windowed import (
    SETTINGS,
    TOKENIZER,
    Settings,
    WindowedBackend,
    read_files,
    read_tokenizer,
    unpacked,
)

GRAPH = "model.onnx"
INPUTS = ("input_ids", "attention_mask")
_FILES = (SETTINGS, TOKENIZER, GRAPH)


class OnnxBackend(WindowedBackend):
    """An exported encoder.

    Parameters
    ----------
    settings : Settings
    tokenizer : tokenizers.Tokenizer
    graph : bytes
        The exported model: `oncotext.training.export_onnx`.
    """

    kind = "onnx"

    def __init__(self, settings: Settings, tokenizer: Any, graph: bytes) -> None:
        super().__init__(settings, tokenizer)
        self.graph = graph
        self._session: Any = None
        self._loaded_in = self._of = os.getpid()

    def logits(self, ids: Any, mask: Any) -> Any:
        process = os.getpid()
        if self._session is None or process != self._of:
            # a forked worker has the session of its parent without the threads, and is itself
            # what runs in parallel
            self._session = _session(self.graph, threads=0 if process == self._loaded_in else 1)
            self._of = process
        return self._session.run(None, dict(zip(INPUTS, (ids, mask), strict=True)))[0]

    def __getstate__(self) -> dict[str, Any]:
        # a session belongs to its process
        return self.__dict__ | {"_session": None}

    def files(self) -> dict[str, bytes]:
        return super().files() | {GRAPH: self.graph}


def _session(graph: bytes, threads: int) -> Any:
    """A session; 0 threads: as many as there are cores."""
    try:
        import onnxruntime
    except ImportError:
        raise MissingExtraError("A pipeline with an ONNX model", "onnx") from None
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def from_files(files: Mapping[str, bytes]) -> OnnxBackend:
    """A model from the contents of its files."""
    tokenizer = read_tokenizer(files[TOKENIZER], "onnx")
    return OnnxBackend(Settings.from_bytes(files[SETTINGS]), tokenizer, files[GRAPH])


def from_disk(path: Path) -> OnnxBackend:
    return from_files(read_files(Path(path), _FILES))


def from_bytes(data: bytes) -> OnnxBackend:
    return from_files(unpacked(data))
