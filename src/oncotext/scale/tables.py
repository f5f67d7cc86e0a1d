"""Tables of reports, read row by row: CSV, JSON Lines, Parquet, standard input."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from oncotext.errors import BinaryInputError, InputError, MissingExtraError, OncotextError
from oncotext.scale.batch import failed, printable
from oncotext.scale.inputs import Options, Reader, Row, read_text

_DELIMITERS = (",", ";", "\t", "|")
_ROWS_AT_ONCE = 256
_NAME = re.compile(r"[\w .:/()#°-]{0,40}")
# the csv module's own limit of 131,072 characters is less than a long report
_LARGEST_CELL = 2**31 - 1
_STDIN = "stdin"


def read_csv(path: Path, options: Options) -> Reader:
    """Rows of a CSV or TSV file whose first line names the columns.

    The delimiter is a tab in ``.tsv``; else the one of ``, ; TAB |`` that makes the id and
    text columns appear.
    """
    csv.field_size_limit(max(csv.field_size_limit(), _LARGEST_CELL))
    try:
        # Bytes that are no UTF-8 come through as surrogates; each cell is repaired alone,
        # so that one wrong row does not change how the others are read.
        file = open(  # noqa: SIM115 - closed by the generator
            path,
            encoding=options.decoder.encoding or "utf-8-sig",
            errors="surrogateescape",
            newline="",
        )
        first, before = file.readline(), 1
        while first and not first.strip():
            first, before = file.readline(), before + 1
    except (OSError, UnicodeError) as error:
        raise _no_table(path, error) from None
    if "\x00" in first:
        file.close()
        raise BinaryInputError("Not a text table.", where=str(path), remedy="Export it as CSV.")
    delimiters = ("\t",) if path.suffix.lower() == ".tsv" else _DELIMITERS
    try:
        columns, delimiter = _header(file, first, delimiters, options, str(path))
    except OncotextError:
        file.close()
        raise
    rows = csv.reader(file, delimiter=delimiter, strict=True)
    return _csv_rows(file, rows, columns, before, path, options)


def _header(
    file: Iterable[str], first: str, delimiters: Sequence[str], options: Options, where: str
) -> tuple[list[str], str]:
    """The columns' names and the delimiter under which there are most of those wanted."""
    if not first:
        raise InputError("The table is empty.", where=where)
    wanted = {options.id_column, options.text_column}
    best: tuple[int, int] = (-1, -1)
    columns: list[str] = []
    delimiter = delimiters[0]
    for candidate in delimiters:
        names = [name.strip().removeprefix("\ufeff") for name in _split(first, candidate)]
        rank = (len(wanted & set(names)), len(names))
        if rank > best:
            best, columns, delimiter = rank, names, candidate
    check_columns(columns, options, where)
    return columns, delimiter


