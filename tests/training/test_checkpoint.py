"""Encoders are found on this machine, or the message says which files they need."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from oncotext.errors import InputError
from oncotext.training.checkpoint import (
    fast_tokenizer,
    find_checkpoint,
    longest_input,
    offline,
    special_tokens,
)

TinyEncoder = Callable[[str], Path]


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such folder") as caught:
        find_checkpoint(tmp_path / "almanach" / "camembert-bio-base")
    for name in ("config.json", "model.safetensors", "tokenizer.json", "sentencepiece.bpe.model"):
        assert name in str(caught.value)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_what_is_missing_is_named(tiny_encoder: TinyEncoder, tmp_path: Path, name: str) -> None:
    folder = shutil.copytree(tiny_encoder("bert"), tmp_path / "encoder")
    assert find_checkpoint(folder) == folder
    (folder / name).unlink()
    with pytest.raises(InputError, match=f"there is no {name}"):
        find_checkpoint(folder)


def test_missing_shards_are_named(tmp_path: Path) -> None:
    for name in ("config.json", "tokenizer.json", "model-1.safetensors"):
        (tmp_path / name).write_text("{}", encoding="utf-8")
    (tmp_path / "model.safetensors.index.json").write_text(
        '{"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}',
        encoding="utf-8",
    )
    with pytest.raises(InputError, match=r"no model-2\.safetensors\."):
        find_checkpoint(tmp_path)


def test_a_hub_name_is_found_in_the_cache(
    tiny_encoder: TinyEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    repository = tmp_path / "models--nobody--tiny"
    snapshot = repository / "snapshots" / "abc"
    shutil.copytree(tiny_encoder("bert"), snapshot)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("abc", encoding="utf-8")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    # as a configuration file gives it: relative to its folder
    assert find_checkpoint(tmp_path / "configs" / "nobody" / "tiny") == snapshot


@pytest.mark.parametrize(
    ("kind", "prefix", "suffix"), [("bert", "[CLS]", "[SEP]"), ("camembert", "<s>", "</s>")]
)
def test_special_tokens_and_length(
    tiny_encoder: TinyEncoder, kind: str, prefix: str, suffix: str
) -> None:
    from transformers import AutoConfig

    folder = tiny_encoder(kind)
    with offline():
        tokenizer = fast_tokenizer(folder)
        tokens = special_tokens(tokenizer)
        config = AutoConfig.from_pretrained(folder)
    assert tokenizer.convert_ids_to_tokens(tokens.prefix) == [prefix]
    assert tokenizer.convert_ids_to_tokens(tokens.suffix) == [suffix]
    tokenizer.model_max_length = 10**30  # as many published tokenizers say
    assert longest_input(config, tokenizer) == 64


def test_a_tokenizer_that_cannot_be_read(tiny_encoder: TinyEncoder, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny_encoder("camembert"), tmp_path / "encoder")
    (folder / "tokenizer.json").rename(folder / "sentencepiece.bpe.model")
    (folder / "tokenizer_config.json").write_text(
        '{"tokenizer_class": "CamembertTokenizer"}', encoding="utf-8"
    )
    with offline(), pytest.raises(InputError, match=r"tokenizer\.json") as caught:
        fast_tokenizer(find_checkpoint(folder))
    assert "pip install" in str(caught.value)
