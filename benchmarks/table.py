"""The table 'What it does, and how well' of README.md and README.fr.md, from stored results.

    python benchmarks/table.py [--check]

It is written between ``<!-- results -->`` and ``<!-- /results -->``. Rows without a stored
result are left out. ``--check`` writes nothing and fails where a README says something else.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from provenance import RESULTS, Result
from table_rows import BLIND, GOLD, PEERS, Row, compared, development, number, shortcomings
from table_words import HEAD, INTRO, MEASURED, OTHERS, WEAK, Language

ROOT = Path(__file__).parent.parent
TRAINED = ROOT / "models" / "fr_onco_fracco_sm"
PAGES: dict[str, Language] = {"README.md": "en", "README.fr.md": "fr"}
BENCHMARKS = ("accuracy", "linking", "peers", "speed", "memory", "robustness")
_BETWEEN = re.compile(r"(<!-- results -->\n).*?(<!-- /results -->)", re.DOTALL)


def stored(folder: Path = RESULTS) -> dict[str, Result]:
    """The stored results by the name of their benchmark; those that are not there are left out."""
    paths = {name: folder / f"{name}.json" for name in BENCHMARKS}
    if folder == RESULTS:
        paths["trained"] = TRAINED / "results.json"
    return {
        name: json.loads(path.read_text(encoding="utf-8"))
        for name, path in paths.items()
        if path.exists()
    }


def rendered(results: dict[str, Result], language: Language) -> str:
    """The text between the markers."""
    parts = []
    corpora = results.get("accuracy", {}).get("corpora", {})
    if all(name in corpora for name in GOLD):
        values = {name: number(value, language) for name, value in BLIND.items()}
        parts.append(INTRO[language].format(**values, **measured(corpora)))
        parts.append(markdown(HEAD["development"][language], development(corpora, language)))
    if rows := compared(results, language):
        others = OTHERS[language].format(**peer_versions(results))
        parts += [others, markdown(HEAD["compared"][language], rows)]
    if lines := shortcomings(corpora, language):
        parts.append(WEAK[language] + "\n\n" + "\n".join(f"* {line}" for line in lines))
    parts.append(MEASURED[language])
    return "\n\n".join(parts) + "\n"


def measured(corpora: Result) -> dict[str, Any]:
    """When, with which version and on how many reports the project's corpora were measured."""
    dates = sorted({corpora[name]["date"][:10] for name in GOLD})
    versions = sorted({corpora[name]["versions"]["oncotext"] for name in GOLD})
    return {
        "date": " / ".join(dates),
        "version": " / ".join(versions),
        "reports": [corpora[name]["corpus"]["reports"] for name in GOLD],
    }


def peer_versions(results: dict[str, Result]) -> dict[str, str]:
    """Of the libraries compared with."""
    found = dict.fromkeys(PEERS, "")
    for corpus in results.get("peers", {}).get("corpora", {}).values():
        for name, facts in corpus["peers"].items():
            found[name] = facts["versions"][name]
    return found


def markdown(head: Sequence[str], rows: Sequence[Row]) -> str:
    """A table; the first two columns are words."""
    rule = ["---", *("---:" if name in ("n", "F1 (95 %)") else "---" for name in head[1:])]
    lines = [head, rule, *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def page(text: str, table: str) -> str:
    """A README with the table between its markers."""
    if not _BETWEEN.search(text):
        raise SystemExit("No '<!-- results -->' and '<!-- /results -->' found.")
    return _BETWEEN.sub(lambda found: found[1] + table + found[2], text)


def main() -> None:
    """Write the tables, or check them."""
    parser = argparse.ArgumentParser(description="The results table of the READMEs.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where it differs")
    args = parser.parse_args()
    results, stale = stored(), []
    for name, language in PAGES.items():
        path = ROOT / name
        text = path.read_text(encoding="utf-8")
        wanted = page(text, rendered(results, language))
        if wanted == text:
            continue
        stale.append(name)
        if not args.check:
            path.write_text(wanted, encoding="utf-8", newline="\n")
    if args.check and stale:
        sys.exit(f"Not as the stored results say: {', '.join(stale)}. Run benchmarks/table.py.")
    print(f"{'Differ' if args.check else 'Written'}: {', '.join(stale) or 'none'}")


if __name__ == "__main__":
    main()
