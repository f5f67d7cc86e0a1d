"""How much memory oncotext takes: the peak of a process that runs all texts of a folder.

    python benchmarks/memory.py --texts DIR [--python PYTHON]

Each figure is the peak resident size of a fresh interpreter (``getrusage``). Linux hands the
peak of a process down to the programs it starts, so this script imports nothing large and
reads no text before they have run. An interpreter that imports nothing shows what was handed
down: a figure near that floor says nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from provenance import (
    ONE_THREAD,
    RESULTS,
    corpus_facts,
    load_average,
    machine,
    now,
    store,
    text_files,
)

PEAK = """
import json, resource, sys
from importlib import metadata
def version(name):
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return str(getattr(sys.modules.get(name), "__version__", "not installed"))
unit = 1 if sys.platform == "darwin" else 1024
print(json.dumps({
    "peak_bytes": unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    "versions": {"python": sys.version.split()[0],
                 **{name: version(name) for name in ("oncotext", "spacy", "numpy")}},
    **globals().get("facts", {}),
}))
"""
# One text at a time is in memory, and no report is kept: what remains is the library's own.
ALL_TEXTS = """
import sys
from pathlib import Path
import oncotext
folder, pipeline, *disable = sys.argv[1:]
nlp = oncotext.load(pipeline, disable=disable)
texts = (path.read_bytes().decode("utf-8") for path in sorted(Path(folder).rglob("*.txt")))
reports = mentions = 0
for doc in nlp.pipe(texts, batch_size=32):
    reports += 1
    mentions += len(doc._.report.mentions)
facts = {"reports": reports, "mentions": mentions}
"""
LOADED = """
import sys, oncotext
nlp = oncotext.load(sys.argv[2], disable=sys.argv[3:])
nlp("Carcinome canalaire infiltrant du sein gauche, pT2 N1 M0.")
"""
PROGRAMS = {
    "floor (nothing imported)": "",
    "import spacy": "import spacy\n",
    "oncotext loaded, one line processed": LOADED,
    "oncotext, all texts": ALL_TEXTS,
}

Result = dict[str, Any]


def peak(python: str, program: str, arguments: Sequence[str]) -> Result:
    """What a fresh interpreter says of itself after it ran the program."""
    done = subprocess.run(
        [python, "-c", program + PEAK, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **ONE_THREAD},
    )
    if done.returncode:
        raise SystemExit(f"{python} failed:\n{done.stderr[-1500:]}")
    answer: Result = json.loads(done.stdout.splitlines()[-1])
    return answer


def measure(args: argparse.Namespace) -> Result:
    """All figures of one run, as they are stored; the least of several tries of each."""
    arguments = [str(args.texts), args.pipeline, *args.disable]
    peaks: Result = {}
    for name, program in PROGRAMS.items():
        tries = [peak(args.python, program, arguments) for _ in range(args.repeats)]
        best = min(tries, key=lambda answer: answer["peak_bytes"])
        found = best.pop("versions")
        peaks[name] = {**best, "tries_bytes": [answer["peak_bytes"] for answer in tries]}
    spacy, whole = (peaks[name]["peak_bytes"] for name in ("import spacy", "oncotext, all texts"))
    return {
        "benchmark": "memory",
        "date": now(),
        "machine": machine(),
        "load_average_after": load_average(),
        "corpus": {"name": args.texts.resolve().name, **corpus_facts(text_files(args.texts))},
        "settings": {name: getattr(args, name) for name in ("pipeline", "disable", "repeats")},
        "versions": found,
        "peaks": peaks,
        "beyond_spacy_bytes": whole - spacy,
    }


def show(result: Result) -> None:
    """Print the result as a table."""
    from rich.console import Console
    from rich.table import Table

    facts, corpus = result["versions"], result["corpus"]
    title = (
        f"Peak memory, {corpus['texts']} texts ({corpus['chars']:,} characters), "
        f"spaCy {facts['spacy']}, numpy {facts['numpy']}"
    )
    table = Table("", "MB", title=title, title_justify="left")
    table.columns[1].justify = "right"
    for name, row in result["peaks"].items():
        table.add_row(name, f"{row['peak_bytes'] / 1e6:.1f}")
    table.add_row("beyond spaCy's import", f"{result['beyond_spacy_bytes'] / 1e6:.1f}")
    Console().print(table)


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Peak memory of oncotext.")
    parser.add_argument("--texts", type=Path, required=True, help="folder of .txt files (UTF-8)")
    parser.add_argument("--python", default=sys.executable, help="whose oncotext is measured")
    parser.add_argument("--pipeline", default="fr_onco_rules")
    parser.add_argument("--disable", action="append", default=[], help="a pipe to leave out")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--out", type=Path, default=RESULTS / "memory.json")
    args = parser.parse_args(arguments)
    if not args.texts.is_dir() or not text_files(args.texts):
        parser.error("--texts must be a folder of .txt files")
    if args.repeats < 1:
        parser.error("--repeats must be at least 1")
    return args


def main() -> None:
    """Measure, store and show."""
    args = parse()
    result = measure(args)
    store(result, args.out)
    show(result)
    print(f"Stored in {args.out}")


if __name__ == "__main__":
    main()
