"""The cue file and how its lines are read."""

from __future__ import annotations

import pytest

from oncotext.assertion.cues import CueSet, compile_cue, surface_forms
from oncotext.language.view import TextView
from oncotext.lexicon import Cue, load_cues

ROWS = load_cues("assertion_cues")


def test_ids_say_the_category() -> None:
    prefixes = {
        "negated": ("neg-",),
        "hypothetical": ("hyp-", "plan-"),
        "historical": ("hist-",),
        "family": ("fam-",),
        "pseudo": ("pseudo-",),
        "termination": ("term-",),
        "current": ("cur-",),
    }
    assert [row.id for row in ROWS if not row.id.startswith(prefixes[row.category])] == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_every_line_compiles(row: Cue) -> None:
    compile_cue(row)
    forms = surface_forms(row.literal)
    # a bracket within a bracket would leave its signs in the forms
    assert forms
    assert not any(set(form) & set("[]{}~") for form in forms)


def test_words_that_agree() -> None:
    assert surface_forms("non ~retrouvé") == [
        "non retrouvé",
        "non retrouvée",
        "non retrouvés",
        "non retrouvées",
    ]


def hits(text: str) -> list[tuple[str, str]]:
    view = TextView(text)
    return [(view.folded[h.start : h.end], h.cue.id) for h in CueSet().find(view)]


def test_the_longest_cue_is_taken() -> None:
    assert hits("pas d'argument pour") == [("pas d'argument pour", "neg-arg")]


def test_accents_tell_participle_from_verb() -> None:
    assert ("ecarte", "neg-verb") in hits("Cela écarte un abcès, déjà évoqué.")
    assert ("ecarte", "neg-verb") not in hits("Abcès écarté, déjà évoqué.")
    assert ("ecarte", "neg-ruled-out") in hits("ABCES ECARTE")


def test_two_pieces_stand_in_one_clause() -> None:
    assert ("plus", "neg-plus") in hits("Il ne tousse plus")
    assert ("plus", "neg-plus") not in hits("Il ne tousse. Fièvre en plus")


def test_limits_to_labels() -> None:
    cue = compile_cue(Cue("x", "negated", "sans", "forward", "list@DRUG+NONE"))
    assert cue.serves("DRUG")
    assert cue.serves("")
    assert cue.serves("FINDING")
    assert not cue.serves("TOXICITY")
    barred = compile_cue(Cue("x", "negated", "sans", "forward", "list@-DRUG"))
    assert barred.serves("TOXICITY")
    assert barred.serves("")
    assert not barred.serves("DRUG")


def test_scope_in_words() -> None:
    cue = compile_cue(Cue("x", "negated", "non", "forward", "1"))
    assert (cue.reach, cue.words) == ("list", 1)
