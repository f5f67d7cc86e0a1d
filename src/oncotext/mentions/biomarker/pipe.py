"""Markers with their results: one mention each.

A marker's result stands after it ('RE 90 %', 'KRAS : non muté'), before it ('pas de mutation
EGFR', 'perte de MLH1') or at the end of a list it belongs to ('NRAS et BRAF sauvages'). A
marker named without a result, or with one that is pending, is no mention. Polarity is in the
value: `_SAME` and its exceptions in `values` map words to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc

from oncotext.language.annotations import MentionData
from oncotext.language.factories import factory
from oncotext.language.view import TextView, view_of
from oncotext.lexicon import Concept
from oncotext.mentions.biomarker.figures import plain_pdl1
from oncotext.mentions.biomarker.names import marker_names
from oncotext.mentions.biomarker.reading import ANTIBODY, VARIANT, Reader
from oncotext.mentions.biomarker.values import Result, combined, value_of
from oncotext.mentions.biomarker.words import results_lexicon
from oncotext.mentions.phrases import preceding
from oncotext.mentions.pipe import MentionPipe

_LINK = re.compile(
    r"(?: ?\([^()\n]{0,110}\))? {0,3}(?:,|/|&|-)?[ \n]{0,3}(?:(?:et|ou|ni|et/ou)\b)?[ \n]{0,3}"
    r"(?:(?:le|la|les|du|de|des|aux|au|a|pour|gene|anti)\b[ \n-]?|[ld]' ?){0,3}"
)
_JOINS = re.compile(r"[,/&]| - |\b(?:et|ou|ni)\b")
# A parenthesis that tells the antibody, not a result: '(anticorps DAKO, clone AE1-AE3, 1/200)'
_REAGENT = re.compile(r"\bclone|anticorps|dilution|\bdako|ventana|leica|novocastra|agilent")
_NO = re.compile(r" ?: ?non\b")
# 'absence d'anomalie de type t(8;21) ou t(15;17)', 'recherche de del(17p)'
_DENIES = re.compile(
    r"\b(?:absence|pas|sans|aucune?|(?P<sought>recherche|demande|attente))\b[^.:\n]{0,60}$"
)
_ANTI = re.compile(r"(?<!anticorps )anti[- ]?$")
_EARLIER = re.compile(
    r" ?(?:\([^()\n]{0,15}\))? ?\(?(?:contre|vs\.?|versus|->|puis) ?"
    r"(?P<num>\d+(?:[.,]\d+)?)(?![\d/%])"
    r"| ?\( ?(?P<dated>\d+(?:[.,]\d+)?)(?= (?:au diag|a [cj]\d|avant|initial|lors))"
)
_BLOCK = 400
_BEFORE = 110
# What completes a cue instead of being a result of its own: 'mutation KRAS' + 'non retrouvée'
_COMPLETING = frozenset(
    ["present", "absent", "retained", "lost", "negative", "positive", "expressed", "not_expressed"]
)
_DENIED = {
    "INSTABLE": "STABLE",
    "STABLE": "INSTABLE",
    "DEFICIENT": "PROFICIENT",
    "PROFICIENT": "DEFICIENT",
    "POSITIVE": "NEGATIVE",
}


@dataclass(slots=True)
class _Marker:
    """A marker's name in the folded text, and what is said of it."""

    start: int
    end: int
    concept: Concept
    kind: str
    result: Result | None = None


@dataclass(slots=True)
class _Cue:
    """What is said before a marker, and whether it is merely looked for."""

    outcome: str = ""
    start: int = 0
    rule: str = ""
    blocked: bool = False
    shared: bool = False


@dataclass(slots=True)
class _Said:
    """A mention in the folded text."""

    start: int
    end: int
    code: str
    attrs: dict[str, str]
    rule: str


