"""`transformers.Trainer`, quiet, with our own figures after every epoch."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments

from oncotext.mentions.recognizer.windowed import padded
from oncotext.training.encoder_config import EncoderTraining
from oncotext.training.pretraining_config import PretrainingSteps
from oncotext.training.trained import MICRO, Tell

Measure = Callable[[int, float | None], dict[str, float]]
"""Epoch and loss to figures."""

History = Sequence[Mapping[str, Any]]
_IGNORED = -100


def training_arguments(
    training: EncoderTraining, seed: int, rows: int, folder: Path
) -> TrainingArguments:
    """The hyperparameters as transformers names them."""
    return _arguments(
        training,
        seed,
        rows,
        folder,
        lr_scheduler_type=training.schedule,
        max_grad_norm=training.gradient_norm,
        eval_strategy="epoch",
        metric_for_best_model=MICRO,
        greater_is_better=True,
    )


def _arguments(
    training: EncoderTraining | PretrainingSteps, seed: int, rows: int, folder: Path, **more: Any
) -> TrainingArguments:
    batches = math.ceil(rows / training.batch_size)
    steps = math.ceil(batches / training.gradient_accumulation) * training.epochs
    precision = _precision(training.mixed_precision)
    return TrainingArguments(
        output_dir=str(folder),
        per_device_train_batch_size=training.batch_size,
        gradient_accumulation_steps=training.gradient_accumulation,
        num_train_epochs=training.epochs,
        learning_rate=training.learning_rate,
        warmup_steps=math.ceil(steps * training.warmup),
        weight_decay=training.weight_decay,
        bf16=precision == "bf16",
        fp16=precision == "fp16",
        seed=seed,
        data_seed=seed,
        logging_strategy="epoch",
        save_strategy="epoch",
        # the last two; the best one is kept beside
        save_total_limit=2,
        disable_tqdm=True,
        report_to="none",
        remove_unused_columns=False,
        dataloader_pin_memory=torch.cuda.is_available(),
        **more,
    )


def _precision(wanted: str) -> str:
    if wanted != "auto":
        return wanted
    if not torch.cuda.is_available():
        return "no"
    return "bf16" if torch.cuda.is_bf16_supported() else "fp16"


def epoch_trainer(
    *,
    model: Any,
    arguments: TrainingArguments,
    dataset: Any,
    pad: int,
    weights: Sequence[float] | None,
    label_smoothing: float,
    measure: Measure,
    ended: Callable[[History], bool],
) -> Trainer:
    """A trainer that asks for our figures after every epoch and stops when they say so."""
    trainer = _EpochTrainer(
        model=model,
        args=arguments,
        train_dataset=dataset,
        eval_dataset=dataset,  # never read: `evaluate` asks for our own figures
        data_collator=_Collator(pad),
        compute_loss_func=_Loss(weights, label_smoothing),
    )
    trainer.measure, trainer.ended = measure, ended
    return _quiet(trainer)


def pretraining_trainer(
    *,
    model: Any,
    training: PretrainingSteps,
    seed: int,
    folder: Path,
    dataset: Any,
    collator: Any,
    tell: Tell,
) -> Trainer:
    """A trainer that tells the loss of every epoch."""
    trainer = Trainer(
        model=model,
        args=_arguments(training, seed, len(dataset), folder),
        train_dataset=dataset,
        data_collator=collator,
    )
    trainer.add_callback(_Teller(tell))
    return _quiet(trainer)


def _quiet(trainer: Trainer) -> Trainer:
    """No line of the trainer's own; a bar on a terminal."""
    trainer.remove_callback(PrinterCallback)
    if sys.stderr.isatty():
        trainer.add_callback(_Bar())
    return trainer


class _EpochTrainer(Trainer):
    measure: Measure
    ended: Callable[[History], bool]

    def evaluate(self, *args: Any, **kwargs: Any) -> dict[str, float]:
        """Our figures, logged as the trainer's own, so that a checkpoint holds them."""
        losses = [entry["loss"] for entry in self.state.log_history if "loss" in entry]
        epoch = round(self.state.epoch or 0)
        figures = self.measure(epoch, losses[-1] if losses else None)
        logged = {f"eval_{name}": value for name, value in figures.items()}
        self.log(logged)
        past = [{name[5:]: value for name, value in entry.items() if name.startswith("eval_")}
                for entry in self.state.log_history if "eval_seconds" in entry]  # fmt: skip
        if self.ended(past):
            self.control.should_training_stop = True
        assert self.model is not None
        self.model.train()
        return logged

    def _determine_best_metric(self, metrics: dict[str, float], trial: Any) -> bool:
        # without dev there is no figure, and no best epoch
        return f"eval_{MICRO}" in metrics and super()._determine_best_metric(metrics, trial)


class _Collator:
    """Rows of the data set as tensors of one length."""

    def __init__(self, pad: int) -> None:
        self.pad = pad

    def __call__(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, torch.Tensor]:
        ids, mask = padded([row["input_ids"] for row in rows], self.pad)
        labels, _ = padded([row["labels"] for row in rows], _IGNORED)
        values = {"input_ids": ids, "attention_mask": mask, "labels": labels}
        return {name: torch.from_numpy(value) for name, value in values.items()}


class _Loss:
    """Cross entropy over the pieces that have a tag, the same however batches are cut."""

    def __init__(self, weights: Sequence[float] | None, smoothing: float) -> None:
        self.weights = None if weights is None else torch.tensor(weights)
        self.smoothing = smoothing

    def __call__(
        self, outputs: Any, labels: torch.Tensor, num_items_in_batch: Any = None
    ) -> torch.Tensor:
        logits = outputs["logits"].float()
        loss = torch.nn.functional.cross_entropy(
            logits.reshape(-1, logits.shape[-1]),
            labels.reshape(-1),
            weight=None if self.weights is None else self.weights.to(logits.device),
            ignore_index=_IGNORED,
            label_smoothing=self.smoothing,
            reduction="sum",
        )
        count = (labels != _IGNORED).sum() if num_items_in_batch is None else num_items_in_batch
        return loss / count


class _Teller(TrainerCallback):
    """Tells the loss of every epoch."""

    def __init__(self, tell: Tell) -> None:
        self.tell = tell

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
        if logs and "loss" in logs:
            self.tell(f"epoch {round(logs['epoch'])}: loss {float(logs['loss']):.4f}")


class _Bar(TrainerCallback):
    """A progress bar on a terminal."""

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        from rich.console import Console
        from rich.progress import Progress

        self.progress = Progress(console=Console(stderr=True), transient=True)
        self.task = self.progress.add_task("training", total=state.max_steps)
        self.progress.start()

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self.progress.update(self.task, completed=state.global_step)

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self.progress.stop()
