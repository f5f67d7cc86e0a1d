"""What an interrupted run has done."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import IO

from oncotext.errors import InputError


class Done:
    """What an interrupted run has written already.

    Parameters
    ----------
    path : Path
        A JSON Lines file of annotated reports, or none yet. A torn last line is cut off.

    Attributes
    ----------
    reports, failed : int
        How many reports the file holds, and how many of them with an error.
    """

    def __init__(self, path: Path) -> None:
        self.reports = self.failed = 0
        self._left: Counter[str] = Counter()
        if not path.exists():
            return
        try:
            with open(path, "r+b") as file:
                self._read(file, str(path))
        except OSError as error:
            raise InputError(f"Cannot be read: {error.strerror}.", where=str(path)) from None

    def _read(self, file: IO[bytes], where: str) -> None:
        whole = 0
        for number, line in enumerate(iter(file.readline, b""), 1):
            id, failed = _id_and_failure(line) if line.endswith(b"\n") else (None, False)
            if id is None:
                if file.readline():
                    raise InputError(
                        "The line is no annotated report.",
                        where=f"{where}, line {number}",
                        remedy="--resume goes on with a file that oncotext extract has written.",
                    )
                file.truncate(whole)
                return
            self._left[id] += 1
            self.reports += 1
            self.failed += failed
            whole += len(line)

    def skip(self, id: str) -> bool:
        """Whether the next report of this id is done; to be asked once for each report."""
        if self._left[id] <= 0:
            return False
        self._left[id] -= 1
        return True


def _id_and_failure(line: bytes) -> tuple[str | None, bool]:
    try:
        report = json.loads(line)
        return str(report["id"]), bool(report.get("error"))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None, False