class BiomarkerPipe(MentionPipe):
    """Finds BIOMARKER mentions; ``code`` is ``NAME=VALUE``.

    Parameters
    ----------
    name : str
    lexicon : sequence of str
        Marker files of the user's own, in the form of ``biomarkers.tsv``.
    """

    def __init__(self, name: str = "biomarker", *, lexicon: Sequence[str | Path] = ()) -> None:
        super().__init__(name)
        self._names = marker_names(lexicon)
        self._words = results_lexicon()

    def find(self, doc: Doc) -> Iterator[MentionData]:
        """Mentions in the order of the text."""
        view = view_of(doc)
        last = 0
        for chain in self._chains(view):
            for said in self._said(view.folded, chain, last):
                last = max(last, said.end)
                yield {
                    "start": view.to_raw(said.start),
                    "end": view.to_raw_end(said.end),
                    "label": "BIOMARKER",
                    "code": said.code,
                    "attrs": said.attrs,
                    "rule": said.rule,
                }

    def _chains(self, view: TextView) -> Iterator[list[_Marker]]:
        """Markers, those of one list together; only the last of a list has a result of its own."""
        markers = self._markers(view)
        reader = Reader(self._words, view, {marker.start for marker in markers})
        chain: list[_Marker] = []
        for marker in markers:
            marker.result = _result(reader, view.folded, marker)
            if chain and not _linked(view.folded, chain[-1], marker):
                yield chain
                chain = []
            chain.append(marker)
        if chain:
            yield chain

    def _markers(self, view: TextView) -> list[_Marker]:
        folded, markers = view.folded, []
        for hit in self._names.find(view):
            start, end = view.to_folded(hit.start), view.to_folded(hit.end)
            if not (
                _ANTI.search(folded, max(0, start - 16), start) or _in_reagent(folded, start, end)
            ):
                kind = hit.value.attrs.get("kind", "ihc")
                # 'EGFR (clone E30) : négatif' tells of the protein
                if kind == "gene" and ANTIBODY.match(folded, end):
                    kind = "ihc"
                under = hit.value.attrs.get("under")
                if under and not (markers and _goes_on(markers[-1], under, start)):
                    continue
                markers.append(_Marker(start, end, hit.value, kind))
        return markers

    def _said(self, folded: str, chain: list[_Marker], last: int) -> Iterator[_Said]:
        """What is said of the markers of one list; cues before ``last`` belong to others."""
        first, final = chain[0], chain[-1]
        cue = _Cue() if _says_all(chain) else self._cue(folded, first.start, last)
        own = final.result
        if own and own.outcome == "pending":
            return
        if own and own.rule == "variant" and (cue.blocked or cue.outcome):
            # 'pas de mutation BRAF V600E', 'recherche de BRAF V600E'
            own = Result(own.end, cue.outcome, detail=own.detail, rule=cue.rule)
            cue.shared = True
        elif own and own.outcome in _COMPLETING and cue.outcome:
            own.outcome = combined(cue.outcome, own.outcome)
            cue.shared = True
        if final.kind in ("status", "msi"):
            yield from _status(folded, final, cue, own)
            return
        if cue.outcome and (cue.shared or own is None):
            said = own or Result(final.end, cue.outcome, rule=cue.rule)
            start, outcomes = cue.start, _each(chain, said)
        else:
            alone = Result(0, cue.outcome, rule=cue.rule) if cue.outcome else own
            start = cue.start if cue.outcome and len(chain) > 1 else first.start
            outcomes = [*_each(chain[:-1], alone), own]
        yield from _mentions(chain, outcomes, start)
        if own and own.number and final.kind == "serum":
            yield from _earlier(folded, final, own.end)

    def _cue(self, folded: str, start: int, lowest: int) -> _Cue:
        """What is said before a marker, link words ('de', 'du gène', 'exon 19') skipped."""
        tokens = preceding(folded, start, max(lowest, start - _BEFORE))
        words = [word for word, _ in tokens]
        while words:
            hit = self._words.before.ending(words)
            if hit:
                outcome, size, rule = hit
                at = len(words) - size
                blocked = any(word in self._words.block for word in words[max(0, at - 5) : at])
                return _Cue("" if blocked else outcome, tokens[at][1], rule, blocked)
            if words[-1] in self._words.block:
                return _Cue(blocked=True)
            if not (
                words[-1] in self._words.link or VARIANT.fullmatch(words[-1]) or _in_exon(words)
            ):
                break
            words.pop()
        return _Cue(blocked=any(word in self._words.block for word in words[-4:]))


def _result(reader: Reader, folded: str, marker: _Marker) -> Result | None:
    attrs = marker.concept.attrs
    if "score" in attrs:
        result = plain_pdl1(folded, marker.end)
        if result:
            result.detail = attrs["score"]
        return result
    result = reader.read(marker.end, marker.kind)
    if "variant" in attrs and result:
        result.detail = attrs["variant"]
    return result


def _goes_on(before: _Marker, name: str, start: int) -> bool:
    """Whether a line without a marker's name is one of those under it: 'marquage des cellules
    tumorales : 5 %' of PD-L1."""
    return before.concept.code == name and start - before.end < _BLOCK


def _in_reagent(folded: str, start: int, end: int) -> bool:
    opening = folded.rfind("(", max(0, start - 70), start)
    if opening < 0 or folded.find(")", opening, start) >= 0:
        return False
    closing = folded.find(")", end, end + 70)
    return closing > 0 and _REAGENT.search(folded, opening, closing) is not None


