"""What a span is judged by: what the rules say and why, where it stands, the words around it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from spacy.tokens import Doc

from oncotext.assertion.context import Assertion
from oncotext.assertion.cues import FLAGS
from oncotext.language.annotations import data_of, section_at
from oncotext.language.sentences import sentences_of
from oncotext.language.view import view_of

_WORD = re.compile(r"\w+|[^\w\s]")
_REACH = 120  # characters
_NEAR, _AROUND = 3, 8  # words by their place, words in any order
_DISTANCES = (2, 10, 30, 80)

Span = tuple[int, int]


def features_of(
    doc: Doc, spans: Sequence[Span], labels: Sequence[str], assertions: Sequence[Assertion]
) -> list[set[str]]:
    """The features of each span of a Doc.

    Parameters
    ----------
    doc : Doc
        On which sections were found.
    spans : sequence of (start, end)
    labels : sequence of str
        The label of each, or "".
    assertions : sequence of Assertion
        What the rules say of each.
    """
    ends = sorted(end for _, end in spans)
    return [
        {
            *_rules(span, label, assertion),
            *_place(doc, span, label, ends),
            *_words(doc, span),
        }
        for span, label, assertion in zip(spans, labels, assertions, strict=True)
    ]


def _rules(span: Span, label: str, assertion: Assertion) -> set[str]:
    """The flags that the rules set, and by which cue, how far away and on which side."""
    found = set()
    for flag in FLAGS:
        if not getattr(assertion, flag):
            continue
        found |= {f"rule={flag}", f"rule={flag},label={label}"}
        cue = assertion.cues.get(flag)
        if cue:
            before = cue["start"] < span[0]
            gap = span[0] - cue["end"] if before else cue["start"] - span[1]
            side = "before" if before else "after"
            found |= {
                f"cue={flag}:{cue['rule']}",
                f"family={flag}:{cue['rule'].partition('-')[0]}",
                f"distance={flag}:{side}:{bisect_right(_DISTANCES, gap)}",
            }
    return found or {"rule=none", f"rule=none,label={label}"}


def _place(doc: Doc, span: Span, label: str, ends: Sequence[int]) -> set[str]:
    section = section_at(doc, span[0])
    title = section["label"] if section else ""
    kind = data_of(doc).get("report_type", "")
    starts = sentences_of(doc)
    start = starts[max(bisect_right(starts, span[0]) - 1, 0)] if len(starts) else 0
    tenth = 10 * span[0] // max(len(doc.text), 1)
    in_sentence = bisect_right(ends, span[0]) - bisect_right(ends, start)
    return {
        f"label={label}",
        f"section={title}",
        f"section={title},label={label}",
        f"report={kind}",
        f"report={kind},section={title}",
        f"report={kind},label={label}",
        f"tenth={tenth}",
        f"mentions before={min(in_sentence, 3)}",
        f"first of sentence={span[0] - start < 3}",
    }


def _words(doc: Doc, span: Span) -> set[str]:
    """Words of the mention and of its sentence's neighbourhood, folded; digits are alike."""
    view = view_of(doc)
    low, high = view.to_folded(span[0]), view.to_folded(span[1])
    before = _split(view.folded[max(0, low - _REACH) : low])[::-1]
    after = _split(view.folded[high : high + _REACH])
    found = {f"in={word}" for word in _split(view.folded[low:high])}
    for side, words in (("-", before), ("+", after)):
        found |= {f"{side}{place}={word}" for place, word in enumerate(words[:_NEAR], 1)}
        found |= {f"{side}={word}" for word in words[:_AROUND]}
    return found


def _split(text: str) -> list[str]:
    return [re.sub(r"\d+", "0", word) for word in _WORD.findall(text)]
