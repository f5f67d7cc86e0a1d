"""Tumour grades: 'SBR II', 'grade 2 d'Elston et Ellis', 'ISUP 1', 'haut grade', 'peu différencié'.

Systems and their names are in ``grade_systems.tsv``, grades in words in ``grades.tsv``. A
'grade 2' or 'haut grade' without a name takes its system from the tumour it is said of
(``diseases.tsv``) and is no grade where it is said of a toxicity, a comorbidity, or of a type
whose name it belongs to ('carcinome séreux de haut grade', 'PIN de haut grade'). Gleason scores
and Breslow's thickness are in `oncotext.mentions.grade_scores`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from spacy.language import Language
from spacy.tokens import Doc

from oncotext.language.annotations import MentionData
from oncotext.language.factories import factory
from oncotext.language.view import TextView, view_of
from oncotext.lexicon import Concept, concept_matcher, load_concepts
from oncotext.matching.automaton import Hit
from oncotext.matching.inflection import expand, phrase_form
from oncotext.mentions.disease import Word, disease_words
from oncotext.mentions.grade_scores import Scores
from oncotext.mentions.pipe import MentionPipe
from oncotext.mentions.triggers import Triggers

# A figure, its range ('2-3', 'II/III') and the highest grade that may follow ('III/III').
_V = (
    r"(?P<value>[il1]v|[il]{1,3}|[1-5])"
    r"(?: ?(?:-|/|a|ou) ?(?P<value2>i{2,3}|iv|[2-5])(?![a-z0-9]|[.,]\d))?"
    r"(?: ?/ ?(?:iii|iv|[345])(?![a-z0-9]))?"
)
_V_B = _V.replace("value", "value_b")
_EDGE = r"(?![a-z0-9']|[.,]\d|/\d| ?%)"
_OF_WHAT = (
    r"(?:[ -](?:histologique|histopronostique|histo ?-?pronostique|nucleaire|nucleolaire|tumoral|"
    r"combine|global|pronostique|cytologique|cytonucleaire|architectural|final|moyen|"
    r"de malignite|de differenciation)){0,4}"
)
_GRADE = rf"(?:grades?|gr\.?|score|groupe){_OF_WHAT}"
_LINK = r"(?:[ \n]?[:=]?[ \n]{0,6}|[ \n](?:est|etait|de|a|modifie|estime a|evalue a)[ \n]?)"
_SUM = r"(?:\(?[1-3] ?\+ ?[1-3] ?\+ ?[1-3](?: ?= ?[3-9])?\)?[ ,;:=]*(?:soit )?(?:un )?)?"
_THE = r"(?:la |l'|le |les )?"
_OF = (
    rf"(?:[ \n]?,? ?(?:de |d'|du |selon |dans |\()?{_THE}"
    rf"(?:(?:classification|systeme|score|criteres|echelle) (?:de |d'|du )?{_THE})?)"
)
_BARE = re.compile(
    rf"(?:grades?{_OF_WHAT}(?: ?\([a-z]{{1,3}}\))?|gr\.?|gh){_LINK}(?:de |g ?)?"
    rf"{_V}{_EDGE}(?: nucleaire| histologique)?"
)
_G = re.compile(rf"g ?-?{_V}{_EDGE}(?! ?p ?\d)")
_WHO_NAMES = ("oms", "who", "organisation mondiale")
_WHO = r"(?:oms|who|organisation mondiale de la sante)(?: (?:19|20)\d\d)?(?!\d| ?(?:19|20)\d)"
_WHO_GRADE = re.compile(
    rf"(?:(?:grade{_OF_WHAT}|g)[ -]?{_LINK}{_V}{_OF}{_WHO}"
    rf"|(?:grade{_OF_WHAT}{_OF}{_WHO}|{_WHO}[ ,:(]{{0,2}}(?:grade|g)){_LINK}{_V_B})(?![a-z0-9])"
)
_LEVEL_BEFORE = re.compile(r"(?:haut|bas|faible|low|high)[ -]$")
_TNM_AFTER = re.compile(r"[ ,;]{1,3}[ypcr]{0,3}t[0-4x]")
_TNM_BEFORE = re.compile(
    r"(?:(?<![a-z])[ypcr]{0,3}t(?:[0-4x][a-d]?|is|a)|[nm][0-4x+][a-d]?)[) ,;:.-]{0,4}$"
)
_GRADE_WORDS = ("grade", "grades", "gr", "gh")
_LETTERED = tuple(
    f"g{value}" for value in ["1", "2", "3", "4", "i", "ii", "iii", "iv", "-1", "-2", "-3"]
)
# words of a system's name that say nothing by themselves
_GENERIC = frozenset(["grade", "groupe", "de", "oms", "who", "et"])
_LEVELS = ("LOW", "INTERMEDIATE", "HIGH")
_LEVEL_FAMILIES = frozenset(("dcis", "uro", "dysplasia", "digestive"))
_REACH = 900


@dataclass(frozen=True, slots=True)
class _System:
    """A grading system: code, highest grade, words for values, expressions with its name."""

    code: str
    highest: int
    levels: tuple[str, ...]
    named: re.Pattern[str] | None


class GradePipe(MentionPipe):
    """Marks tumour grades.

    Parameters
    ----------
    lexicon : sequence of paths
        Users' own files on top of ``grade_systems.tsv``.
    """

    def __init__(self, name: str = "oncotext.grade", *, lexicon: list[str] | None = None) -> None:
        super().__init__(name)
        self._diseases = disease_words()
        self._phrases = concept_matcher("grades")
        self._scores = Scores()
        self._systems: dict[str, _System] = {}
        self._of_family: dict[str, _System] = {}
        self._of_name: dict[str, _System] = {}
        for concept in load_concepts("grade_systems", lexicon or ()):
            system = _system(concept)
            self._systems.setdefault(system.code, system)
            for family in filter(None, concept.attrs.get("tumours", "").split(",")):
                self._of_family.setdefault(family, system)
            for word in _trigger_words(concept) if system.named else ():
                self._of_name.setdefault(word, system)
        self._triggers = Triggers([*self._of_name, *_GRADE_WORDS, *_LETTERED, *_WHO_NAMES])

    def find(self, doc: Doc) -> Iterator[MentionData]:
        """Mentions of a Doc; where two overlap the longer is kept later on."""
        view = view_of(doc)
        folded = view.folded
        yield from self._scores.find(view)
        for hit in self._phrases.find(view):
            yield from self._worded(view, hit)
        for start, end in self._triggers.find(folded):
            word = folded[start:end]
            if word in self._of_name:
                yield from self._named(view, start, self._of_name[word])
            elif word in _WHO_NAMES:
                yield from self._who(view, start, end)
            else:
                yield from self._bare(view, start, _G if word in _LETTERED else _BARE)

    def _named(self, view: TextView, start: int, system: _System) -> Iterator[MentionData]:
        """A value beside the name of its system: 'SBR II', 'grade 2 d'Elston et Ellis'."""
        assert system.named is not None
        for found in system.named.finditer(view.folded, max(0, start - 60), start + 80):
            if not found.start() <= start < found.end():
                continue
            if system.code in ("ISUP", "ISUP_RENAL"):
                system = self._prostate_or_kidney(view, found)
            value = self._value(view, found, system)
            if value:
                yield _mention(view, found, f"{system.code}:{value}")
            return

    def _prostate_or_kidney(self, view: TextView, found: re.Match[str]) -> _System:
        """ISUP grades the prostate (1 to 5) and the nucleoli of the kidney (1 to 4)."""
        for words in (
            self._diseases.before(view, found.start()),
            self._diseases.after(view, found.end(), reach=100),
            self._diseases.before(view, found.start(), reach=4 * _REACH),
        ):
            for word in words:
                if word.family in ("kidney", "prostate"):
                    return self._systems["ISUP_RENAL" if word.family == "kidney" else "ISUP"]
        return self._systems["ISUP"]

    def _who(self, view: TextView, start: int, end: int) -> Iterator[MentionData]:
        """'grade IV OMS', 'OMS G2': the tumour tells which of the WHO's systems."""
        for found in _WHO_GRADE.finditer(view.folded, max(0, start - 40), end + 30):
            if found.start() <= start < found.end():
                system = self._system_of(view, found.start(), found.end())
                value = system and self._value(view, found, system)
                if system and value:
                    yield _mention(view, found, f"{system.code}:{value}")
                return

    def _bare(self, view: TextView, start: int, pattern: re.Pattern[str]) -> Iterator[MentionData]:
        """'grade 2', 'G3': a tumour's where the nearest disease word is a tumour."""
        folded = view.folded
        found = pattern.match(folded, start)
        if not found or _LEVEL_BEFORE.search(folded, max(0, start - 15), start):
            return
        if pattern is _G and not _is_capital_g(view, start):
            return
        if not self._is_tumour_grade(view, found, strict=pattern is _G):
            return
        system = self._system_of(view, start, found.end())
        value = system and self._value(view, found, system)
        if system and value:
            yield _mention(view, found, f"{system.code}:{value}")

    def _is_tumour_grade(self, view: TextView, found: re.Match[str], *, strict: bool) -> bool:
        start, end = found.span()
        if _TNM_BEFORE.search(view.folded, max(0, start - 20), start):
            return True
        if _TNM_AFTER.match(view.folded, end):
            return True
        for word in self._diseases.after(view, end, reach=30)[:1]:
            if not word.tumour or word.family == "clark":
                return False
        for word in self._diseases.before(view, start):
            if not word.organ:
                return word.tumour and start - word.end < (60 if strict else 110)
        if strict:
            return False
        line = view.folded.rfind("\n", 0, start) + 1
        titled = start - line < 4 or ":" in found.group()
        return titled or bool(re.search("histo|nucl|tumoral|malign", found.group()))

    def _worded(self, view: TextView, hit: Hit[Concept]) -> Iterator[MentionData]:
        """Grades in words; 'haut grade' and 'bas grade' need a system that has them."""
        start, end = view.to_folded(hit.start), view.to_folded(hit.end)
        code = hit.value.code
        if code.startswith("DIFFERENTIATION:") and self._is_organ(view, start):
            return
        if code.startswith("LEVEL:"):
            system = self._system_of(view, start, end, level=True)
            index = 4 + _LEVELS.index(code.removeprefix("LEVEL:"))
            value = system.levels[index] if system and len(system.levels) > index else ""
            if not system or not value:
                return
            code = f"{system.code}:{value}"
        yield {
            "start": hit.start,
            "end": hit.end,
            "label": "GRADE",
            "code": code,
            "rule": "grades:" + hit.value.id,
        }

    def _is_organ(self, view: TextView, start: int) -> bool:
        """'reins bien différenciés': the parenchyma of an organ, not a tumour."""
        before = self._diseases.before(view, start)
        return bool(before) and all(word.organ for word in before) and start - before[0].end < 20

    def _system_of(
        self, view: TextView, start: int, end: int, *, level: bool = False
    ) -> _System | None:
        """The system of the nearest tumour word that has one: before, after, further before."""
        before = self._diseases.before(view, start)
        # of the sentence's words a histological type goes before an organ
        for word in sorted((w for w in before if w.specific), key=lambda w: w.weak):
            return self._choose(view, word, before, level)
        after = self._diseases.after(view, end, reach=60)
        for word in (*after, *self._diseases.before(view, start, reach=_REACH)):
            if word.specific:
                return self._choose(view, word, before, level)
        return None

    def _choose(
        self, view: TextView, word: Word, before: list[Word], level: bool
    ) -> _System | None:
        """A family's system; the kidney's is Fuhrman's where the report names it and not ISUP."""
        families = {w.family for w in before}
        if level and word.family == "breast" and "dcis" in families:
            return self._systems["DCIS"]
        if level and word.family not in _LEVEL_FAMILIES:
            return None
        if word.family == "kidney" and "fuhrman" in view.folded and "isup" not in view.folded:
            return self._systems["FUHRMAN"]
        return self._of_family.get(word.family)

    def _value(self, view: TextView, found: re.Match[str], system: _System) -> str:
        """The value as the system writes it, or '' where it has no such grade."""
        groups = [g for g in found.groupdict() if g.startswith("value") and found[g]]
        numbers = [_number(view, found, group) for group in groups]
        number = max(numbers, default=0)
        if not 0 < number <= system.highest:
            return ""
        return system.levels[number - 1] if system.levels else str(number)


