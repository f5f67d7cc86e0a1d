"""Which flags annotated reports have where the rules say otherwise."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from oncotext.assertion.context import Assertion, ContextEngine
from oncotext.assertion.cues import FLAGS
from oncotext.assertion.features import features_of
from oncotext.assertion.learned import LearnedAssertion
from oncotext.errors import InputError
from oncotext.language.annotations import sections_of
from oncotext.report import AnnotatedReport

THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
_FEWEST = 20  # annotated flags, below which the rules are not touched
_FOLDS = 5
_CHANCE = 0.05 / len(THRESHOLDS)  # several are tried
_DIGITS = 4


class _Case(NamedTuple):
    """An annotated span; ``report`` is the number of its report."""

    report: int
    features: set[str]
    ruled: Assertion
    gold: dict[str, bool]


def train_assertion(
    reports: Iterable[AnnotatedReport],
    *,
    base: str = "fr_onco_rules",
    strength: float = 0.3,
    threshold: float | None = None,
    seed: int = 1,
) -> LearnedAssertion:
    """Learn from annotated spans which flags they have.

    The rules' flag and its cue are features like others, so that the model learns where they can
    be relied on. How probable the contrary must be to overrule them is chosen for each flag by
    cross-validation over reports; where no threshold betters the rules, they are left alone.

    Parameters
    ----------
    reports : iterable of AnnotatedReport
        Any corpus whose mentions have the four flags.
    base : str
        The pipeline whose sections and assertion are learned upon.
    strength : float
        Inverse of regularisation (``C`` of scikit-learn).
    threshold : float, optional
        For all flags, instead of the chosen ones.
    seed : int

    Raises
    ------
    InputError
        No flag is annotated twenty times.
    """
    cases = _cases(reports, base)
    model = LearnedAssertion()
    for flag in FLAGS:
        gold = np.array([case.gold[flag] for case in cases], dtype=bool)
        if min(gold.sum(), (~gold).sum()) < _FEWEST:
            continue
        chosen = _threshold(cases, flag, gold, strength, seed) if threshold is None else threshold
        if chosen is None:
            continue
        weights, bias = _fit(cases, gold, strength)
        model.weights[flag], model.bias[flag] = weights, bias
        model.threshold[flag] = chosen
    if not cases or not any(any(case.gold.values()) for case in cases):
        raise InputError("No mention has a flag.", remedy="Check the annotations of the corpus.")
    return model


def _cases(reports: Iterable[AnnotatedReport], base: str) -> list[_Case]:
    from oncotext.extraction import make_doc
    from oncotext.pipelines import resolve

    nlp, engine = resolve(base), ContextEngine()
    before = [
        pipe
        for name, pipe in nlp.pipeline
        if nlp.get_pipe_meta(name).factory in ("oncotext.sentences", "oncotext.sections")
    ]
    cases = []
    for number, report in enumerate(reports):
        doc = make_doc(nlp, report.text)
        for pipe in before:
            doc = pipe(doc)
        spans = [(mention.start, mention.end) for mention in report.mentions]
        labels = [mention.label for mention in report.mentions]
        ruled = engine.assert_spans_of(doc, spans, sections=sections_of(doc), labels=labels)
        found = features_of(doc, spans, labels, ruled)
        for mention, assertion, features in zip(report.mentions, ruled, found, strict=True):
            gold = {flag: bool(getattr(mention, flag)) for flag in FLAGS}
            cases.append(_Case(number, features, assertion, gold))
    return cases


def _fit(cases: Sequence[_Case], gold: Any, strength: float) -> tuple[dict[str, float], float]:
    """Weights of the features that are seen twice, and the bias."""
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    vectors = DictVectorizer()
    matrix = vectors.fit_transform([dict.fromkeys(case.features, 1.0) for case in cases])
    often = np.asarray(matrix.sum(axis=0)).ravel() >= 2
    fitted = LogisticRegression(C=strength, max_iter=1000).fit(matrix[:, often], gold)
    names = vectors.get_feature_names_out()[often]
    weights = {
        str(name): round(float(weight), _DIGITS)
        for name, weight in zip(names, fitted.coef_[0], strict=True)
        if abs(weight) >= 10**-_DIGITS
    }
    return weights, round(float(fitted.intercept_[0]), _DIGITS)


def _threshold(
    cases: Sequence[_Case], flag: str, gold: Any, strength: float, seed: int
) -> float | None:
    """The threshold that rights most flags of reports that were left out.

    None where the rules are as good, or where the gain may be chance.
    """
    ruled = np.array([getattr(case.ruled, flag) for case in cases], dtype=bool)
    probabilities = _left_out(cases, flag, gold, strength, seed)
    contrary = np.where(ruled, 1 - probabilities, probabilities)
    gains: dict[float, int] = {}
    for threshold in THRESHOLDS:
        overruled = contrary >= threshold
        righted, wronged = (int((overruled & (ruled ^ gold == wrong)).sum()) for wrong in (1, 0))
        if righted > wronged and _chance(righted, wronged) < _CHANCE:
            gains[threshold] = righted - wronged
    if not gains:
        return None
    # of those equally good the one in the middle: others lie at an edge
    best = [threshold for threshold, gain in gains.items() if gain == max(gains.values())]
    return best[len(best) // 2]


def _chance(righted: int, wronged: int) -> float:
    """How likely so many of the overruled flags are righted by chance (a sign test)."""
    total = righted + wronged
    return sum(math.comb(total, k) for k in range(righted, total + 1)) / 2.0**total


def _left_out(cases: Sequence[_Case], flag: str, gold: Any, strength: float, seed: int) -> Any:
    """The probability of each case by a model that has not seen its report."""
    numbers = np.array([case.report for case in cases])
    reports = np.random.default_rng(seed).permutation(np.unique(numbers))
    probabilities = np.zeros(len(cases))
    for held in np.array_split(reports, min(_FOLDS, len(reports))):
        out = np.isin(numbers, held)
        known = [case for case, left in zip(cases, out, strict=True) if not left]
        if len(set(gold[~out])) < 2:
            continue
        weights, bias = _fit(known, gold[~out], strength)
        model = LearnedAssertion({flag: weights}, {flag: bias})
        for index in np.nonzero(out)[0]:
            probabilities[index] = model.probability(flag, cases[index].features)
    return probabilities
