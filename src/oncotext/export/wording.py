"""A record in the words of a French oncologist: names of codes, classifications, markers.

Words are data: ``wording.tsv`` beside this module, and the preferred terms of the lexicon.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files

from oncotext.errors import OncotextError
from oncotext.report import Derived, FamilyCancer, Record, ToxicityFact, Tumor

_NUMBER = re.compile(r"(?P<sign>[<>]?)(?P<amount>\d+(?:\.\d+)?)")

Fact = tuple[str, str]
"""What a fact is about, and the fact."""


@lru_cache(maxsize=1)
def _words() -> dict[tuple[str, str], str]:
    lines = (files("oncotext.export") / "wording.tsv").read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return {(kind, code): french for kind, code, french in rows}


def word(kind: str, code: str) -> str:
    """The French for a code of a kind, e.g. ``word("response", "PR")``; else the code."""
    return _words().get((kind, code), code)


@lru_cache(maxsize=8)
def _names(lexicon: str) -> dict[str, str]:
    """The preferred term of each code of a lexicon; the first line of a code counts."""
    from oncotext.lexicon import load_concepts

    names: dict[str, str] = {}
    try:
        for concept in load_concepts(lexicon):
            names.setdefault(concept.code, concept.preferred.removeprefix("~"))
    except OncotextError:
        return {}  # a report can be shown without names
    return names


def named(lexicon: str, code: str) -> str:
    """A code with its French name before it: ``carcinome lobulaire infiltrant (8520/3)``."""
    name = _names(lexicon).get(code)
    return f"{name} ({code})" if name else code


def morphology(code: str) -> str:
    """A histology with its code."""
    return named("histology", code)


def site(code: str, laterality: str | None = None) -> str:
    """A site with its side and code: ``sein, à gauche (C50.9)``."""
    name = _names("topography").get(code)
    parts = [name or code]
    if laterality:
        parts.append(word("laterality", laterality))
    return ", ".join(parts) + (f" ({code})" if name else "")


def stage(value: str) -> str:
    """``UICC:IIB`` as ``UICC IIB``."""
    system, _, group = value.partition(":")
    return f"{word('system', system)} {word('stage', group)}".strip()


def grade(value: str) -> str:
    """``SBR:2`` as ``SBR 2``, ``DIFFERENTIATION:WELL`` as ``bien différencié``."""
    system, _, degree = value.partition(":")
    if system == "DIFFERENTIATION":
        return word("grade", degree)
    if system == "BRESLOW":
        return f"Breslow {_decimal(degree)} mm"
    return f"{word('system', system)} {word('grade', degree)}".strip()


def biomarker(value: str) -> str:
    """``ER=POSITIVE`` as ``RE+``, ``KI67=22`` as ``Ki67 22 %``, ``PSA=<0.01`` as ``PSA < 0,01``."""
    if ("biomarker", value) in _words():
        return word("biomarker", value)
    code, _, result = value.partition("=")
    name = word("marker", code)
    number = _NUMBER.fullmatch(result)
    if number is None:
        shown = word("result", result)
        return name + shown if shown in ("+", "-") else f"{name} {shown}".strip()
    amount = _decimal(number["amount"])
    if code == "KI67":
        return f"{name} {number['sign']}{amount} %"
    return f"{name} {number['sign'] or '='} {amount}"


def _decimal(number: str) -> str:
    return number.replace(".", ",")


def performance(value: str) -> str:
    """``ECOG:1`` as ``OMS 1``."""
    scale, _, degree = value.partition(":")
    unit = " %" if scale == "KARNOFSKY" else ""
    return f"{word('system', scale)} {degree}{unit}"


def toxicity(fact: ToxicityFact) -> str:
    """The French term with its grade: ``nausées G2``."""
    name = _names("toxicity").get(fact.term, fact.term)
    return name if fact.grade is None else f"{name} G{fact.grade}"


def drug(code: str) -> str:
    """A drug with its accents."""
    return _names("drugs").get(code, code)


def relative(cancer: FamilyCancer) -> str:
    """``mère : sein (C50.9)``."""
    side, _, relation = (cancer.relation or "").rpartition(" ")
    who = word("relation", relation)
    if side:
        who += f" {word('side', side)}"
    what = site(cancer.topography) if cancer.topography else "cancer"
    return f"{who} : {what}" if who else what


def derived(fact: Derived) -> str:
    """A derived value, said to be one: ``stade UICC IIB déduit``."""
    value = stage(fact.value) if fact.field in ("stage", "stages") else fact.value
    disagrees = ", en désaccord avec le texte" if fact.agrees is False else ""
    return f"{word('field', fact.field)} {value} déduit{disagrees}"


def tumor_facts(tumor: Tumor) -> list[Fact]:
    """What a tumour is, fact by fact; nothing of what the report does not say."""
    facts = [
        ("Tumeur", morphology(tumor.morphology) if tumor.morphology else ""),
        ("Événement", word("event", tumor.event) if tumor.event not in (None, "primary") else ""),
        ("Site", site(tumor.topography, tumor.laterality) if tumor.topography else ""),
        ("Métastases", ", ".join(map(site, tumor.metastatic_sites))),
        ("TNM", "\n".join(tumor.tnm)),
        ("Stade", ", ".join(map(stage, tumor.stages))),
        ("Grade", ", ".join(map(grade, tumor.grades))),
        ("Taille", f"{_decimal(f'{tumor.size_mm:g}')} mm" if tumor.size_mm is not None else ""),
        ("Marqueurs", ", ".join(map(biomarker, tumor.biomarkers))),
        ("Déduit", ", ".join(derived(fact) for fact in tumor.derived if fact.agrees is not True)),
        ("Alerte", ", ".join(tumor.flags)),
    ]
    return [fact for fact in facts if fact[1]]


def record_facts(record: Record) -> list[Fact]:
    """What a report says of the patient and the treatment, fact by fact."""
    status = record.performance_status
    lab = ", ".join(map(toxicity, record.derived_toxicities))
    facts = [
        ("État général", performance(status) if status else ""),
        ("Toxicités", ", ".join(map(toxicity, record.toxicities))),
        ("Toxicités déduites", lab),
        ("Traitements", ", ".join(map(drug, record.drugs))),
        ("Réponse", word("response", record.response) if record.response else ""),
        ("Famille", ", ".join(map(relative, record.family_cancer_history))),
    ]
    return [fact for fact in facts if fact[1]]
