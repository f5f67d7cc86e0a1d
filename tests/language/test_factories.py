"""Pipes under dotted names, in spaCy's own machinery."""

from __future__ import annotations

from pathlib import Path

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc

from oncotext.language.factories import factory


class Note:
    def __init__(self, name: str, word: str) -> None:
        self.name, self.word = name, word

    def __call__(self, doc: Doc) -> Doc:
        doc.user_data[self.name] = self.word
        return doc


@factory("oncotext.test_note", default_config={"word": "default"})
def create_note(nlp: Language, name: str, *, word: str) -> Note:
    return Note(name, word)


def test_added_under_its_dotted_name() -> None:
    nlp = spacy.blank("xx")
    nlp.add_pipe("oncotext.test_note")
    assert nlp.pipe_names == ["oncotext.test_note"]
    assert nlp("x").user_data["oncotext.test_note"] == "default"
    assert nlp.get_pipe_meta("oncotext.test_note").factory == "oncotext.test_note"


def test_settings_and_names_of_ones_own() -> None:
    nlp = spacy.blank("xx")
    nlp.add_pipe("oncotext.test_note", name="a", config={"word": "one"})
    nlp.add_pipe("oncotext.test_note", name="b", config={"word": "two"})
    assert nlp("x").user_data == {"a": "one", "b": "two"}


@pytest.mark.parametrize("config", [{"wort": "x"}, {"word": []}])
def test_wrong_settings_are_refused(config: dict[str, object]) -> None:
    with pytest.raises(Exception, match=r"word|wort"):
        spacy.blank("xx").add_pipe("oncotext.test_note", config=config)


def test_a_saved_pipeline_loads_with_its_settings(tmp_path: Path) -> None:
    nlp = spacy.blank("xx")
    nlp.add_pipe("oncotext.test_note", config={"word": "kept"})
    nlp.add_pipe("sentencizer", first=True)
    nlp.to_disk(tmp_path)
    again = spacy.load(tmp_path)
    assert [again.get_pipe_meta(n).factory for n in again.pipe_names] == [
        "sentencizer",
        "oncotext.test_note",
    ]
    assert again("x").user_data["oncotext_test_note"] == "kept"
    again.to_disk(tmp_path / "second")
    assert spacy.load(tmp_path / "second")("x").user_data["oncotext_test_note"] == "kept"


def test_saved_bytes_load_too() -> None:
    nlp = spacy.blank("xx")
    nlp.add_pipe("oncotext.test_note")
    other = spacy.blank("xx")
    other.add_pipe("oncotext.test_note")
    other.from_bytes(nlp.to_bytes())
    assert other("x").user_data


def test_the_decorated_function_stays_an_ordinary_one() -> None:
    assert create_note(spacy.blank("xx"), "n", word="w").word == "w"
