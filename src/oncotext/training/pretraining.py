"""An encoder from texts that nobody has annotated: it learns to guess words that are hidden.

For centres with many reports and few annotations. The encoder has read the reports: its weights
are to be kept as they are.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from oncotext.errors import InputError, UsageError
from oncotext.report import AnnotatedReport
from oncotext.training.checkpoint import (
    fast_tokenizer,
    find_checkpoint,
    longest_input,
    offline,
    special_tokens,
)
from oncotext.training.pretraining_config import NewEncoder, PretrainingConfig
from oncotext.training.trained import Tell

_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")


def pretrain(config: PretrainingConfig, *, tell: Tell = lambda line: None) -> Path:
    """Train an encoder on texts, from scratch or from another encoder on.

    A run that was interrupted goes on from its last epoch.

    Parameters
    ----------
    config : PretrainingConfig
    tell : callable, optional
        Gets a line an epoch; never text of a report.

    Returns
    -------
    Path
        The folder: config.json, model.safetensors, tokenizer.json.

    Raises
    ------
    InputError
        Texts cannot be read, or the encoder to begin with is incomplete.
    UsageError
        The output folder holds an encoder.
    MissingExtraError
        torch and transformers are not installed.
    """
    if (config.output / "config.json").exists():
        raise UsageError("There is an encoder already.", where=str(config.output))
    texts = read_texts(config.texts)
    tell(f"{len(texts)} texts, {sum(map(len, texts)):,} characters")
    with offline():
        from transformers import set_seed

        set_seed(config.seed)
        tokenizer, model = _beginning(config.model, texts)
        rows = _rows(tokenizer, model.config, texts, config.training.window)
        tell(f"{len(rows)} windows, {model.num_parameters():,} parameters")
        checkpoints = config.output / "checkpoints"
        _train(model, tokenizer, rows, config, checkpoints, tell)
        model.save_pretrained(config.output)
        tokenizer.save_pretrained(config.output)
        shutil.rmtree(checkpoints)
    tell(f"Saved in {config.output}")
    return config.output


def read_texts(paths: Sequence[Path]) -> list[str]:
    """The texts of files, folders and tables; those that cannot be read are left out."""
    from oncotext.scale.inputs import Options, read_inputs

    rows = read_inputs(list(paths), Options())
    texts = list(dict.fromkeys(row[1] for row in rows if not isinstance(row, AnnotatedReport)))
    if not texts:
        raise InputError("No text to learn from.", where=", ".join(map(str, paths)))
    return texts


def _beginning(wanted: NewEncoder, texts: Sequence[str]) -> tuple[Any, Any]:
    """Tokenizer and model, new or given."""
    from transformers import AutoModelForMaskedLM, RobertaConfig, RobertaForMaskedLM

    if wanted.checkpoint is not None:
        folder = find_checkpoint(wanted.checkpoint)
        model = AutoModelForMaskedLM.from_pretrained(folder, local_files_only=True)
        return fast_tokenizer(folder), model
    tokenizer = _new_tokenizer(texts, wanted)
    pad: int = tokenizer.pad_token_id
    config = RobertaConfig(
        vocab_size=len(tokenizer),
        hidden_size=wanted.hidden,
        num_hidden_layers=wanted.layers,
        num_attention_heads=wanted.heads,
        intermediate_size=4 * wanted.hidden,
        max_position_embeddings=wanted.window + pad + 1,
        type_vocab_size=1,
        pad_token_id=pad,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    return tokenizer, RobertaForMaskedLM(config)


def _new_tokenizer(texts: Iterable[str], wanted: NewEncoder) -> Any:
    """Byte-level pair encoding: no character is unknown to it."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    trainer = trainers.BpeTrainer(
        vocab_size=wanted.vocabulary,
        special_tokens=list(_SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    bos, pad, eos, unk, mask = _SPECIAL
    number = {token: place for place, token in enumerate(_SPECIAL)}
    tokenizer.post_processor = processors.RobertaProcessing((eos, number[eos]), (bos, number[bos]))
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=bos,
        cls_token=bos,
        pad_token=pad,
        eos_token=eos,
        sep_token=eos,
        unk_token=unk,
        mask_token=mask,
        model_max_length=wanted.window,
    )


def _rows(
    tokenizer: Any, config: Any, texts: Sequence[str], window: int
) -> list[dict[str, list[int]]]:
    """Windows side by side; none holds pieces of two texts."""
    tokens = special_tokens(tokenizer)
    special = len(tokens.prefix) + len(tokens.suffix)
    size = min(window, longest_input(config, tokenizer)) - special
    rows = []
    for text in texts:
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        for start in range(0, len(ids), size):
            row = [*tokens.prefix, *ids[start : start + size], *tokens.suffix]
            rows.append({"input_ids": row})
    return rows


def _train(
    model: Any,
    tokenizer: Any,
    rows: list[dict[str, list[int]]],
    config: PretrainingConfig,
    checkpoints: Path,
    tell: Tell,
) -> None:
    from datasets import Dataset
    from transformers import DataCollatorForLanguageModeling

    from oncotext.training.encoder import last_checkpoint
    from oncotext.training.encoder_trainer import pretraining_trainer

    trainer = pretraining_trainer(
        model=model,
        training=config.training,
        seed=config.seed,
        folder=checkpoints,
        dataset=Dataset.from_list(rows),
        collator=DataCollatorForLanguageModeling(tokenizer, mlm_probability=config.training.masked),
        tell=tell,
    )
    last = last_checkpoint(checkpoints)
    if last is not None:
        tell(f"Going on from {last.name}")
    trainer.train(resume_from_checkpoint=str(last) if last else None)
