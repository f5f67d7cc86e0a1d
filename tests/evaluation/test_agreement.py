from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from oncotext.errors import InputError
from oncotext.evaluation.agreement import Judgements, agreement
from oncotext.evaluation.terminal import plain
from oncotext.report import AnnotatedReport

Make = Callable[..., AnnotatedReport]
TEXT = "Cancer du sein. Pas de métastase du foie."
SITE = {"of": "sein", "label": "TOPOGRAPHY", "code": "C50.9"}
LIVER = {"of": "foie", "label": "TOPOGRAPHY", "code": "C22.0", "negated": True}
TYPE = {"of": "Cancer", "label": "MORPHOLOGY", "code": "8000/3"}


@pytest.mark.parametrize(
    ("pairs", "kappa"),
    [
        # Cohen's own examples and the limits
        ({("a", "a"): 20, ("b", "b"): 15, ("a", "b"): 5, ("b", "a"): 10}, 0.4),
        ({("a", "a"): 45, ("b", "b"): 15, ("a", "b"): 15, ("b", "a"): 25}, 0.1304),
        ({("a", "a"): 25, ("b", "b"): 35, ("a", "b"): 35, ("b", "a"): 5}, 0.2593),
        ({("a", "a"): 3, ("b", "b"): 3}, 1.0),
        ({("a", "b"): 3, ("b", "a"): 3}, -1.0),
    ],
)
def test_kappa(pairs: dict[tuple[str, str], int], kappa: float) -> None:
    assert Judgements(Counter(pairs)).row()["kappa"] == kappa


def test_kappa_is_not_defined_without_choice() -> None:
    assert Judgements().kappa is None
    assert Judgements(Counter({("a", "a"): 9})).kappa is None


def test_two_annotators(report: Make) -> None:
    first = [report("A", TEXT, SITE, LIVER, TYPE), report("B", TEXT)]
    other = {**LIVER, "of": "du foie", "negated": False}
    second = [report("A", TEXT, {**SITE, "code": "C50.1"}, other), report("C", TEXT)]
    found = agreement(first, second)
    values = found.to_dict()
    assert (values["reports"], values["only_first"], values["only_second"]) == (1, ["B"], ["C"])
    assert values["spans"]["TOPOGRAPHY"]["strict_f1"] == 0.5
    assert values["spans"]["TOPOGRAPHY"]["overlap_f1"] == 1
    assert values["spans"]["MORPHOLOGY"]["n"] == [1, 0]
    assert values["codes"]["TOPOGRAPHY"] == {"n": 1, "observed": 0.0, "kappa": 0.0}
    assert values["flags"]["negated"]["observed"] == 0.5
    # 10 words and full stops, 8 of them alike
    assert values["words"]["observed"] == 0.8
    assert "TOPOGRAPHY" in plain(found.table())


def test_the_order_of_annotators_does_not_matter(report: Make) -> None:
    first, second = [report("A", TEXT, SITE, TYPE)], [report("A", TEXT, SITE, LIVER)]
    one, other = agreement(first, second).to_dict(), agreement(second, first).to_dict()
    assert one["spans"]["TOPOGRAPHY"]["words"] == other["spans"]["TOPOGRAPHY"]["words"]
    assert one["words"] == other["words"]


def test_a_mention_in_pieces_marks_its_pieces(report: Make) -> None:
    pieces = [(0, 6), (10, 14)]
    whole = {"label": "MORPHOLOGY", "code": "8000/3", "fragments": pieces}
    values = {"id": "A", "text": TEXT}
    mention = {"id": "T1", "start": 0, "end": 14, "text": "Cancer sein", **whole}
    split = AnnotatedReport.model_validate({**values, "mentions": [mention]})
    joined = report("A", TEXT, {"of": "Cancer du sein", "label": "MORPHOLOGY", "code": "8000/3"})
    assert agreement([split], [joined]).tokens["MORPHOLOGY"].observed == 0.9


def test_what_cannot_be_compared(report: Make) -> None:
    with pytest.raises(InputError, match="No report id"):
        agreement([report("A", TEXT)], [report("B", TEXT)])
    with pytest.raises(InputError, match="different texts"):
        agreement([report("A", TEXT)], [report("A", TEXT + " ")])
