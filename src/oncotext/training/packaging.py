"""A saved pipeline as a package that pip installs, made without a network."""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
from pathlib import Path

from oncotext.errors import UsageError

_TAG = "py3-none-any"


def write_package(pipeline: str | Path) -> Path:
    """Write a saved pipeline as a wheel, in a folder beside it.

    spaCy lays the package out and says what it needs; the wheel is packed here, because
    spaCy's own way of doing so downloads build tools.

    Parameters
    ----------
    pipeline : str or Path
        A folder that `oncotext train` has written.

    Returns
    -------
    Path
        The wheel: ``pip install --no-deps WHEEL``, then ``oncotext.load("onco_fr_onco_local")``.

    Raises
    ------
    UsageError
        The folder holds no pipeline.
    """
    pipeline = Path(pipeline)
    if not (pipeline / "meta.json").exists():
        raise UsageError(
            "No saved pipeline.", where=str(pipeline), remedy="Train one: oncotext train"
        )
    from spacy.cli.package import package

    target = pipeline.with_name(f"{pipeline.name}-package")
    target.mkdir(exist_ok=True)
    package(pipeline, target, create_sdist=False, silent=True, force=True)
    meta = json.loads((pipeline / "meta.json").read_text(encoding="utf-8"))
    name, version = f"{meta['lang']}_{meta['name']}", meta["version"]
    source = target / f"{name}-{version}"
    stated = json.loads((source / "meta.json").read_text(encoding="utf-8"))
    return _wheel(source, target, name, version, stated.get("requirements", []))


def _wheel(source: Path, target: Path, name: str, version: str, needs: list[str]) -> Path:
    """Pack the folder of a package with what pip wants to know of it."""
    about = f"{name}-{version}.dist-info"
    headers = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}"]
    headers += [f"Requires-Dist: {need}" for need in needs]
    added = {
        f"{about}/METADATA": "\n".join(headers) + "\n",
        f"{about}/WHEEL": f"Wheel-Version: 1.0\nGenerator: oncotext\nRoot-Is-Purelib: true\n"
        f"Tag: {_TAG}\n",
        f"{about}/entry_points.txt": f"[spacy_models]\n{name} = {name}\n",
    }
    contents = {place: text.encode() for place, text in added.items()}
    contents[f"{name}/meta.json"] = (source / "meta.json").read_bytes()
    for file in sorted((source / name).rglob("*")):
        if file.is_file():
            contents[file.relative_to(source).as_posix()] = file.read_bytes()
    record = [f"{place},{_digest(data)},{len(data)}" for place, data in contents.items()]
    record.append(f"{about}/RECORD,,")
    wheel = target / f"{name}-{version}-{_TAG}.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as packed:
        for place, data in contents.items():
            packed.writestr(place, data)
        packed.writestr(f"{about}/RECORD", "\n".join(record) + "\n")
    return wheel


def _digest(data: bytes) -> str:
    code = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
    return f"sha256={code}"
