"""oncotext: French oncology reports to structured records.

>>> import oncotext
>>> report = oncotext.extract("Adénocarcinome du côlon sigmoïde, pT3 N1a M0.")
>>> [(mention.text, mention.code) for mention in report.mentions]
[('Adénocarcinome', '8140/3'), ('côlon sigmoïde', 'C18.7'), ('pT3 N1a M0', 'pT3 pN1a M0')]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

__all__ = [
    "AnnotatedReport",
    "Assertion",
    "Candidate",
    "OncotextError",
    "StageGroup",
    "assert_spans",
    "extract",
    "extract_many",
    "find_sections",
    "link",
    "load",
    "register_extensions",
    "stage_group",
]

# Names live where they are written; they are imported when first used, so that
# `import oncotext` stays light (no spaCy, torch or transformers).
_HOME = {
    "AnnotatedReport": "oncotext.report",
    "Assertion": "oncotext.assertion",
    "Candidate": "oncotext.linking",
    "OncotextError": "oncotext.errors",
    "StageGroup": "oncotext.linking.stage_groups",
    "assert_spans": "oncotext.extraction",
    "extract": "oncotext.extraction",
    "extract_many": "oncotext.scale",
    "find_sections": "oncotext.extraction",
    "link": "oncotext.extraction",
    "load": "oncotext.pipelines",
    "register_extensions": "oncotext.language.annotations",
    "stage_group": "oncotext.linking.stage_groups",
}

if TYPE_CHECKING:
    from oncotext.assertion import Assertion
    from oncotext.errors import OncotextError
    from oncotext.extraction import assert_spans, extract, find_sections, link
    from oncotext.language.annotations import register_extensions
    from oncotext.linking import Candidate
    from oncotext.linking.stage_groups import StageGroup, stage_group
    from oncotext.pipelines import load
    from oncotext.report import AnnotatedReport
    from oncotext.scale import extract_many


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'oncotext' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
