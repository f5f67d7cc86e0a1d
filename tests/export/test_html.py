"""Reports as HTML."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest

from oncotext.corpora import read_gold, sample_paths
from oncotext.export import report_html, reports_page
from oncotext.report import AnnotatedReport


class Tree(HTMLParser):
    """Checks that tags are closed in order, and keeps text and tags."""

    VOID = ("meta", "br", "link", "img")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "sup", "title"):
            self.text.append(data)

    def marks(self) -> list[dict[str, str | None]]:
        return [attrs for tag, attrs in self.tags if tag == "mark"]


def report(text: str, *mentions: dict[str, Any], **fields: Any) -> AnnotatedReport:
    given = {"id": "A-1", "text": text, "mentions": list(mentions), **fields}
    return AnnotatedReport.model_validate(given)


def mention(text: str, surface: str, **fields: Any) -> dict[str, Any]:
    start = text.index(surface)
    span = {"id": "T1", "start": start, "end": start + len(surface), "text": surface}
    return span | {"label": "MORPHOLOGY", "code": "8000/3", **fields}


@pytest.mark.parametrize("path", sample_paths(), ids=lambda path: path.stem)
def test_samples(path: Any) -> None:
    annotated = read_gold(path)
    tree = Tree(report_html(annotated))
    shown = re.sub(r"\s+", "", "".join(tree.text))
    for section in annotated.sections:
        part = annotated.text[section.start : section.end]
        assert re.sub(r"\s+", "", part) in shown
    codes = [mention.code for mention in annotated.mentions]
    titles = [attrs["title"] for attrs in tree.marks() if attrs.get("title")]
    assert len(titles) == len(codes)
    assert all(code in (title or "") for code, title in zip(codes, titles, strict=True) if code)


@pytest.mark.parametrize("flag", ["negated", "hypothetical", "historical", "family"])
def test_flags_are_classes_with_their_cue(flag: str) -> None:
    text = "Pas de cancer."
    cue = {flag: {"start": 0, "end": 3, "text": "Pas"}}
    html = report_html(report(text, mention(text, "cancer", **{flag: True}, cues=cue)))
    mark = Tree(html).marks()[0]
    assert mark["class"] == flag
    assert "(Pas)" in (mark["title"] or "")
    assert f"mark.{flag}{{" in html


def test_everything_is_escaped() -> None:
    bad = "<script>alert('x')</script>\"&\x00\x1b"
    record = {"drugs": [bad], "tumors": [{"morphology": bad, "flags": [bad]}]}
    hostile = AnnotatedReport.model_validate(
        {
            "id": bad,
            "text": bad,
            "record": record,
            "error": {"code": bad, "message": bad},
            "mentions": [
                {
                    **mention(bad, bad, code=bad, name=bad, attrs={bad: bad}, negated=True),
                    "cues": {"negated": {"start": 0, "end": 1, "text": bad}},
                }
            ],
        }
    )
    for page in (report_html(hostile), reports_page([hostile], title=bad)):
        assert "<script" not in page
        assert "\x00" not in page
        assert "\x1b" not in page
        tree = Tree(page)
        assert all(name in ("class", "style", "title") for m in tree.marks() for name in m)


def test_a_page_stands_alone_and_knows_light_and_dark() -> None:
    page = reports_page([report("Un."), report("Deux.")], title="lot")
    assert page.startswith("<!DOCTYPE html>")
    assert "<title>lot</title>" in page
    assert "color-scheme:light dark" in page
    assert not re.search(r"https?:|<link|<script|src=|@import|url\(", page)
    assert page.count("<style>") == 1
    Tree(page)


def test_overlaps_and_fragments_are_cut() -> None:
    text = "carcinome du sein infiltrant"
    hull = mention(text, text, fragments=[(0, 9), (18, 28)])
    inner = mention(text, "sein", label="TOPOGRAPHY", code="C50.9")
    html = report_html(report(text, hull, inner))
    visible = unescape(re.sub(r"<sup>.*?</sup>|<[^>]+>", "", html.split('class="text">')[1]))
    assert visible.startswith(text)


def test_a_mention_over_a_section_border_loses_no_text() -> None:
    text = "cancer du\nsein"
    sections = [
        {"label": "header", "start": 0, "end": 10},
        {"label": "conclusion", "start": 10, "end": 14},
    ]
    tree = Tree(report_html(report(text, mention(text, text), sections=sections)))
    assert {"cancer du\n", "sein"} <= set(tree.text)


def test_in_a_notebook() -> None:
    html = report("Toux.")._repr_html_()
    assert html.startswith("<style>")
    assert "<article" in html
