"""Rules and a trained recogniser as one pipeline, and what is decided on dev reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from oncotext.evaluation import Evaluation, evaluate
from oncotext.linking.link import linker_of
from oncotext.linking.linker import Linker
from oncotext.linking.pipe import LinkingPipe
from oncotext.linking.systems import SYSTEM_OF
from oncotext.mentions.recognizer.backend import Backend, Predicted
from oncotext.mentions.recognizer.pipe import RecognizerPipe
from oncotext.pipelines import load, version
from oncotext.report import AnnotatedReport
from oncotext.scale import extract_many
from oncotext.training.examples import pieces
from oncotext.training.mentions_config import MentionsConfig
from oncotext.training.trained import Example

if TYPE_CHECKING:
    from spacy.language import Language

_STEPS = [round(step / 20, 2) for step in range(20)]


def assemble(
    config: MentionsConfig, backend: Backend, linkers: Mapping[str, Linker]
) -> tuple[Language, RecognizerPipe]:
    """The base pipeline with recogniser and linker before its assertion."""
    nlp = load(config.base)
    before = next(
        (name for name in nlp.pipe_names if nlp.get_pipe_meta(name).factory in _LATER), None
    )
    owns = list(backend.labels) if config.owns == "auto" else config.owns
    settings = {"owns": owns, "yields": config.yields, "overlapping": config.overlapping}
    pipe = nlp.add_pipe("oncotext.recognizer", before=before, config=settings)
    assert isinstance(pipe, RecognizerPipe)
    pipe.backend = backend
    _set_linkers(nlp, before, config, owns, linkers)
    nlp.meta["name"] = config.name
    nlp.meta["description"] = "oncotext rules with a recogniser trained on local annotations"
    nlp.meta["version"] = version()
    return nlp, pipe


_LATER = ("oncotext.assertion", "oncotext.codes", "oncotext.record", "oncotext.entities")


def _set_linkers(
    nlp: Language,
    before: str | None,
    config: MentionsConfig,
    owns: Sequence[str],
    linkers: Mapping[str, Linker],
) -> None:
    """Codes for what the model finds: learned ones, else those of the lexicon."""
    known = next((pipe for _, pipe in nlp.pipeline if isinstance(pipe, LinkingPipe)), None)
    if known is None:
        settings = {"threshold": config.link_threshold}
        added = nlp.add_pipe("oncotext.linking", before=before, config=settings)
        assert isinstance(added, LinkingPipe)
        known = added
    systems = [SYSTEM_OF[label] for label in owns if label in SYSTEM_OF]
    given = {system: linkers.get(system) or linker_of(system) for system in systems}
    known.linkers = {**given, **known.linkers, **linkers}


def store(nlp: Language, pipe: RecognizerPipe) -> RecognizerPipe:
    """Let the pipeline's own configuration say what was decided; gives the pipe that does."""
    settings = {
        "owns": list(pipe.owns),
        "thresholds": [[label, score] for label, score in pipe.thresholds.items()],
        "keep_rules": list(pipe.keep_rules),
        "yields": list(pipe.yields),
        "overlapping": pipe.overlapping,
    }
    stored = nlp.replace_pipe(pipe.name, "oncotext.recognizer", config=settings)
    assert isinstance(stored, RecognizerPipe)
    stored.backend = pipe.backend
    return stored


def best_thresholds(
    backend: Backend, reports: Sequence[AnnotatedReport], examples: Sequence[Example]
) -> dict[str, float]:
    """For each label the least score at which strict F1 on reports is highest."""
    docs = [example.doc for example in examples]
    found = [(n, span) for n, spans in enumerate(backend.predict(docs)) for span in spans]
    gold = {
        (number, m.start, m.end, m.label)
        for number, report in enumerate(reports)
        for m in pieces(report).mentions
    }
    return {label: _best_threshold(label, found, gold) for label in backend.labels}


