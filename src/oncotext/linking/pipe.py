"""The spaCy pipe ``oncotext.linking``: mentions get the codes that a corpus gives to their words.

It stands after the pipes that find mentions. A mention whose words the linker knows better gets
the linker's code; one that the linker is not sure of keeps the code of the lexicon.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc

from oncotext.errors import InputError
from oncotext.language.annotations import mentions_of, register_extensions
from oncotext.language.component import Component
from oncotext.language.factories import factory
from oncotext.language.view import view_of
from oncotext.linking.linker import Linker
from oncotext.linking.ranking import Kernel
from oncotext.linking.systems import SYSTEM_OF, code_system

RULE = "linker"
_FILE = "linkers.json"
_VERSION = 1


class LinkingPipe(Component):
    """Links the mentions of a Doc.

    Parameters
    ----------
    name : str
    threshold : float
        The least score (a probability) of a code that replaces another.

    Attributes
    ----------
    linkers : dict of str to Linker
        One a code system; empty until trained or loaded. One without the forms of a corpus
        gives codes to the mentions that have none.
    """

    def __init__(self, name: str, *, threshold: float) -> None:
        super().__init__(name)
        self.threshold = threshold
        self.linkers: dict[str, Linker] = {}
        register_extensions()

    def __call__(self, doc: Doc) -> Doc:
        for mention in mentions_of(doc):
            linker = self.linkers.get(SYSTEM_OF.get(mention["label"], ""))
            if linker is None or (mention.get("code") and not linker.aliases):
                continue
            text = view_of(doc).text[mention["start"] : mention["end"]]
            best = next(iter(linker.link(text, 1)), None)
            if best and best.score >= self.threshold and best.code != mention.get("code"):
                mention["code"], mention["rule"] = best.code, RULE
                mention["name"] = best.name
                mention["score"] = best.score
        return doc

    # -- saving: forms of the corpus with their counts, and the weights

    def _to_json(self) -> str:
        systems = {
            system: {"kernel": linker.kernel.to_dict(), "aliases": linker.aliases}
            for system, linker in self.linkers.items()
        }
        return json.dumps({"version": _VERSION, "systems": systems}, ensure_ascii=False)

    def _from_json(self, text: str, where: str) -> None:
        try:
            stored: Mapping[str, Any] = json.loads(text)
            self.linkers = {
                system: Linker(
                    code_system(system),
                    aliases=values["aliases"],
                    kernel=Kernel.from_dict(values["kernel"]),
                )
                for system, values in stored["systems"].items()
            }
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(
                f"No linkers of oncotext ({type(error).__name__}).",
                where=where,
                remedy="Train them again: oncotext train",
            ) from None

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        return self._to_json().encode()

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> LinkingPipe:
        self._from_json(data.decode(), "bytes")
        return self

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        folder = _folder(path)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _FILE).write_text(self._to_json(), encoding="utf-8")

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> LinkingPipe:
        file = _folder(path) / _FILE
        if not file.exists():
            raise InputError("No such file.", where=str(file), remedy="Train it: oncotext train")
        self._from_json(file.read_text(encoding="utf-8"), str(file))
        return self


def _folder(path: str | Path) -> Path:
    """The pipe's folder: a saved pipeline names its pipes without dots."""
    path = Path(path)
    return path.with_name(path.name.replace("oncotext.", "oncotext_"))


@factory("oncotext.linking", default_config={"threshold": 0.5})
def create(nlp: Language, name: str, threshold: float) -> LinkingPipe:
    return LinkingPipe(name, threshold=threshold)
