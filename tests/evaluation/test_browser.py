"""The error browser, in a browser where there is one."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from oncotext.evaluation import write_browser
from oncotext.evaluation.browser import embedded
from oncotext.report import AnnotatedReport, Failure

Make = Callable[..., AnnotatedReport]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
TEXT = "MOTIF : </script><!--<script>alert(1) & 🎗 cancer du sein gauche.\nPas de nausée.\nFoie."
SITE = {"of": "sein gauche", "label": "TOPOGRAPHY", "code": "C50.9"}
TYPE = {"of": "cancer", "label": "MORPHOLOGY", "code": "8000/3"}
NAUSEA = {"of": "nausée", "label": "TOXICITY", "code": "Nausea", "negated": True}
LIVER = {"of": "Foie", "label": "TOPOGRAPHY", "code": "C22.0"}


@pytest.fixture
def page(report: Make, tmp_path: Path) -> Path:
    """Report A has one error, B four mistakes of all kinds, C failed."""
    record = {"tumors": [{"topography": "C50.9"}]}
    gold = [report(id, TEXT, SITE, TYPE, NAUSEA, record=record) for id in "ABC"]
    wrong = ({**SITE, "of": "sein"}, {**TYPE, "code": "8010/3"}, {**NAUSEA, "negated": False})
    predicted = [
        report("A", TEXT, SITE, TYPE, record=record),
        report("B", TEXT, *wrong, LIVER),
        AnnotatedReport(id="C", text="", error=Failure(code="E500", message="failed")),
    ]
    path = tmp_path / "errors.html"
    write_browser(gold, predicted, path, title="a & <b>")
    return path


def dom(page: Path, script: str = "") -> str:
    """The page after a script ran in it."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    source = page.read_text(encoding="utf-8")
    driven = page.with_name("driven.html")
    driven.write_text(source.replace("</body>", f"<script>{script}</script></body>"), "utf-8")
    switches = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking")
    folder = f"--user-data-dir={page.parent / 'profile'}"
    command = [CHROMIUM, *switches, folder, "--virtual-time-budget=2000", "--dump-dom"]
    done = subprocess.run([*command, driven.as_uri()], capture_output=True, timeout=120, check=True)
    shown = done.stdout.decode("utf-8")
    assert 'id="report"' in shown
    # of the page only what is shown, without its own scripts and data
    return re.sub(r"<script.*?</script>", "", shown, flags=re.DOTALL)


def press(*keys: str) -> str:
    events = (f'document.dispatchEvent(new KeyboardEvent("keydown",{{key:"{k}"}}));' for k in keys)
    return "".join(events)


def detail(shown: str) -> str:
    found = re.search(r'<div id="detail".*?>(.*?)<div id="report"', shown, re.DOTALL)
    assert found
    return re.sub(r"<[^>]+>", " ", found[1])


def test_nothing_is_loaded_from_elsewhere(page: Path) -> None:
    source = page.read_text(encoding="utf-8")
    assert "http" not in re.sub(r"http-equiv", "", source)
    assert not re.search(r"\b(src|href|url|import)\s*[=(]\s*[\"']", source)
    assert "default-src 'none'" in source
    assert "prefers-color-scheme:dark" in source


def test_a_report_cannot_leave_its_data(page: Path) -> None:
    source = page.read_text(encoding="utf-8")
    assert source.count("</script>") == 2
    assert "alert(1)" in source
    assert "<title>a &amp; &lt;b&gt;</title>" in source
    assert json.loads(embedded({"text": TEXT})) == {"text": TEXT}
    assert not set("<>&\u2028") & set(embedded("</script>&\u2028"))
    assert json.loads(embedded("\ud800")) == "\ud800"


def test_the_report_with_most_errors_comes_first(page: Path) -> None:
    shown = dom(page)
    ids = re.findall(r"<b>(\d+)</b><span>(\w+)<", shown)
    assert ids == [("4", "B"), ("3", "C"), ("1", "A")]
    assert "8 of 8 errors, 3 reports" in shown
    assert "failed: E500" in shown