def _best_threshold(
    label: str,
    found: Sequence[tuple[int, Predicted]],
    gold: set[tuple[int, int, int, str]],
) -> float:
    wanted = sum(place[-1] == label for place in gold)
    scored = [
        (span.score, (number, span.start, span.end, label) in gold)
        for number, span in found
        if span.label == label
    ]

    def f1(least: float) -> float:
        kept = [right for score, right in scored if score >= least]
        return 2 * sum(kept) / max(1, len(kept) + wanted)

    return max(_STEPS, key=lambda least: (f1(least), -least))


def prune_linkers(nlp: Language, reports: Sequence[AnnotatedReport]) -> list[str]:
    """Give back to the lexicon the codes that the learned linkers do not better on reports.

    Returns
    -------
    list of str
        The systems whose learned linker stays.
    """
    pipe = next(pipe for _, pipe in nlp.pipeline if isinstance(pipe, LinkingPipe))
    learned = dict(pipe.linkers)
    labels = [label for label, system in SYSTEM_OF.items() if system in learned]
    if not reports:
        return sorted(learned)
    with_learned = measured(nlp, reports, labels, resamples=0)
    pipe.linkers = {system: linker_of(system) for system in learned}
    without = measured(nlp, reports, labels, resamples=0)
    for label in labels:
        if _linked(with_learned, label) > _linked(without, label):
            pipe.linkers[SYSTEM_OF[label]] = learned[SYSTEM_OF[label]]
    return sorted(system for system, linker in pipe.linkers.items() if linker.aliases)


def kept_labels(
    nlp: Language, pipe: RecognizerPipe, reports: Sequence[AnnotatedReport]
) -> list[str]:
    """The owned labels for which linked F1 on reports is higher when what only the rules have
    found stays; without reports all."""
    owns = list(pipe.owns)
    if not reports:
        return owns
    before, found = pipe.keep_rules, []
    for keep in ([], owns):
        pipe.keep_rules = tuple(keep)
        found.append(measured(nlp, reports, owns, resamples=0))
    pipe.keep_rules = before
    without, kept = found
    return [label for label in owns if _linked(kept, label) > _linked(without, label)]


def better_labels(
    nlp: Language, base: str, owns: Sequence[str], reports: Sequence[AnnotatedReport]
) -> list[str]:
    """The owned labels of which linked F1 on reports is not lower than by the rules alone."""
    if not reports:
        return list(owns)
    rules = measured(base, reports, owns, resamples=0)
    ours = measured(nlp, reports, owns, resamples=0)
    return [label for label in owns if _linked(ours, label) >= _linked(rules, label)]


def _linked(evaluation: Evaluation, label: str) -> float:
    return evaluation.f1("mention", label, "linked")


def measured(
    pipeline: str | Language,
    reports: Sequence[AnnotatedReport],
    labels: Sequence[str],
    *,
    resamples: int = 1000,
) -> Evaluation:
    """A pipeline on reports, discontinuous mentions as their fragments."""
    gold = [pieces(report, labels) for report in reports]
    return evaluate(gold, answers(pipeline, gold), labels=labels, resamples=resamples)


def answers(pipeline: str | Language, reports: Sequence[AnnotatedReport]) -> list[AnnotatedReport]:
    """What a pipeline finds in the texts of reports."""
    texts = ((report.id, report.text) for report in reports)
    return list(extract_many(texts, pipeline=pipeline))


def exact_codes(
    gold: Sequence[AnnotatedReport], found: Sequence[AnnotatedReport], label: str
) -> dict[str, float]:
    """F1 of exact spans with the right code, as in CANTEMIST's track on normalisation.

    Spans that the annotators left without a code count neither as found nor as missed.
    """
    right = predicted = wanted = 0
    for report, answer in zip(gold, found, strict=True):
        codes = {(m.start, m.end): m.code for m in report.mentions if m.label == label}
        ours = {(m.start, m.end): m.code for m in answer.mentions if m.label == label}
        coded = {place for place, code in codes.items() if code}
        right += sum(ours.get(place) == codes[place] for place in coded)
        predicted += sum(place in coded or place not in codes for place in ours)
        wanted += len(coded)
    f1 = 2 * right / (predicted + wanted) if predicted + wanted else 0.0
    return {"f1": round(f1, 4), "tp": right, "fp": predicted - right, "fn": wanted - right}