def _split(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def check_columns(columns: Sequence[str], options: Options, where: str) -> None:
    """Raise `InputError` naming the columns there are, unless id and text are among them."""
    lacking = [name for name in (options.id_column, options.text_column) if name not in columns]
    if not lacking:
        return
    found = f"No column {' and no column '.join(map(repr, lacking))}"
    # Without a header the first line is a report, which no message may show.
    if not all(_NAME.fullmatch(name) for name in columns):
        remedy = "The first line must name the columns."
        raise InputError(f"{found}; the first line names none.", where=where, remedy=remedy)
    raise InputError(
        f"{found}; there are: {', '.join(columns[:30])}.",
        where=where,
        remedy="Name them with --id-column and --text-column.",
    )


def _csv_rows(
    file: io.TextIOWrapper, rows: Any, columns: list[str], before: int, path: Path, options: Options
) -> Reader:
    """The rows after the header, which is line ``before``."""
    at_id, at_text = columns.index(options.id_column), columns.index(options.text_column)
    with file:
        while True:
            line = before + rows.line_num + 1
            where, unnamed = f"{path}, line {line}", f"{path.name}:{line}"
            try:
                cells = next(rows)
            except StopIteration:
                return
            except csv.Error:
                yield failed(unnamed, InputError("Quotes are wrong here.", where=where))
                continue
            except (OSError, UnicodeError) as error:
                yield failed(unnamed, _no_table(path, error))
                return
            if not any(cells):
                continue
            yield _csv_row(cells, len(columns), (at_id, at_text), (where, unnamed), path, options)


def _csv_row(
    cells: list[str],
    width: int,
    places: tuple[int, int],
    names: tuple[str, str],
    path: Path,
    options: Options,
) -> Row:
    where, id = names
    at_id, at_text = places
    repair = options.decoder.repair
    try:
        if at_id < len(cells):
            id = repair(cells[at_id], where, str(path)).strip() or id
        if len(cells) < width or any(cells[width:]):
            raise InputError(
                f"The row has {len(cells)} cells, the header {width}.",
                where=where,
                remedy="Texts with delimiters, quotes or line breaks must be quoted.",
            )
        if id == names[1]:
            raise InputError(f"No {options.id_column}.", where=where)
        return printable(id), repair(cells[at_text], where, str(path))
    except OncotextError as error:
        return failed(id, error)


def read_jsonl(path: Path, options: Options) -> Reader:
    """Rows of a JSON Lines file, one object a line."""
    try:
        file = open(path, "rb")  # noqa: SIM115 - closed by the generator
        first = file.readline()
    except OSError as error:
        raise _no_table(path, error) from None
    row = _json_object(first, options)
    if row is not None:
        try:
            check_columns(list(row), options, str(path))
        except OncotextError:
            file.close()
            raise
    return _json_rows(itertools.chain([first], file), file, path.name, str(path), options)


def _json_object(line: bytes, options: Options) -> dict[str, Any] | None:
    """The object of a line; None where there is none."""
    encoding = options.decoder.encoding or "utf-8-sig"
    try:
        value = json.loads(line.decode(encoding, "replace").removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _json_rows(
    lines: Iterable[bytes], file: BinaryIO, name: str, where: str, options: Options
) -> Reader:
    with file:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield _json_row(line, f"{name}:{number}", f"{where}, line {number}", where, options)


def _json_row(line: bytes, id: str, where: str, file: str, options: Options) -> Row:
    try:
        try:
            row = json.loads(options.decoder.decode(line, where, file))
        except (ValueError, RecursionError):
            raise InputError("The line is not JSON.", where=where) from None
        if not isinstance(row, dict):
            raise InputError("The line is not a JSON object.", where=where)
        return _row(row.get(options.id_column), row.get(options.text_column), id, where, options)
    except OncotextError as error:
        return failed(id, error)


def _row(given: Any, text: Any, unnamed: str, where: str, options: Options) -> Row:
    """The row of an id and a text of any type."""
    if given is None or given == "" or isinstance(given, (bool, list, dict, bytes)):
        return failed(unnamed, InputError(f"No {options.id_column}.", where=where))
    id = printable(str(given))
    if not isinstance(text, str):
        found = "no text" if text is None else f"of type {type(text).__name__}"
        return failed(id, InputError(f"{options.text_column} is {found}.", where=where))
    return id, text


def read_parquet(path: Path, options: Options) -> tuple[Reader, int]:
    """Rows of a Parquet file, and how many there are; needs pyarrow."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise MissingExtraError("Parquet", "data") from None
    try:
        table = pq.ParquetFile(path)
    except (OSError, pa.ArrowException) as error:
        raise _no_table(path, error) from None
    check_columns(table.schema_arrow.names, options, str(path))
    return _parquet_rows(table, path, options), table.metadata.num_rows


def _parquet_rows(table: Any, path: Path, options: Options) -> Reader:
    columns = [options.id_column, options.text_column]
    number = 0
    batches = table.iter_batches(batch_size=_ROWS_AT_ONCE, columns=columns)
    while True:
        try:
            batch = next(batches)
        except StopIteration:
            return
        except Exception as error:  # a torn file: pyarrow raises errors of several kinds
            unnamed = f"{path.name}:{number + 1}"
            yield failed(unnamed, _no_table(path, error))
            return
        for id, text in zip(batch.column(columns[0]), batch.column(columns[1]), strict=True):
            number += 1
            where = f"{path}, row {number}"
            yield _row(_value(id), _value(text), f"{path.name}:{number}", where, options)


def _value(scalar: Any) -> Any:
    try:
        return scalar.as_py()
    except UnicodeDecodeError:
        return None


def read_stream(file: BinaryIO, options: Options) -> Iterator[Row]:
    """Standard input: JSON Lines where its first line is a JSON object with the text column,
    else the text of one report, whose id is ``stdin``."""
    first = file.readline()
    row = _json_object(first, options)
    if row is not None and options.text_column in row:
        check_columns(list(row), options, _STDIN)
        yield from _json_rows(itertools.chain([first], file), io.BytesIO(), _STDIN, _STDIN, options)
        return
    try:
        yield _STDIN, read_text(file, _STDIN, options, start=first)
    except OncotextError as error:
        yield failed(_STDIN, error)


def _no_table(path: Path, error: Exception) -> InputError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else None
    return InputError(f"Cannot be read: {reason or type(error).__name__}.", where=str(path))
