"""The model card of a pipeline with a trained recogniser, written from its run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def mentions_card(run: Mapping[str, Any]) -> str:
    """A card in Markdown: data, licence, figures with intervals, limits."""
    config, dev = run["config"], run["dev"]
    lines = [
        "# An oncotext pipeline with a trained recogniser",
        "",
        f"Finds {', '.join(run['labels'])} with a model ({config['backend']} backend) beside the "
        f"rules of `{config['base']}`. Trained {run['date']} with oncotext "
        f"{run['versions']['oncotext']} in {run['seconds']:.0f} s ({len(run['epochs'])} epochs), "
        f"about {run['energy']['watt_hours']} Wh at a stated {run['energy']['watts']:g} W.",
        "",
        "## Data",
        "",
        f"* Trained on {_corpus(run['train'])}.",
        f"* Measured on {_corpus(dev)}." if dev else "* Not measured: no `dev` corpus was given.",
        f"* Licence of the corpus: {config['licence']}.",
        f"* Nearly equal reports across the two: {len(run['near_duplicates'])}.",
        "* The pipeline holds annotated words of its training corpus. If they come from health",
        "  records, treat it as one.",
        "",
        *_figures(run),
        *_left(run),
        *_curve(run),
        *_folds(run),
        "## Limits",
        "",
        "A discontinuous mention is found as its fragments. Mentions and codes follow the "
        "conventions of the training corpus, and reports unlike it are read less well. "
        f"{_chosen(run)}Research software, not a medical device.",
        "",
    ]
    return "\n".join(lines)


def _corpus(origin: Mapping[str, Any]) -> str:
    splits = f" ({', '.join(origin['splits'])})" if origin["splits"] else ""
    return f"`{origin['name']}`{splits}: {origin['reports']} reports"


def _chosen(run: Mapping[str, Any]) -> str:
    """What the dev reports have decided, so that their figures are a little too good."""
    config = run["config"]
    chosen = [
        name
        for name, decided in (
            ("the epoch", config["training"].get("keep", "best") == "best"),
            ("the thresholds", config["thresholds"] == "auto"),
            ("which labels the model owns", config["owns"] == "auto"),
            ("whether codes are learned", config["linking"] == "auto"),
            ("which mentions of the rules stay", config["keep_rules"] == "auto"),
        )
        if decided
    ]
    if not run["dev"] or not chosen:
        return ""
    return (
        f"The figures are a little too good: {', '.join(chosen)} were chosen on the dev reports. "
    )


def _figures(run: Mapping[str, Any]) -> list[str]:
    if not run["figures"]:
        return []
    lines = [
        "## Figures",
        "",
        "F1 of exact spans, and of spans (overlapping is enough) with the right code, by the rules "
        "alone and by this pipeline.",
        "",
        "| | n | rules, spans | trained, spans | 95 % | rules, codes | trained, codes | 95 % |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for label, who in run["figures"].items():
        strict = who["trained"]["strict"] or who["rules"]["strict"] or {"tp": 0, "fn": 0}
        cells = [label, str(strict["tp"] + strict["fn"])]
        for measure in ("strict", "linked"):
            cells += [_f1(who["rules"][measure]), _f1(who["trained"][measure])]
            cells.append(_interval(who["trained"][measure]))
        lines.append(f"| {' | '.join(cells)} |")
    return [*lines, ""]


def _left(run: Mapping[str, Any]) -> list[str]:
    """Labels that the model learned and the rules are better at."""
    left = sorted(set(run["labels"]) - set(run["recognizer"]["owns"]))
    if not left:
        return []
    return [f"Left to the rules, which are better on the dev reports: {', '.join(left)}.", ""]


def _f1(row: Mapping[str, Any] | None) -> str:
    return f"{row['f1']:.3f}" if row else ""


def _interval(row: Mapping[str, Any] | None) -> str:
    edges = (row or {}).get("f1_ci")
    return f"{edges[0]:.3f}-{edges[1]:.3f}" if edges else ""


def _curve(run: Mapping[str, Any]) -> list[str]:
    rows = run.get("curve")
    if not rows:
        return []
    labels = run["labels"]
    lines = [
        "## What more reports are worth",
        "",
        f"| reports | all | {' | '.join(labels)} |",
        f"|---|---|{'---|' * len(labels)}",
    ]
    for row in rows:
        cells = [f"{row[name]:.3f}" for name in ("micro", *labels)]
        lines.append(f"| {row['reports']} | {' | '.join(cells)} |")
    before, last = rows[-2:] if len(rows) > 1 else (rows[0], rows[0])
    gain = last["micro"] - before["micro"]
    more = last["reports"] - before["reports"]
    return [*lines, "", f"The last {more} reports have brought {gain:+.3f} (model alone).", ""]


def _folds(run: Mapping[str, Any]) -> list[str]:
    found = run.get("cross_validation")
    if not found:
        return []
    lines = [f"## Cross-validation, {found['folds']} folds", "", "| | F1 | 95 % |", "|---|---|---|"]
    for label, row in found["labels"].items():
        lines.append(f"| {label} | {row['f1']:.3f} | {_interval(row)} |")
    return [*lines, ""]
