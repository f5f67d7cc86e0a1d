"""Performance status: 'OMS 1', 'PS = 0', 'ECOG-PS 2', 'Karnofsky 80 %', '0 sur l'échelle ECOG'.

OMS (WHO), PS and ECOG name one scale, 0 to 4 for the living (Oken et al., Am J Clin Oncol 1982);
Karnofsky's goes from 10 to 100 by tens. Of a range the higher ECOG grade (the lower Karnofsky
index) counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from spacy.language import Language
from spacy.tokens import Doc

from oncotext.language.annotations import MentionData
from oncotext.language.factories import factory
from oncotext.language.view import TextView, view_of
from oncotext.lexicon import load_concepts, load_cues
from oncotext.matching.inflection import expand, phrase_form
from oncotext.mentions.pipe import MentionPipe
from oncotext.mentions.triggers import Triggers

_JOIN = (
    r"(?: ?[-/(:,]? ?| (?:de |d'|du |de la |selon |sur )(?:l'|la )?(?:echelle (?:de |d')?(?:l')?)?)"
)
_FILLER = (
    r"(?:[ \n]?\([^()\n]{0,60}\))?(?:[ \n]?(?:[:=]|-|est|etait|reste|a|de|d'|"
    r"FILLERS)(?![a-z])){0,3}[ \n]{0,6}\(?"
)
_ECOG = (
    r"(?P<ecog>[0-4ol])(?![a-z0-9%]|[.,]\d|/[05]?\d\d|/[045](?!\d))(?: ?%)?"
    r"(?: ?(?:-|/|a|ou|et) ?(?P<ecog2>[0-4])(?![a-z0-9%]|[.,/]\d))?|(?P<of>[0-4])/(?:4|5)(?![\d/])"
)
_KARNOFSKY = (
    r"(?P<karno>100|[1-9]0)(?: ?(?:-|/|a|ou|et) ?(?P<karno2>100|[1-9]0))?(?![\d.,]\d|[a-z0-9])"
    r"(?: ?%)?(?:/100)?"
)


class PerformancePipe(MentionPipe):
    """Marks performance status; the names of the scales are in ``performance.tsv``."""

    def __init__(self, name: str = "oncotext.performance") -> None:
        super().__init__(name)
        names: dict[str, list[str]] = {}
        literals: set[str] = set()
        for concept in load_concepts("performance"):
            terms = [t for term in (concept.preferred, *concept.variants) for t in expand(term)]
            names.setdefault(concept.code, []).extend(map(_source, terms))
            literals.update(phrase_form(term) for term in terms)
        cues: dict[str, list[str]] = {}
        for cue in load_cues("performance_words"):
            cues.setdefault(cue.category, []).extend(map(_source, expand(cue.literal)))
        ecog, karnofsky = (_longest_first(names[code]) for code in ("ECOG", "KARNOFSKY"))
        filler = _FILLER.replace("FILLERS", _longest_first(cues["filler"]))
        chain = rf"(?:{ecog})(?:{_JOIN}(?:{ecog})(?![a-z])\)?){{0,4}}"
        karno_chain = rf"(?:{karnofsky})(?: ?\((?:{karnofsky})\))?"
        self._forward = re.compile(
            rf"{karno_chain}(?![a-z]){filler}{_KARNOFSKY}|{chain}(?![a-z]){filler}(?:{_ECOG})"
        )
        by = _longest_first(cues["by"])
        self._backward = re.compile(
            rf"(?<![a-z0-9.,/-])(?P<value>[0-4]|100|[1-9]0(?: ?%)?) ?(?:{by}) ?"
            rf"(?:(?P<k>{karnofsky})|{chain})(?![a-z0-9])"
        )
        self._triggers = Triggers(literals)
        forbid_before = _longest_first(cues["forbid_before"])
        self._forbid_before = re.compile(rf"(?<![a-z])(?:{forbid_before})[ :,('/-]*$")
        self._forbid_after = re.compile(rf" ?(?:{_longest_first(cues['forbid_after'])})(?![a-z])")

    def find(self, doc: Doc) -> Iterator[MentionData]:
        """Mentions of a Doc, in the order of its text."""
        view = view_of(doc)
        folded = view.folded
        done = 0
        for start, end in sorted(self._triggers.find(folded)):
            if start < done:
                continue
            mention = self._forwards(view, start) or self._backwards(view, start, end, done)
            if mention:
                yield mention
                done = view.to_folded(mention["end"])

    def _forwards(self, view: TextView, start: int) -> MentionData | None:
        folded = view.folded
        found = self._forward.match(folded, start)
        if not found or self._is_forbidden(view, start):
            return None
        if found["karno"]:
            values = [int(v) for v in (found["karno"], found["karno2"]) if v]
            return _mention(view, start, found.end(), f"KARNOFSKY:{min(values)}")
        if self._forbid_after.match(folded, found.end()):
            return None
        if found["ecog"] in ("o", "l") and not _reads_as_digit(view, found):
            return None
        written = [v for v in (found["ecog"], found["ecog2"], found["of"]) if v]
        grades = [int(v.replace("o", "0").replace("l", "1")) for v in written]
        return _mention(view, start, found.end(), f"ECOG:{max(grades)}")

    def _backwards(self, view: TextView, start: int, end: int, done: int) -> MentionData | None:
        """A value before its scale: '1 selon l'échelle de l'OMS'."""
        low = max(done, start - 40)
        for found in self._backward.finditer(view.folded, low, end + 60):
            surface, value = found.group(), int(found["value"].rstrip("% "))
            if not found.start() < start < found.end() or bool(found["k"]) != (value > 4):
                continue
            # 'palier 3 de l'OMS', 'grade 3 selon l'OMS': only its scale is one of performance
            if re.search("[ ']oms", surface) and not re.search("ecog|echelle", surface):
                continue
            if self._is_forbidden(view, found.start()):
                continue
            scale = "KARNOFSKY" if found["k"] else "ECOG"
            return _mention(view, found.start(), found.end(), f"{scale}:{value}")
        return None

    def _is_forbidden(self, view: TextView, start: int) -> bool:
        """Whether the words before make it something else: 'grade OMS 2'."""
        return bool(self._forbid_before.search(view.folded, max(0, start - 40), start))


def _source(literal: str) -> str:
    """A literal as a regular expression over folded text; blanks match hyphens and a line break."""
    return re.escape(phrase_form(literal)).replace(r"\ ", r"[ \n-]+")


def _longest_first(sources: list[str]) -> str:
    return "|".join(sorted(set(sources), key=lambda source: (-len(source), source)))


def _reads_as_digit(view: TextView, found: re.Match[str]) -> bool:
    """'PS O', 'OMS l': a lone capital O or small l at the end of the expression."""
    at = found.start("ecog")
    char = view.text[view.to_raw(at)]
    return char in "Ol" and view.folded[at + 1 : at + 2] in ("", " ", ".", ",", ";", ")", "\n")


def _mention(view: TextView, start: int, end: int, code: str) -> MentionData:
    surface = view.folded[start:end]
    if surface.count("(") > surface.count(")") and view.folded[end : end + 1] == ")":
        end += 1
    return {
        "start": view.to_raw(start),
        "end": view.to_raw_end(end),
        "label": "PERFORMANCE_STATUS",
        "code": code,
        "rule": "performance:" + code.partition(":")[0].lower(),
    }


@factory("oncotext.performance")
def create(nlp: Language, name: str) -> PerformancePipe:
    return PerformancePipe(name)
