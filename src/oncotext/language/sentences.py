"""Sentences of French clinical text.

A full stop ends a sentence, but not that of an abbreviation, a number or a code. A blank
line, a heading, a bullet, a table row end one too; the break of a hard-wrapped line does not.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from spacy.tokens import Doc

_ABBREVIATIONS = frozenset(
    (
        "dr drs pr prs mme mmes mlle mr mm me st ste cf ex env art fig tab vol ed éd no tel tél "
        "av bd inf sup ant post lat ext int moy max min hab chir med méd radio anat path resp "
        "vs approx dg diag ttt trt gg gr cp amp inj sem hist antécéd mvt ggl pts déc janv févr "
        "juil sept oct nov mat pat gd habit ttes env bilat périph néoadj adj indic pdt"
    ).split()
)
_STOP = re.compile(r"[.!?](?:\s?»|[\"'”)\]])*\s+")
_ITEM_NUMBER = re.compile(r"(?:^|\n)[ \t]*\d{1,2} ?$")
_UNIT = re.compile(r"\d ?(?:mm|min|sem)$", re.IGNORECASE)
_TYPE_BEFORE = re.compile(
    r"\b(?:lymphomes?|cellules?|type|hépatites?|child|stade|grade|classe|vitamine|groupe|phénotype"
    r"|lymphocytes?|binet) $",
    re.IGNORECASE,
)
_WORD_BEFORE = re.compile(r"[^\W\d_]+$")
_BULLET = re.compile(r"[ \t]*(?:[-*>•▪●–—.]|\d{1,2} ?[.)/°](?!\d)|[a-zA-Z]\)|\([a-z0-9]\))[ \t]*")
_TABLE = re.compile(r"\t| {3,}|\|")
_WIDEST_WRAP = 140
_NARROWEST_WRAP = 50


def sentence_starts(text: str) -> list[int]:
    """Start offsets of the sentences of ``text``; the first is 0, each but that one is the
    offset of a character that is no blank.

    Examples
    --------
    >>> sentence_starts("Vu par le Dr. Aube. Nodule de 3,2 cm.")
    [0, 20]
    """
    starts = {0}
    for stop in _STOP.finditer(text):
        if stop.end() < len(text) and "\n" not in stop.group() and _ends_sentence(text, stop):
            starts.add(stop.end())
    starts.update(_line_starts(text))
    return sorted(starts)


def _ends_sentence(text: str, stop: re.Match[str]) -> bool:
    if text[stop.start()] != ".":
        # 'métastase ? CHC ?': what follows a question mark in lower case goes on
        return not text[stop.end()].islower()
    if text.startswith("..", stop.start() - 2):
        return text[stop.end()].isupper()  # 'Vomissements ..... 0'
    if _UNIT.search(text, max(0, stop.start() - 8), stop.start()):
        return not text[stop.end()].islower()  # '17 mm. Pas de ...'
    word = _WORD_BEFORE.search(text, max(0, stop.start() - 12), stop.start())
    if word is None:
        # '1. Diabète': the number of an item of a list
        return not _ITEM_NUMBER.search(text, max(0, stop.start() - 6), stop.start())
    if len(word.group()) == 1 and word.group() not in "àyaô":
        if word.group() in "ABCDT" and _TYPE_BEFORE.search(
            text, max(0, word.start() - 20), word.start()
        ):
            return True  # 'lymphome T. Pas de ...'
        return text[word.start() - 1 : word.start()].isdigit()  # 'délétion 17p. On ...'
    return word.group().lower() not in _ABBREVIATIONS


def _line_starts(text: str) -> list[int]:
    """Offsets of the first character of lines that begin a sentence."""
    starts = []
    lines = text.split("\n")
    longest = max(map(len, lines))
    wrap = max(_NARROWEST_WRAP, longest * 0.7) if longest <= _WIDEST_WRAP else float("inf")
    position, before = len(lines[0]) + 1, lines[0].rstrip()
    for line in lines[1:]:
        content = line.strip()
        if content and not _continues(before, line, wrap):
            starts.append(position + len(line) - len(line.lstrip()))
        before = content
        position += len(line) + 1
    return starts


def _continues(before: str, line: str, wrap: float) -> bool:
    """Whether ``line`` goes on with the sentence of the line before."""
    if not before or before[-1] in ".!?:;" or _BULLET.match(line) or _TABLE.search(before):
        return False
    first = line.lstrip()[0]
    if first.islower() or before[-1] in ",('’-":
        return True
    return len(before) >= wrap


def set_sentences(doc: Doc, starts: list[int]) -> None:
    """Mark the tokens at or around the given character offsets as sentence starts."""
    from oncotext.language.view import token_starts

    if len(doc):
        # a start inside a token moves to that token; the others stay unmarked, which to
        # spaCy means the same as 'no start'. All at once: `token.is_sent_start = True`
        # looks through the whole Doc each time.
        marks = np.zeros((len(doc), 1), dtype="uint64")
        marks[np.searchsorted(token_starts(doc), starts, side="right") - 1] = 1
        doc.from_array(["SENT_START"], marks)  # type: ignore[arg-type]


def sentences_of(doc: Doc) -> list[int]:
    """Character offsets of a Doc's sentences: its own where it has some, else ours."""
    from oncotext.language.view import token_starts, view_of

    if doc.has_annotation("SENT_START"):
        marks = doc.to_array("SENT_START").astype("int64")
        starts = token_starts(doc)[marks == 1].tolist()
        return starts if starts and starts[0] == 0 else [0, *starts]
    return view_of(doc).sentences


def sentence_around(starts: list[int], position: int, length: int) -> tuple[int, int]:
    """Start and end of the sentence that holds ``position``."""
    index = bisect_right(starts, position)
    return starts[index - 1], starts[index] if index < len(starts) else length
