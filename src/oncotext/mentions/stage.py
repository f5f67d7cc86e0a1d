"""Stage groups: 'stade IIIA', 'FIGO IB2', 'stade III B d'Ann Arbor', 'Binet A', 'Clark IV'.

Which word names which classification, and the form of its values, is in ``stages.tsv``. A
'stade IV' without a name takes its classification from the tumour it is said of
(``diseases.tsv``): UICC, but for lymphoma, thymoma, myeloma and the like. A stage of a
comorbidity ('insuffisance rénale stade 3') is none.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from spacy.language import Language
from spacy.tokens import Doc

from oncotext.language.annotations import MentionData
from oncotext.language.factories import factory
from oncotext.language.view import TextView, view_of
from oncotext.lexicon import load_concepts
from oncotext.matching.inflection import expand, phrase_form
from oncotext.mentions.disease import DiseaseWords, disease_words
from oncotext.mentions.pipe import MentionPipe
from oncotext.mentions.stage_values import EDGE, VALUES, kept, read_value
from oncotext.mentions.triggers import Triggers

_KIND = (
    r"(?: ?(?:tumoral|clinique|pathologique|anatomopathologique|histologique|global|final|initial|"
    r"pronostique|definitif|evolutif|au moins|au minimum|n°)){0,3}"
)
_LINK = r"(?:[ \n]?[:=]?[ \n]{0,6}|[ \n](?:est|etait|de|a|niveau|stade|score)(?: de)?[ \n]|-)"
_THE = r"(?:la |l'|le )?"
_OF = (
    rf"[ \n]?,?\(?(?:selon |d'apres |de |d'|sur )?{_THE}"
    rf"(?:(?:classification|systeme|score|echelle|criteres) (?:de )?{_THE}(?:d')?)?"
)
_HEAD = r"(?:stades?|niveaux?|stadification|indice|index|score)"
_YEAR = r"(?: ?\(?(?:19|20)\d\d\)?)?"
_SOURCE = r"(?: (?:selon )?(?:uicc|ajcc|tnm|ptnm)(?: ?(?:\d|20\d\d)(?![a-z0-9]))?)?"
_BARE = re.compile(rf"stades?{_KIND}{_SOURCE}{_LINK}(?:(?:[cp]|yp)(?=[ivl]))?")
_FOREIGN = re.compile(
    rf" ?,?\(?(?:de |du |d'|selon |d'apres ){_THE}"
    rf"(?:(?:classification|systeme|criteres) )?(?:de |d'|du )?{_THE}([a-z]{{3,}})"
)
_BARE_VALUES = {name: re.compile(rf"({form}){EDGE}") for name, form in VALUES.items()}
_TNM_AFTER = re.compile(r"[ ,;]{0,2}\(?[ypcr]{0,3}t[0-4x]")
_TNM_BEFORE = re.compile(r"[tnm][0-4x][a-d]?[),;: (-]*$")
_GRADE = re.compile(r"grade[ :]*(?:de |d')?$")
_STAGE_WORDS = ("stade", "stades")
_SMALL_CELL = ("petites cellules", "microcytaire", "cpc", "cbpc", "cppc")
_REACH = 900
_NEAR_ARABIC = 110


@dataclass(frozen=True, slots=True)
class _System:
    """A classification: its code, the form of its values, and its expressions."""

    code: str
    values: str
    forward: re.Pattern[str]
    backward: re.Pattern[str]


class StagePipe(MentionPipe):
    """Marks stage groups.

    Parameters
    ----------
    lexicon : sequence of paths
        Users' own files on top of ``stages.tsv``.
    """

    def __init__(self, name: str = "oncotext.stage", *, lexicon: list[str] | None = None) -> None:
        super().__init__(name)
        self._diseases: DiseaseWords = disease_words()
        self._systems: dict[str, list[_System]] = {}
        self._of_family: dict[str, _System] = {}
        self._words: dict[str, str] = {}
        for concept in load_concepts("stages", lexicon or ()):
            if ":" in concept.code:
                self._words |= {phrase: concept.code for phrase, _ in concept.phrases()}
                continue
            terms = [t for term in (concept.preferred, *concept.variants) for t in expand(term)]
            system = _system(concept.code, concept.attrs["values"], terms)
            for word in {phrase_form(term).split()[0] for term in terms}:
                self._systems.setdefault(word, []).append(system)
            for family in filter(None, concept.attrs.get("tumours", "").split(",")):
                self._of_family.setdefault(family, system)
        self._uicc = self._systems["uicc"][0]
        self._triggers = Triggers([*self._systems, *_STAGE_WORDS, *_SMALL_CELL])
        words = "|".join(sorted(map(re.escape, self._words), key=len, reverse=True))
        self._worded = re.compile(rf"(?<![a-z])(?:{words})(?![a-z])")

    def find(self, doc: Doc) -> Iterator[MentionData]:
        """Mentions of a Doc; where two overlap the longer is kept later on."""
        view = view_of(doc)
        hits = [(*span, view.folded[slice(*span)]) for span in self._triggers.find(view.folded)]
        hits = sorted(set(hits))
        named = []
        for start, end, word in hits:
            mention = self._named(view, start, end) if word in self._systems else None
            if mention:
                named.append(mention)
        yield from named
        starts = sorted(mention["start"] for mention in named)
        for start, _, word in hits:
            mention = self._bare(view, start) if word in _STAGE_WORDS else None
            # 'stade IIIC FIGO' is a named one
            if mention and not any(
                _overlap(mention, other)
                for other in named[max(0, bisect_left(starts, mention["start"]) - 1) :][:2]
            ):
                yield mention
        if any(word in _SMALL_CELL for *_, word in hits):
            yield from self._small_cell(view)

    def _named(self, view: TextView, start: int, end: int) -> MentionData | None:
        """A value beside the name of its classification, after or before it."""
        for system in self._systems[view.folded[start:end]]:
            for pattern in (system.forward, system.backward):
                for found in pattern.finditer(view.folded, max(0, start - 55), end + 60):
                    if not found.start() <= start < end <= found.end():
                        continue
                    value = self._value_of(view, found, system)
                    if value is not None:
                        stop = _stop(view, found, system)
                        return _mention(view, found.start(), stop, system.code, value)
        return None

    def _value_of(self, view: TextView, found: re.Match[str], system: _System) -> str | None:
        """The value beside a name; none where it is a grade ('grade 2 FIGO')."""
        at = found.start("value")
        if found.start() == at and _GRADE.search(view.folded, max(0, at - 12), at):
            return None
        value = read_value(view, system.values, at, found["value"])
        return value if value and self._is_named_stage(view, found, system) else None

    def _is_named_stage(self, view: TextView, found: re.Match[str], system: _System) -> bool:
        """An arabic figure beside a name may be anything else: 'myome FIGO 3', 'AJCC 8'."""
        if (
            system.values != "roman"
            or not found["value"][0].isdigit()
            or found["value"][:2] == "1v"
        ):
            return True
        if system is self._uicc:
            return "stade" in found.group()
        before = self._diseases.before(view, found.start())
        return not before or before[0].tumour

    def _bare(self, view: TextView, start: int) -> MentionData | None:
        """'stade IIIA': what it is a stage of, and by which classification."""
        folded = view.folded
        head = _BARE.match(folded, start)
        if not head:
            return None
        for candidate in dict.fromkeys((self._system_of(view, start, head.end()), self._uicc)):
            found = _BARE_VALUES[candidate.values].match(folded, head.end())
            if not found:
                continue
            at, written = found.start(), found[1]
            value = read_value(view, candidate.values, at, written)
            if value is None or (value == "0" and "uicc" not in head.group()):
                continue
            end = at + len(kept(view, at, written))
            if not self._is_tumour_stage(view, start, at, end):
                return None
            return _mention(view, start, end, candidate.code, value)
        return None

    def _system_of(self, view: TextView, start: int, end: int) -> _System:
        """The classification of the nearest tumour that has one of its own, else UICC."""
        if re.search("uicc|ajcc|tnm", view.folded[start:end]):
            return self._uicc
        for words in (
            self._diseases.before(view, start),
            self._diseases.after(view, end + 6, reach=100),
            self._diseases.before(view, start, reach=_REACH),
        ):
            for word in words:
                if word.family in self._of_family:
                    return self._of_family[word.family]
                # 'lymphome gastrique stade IE', but 'lymphome, puis cancer du côlon stade IV'
                if not word.specific:
                    break
            if any(word.specific and not word.organ for word in words):
                break
        return self._uicc

    def _is_tumour_stage(self, view: TextView, start: int, at: int, end: int) -> bool:
        """Not a comorbidity's: the nearest disease word says so, before, else after."""
        folded = view.folded
        if self._is_named_otherwise(view, start, end):
            return False
        if _TNM_BEFORE.search(folded, max(0, start - 16), start):
            return True
        # 'stade pIIA', 'stade IIIA (cT2 N2)'
        if view.folded[start:at].endswith(("p", "c")) or _TNM_AFTER.match(folded, end):
            return True
        written = folded[at:end]
        arabic = written[0].isdigit() and not written.startswith("1v")
        # toxicities have grades, not stages: only one right before counts
        for word in self._diseases.before(view, start):
            if word.organ or (word.family == "toxicity" and start - word.end >= 12):
                continue
            return word.tumour and not (arabic and start - word.end > _NEAR_ARABIC)
        for word in self._diseases.after(view, end, reach=70)[:1]:
            if word.family != "toxicity":
                return word.tumour
        if arabic:
            return False
        wider = self._diseases.before(view, start, reach=_REACH)
        lettered = len(written) > 1 and view.text[view.to_raw(end) - 1] in "ABC"
        return any(word.tumour for word in wider) or (lettered and not wider)

    def _is_named_otherwise(self, view: TextView, start: int, end: int) -> bool:
        """'stade III de Mollaret', 'stade II selon Hackett': scales that are not in the lexicon."""
        foreign = _FOREIGN.match(view.folded, end)
        if not foreign or not view.text[view.to_raw(foreign.start(1))].isupper():
            return False
        in_capitals = view.text[view.to_raw(start)].isupper()
        return not in_capitals and foreign[1] not in (*self._systems, "tnm", "ptnm")

    def _small_cell(self, view: TextView) -> Iterator[MentionData]:
        """'stade limité', 'CBPC diffus' (Veterans' Administration Lung Cancer Study Group)."""
        for found in self._worded.finditer(view.folded):
            adjective = " " not in found.group()
            low = max(0, found.start() - (40 if adjective else _REACH))
            lung = [
                w.end for w in self._diseases.find(view, low, found.start()) if w.family == "sclc"
            ]
            if not lung:
                continue
            if adjective and re.search(r"[.,;:\n(]", view.folded[lung[-1] : found.start()]):
                continue
            code, _, value = self._words[found.group()].partition(":")
            yield _mention(view, found.start(), found.end(), code, value)


