"""The recipes in ``models/`` can be read, and name what lies where they say."""

from __future__ import annotations

from pathlib import Path

import pytest

from oncotext.training.config import read_config

MODELS = Path(__file__).parents[2] / "models"
RECIPES = sorted(MODELS.glob("*/*.toml"))


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_recipe(path: Path) -> None:
    config = read_config(path)
    assert config.output.parent == path.parent
    readme = (path.parent / "README.md").read_text(encoding="utf-8")
    assert f"oncotext train models/{path.parent.name}/{path.name}" in readme


def test_there_are_recipes() -> None:
    assert {path.parent.name for path in RECIPES} >= {"fr_onco_fracco_trf"}
