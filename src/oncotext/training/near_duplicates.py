"""Reports of train and dev that are nearly the same: a copied report makes figures too good."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from oncotext.report import AnnotatedReport

_ROWS = 500


class NearDuplicate(NamedTuple):
    """Two reports that share most of their word triples."""

    train: str
    dev: str
    similarity: float


def near_duplicates(
    train: Sequence[AnnotatedReport], dev: Sequence[AnnotatedReport], similarity: float
) -> list[NearDuplicate]:
    """The dev reports that a training report resembles, with the one most like each.

    Parameters
    ----------
    train, dev : sequence of AnnotatedReport
    similarity : float
        The least cosine of their sets of word triples, accents and case aside.
    """
    if not train or not dev:
        return []
    from sklearn.feature_extraction.text import HashingVectorizer

    vectorizer = HashingVectorizer(
        ngram_range=(3, 3), n_features=2**20, binary=True, strip_accents="unicode"
    )
    known = vectorizer.transform(report.text for report in train).T.tocsr()
    found = []
    for place in range(0, len(dev), _ROWS):
        part = dev[place : place + _ROWS]
        alike = (vectorizer.transform(report.text for report in part) @ known).tocsr()
        for number, report in enumerate(part):
            row = alike[number]
            if row.nnz and row.data.max() >= similarity:
                other = train[int(row.indices[row.data.argmax()])].id
                found.append(NearDuplicate(other, report.id, round(float(row.data.max()), 3)))
    return found
