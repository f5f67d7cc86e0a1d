"""Reading the result that stands after a marker.

All offsets are those of the folded text. A result is a symbol ('+', '3+', '-'), a figure
('90 %', '6,2 ng/mL', 'CPS 12') or words ('non muté'), after an optional variant ('V600E'),
an optional parenthesis ('(clone SP1)'), a separator and filler words ('est évalué à').
"""

from __future__ import annotations

import re
from collections.abc import Container

from oncotext.language.view import TextView
from oncotext.mentions.biomarker.figures import figure, her2_score, percentage, plain
from oncotext.mentions.biomarker.values import Result, combined
from oncotext.mentions.biomarker.words import Lexicon

VARIANT = re.compile(
    r"[ \n]?\(?(?P<variant>p\.\(?[a-z]{1,3}\d+[a-z0-9*_=>]*\)?|c\.[0-9*_+-]+[a-z0-9_>]*"
    r"|(?=[a-z][loi]?\d)[a-z][\dloi]{2,4}(?:[a-z]|_[a-z0-9]+|del|ins|dup|fs\*?)?(?![a-z0-9])"
    r"|exon \d{1,2}(?!\d)|type [abd]\b|[a-z0-9]+::[a-z0-9]+)\)?"
)
_PAREN = re.compile(r" ?\((?P<inside>[^()\n]{1,110}(?:\n[^()\n]{1,80})?)\)")
_SEPARATOR = re.compile(r"[ |]*(?:[:=]+>?|->)?[ |]*(?:\n {0,8}(?![-*\n]))?[ |]*")
_SYMBOL = re.compile(
    r" ?\(?(?:(?P<score>[0-3]) ?\+{1,3}|(?P<range>\+{1,3} ?/ ?-)|(?P<slash>\+{1,3}/\+{3})"
    r"|(?P<plus>\+{1,4}))(?![\d+])"
)
_MINUS = re.compile(r" ?\(?-{1,3}(?P<next> *(?:[,;.)/|\]]|\n|$|(?:et|ou|sur|avec)\b|\())")
_GLUED_MINUS = re.compile(r"(?<=[a-z0-9])-(?= )")
_LOOSE_MINUS = re.compile(r" ?-(?= )")
_EXTENSION = re.compile(
    r" ?\((?:score )?(?:[0-3] ?\+?|\+{1,3}|\d+(?:[.,]\d+)? ?%(?: des cellules(?: tumorales)?)?"
    r"|p\.[^()\n]{2,20}|(?=[a-z][loi]?\d)[a-z][\dloi]{2,4}[a-z]?)\)"
    r"|,? ?(?:a |dans )?(?:>|<)? ?\d+ ?%(?! de tumeur)|, vaf \d+(?:[.,]\d+)? ?%"
)
_ISH = re.compile(
    r"[ ,;(]{1,3}(?:en |par |et )?(?:technique )?"
    r"(?:fish|ish|sish|cish|dish|hybridation in situ)\b[ :]*"
)
_ASIDE = re.compile(r"(?: ?\(ihc\))?[ \n]?(?:avec )?")
_BY_ISH = re.compile(r" (?:en|par|a la) (?:fish|ish|sish|cish|dish)\b")
_DATED = re.compile(
    r" (?:du|le|en|au|de|a) (?:\d{1,2}[/.]\d{1,2}(?:[/.]\d{2,4})?|\d{1,2}/\d{4})[ :=a]{0,4}"
)
# A p53 staining is read by the pathologist as a profile: sauvage, muté, aberrant.
_P53_PROFILE = re.compile(
    r"[^.,;:\n]{0,90}?(?:(?P<wild>sauvage|wild[- ]type)|profil mute|aberrante?|mutee?\b)[\" )]*"
)
_OF_THE_GENE = frozenset(
    ("amplified", "not_amplified", "rearranged", "not_rearranged", "overexpressed")
)
_WEAK = ("positive", "expressed", "mutated")
# 'élevé (80 %)', 'augmenté à 1500'
_TO_FIGURE = re.compile(r" ?\(| (?:et (?:estime|evalue) )?a ")
# 'MUM1 sans expression de CD23': the words speak of the marker that follows
_SAID_OF_NEXT = re.compile(r"[ \n](?:(?:de|du|d'|des|pour|a)[ \n]?)?(?:(?:la|le|l'|les)[ \n]?)?")
_FIGURES = re.compile(r"[^\d.;:\n(]{0,45}")


ANTIBODY = re.compile(r" ?\([^()\n]{0,40}(?:\bclone|polyclonal|dako|ventana|leica|agilent)")
"""A bracket that tells the antibody and so that a protein was looked for."""


