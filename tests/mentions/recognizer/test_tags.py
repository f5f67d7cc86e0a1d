"""Spans as tags and back."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncotext.mentions.recognizer.tags import Kind, Tagged, TagScheme

LABELS = ("MORPHOLOGY", "TOPOGRAPHY")


def certain(scheme: TagScheme, tags: list[int], probability: float = 0.9) -> np.ndarray:
    """Rows that give a probability to each tag, and share the rest."""
    rows = np.full((len(tags), len(scheme.names)), (1 - probability) / (len(scheme.names) - 1))
    rows[np.arange(len(tags)), tags] = probability
    return rows


@st.composite
def spans(draw: st.DrawFn) -> list[tuple[int, int, str]]:
    """Spans of twelve units that do not overlap, some side by side."""
    cuts = sorted(draw(st.sets(st.integers(0, 12), max_size=8)))
    found = [
        (start, end - 1, draw(st.sampled_from(LABELS))) for start, end in itertools.pairwise(cuts)
    ]
    return [span for span in found if draw(st.booleans())]


@pytest.mark.parametrize("kind", ["BIO", "BIOES"])
@given(wanted=spans())
def test_tags_give_back_the_spans(kind: Kind, wanted: list[tuple[int, int, str]]) -> None:
    scheme = TagScheme(LABELS, kind)
    found = scheme.decode(certain(scheme, scheme.encode(12, wanted)))
    assert [(first, last, label) for first, last, label, _ in found] == wanted
    assert all(score == pytest.approx(0.9) for *_, score in found)


def test_of_spans_that_overlap_the_longest_is_learned() -> None:
    scheme = TagScheme(LABELS, "BIO")
    tags = scheme.encode(4, [(0, 1, "MORPHOLOGY"), (1, 3, "TOPOGRAPHY")])
    assert [scheme.names[tag] for tag in tags] == ["O", "B-TOPOGRAPHY", *["I-TOPOGRAPHY"] * 2]


@given(st.integers(0, 2**32 - 1), st.sampled_from(["BIO", "BIOES"]))
def test_only_legal_sequences_come_out(seed: int, kind: Kind) -> None:
    scheme = TagScheme(LABELS, kind)
    rows = np.random.default_rng(seed).dirichlet(np.ones(len(scheme.names)), size=9)
    names = [scheme.names[tag] for tag in scheme._best(np.log(rows))]
    for one, following in zip(["O", *names], [*names, "O"], strict=True):
        if following[0] in "IE":
            assert one[0] in "BI"
            assert one[2:] == following[2:]
        elif kind == "BIOES":
            assert one[0] not in "BI"


def test_a_likelier_sequence_beats_likelier_tags() -> None:
    scheme = TagScheme(["TNM"], "BIO")
    # the second word is most likely inside of a span, so the first begins one
    rows = np.array([[0.5, 0.4, 0.1], [0.05, 0.05, 0.9]])
    assert scheme.decode(rows) == [Tagged(0, 1, "TNM", pytest.approx((0.4 * 0.9) ** 0.5))]


def test_nothing_in_nothing() -> None:
    assert TagScheme(LABELS).decode(np.zeros((0, 9))) == []