def _system(concept: Concept) -> _System:
    """A line of the lexicon compiled; a system without variants has no name of its own."""
    attrs = concept.attrs
    levels = tuple(attrs["levels"].split("|")) if "levels" in attrs else ()
    pattern = None
    if concept.variants:
        terms = sorted((phrase_form(term) for term in _terms(concept)), key=len, reverse=True)
        names = "|".join(re.escape(term).replace(r"\ ", r"[ \n,-]{1,2}") for term in terms)
        pattern = _named_pattern(names, needs_word=attrs.get("word") == "required")
    return _System(concept.code, int(attrs.get("max", 0)), levels, pattern)


def _named_pattern(names: str, *, needs_word: bool) -> re.Pattern[str]:
    name = rf"(?:{names})(?: ?[-/(]? ?(?:{names})\)?){{0,2}}(?:[ \n]modifiee?)?"
    grade = rf"{_GRADE}(?: ?\([a-z]{{1,3}}\))?"
    head = rf"{grade}{_LINK}{_OF}"
    # name before value: 'grade SBR : II', 'Elston-Ellis : 3+2+2 = 7, grade II'
    if needs_word:
        forward = rf"(?:{head}{name}{_LINK}|{name}[ ,:]{{0,2}}(?:grade|g){_LINK}){_V}"
    else:
        forward = rf"(?:{head})?{name}\)?(?:{_LINK}{_SUM}(?:{grade})?{_LINK}g?|-){_V}"
    # value before name: 'grade II de SBR modifié', 'grade III/III (Nottingham)', 'G2 de Fuhrman'
    start = rf"(?:{grade}{_LINK}|g ?)" if needs_word else rf"(?:{grade}{_LINK}|g ?|stade )"
    backward = rf"{start}{_V_B}{_OF}{name}(?![a-z])"
    return re.compile(rf"(?<![a-z0-9])(?:{forward}{_EDGE}|{backward})")


