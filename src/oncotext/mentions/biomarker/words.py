"""What may be said of a marker: the words of ``biomarker_results.tsv`` by place."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from oncotext.lexicon import Cue, load_cues
from oncotext.mentions.phrases import PhraseBook


class Lexicon:
    """What may be said of a marker, by place."""

    def __init__(self, cues: Sequence[Cue]) -> None:
        def book(direction: str, *categories: str) -> PhraseBook:
            return PhraseBook(
                cue for cue in cues if cue.direction == direction and cue.category in categories
            )

        extra = {"link", "block", "filler", "tail"}
        outcomes = tuple({cue.category for cue in cues} - extra)
        self.after = book("after", *outcomes)
        self.before = book("before", *outcomes)
        self.filler = book("after", "filler")
        self.tail = book("after", "tail")
        self.link = book("both", "link")
        self.block = book("before", "block")


def results_lexicon(extra: Sequence[str | Path] = ()) -> Lexicon:
    """The shipped words of ``biomarker_results.tsv`` with users' files on top."""
    return Lexicon(load_cues("biomarker_results", extra)) if extra else _shipped()


@lru_cache(maxsize=1)
def _shipped() -> Lexicon:
    return Lexicon(load_cues("biomarker_results"))
