"""What was built into .build/manual holds what it takes from the code, and asks for nothing else.

``make manual`` builds it with warnings as errors and then runs this.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

BUILT: Final = Path(__file__).parents[1] / ".build" / "manual"

SAID: Final = {
    "reference/command-line.html": "pytest-offline browsers install",
    "reference/options.html": "--offline-require-builds",
    "reference/fixtures.html": "A build that was named and is not on this machine",
    "reference/origin.html": "cut_after",
    "reference/models.html": "match_all",
    "reference/errors.html": "NotReady",
    "compat.html": "rule by rule",
}

ASKED: Final = ('src="http', 'rel="stylesheet" href="http', "fonts.googleapis")

PART: Final = re.compile(
    r'(?:<script src|<img [^>]*src|rel="stylesheet" href)="(?!data:|http)([^"]+)"'
)
"""What a page is shown with: scripts of the theme, styles, pictures."""


def faults() -> list[str]:
    found = [
        f"{page} does not say {said!r}"
        for page, said in SAID.items()
        if said not in (BUILT / page).read_text(encoding="utf-8")
    ]
    for page in BUILT.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        found += [f"{page.relative_to(BUILT)} asks for {each}" for each in ASKED if each in text]
        parts = [part for part in PART.findall(text) if not part.startswith("/")]
        found += [
            f"{page.relative_to(BUILT)} is shown with {part}, which was not built"
            for part in parts
            if not (page.parent / part).exists()
        ]
    return found


if __name__ == "__main__":
    sys.exit("\n".join(faults()) or 0)