class Reader:
    """Reads the results of one text's markers with the words of a lexicon.

    Parameters
    ----------
    lexicon : Lexicon
    view : TextView
    starts : container of int
        Where the text's markers begin: none of their names is part of a result.
    """

    def __init__(self, lexicon: Lexicon, view: TextView, starts: Container[int]) -> None:
        self._lexicon = lexicon
        self._view = view
        self._folded = view.folded
        self._starts = starts

    def read(self, end: int, kind: str) -> Result | None:
        """The result after a marker that ends at ``end``; ``starts``"""
        at, variant = end, ""
        found = VARIANT.match(self._folded, end) if kind in ("gene", "fusion", "her2") else None
        if found and not ANTIBODY.match(self._folded, end):
            at, variant = found.end(), found["variant"]
        result = self._after_parenthesis(at, kind) or self._at(at, kind)
        if result is None and variant and ("exon" not in variant and "type" not in variant):
            result = Result(at, "mutated", rule="variant")
        if result is not None:
            result.detail = result.detail or variant
            self._extend(result, kind)
            inside = self._folded.count("(", end, result.end) - self._folded.count(
                ")", end, result.end
            )
            if inside > 0 and self._folded[result.end : result.end + 1] == ")":
                result.end += 1
        return result

    def _after_parenthesis(self, at: int, kind: str) -> Result | None:
        """'(clone SP1) : 90 %', else '(90 %)'."""
        paren = _PAREN.match(self._folded, at)
        if paren is None:
            return None
        outside = self._at(paren.end(), kind)
        if outside is not None and outside.rule != "minus":
            return outside
        inside = self._core(paren.start("inside"), kind)
        if inside is not None and inside.end <= paren.end():
            inside.end = max(inside.end, paren.end())
            return inside
        return outside

    def _at(self, at: int, kind: str) -> Result | None:
        symbol = self._symbol(at, kind)
        if symbol:
            return symbol
        dated = _DATED.match(self._folded, at) if kind in ("serum", "index") else None
        separator = _SEPARATOR.match(self._folded, dated.end() if dated else at)
        if separator and self._new_line(separator):
            return None
        at = separator.end() if separator else at
        if self._folded[at : at + 1] == "-" and self._folded[at + 1 : at + 2].isalpha():
            at += 1
        return self._core(at, kind)

    def _new_line(self, separator: re.Match[str]) -> bool:
        """Whether a line break without ':' leads to a capital: another statement begins."""
        if "\n" not in separator.group() or set(separator.group()) & set(":="):
            return False
        first = self._view.to_raw(separator.end())
        return self._view.text[first : first + 1].isupper()

    def _core(self, at: int, kind: str) -> Result | None:
        """A result at ``at``, after filler words."""
        for _ in range(6):
            if at in self._starts and kind != "pdl1":
                return None
            result = (
                self._symbol(at, kind) or figure(self._folded, at, kind) or self._words(at, kind)
            )
            if result:
                return result
            variant = VARIANT.match(self._folded, at) if kind in ("gene", "p53") else None
            if variant and variant["variant"][:4] not in ("exon", "type"):
                return Result(variant.end(), "mutated", detail=variant["variant"], rule="variant")
            filler = self._lexicon.filler.at(self._folded, at) or self._lexicon.tail.at(
                self._folded, at
            )
            if filler is None:
                break
            separator = _SEPARATOR.match(self._folded, filler[1])
            at = separator.end() if separator else filler[1]
        return self._far_figure(at) if kind == "index" else None

    def _symbol(self, at: int, kind: str) -> Result | None:
        found = _SYMBOL.match(self._folded, at)
        if found:
            return self._plus(found, kind)
        if kind in ("index", "count"):
            return None
        found = _MINUS.match(self._folded, at)
        if found:
            return Result(found.start("next"), "negative", rule="minus")
        if _GLUED_MINUS.match(self._folded, at):
            return Result(at + 1, "negative", rule="minus")
        found = _LOOSE_MINUS.match(self._folded, at)
        if found and kind in ("ihc", "receptor", "her2") and found.end() + 1 in self._starts:
            return Result(found.end(), "negative", rule="minus")
        return None

    def _plus(self, found: re.Match[str], kind: str) -> Result | None:
        after = self._folded[found.end() : found.end() + 2]
        # 'anti-BRAF + MEK': a plus sign between words joins two drugs or genes
        joins = found["plus"] and after[:1] == " " and after[1:].isalpha()
        if joins and kind in ("gene", "fusion", "pdl1") and self._folded[found.start()] == " ":
            return None
        if kind in ("index", "count"):
            return None
        if found["range"]:
            return Result(found.end(), "equivocal")
        score = found["score"]
        if score is None and kind == "her2" and not found["slash"]:
            crosses = len(found["plus"])
            score = str(crosses) if crosses > 1 else None
        if kind == "her2" and found["slash"]:
            score = str(found["slash"].split("/")[0].count("+"))
        if score is None:
            return Result(found.end(), "positive")
        if kind == "her2":
            return her2_score(found.end(), score)
        return Result(found.end(), "negative" if score == "0" else "positive")

    def _far_figure(self, at: int) -> Result | None:
        """'Ki67 est élevé et estimé à 95 %', 'index de prolifération (Ki67) de 80 %'."""
        gap = _FIGURES.match(self._folded, at)
        return percentage(self._folded, gap.end()) if gap else None

    def _words(self, at: int, kind: str) -> Result | None:
        found = self._lexicon.after.at(self._folded, at)
        if found is None:
            return None
        outcome, end, rule = found
        if _next_marker(self._folded, end, self._starts):
            return None
        if outcome in ("low", "high") and kind in ("index", "count", "serum"):
            gap = _TO_FIGURE.match(self._folded, end)
            figure = plain(self._folded, gap.end(), kind) if gap else None
            return figure or Result(end, outcome, rule=rule)
        return Result(end, outcome, rule=rule)

    def _extend(self, result: Result, kind: str) -> None:
        """Adjectives, percentages, variants, and a second result that completes the first."""
        for _ in range(3):
            end = result.end
            self._second(result, kind)
            variant = (
                VARIANT.match(self._folded, result.end) if kind in ("gene", "fusion") else None
            )
            if variant and self._folded[variant.start()] != "(":
                result.end, result.detail = variant.end(), variant["variant"]
            more = (
                _EXTENSION.match(self._folded, result.end)
                if kind not in ("serum", "index")
                else None
            )
            if more:
                result.end = more.end()
            if result.outcome:
                tail = self._lexicon.tail.at(self._folded, _blank(self._folded, result.end))
                if tail:
                    result.end = tail[1]
            if result.end == end:
                break
        if kind == "p53":
            profile = _P53_PROFILE.match(self._folded, result.end)
            if profile:
                result.outcome = "wild_type" if profile["wild"] else "mutated"
                result.end = profile.end()
        if kind in ("her2", "fusion"):
            self._by_hybridisation(result)

    def _second(self, result: Result, kind: str) -> None:
        """'mutation' + 'non retrouvée', 'expression hétérogène' + 'de type sauvage'."""
        if not result.outcome or result.outcome == "pending":
            return
        at = _blank(self._folded, result.end)
        found = self._lexicon.after.at(self._folded, at)
        filler = self._lexicon.filler.at(self._folded, at) if found is None else None
        if filler and result.outcome in _WEAK:
            at = filler[1]
            quote = re.compile(r'[ "]*').match(self._folded, at)
            at = quote.end() if quote else at
            found = self._lexicon.after.at(self._folded, at)
        if found:
            result.outcome = combined(result.outcome, found[0])
            result.end = found[1]

    def _by_hybridisation(self, result: Result) -> None:
        """'score 2+, FISH non amplifiée', 'IHC 3+, FISH réarrangé': the gene decides."""
        method = _ISH.match(self._folded, result.end)
        found = self._lexicon.after.at(self._folded, method.end()) if method else None
        if found is None and result.value:
            aside = _ASIDE.match(self._folded, result.end)
            found = self._lexicon.after.at(self._folded, aside.end() if aside else result.end)
        if found is None or found[0] == "pending":
            return
        outcome = {"positive": "amplified", "negative": "not_amplified"}.get(found[0], found[0])
        if outcome == "overexpressed" and result.value:
            outcome = "amplified" if _BY_ISH.match(self._folded, found[1]) else "overexpressed"
        if outcome in _OF_THE_GENE:
            result.outcome, result.value, result.end = outcome, "", found[1]
            more = _EXTENSION.match(self._folded, result.end)
            if more:
                result.end = more.end()


def _next_marker(folded: str, end: int, starts: Container[int]) -> bool:
    """Whether 'de', 'du', 'pour' and the like lead to the next marker."""
    link = _SAID_OF_NEXT.match(folded, end)
    return link is not None and link.end() - end > 1 and link.end() in starts


def _blank(folded: str, at: int) -> int:
    return at + 1 if folded[at : at + 1] in (" ", "\n") else at
