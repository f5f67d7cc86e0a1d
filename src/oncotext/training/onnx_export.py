"""A trained pipeline whose encoder runs without torch."""

from __future__ import annotations

import logging
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oncotext.errors import MissingExtraError, UsageError
from oncotext.mentions.recognizer.encoder import EncoderBackend
from oncotext.mentions.recognizer.onnx import INPUTS, OnnxBackend
from oncotext.pipelines import load

if TYPE_CHECKING:
    from spacy.language import Language

# what lies beside a trained pipeline
_BESIDE = ("README.md", "training.json")


def export_onnx(pipeline: str | Path, output: str | Path, *, int8: bool = False) -> Path:
    """A trained pipeline with an ONNX model in the place of its encoder.

    Parameters
    ----------
    pipeline : str or Path
        The folder of a pipeline that was trained with ``backend = "transformers"``.
    output : str or Path
        A new folder.
    int8 : bool
        Whether weights become 8 bits each, which changes scores: see `quantized`.

    Returns
    -------
    Path
        The new folder, which `oncotext.load` and `spacy.load` take without torch.

    Raises
    ------
    UsageError
        The pipeline has no encoder, or the output folder is not empty.
    MissingExtraError
        torch, or onnx and onnxscript, are not installed.
    """
    output = Path(output)
    if output.exists() and any(output.iterdir()):
        raise UsageError("The output folder is not empty.", where=str(output))
    nlp = load(pipeline)
    if not put_onnx(nlp, int8=int8):
        raise UsageError(
            "The pipeline has no encoder to export.",
            where=str(pipeline),
            remedy='Only those trained with backend = "transformers" have one.',
        )
    nlp.to_disk(output)
    for name in _BESIDE:
        if (Path(pipeline) / name).is_file():
            shutil.copyfile(Path(pipeline) / name, output / name)
    return output


def put_onnx(nlp: Language, *, int8: bool = False) -> int:
    """Export the encoders of a pipeline in their places; returns how many there were."""
    found = 0
    for _, pipe in nlp.pipeline:
        backend = getattr(pipe, "backend", None)
        if isinstance(backend, EncoderBackend):
            exported = to_onnx(backend)
            pipe.backend = quantized(exported) if int8 else exported  # type: ignore[attr-defined]
            found += 1
    return found


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
