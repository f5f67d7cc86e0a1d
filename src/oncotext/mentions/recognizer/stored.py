"""How the models of the two CPU backends lie in a folder: settings as JSON, weights as bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from oncotext.errors import InputError


def read_parts(settings: Path, weights: Path) -> tuple[dict[str, Any], bytes]:
    """Settings and weights; `InputError` where they are not there."""
    try:
        return json.loads(settings.read_text(encoding="utf-8")), weights.read_bytes()
    except (OSError, ValueError) as error:
        raise InputError(
            f"No trained recogniser ({type(error).__name__}).",
            where=str(settings.parent),
            remedy="Train it: oncotext train",
        ) from None


@contextmanager
def of_this_version(where: str) -> Iterator[None]:
    """What cannot be made of stored settings and weights is an `InputError`."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"No trained recogniser of this version ({type(error).__name__}).",
            where=where,
            remedy="Train it again: oncotext train",
        ) from None
