"""`import oncotext`: light, complete, and every example in it true."""

from __future__ import annotations

import ast
import doctest
import importlib
import inspect
import pkgutil
from collections.abc import Callable
from pathlib import Path

import pytest

import oncotext
from oncotext.errors import UnknownNameError, UsageError

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(oncotext.__path__, "oncotext.")
    if not module.name.startswith(("oncotext.cli", "oncotext.training", "oncotext.__main__"))
)


def test_all_is_sorted_and_complete() -> None:
    assert oncotext.__all__ == sorted(oncotext.__all__)
    assert set(oncotext.__all__) == set(oncotext._HOME)
    assert set(oncotext.__all__) <= set(dir(oncotext))
    for name in oncotext.__all__:
        assert getattr(oncotext, name).__doc__, name


def test_what_type_checkers_see_is_what_there_is() -> None:
    tree = ast.parse(Path(str(oncotext.__file__)).read_text(encoding="utf-8"))
    imported = {
        alias.name: node.module
        for block in tree.body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert imported == oncotext._HOME


def test_an_unknown_attribute_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="extrait"):
        oncotext.extrait  # noqa: B018


@pytest.mark.parametrize("name", oncotext.__all__)
def test_public_functions_are_typed(name: str) -> None:
    value = getattr(oncotext, name)
    if inspect.isfunction(value):
        signature = inspect.signature(value)
        assert signature.return_annotation is not signature.empty
        for parameter in signature.parameters.values():
            assert parameter.annotation is not parameter.empty, parameter


def test_importing_it_imports_nothing_heavy(run_python: Callable[[str], str]) -> None:
    printed = run_python(
        "import sys, oncotext\n"
        "heavy = {'spacy', 'thinc', 'torch', 'transformers', 'numpy', 'sklearn', 'pandas',"
        " 'pydantic', 'medspacy', 'scispacy'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    assert printed == "[]"


def test_importing_it_takes_less_than_a_third_of_a_second(run_python: Callable[[str], str]) -> None:
    script = (
        "import time\nbegin = time.process_time()\nimport oncotext\n"
        "print(time.process_time() - begin)"
    )
    run_python(script)
    assert min(float(run_python(script)) for _ in range(3)) < 0.3


@pytest.mark.parametrize("name", ["oncotext", *MODULES])
def test_examples_in_docstrings_are_true(name: str) -> None:
    # importlib, not getattr: `oncotext.linking.link` is a function and a module
    module = importlib.import_module(name)
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    "name",
    ["assert_spans", "extract", "extract_many", "find_sections", "link", "load", "stage_group"],
)
def test_each_public_function_has_an_example(name: str) -> None:
    assert ">>>" in (getattr(oncotext, name).__doc__ or "")


# -- what the calls give ------------------------------------------------------------------

TEXT = "MOTIF : toux.\nCONCLUSION : adénocarcinome du côlon, pas de métastase."


def test_extract() -> None:
    report = oncotext.extract(TEXT)
    assert len(report.id) == 16
    assert report.text == TEXT
    assert report.producer is not None
    assert report.producer.version == oncotext.__version__
    assert report.producer.pipeline == "onco_fr_onco_rules"
    assert report.producer.lexicon
    assert oncotext.extract(TEXT, id="A-1").id == "A-1"
    assert oncotext.extract(TEXT) == report


def test_extract_many_keeps_the_order_and_goes_on_after_a_failure() -> None:
    found = list(oncotext.extract_many([("a", TEXT), ("b", ""), ("c", "Cancer du sein.")]))
    assert [report.id for report in found] == ["a", "b", "c"]
    assert [report.error is None for report in found] == [True, False, True]
    assert found[1].error is not None
    assert found[1].error.code == "E201"
    assert found[0].mentions == oncotext.extract(TEXT).mentions


def test_assert_spans_in_the_order_given() -> None:
    text = "Pas de fièvre, mais une toux."
    spans = [(24, 28), (7, 13)]
    assert [a.negated for a in oncotext.assert_spans(text, spans)] == [False, True]
    assert oncotext.assert_spans(text, []) == []


@pytest.mark.parametrize("span", [(-1, 3), (3, 3), (5, 2), (0, 99)])
def test_spans_outside_the_text_are_refused(span: tuple[int, int]) -> None:
    with pytest.raises(UsageError):
        oncotext.assert_spans("Pas de fièvre.", [span])


def test_labels_must_match_the_spans() -> None:
    with pytest.raises(UsageError):
        oncotext.assert_spans("Pas de fièvre.", [(7, 13)], labels=["TOXICITY", "DRUG"])


def test_sections_tile_the_text() -> None:
    sections = oncotext.find_sections(TEXT)
    assert [section.label for section in sections] == ["reason", "conclusion"]
    assert (sections[0].start, sections[-1].end) == (0, len(TEXT))
    assert sections[0].end == sections[1].start


def test_link() -> None:
    assert oncotext.link("adénocarcinome", "ICD-O-3-M")[0].code == "8140/3"


def test_stage_group_needs_no_spacy(run_python: Callable[[str], str]) -> None:
    printed = run_python(
        "import sys, oncotext\n"
        "group = oncotext.stage_group('C50.4', 'pT2 pN1 M0').group\n"
        "print(group, 'spacy' in sys.modules)"
    )
    assert printed == "IIB False"


@pytest.mark.parametrize(
    "call",
    [
        lambda: oncotext.extract(TEXT, pipeline="fr_onco"),
        lambda: oncotext.find_sections(TEXT, pipeline="fr_onco"),
        lambda: oncotext.assert_spans(TEXT, [(0, 3)], pipeline="fr_onco"),
        lambda: oncotext.link("cancer", "CIM"),
    ],
)
def test_unknown_names(call: Callable[[], object]) -> None:
    with pytest.raises(UnknownNameError):
        call()


def test_a_pipeline_without_the_pipe_says_which_to_add() -> None:
    from oncotext.language.tokenizer import OncoFrench

    with pytest.raises(UsageError, match=r"add_pipe\('oncotext\.sections'\)"):
        oncotext.find_sections(TEXT, pipeline=OncoFrench())
