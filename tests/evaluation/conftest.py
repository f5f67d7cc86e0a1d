"""Annotated reports that are made up: a few by hand, many by chance."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from oncotext.report import FLAGS, LABELS, SECTION_LABELS, AnnotatedReport

Perturb = Callable[[AnnotatedReport, random.Random], AnnotatedReport]
_CODES = ("8500/3", "8140/3", "C50.9", "pT2 pN0", "SBR:2", "Nausea", "PR", "")


def make(id: str, text: str, *mentions: dict[str, Any], **rest: Any) -> AnnotatedReport:
    """A report whose mentions are named by their words: ``{"of": "sein", "label": ...}``."""
    made = []
    for number, given in enumerate(mentions, 1):
        values = dict(given)
        words = values.pop("of")
        start = text.index(words)
        place = {"start": start, "end": start + len(words), "text": words}
        made.append({"id": f"T{number}", **place, **values})
    return AnnotatedReport.model_validate({"id": id, "text": text, "mentions": made, **rest})


@pytest.fixture(scope="session")
def report() -> Callable[..., AnnotatedReport]:
    return make


@pytest.fixture(scope="session")
def perturb() -> Perturb:
    """Another annotation of the same text, as far from it as chance wants."""
    return _perturb


def _perturb(report: AnnotatedReport, chance: random.Random) -> AnnotatedReport:
    values = report.to_dict()
    mentions = [m for m in values["mentions"] if chance.random() > 0.15]
    for mention in mentions:
        _perturb_mention(mention, report.text, chance)
    for number in range(chance.randrange(4)):
        start = chance.randrange(len(report.text) - 1)
        mentions.append(_mention(f"X{number}", start, chance.randint(1, 20), report.text, chance))
    values["mentions"] = mentions
    for section in values["sections"]:
        if chance.random() < 0.2:
            section["label"] = chance.choice(SECTION_LABELS)
    values["sections"] = [s for s in values["sections"] if chance.random() > 0.1]
    values["record"] = _perturb_record(values["record"], chance)
    return AnnotatedReport.model_validate(values)


def _mention(id: str, start: int, length: int, text: str, chance: random.Random) -> dict[str, Any]:
    end = min(start + length, len(text))
    label, code = chance.choice(LABELS), chance.choice(_CODES)
    place = {"start": start, "end": end, "text": text[start:end]}
    return {"id": id, "label": label, "code": code, **place}


def _perturb_mention(mention: dict[str, Any], text: str, chance: random.Random) -> None:
    if chance.random() < 0.25:
        start = max(0, mention["start"] + chance.randint(-8, 8))
        end = min(len(text), max(start + 1, mention["end"] + chance.randint(-8, 8)))
        start = min(start, end - 1)
        mention.update(start=start, end=end, text=text[start:end])
    if chance.random() < 0.1:
        mention["label"] = chance.choice(LABELS)
    if chance.random() < 0.1:
        mention["code"] = chance.choice(_CODES)
    for flag in FLAGS:
        if chance.random() < 0.1:
            mention[flag] = not mention[flag]
    if chance.random() < 0.2:
        mention.pop("attrs", None)
    for key in list(mention.get("attrs", {})):
        if chance.random() < 0.1:
            mention["attrs"][key] = "left"


def _perturb_record(record: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    kept = {key: value for key, value in record.items() if chance.random() > 0.1}
    tumors = [dict(tumor) for tumor in kept.get("tumors", []) if chance.random() > 0.1]
    for tumor in tumors:
        for field in list(tumor):
            if chance.random() < 0.15:
                del tumor[field]
            elif field in ("topography", "morphology") and chance.random() < 0.2:
                tumor[field] = chance.choice(("C50.9", "8500/3", "C18.7"))
    chance.shuffle(tumors)
    if chance.random() < 0.2:
        tumors.append({"topography": "C34.1", "size_mm": 12})
    return kept | ({"tumors": tumors} if tumors else {})
