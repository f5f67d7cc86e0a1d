"""The chain over tags against all sequences, one by one."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from oncotext.mentions.recognizer.chain import Chain, Padded, gradient
from oncotext.mentions.recognizer.tags import OUTSIDE, TagScheme

SCHEME = TagScheme(["A"])
RANDOM = np.random.default_rng(3)
TRANSITIONS = RANDOM.normal(size=(5, 5)).astype("f")


def legal(tags: tuple[int, ...]) -> bool:
    steps = [OUTSIDE, *tags, OUTSIDE]
    return all(SCHEME.allowed[one, two] for one, two in itertools.pairwise(steps))


def weight(scores: np.ndarray, tags: tuple[int, ...], transitions: np.ndarray) -> float:
    own = sum(scores[place, tag] for place, tag in enumerate(tags))
    return float(own + sum(transitions[one, two] for one, two in itertools.pairwise(tags)))


def sequences(length: int) -> list[tuple[int, ...]]:
    return [tags for tags in itertools.product(range(5), repeat=length) if legal(tags)]


@pytest.fixture(scope="module")
def batch() -> Padded:
    return Padded.of([RANDOM.normal(size=(length, 5)).astype("f") for length in (4, 1, 3)])


def test_marginals_are_those_of_all_sequences(batch: Padded) -> None:
    found, pairs = Chain(SCHEME, TRANSITIONS).marginals(batch)
    expected_pairs = np.zeros((5, 5))
    for number, length in enumerate(batch.lengths):
        scores, expected = batch.scores[number], np.zeros((length, 5))
        all_tags = sequences(length)
        weights = np.exp([weight(scores, tags, TRANSITIONS) for tags in all_tags])
        for tags, share in zip(all_tags, weights / weights.sum(), strict=True):
            expected[np.arange(length), list(tags)] += share
            for pair in itertools.pairwise(tags):
                expected_pairs[pair] += share
        np.testing.assert_allclose(found[number, :length], expected, atol=1e-4)
    np.testing.assert_allclose(pairs, expected_pairs, atol=1e-4)


def test_best_is_the_heaviest_legal_sequence(batch: Padded) -> None:
    for number, tags in enumerate(Chain(SCHEME, TRANSITIONS).best(batch)):
        scores = batch.scores[number]
        best = max(sequences(len(tags)), key=lambda tags: weight(scores, tags, TRANSITIONS))
        assert tags.tolist() == list(best)


def test_following_the_gradient_makes_the_gold_tags_likely() -> None:
    scores, transitions = [np.zeros((3, 5), dtype="f")], np.zeros((5, 5), dtype="f")
    gold = [[1, 3, 0]]
    losses = []
    for _ in range(50):
        moves, pairs, loss = gradient(Chain(SCHEME, transitions), Padded.of(scores), gold)
        scores[0] = scores[0] - moves[0]
        transitions = transitions - pairs.astype("f")
        losses.append(loss)
    assert losses[-1] < 0.05 < losses[0]
    assert Chain(SCHEME, transitions).best(Padded.of(scores))[0].tolist() == gold[0]