def _system(code: str, values: str, terms: list[str]) -> _System:
    names = sorted(set(map(phrase_form, terms)), key=len, reverse=True)
    name = "(?:" + "|".join(re.escape(n).replace(r"\ ", "[ \n-]?") for n in names) + ")"
    value = rf"(?P<value>{VALUES[values]}){EDGE}"
    head = rf"(?:{_HEAD}{_KIND}[ :]{{0,3}}(?:de |selon )?{_THE}(?:d')?)?"
    forward = rf"(?<![a-z0-9]){head}{name}{_YEAR}{_LINK}(?:(?:stade|niveau) )?{value}"
    backward = rf"(?<![a-z0-9])(?:{_HEAD}{_KIND}{_LINK})?p?{value}{_OF}{name}(?![a-z]){_YEAR}"
    return _System(code, values, re.compile(forward), re.compile(backward))


def _stop(view: TextView, found: re.Match[str], system: _System) -> int:
    """End of a named stage: an opened bracket is closed, a split-off letter left out."""
    stop = found.end()
    if stop == found.end("value"):
        return found.start("value") + len(kept(view, found.start("value"), found["value"]))
    bracket = found.group().rfind("(")
    if bracket >= 0 and ")" not in found.group()[bracket:]:
        # 'stade IA (FIGO)' is one expression; 'stade IIIA (AJCC 8e édition)' names its source
        if system.code == "UICC" or view.folded[stop : stop + 1] != ")":
            return found.end("value")
        stop += 1
    return stop


def _overlap(one: MentionData, other: MentionData) -> bool:
    return one["start"] < other["end"] and other["start"] < one["end"]


def _mention(view: TextView, start: int, end: int, code: str, value: str) -> MentionData:
    return {
        "start": view.to_raw(start),
        "end": view.to_raw_end(end),
        "label": "STAGE",
        "code": f"{code}:{value}",
        "rule": "stage:" + code.lower(),
    }


@factory("oncotext.stage", default_config={"lexicon": []})
def create(nlp: Language, name: str, lexicon: list[str]) -> StagePipe:
    return StagePipe(name, lexicon=lexicon)
