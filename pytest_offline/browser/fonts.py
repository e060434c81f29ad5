"""A fontconfig file of our own: the packages' own point at a folder that only exists in a cloud."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

FONTS_FILE: Final = "fonts.conf"

_TEMPLATE: Final = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
{folders}
  <cachedir>{cache}</cachedir>
</fontconfig>
"""


def fonts_conf(target: Path, folders: Iterable[Path]) -> str:
    """The text of the file: the fonts in ``folders``, and a cache below ``target``.

    The system's fonts are left out on purpose: a build shows the same everywhere, and need not
    read thousands of fonts before its first page.
    """
    lines = "\n".join(f"  <dir>{escape(str(folder))}</dir>" for folder in folders)
    return _TEMPLATE.format(folders=lines, cache=escape(str(target / "fontconfig-cache")))
