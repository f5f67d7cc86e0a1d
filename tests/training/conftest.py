"""A tiny encoder for tests: random weights, and a tokenizer trained on the spot."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from oncotext.corpora import load_corpus
from oncotext.report import AnnotatedReport

CORPUS = Path(__file__).parents[2] / "corpora" / "oncotext-gold"


@pytest.fixture(scope="session")
def gold_reports() -> list[AnnotatedReport]:
    """The invented reports of the project."""
    return load_corpus(CORPUS).reports


@pytest.fixture(scope="session")
def tiny_encoder(
    tmp_path_factory: pytest.TempPathFactory, gold_reports: list[AnnotatedReport]
) -> Callable[[str], Path]:
    """The folder of a checkpoint of a kind, ``bert`` or ``camembert``."""
    torch = pytest.importorskip("torch", reason="pip install 'oncotext[train]'")
    torch.set_num_threads(1)  # threads that wait for one another are most of a tiny model's time
    texts, made = [report.text for report in gold_reports], {}

    def folder(kind: str = "bert") -> Path:
        if kind not in made:
            path = tmp_path_factory.mktemp(f"tiny-{kind}")
            made[kind] = save_tiny_encoder(path, texts, kind=kind)
        return made[kind]

    return folder


def save_tiny_encoder(
    folder: Path, texts: Iterable[str], *, kind: str = "bert", positions: int = 64, seed: int = 1
) -> Path:
    """Write a checkpoint as the hub has them: config.json, model.safetensors, tokenizer.json.

    Parameters
    ----------
    kind : {"bert", "camembert"}
        WordPiece over whole words, or byte-level BPE whose pieces run across punctuation.
    """
    from tokenizers import Tokenizer
    from transformers import (
        AutoModelForTokenClassification,
        BertConfig,
        CamembertConfig,
        PreTrainedTokenizerFast,
        set_seed,
    )
    from transformers.utils.logging import disable_progress_bar

    tokenizer = {"bert": _word_pieces, "camembert": _byte_pairs}[kind](list(texts))
    assert isinstance(tokenizer, Tokenizer)
    pad, cls, sep = ("[PAD]", "[CLS]", "[SEP]") if kind == "bert" else ("<pad>", "<s>", "</s>")
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=pad,
        cls_token=cls,
        sep_token=sep,
        unk_token="[UNK]" if kind == "bert" else "<unk>",
        mask_token="[MASK]" if kind == "bert" else "<mask>",
        model_max_length=positions,
    )
    sizes = {
        "vocab_size": tokenizer.get_vocab_size(),
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 64,
    }
    pad_id = tokenizer.token_to_id(pad)
    if kind == "bert":
        config = BertConfig(**sizes, max_position_embeddings=positions, pad_token_id=pad_id)
    else:
        shift = pad_id + 1
        config = CamembertConfig(
            **sizes, max_position_embeddings=positions + shift, pad_token_id=pad_id
        )
    set_seed(seed)
    disable_progress_bar()
    AutoModelForTokenClassification.from_config(config).save_pretrained(folder)
    fast.save_pretrained(folder)
    return folder


def _word_pieces(texts: list[str]) -> object:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(vocab_size=800, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        special_tokens=[(name, tokenizer.token_to_id(name)) for name in ("[CLS]", "[SEP]")],
    )
    return tokenizer


def _byte_pairs(texts: list[str]) -> object:
    from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.ByteLevel(use_regex=False)]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=800,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.RobertaProcessing(
        ("</s>", tokenizer.token_to_id("</s>")), ("<s>", tokenizer.token_to_id("<s>"))
    )
    return tokenizer
