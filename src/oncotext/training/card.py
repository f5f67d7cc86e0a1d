"""The model card of a trained pipeline, written from its run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def model_card(run: Mapping[str, Any]) -> str:
    """A card in Markdown: what the pipeline was trained on, how good it is, what its limits are."""
    train, dev = run["train"], run["dev"]
    lines = [
        "# An oncotext pipeline with a trained linker",
        "",
        f"Task: {run['task']} of {', '.join(run['labels'])}. Trained {run['date']} with "
        f"oncotext {run['versions']['oncotext']} in {run['seconds']} s.",
        "",
        "## Data",
        "",
        f"* Trained on {_corpus(train)}.",
        f"* Measured on {_corpus(dev)}." if dev else "* Not measured: no `dev` corpus was given.",
        "* The pipeline holds the annotated words of its training corpus. Treat it as what they",
        "  are: if they come from health records, so does it. The licence of the corpus applies.",
        "",
    ]
    if run["figures"]:
        lines += ["## Codes given the span", "", *_table(run["figures"]), ""]
    lines += [
        "## Limits",
        "",
        "Codes follow the conventions of the training corpus. A code below the threshold "
        f"({run['config']['threshold']}) leaves that of the lexicon. Research software, not a "
        "medical device.",
        "",
    ]
    return "\n".join(lines)


def _corpus(origin: Mapping[str, Any]) -> str:
    splits = f" ({', '.join(origin['splits'])})" if origin["splits"] else ""
    return f"`{origin['name']}`{splits}: {origin['reports']} reports"


def _table(figures: Mapping[str, Any]) -> list[str]:
    lines = [
        "| | n | lexicon alone @1 | trained @1 | 95 % | trained @5 |",
        "|---|---|---|---|---|---|",
    ]
    for label, groups in figures.items():
        for group, row in groups.items():
            edges = row["trained"].get("accuracy@1_ci")
            interval = f"{edges[0]:.3f}-{edges[1]:.3f}" if edges else ""
            lines.append(
                f"| {label}, {group.replace('_', ' ')} | {row['n']} "
                f"| {row['lexicon']['accuracy@1']:.3f} | {row['trained']['accuracy@1']:.3f} "
                f"| {interval} | {row['trained']['accuracy@5']:.3f} |"
            )
    return lines