def _terms(concept: Concept) -> list[str]:
    return [form for term in (concept.preferred, *concept.variants) for form in expand(term)]


def _trigger_words(concept: Concept) -> set[str]:
    """The telling word of each name: 'richardson', 'isup', 'nucleolaire'."""
    words = set()
    for term in _terms(concept):
        parts = re.findall("[a-z]+", phrase_form(term))
        words.add(max((w for w in parts if w not in _GENERIC), key=len, default="groupe"))
    return words


def _is_capital_g(view: TextView, start: int) -> bool:
    """G2 in capitals, at a word's start or right after a TNM ('pT2G3')."""
    if view.text[view.to_raw(start)] != "G":
        return False
    before = view.folded[max(0, start - 6) : start]
    return not before[-1:].isalnum() or bool(_TNM_BEFORE.search(before))


def _number(view: TextView, found: re.Match[str], group: str) -> int:
    """A figure, arabic or roman, also with OCR's l for I; small roman letters are words ('il')."""
    written = found[group]
    if written.isdigit():
        return int(written)
    at = view.to_raw(found.start(group))
    raw = view.text[at : at + len(written)]
    if raw[0] == "l" and len(raw) == 1 and found.group()[:2] != "gr":
        return 0
    roman = written.replace("1", "i").replace("l", "i")
    return {"i": 1, "ii": 2, "iii": 3, "iv": 4}.get(roman, 0)


def _mention(view: TextView, found: re.Match[str], code: str) -> MentionData:
    """A mention of what was found, with the bracket that it opened."""
    text, end = found.group(), found.end()
    if text.count("(") > text.count(")") and view.folded[end : end + 1] == ")":
        end += 1
    return {
        "start": view.to_raw(found.start()),
        "end": view.to_raw_end(end),
        "label": "GRADE",
        "code": code,
        "rule": "grade:" + code.partition(":")[0].lower(),
    }


@factory("oncotext.grade", default_config={"lexicon": []})
def create(nlp: Language, name: str, lexicon: list[str]) -> GradePipe:
    return GradePipe(name, lexicon=lexicon)
