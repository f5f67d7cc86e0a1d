"""Fine-tuning an encoder that tags words, with `transformers.Trainer`."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from oncotext.errors import InputError
from oncotext.mentions.recognizer.tags import TagScheme
from oncotext.mentions.recognizer.windowed import Settings
from oncotext.mentions.recognizer.windows import pieces_of, windows_of
from oncotext.training.checkpoint import (
    fast_tokenizer,
    find_checkpoint,
    longest_input,
    offline,
    special_tokens,
)
from oncotext.training.encoder_config import EncoderModel, EncoderTraining
from oncotext.training.trained import MICRO, Evaluate, Example, Tell, Trained

if TYPE_CHECKING:
    from oncotext.mentions.recognizer.encoder import EncoderBackend

IGNORED = -100
"""What torch's loss leaves out."""


class EncoderConfig(Protocol):
    """What a run must say of a training; `oncotext.training.config` has it."""

    @property
    def labels(self) -> list[str]: ...
    @property
    def seed(self) -> int: ...
    @property
    def model(self) -> EncoderModel: ...
    @property
    def training(self) -> EncoderTraining: ...


def train_encoder(
    train: Sequence[Example],
    dev: Sequence[Example],
    config: EncoderConfig,
    *,
    tell: Tell,
    checkpoints: Path,
    evaluate: Evaluate,
) -> Trained:
    """Fine-tune an encoder; the epoch with the best micro F1 on dev is kept, else the last.

    Discontinuous mentions are expected as contiguous spans; of spans that overlap the longest
    is learned. A text longer than the encoder's window is cut into windows that share
    ``stride`` pieces.

    Parameters
    ----------
    train, dev : sequence of Example
    config : EncoderConfig
    tell : callable
        Gets a line an epoch.
    checkpoints : Path
        One checkpoint an epoch is written here. Where there are some, training goes on from
        the last and ends with the figures that it would have had.
    evaluate : callable
        The figures of a model on dev.

    Raises
    ------
    InputError
        The encoder is missing or incomplete, or there is nothing to learn.
    MissingExtraError
        torch and transformers are not installed.
    """
    with offline():
        folder = find_checkpoint(config.model.checkpoint)
        learner = _Learner(folder, config)
        rows = learner.rows(train, tell)
        trainer = learner.trainer(rows, checkpoints, tell, evaluate if dev else None)
        last = last_checkpoint(checkpoints)
        if last is None:
            trainer.train()
        elif not learner.has_ended(_history(last)):
            tell(f"Going on from {last.name}")
            trainer.train(resume_from_checkpoint=str(last))
        return learner.result(checkpoints)


