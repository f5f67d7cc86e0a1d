"""Code blocks of the documentation run, and what they show is compared; so do the notebooks."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = (
    "README.md",
    "README.fr.md",
    "docs/evaluation.md",
    "docs/rules.md",
    "docs/stage_groups.md",
    "docs/training.md",
    "docs/transformers.md",
)
NEEDS = {"docs/rules.md": "medspacy"}
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("page", PAGES)
def test_code_blocks_show_what_they_print(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if page in NEEDS:
        pytest.importorskip(NEEDS[page])
    monkeypatch.chdir(ROOT)  # pages name files of the project
    result = doctest.testfile(str(ROOT / page), module_relative=False, encoding="utf-8")
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize("page", [page for page in PAGES if page not in NEEDS])
def test_commands_of_the_page_exist(page: str) -> None:
    from typer.testing import CliRunner

    from oncotext.cli import app

    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = re.findall(r"```bash\n(.*?)```", text, re.DOTALL)
    commands = {name for block in blocks for name in re.findall(r"oncotext ([a-z]+)", block)}
    assert commands
    for command in commands:
        assert CliRunner().invoke(app, [command, "--help"]).exit_code == 0, command


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs_and_shows_what_it_stores(path: Path) -> None:
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    stored = nbformat.read(path, as_version=4)
    run = nbclient.NotebookClient(
        nbformat.read(path, as_version=4),
        timeout=120,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
    ).execute()
    for before, after in zip(stored.cells, run.cells, strict=True):
        if before.cell_type == "code":
            assert _shown(after) == _shown(before)


def _shown(cell: object) -> str:
    """Plain text of a cell's outputs; a slow kernel cuts what it prints in several."""
    texts = []
    for output in cell.outputs:  # type: ignore[attr-defined]
        if output.output_type == "stream":
            texts.append(output.text)
        elif "text/plain" in output.get("data", {}):
            texts.append(output["data"]["text/plain"])
    return "".join(texts)
