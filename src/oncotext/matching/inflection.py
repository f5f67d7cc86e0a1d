"""French plural and feminine forms, and the bracket notation of lexicon terms.

Forms are generated when a lexicon is compiled, on folded text (no accents, no capitals).
"""

from __future__ import annotations

import re
from itertools import product

from oncotext.language.folding import AE, OE, fold

_BRACKET = re.compile(r"\[([^\]]*)\]|\{([^}]*)\}")
_PREPOSITIONS = frozenset(
    ("a au aux avec chez d de du des en et dans ou par pour sans sous sur").split()
)
_INVARIABLE = frozenset(
    ("bien tres peu non moyennement moderement faiblement assez in situ sus").split()
)
_NUMERAL = re.compile(r"[ivxlc]+|.*\d.*")

# masculine ending -> feminine ending, the first that fits
_FEMININE = (
    ("erieur", "erieure"),
    ("jeur", "jeure"),
    ("neur", "neure"),
    ("ateur", "atrice"),
    ("eur", "euse"),
    ("eux", "euse"),
    ("if", "ive"),
    ("el", "elle"),
    ("en", "enne"),
    ("er", "ere"),
    ("e", "e"),
)


def expand(term: str) -> list[str]:
    """All terms that the bracket notation stands for: ``[a/b]`` optional, ``{a/b}`` required.

    Examples
    --------
    >>> expand("CBC {nodulaire/plan} [infiltrant]")
    ['CBC nodulaire', 'CBC nodulaire infiltrant', 'CBC plan', 'CBC plan infiltrant']
    """
    pieces: list[list[str]] = []
    last = 0
    for bracket in _BRACKET.finditer(term):
        pieces.append([term[last : bracket.start()]])
        optional, required = bracket.groups()
        pieces.append(["", *optional.split("/")] if required is None else required.split("/"))
        last = bracket.end()
    pieces.append([term[last:]])
    return [" ".join("".join(choice).split()) for choice in product(*pieces)]


def plural(word: str) -> str:
    """Plural of a folded noun or adjective.

    Examples
    --------
    >>> [plural(word) for word in ("carcinome", "hepatique", "cerebral", "osseux", "noyau")]
    ['carcinomes', 'hepatiques', 'cerebraux', 'osseux', 'noyaux']
    """
    # the folded ligature is a control character, no letter
    if word[-1:] in "sxz" or not word.replace(OE, "oe").isalpha():
        return word
    if word.endswith("al") and len(word) > 3:
        return word[:-2] + "aux"
    if word.endswith(("eau", "au", "eu")):
        return word + "x"
    return word + "s"


def feminine(word: str, *, participle: bool = False) -> str:
    """Feminine of a folded masculine adjective; ``participle`` where an accented e was folded.

    Examples
    --------
    >>> [feminine(word) for word in ("osseux", "superieur", "obturateur", "cerebral")]
    ['osseuse', 'superieure', 'obturatrice', 'cerebrale']
    """
    if participle and word.endswith("e"):
        return word + "e"
    for masculine, ending in _FEMININE:
        if word.endswith(masculine):
            return word[: -len(masculine)] + ending
    return word + "e"


def _inflects(word: str) -> bool:
    return word not in _INVARIABLE and not _NUMERAL.fullmatch(word)


def noun_forms(term: str) -> list[str]:
    """Folded singular and plural of a noun phrase; the plural reaches the first preposition.

    Examples
    --------
    >>> noun_forms("ganglion sus-claviculaire de gauche")
    ['ganglion sus claviculaire de gauche', 'ganglions sus claviculaires de gauche']
    """
    words = fold(term).split()
    out = []
    for index, word in enumerate(words):
        if index and (word in _PREPOSITIONS or "'" in word):
            out += words[index:]
            break
        if _inflects(word):
            *prefix, last = word.split("-")
            word = "-".join([*prefix, plural(last)])
        out.append(word)
    return list(dict.fromkeys((phrase_form(term), _flat(" ".join(out)))))


def adjective_forms(term: str) -> list[str]:
    """Folded masculine and feminine, singular and plural, of an adjective phrase.

    Examples
    --------
    >>> adjective_forms("bien différencié")
    ['bien differencie', 'bien differenciee', 'bien differencies', 'bien differenciees']
    """
    words = [(fold(word), word.endswith(("é", "É"))) for word in term.split()]
    forms = []
    for is_plural in (False, True):
        for is_feminine in (False, True):
            out = []
            for word, participle in words:
                if _inflects(word) and word not in _PREPOSITIONS:
                    *prefix, last = word.split("-")
                    last = feminine(last, participle=participle) if is_feminine else last
                    word = "-".join([*prefix, plural(last) if is_plural else last])
                out.append(word)
            forms.append(_flat(" ".join(out)))
    return list(dict.fromkeys(forms))


def _flat(folded: str) -> str:
    """Folded text with hyphens and blanks as one blank; folding it again would lose ligatures."""
    return " ".join(folded.replace("-", " ").split()).replace("' ", "'")


def phrase_form(term: str) -> str:
    """A term as it stands in phrase text: folded, hyphens and blanks as one blank."""
    return _flat(fold(term))


def spellings(phrase: str) -> list[str]:
    """A folded phrase with its 'oe' and 'ae' written apart and as ligatures."""
    apart = phrase.replace(OE, "oe").replace(AE, "ae")
    joined = apart.replace("oe", OE).replace("ae", AE)
    return [apart] if joined == apart else [apart, joined]
