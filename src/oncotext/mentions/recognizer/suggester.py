"""Which spans of a text a span categorizer looks at: few, and all that can be mentions.

A candidate lies within a sentence, begins with a word, ends with a word or a closing bracket,
and is as long as some mention of the training corpus. What the rules have found is one too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache, partial
from typing import Any, Protocol

import numpy as np
from spacy.tokens import Doc
from spacy.util import registry
from thinc.api import Ops, get_current_ops
from thinc.types import Ragged

RULES = "rules"
"""The span group of a Doc whose spans are candidates in any case."""


class Suggester(Protocol):
    """As spaCy wants it: first and one past the last word of each candidate of each Doc."""

    def __call__(self, docs: Iterable[Doc], *, ops: Ops | None = None) -> Ragged: ...


@registry.misc("oncotext.mention_suggester.v1")  # type: ignore[untyped-decorator]
def mention_suggester(lengths: Sequence[int]) -> Suggester:
    """A suggester of spans of these lengths, in words."""
    return partial(_suggest, lengths=tuple(lengths))


def _suggest(docs: Iterable[Doc], *, lengths: tuple[int, ...], ops: Ops | None = None) -> Ragged:
    ops = ops or get_current_ops()
    found = [candidates(doc, lengths) for doc in docs]
    sizes = [len(rows) for rows in found]
    rows: Any = np.concatenate(found) if found else np.zeros((0, 2), dtype="i")
    return Ragged(ops.asarray2i(rows), ops.asarray1i(sizes))


def candidates(doc: Doc, lengths: Sequence[int]) -> Any:
    """The candidates of a Doc, as an array of two columns without equal rows."""
    texts = [token.text for token in doc]
    begins = np.array([_is_word(text) for text in texts], dtype=bool)
    ends = begins | np.array([text in ")]" for text in texts], dtype=bool)
    sentence = np.cumsum([token.is_sent_start is True for token in doc])
    parts = [np.array([(s.start, s.end) for s in doc.spans.get(RULES, ())], dtype="i")]
    for length in lengths:
        first = np.arange(max(0, len(texts) - length + 1))
        last = first + length - 1
        good = begins[first] & ends[last] & (sentence[first] == sentence[last])
        parts.append(np.stack([first[good], last[good] + 1], axis=1).astype("i"))
    return np.unique(np.concatenate([part.reshape(-1, 2) for part in parts]), axis=0)


@lru_cache(maxsize=100_000)
def _is_word(text: str) -> bool:
    return any(character.isalnum() for character in text)
