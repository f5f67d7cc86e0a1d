"""MORPHOLOGY: histological types with their ICD-O-3 codes.

A type is looked up as a whole phrase first. Where only its head was found ('carcinome'), the
words of the noun phrase that follow are compared, whatever their order and the site words
between them, with the words of every type of that head: 'adénocarcinome colique lieberkühnien',
'carcinome mammaire infiltrant de type lobulaire'.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from spacy.language import Language
from spacy.tokens import Doc

from oncotext.language.annotations import MentionData
from oncotext.language.factories import factory
from oncotext.language.view import TextView, view_of
from oncotext.lexicon import Concept, Cue, concept_matcher, cue_matcher, load_concepts
from oncotext.matching.automaton import Hit, PhraseMatcher
from oncotext.matching.inflection import phrase_form
from oncotext.mentions.pipe import MentionPipe

_WORD = re.compile(r"[a-z\x9c\xe6]+|\d+|[^ ]")
# Words that neither belong to a type nor end its noun phrase.
_LINKS = frozenset(("a au aux d de du des en l la le les type variante sous un une").split())
# How differentiated it is stands within a type, and is a mention of its own.
_DIFFERENTIATED = "differenci"
_INNER = _LINKS | frozenset("bien moyennement moderement peu tres".split())
_OF_TYPE = re.compile(r", de type\b")
_SIDES = frozenset("droit droite gauche".split())
_LONGEST_PHRASE = 90
# Between an abbreviation for cancer and the site that shows it to be one.
_SITE_JOINT = re.compile(r" ?(?:du |de la |de l['’]|des |de |d['’])?")
_SITE_REACH = 10
_SIDE = re.compile(r" (?:droit|gauche|G\b|D\b)e?s?")
# Between 'lésion' and its adjective 'secondaire'.
_OF_LESION = re.compile(r"[^.:;]*")
_LESION_REACH = 60
_NEAR = 40
_PHRASE_END = re.compile(r"\n *[-*\n]")
_GAP = re.compile(r"[ \u00a0\r-]*\n?[ \u00a0]*")


def _stem(word: str) -> str:
    """A folded word without its marks of number and gender."""
    if word.endswith("aux"):
        word = word[:-2] + "l"
    return word.rstrip("sx").rstrip("e") if len(word) > 3 else word


_Type = tuple[frozenset[str], Concept]


@dataclass(frozen=True)
class _Types:
    """Types by the stem of their head, then by that of another word: the stems of all their
    other words, and the concept; those of most words first."""

    by_head: dict[str, dict[str, list[_Type]]]
    vocabulary: frozenset[str]
    sites: frozenset[str]

    def best(self, head: str, stems: Iterable[str], ends: Mapping[str, int]) -> _Type | None:
        """The type of most words that has one of ``stems`` and no word but those of ``ends``;
        its last word is no site, which is a mention of its own ('canal anal')."""
        best: _Type | None = None
        for stem in stems:
            for candidate in self.by_head[head].get(stem, ()):
                if best is not None and len(candidate[0]) <= len(best[0]):
                    break
                if candidate[0] <= ends.keys():
                    if max(candidate[0], key=ends.__getitem__) not in self.sites:
                        best = candidate
                    break
        return best


def _index(concepts: Iterable[Concept], sites: Iterable[Concept]) -> _Types:
    by_head: dict[str, dict[frozenset[str], Concept]] = defaultdict(dict)
    vocabulary: set[str] = set()
    site_stems: set[str] = set()
    for concept in concepts:
        for phrase, capitals in concept.phrases():
            if capitals:
                continue
            head, *rest = _WORD.findall(phrase)
            stems = frozenset(_stem(word) for word in rest) - _LINKS - {"'"}
            by_head[_stem(head)].setdefault(stems, concept)
            vocabulary |= stems
    for site in sites:
        for variant in site.variants:
            # of '~canalaire anal' the first word says more than sites
            if variant.startswith("~") and " " not in variant:
                site_stems |= {_stem(word) for word in phrase_form(variant[1:]).split()}
    heads: dict[str, dict[str, list[_Type]]] = {}
    for head, types in by_head.items():
        if len(types) > 1:
            by_stem = heads.setdefault(head, defaultdict(list))
            for item in sorted(types.items(), key=lambda item: -len(item[0])):
                for stem in item[0]:
                    by_stem[stem].append(item)
    return _Types(heads, frozenset(vocabulary | site_stems), frozenset(site_stems))


@lru_cache(maxsize=4)
def _types(extra: tuple[str, ...]) -> _Types:
    return _index(load_concepts("histology", extra), load_concepts("topography"))


class HistologyPipe(MentionPipe):
    """Finds histological types.

    Parameters
    ----------
    lexicon : sequence of str
        Paths of concept files of the user's own; they win over the shipped one.
    """

    def __init__(self, name: str, *, lexicon: Sequence[str] = ()) -> None:
        super().__init__(name)
        self._matcher = concept_matcher("histology", lexicon)
        self._types = _types(tuple(lexicon))
        self._sites = concept_matcher("topography")
        self._behaviours = cue_matcher("behaviours")
        self._words = cue_matcher("histology_words")

    def find(self, doc: Doc) -> Iterable[MentionData]:
        view = view_of(doc)
        behaviours = self._behaviours.find(view)
        behaviour_at = {hit.start: hit for hit in behaviours if hit.value.direction == "after"}
        near = [hit for hit in behaviours if hit.value.direction == "near"]
        words = self._words.find(view)
        pseudo = {
            at
            for hit in words
            if hit.value.category == "pseudo"
            for at in range(hit.start, hit.end)
        }
        lesions = [hit.end for hit in words if hit.value.category == "lesion"]
        sites = _Sites(view, self._sites)
        last = 0
        for hit in self._matcher.find(view):
            if hit.start < last or hit.start in pseudo:
                continue
            start, end, concept = self._compose(view, hit, sites)
            if "before_site" in concept.attrs and not sites.follows(end):
                continue
            if "of_lesion" in concept.attrs and not (
                _of_lesion(view, lesions, start) or sites.follows(end)
            ):
                continue
            code = sites.code_of(concept, start)
            gap = _GAP.match(view.text, end)
            behaviour = behaviour_at.get(gap.end() if gap else end)
            if behaviour is not None and code[-1] in behaviour.value.scope:
                code, end = code[:-1] + behaviour.value.category, behaviour.end
            elif near:
                code = _behaviour_near(code, end, near)
            last = end
            yield {
                "start": start,
                "end": end,
                "label": "MORPHOLOGY",
                "code": code,
                "name": concept.preferred,
                "rule": concept.id,
            }

    def _compose(
        self, view: TextView, hit: Hit[Concept], sites: _Sites
    ) -> tuple[int, int, Concept]:
        """The most specific type that the words after the head allow."""
        start, end = view.to_folded(hit.start), view.to_folded(hit.end)
        words = view.folded[start:end].replace("-", " ").split()
        head = _stem(words[0])
        if head not in self._types.by_head or (
            view.text[hit.start : hit.end].isupper() and len(words[0]) < 6
        ):
            return hit
        known = {_stem(word) for word in words[1:]}
        ends = dict.fromkeys(known, end)
        graded = len(view.folded)
        limit = end + _LONGEST_PHRASE
        stop = _PHRASE_END.search(view.folded, end, limit)
        site_end = end
        for word in _WORD.finditer(view.folded, end, stop.start() if stop else limit):
            if word.start() < site_end or _OF_TYPE.match(view.folded, word.start()):
                continue
            stem = _stem(word.group())
            if stem == head:
                # 'carcinome infiltrant associé à du carcinome in situ': the next type
                break
            if stem == _DIFFERENTIATED or word.group() in _SIDES:
                graded = min(graded, word.start())
            if stem in self._types.vocabulary:
                ends.setdefault(stem, word.end())
            elif (
                word.group() not in _INNER
                and stem != _DIFFERENTIATED
                and word.group() not in _SIDES
                and word.group() not in ("'", "-", "\n")
            ):
                # 'cancer du sein gauche de type lobulaire': the site is a mention of its own
                site_end = view.to_folded(sites.end_of(view.to_raw(word.start())))
                if site_end <= word.start():
                    break
                graded = min(graded, word.start())
        best = self._types.best(head, ends.keys() - known, ends)
        if best is None or len(best[0]) <= len(known):
            return hit
        stems, concept = best
        if _DIFFERENTIATED not in stems and max(ends[stem] for stem in stems) > graded:
            # 'adénocarcinome bien différencié de type canalaire', 'cancer du sein gauche de type
            # canalaire': the head stands for the type
            return hit.start, hit.end, concept
        return hit.start, view.to_raw_end(max(ends[stem] for stem in stems)), concept


def _of_lesion(view: TextView, lesions: list[int], start: int) -> bool:
    """Whether a word for a lesion stands shortly before, in its clause."""
    last = bisect_right(lesions, start) - 1
    return (
        last >= 0
        and start - lesions[last] < _LESION_REACH
        and _OF_LESION.fullmatch(view.text, lesions[last], start) is not None
    )


def _behaviour_near(code: str, end: int, words: list[Hit[Cue]]) -> str:
    """The code with the behaviour that words shortly after the type say ('pTa')."""
    for word in words:
        if code.startswith(word.value.scope) and 0 <= word.start - end < _NEAR:
            return code[:-1] + word.value.category
    return code


class _Sites:
    """The sites named in a text, looked up only where a type asks for them."""

    def __init__(self, view: TextView, matcher: PhraseMatcher[Concept]) -> None:
        self._view, self._matcher = view, matcher

    @cached_property
    def _hits(self) -> list[Hit[Concept]]:
        return self._matcher.find(self._view)

    def follows(self, position: int) -> bool:
        """Whether a site stands right after an offset: 'K sein', 'K de l'ovaire'."""
        return any(
            hit.start >= position and _SITE_JOINT.fullmatch(self._view.text[position : hit.start])
            for hit in self._hits
            if hit.start - position < _SITE_REACH
        )

    @cached_property
    def _end_of(self) -> dict[int, int]:
        return {hit.start: hit.end for hit in self._hits}

    def end_of(self, position: int) -> int:
        """Where the site that begins at an offset ends, with its side; 0 where there is none."""
        end = self._end_of.get(position, 0)
        side = _SIDE.match(self._view.text, end) if end else None
        return side.end() if side else end

    def code_of(self, concept: Concept, position: int) -> str:
        """The code of a type, which in some organs is another (``C73=8345/3``): that of the
        nearest site of such an organ."""
        by_organ = {key: code for key, code in concept.attrs.items() if key.startswith("C")}
        if not by_organ:
            return concept.code
        near = [hit for hit in self._hits if hit.value.code[:3] in by_organ]
        if not near:
            return concept.code
        nearest = min(near, key=lambda hit: abs(hit.start - position))
        return by_organ[nearest.value.code[:3]]


@factory("oncotext.histology", default_config={"lexicon": []})
def create(nlp: Language, name: str, lexicon: list[str]) -> HistologyPipe:
    return HistologyPipe(name, lexicon=lexicon)
