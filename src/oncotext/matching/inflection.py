"""French plural and feminine forms, and the bracket notation of lexicon terms.

Forms are generated when a lexicon is compiled, on folded text (no accents, no capitals).
"""

from __future__ import annotations

import re
from itertools import product

from oncotext.language.folding import AE, OE, fold

_BRACKET = re.compile(r"\[([^\]]*)\]|\{([^}]*)\}")
_PREPOSITIONS = frozenset("a au aux avec chez d de des du en et dans ou par pour sans sous sur".split())
_INVARIABLE = frozenset("bien tres peu non moyennement moderement faiblement assez in situ".split())

# masculine ending -> feminine ending, the first that fits
_FEMININE = (
    ("eux", "euse"),
    ("if", "ive"),
    ("el", "elle"),
    ("en", "enne"),
    ("er", "ere"),
    ("eur", "euse"),
    ("e", "e"),
)
# adjectives whose folded masculine ends in an accented e: 'differencie' -> 'differenciee'
_PARTICIPLE_E = re.compile(r"(?:[ti]e|ne|re|le|se|ve|de|ge|ce|ue)$")


def expand(term: str) -> list[str]:
    """All terms that the bracket notation stands for: ``[a/b]`` optional, ``{a/b}`` required.

    Examples
    --------
    >>> expand("carcinome {canalaire/lobulaire} [infiltrant]")
    ['carcinome canalaire', 'carcinome canalaire infiltrant', 'carcinome lobulaire', 'carcinome lobulaire infiltrant']
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
    if word[-1:] in "sxz" or not word.isalpha():
        return word
    if word.endswith("al") and len(word) > 3:
        return word[:-2] + "aux"
    if word.endswith(("eau", "au", "eu")):
        return word + "x"
    return word + "s"


def feminine(word: str, *, participle: bool = False) -> str:
    """Feminine of a folded masculine adjective; ``participle`` where an accented e was folded."""
    if participle and word.endswith("e"):
        return word + "e"
    for masculine, ending in _FEMININE:
        if word.endswith(masculine):
            return word[: -len(masculine)] + ending
    return word + "e"


def _pluralised(phrase: str) -> str:
    """The head noun and its adjectives in the plural, up to the first preposition."""
    words = phrase.split(" ")
    out = []
    for index, word in enumerate(words):
        bare = word.split("'")[0]
        if index and (bare in _PREPOSITIONS or "'" in word):
            return " ".join(out + words[index:])
        out.append(word if word in _INVARIABLE else plural(word))
    return " ".join(out)


def noun_forms(term: str) -> list[str]:
    """Folded singular and plural of a noun phrase."""
    phrase = phrase_form(term)
    return list(dict.fromkeys((phrase, _pluralised(phrase))))


def adjective_forms(term: str) -> list[str]:
    """Folded masculine and feminine, singular and plural, of an adjective phrase.

    Examples
    --------
    >>> adjective_forms("bien différencié")
    ['bien differencie', 'bien differenciee', 'bien differencies', 'bien differenciees']
    """
    words = [phrase_form(word) for word in term.split()]
    accented = [word.endswith(("é", "É")) for word in term.split()]
    # only the words after the last adverb or preposition agree
    agree = [word not in _INVARIABLE and word not in _PREPOSITIONS for word in words]
    forms = []
    for number in (str, plural):
        for gender in (str, feminine):
            out = []
            for word, participle, agrees in zip(words, accented, agree, strict=True):
                if not agrees:
                    out.append(word)
                elif gender is str:
                    out.append(number(word))
                else:
                    out.append(number(feminine(word, participle=participle)))
            forms.append(" ".join(out))
    return list(dict.fromkeys(forms))


def phrase_form(term: str) -> str:
    """A term as it stands in phrase text: folded, hyphens and blanks as one blank."""
    return " ".join(fold(term).replace("-", " ").replace("' ", "'").split())


def spellings(phrase: str) -> list[str]:
    """A folded phrase with its 'oe' and 'ae' written apart and as ligatures."""
    apart = phrase.replace(OE, "oe").replace(AE, "ae")
    joined = apart.replace("oe", OE).replace("ae", AE)
    return [apart] if joined == apart else [apart, joined]
