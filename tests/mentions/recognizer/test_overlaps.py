"""What becomes of the rules' mentions beside a model's."""

from __future__ import annotations

from typing import Any

import pytest

from oncotext.language.annotations import MentionData
from oncotext.mentions.recognizer.backend import Predicted
from oncotext.mentions.recognizer.overlaps import combine

HEAD: MentionData = {
    "start": 10, "end": 19, "label": "MORPHOLOGY", "code": "8010/3", "name": "carcinome",
    "rule": "M8010",
}  # fmt: skip
STAGE: MentionData = {"start": 30, "end": 40, "label": "TNM", "code": "pT2"}
SBR: MentionData = {"start": 50, "end": 55, "label": "GRADE", "code": "SBR:2"}
WELL: MentionData = {"start": 60, "end": 75, "label": "GRADE", "code": "DIFFERENTIATION:WELL"}
FEVER: MentionData = {
    "start": 80, "end": 86, "label": "TOXICITY", "code": "Fever", "attrs": {"grade": "2"},
}  # fmt: skip
RULES = [HEAD, STAGE, SBR, WELL, FEVER]
OWNS = ("MORPHOLOGY", "TOPOGRAPHY", "TOXICITY", "GRADE")


def combined(*found: Predicted, **settings: Any) -> list[tuple[Any, ...]]:
    given = {"owns": OWNS, "thresholds": {}, "keep_rules": ()} | settings
    mentions = combine(RULES, found, **given)
    return [(m["start"], m["end"], m["label"], m.get("code")) for m in mentions]


KEPT = [(30, 40, "TNM", "pT2"), (50, 55, "GRADE", "SBR:2")]


@pytest.mark.parametrize(
    ("found", "settings", "expected"),
    [
        pytest.param([], {}, KEPT, id="owned mentions of the rules alone go"),
        pytest.param(
            [],
            {"keep_rules": ("MORPHOLOGY",)},
            [(10, 19, "MORPHOLOGY", "8010/3"), *KEPT],
            id="unless they are to be kept",
        ),
        pytest.param(
            [Predicted(10, 29, "MORPHOLOGY", 0.9)],
            {},
            [(10, 29, "MORPHOLOGY", "8010/3"), *KEPT],
            id="the model's boundaries, the rules' code of the same head",
        ),
        pytest.param(
            [Predicted(5, 19, "MORPHOLOGY", 0.9)],
            {},
            [(5, 19, "MORPHOLOGY", None), *KEPT],
            id="another head, no code",
        ),
        pytest.param(
            [Predicted(10, 19, "TOPOGRAPHY", 0.9)],
            {"keep_rules": OWNS},
            [(10, 19, "TOPOGRAPHY", None), *KEPT, (60, 75, *list(WELL.values())[2:]),
             (80, 86, "TOXICITY", "Fever")],
            id="a model's label across an owned one",
        ),
        pytest.param(
            [Predicted(28, 35, "MORPHOLOGY", 0.99), Predicted(52, 54, "GRADE", 0.99)],
            {},
            KEPT,
            id="what the rules own wins",
        ),
        pytest.param(
            [Predicted(28, 35, "MORPHOLOGY", 0.99), Predicted(52, 54, "MORPHOLOGY", 0.99)],
            {"yields": ("TNM",)},
            [(28, 35, "MORPHOLOGY", None), KEPT[1]],
            id="unless it is to yield",
        ),
        pytest.param(
            [Predicted(62, 75, "GRADE", 0.9)],
            {},
            [*KEPT, (62, 75, "GRADE", None)],
            id="differentiation can be owned",
        ),
        pytest.param(
            [Predicted(0, 4, "TNM", 0.9), Predicted(5, 8, "MORPHOLOGY", 0.3)],
            {"thresholds": {"MORPHOLOGY": 0.5}},
            KEPT,
            id="labels of the rules, and unsure spans, are left out",
        ),
        pytest.param(
            [Predicted(0, 4, "MORPHOLOGY", 0.99), Predicted(2, 9, "TOPOGRAPHY", 0.6)],
            {},
            [(2, 9, "TOPOGRAPHY", None), *KEPT],
            id="of two of the model's the longer",
        ),
        pytest.param(
            [Predicted(0, 9, "MORPHOLOGY", 0.9), Predicted(0, 4, "MORPHOLOGY", 0.8),
             Predicted(5, 8, "TOPOGRAPHY", 0.7), Predicted(7, 10, "TOXICITY", 0.6),
             Predicted(0, 9, "MORPHOLOGY", 0.5)],
            {"overlapping": True},
            [(0, 9, "MORPHOLOGY", None), (0, 4, "MORPHOLOGY", None), (5, 8, "TOPOGRAPHY", None),
             (7, 10, "TOXICITY", None), *KEPT],
            id="all that nest or have other labels, where the model's may overlap",
        ),
        pytest.param(
            [Predicted(0, 5, "MORPHOLOGY", 0.6), Predicted(3, 9, "MORPHOLOGY", 0.9),
             Predicted(28, 35, "TOXICITY", 0.9)],
            {"overlapping": True},
            [(3, 9, "MORPHOLOGY", None), *KEPT],
            id="but of two that cross the longer, and none across the rules'",
        ),
    ],
)  # fmt: skip
def test_policy(
    found: list[Predicted], settings: dict[str, Any], expected: list[tuple[Any, ...]]
) -> None:
    assert combined(*found, **settings) == expected


def test_rules_own_all_where_the_model_owns_nothing() -> None:
    assert (
        combine(RULES, [Predicted(0, 4, "MORPHOLOGY", 1.0)], owns=(), thresholds={}, keep_rules=())
        == RULES
    )


def test_what_the_rules_read_around_the_words_stays() -> None:
    (mention,) = combine(
        [FEVER], [Predicted(76, 86, "TOXICITY", 0.9)], owns=OWNS, thresholds={}, keep_rules=()
    )
    assert mention["attrs"] == {"grade": "2"}
    assert mention["code"] is None
