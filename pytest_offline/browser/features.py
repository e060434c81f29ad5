"""Features of a found Chromium that cost every test time, and that no page ever meets.

The list below the address bar is two web pages in each window, and a context is a window; besides,
a spare renderer is started for a next page, which a test seldom has. In Chromium 156 a context with
a page takes 0.37 s of processor time with them, and 0.20 s without.

``--disable-features`` counts once, and its last list wins; so Playwright's own has to be in ours.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

IDLE: Final = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "SpareRendererForSitePerProcess")

_BUNDLES: Final = ("lib/coreBundle.js", "lib/server/chromium/chromiumSwitches.js")
_LIST: Final = re.compile(r"disabledFeatures = (?:\([^)]*\) => |\w+ => )?\[(.*?)\]", re.S)
_NAME: Final = re.compile(r'^\s*"(\w+)"', re.M)


def without_idle_features() -> tuple[str, ...]:
    """The switch that turns them off; none where Playwright's own list is not to be found."""
    package = find_spec("playwright")
    folders = package.submodule_search_locations if package is not None else None
    theirs = disabled_by_playwright(Path((folders or ["."])[0]) / "driver" / "package")
    return ("--disable-features=" + ",".join((*theirs, *IDLE)),) if theirs else ()


@cache
def disabled_by_playwright(package: Path) -> tuple[str, ...]:
    """What Playwright turns off by itself, read from its driver; empty where that looks otherwise.

    Nothing else tells (packages/playwright-core/src/server/chromium/chromiumSwitches.ts).
    """
    for name in _BUNDLES:
        if (package / name).is_file():
            found = _LIST.search((package / name).read_text(encoding="utf-8"))
            return tuple(_NAME.findall(found[1])) if found else ()
    return ()
