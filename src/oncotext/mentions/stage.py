"""Stage groups: 'stade IIIA', 'FIGO IB2', 'stade III B d'Ann Arbor', 'Binet A', 'Clark IV'.

Which word names which classification, and the form of its values, is in ``stages.tsv``. A
'stade IV' without a name takes its classification from the tumour it is said of
(``diseases.tsv``): UICC, but for lymphoma, thymoma, myeloma and the like. A stage of a
comorbidity ('insuffisance rénale stade 3') is none.
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
from oncotext.lexicon import load_concepts
from oncotext.matching.inflection import expand, phrase_form
from oncotext.mentions.disease import DiseaseWords, disease_words
from oncotext.mentions.pipe import MentionPipe
from oncotext.mentions.triggers import Triggers

# Roman figures with the letters that OCR makes of I, and arabic ones; a letter and its figure.
_ROMAN = r"(?:[il1]v|[il]{1,3}|v|[0-4])"
_LETTER = r"[a-d](?: ?-?[1-3](?:r|p|\(i{1,2}\))?)?"
_VALUES = {
    "roman": rf"{_ROMAN}(?:[ -]?\n?{_LETTER})?",
    "annarbor": rf"{_ROMAN}(?:[ -]?\n?(?:[ab]?[esx]{{1,2}}|[ab][ab]?))?",
    "dukes": r"[a-d][12]?",
    "bclc": r"[0a-d]",
    "binet": r"[abc]",
    "rai": r"(?:[il1]v|[il]{1,3}|[0-4])",
    "iss": r"(?:[il]{1,3}|[1-3])",
    "clark": r"(?:[il1]v|v|[il]{1,3}|[1-5])",
    "inss": r"(?:4 ?s|2 ?[ab]|[il1]v ?s?|ii ?[ab]?|[il]{1,3}|[1-4])",
}
_EDGE = r"(?![a-z0-9]|[.,]\d|/\d)"
_KIND = (
    r"(?: ?(?:tumoral|clinique|pathologique|anatomopathologique|histologique|global|final|initial|"
    r"pronostique|definitif|evolutif|au moins|au minimum|n°))*"
)
_LINK = r"(?:[ \n]?[:=]?[ \n]{0,6}|[ \n](?:est|etait|de|a|niveau|stade|score)(?: de)?[ \n]|-)"
_THE = r"(?:la |l'|le )?"
_OF = rf"[ \n]?,?\(?(?:selon |d'apres |de |d'|sur )?{_THE}(?:(?:classification|systeme|score|echelle|criteres) (?:de )?{_THE}(?:d')?)?"
_HEAD = r"(?:stades?|niveaux?|stadification|indice|index|score)"
_YEAR = r"(?: ?\(?(?:19|20)\d\d\)?)?"
_BARE = re.compile(
    rf"stades?{_KIND}(?: (?:selon )?(?:uicc|ajcc|tnm|ptnm)(?: ?(?:\d|20\d\d)(?![a-z0-9]))?)?{_LINK}(?:(?:[cp]|yp)(?=[ivl]))?"
)
_AFTER_NAME = rf"(?: ?,?\(?{_YEAR} ?(?:de |selon )?{_THE}(?:figo|uicc|ajcc){_YEAR}\)?)?"
_FOREIGN = re.compile(
    rf" ?,?\(?(?:de |du |d'|selon |d'apres )(?:la |l'|le )?(?:classification |systeme |critères )?(?:de |d'|du )?{_THE}([a-z]{{3,}})"
)
_ARABIC = {"0": "0", "1": "I", "2": "II", "3": "III", "4": "IV", "5": "V"}
_TNM_BEFORE = re.compile(r"[tnm][0-4x][a-d]?[),;: (-]*$")
_STAGE_BEFORE = re.compile(r"(?:stade|niveau)[ :]*$")
_GRADE = re.compile(r"grade[ :]*(?:de |d')?$")
_REACH = 900


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
            system = _system(concept.code, concept.attrs["values"], concept.preferred, *concept.variants)
            for term in (concept.preferred, *concept.variants):
                for expanded in expand(term):
                    named = self._systems.setdefault(phrase_form(expanded).split()[0], [])
                    if system not in named:
                        named.append(system)
            for family in filter(None, concept.attrs.get("tumours", "").split(",")):
                self._of_family[family] = system
        self._uicc = self._systems["uicc"][0]
        self._triggers = Triggers([*self._systems, "stade", "stades"])
        self._sclc = Triggers(["petites cellules", "microcytaire", "cpc", "cbpc", "cppc"])
        self._worded = re.compile(
            rf"(?<![a-z])(?:{'|'.join(sorted(map(re.escape, self._words), key=len, reverse=True))})(?![a-z])"
        )

    def find(self, doc: Doc) -> Iterator[MentionData]:
        """Mentions of a Doc; where two overlap the longer is kept later on."""
        view = view_of(doc)
        folded = view.folded
        named_until = 0
        hits = sorted(set(self._triggers.find(folded)))
        found: list[MentionData] = []
        for start, end in hits:
            if folded[start:end] not in ("stade", "stades"):
                mention = self._named(view, start, end)
                if mention:
                    found.append(mention)
        for start, end in hits:
            if folded[start:end] in ("stade", "stades"):
                mention = self._bare(view, start)
                if mention and not any(_overlap(mention, other) for other in found):
                    found.append(mention)
        yield from found
        if any(True for _ in self._sclc.find(folded)):
            yield from self._small_cell(view)

    def _named(self, view: TextView, start: int, end: int) -> MentionData | None:
        """A value beside the name of its classification, after or before it."""
        folded = view.folded
        for system, pattern in (
            (system, pattern)
            for system in self._systems[folded[start:end]]
            for pattern in (system.forward, system.backward)
        ):
            for found in pattern.finditer(folded, max(0, start - 55), end + 60):
                if found.start() > start or found.end() < end:
                    continue
                if found.start() == found.start("value") and _GRADE.search(
                    folded, max(0, found.start() - 12), found.start()
                ):
                    continue
                value = _value(view, system.values, found.start("value"), found["value"])
                if value is not None and self._is_named_stage(view, found, system):
                    stop = _stop(view, found, system)
                    return _mention(view, found.start(), stop, system.code, value)
        return None

    def _is_named_stage(self, view: TextView, found: re.Match[str], system: _System) -> bool:
        """An arabic figure beside a name may be anything else: 'myome FIGO 3', 'AJCC 8'."""
        if system.values != "roman" or not found["value"][0].isdigit() or found["value"][:2] == "1v":
            return True
        if system is self._uicc:
            return "stade" in found.group()
        before, _ = self._diseases.around(view, found.start(), found.end())
        return not before or before[0].family in self._diseases.tumours

    def _bare(self, view: TextView, start: int) -> MentionData | None:
        """'stade IIIA': what it is a stage of, and by which classification."""
        folded = view.folded
        head = _BARE.match(folded, start)
        if not head:
            return None
        system = self._system_of(view, start, head.end())
        if system is None:
            return None
        for candidate in dict.fromkeys((system, self._uicc)):
            found = re.compile(rf"({_VALUES[candidate.values]}){_EDGE}").match(folded, head.end())
            if not found:
                continue
            at, written = found.start(), found[1]
            value = _value(view, candidate.values, at, written)
            if value is None or value == "0" and "uicc" not in head.group():
                continue
            end = at + len(_kept(view, at, written))
            if not self._is_tumour_stage(view, start, end, written):
                return None
            return _mention(view, start, end, candidate.code, value)
        return None

    def _system_of(self, view: TextView, start: int, end: int) -> _System | None:
        """The classification of the nearest tumour that has one of its own, else UICC."""
        if re.search("uicc|ajcc|tnm", view.folded[start:end]):
            return self._uicc
        before, after = self._diseases.around(view, start, end + 6)
        wider = self._diseases.find(view, max(0, start - _REACH), start)[::-1]
        for words in (before, after, wider):
            for word in words:
                if word.family in self._of_family:
                    return self._of_family[word.family]
                if word.family == "tumour" or word.family not in self._diseases.tumours:
                    break  # 'lymphome gastrique stade IE', but 'lymphome, puis cancer du côlon stade IV'
            if any(word.family in self._diseases.specific and not word.organ for word in words):
                break
        return self._uicc

    def _is_tumour_stage(self, view: TextView, start: int, end: int, written: str) -> bool:
        """Not a comorbidity's: the nearest disease word says so, before, else after."""
        folded = view.folded
        foreign = _FOREIGN.match(folded, end)
        if foreign and view.text[view.to_raw(foreign.start(1))].isupper():
            name = foreign[1]
            if name not in self._systems and name not in ("tnm", "ptnm") and not view.text[view.to_raw(start)].isupper():
                return False
        before, after = self._diseases.around(view, start, end)
        if _TNM_BEFORE.search(folded, max(0, start - 16), start):
            return True
        arabic = written[0].isdigit() and not written.startswith("1v")
        # toxicities have grades, not stages: only one right before counts
        telling = [w for w in before if not w.organ and (w.family != "toxicity" or start - w.end < 12)][:1]
        telling += [w for w in after[:1] if not telling and w.start - end < 70 and w.family != "toxicity"]
        if telling:
            near = start - telling[0].end <= 110
            return telling[0].family in self._diseases.tumours and (near or not arabic)
        if arabic:
            return False
        wider = self._diseases.find(view, max(0, start - _REACH), start)
        return any(word.family in self._diseases.tumours for word in wider)

    def _small_cell(self, view: TextView) -> Iterator[MentionData]:
        """'stade limité', 'CBPC diffus' (Veterans' Administration Lung Cancer Study Group)."""
        for found in self._worded.finditer(view.folded):
            adjective = " " not in found.group()
            low = max(0, found.start() - (40 if adjective else _REACH))
            words = self._diseases.find(view, low, found.start())
            lung = [w for w in words if w.family == "sclc"]
            if not lung or adjective and re.search(r"[.,;:\n(]", view.folded[lung[-1].end : found.start()]):
                continue
            code, _, value = self._words[found.group()].partition(":")
            yield _mention(view, found.start(), found.end(), code, value)


