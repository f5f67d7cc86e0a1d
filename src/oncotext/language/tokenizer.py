"""A tokenizer for French clinical text: one regular expression, no exception list.

Clinical forms stay whole ('C50.9', 'p.L858R', '3,2', 'T2N0', 'pT2'), elisions and units are
split ("l'" + "ovaire", '18' + 'mm'), and every character of the text is in a token.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from confection import Config
from spacy.language import BaseDefaults, Language
from spacy.tokens import Doc
from spacy.util import registry
from spacy.vocab import Vocab

from oncotext.language.view import TextView, share_view

_TOKEN = re.compile(
    r"("
    # first what most tokens are: a word that nothing below could go on with
    r"[^\W\d_]{2,}+(?![\d_'’.])"
    r"|aujourd['’]hui"
    r"|(?:Dr|Pr|Drs|Mme|Mlle|M|Mr|St|cf|ex|env)\.(?=\s)"
    # elisions: l' d' qu' jusqu'
    r"|(?:[ldjmntscLDJMNTSC]|(?:[Qq]|[Jj]usq|[Ll]orsq|[Pp]uisq)u|QU)['’]"
    # variants of genes and proteins: p.L858R, c.2573T>G, p.(Arg273His)
    r"|[pcg]\.\(?[A-Za-z0-9_*>+=-]+\)?"
    # words with the digits that follow: pT2, HER2, C50.9, CD20
    r"|[^\W\d_]+\d+(?:\.\d+)?(?![^\W_])"
    r"|[^\W\d_]+(?:\d+[^\W\d_]+)*\d*"
    # numbers with decimals
    r"|\d+(?:[.,]\d+)?"
    # runs of blanks, rules of dashes or dots, anything else alone
    r"|\s+|-{2,}|\.{2,}|_{2,}|={2,}|."
    r")( ?)",
    re.DOTALL,
)


class FrenchClinicalTokenizer:
    """Text to `Doc`; offsets and text are kept exactly.

    Parameters
    ----------
    vocab : Vocab
    """

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        pieces = _TOKEN.findall(text)
        doc = Doc(
            self.vocab,
            words=[word for word, _ in pieces],
            spaces=[space for _, space in pieces],
        )
        share_view(doc, TextView(text))
        return doc

    def pipe(self, texts: Any, batch_size: int = 1000) -> Iterator[Doc]:
        for text in texts:
            yield self(text)

    # Nothing to save: the expression is part of the code.
    def to_bytes(self, **kwargs: Any) -> bytes:
        return b""

    def from_bytes(self, data: bytes, **kwargs: Any) -> FrenchClinicalTokenizer:
        return self

    def to_disk(self, path: str | Path, **kwargs: Any) -> None:
        pass

    def from_disk(self, path: str | Path, **kwargs: Any) -> FrenchClinicalTokenizer:
        return self


@registry.tokenizers("oncotext.FrenchClinicalTokenizer.v1")  # type: ignore[untyped-decorator]
def create_tokenizer() -> Any:
    def make(nlp: Language) -> FrenchClinicalTokenizer:
        return FrenchClinicalTokenizer(nlp.vocab)

    return make


class OncoFrenchDefaults(BaseDefaults):
    """Language data of ``onco_fr``: none but the tokenizer."""

    tokenizer_exceptions: dict[str, Any] = {}
    config = Config({"nlp": {"tokenizer": {"@tokenizers": "oncotext.FrenchClinicalTokenizer.v1"}}})


class OncoFrench(Language):  # type: ignore[no-untyped-call]
    """French clinical text. spaCy's own ``fr`` is left as it is."""

    lang = "onco_fr"
    Defaults = OncoFrenchDefaults
