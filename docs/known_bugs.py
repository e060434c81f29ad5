"""Writes the table of known bugs into docs/bundles.md: ``python docs/known_bugs.py``."""

from __future__ import annotations

from pathlib import Path

from pytest_offline.bundles.known_bugs import KNOWN_BUGS

PAGE = Path(__file__).parent / "bundles.md"
BEGIN, END = "<!-- known bugs -->\n", "<!-- /known bugs -->"


def table() -> str:
    rows = ["| id | what it does | versions |", "| --- | --- | --- |"]
    rows += [
        f"| [`{bug.id}`]({bug.link}) | {bug.effect.replace('|', chr(92) + '|')} "
        f"| {', '.join(map(str, bug.affected))} |"
        for bug in KNOWN_BUGS.values()
    ]
    return "\n".join(rows) + "\n"


def written(page: str) -> str:
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}{table()}{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
