"""A trained pipeline whose encoder runs without torch."""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from oncotext.errors import MissingExtraError
from oncotext.mentions.recognizer.encoder import EncoderBackend
from oncotext.mentions.recognizer.onnx import INPUTS, OnnxBackend


def to_onnx(backend: EncoderBackend) -> OnnxBackend:
    """The same model as an ONNX graph: the same spans, scores equal to four digits.

    Raises
    ------
    MissingExtraError
        torch, or onnx and onnxscript, are not installed.
    """
    return OnnxBackend(backend.settings, backend.tokenizer, _graph(backend))


def quantized(backend: OnnxBackend) -> OnnxBackend:
    """The same graph with weights of 8 bits: a quarter of the size, and faster.

    Scores differ from the second digit on, so that some spans do too: measure it.
    """
    return OnnxBackend(backend.settings, backend.tokenizer, _of_eight_bits(backend.graph))


def _graph(backend: EncoderBackend) -> bytes:
    try:
        import onnxscript  # noqa: F401
        import torch
    except ImportError:
        raise MissingExtraError("The export to ONNX", "train,onnx") from None

    class Logits(torch.nn.Module):
        def __init__(self, model: Any) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            return self.model(input_ids=input_ids, attention_mask=attention_mask).logits

    model = backend.model.to("cpu").eval()
    backend.placed = False
    ids = torch.full((2, 8), backend.settings.pad + 1)
    mask = torch.ones_like(ids)
    mask[1, 6:] = 0
    any_size = dict.fromkeys((0, 1), torch.export.Dim.DYNAMIC)
    with _quiet(), torch.inference_mode():
        program = torch.onnx.export(
            Logits(model),
            (ids, mask),
            input_names=list(INPUTS),
            output_names=["logits"],
            dynamo=True,
            dynamic_shapes=dict.fromkeys(INPUTS, any_size),
            verbose=False,
        )
    assert program is not None
    graph: bytes = program.model_proto.SerializeToString()
    return graph


def _of_eight_bits(graph: bytes) -> bytes:
    try:
        from onnxruntime.quantization import QuantType, quantize_dynamic
    except ImportError:
        raise MissingExtraError("The export to ONNX", "train,onnx") from None
    with tempfile.TemporaryDirectory() as folder, _quiet():
        before, after = Path(folder) / "float.onnx", Path(folder) / "int8.onnx"
        before.write_bytes(graph)
        quantize_dynamic(before, after, weight_type=QuantType.QInt8)
        return after.read_bytes()


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the exporter's remarks on what is not installed."""
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)
