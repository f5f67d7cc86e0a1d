"""An annotated report as HTML that stands alone: no script, no link, nothing loaded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from oncotext.export.wording import Fact, record_facts, tumor_facts, word
from oncotext.report import FLAGS, AnnotatedReport, Mention, Section

# One hue a label. Half-transparent on whatever the page's ground is, and text in the page's
# own colour: readable in the light and in the dark, in notebooks too.
HUES = {
    "MORPHOLOGY": 300,
    "TOPOGRAPHY": 190,
    "TNM": 225,
    "STAGE": 250,
    "GRADE": 45,
    "TOXICITY": 5,
    "PERFORMANCE_STATUS": 210,
    "BIOMARKER": 130,
    "DRUG": 95,
    "RESPONSE": 330,
    "SIZE": 165,
}

_STYLE = """
.oncotext{font:14px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;max-width:70rem;
text-align:left;color:inherit}
.oncotext h2{font-size:1.15em;margin:.2em 0 .6em}
.oncotext h2 small{font-weight:400;opacity:.7}
.oncotext h3{font-size:.8em;font-weight:600;letter-spacing:.04em;margin:1.1em 0 .3em;opacity:.75;
border-bottom:1px solid rgba(128,128,128,.4)}
.oncotext table{border-collapse:collapse;margin:0 0 .8em;font-size:1em;background:none}
.oncotext th,.oncotext td{text-align:left;vertical-align:top;padding:.15em .9em .15em 0;
border:0;white-space:pre-line;background:none;color:inherit}
.oncotext th{font-weight:400;opacity:.7;white-space:nowrap}
.oncotext tbody+tbody{border-top:1px solid rgba(128,128,128,.4)}
.oncotext .text{white-space:pre-wrap;overflow-wrap:anywhere;margin:0}
.oncotext mark{color:inherit;border-radius:.25em;padding:.05em .2em;
background:hsla(var(--h),75%,50%,.24);border-bottom:2px solid hsla(var(--h),75%,50%,.9)}
.oncotext mark.negated{text-decoration:line-through;text-decoration-thickness:2px}
.oncotext mark.hypothetical{border-bottom-style:dotted;background:hsla(var(--h),75%,50%,.1)}
.oncotext mark.historical{opacity:.65}
.oncotext mark.family{border-bottom-style:double;border-bottom-width:4px;font-style:italic}
.oncotext mark sup{font-size:.65em;opacity:.8;margin-left:.2em;text-decoration:none;
display:inline-block}
.oncotext .legend{margin-top:1em;font-size:.85em}
.oncotext .legend mark{margin-right:.5em;white-space:nowrap}
.oncotext .error,.oncotext .alert{color:#d33;font-weight:600}
"""
_PAGE_STYLE = """
:root{color-scheme:light dark}
body{margin:1.5rem auto;padding:0 1rem;max-width:72rem;background:Canvas;color:CanvasText}
.oncotext{margin:0 auto 3rem}
"""
_CONTROLS = dict.fromkeys([*range(9), 11, 12, *range(14, 32), *range(127, 160)], "\ufffd")


def report_html(report: AnnotatedReport) -> str:
    """A report as one HTML element with its own style, for notebooks and pages.

    Parameters
    ----------
    report : AnnotatedReport

    Returns
    -------
    str
        The record as a table, then the text: sections as headings, mentions coloured by
        label, with code and flags in a tooltip. Everything from the report is escaped.
    """
    return f"<style>{_STYLE}</style>{_article(report)}"


def reports_page(reports: Iterable[AnnotatedReport], *, title: str = "oncotext") -> str:
    """Reports one below the other as a whole HTML document."""
    return "".join(page_parts(reports, title=title))


def page_parts(reports: Iterable[AnnotatedReport], *, title: str = "oncotext") -> Iterator[str]:
    """The parts of `reports_page`, for pages too big to hold in memory."""
    yield (
        '<!DOCTYPE html>\n<html lang="fr"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_safe(title)}</title><style>{_STYLE}{_PAGE_STYLE}</style></head><body>\n"
    )
    for report in reports:
        yield _article(report) + "\n"
    yield "</body></html>\n"


def _article(report: AnnotatedReport) -> str:
    kind = report.record.report_type
    subtitle = f" <small>{_safe(word('report_type', kind))}</small>" if kind else ""
    parts = [f'<article class="oncotext"><h2>{_safe(report.id)}{subtitle}</h2>']
    if report.error:
        failure = f"[{report.error.code}] {report.error.message}"
        parts.append(f'<p class="error">{_safe(failure)}</p>')
    parts.append(_record(report))
    parts.append(_text(report))
    if report.mentions:
        parts.append(_legend(report.mentions))
    parts.append("</article>")
    return "".join(parts)


def _record(report: AnnotatedReport) -> str:
    groups = [tumor_facts(tumor) for tumor in report.record.tumors]
    groups.append(record_facts(report.record))
    bodies = [f"<tbody>{''.join(map(_fact, group))}</tbody>" for group in groups if group]
    return f"<table>{''.join(bodies)}</table>" if bodies else ""


def _fact(fact: Fact) -> str:
    name, value = fact
    alert = ' class="alert"' if name == "Alerte" else ""
    return f'<tr><th scope="row">{_safe(name)}</th><td{alert}>{_safe(value)}</td></tr>'


def _text(report: AnnotatedReport) -> str:
    pieces = _pieces(report.mentions)
    sections: Sequence[Section | None] = report.sections or [None]
    parts = []
    for section in sections:
        start, end = (section.start, section.end) if section else (0, len(report.text))
        if section:
            parts.append(f"<h3>{_safe(word('section', section.label))}</h3>")
        parts.append(f'<p class="text">{_marked(report.text, start, end, pieces)}</p>')
    return "".join(parts)


def _pieces(mentions: Sequence[Mention]) -> list[tuple[int, int, Mention]]:
    """Stretches of text with their mentions, in order and without overlaps."""
    pieces: list[tuple[int, int, Mention]] = []
    stretches = [
        (start, end, mention)
        for mention in mentions
        for start, end in mention.fragments or [(mention.start, mention.end)]
    ]
    last = 0
    for start, end, mention in sorted(stretches, key=lambda stretch: stretch[:2]):
        if end > max(start, last):
            pieces.append((max(start, last), end, mention))
            last = end
    return pieces


def _marked(text: str, start: int, end: int, pieces: Sequence[tuple[int, int, Mention]]) -> str:
    """``text[start:end]`` with its mentions marked; one that crosses a border is cut there."""
    parts, position = [], start
    for first, last, mention in pieces:
        first, last = max(first, start), min(last, end)
        if first < last:
            parts.append(_safe(text[position:first]))
            parts.append(_mark(text[first:last], mention))
            position = last
    parts.append(_safe(text[position:end].rstrip()))
    return "".join(parts)


def _mark(surface: str, mention: Mention) -> str:
    flags = [flag for flag in FLAGS if getattr(mention, flag)]
    facts = [word("label", mention.label), mention.code or "", mention.name or ""]
    facts += [f"{name}={value}" for name, value in mention.attrs.items()]
    facts += [f"{word('flag', flag)}{_cue(mention, flag)}" for flag in flags]
    tooltip = " · ".join(filter(None, facts))
    code = f"<sup>{_safe(mention.code)}</sup>" if mention.code else ""
    return (
        f'<mark class="{" ".join(flags)}" style="--h:{HUES.get(mention.label, 0)}" '
        f'title="{_safe(tooltip)}">{_safe(surface)}{code}</mark>'
    )


def _cue(mention: Mention, flag: str) -> str:
    cue = mention.cues.get(flag)  # type: ignore[call-overload]
    return f" ({cue.text})" if cue else ""


def _legend(mentions: Sequence[Mention]) -> str:
    """The colours and flags that occur."""
    labels = {mention.label for mention in mentions}
    entries = [
        f'<mark style="--h:{hue}">{_safe(word("label", label))}</mark>'
        for label, hue in HUES.items()
        if label in labels
    ]
    entries += [
        f'<mark class="{flag}" style="--h:0">{_safe(word("flag", flag))}</mark>'
        for flag in FLAGS
        if any(getattr(mention, flag) for mention in mentions)
    ]
    return f'<p class="legend">{"".join(entries)}</p>'


def _safe(text: str) -> str:
    return escape(text.translate(_CONTROLS))
