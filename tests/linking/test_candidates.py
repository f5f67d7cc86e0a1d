"""Which known forms are like an unknown one."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncotext.linking.candidates import FormIndex, stems

FORMS = [
    "carcinome canalaire infiltrant",
    "carcinome lobulaire infiltrant",
    "carcinomes canalaires infiltrants",
    "lymphome folliculaire",
    "sarcome",
]
_FORM = st.lists(st.text("bcxyz\xe6\x9c", min_size=1, max_size=7), min_size=1, max_size=4).map(
    " ".join
)


@pytest.fixture(scope="module")
def index() -> FormIndex:
    return FormIndex(FORMS)


def grams(form: str) -> Counter[str]:
    """n-grams the plain way."""
    found: Counter[str] = Counter()
    for word in form.split():
        padded = f" {word} "
        for size in (3, 4):
            found.update(padded[i : i + size] for i in range(len(padded) - size + 1))
    return found


def cosine(forms: list[str], query: str, number: int) -> float:
    """The same cosine the plain way."""
    counted = [grams(form) for form in forms]
    often = Counter(gram for form in counted for gram in form)

    def weights(form: Counter[str]) -> dict[str, float]:
        return {
            gram: (1 + math.log(n)) * (math.log((1 + len(forms)) / (1 + often[gram])) + 1)
            for gram, n in form.items()
            if gram in often
        }

    asked, known = grams(query), weights(counted[number])
    mine = weights(asked)
    rarest = math.log(1 + len(forms)) + 1
    unknown = sum(n for gram, n in asked.items() if gram not in often) * rarest**2
    norm = math.sqrt(sum(w * w for w in mine.values()) + unknown)
    other = math.sqrt(sum(w * w for w in known.values()))
    return sum(w * known.get(gram, 0) for gram, w in mine.items()) / (norm * other)


def test_the_most_similar_come_first(index: FormIndex) -> None:
    found = index.search("carcinome canalaire infiltrant multifocal", 3)
    best = [FORMS[i] for i in found.forms[np.argsort(-found.cosine)]]
    assert best[0] == "carcinome canalaire infiltrant"


@settings(max_examples=60, deadline=None)
@given(st.lists(_FORM, min_size=1, max_size=8, unique=True), _FORM)
def test_cosine_is_exact(forms: list[str], query: str) -> None:
    found = FormIndex(forms).search(query, len(forms))
    for number, value in zip(found.forms, found.cosine, strict=True):
        assert value == pytest.approx(cosine(forms, query, int(number)), abs=1e-4)


@settings(max_examples=60, deadline=None)
@given(st.lists(_FORM, min_size=1, max_size=8, unique=True))
def test_a_form_is_most_like_itself(forms: list[str]) -> None:
    index = FormIndex(forms)
    for number, form in enumerate(forms):
        found = index.search(form, len(forms))
        at = list(found.forms).index(number)
        assert found.cosine[at] == pytest.approx(1, abs=1e-4)
        assert found.of_query[at] == pytest.approx(1)
        assert found.of_form[at] == pytest.approx(1)


def test_nothing_is_like_nothing(index: FormIndex) -> None:
    assert len(index.search("zzz", 3).forms) == 0
    assert len(index.search("", 3).forms) == 0


def test_stems_have_no_number_nor_gender() -> None:
    assert stems("carcinomes canalaires") == stems("carcinome canalaire")
    assert stems("tumeur de la tete du pancreas") == ["tumeur", "tet", "pancrea"]