def _system(code: str, values: str, *terms: str) -> _System:
    names = sorted({phrase_form(t) for term in terms for t in expand(term)}, key=len, reverse=True)
    name = "(?:" + "|".join(re.escape(n).replace(r"\ ", "[ \n-]?") for n in names) + ")"
    value = rf"(?P<value>{_VALUES[values]}){_EDGE}"
    head = rf"(?:{_HEAD}{_KIND}[ :]{{0,3}}(?:de |selon )?{_THE}(?:d')?)?"
    return _System(
        code,
        values,
        re.compile(rf"(?<![a-z0-9]){head}{name}{_YEAR}{_LINK}(?:(?:stade|niveau) )?{value}"),
        re.compile(rf"(?<![a-z0-9])(?:{_HEAD}{_KIND}{_LINK})?p?{value}{_OF}{name}(?![a-z])(?P<year>{_YEAR})"),
    )


def _value(view: TextView, values: str, at: int, written: str) -> str | None:
    """A value in its classification's own form, or None where the text does not bear it."""
    written = _kept(view, at, written)
    compact = re.sub(r"[ \n-]|\(.*\)", "", written)
    raw = view.text[view.to_raw(at) : view.to_raw_end(at + len(written))]
    if values in ("dukes", "bclc", "binet"):
        return compact.upper() if raw[0].isupper() or raw[0] == "0" else None
    number = re.match(r"[il1]v|[il]{1,3}|v|\d", compact)
    if number is None or number.group() == "v" and raw[0] == "v":
        return None
    if raw[0] == "l" and (raw[-1].islower() and raw[-1] != "l" or raw == "l" and not _STAGE_BEFORE.search(view.folded, max(0, at - 12), at)):
        return None  # 'la', 'le', a lone l
    figure, rest = number.group(), compact[number.end() :]
    figure = "iv" if figure in ("lv", "1v") else figure.replace("l", "i")
    if values == "inss":
        digits = {"i": "1", "ii": "2", "iii": "3", "iv": "4"}
        return digits.get(figure, figure) + rest.upper()
    roman = _ARABIC.get(figure, figure.upper())
    if roman == "0" and rest:
        return None
    return roman + rest.upper().rstrip("RP" if values == "roman" else "")


def _kept(view: TextView, at: int, written: str) -> str:
    """What of a value belongs to it: a letter after a blank only where it is a capital that no
    word follows ('III B', not 'stade III a été')."""
    apart = re.search(r"[ \n]+([a-e])", written)
    if not apart:
        return written.rstrip()
    letter = at + apart.start(1)
    follows = view.folded[at + len(written) : at + len(written) + 4]
    capital = view.text[view.to_raw(letter)] in "ABCDE"
    shouting = view.text[max(0, view.to_raw(at) - 12) : view.to_raw(at)].isupper()
    if capital and not (shouting and re.match(r" (?!d'|de |ann)[a-z]", follows)):
        return written
    return written[: apart.start()]


def _stop(view: TextView, found: re.Match[str], system: _System) -> int:
    """End of a named stage: an opened bracket is closed, a split-off letter left out."""
    stop = found.end()
    if stop == found.end("value"):
        return found.start("value") + len(_kept(view, found.start("value"), found["value"]))
    bracket = found.group().rfind("(")
    if bracket >= 0 and ")" not in found.group()[bracket:]:
        # 'stade IA (FIGO)' is one expression, 'stade IIIA (AJCC 8e édition)' stands before its source
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
