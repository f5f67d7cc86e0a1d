"""The tree of exceptions: what, where, remedy; and no text of a report."""

from __future__ import annotations

import pickle

import pytest

from oncotext import errors
from oncotext.errors import (
    InputError,
    LexiconError,
    MissingExtraError,
    OncotextError,
    UnknownNameError,
    UsageError,
)

ALL = [
    error
    for error in vars(errors).values()
    if isinstance(error, type) and issubclass(error, OncotextError)
]


def test_codes_are_stable_and_unique() -> None:
    assert {error.__name__: error.code for error in ALL} == {
        "OncotextError": "E000",
        "UsageError": "E100",
        "UnknownNameError": "E101",
        "InputError": "E200",
        "EmptyReportError": "E201",
        "BinaryInputError": "E202",
        "ReportTooLongError": "E203",
        "DuplicateIdError": "E204",
        "LexiconError": "E300",
        "MissingExtraError": "E400",
    }


@pytest.mark.parametrize("error", ALL, ids=lambda error: error.__name__)
def test_one_tree(error: type[OncotextError]) -> None:
    assert issubclass(error, OncotextError)
    assert error.__doc__


def test_the_message_says_what_where_and_the_remedy() -> None:
    error = LexiconError("code is empty.", where="mine.tsv, line 3", remedy="Give one.")
    assert str(error) == "[E300] mine.tsv, line 3: code is empty. Give one."
    assert str(UsageError("k is 0.")) == "[E100] k is 0."


def test_an_unknown_name_is_answered_with_the_closest_ones() -> None:
    error = UnknownNameError("pipe", "oncotext.tmn", ["oncotext.tnm", "oncotext.drug", "zzz"])
    assert "'oncotext.tmn'" in str(error)
    assert "oncotext.tnm" in error.remedy
    assert "zzz" not in error.remedy


def test_a_name_like_none_is_answered_with_all() -> None:
    assert "Did you mean: a, b?" in str(UnknownNameError("system", "xyz", ["b", "a"]))


def test_a_missing_extra_brings_the_command() -> None:
    assert "pip install 'oncotext[data]'" in str(MissingExtraError("Parquet", "data"))


@pytest.mark.parametrize(
    "error",
    [
        InputError("Unreadable.", where="a.txt", remedy="Save it."),
        UnknownNameError("pipe", "x", ["y"]),
        MissingExtraError("Parquet", "data"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_come_back_from_worker_processes(error: OncotextError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert (again.what, again.where, again.remedy) == (error.what, error.where, error.remedy)