class _Learner:
    """An encoder, its tokenizer and the tags that it is to learn."""

    def __init__(self, folder: Path, config: EncoderConfig) -> None:
        from transformers import AutoConfig, AutoModelForTokenClassification, set_seed

        from oncotext.mentions.recognizer.windowed import read_tokenizer

        self.config = config
        scheme = self.scheme = TagScheme(config.labels, config.model.scheme)
        set_seed(config.seed)
        tokenizer = fast_tokenizer(folder)
        wanted = AutoConfig.from_pretrained(folder, local_files_only=True)
        wanted.num_labels = len(scheme.names)
        wanted.id2label = dict(enumerate(scheme.names))
        wanted.label2id = {name: number for number, name in enumerate(scheme.names)}
        self.model: Any = AutoModelForTokenClassification.from_pretrained(
            folder, config=wanted, local_files_only=True, ignore_mismatched_sizes=True
        ).float()
        tokens = special_tokens(tokenizer)
        special = len(tokens.prefix) + len(tokens.suffix)
        size = min(config.model.window, longest_input(wanted, tokenizer)) - special
        self.settings = Settings(
            labels=scheme.labels,
            scheme=scheme.kind,
            window=size,
            stride=min(config.model.stride, size // 2),
            prefix=tokens.prefix,
            suffix=tokens.suffix,
            pad=tokens.pad,
        )
        self.tokenizer = read_tokenizer(tokenizer.backend_tokenizer.to_str().encode(), "train")

    def rows(self, examples: Sequence[Example], tell: Tell) -> list[dict[str, list[int]]]:
        """Windows with the tag of each piece that speaks for a word."""
        settings, rows, spans, learned = self.settings, [], 0, 0
        before, after = len(settings.prefix), len(settings.suffix)
        for example in examples:
            pieces = pieces_of(self.tokenizer, example.doc)
            units = pieces.units_of(example.spans)
            tags = self.scheme.encode(len(pieces.first), units)
            spans += len(example.spans)
            learned += sum(self.scheme.names[tag][0] in "BS" for tag in tags)
            by_piece = [IGNORED] * len(pieces.ids)
            for piece, tag in zip(pieces.first.tolist(), tags, strict=True):
                by_piece[piece] = tag
            for start, end in windows_of(pieces, settings.window, settings.stride):
                labels = [IGNORED] * before + by_piece[start:end] + [IGNORED] * after
                rows.append({"input_ids": settings.ids(pieces, (start, end)), "labels": labels})
        if not learned:
            raise InputError(
                f"No mention of {', '.join(self.scheme.labels)} to learn from.",
                remedy="Check the labels of the corpus.",
            )
        tell(f"{len(rows)} windows of up to {settings.window} pieces, {learned} mentions")
        if learned < spans:
            tell(f"{spans - learned} mentions are not learned: they overlap longer ones")
        return rows

    def trainer(
        self,
        rows: list[dict[str, list[int]]],
        checkpoints: Path,
        tell: Tell,
        evaluate: Evaluate | None,
    ) -> Any:
        from datasets import Dataset

        from oncotext.training.encoder_trainer import epoch_trainer, training_arguments

        dataset = Dataset.from_list(rows)
        training = self.config.training
        return epoch_trainer(
            model=self.model,
            arguments=training_arguments(training, self.config.seed, len(rows), checkpoints),
            dataset=dataset,
            pad=self.settings.pad,
            weights=self._weights(rows),
            label_smoothing=training.label_smoothing,
            measure=self._measure(evaluate, tell),
            ended=self.has_ended,
        )

    def _measure(self, evaluate: Evaluate | None, tell: Tell) -> Any:
        """The figures of the model as it is, after an epoch."""
        started = time.perf_counter()

        def measure(epoch: int, loss: float | None) -> dict[str, float]:
            nonlocal started
            figures = dict(evaluate(self.backend())) if evaluate else {}
            seconds, started = time.perf_counter() - started, time.perf_counter()
            shown = "".join(f", {name} {value:.3f}" for name, value in figures.items())
            tell(f"epoch {epoch}: loss {loss or 0:.4f}{shown} ({seconds:.0f} s)")
            return figures | {"seconds": round(seconds, 1)}

        return measure

    def backend(self) -> EncoderBackend:
        from oncotext.mentions.recognizer.encoder import EncoderBackend

        return EncoderBackend(self.settings, self.tokenizer, self.model)

    def _weights(self, rows: list[dict[str, list[int]]]) -> list[float] | None:
        """How much each tag counts in the loss."""
        wanted = self.config.training.class_weights
        if not wanted:
            return None
        names = self.scheme.names
        if wanted == "balanced":
            seen = Counter(tag for row in rows for tag in row["labels"] if tag != IGNORED)
            counts = [seen[tag] + 1 for tag in range(len(names))]
            # the root tempers: O is a hundred times as frequent as a tag
            weights = [(sum(counts) / count) ** 0.5 for count in counts]
            mean = sum(w * c for w, c in zip(weights, counts, strict=True)) / sum(counts)
            return [weight / mean for weight in weights]
        assert isinstance(wanted, dict)
        unknown = set(wanted) - {"O", *self.scheme.labels}
        if unknown:
            raise InputError(f"class_weights: no such label: {', '.join(sorted(unknown))}.")
        return [wanted.get(name if name == "O" else name[2:], 1.0) for name in names]

    # -- what has been

    def has_ended(self, history: Sequence[Mapping[str, Any]]) -> bool:
        """Whether all epochs are done, or the best one lies too far back."""
        training = self.config.training
        if len(history) >= training.epochs:
            return True
        if training.keep == "last":
            return False
        scores = [row[MICRO] for row in history if MICRO in row]
        return bool(scores) and len(scores) - 1 - _best(scores) >= training.patience

    def result(self, checkpoints: Path) -> Trained:
        """The best epoch's model, and the history."""
        from safetensors.torch import load_file

        from oncotext.mentions.recognizer.encoder import from_files

        last = last_checkpoint(checkpoints)
        assert last is not None
        history = _history(last)
        kept = checkpoints / f"checkpoint-{self._kept(history)['step']}"
        self.model.load_state_dict(load_file(kept / "model.safetensors"))
        rows = [{k: v for k, v in row.items() if k != "step"} for row in history]
        # as it will be loaded: accelerate leaves its wrappers on the model that it has trained
        return Trained(from_files(self.backend().files()), rows)

    def _kept(self, history: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        """The epoch whose model is kept."""
        if self.config.training.keep == "last" or not any(MICRO in row for row in history):
            return history[-1]
        return history[_best([row.get(MICRO, 0.0) for row in history])]


def _best(scores: Sequence[float]) -> int:
    """The first of the highest."""
    return max(range(len(scores)), key=lambda number: (scores[number], -number))


def last_checkpoint(folder: Path) -> Path | None:
    """The newest checkpoint that was written to its end: its state is written last."""
    found = [path.parent for path in folder.glob("checkpoint-*/trainer_state.json")]
    found.sort(key=lambda path: int(path.name.rpartition("-")[2]), reverse=True)
    return next((path for path in found if _state(path)), None)


def _state(checkpoint: Path) -> dict[str, Any]:
    try:
        text = (checkpoint / "trainer_state.json").read_text(encoding="utf-8")
        state: dict[str, Any] = json.loads(text)
    except (OSError, ValueError):
        return {}
    return state


def _history(checkpoint: Path) -> list[dict[str, Any]]:
    """A row an epoch, from what the trainer has logged."""
    rows: dict[int, dict[str, Any]] = {}
    for entry in _state(checkpoint)["log_history"]:
        row = rows.setdefault(
            entry["step"], {"epoch": round(entry["epoch"]), "step": entry["step"]}
        )
        if "loss" in entry:
            row["loss"] = entry["loss"]
        figures = {k[5:]: v for k, v in entry.items() if k.startswith("eval_")}
        row.update(figures)
    return [row for _, row in sorted(rows.items()) if "seconds" in row]
