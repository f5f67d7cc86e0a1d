"""More trainings of one configuration: on parts of the corpus, and on all but one fold of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from oncotext.errors import UsageError
from oncotext.evaluation import evaluate
from oncotext.training.examples import pieces, predicted_reports

if TYPE_CHECKING:
    from oncotext.training.mentions_run import Data, Fitting


def learning_curve(
    fitting: Fitting, train: Data, dev: Data, fractions: Sequence[float]
) -> list[dict[str, Any]]:
    """Strict F1 on dev of models trained on parts of the reports, and on all of them.

    A part holds the smaller ones. What the last step has brought says what as many reports more
    are worth, at most.

    Raises
    ------
    UsageError
        There are no dev reports, or a fraction is none.
    """
    if not dev.reports:
        raise UsageError("A learning curve is measured on dev.", remedy="Name a [dev] corpus.")
    order = np.random.default_rng(fitting.config.seed).permutation(len(train.reports)).tolist()
    rows = []
    for fraction in sorted({*fractions, 1.0}):
        if not 0 < fraction <= 1:
            raise UsageError(f"curve.fractions: {fraction:g} is not between 0 and 1.")
        part = train.part(sorted(order[: max(1, round(fraction * len(order)))]))
        fitting.tell(f"learning curve: {len(part.reports)} reports")
        name = "all" if fraction == 1 else f"curve-{fraction:g}"
        trained = fitting.fit(train if fraction == 1 else part, dev, name)
        figures = fitting.evaluate(dev)(trained.backend)
        rows.append({"fraction": fraction, "reports": len(part.reports), **figures})
    return rows


def cross_validation(fitting: Fitting, train: Data, folds: int) -> dict[str, Any]:
    """Strict F1, with intervals, of models on the reports that each has not seen.

    Folds are of whole reports. Within a fold nothing is chosen on what is measured: the last
    epoch counts.

    Raises
    ------
    UsageError
        There are fewer reports than folds.
    """
    if len(train.reports) < folds:
        raise UsageError(f"{folds} folds of {len(train.reports)} reports.", remedy="Use fewer.")
    order = np.random.default_rng(fitting.config.seed).permutation(len(train.reports))
    none = train.part([])
    gold, found = [], []
    for fold in range(folds):
        held = set(order[fold::folds].tolist())
        numbers = range(len(train.reports))
        others, own = (
            train.part([n for n in numbers if (n in held) is wanted]) for wanted in (False, True)
        )
        fitting.tell(f"fold {fold + 1} of {folds}: {len(own.reports)} reports held out")
        trained = fitting.fit(others, none, f"fold-{fold + 1}")
        gold += [pieces(report, fitting.labels) for report in own.reports]
        found += predicted_reports(trained.backend, own.reports, own.examples)
    rows = evaluate(gold, found, labels=fitting.labels).to_dict()["mention"]
    return {"folds": folds, "labels": {label: row["strict"] for label, row in rows.items()}}
