"""Encoders on this machine: a folder, or what the Hugging Face cache has of a name. No network."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from oncotext.errors import InputError, MissingExtraError

_WEIGHTS = (
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
)
# Each line is enough by itself.
_VOCABULARIES = (
    ("tokenizer.json",),
    ("sentencepiece.bpe.model", "tokenizer_config.json"),
    ("spm.model", "tokenizer_config.json"),
    ("vocab.json", "merges.txt"),
    ("vocab.txt",),
)
# Their positions are counted from the padding token's number on.
_SHIFTED = frozenset(("roberta", "camembert", "xlm-roberta", "xlm-roberta-xl", "longformer"))


class SpecialTokens(NamedTuple):
    """What an encoder wants before and after a text."""

    prefix: tuple[int, ...]
    suffix: tuple[int, ...]
    pad: int


def find_checkpoint(checkpoint: Path) -> Path:
    """The folder of an encoder.

    Parameters
    ----------
    checkpoint : Path
        A folder; else its last two parts, or its last, are taken as a name of the hub.

    Raises
    ------
    InputError
        There is none, or files are missing; the message names those that are needed.
    """
    if checkpoint.is_dir():
        folder = checkpoint
    else:
        cached = _cached("/".join(checkpoint.parts[-2:])) or _cached(checkpoint.name)
        if cached is None:
            raise InputError(
                "No such folder, and nothing of that name in the local Hugging Face cache.",
                where=str(checkpoint),
                remedy=f"Put there: {_wanted()}.",
            )
        folder = cached
    missing = _missing(folder)
    if missing:
        raise InputError(
            f"The encoder is incomplete: there is no {'; no '.join(missing)}.",
            where=str(folder),
            remedy=f"Put there: {_wanted()}.",
        )
    return folder


def _wanted() -> str:
    return (
        "config.json, model.safetensors (or pytorch_model.bin), and tokenizer.json "
        "(or sentencepiece.bpe.model with tokenizer_config.json, or vocab.txt)"
    )


def _missing(folder: Path) -> list[str]:
    missing = [] if (folder / "config.json").is_file() else ["config.json"]
    weights = [name for name in _WEIGHTS if (folder / name).is_file()]
    if not weights:
        missing.append("model.safetensors (or pytorch_model.bin)")
    elif weights[0].endswith(".index.json"):
        missing += _missing_shards(folder, weights[0])
    if not any(all((folder / name).is_file() for name in names) for names in _VOCABULARIES):
        missing.append(
            "tokenizer.json (or sentencepiece.bpe.model with tokenizer_config.json, or vocab.txt)"
        )
    return missing


def _missing_shards(folder: Path, index: str) -> list[str]:
    listed = json.loads((folder / index).read_text(encoding="utf-8"))["weight_map"].values()
    return [name for name in sorted(set(listed)) if not (folder / name).is_file()]


def _cached(name: str) -> Path | None:
    """The folder of a hub name in the local cache."""
    try:
        from huggingface_hub import try_to_load_from_cache
        from huggingface_hub.errors import HFValidationError
    except ImportError:
        return None
    try:
        found = try_to_load_from_cache(name, "config.json")
    except HFValidationError:
        return None
    return Path(found).parent if isinstance(found, str) else None


@contextmanager
def offline() -> Iterator[None]:
    """The libraries of Hugging Face without network, log lines and bars of their own."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("HF_DATASETS_OFFLINE", "1")
    # the tokenizer's threads and forked workers do not go together
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        import datasets
        import torch  # noqa: F401
        from transformers.utils import logging
    except ImportError:
        raise MissingExtraError("Training with transformers", "train") from None
    before, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    datasets.disable_progress_bars()
    try:
        yield
    finally:
        logging.set_verbosity(before)
        if bars:
            logging.enable_progress_bar()


def fast_tokenizer(folder: Path) -> Any:
    """The encoder's tokenizer; only fast ones know where their pieces are in the text."""
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, use_fast=True)
    except Exception as error:  # of any of the libraries that read the many formats
        raise InputError(
            f"The tokenizer cannot be read ({type(error).__name__}).",
            where=str(folder),
            remedy="Put a tokenizer.json there; for a sentencepiece.bpe.model alone: "
            "pip install sentencepiece protobuf",
        ) from None
    if not tokenizer.is_fast:
        raise InputError(
            "The tokenizer has no fast form, so it cannot say where its pieces are in the text.",
            where=str(folder),
            remedy="Put a tokenizer.json there (transformers writes one: save_pretrained).",
        )
    return tokenizer


def special_tokens(tokenizer: Any) -> SpecialTokens:
    """What a tokenizer puts around a text, read from what it does."""
    bare = tokenizer("a", add_special_tokens=False)["input_ids"]
    whole = tokenizer("a")["input_ids"]
    for start in range(len(whole) - len(bare) + 1):
        if whole[start : start + len(bare)] == bare:
            break
    pad = tokenizer.pad_token_id
    return SpecialTokens(
        tuple(whole[:start]), tuple(whole[start + len(bare) :]), 0 if pad is None else pad
    )


def longest_input(config: Any, tokenizer: Any) -> int:
    """How many pieces an encoder reads at once, special tokens included."""
    limits = [tokenizer.model_max_length]
    positions = getattr(config, "max_position_embeddings", None)
    if isinstance(positions, int) and positions > 0:
        shift = (config.pad_token_id or 0) + 1 if config.model_type in _SHIFTED else 0
        limits.append(positions - shift)
    return int(min(limits))
