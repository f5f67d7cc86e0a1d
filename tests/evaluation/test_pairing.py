from __future__ import annotations

import time
from collections.abc import Callable
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from oncotext.evaluation.mistakes import mistakes
from oncotext.evaluation.pairing import pair
from oncotext.report import AnnotatedReport

SPANS = st.lists(
    st.tuples(st.integers(0, 40), st.integers(1, 12)).map(
        lambda span: SimpleNamespace(start=span[0], end=sum(span))
    ),
    max_size=12,
)


def slow_pair(gold: list[SimpleNamespace], given: list[SimpleNamespace]) -> list[tuple[int, int]]:
    """The definition: all overlaps, the longest first, then the earliest."""
    found = sorted(
        (-min(g.end, p.end) + max(g.start, p.start), g.start, p.start, i, j)
        for i, g in enumerate(gold)
        for j, p in enumerate(given)
        if min(g.end, p.end) > max(g.start, p.start)
    )
    pairs: list[tuple[int, int]] = []
    for *_, i, j in found:
        if all(i != a and j != b for a, b in pairs):
            pairs.append((i, j))
    return pairs


@given(SPANS, SPANS)
def test_pairs_are_those_of_the_definition(
    gold: list[SimpleNamespace], given: list[SimpleNamespace]
) -> None:
    assert pair(gold, given) == slow_pair(gold, given)


def test_many_mentions_are_paired_quickly() -> None:
    spans = [SimpleNamespace(start=10 * n, end=10 * n + 5) for n in range(20_000)]
    begin = time.process_time()
    assert len(pair(spans, spans)) == len(spans)
    assert time.process_time() - begin < 3


def test_mistakes(report: Callable[..., AnnotatedReport]) -> None:
    text = "Cancer du sein gauche, du foie et du poumon."
    site = {"label": "TOPOGRAPHY", "code": "C50.9"}
    gold = report("A", text, {"of": "sein gauche", **site}, {"of": "foie", **site})
    wrong = {"of": "sein", "label": "TOPOGRAPHY", "code": "C50.1", "negated": True}
    predicted = report("A", text, wrong, {"of": "poumon", **site})
    found = mistakes(gold.mentions, predicted.mentions)
    assert [mistake.kinds for mistake in found] == [
        ("wrong_code", "wrong_flag", "wrong_boundary"),
        ("missed",),
        ("spurious",),
    ]
    assert mistakes(gold.mentions, gold.mentions) == []
