"""UIMA CAS XMI, as WebAnno and INCEpTION export and import it, and as E3C has it.

Our layers are ``webanno.custom.Mention`` and ``webanno.custom.Section``; besides them the
built-in ``NamedEntity`` layer is read (value and identifier: label and code), and E3C's
``EVENT`` and ``CLINENTITY``. Offsets in XMI count UTF-16 units; they are converted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from oncotext.corpora.e3c import E3C_LAYERS, e3c_drafts
from oncotext.corpora.files import file_name, files_in, new_folder, report_id
from oncotext.corpora.reading import Draft, Problem, Reading
from oncotext.errors import MissingExtraError
from oncotext.report import FLAGS, AnnotatedReport

MENTION = "webanno.custom.Mention"
SECTION = "webanno.custom.Section"
NAMED_ENTITY = "de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity"
_FEATURES = {
    MENTION: ("mention", "label", "code", "attrs", "fragments", *FLAGS),
    SECTION: ("label",),
    NAMED_ENTITY: ("value", "identifier"),
    **E3C_LAYERS,
}
_ANNOTATION = "uima.tcas.Annotation"
_NO_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_XMI_ID = "{http://www.omg.org/XMI}id"
_VIEW = "{http:///uima/cas.ecore}View"
_TYPES = "TypeSystem.xml"


def _cassis() -> Any:
    try:
        import cassis
    except ImportError:
        raise MissingExtraError("UIMA CAS XMI", "corpora") from None
    return cassis


def detect(path: Path) -> bool:
    """Whether the first file begins as XMI."""
    for file in files_in(path, ".xmi", ".xml"):
        if file.name != _TYPES:
            with open(file, "rb") as source:
                return b"http://www.omg.org/XMI" in source.read(8192)
    return False


def read(path: Path, reading: Reading) -> Iterator[AnnotatedReport]:
    """The reports of a file or folder; other layers than those above are not read."""
    cassis = _cassis()
    types = _types(cassis)
    for file in files_in(path, ".xmi", ".xml"):
        if file.name.lower() == _TYPES.lower():
            continue
        try:
            cas = cassis.load_cas_from_xmi(_slim(file), typesystem=types)
            text = cas.sofa_string
        except Exception as error:  # lxml and cassis raise many kinds, some quoting the file
            line = getattr(error, "lineno", None)
            reading.problem(f"Not UIMA CAS XMI ({type(error).__name__}).", file, line)
            continue
        if not isinstance(text, str):
            reading.problem("No text in it.", file)
            continue
        sections = [
            {"label": part.label, "start": part.begin, "end": part.end}
            for part in cas.select(SECTION)
        ]
        drafts = _drafts(cas, file, reading)
        yield reading.report(report_id(file, path), text, drafts, file, sections=sections)


def _slim(file: Path) -> BytesIO:
    """A document with only the layers and features that are read.

    Cassis wants to know every type and feature; projects add their own as they like.
    """
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    root = etree.parse(str(file), parser).getroot()
    kept: set[str] = set()
    for element in list(root):
        name = _type_of(element.tag) if isinstance(element.tag, str) else ""
        if name in _FEATURES:
            kept.add(element.get(_XMI_ID))
            known = {_XMI_ID, "sofa", "begin", "end", *_FEATURES[name]}
            for attribute in set(element.attrib) - known:
                del element.attrib[attribute]
            element[:] = []
        elif not name.startswith("uima.cas."):
            root.remove(element)
    for view in root.iter(_VIEW):
        view.set("members", " ".join(id for id in view.get("members", "").split() if id in kept))
    return BytesIO(etree.tostring(root))


def _type_of(tag: str) -> str:
    """``{http:///webanno/custom.ecore}EVENT`` is the type ``webanno.custom.EVENT``."""
    space, _, name = tag.removeprefix("{http:///").partition(".ecore}")
    return f"{space.replace('/', '.')}.{name}"


def _types(cassis: Any) -> Any:
    """Types and features that are read; all else in a file is passed over.

    A project's own type system is not needed then, which E3C, for one, comes without.
    """
    types = cassis.TypeSystem(add_document_annotation_type=True)
    for name, features in _FEATURES.items():
        layer = types.create_type(name=name, supertypeName=_ANNOTATION)
        for feature in features:
            kind = "uima.cas.Boolean" if feature in FLAGS else "uima.cas.String"
            types.create_feature(layer, feature, kind)
    return types


def _drafts(cas: Any, file: Path, reading: Reading) -> list[Draft]:
    drafts: list[Draft] = []
    for part in cas.select(MENTION):
        try:
            drafts.append(_draft(part))
        except (ValueError, TypeError, AttributeError):
            reading.problem("A mention's attributes or fragments are wrong.", file)
    for part in cas.select(NAMED_ENTITY):
        place = (part.begin, part.end)
        drafts.append(Draft(f"T{part.xmiID}", part.value or "", [place], code=part.identifier))
    return drafts + e3c_drafts(cas)


def _draft(part: Any) -> Draft:
    spans = [(part.begin, part.end)]
    if part.fragments:  # pieces are relative to the mention, so that nothing shifts them
        pieces = json.loads(part.fragments)
        spans = [(part.begin + start, part.begin + end) for start, end in pieces]
    return Draft(
        id=part.mention or f"T{part.xmiID}",
        label=part.label or "",
        spans=spans,
        code=part.code,
        attrs=json.loads(part.attrs) if part.attrs else {},
        flags={flag: _true(getattr(part, flag)) for flag in FLAGS},
    )


def _true(value: Any) -> bool:
    return value is True or value == "true"


def write(reports: Sequence[AnnotatedReport], path: Path) -> list[Problem]:
    """Write a folder: an ``.xmi`` a report, and the type system to import the layers from."""
    cassis = _cassis()
    new_folder(path)
    types = _types(cassis)
    types.to_xml(path / _TYPES)
    problems: list[Problem] = []
    for report in reports:
        file = path / (file_name(report.id) + ".xmi")
        if _NO_XML.search(report.text):
            what = "Not written: XML cannot hold the text's control characters."
            problems.append(Problem(str(file), None, what))
            continue
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            _cas(cassis, types, report).to_xmi(file)
        except OSError as error:
            problems.append(Problem(str(file), None, f"Not written: {error.strerror}."))
        except ValueError:
            what = "Not written: XML cannot hold a code's or attribute's control characters."
            problems.append(Problem(str(file), None, what))
    return problems


def _cas(cassis: Any, types: Any, report: AnnotatedReport) -> Any:
    cas = cassis.Cas(typesystem=types)
    cas.sofa_string, cas.sofa_mime = report.text, "text/plain"
    layer, section = types.get_type(MENTION), types.get_type(SECTION)
    for part in report.sections:
        cas.add(section(begin=part.start, end=part.end, label=part.label))
    for mention in report.mentions:
        pieces = [(a - mention.start, b - mention.start) for a, b in mention.fragments]
        values = {
            "mention": mention.id,
            "label": mention.label,
            "code": mention.code,
            "attrs": json.dumps(mention.attrs) if mention.attrs else None,
            "fragments": json.dumps(pieces) if len(pieces) > 1 else None,
        }
        flags = {flag: getattr(mention, flag) for flag in FLAGS}
        cas.add(layer(begin=mention.start, end=mention.end, **values, **flags))
    return cas
