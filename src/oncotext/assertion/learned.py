"""Probabilities of the four flags from weighted features: what annotations teach the rules."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from oncotext.assertion.context import Assertion
from oncotext.assertion.cues import FLAGS
from oncotext.errors import InputError

_VERSION = 1


@dataclass(frozen=True, slots=True)
class LearnedAssertion:
    """A logistic regression a flag.

    Attributes
    ----------
    weights : dict
        For each flag the weight of each feature.
    bias : dict
        For each flag what stands for no feature.
    threshold : dict
        For each flag how probable the contrary of the rules must be to overrule them.
    """

    weights: dict[str, dict[str, float]] = field(default_factory=dict)
    bias: dict[str, float] = field(default_factory=dict)
    threshold: dict[str, float] = field(default_factory=dict)

    def probability(self, flag: str, features: Collection[str]) -> float:
        weights = self.weights[flag]
        total = self.bias[flag] + sum(weights.get(feature, 0.0) for feature in features)
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, total))))

    def revise(self, assertion: Assertion, features: Collection[str]) -> Assertion:
        """The rules' assertion, overruled where the contrary is probable enough.

        A flag that the rules did not set has no cue.
        """
        changed: dict[str, Any] = {}
        for flag in FLAGS:
            if flag not in self.weights:
                continue
            probability, ruled = self.probability(flag, features), getattr(assertion, flag)
            contrary = 1 - probability if ruled else probability
            if contrary >= self.threshold[flag]:
                changed[flag] = not ruled
        if not changed:
            return assertion
        cues = {flag: cue for flag, cue in assertion.cues.items() if changed.get(flag, True)}
        return replace(assertion, **changed, cues=cues)

    def to_json(self) -> str:
        return json.dumps(
            {
                "version": _VERSION,
                "flags": {
                    flag: {
                        "bias": self.bias[flag],
                        "threshold": self.threshold[flag],
                        "weights": weights,
                    }
                    for flag, weights in self.weights.items()
                },
            },
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, text: str, where: str) -> LearnedAssertion:
        try:
            flags: Mapping[str, Any] = json.loads(text)["flags"]
            return cls(
                {flag: values["weights"] for flag, values in flags.items()},
                {flag: float(values["bias"]) for flag, values in flags.items()},
                {flag: float(values["threshold"]) for flag, values in flags.items()},
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(
                f"No assertion model of oncotext ({type(error).__name__}).",
                where=where,
                remedy="Train it again: oncotext train",
            ) from None
