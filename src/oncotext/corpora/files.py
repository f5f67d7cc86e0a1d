"""Files of a corpus: their encoding, and report ids as file names and back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from oncotext.corpora.reading import Reading
from oncotext.errors import InputError


def decoded(path: Path, reading: Reading) -> str | None:
    """The text of a file with its line ends as they are; None, and a problem, where it has none.

    UTF-8, else Windows cp1252 with a problem that says so.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        reading.problem(f"Cannot be read: {error.strerror}.", path)
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
    try:
        text = raw.decode("cp1252")
    except UnicodeDecodeError:
        reading.problem("Neither valid UTF-8 nor cp1252.", path, line)
        return None
    reading.problem("Not valid UTF-8, read as cp1252.", path, line)
    return text


def lines_of(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their numbers, however they end; a line separator inside one ends none."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield number, line.removesuffix("\r")


def files_in(path: Path, *suffixes: str) -> list[Path]:
    """A file itself; the files of a folder and those below it, by name, hidden ones left out."""
    if path.is_file():
        return [path]
    return sorted(
        file
        for file in path.rglob("*")
        if file.suffix.lower() in suffixes
        and file.is_file()
        and not any(part.startswith(".") for part in file.relative_to(path).parts)
    )


def file_name(id: str) -> str:
    """A report's id as a relative path without suffix; unusual characters as %XX."""
    return "/".join(map(_plain, id.split("/")))


def _plain(part: str) -> str:
    """A name that no system reads as something else: hidden, a parent, empty, blank at an end."""
    last = len(part) - 1
    return "".join(map(_escaped, part, (i in (0, last) for i in range(len(part))))) or "%"


def _escaped(char: str, edge: bool) -> str:
    if char.isalnum() or char in "-_()+,=@~" or (char in ". " and not edge):
        return char
    return "".join(f"%{byte:02X}" for byte in char.encode("utf-8"))


def report_id(file: Path, root: Path) -> str:
    """The id that a file stands for: its path without suffix, below the corpus' folder."""
    relative = file.relative_to(root) if root.is_dir() else Path(file.name)
    name = relative.with_suffix("").as_posix()
    id = "/".join("" if part == "%" else unquote(part) for part in name.split("/"))
    # Only what `file_name` would write is read back; another's '%20' is two digits.
    return id if file_name(id) == name else name


def new_folder(path: Path) -> Path:
    """A folder to write a corpus to: new, or empty."""
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        what, remedy = "Exists already and is not an empty folder.", "Name a new one."
        raise InputError(what, where=str(path), remedy=remedy)
    path.mkdir(parents=True, exist_ok=True)
    return path
