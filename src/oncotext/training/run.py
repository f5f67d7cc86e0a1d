"""A run: read the corpora, train, measure, save the pipeline with all that is known of it."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from oncotext.corpora import load_corpus
from oncotext.errors import InputError, UsageError
from oncotext.linking.linker import Linker
from oncotext.pipelines import load, version
from oncotext.report import AnnotatedReport
from oncotext.training.card import model_card
from oncotext.training.config import (
    AnyConfig,
    AssertionConfig,
    TrainingConfig,
    read_config,
)
from oncotext.training.corpus_config import CorpusConfig
from oncotext.training.linking import train_linkers
from oncotext.training.measuring import measure
from oncotext.training.mentions_config import MentionsConfig
from oncotext.training.pretraining_config import PretrainingConfig

RUN_FILE = "training.json"
_PACKAGES = ("oncotext", "spacy", "numpy")

Tell = Callable[[str], None]


def train(config: AnyConfig | str | Path, *, tell: Tell = lambda line: None) -> Path:
    """Train what a configuration says and save the pipeline.

    Parameters
    ----------
    config : TrainingConfig, MentionsConfig, ..., or path of a TOML file
    tell : callable, optional
        Gets a line a step; never text of a report.

    Returns
    -------
    Path
        The folder, which `oncotext.load` and `spacy.load` take. In it `training.json` holds the
        configuration, versions, checksums and figures, and `README.md` is the model card.

    Raises
    ------
    InputError
        A file or corpus cannot be read, or holds nothing to learn from.
    UsageError
        The output folder is not empty.
    """
    if isinstance(config, (str, Path)):
        config = read_config(config)
    if isinstance(config, PretrainingConfig):
        from oncotext.training.pretraining import pretrain

        return pretrain(config, tell=tell)
    if isinstance(config, MentionsConfig):
        from oncotext.training.mentions_run import train_mentions

        return train_mentions(config, tell=tell)
    check_output(config.output)
    if isinstance(config, AssertionConfig):
        from oncotext.training.assertion_run import train_assertion_pipeline

        return train_assertion_pipeline(config, tell=tell)
    started = time.perf_counter()
    train_reports, train_origin = read_part(config.train, tell)
    dev_reports, dev_origin = read_part(config.dev, tell) if config.dev else ([], None)
    check_apart(train_reports, dev_reports)
    linkers = train_linkers(train_reports, labels=config.labels)
    for system, linker in linkers.items():
        tell(f"{system}: {len(linker.aliases)} forms learned")
    figures: dict[str, Any] = {}
    if dev_reports:
        figures = measure(linkers, train_reports, dev_reports)
    run = {
        "labels": config.labels,
        **facts_of(config, started),
        "train": train_origin,
        "dev": dev_origin,
        "figures": figures,
    }
    _save(config, linkers, run)
    tell(f"Saved in {config.output}")
    return config.output


def check_output(folder: Path) -> None:
    """Nothing is overwritten."""
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(
            "The output folder is not empty.",
            where=str(folder),
            remedy="Name another, or empty it.",
        )


def facts_of(config: BaseModel, started: float) -> dict[str, Any]:
    """What is to be known of any run."""
    return {
        "task": vars(config)["task"],
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(time.perf_counter() - started, 1),
        "versions": {name: metadata.version(name) for name in _PACKAGES},
        "python": platform.python_version(),
        "machine": platform.machine(),
        "config": json.loads(config.model_dump_json(exclude={"output"})),
    }


def read_part(corpus: CorpusConfig, tell: Tell) -> tuple[list[AnnotatedReport], dict[str, Any]]:
    """The reports of a corpus or of its splits, and where they come from."""
    splits: list[str | None] = [*corpus.splits] or [None]
    parts = [load_corpus(corpus.path, split=split, format=corpus.format) for split in splits]
    reports = [report for part in parts for report in part.reports]
    if not reports:
        raise InputError("No annotated report.", where=str(corpus.path))
    for part in parts:
        for problem in part.problems[:5]:
            tell(f"problem: {problem}")
    tell(f"{corpus.path.name}: {len(reports)} reports")
    return reports, {
        "name": corpus.path.name,
        "splits": corpus.splits,
        "reports": len(reports),
        "sha256": [part.checksum for part in parts],
        "problems": sum(len(part.problems) for part in parts),
    }


def check_apart(train: list[AnnotatedReport], dev: list[AnnotatedReport]) -> None:
    """No report may be in both."""
    texts = {report.text for report in train}
    both = sum(report.text in texts for report in dev)
    if both:
        raise InputError(
            f"{both} of {len(dev)} dev reports are in the training corpus too.",
            remedy="Split by report.",
        )


def _save(config: TrainingConfig, linkers: dict[str, Linker], run: dict[str, Any]) -> None:
    from oncotext.linking.pipe import LinkingPipe

    nlp = load(config.base)
    before = next(name for name in nlp.pipe_names if name.endswith("assertion"))
    pipe = nlp.add_pipe("oncotext.linking", before=before, config={"threshold": config.threshold})
    assert isinstance(pipe, LinkingPipe)
    pipe.linkers = linkers
    nlp.meta["description"] = "oncotext rules with a linker trained on local annotations"
    nlp.meta["version"] = version()
    nlp.to_disk(config.output)
    write_about(config.output, run, model_card(run))


def write_about(folder: Path, run: dict[str, Any], card: str) -> None:
    """Write a run and its card beside the pipeline."""
    text = json.dumps(run, ensure_ascii=False, indent=1)
    (folder / RUN_FILE).write_text(text + "\n", encoding="utf-8")
    (folder / "README.md").write_text(card, encoding="utf-8")