def test_marks_stand_at_their_words(page: Path) -> None:
    """Though the text holds a character that is two in a script's strings."""
    shown = dom(page)
    marks = re.findall(r"<mark[^>]*>([^<]*)</mark>", shown)
    assert {"sein gauche", "sein", "cancer", "nausée", "Foie"} == set(marks)
    assert shown.count("&lt;/script&gt;&lt;!--&lt;script&gt;alert(1) &amp; 🎗") == 2


def test_what_differs_is_told(page: Path) -> None:
    shown = detail(dom(page))
    assert "wrong code" in shown
    assert "8000/3" in shown
    assert "8010/3" in shown
    assert "1 / 8" in shown


def test_keys(page: Path) -> None:
    """What is told of the current error after each key."""
    told = 'document.body.dataset.told+=by("detail").textContent+"|";'
    keys = ("j", "j", "j", "j", "k", "n", "n", "p", "p", "p")
    shown = dom(page, 'document.body.dataset.told="";' + "".join(press(k) + told for k in keys))
    found = re.search(r'data-told="([^"]*)"', shown)
    assert found
    wanted = ("wrong boundary", "wrong flag", "spurious", "5 / 8", "4 / 8", "5 / 8", "8 / 8")
    for after, words in zip(
        found[1].split("|"), (*wanted, "5 / 8", "1 / 8", "1 / 8"), strict=False
    ):
        assert words in after


def test_help(page: Path) -> None:
    assert '<dialog id="help" open' in dom(page, press("?"))


def test_filters(page: Path) -> None:
    button = 'document.querySelector(".kind.missed").click();'
    shown = dom(page, button)
    assert "4 of 8 errors, 2 reports" in shown
    assert re.findall(r"<b>(\d+)</b><span>(\w+)<", shown) == [("3", "C"), ("1", "A")]
    label = 'by("label").value="TOXICITY";by("label").onchange({target:by("label")});'
    assert "3 of 8 errors, 3 reports" in dom(page, label)
    words = 'by("query").value="c22";by("query").oninput({target:by("query")});'
    assert "1 of 8 errors, 1 report<" in dom(page, words)
    assert "8 of 8 errors" in dom(page, words + press("Escape"))
    none = 'by("query").value="rien";by("query").oninput({target:by("query")});'
    assert "Nothing left by the filters." in dom(page, none + press("j", "n", "k", "p"))


def test_groups_by_how_often_they_occur(page: Path) -> None:
    shown = dom(page, press("g"))
    groups = re.findall(r"<b[^>]*>(\d+)</b><span>([^<]*)<small>([^<]*)<", shown)
    assert groups[0] == ("2", "Nausea", "missed · TOXICITY")
    assert ("1", "8000/3 → 8010/3", "wrong code · MORPHOLOGY") in groups
    assert ("1", "negated → asserted", "wrong flag · TOXICITY") in groups
    assert ("1", "begins right, ends earlier", "wrong boundary · TOPOGRAPHY") in groups
    one = 'document.querySelector("#list button").click();'
    assert "2 of 8 errors, 2 reports" in dom(page, press("g") + one)


def test_facts_of_the_record(page: Path) -> None:
    assert "Record: 2 differences" in dom(page)


def test_no_errors_and_no_reports(report: Make, tmp_path: Path) -> None:
    path = tmp_path / "errors.html"
    gold = [report("A", TEXT, SITE)]
    write_browser(gold, gold, path)
    assert "0 of 0 errors" in dom(path, press("j", "k", "n", "p", "g"))
    write_browser([], [], path)
    assert "No error." in dom(path, press("j", "k", "n", "p", "g", "r"))


def test_only_some_labels(report: Make, tmp_path: Path) -> None:
    path = tmp_path / "errors.html"
    write_browser([report("A", TEXT, SITE, TYPE)], [], path, labels=["MORPHOLOGY"])
    assert '"label":"TOPOGRAPHY"' not in path.read_text(encoding="utf-8")