def _in_exon(words: list[str]) -> bool:
    return len(words) > 1 and words[-1].isdigit() and words[-2] == "exon"


def _says_all(chain: list[_Marker]) -> bool:
    """Whether a lone marker's figure or sign leaves nothing for the words before it to say."""
    marker = chain[0]
    own = marker.result
    if own is None or len(chain) > 1 or marker.kind in ("status", "msi"):
        return False
    return bool(own.number or own.value) or (
        own.rule in ("", "minus") and marker.kind in ("ihc", "receptor", "serum", "pdl1")
    )


def _each(chain: list[_Marker], result: Result | None) -> list[Result | None]:
    return [result] * len(chain)


def _linked(folded: str, before: _Marker, marker: _Marker) -> bool:
    """Whether two markers stand in one list, the first without a result of its own."""
    alone = ("status", "msi", "index", "count")
    if before.result is not None or before.kind in alone or marker.kind in alone:
        return False
    if marker.kind == "serum" and marker.result is not None and marker.result.number:
        return False
    link = _LINK.fullmatch(folded, before.end, marker.start)
    return link is not None and _JOINS.search(link.group()) is not None


def _status(folded: str, marker: _Marker, cue: _Cue, own: Result | None) -> Iterator[_Said]:
    """A name that is a result by itself ('MSS', 'dMMR'), unless denied or merely looked for."""
    value, start, end = marker.concept.attrs["value"], marker.start, marker.end
    no = _NO.match(folded, end) if marker.kind == "msi" else None
    if no:
        value, end = _DENIED.get(value, value), no.end()
    elif own and own.outcome in ("absent", "negative", "stable", "wild_type", "normal"):
        value, end = _DENIED.get(value, value), own.end
    elif own and own.outcome in ("present", "positive", "instable", "high") and own.rule != "minus":
        end = own.end
    elif value == "POSITIVE" and (denied := _DENIES.search(folded, max(0, start - 70), start)):
        if denied["sought"]:
            return
        value = "NEGATIVE"
    elif cue.outcome in ("absent", "negative"):
        value, start = _DENIED.get(value, value), cue.start
    elif cue.blocked and marker.kind == "msi":
        return
    yield _said_of(marker, value, start, end, Result(end, rule=marker.concept.id))


def _mentions(chain: list[_Marker], outcomes: list[Result | None], start: int) -> Iterator[_Said]:
    """One mention a marker; mismatch repair proteins of one list are one."""
    final = chain[-1]
    shared = outcomes[-1]
    if len(chain) > 1 and all(m.kind == "mmr_protein" for m in chain) and shared:
        value = value_of("mmr", shared)
        if value:
            names = "/".join(marker.concept.attrs["detail"] for marker in chain)
            whole = value == "DEFICIENT" or len(chain) == 4
            code = f"MMR={value}" if whole else "OTHER=POSITIVE"
            end = max(final.end, shared.end)
            yield _Said(start, end, code, {"detail": names}, shared.rule or final.concept.id)
        return
    for index, (marker, result) in enumerate(zip(chain, outcomes, strict=True)):
        if result is None:
            continue
        value = value_of(marker.kind, result)
        if value:
            end = max(marker.end, result.end) if marker is final else marker.end
            yield _said_of(marker, value, marker.start if index else start, end, result)


def _earlier(folded: str, marker: _Marker, at: int) -> Iterator[_Said]:
    """The former figure of a serum marker: '34 contre 51'."""
    found = _EARLIER.match(folded, at)
    if found:
        group = "num" if found["num"] else "dated"
        number = found[group].replace(",", ".")
        result = Result(found.end(group), number=number)
        yield _said_of(marker, number, found.start(group), found.end(group), result)


def _said_of(marker: _Marker, value: str, start: int, end: int, result: Result) -> _Said:
    concept = marker.concept
    code = concept.code
    if marker.kind == "mmr_protein" and value == "NEGATIVE":
        code, value = "MMR", "DEFICIENT"
    attrs = {}
    if result.number:
        attrs["num"] = result.number.lstrip("<>")
    if result.unit:
        attrs["unit"] = result.unit.replace("rn", "m").replace("ml", "mL")
    detail = concept.attrs.get("detail") or result.detail
    if detail:
        attrs["detail"] = detail.upper().strip("()")
    return _Said(start, end, f"{code}={value}", attrs, concept.id)


@factory("oncotext.biomarker", default_config={"lexicon": []})
def create(nlp: Language, name: str, lexicon: list[str]) -> BiomarkerPipe:
    """The pipe of biomarkers, for ``nlp.add_pipe("oncotext.biomarker")``."""
    return BiomarkerPipe(name, lexicon=lexicon)
