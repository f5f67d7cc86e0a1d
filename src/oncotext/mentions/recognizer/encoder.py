"""A transformers encoder that tags words, on a GPU where there is one."""

from __future__ import annotations

import json
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

CONFIG = "config.json"
WEIGHTS = "model.safetensors"
_FILES = (SETTINGS, TOKENIZER, CONFIG, WEIGHTS)


class EncoderBackend(WindowedBackend):
    """A fine-tuned encoder.

    Parameters
    ----------
    settings : Settings
    tokenizer : tokenizers.Tokenizer
    model : transformers.PreTrainedModel
        For token classification, with the tags of the settings.
    """

    kind = "transformers"

    def __init__(self, settings: Settings, tokenizer: Any, model: Any) -> None:
        super().__init__(settings, tokenizer)
        self.model = model
        self._process = os.getpid()
        self.placed = False

    def logits(self, ids: Any, mask: Any) -> Any:
        import torch

        self._prepare()
        device = self.model.device
        with torch.inference_mode():
            found = self.model(
                input_ids=torch.from_numpy(ids).to(device),
                attention_mask=torch.from_numpy(mask).to(device),
            )
        return found.logits.float().cpu().numpy()

    def _prepare(self) -> None:
        import torch

        if os.getpid() != self._process:
            # A forked worker: torch's threads were left behind in its parent, and waiting for
            # them would never end. Workers are what runs in parallel there.
            torch.set_num_threads(1)
            self._process = os.getpid()
        if not self.placed:
            self.model.to("cuda" if torch.cuda.is_available() else "cpu")
            self.placed = True
        self.model.eval()

    def files(self) -> dict[str, bytes]:
        from safetensors.torch import save

        weights = {
            name: value.detach().cpu().contiguous()
            for name, value in self.model.state_dict().items()
        }
        return super().files() | {
            CONFIG: self.model.config.to_json_string(use_diff=True).encode(),
            WEIGHTS: save(weights),
        }


def from_files(files: Mapping[str, bytes]) -> EncoderBackend:
    """A model from the contents of its files."""
    try:
        from safetensors.torch import load
        from transformers import AutoConfig, AutoModelForTokenClassification
    except ImportError:
        raise MissingExtraError("A pipeline with an encoder", "train") from None
    values = json.loads(files[CONFIG])
    config = AutoConfig.for_model(values.pop("model_type"), **values)
    # no weights are read here, and none could be: they follow
    model = AutoModelForTokenClassification.from_config(config)
    model.float().load_state_dict(load(files[WEIGHTS]))
    model.eval()
    tokenizer = read_tokenizer(files[TOKENIZER], "train")
    return EncoderBackend(Settings.from_bytes(files[SETTINGS]), tokenizer, model)


def from_disk(path: Path) -> EncoderBackend:
    return from_files(read_files(Path(path), _FILES))


def from_bytes(data: bytes) -> EncoderBackend:
    return from_files(unpacked(data))
