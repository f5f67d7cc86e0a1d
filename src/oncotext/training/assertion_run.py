"""A run of ``task = "assertion"``: learn, measure beside the rules alone, save the pipeline."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oncotext.assertion.learned import LearnedAssertion
from oncotext.evaluation import evaluate_given_spans
from oncotext.evaluation.assertion import ON_GIVEN_SPANS
from oncotext.pipelines import load, version
from oncotext.report import FLAGS, AnnotatedReport
from oncotext.training.assertion import train_assertion
from oncotext.training.config import AssertionConfig
from oncotext.training.run import check_apart, facts_of, read_part, write_about
from oncotext.training.trained import Tell

if TYPE_CHECKING:
    from spacy.language import Language


def train_assertion_pipeline(config: AssertionConfig, *, tell: Tell) -> Path:
    """Train what a configuration says and save the pipeline; see `oncotext.training.train`."""
    started = time.perf_counter()
    train, origin = read_part(config.train, tell)
    dev, dev_origin = read_part(config.dev, tell) if config.dev else ([], None)
    check_apart(train, dev)
    model = train_assertion(
        train,
        base=config.base,
        strength=config.strength,
        threshold=config.threshold,
        seed=config.seed,
    )
    for flag in FLAGS:
        tell(f"{flag}: {_said(model, flag)}")
    nlp = _pipeline(config, model)
    run = {
        **facts_of(config, started),
        "train": origin,
        "dev": dev_origin,
        "thresholds": model.threshold,
        "figures": measure(nlp, config.base, dev) if dev else {},
    }
    nlp.to_disk(config.output)
    write_about(config.output, run, assertion_card(run))
    tell(f"Saved in {config.output}")
    return config.output


def _said(model: LearnedAssertion, flag: str) -> str:
    if flag not in model.threshold:
        return "left to the rules"
    return f"overrules the rules from a probability of {model.threshold[flag]:g} on"


def _pipeline(config: AssertionConfig, model: LearnedAssertion) -> Language:
    from oncotext.assertion.learned_pipe import LearnedAssertionPipe

    nlp = load(config.base)
    after = next(
        name for name in nlp.pipe_names if nlp.get_pipe_meta(name).factory == "oncotext.assertion"
    )
    pipe = nlp.add_pipe("oncotext.assertion_model", after=after)
    assert isinstance(pipe, LearnedAssertionPipe)
    pipe.model = model
    nlp.meta["description"] = "oncotext rules with assertion learned from local annotations"
    nlp.meta["version"] = version()
    return nlp


def measure(nlp: Language, base: str, dev: Sequence[AnnotatedReport]) -> dict[str, dict[str, Any]]:
    """F1 of each flag on annotated spans, by the rules alone and by the new pipeline."""
    found: dict[str, dict[str, Any]] = {flag: {} for flag in FLAGS}
    for who, pipeline in (("rules", base), ("trained", nlp)):
        evaluation = evaluate_given_spans(dev, pipeline=pipeline)
        rows = evaluation.to_dict()[ON_GIVEN_SPANS]
        for flag in FLAGS:
            found[flag][who] = rows[flag]
    for flag in FLAGS:
        found[flag]["n"] = sum(getattr(m, flag) for report in dev for m in report.mentions)
    return found


def assertion_card(run: Mapping[str, Any]) -> str:
    """The model card in Markdown."""
    dev = run["dev"]
    lines = [
        "# An oncotext pipeline with learned assertion",
        "",
        f"Trained {run['date']} with oncotext {run['versions']['oncotext']} "
        f"in {run['seconds']} s, on {run['train']['reports']} reports of "
        f"`{run['train']['name']}`.",
        "",
        "| flag | n | rules alone, F1 | trained, F1 | 95 % | overrules from |",
        "|---|---|---|---|---|---|",
    ]
    for flag, row in run["figures"].items():
        interval = row["trained"].get("f1_ci")
        shown = f"{interval[0]:.3f}-{interval[1]:.3f}" if interval else ""
        lines.append(
            f"| {flag} | {row['n']} | {row['rules']['f1']:.3f} | {row['trained']['f1']:.3f} "
            f"| {shown} | {run['thresholds'].get(flag, 'never')} |"
        )
    measured = f"`{dev['name']}`, {dev['reports']} reports" if dev else "nothing: no `dev` corpus"
    lines += [
        "",
        f"Measured on {measured}, the annotated spans given. Flags that the training corpus gave "
        "no sure reason to overrule are left to the rules.",
        "",
        "The pipeline holds words of its training corpus: if they come from health records, treat "
        "it as one. The licence of the corpus applies. Research software, not a medical device.",
        "",
    ]
    return "\n".join(lines)
