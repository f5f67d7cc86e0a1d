"""A run of ``task = "mentions"``: train a recogniser, join it to the rules, measure, save."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oncotext.errors import InputError, UsageError
from oncotext.evaluation import evaluate
from oncotext.linking.linker import Linker
from oncotext.linking.systems import SYSTEM_OF
from oncotext.mentions.recognizer.overlaps import OWNABLE
from oncotext.mentions.recognizer.pipe import RecognizerPipe, check_ownable
from oncotext.report import AnnotatedReport
from oncotext.training.examples import (
    evaluator,
    examples_of,
    labels_of,
    pieces,
    rules_before,
)
from oncotext.training.hybrid import (
    answers,
    assemble,
    best_thresholds,
    better_labels,
    exact_codes,
    kept_labels,
    prune_linkers,
    store,
)
from oncotext.training.linking import train_linkers
from oncotext.training.mentions_card import mentions_card
from oncotext.training.mentions_config import (
    EncoderMentionsConfig,
    MentionsConfig,
    SpancatMentionsConfig,
)
from oncotext.training.near_duplicates import NearDuplicate, near_duplicates
from oncotext.training.run import check_apart, check_output, facts_of, read_part, write_about
from oncotext.training.trained import Evaluate, Example, Tell, Trained

if TYPE_CHECKING:
    from spacy.language import Language

# Of grades a model can own differentiation alone, so that its owner says that it shall.
_DEFAULT = [label for label in OWNABLE if label != "GRADE"]
_CHECKPOINTS, _CONFIG = "checkpoints", "config.json"

Trainer = Callable[..., Trained]


@dataclass(frozen=True)
class Data:
    """Reports and what is learned from them, side by side."""

    reports: list[AnnotatedReport]
    examples: list[Example]

    def part(self, numbers: Sequence[int]) -> Data:
        return Data([self.reports[n] for n in numbers], [self.examples[n] for n in numbers])


class Fitting:
    """Trains models of one configuration on any part of the data.

    Parameters
    ----------
    config : MentionsConfig
    labels : list of str
    tell : callable
    """

    def __init__(self, config: MentionsConfig, labels: list[str], tell: Tell) -> None:
        self.config = config.model_copy(update={"labels": labels})
        self.labels, self.tell = labels, tell
        self.checkpoints = config.output / _CHECKPOINTS

    def fit(self, train: Data, dev: Data, name: str = "all") -> Trained:
        """Train, or go on with what was begun under this name."""
        trainer = _trainer(self.config)
        return trainer(
            train.examples,
            dev.examples,
            self.config,
            tell=self.tell,
            checkpoints=self.checkpoints / name,
            evaluate=self.evaluate(dev),
        )

    def evaluate(self, dev: Data) -> Evaluate:
        return evaluator(dev.reports, dev.examples, self.labels)


def _trainer(config: MentionsConfig) -> Trainer:
    if isinstance(config, EncoderMentionsConfig):
        from oncotext.training.encoder import train_encoder

        return train_encoder
    if isinstance(config, SpancatMentionsConfig):
        from oncotext.training.spancat import train_spancat

        return train_spancat
    from oncotext.training.tok2vec import train_tok2vec

    return train_tok2vec


def train_mentions(config: MentionsConfig, *, tell: Tell) -> Path:
    """Train what a configuration says and save the pipeline; see `oncotext.training.train`.

    An interrupted run goes on where it was when it is started again.
    """
    started = time.perf_counter()
    _begin(config)
    train_reports, origin = read_part(config.train, tell)
    dev_reports, dev_origin = read_part(config.dev, tell) if config.dev else ([], None)
    check_apart(train_reports, dev_reports)
    alike = _near_duplicates(config, train_reports, dev_reports, tell)
    labels = _labels(config, train_reports)
    train, dev = _data(config, train_reports, labels), _data(config, dev_reports, labels)
    fitting = Fitting(config, labels, tell)
    trained = fitting.fit(train, dev)
    nlp = _pipeline(config, trained, train, dev, tell)
    run = {
        "labels": labels,
        "train": origin,
        "dev": dev_origin,
        "near_duplicates": [pair._asdict() for pair in alike],
        "epochs": trained.history,
        "recognizer": dict(nlp.get_pipe_config("oncotext.recognizer")),
        "figures": _figures(config, nlp, labels, dev, tell) if dev.reports else {},
        **_more(config, fitting, train, dev),
    }
    run = {**facts_of(config, started), "cores": os.cpu_count(), **run}
    run["energy"] = _energy(config, run["seconds"])
    _save(config, nlp, run, tell)
    return config.output


# -- before the training


def _begin(config: MentionsConfig) -> None:
    """Only an interrupted run of the same configuration may be in the output folder."""
    folder = config.output / _CHECKPOINTS
    stated = json.loads(config.model_dump_json())
    if not (folder / _CONFIG).exists():
        check_output(config.output)
        folder.mkdir(parents=True)
        (folder / _CONFIG).write_text(json.dumps(stated), encoding="utf-8")
    elif json.loads((folder / _CONFIG).read_text(encoding="utf-8")) != stated:
        raise UsageError(
            "The interrupted run in the output folder had another configuration.",
            where=str(config.output),
            remedy="Restore its configuration, or empty the folder.",
        )


def _near_duplicates(
    config: MentionsConfig,
    train: Sequence[AnnotatedReport],
    dev: Sequence[AnnotatedReport],
    tell: Tell,
) -> list[NearDuplicate]:
    found = near_duplicates(train, dev, config.near_duplicates.similarity)
    for pair in found:
        tell(f"nearly the same ({pair.similarity:.2f}): train {pair.train}, dev {pair.dev}")
    if found and config.near_duplicates.refuse:
        pairs = "; ".join(f"{pair.train} and {pair.dev}" for pair in found[:10])
        raise InputError(
            f"{len(found)} dev reports are nearly the same as training reports: {pairs}.",
            remedy="Keep them on one side, or set near_duplicates.refuse = false.",
        )
    return found


def _labels(config: MentionsConfig, train: Sequence[AnnotatedReport]) -> list[str]:
    """What is learned: what the configuration names, else what a model can own."""
    for label in config.owns if config.owns != "auto" else ():
        check_ownable(label)
    known = labels_of(train)
    labels = config.labels or [name for name in known if name in _DEFAULT or ":" in name]
    if not set(labels) & set(known):
        raise InputError(
            f"The training corpus has no mention of {', '.join(labels) or 'any ownable label'}.",
            remedy=f"It has {', '.join(known) or 'no mentions'}.",
        )
    return sorted(labels)


def _data(config: MentionsConfig, reports: list[AnnotatedReport], labels: list[str]) -> Data:
    return Data(reports, examples_of(reports, rules_before(config.base), labels))


# -- after it


def _pipeline(
    config: MentionsConfig, trained: Trained, train: Data, dev: Data, tell: Tell
) -> Language:
    """Rules, model and linker, with what is left to dev decided."""
    nlp, pipe = assemble(config, trained.backend, _linkers(config, train, tell))
    thresholds = config.thresholds
    if thresholds == "auto":
        thresholds = best_thresholds(trained.backend, dev.reports, dev.examples)
    pipe.thresholds = dict(thresholds)
    keep = config.keep_rules
    if keep == "auto":
        keep = kept_labels(nlp, pipe, dev.reports)
    pipe.keep_rules = tuple(keep)
    learned = _settle(config, nlp, pipe, dev)
    for label in sorted({*trained.backend.labels} - {*pipe.owns}):
        tell(f"{label}: left to the rules")
    tell(f"learned codes: {', '.join(learned) or 'none'}")
    store(nlp, pipe)
    return nlp


def _settle(
    config: MentionsConfig, nlp: Language, pipe: RecognizerPipe, dev: Data
) -> Sequence[str]:
    """Leave to rules and lexicon what dev says they do better; gives the systems whose codes
    are learned.

    What one label does changes what another can, so that all are looked at until none goes.
    """
    while True:
        learned = prune_linkers(nlp, dev.reports) if config.linking == "auto" else ()
        before = pipe.owns
        if config.owns == "auto":
            pipe.owns = tuple(better_labels(nlp, config.base, before, dev.reports))
        if pipe.owns == before:
            return learned


def _linkers(config: MentionsConfig, train: Data, tell: Tell) -> Mapping[str, Linker]:
    """The codes of the corpus, where it has some."""
    coded = {
        mention.label
        for report in train.reports
        for mention in report.mentions
        if mention.code and mention.label in SYSTEM_OF
    }
    if not config.linking or not coded:
        return {}
    linkers = train_linkers(train.reports, labels=sorted(coded))
    for system, linker in linkers.items():
        tell(f"{system}: {len(linker.aliases)} forms learned")
    return linkers


def _figures(
    config: MentionsConfig, nlp: Language, labels: list[str], dev: Data, tell: Tell
) -> dict[str, Any]:
    """Strict and linked F1 of the labels, by the rules alone and by the new pipeline."""
    found: dict[str, Any] = {label: {} for label in labels}
    gold = [pieces(report, labels) for report in dev.reports]
    for who, pipeline in (("rules", config.base), ("trained", nlp)):
        answered = answers(pipeline, gold)
        rows = evaluate(gold, answered, labels=labels).to_dict()["mention"]
        for label in labels:
            measures = rows.get(label, {})
            found[label][who] = {name: measures.get(name) for name in ("strict", "linked")}
            found[label][who]["exact_code"] = exact_codes(gold, answered, label)
    for label in labels:
        row = found[label]["trained"]["strict"] or {"f1": 0.0}
        tell(f"{label}: strict F1 {row['f1']:.3f}")
    return found


def _more(config: MentionsConfig, fitting: Fitting, train: Data, dev: Data) -> dict[str, Any]:
    """Learning curve and cross-validation, where asked for."""
    from oncotext.training.repeated import cross_validation, learning_curve

    found: dict[str, Any] = {}
    if config.curve:
        found["curve"] = learning_curve(fitting, train, dev, config.curve.fractions)
    if config.cross_validation:
        folds = config.cross_validation.folds
        found["cross_validation"] = cross_validation(fitting, train, folds)
    return found


def _energy(config: MentionsConfig, seconds: float) -> dict[str, Any]:
    return {
        "watt_hours": round(seconds * config.watts / 3600, 2),
        "watts": config.watts,
        "method": "seconds of this run times the watts that the configuration states",
    }


def _save(config: MentionsConfig, nlp: Language, run: dict[str, Any], tell: Tell) -> None:
    if isinstance(config, EncoderMentionsConfig) and config.export.onnx:
        from oncotext.training.onnx_export import put_onnx

        put_onnx(nlp, int8=config.export.int8)
    nlp.to_disk(config.output)
    write_about(config.output, run, mentions_card(run))
    shutil.rmtree(config.output / _CHECKPOINTS)
    tell(f"Saved in {config.output}")
    if config.package:
        from oncotext.training.packaging import write_package

        tell(f"Package: {write_package(config.output)}")
