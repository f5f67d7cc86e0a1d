"""Where a figure comes from: corpus, machine, versions, date; and where it is stored."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
# One process each means one core each: no threads behind the back of the clock.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

Result = dict[str, Any]


def text_files(folder: Path) -> list[tuple[str, Path]]:
    """The ``.txt`` files under a folder with their relative names, in the order of the names."""
    return sorted((path.relative_to(folder).as_posix(), path) for path in folder.rglob("*.txt"))


def corpus_facts(files: Iterable[tuple[str, Path]]) -> Result:
    """Number, characters and a SHA-256 over names and contents; files are read one by one."""
    digest, count, chars = hashlib.sha256(), 0, 0
    for name, path in files:
        content = path.read_bytes()
        for part in (name.encode(), content):
            digest.update(len(part).to_bytes(8, "big") + part)
        count += 1
        chars += len(content.decode("utf-8", "replace"))
    return {"texts": count, "chars": chars, "sha256": digest.hexdigest()}


def machine() -> Result:
    """Processor, cores and system; no name of a host or user."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    affinity = getattr(os, "sched_getaffinity", None)
    return {
        "processor": models[0] if models else platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "usable_cores": len(affinity(0)) if affinity else os.cpu_count(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
    }


def load_average() -> list[float] | None:
    """Of the last 1, 5 and 15 minutes: tells whether others used the machine meanwhile."""
    return [round(value, 2) for value in os.getloadavg()] if hasattr(os, "getloadavg") else None


def store(result: Result, out: Path) -> None:
    """Write a result as JSON, its figures with four digits."""
    out.parent.mkdir(parents=True, exist_ok=True)
    short = lambda digits: float(f"{float(digits):.4g}")
    rounded = json.loads(json.dumps(result), parse_float=short)
    out.write_text(json.dumps(rounded, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def now() -> str:
    """Date and time, UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
