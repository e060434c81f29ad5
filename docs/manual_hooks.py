"""What the manual takes from the code while it is built: the help of commands and options.

``<!-- help: browsers -->`` on a page becomes what ``pytest-offline browsers --help`` prints,
``<!-- options -->`` our part of ``pytest --help``. Links to files beside the manual (tests, the
package) are for who reads the page in a clone; in the manual they are the name of the file.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import Any

_WIDTH = "88"


def on_page_markdown(markdown: str, **_: Any) -> str:
    """mkdocs: before a page's Markdown is turned to HTML."""
    markdown = re.sub(r"<!-- help: ?([\w -]*) -->", lambda found: _help(found[1]), markdown)
    markdown = markdown.replace("<!-- options -->", _options())
    return re.sub(
        r"\[([^\]\n]+)\]\((?:\.\./)+(?:tests|pytest_offline|docs/ci)[^)\n]*\)", r"\1", markdown
    )


def _help(command: str) -> str:
    words = ["-m", "pytest_offline", *command.split(), "--help"]
    return _block(_printed(words))


def _options() -> str:
    text = _printed(["-m", "pytest", "--help", "-p", "no:cacheprovider"])
    part = re.search(r"^offline: .*?(?=^\S)", text, re.M | re.S)
    if part is None:
        raise RuntimeError(f"no options of ours in pytest --help:\n{text[:500]}")
    return _block(part.group())


def _printed(words: list[str]) -> str:
    environment = {**os.environ, "COLUMNS": _WIDTH, "NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, *words], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)} ended with {done.returncode}: {done.stderr}")
    return done.stdout


def _block(text: str) -> str:
    return f"```text\n{text.rstrip()}\n```"
