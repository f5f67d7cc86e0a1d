"""Expressions for many literals at once, tolerant of how reports are typed and scanned.

Looked for in the *scan key* of a text: its folded form where the characters that optical
character recognition confuses are one (l, 1, | as i; 0 as o), of the same length.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from oncotext.matching.inflection import expand, phrase_form, spellings

_CONFUSED = bytes.maketrans(b"l1|!0", b"iiiio")
_DROPPED = str.maketrans("-'", "  ", ".")
_NO_S = 3
# the blank may be lost, a line break is not
_GAP = r"(?:[ \-]{1,3}\n? {0,3})?"
_SUFFIX = r"s?\.?"
_ELISION = "[' ]{1,2}"
_ELIDED = frozenset(["d", "i", "n", "j", "s", "m", "c", "qu"])


def scan_key(folded: str) -> str:
    """The scan key of a folded text, of the same length.

    Examples
    --------
    >>> scan_key("dlscussl0n") == scan_key("discussion")
    True
    """
    return folded.encode("latin-1", "replace").translate(_CONFUSED).decode("latin-1")


def literal_keys(literal: str) -> list[str]:
    """The normal forms of a literal of a cue file: one for each reading of its brackets."""
    keys = []
    for term in expand(literal):
        for form in spellings(phrase_form(term)):
            keys.append(normal_key(scan_key(form)))
    return list(dict.fromkeys(filter(None, keys)))


def normal_key(found: str) -> str:
    """What a literal and its typed forms have in common: no stops, no plural s, m for rn."""
    words = found.translate(_DROPPED).replace("rn", "m").split()
    return " ".join(w[:-1] if len(w) > _NO_S and w[-1] == "s" else w for w in words)


def trie_pattern(keys: Iterable[str]) -> str:
    """An expression, without groups, that matches the longest of the normal forms."""
    root: dict[str, Any] = {}
    for key in keys:
        node = root
        for unit in _units(key):
            node = node.setdefault(unit, {})
        node[""] = {}
    return _alternatives(root)


def _units(key: str) -> list[str]:
    """The expressions of a normal form's characters."""
    units: list[str] = []
    words = key.split()
    for number, word in enumerate(words):
        stop = r"\.?" if len(word) <= _NO_S and key == word else ""  # 'R.C.'
        units += (("(?:m|rn)" if char == "m" else re.escape(char)) + stop for char in word)
        if number + 1 < len(words) and word in _ELIDED:
            units.append(_ELISION)
            continue
        units.append(_SUFFIX if word.isalpha() else r"\.?")
        if number + 1 < len(words):
            units.append(_GAP)
    return units


def _alternatives(node: dict[str, Any]) -> str:
    # what may be missing comes last: 'macroscopie' is tried before 'macro' and its plural s
    units = sorted(filter(None, node), key=lambda unit: unit.endswith("?"))
    branches = [unit + _alternatives(node[unit]) for unit in units]
    if not branches:
        return ""
    body = branches[0] if len(branches) == 1 else "|".join(branches)
    if "" in node:
        return f"(?:{body})?"
    return body if len(branches) == 1 else f"(?:{body})"
