"""RESPONSE: how the tumour answers, ``CR``, ``PR``, ``SD`` or ``PD``.

'réponse partielle' says it by itself. 'progression', 'stable' or 'diminution' are common words:
they count by what the sentence speaks of (``response_subjects.tsv``), the nearest first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc

from oncotext.language.annotations import MentionData
from oncotext.language.factories import factory
from oncotext.language.view import TextView, view_of
from oncotext.lexicon import Concept, concept_matcher, load_cues
from oncotext.matching.automaton import Hit
from oncotext.mentions.phrases import PhraseBook, words_of
from oncotext.mentions.pipe import MentionPipe

_STOP = re.compile(r"[.;](?=\s|$)|\n[ ]*(?:\n|[-*>])")
_COMMA = re.compile(r"[,:(]")
# what follows them is a circumstance: 'progression sous traitement'
_CIRCUMSTANCE = frozenset(
    ("sous", "avec", "malgre", "chez", "apres", "avant", "depuis", "lors", "mais")
)
_WINDOW = 110
# 'PD-L1', 'RP 10 %', 'RE/RP', 'RP et HER2': letters that stand for something else
_MARKER_AFTER = re.compile(
    r"-[a-z0-9]|[ ]?(?:[:=(]+ ?)?"
    r"(?:\d+ ?%|[<>] ?\d|[+]|-(?=[ ,;.)/\n])|\d/8|0\b|negati|positi|nul\b)"
    r"|[ ]?[,/] ?(?:her ?-?2|ki ?-?67|er\b|re\b|ro\b)|[ ]et[ ]her"
)
_TITLE = re.compile(r" {0,2}:")
_MARKER_BEFORE = re.compile(r"(?:\b(?:re|er|ro|rh|her2)\b[^.\n]{0,14}|/ ?)$")
_WITHOUT_PROGRESSION = re.compile(
    r"(?:survie|ssp|delai|duree|temps|mediane|defaut de|intervalle)[^.;\n]{0,25}$"
)


class ResponsePipe(MentionPipe):
    """Finds RESPONSE mentions.

    Parameters
    ----------
    name : str
    lexicon : sequence of str
        Files of the user's own terms, in the form of ``responses.tsv``.
    """

    def __init__(self, name: str = "response", *, lexicon: Sequence[str | Path] = ()) -> None:
        super().__init__(name)
        self._matcher = concept_matcher("responses", lexicon)
        self._disease, self._other = _subjects()

    def find(self, doc: Doc) -> Iterator[MentionData]:
        """Mentions in the order of the text."""
        view = view_of(doc)
        for hit in self._matcher.find(view):
            if self._counts(view, hit):
                yield {
                    "start": hit.start,
                    "end": hit.end,
                    "label": "RESPONSE",
                    "code": hit.value.code,
                    "name": hit.value.preferred,
                    "rule": hit.value.id,
                }

    def _counts(self, view: TextView, hit: Hit[Concept]) -> bool:
        folded = view.folded
        start, end = view.to_folded(hit.start), view.to_folded(hit.end)
        if end - start <= 3 and _is_marker(folded, start, end):
            return False
        if hit.value.code == "PD" and _WITHOUT_PROGRESSION.search(
            folded, max(0, start - 45), start
        ):
            return False
        said = hit.value.attrs.get("said")
        if said is None:
            return True
        subject = self._subject(folded, start, end, backwards=said != "disease_after")
        return subject == "disease" or (said == "alone" and not subject)

    def _subject(self, folded: str, start: int, end: int, *, backwards: bool) -> str:
        """``disease`` or ``other``: what the nearest telling words of the sentence name.

        What follows in the same clause ('progression de la toux') or stands before, back to
        the start of the sentence, whichever is nearer.
        """
        stop = _STOP.search(folded, end, end + _WINDOW)
        last = stop.start() if stop else min(len(folded), end + _WINDOW)
        comma = _COMMA.search(folded, end, last)
        starts = [m.end() for m in _STOP.finditer(folded, max(0, start - _WINDOW), start)]
        first = starts[-1] if starts else max(0, start - _WINDOW)
        after = words_of(folded, end, comma.start() if comma else last)[:9]
        before = words_of(folded, first, start)
        following = self._named_after([word for word, _ in after])
        preceding = self._named_before([word for word, _ in before]) if backwards else None
        near = [named for named in (following, preceding) if named]
        return min(near)[1] if near else ""

    def _named_after(self, words: list[str]) -> tuple[int, str] | None:
        """Distance in words and category of the first telling words."""
        for size in range(1, len(words) + 1):
            if words[size - 1] in _CIRCUMSTANCE:
                return None
            named = self._named(words[:size])
            if named:
                return size, named
        return None

    def _named_before(self, words: list[str]) -> tuple[int, str] | None:
        for size in range(len(words), 0, -1):
            named = self._named(words[:size])
            if named:
                return len(words) - size + 1, named
        return None

    def _named(self, words: list[str]) -> str:
        disease, other = self._disease.ending(words), self._other.ending(words)
        if disease and not (other and other[1] > disease[1]):
            return "disease"
        return "other" if other else ""


def _is_marker(folded: str, start: int, end: int) -> bool:
    """Whether 'RP' or 'PD' are the progesterone receptor or the start of 'PD-L1'."""
    if _MARKER_AFTER.match(folded, end):
        return True
    # 'RC :' at the start of a line is a title: renseignements cliniques, radio pulmonaire
    line = folded[folded.rfind("\n", 0, start) + 1 : start]
    if not line.strip(" -*>") and _TITLE.match(folded, end):
        return True
    return _MARKER_BEFORE.search(folded, max(0, start - 20), start) is not None


@lru_cache(maxsize=1)
def _subjects() -> tuple[PhraseBook, PhraseBook]:
    cues = load_cues("response_subjects")
    return (
        PhraseBook(cue for cue in cues if cue.category == "disease"),
        PhraseBook(cue for cue in cues if cue.category == "other"),
    )


@factory("oncotext.response", default_config={"lexicon": []})
def create(nlp: Language, name: str, lexicon: list[str]) -> ResponsePipe:
    """The pipe of tumour responses, for ``nlp.add_pipe("oncotext.response")``."""
    return ResponsePipe(name, lexicon=lexicon)
