"""TOPOGRAPHY: sites of tumours and metastases with their ICD-O-3 codes and side.

An organ that is merely examined is no mention: words of general anatomy (``weak=1`` in the
lexicon) count only near a word that names a tumour, a node, its spread or its specimen.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from spacy.language import Language
from spacy.tokens import Doc

from oncotext.language.annotations import MentionData, mentions_of
from oncotext.language.factories import factory
from oncotext.language.sentences import sentence_around, sentences_of
from oncotext.language.view import TextView, view_of
from oncotext.lexicon import Concept, Cue, concept_matcher, cue_matcher, load_cues
from oncotext.matching.automaton import Hit, PhraseMatcher, longest
from oncotext.matching.inflection import expand, phrase_form, spellings
from oncotext.mentions.pipe import MentionPipe

# Between two expressions of one site: 'QSE du sein gauche', 'sein gauche, QSE'.
_JOINT = re.compile(r"(?: de| du| des| de la| de l'| d'|,| de l' )? ?\n?(?:le |la |l')?")
_SIDE_WITHIN = re.compile(r"\b(?:gauche|droite?)\b")
# What is said of a tumour stands by its site: 'œsophage : cT1b N0'.
_TUMOUR_LABELS = ("MORPHOLOGY", "TNM", "STAGE")
_PART_END = re.compile(r"[.;:,()\n]")
# What follows a sample's name in a list of blocks ('Trigone (1M)', 'trompe (blocs 1-2)'), or a flow
# of oxygen that is no station ('4L/min').
_BLOCK = re.compile(
    r" ?\((?:blocs? ?)?(?=\d)\d{0,2}[A-Z]?(?: ?(?:-|à|et|,) ?\d{0,2}[A-Z]?)*\)|/ ?(?:min|\d|h|j)"
)
_HAEMATOLOGY = "9590"  # and above: lymphoma, leukaemia, myeloma
_LINE_OF_DRUGS, _BEFORE_DRUG = re.compile(r"L[1-5]"), re.compile(r" ?[:=]? ?(?:par )?")
_CLAUSE_END = re.compile(r"[.;:]\s")
_DISTANCE = re.compile(r"\ba [\d.,]+ ?(?:cm|mm)\s(?:[a-z]+ )?(?:de|du|des|d') ?(?:la |l')?$")
# How many words may stand between a site and the word that makes it a tumour's.
_WORDS_BEFORE, _WORDS_AFTER, _WORDS_NODE, _WORDS_VAGUE = 9, 4, 5, 2
_WORDS_BLOCKED, _WORDS_DENIED, _WORDS_NORMAL = 1, 2, 3


@dataclass(slots=True, eq=False)
class _Site:
    start: int
    end: int
    concept: Concept
    code: str
    side: str


@dataclass(slots=True, eq=False)
class _Word:
    """A word near which a site counts: of the lexicon, or a type found before."""

    start: int
    end: int
    category: str
    direction: str


_NOWHERE = Concept("", "TOPOGRAPHY", "", "")


@lru_cache(maxsize=1)
def _part_matcher() -> PhraseMatcher[list[Concept]]:
    """Parts of organs, each with the sites that it may be."""
    sites: dict[str, list[Concept]] = defaultdict(list)
    for cue in load_cues("site_parts"):
        for term in expand(cue.literal):
            # the scope, the organ that must be named, may differ from the code's own
            attrs = {"weak": "1", "organ": cue.scope}
            concept = Concept(cue.id, "TOPOGRAPHY", cue.category, term, attrs=attrs)
            for spelling in spellings(phrase_form(term)):
                sites[spelling].append(concept)
    return PhraseMatcher((phrase, concepts, False) for phrase, concepts in sites.items())


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
        self._part_words = _part_matcher()
        self._tumour_words = cue_matcher("tumour_words")
        self._side_words = cue_matcher("sides")

    def find(self, doc: Doc) -> Iterable[MentionData]:
        view = view_of(doc)
        # of the same words a part goes before what the lexicon alone would say
        hits = longest([*self._parts(view), *self._matcher.find_all(view)])
        hits = [hit for hit in hits if hit.value is not _NOWHERE]
        if not hits:
            return
        mentions = mentions_of(doc)
        context = _Context(view, sentences_of(doc), self._tumour_words.find_all(view), mentions)
        taken = [(m["start"], m["end"]) for m in mentions]
        sides = self._side_words.find(view)
        following = {hit.start: hit for hit in sides if hit.value.direction == "after"}
        leading = {hit.end: hit for hit in sides if hit.value.direction == "before"}
        sites = [
            self._site(hit, view, context, following, leading)
            for hit in hits
            if not _inside(hit, taken)
            and not context.excludes(hit.start, hit.end)
            and not context.is_line(hit.start, hit.end)
        ]
        for site in _joined(sites, view.text):
            weak = site.concept.attrs.get("weak")
            if weak and not context.tumour_near(site.start, site.end, vague=weak == "2"):
                continue
            if "need_node" in site.concept.attrs and not context.node_before(site.start):
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

    def _parts(self, view: TextView) -> list[Hit[Concept]]:
        """Parts of organs ('tiers moyen', 'isthme') of the organ that the report names most."""
        hits = self._part_words.find(view)
        if not hits:
            return []
        # a part alone names no organ
        taken = {(hit.start, hit.end) for hit in hits}
        named = Counter(
            hit.value.code[:3]
            for hit in self._matcher.find(view)
            if (hit.start, hit.end) not in taken
        )
        parts = []
        for hit in hits:
            part = max(hit.value, key=lambda concept: named[concept.attrs["organ"]])
            # none for a part of organs not named: the phrase names nothing
            parts.append(Hit(hit.start, hit.end, part if named[part.attrs["organ"]] else _NOWHERE))
        return parts

    def _site(
        self,
        hit: Hit[Concept],
        view: TextView,
        context: _Context,
        following: dict[int, Hit[Cue]],
        leading: dict[int, Hit[Cue]],
    ) -> _Site:
        concept, start, end = hit.value, hit.start, hit.end
        code = concept.code
        if "node_code" in concept.attrs and context.node_before(start):
            code = concept.attrs["node_code"]
        if "haem_code" in concept.attrs and context.haematological:
            code = concept.attrs["haem_code"]
        side = concept.attrs.get("lat", "")
        after, before = following.get(end + 1), leading.get(start - 1)
        if after is not None and view.text[end].isspace():
            side, end = after.value.category, after.end
        elif before is not None and view.text[end - 1] in "sx":
            side, start = before.value.category, before.start
        elif not side:
            within = _SIDE_WITHIN.search(view.folded, view.to_folded(start), view.to_folded(end))
            side = {"g": "left", "d": "right"}[within.group()[0]] if within else ""
        return _Site(start, end, concept, code, side)


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
            and (before.code != site.code or "d" in text[before.end : site.start].lower())
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


_BLOCKING = ("blocks", "exam")
# between an examination and the last of its regions
_OF_EXAM = re.compile(
    r"[ -]?(?:[\w-]+iques?,? |[\w-]+iens?(?:nes?)?,? |[\w-]+aires?,? |et |puis ){0,4}"
)


class _Context:
    """Which words of tumours stand near a site, in its sentence."""

    def __init__(
        self,
        view: TextView,
        sentences: list[int],
        words: list[Hit[Cue]],
        mentions: Sequence[MentionData],
    ) -> None:
        self._view, self._text, self._sentences = view, view.text, sentences
        cues = [_Word(h.start, h.end, h.value.category, h.value.direction) for h in words]
        types = [
            _Word(m["start"], m["end"], "type", "both")
            for m in mentions
            if m["label"] in _TUMOUR_LABELS
        ]
        self.haematological = any(
            m["label"] == "MORPHOLOGY" and (m.get("code") or "") >= _HAEMATOLOGY for m in mentions
        )
        self._drugs = {m["start"] for m in mentions if m["label"] == "DRUG"}
        self._pseudo = [word for word in cues if word.category == "pseudo"]
        self._normal = sorted(
            word.start
            for word in cues
            if word.category == "normal"
            and not any(pseudo.start <= word.start < pseudo.end for pseudo in self._pseudo)
        )
        self._denials = {word.end for word in cues if word.category == "denial"}
        self._words = sorted(
            [*types, *(w for w in cues if w.category not in ("pseudo", "denial", "normal"))],
            key=lambda word: (word.start, word.end),
        )
        self._starts = [word.start for word in self._words]

    def excludes(self, start: int, end: int) -> bool:
        """A site word that names no site: 'au sein de', 'PD-L1', 'trans-bronchique', or the
        end of a distance ('à 8 cm de la marge anale')."""
        text = self._text
        if start >= 2 and text[start - 1] == "-" and text[start - 2].isalpha():
            return True
        if any(word.start < end and start < word.end for word in self._pseudo):
            return True
        if self._said_normal(end) or _BLOCK.match(text, end):
            return True
        folded = self._view.to_folded(start)
        return bool(_DISTANCE.search(self._view.folded, max(0, folded - 30), folded))

    def is_line(self, start: int, end: int) -> bool:
        """'L1 FOLFOX', 'L2 : irinotécan': a line of drugs, no vertebra."""
        if not _LINE_OF_DRUGS.fullmatch(self._text, start, end):
            return False
        after = _BEFORE_DRUG.match(self._text, end)
        return after is not None and after.end() in self._drugs

    def _said_normal(self, end: int) -> bool:
        """'ovaires normaux', 'foie homogène', 'estomac et rate indemnes'."""
        index = bisect_left(self._normal, end)
        if index == len(self._normal):
            return False
        between = self._text[end : self._normal[index]]
        if between.strip() == ":":
            return True
        return len(between.split()) <= _WORDS_NORMAL and not _PART_END.search(between)

    def tumour_near(self, start: int, end: int, *, vague: bool) -> bool:
        """A word that makes the site one of a tumour, before or after it; right before it, and
        a type or a metastasis, where the site is vague ('thoracique', 'parties molles')."""
        if self._names_exam(start):
            return False
        if self._begins_with_node(start, end):
            return True  # 'ganglion sentinelle axillaire positif'
        return self._before(start, vague) or (not vague and self._after(end))

    def _begins_with_node(self, start: int, end: int) -> bool:
        index = bisect_left(self._starts, start)
        word = self._words[index] if index < len(self._words) else None
        return word is not None and word.category == "node" and start == word.start < word.end < end

    def _names_exam(self, start: int) -> bool:
        """'IRM encéphalique : métastase', 'scanner thoracique et cérébral'."""
        word = next(iter(self._preceding(start)), None)
        if word is None or word.category != "exam":
            return False
        return _OF_EXAM.fullmatch(self._text, word.end, start) is not None

    def node_before(self, start: int) -> bool:
        """A node word shortly before: the adjective is a lymph node region."""
        for word in self._preceding(start):
            if len(self._text[word.end : start].split()) > _WORDS_NODE:
                return False
            if word.category == "node":
                return True
            if word.category == "type":
                return False  # 'métastase ganglionnaire d'un adénocarcinome du pancréas'
        return False

    def _preceding(self, start: int) -> Iterable[_Word]:
        """Words before a site in its sentence, the nearest first."""
        first, _ = sentence_around(self._sentences, start, len(self._text))
        for index in range(bisect_left(self._starts, start) - 1, -1, -1):
            word = self._words[index]
            if word.start < first:
                return
            if word.end <= start:
                yield word

    def _before(self, start: int, vague: bool) -> bool:
        limit = _WORDS_VAGUE if vague else _WORDS_BEFORE
        for word in self._preceding(start):
            between = self._text[word.end : start]
            distance = len(between.split())
            if distance > limit:
                return False
            if word.category in _BLOCKING:
                if distance <= _WORDS_BLOCKED:
                    return False
                continue
            if word.direction == "after" or (vague and word.category != "type"):
                continue
            if word.category in ("node", "spread") and self._denied(word):
                return False
            return not _CLAUSE_END.search(between) or len(between) < 30
        return False

    def _after(self, end: int) -> bool:
        _, last = sentence_around(self._sentences, end - 1, len(self._text))
        for index in range(bisect_left(self._starts, end), len(self._words)):
            word = self._words[index]
            between = self._text[end : word.start]
            if word.start >= last or len(between.split()) > _WORDS_AFTER:
                return False
            if word.category in _BLOCKING:
                return False
            if word.direction in ("after", "both"):
                colon_only = between.strip() in (":", "-", "")
                return (colon_only or not _CLAUSE_END.search(between)) and not self._denied(word)
        return False

    def _denied(self, word: _Word) -> bool:
        """'pas d'ADP axillaire', 'sans extension vésicale': a denial right before the word."""
        window = range(word.start, max(0, word.start - 25), -1)
        return any(
            position in self._denials
            and not _CLAUSE_END.search(self._text[position : word.start])
            and len(self._text[position : word.start].split()) <= _WORDS_DENIED
            for position in window
        )


@factory("oncotext.topography", default_config={"lexicon": []})
def create(nlp: Language, name: str, lexicon: list[str]) -> TopographyPipe:
    return TopographyPipe(name, lexicon=lexicon)
