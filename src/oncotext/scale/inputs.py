"""Files of reports: text, folders, tables, JSON Lines, Parquet, standard input.

Every reader is lazy and gives, for each report, ``(id, text)`` or, where it cannot be read,
an annotated report that holds the error. What makes a whole input useless (no such file, no
such column) raises `InputError` before the first report is read.
"""

from __future__ import annotations

import codecs
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from oncotext.errors import (
    BinaryInputError,
    DuplicateIdError,
    EmptyReportError,
    InputError,
    OncotextError,
    ReportTooLongError,
    UsageError,
)
from oncotext.extraction import MAX_CHARS
from oncotext.report import AnnotatedReport
from oncotext.scale.batch import failed, printable

Row = tuple[str, str] | AnnotatedReport
Reader = Iterator[Row]

# A character takes at most four bytes in any encoding that Python knows by default.
_BYTES_A_CHAR = 4


@dataclass(slots=True)
class Decoder:
    """Bytes to text: in the encoding asked for; else UTF-8, else Windows cp1252 with a warning.

    Parameters
    ----------
    encoding : str, optional
        Anything that is not valid in it fails.
    warn : callable
        Called once for each file that is read as cp1252.
    """

    encoding: str | None = None
    warn: Callable[[str], None] = lambda message: None
    _warned: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        try:
            codecs.lookup(self.encoding or "utf-8")
        except LookupError:
            raise UsageError(
                f"Unknown encoding {self.encoding!r}.", remedy="For example utf-8, cp1252, utf-16."
            ) from None

    def decode(self, raw: bytes, where: str, file: str) -> str:
        """The text of a report; raises `InputError` where it has none."""
        if self.encoding:
            try:
                return raw.decode(self.encoding).removeprefix("\ufeff")
            except UnicodeError:
                remedy = "Leave out --encoding, or name the right one."
                raise InputError(
                    f"Not valid {self.encoding}.", where=where, remedy=remedy
                ) from None
        if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise BinaryInputError("The text is UTF-16.", where=where, remedy="--encoding utf-16")
        if b"\x00" in raw:
            remedy = "Export it as plain text (UTF-8)."
            raise BinaryInputError("Not text: it holds NUL bytes.", where=where, remedy=remedy)
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            return self._windows(raw, where, file)

    def repair(self, cell: str, where: str, file: str) -> str:
        """The text of a table's cell that was decoded with ``surrogateescape``."""
        if cell.isascii() or not any("\udc80" <= char <= "\udcff" for char in cell):
            return cell
        if self.encoding:
            remedy = "Leave out --encoding, or name the right one."
            raise InputError(f"Not valid {self.encoding}.", where=where, remedy=remedy)
        return self._windows(cell.encode("utf-8", "surrogateescape"), where, file)

    def _windows(self, raw: bytes, where: str, file: str) -> str:
        try:
            text = raw.decode("cp1252")
        except UnicodeDecodeError:
            raise InputError(
                "Neither valid UTF-8 nor cp1252.", where=where, remedy="Name its --encoding."
            ) from None
        if file not in self._warned:
            self._warned.add(file)
            self.warn(f"{where}: not valid UTF-8, read as cp1252 (--encoding names another).")
        return text


@dataclass(frozen=True, slots=True)
class Options:
    """How inputs are read."""

    id_column: str = "id"
    text_column: str = "text"
    decoder: Decoder = field(default_factory=Decoder)
    max_chars: int = MAX_CHARS


@dataclass(slots=True)
class Inputs:
    """The reports of several inputs, one after the other.

    Attributes
    ----------
    total : int or None
        How many there are, where that is known without reading them.
    """

    readers: list[Reader]
    total: int | None

    def __iter__(self) -> Reader:
        return unique(row for reader in self.readers for row in reader)


def read_inputs(paths: Sequence[str | Path], options: Options) -> Inputs:
    """Open inputs: text files, folders, tables, ``-`` for standard input.

    Raises
    ------
    InputError
        An input does not exist, or is no table of reports.
    MissingExtraError
        A Parquet file, without pyarrow.
    """
    readers: list[Reader] = []
    total: int | None = 0
    for path in paths:
        reader, count = _open(str(path), options)
        readers.append(reader)
        total = total + count if total is not None and count is not None else None
    return Inputs(readers, total)


def unique(rows: Iterable[Row]) -> Reader:
    """The same rows; one whose id came before is a failure."""
    seen: set[str] = set()
    for row in rows:
        id = row.id if isinstance(row, AnnotatedReport) else row[0]
        if id in seen:
            remedy = "Give each report an id of its own."
            yield failed(id, DuplicateIdError(f"The id {id!r} was used before.", remedy=remedy))
        else:
            seen.add(id)
            yield row


def _open(name: str, options: Options) -> tuple[Reader, int | None]:
    from oncotext.scale import tables

    if name == "-":
        return tables.read_stream(sys.stdin.buffer, options), None
    path = Path(name)
    if path.is_dir():
        files, faults = _text_files(path)
        return _read_folder(path, files, faults, options), len(files) + len(faults)
    if not path.exists():
        raise InputError("No such file or folder.", where=name, remedy="Check the path.")
    suffix = path.suffix.lower()
    if suffix in (".csv", ".tsv"):
        return tables.read_csv(path, options), None
    if suffix in (".jsonl", ".ndjson"):
        return tables.read_jsonl(path, options), None
    if suffix == ".parquet":
        return tables.read_parquet(path, options)
    return (_read_file(each, printable(each.stem), options) for each in (path,)), 1


def _text_files(folder: Path) -> tuple[list[Path], list[OSError]]:
    """The ``.txt`` files under a folder in the order of their names, hidden ones left out."""
    files: list[Path] = []
    faults: list[OSError] = []
    for root, folders, names in os.walk(folder, onerror=faults.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        files += [
            Path(root, name)
            for name in sorted(names)
            if name.lower().endswith(".txt") and not name.startswith(".")
        ]
    if not files and not faults:
        raise InputError("No .txt file in this folder.", where=str(folder))
    return files, faults


def _read_folder(
    folder: Path, files: list[Path], faults: list[OSError], options: Options
) -> Reader:
    for fault in faults:
        path = Path(str(fault.filename))
        yield failed(path.relative_to(folder).as_posix(), _unreadable(fault, path))
    for path in files:
        id = path.relative_to(folder).with_suffix("").as_posix()
        yield _read_file(path, printable(id), options)


def _read_file(path: Path, id: str, options: Options) -> Row:
    """One file as one report."""
    try:
        if path.suffix.lower() == ".gold":
            from oncotext.corpora.inline import read_gold

            return id, read_gold(path).text
        with open(path, "rb") as file:
            return id, read_text(file, str(path), options)
    except OncotextError as error:
        return failed(id, error)
    except OSError as error:
        return failed(id, _unreadable(error, path))


def read_text(file: BinaryIO, where: str, options: Options, start: bytes = b"") -> str:
    """All of a file as the text of one report; ``start`` was read from it before."""
    most = options.max_chars * _BYTES_A_CHAR + len(codecs.BOM_UTF8)
    raw = start + file.read(most + 1)
    if len(raw) > most:
        raise ReportTooLongError(
            f"The report has more than {options.max_chars:,} characters.",
            where=where,
            remedy="Raise the limit (--max-chars) or split the report.",
        )
    if not raw.strip():
        raise EmptyReportError("The report is empty.", where=where)
    return options.decoder.decode(raw, where, where)


def _unreadable(error: OSError, path: Path) -> InputError:
    return InputError(f"Cannot be read: {error.strerror}.", where=str(path))
