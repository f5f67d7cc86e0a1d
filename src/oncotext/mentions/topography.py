"""TOPOGRAPHY: sites of tumours and metastases with their ICD-O-3 codes and side.

An organ that is merely examined is no mention: words of general anatomy (``weak=1`` in the
lexicon) count only near a word that names a tumour, a node, its spread or its specimen.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from spacy.language import Language
from oncotext.language.factories import factory
from spacy.tokens import Doc

from oncotext.language.annotations import MentionData, mentions_of
from oncotext.language.sentences import sentence_around, sentences_of
from oncotext.language.view import TextView, view_of
from oncotext.lexicon import Concept, Cue, concept_matcher, load_cues
from oncotext.matching.automaton import Hit, PhraseMatcher
from oncotext.matching.inflection import expand, phrase_form
from oncotext.mentions.pipe import MentionPipe

# Between two expressions of one site: 'QSE du sein gauche', 'sein gauche, QSE'.
_JOINT = re.compile(r"(?: de| du| des| de la| de l'| d'|,| de l' )? ?\n?(?:le |la |l')?")
_CLAUSE_END = re.compile(r"[.;:]\s")
_WORDS_BEFORE, _WORDS_AFTER, _WORDS_NODE = 9, 4, 5


@dataclass(frozen=True)
class _Site:
    start: int
    end: int
    concept: Concept
    code: str
    side: str


def _cue_matcher(name: str) -> PhraseMatcher[Cue]:
    return PhraseMatcher(
        (phrase_form(form), cue, len(form) == 1)
        for cue in load_cues(name)
        for form in expand(cue.literal)
    )


@lru_cache(maxsize=1)
def _tumour_words() -> PhraseMatcher[Cue]:
    return _cue_matcher("tumour_words")


@lru_cache(maxsize=1)
def _side_words() -> PhraseMatcher[Cue]:
    return _cue_matcher("sides")


class TopographyPipe(MentionPipe):
    """Finds sites of tumours.

    Parameters
    ----------
    lexicon : sequence of str
        Paths of concept files of the user's own; they win over the shipped one.
    """

    def __init__(self, name: str, *, lexicon: Sequence[str] = ()) -> None:
        super().__init__(name)
        self._matcher = concept_matcher("topography", lexicon)
        self._tumour_words = _tumour_words()
        self._side_words = _side_words()

    def find(self, doc: Doc) -> Iterable[MentionData]:
        view = view_of(doc)
        hits = self._matcher.find(view)
        if not hits:
            return
        context = _Context(view, sentences_of(doc), self._tumour_words.find_all(view))
        taken = [(m["start"], m["end"]) for m in mentions_of(doc)]
        sides = {hit.start: hit for hit in self._side_words.find(view)}
        sites = [
            self._site(hit, view, context, sides) for hit in hits if not _inside(hit, taken)
        ]
        for site in _joined(sites, view.text):
            if site.concept.attrs.get("weak") and not context.tumour_near(site.start, site.end):
                continue
            yield {
                "start": site.start,
                "end": site.end,
                "label": "TOPOGRAPHY",
                "code": site.code,
                "name": site.concept.preferred,
                "attrs": {"lat": site.side} if site.side else {},
                "rule": site.concept.id,
            }

    def _site(
        self, hit: Hit[Concept], view: TextView, context: _Context, sides: dict[int, Hit[Cue]]
    ) -> _Site:
        concept, end = hit.value, hit.end
        code = concept.code
        if "node_code" in concept.attrs and context.node_before(hit.start):
            code = concept.attrs["node_code"]
        side = concept.attrs.get("lat", "")
        following = sides.get(end + 1)
        if following is not None and view.text[end].isspace():
            side, end = following.value.category, following.end
        return _Site(hit.start, end, concept, code, side)


def _inside(hit: Hit[Concept], taken: list[tuple[int, int]]) -> bool:
    """Whether a site word is part of a longer mention ('carcinome bronchique à ...')."""
    index = bisect_right(taken, (hit.start, 1 << 40)) - 1
    return index >= 0 and hit.end <= taken[index][1] and taken[index][0] <= hit.start


def _joined(sites: list[_Site], text: str) -> list[_Site]:
    """Neighbouring expressions of one organ as one site, with the more specific code."""
    out: list[_Site] = []
    for site in sites:
        before = out[-1] if out else None
        if (
            before is not None
            and before.code[:3] == site.code[:3]
            and before.code != site.code
            and not (before.side and site.side and before.side != site.side)
            and _JOINT.fullmatch(text[before.end : site.start].lower())
            and ".9" in (before.code[3:], site.code[3:])
        ):
            specific = site if before.code.endswith(".9") else before
            out[-1] = _Site(
                before.start,
                site.end,
                specific.concept,
                specific.code,
                before.side or site.side,
            )
        else:
            out.append(site)
    return out


class _Context:
    """Which words of tumours stand near a site, in its clause."""

    def __init__(self, view: TextView, sentences: list[int], words: list[Hit[Cue]]) -> None:
        self._text, self._sentences = view.text, sentences
        words = sorted(words, key=lambda hit: hit.start)
        self._words, self._starts = words, [hit.start for hit in words]

    def tumour_near(self, start: int, end: int) -> bool:
        """A word that makes the site one of a tumour, before or after it."""
        return self._before(start, _WORDS_BEFORE, None) or self._after(end)

    def node_before(self, start: int) -> bool:
        """A node word shortly before: the adjective is a lymph node region."""
        return self._before(start, _WORDS_NODE, "node")

    def _before(self, start: int, limit: int, category: str | None) -> bool:
        first, _ = sentence_around(self._sentences, start, len(self._text))
        for index in range(bisect_left(self._starts, start) - 1, -1, -1):
            word = self._words[index]
            if word.start < first:
                return False
            between = self._text[word.end : start]
            if len(between.split()) > limit:
                return False
            if category is not None and word.value.category != category:
                return False
            if word.value.direction in ("before", "both"):
                return not _CLAUSE_END.search(between) or category is None and len(between) < 30
        return False

    def _after(self, end: int) -> bool:
        _, last = sentence_around(self._sentences, end - 1, len(self._text))
        for index in range(bisect_left(self._starts, end), len(self._words)):
            word = self._words[index]
            between = self._text[end : word.start]
            if word.start >= last or len(between.split()) > _WORDS_AFTER:
                return False
            if word.value.direction in ("after", "both"):
                return not _CLAUSE_END.search(between) or len(between) < 4
        return False


@factory("oncotext.topography", default_config={"lexicon": []})
def create(nlp: Language, name: str, lexicon: list[str]) -> TopographyPipe:
    return TopographyPipe(name, lexicon=lexicon)
