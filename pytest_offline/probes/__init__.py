"""The probes as text: what is injected into pages, and what stands in front of worker scripts.

Nothing here runs. The JavaScript lives in the files of this folder and is joined in a fixed
order, so the same build of this package always gives the same bytes: a browser compares a worker
script byte by byte to see an update.

What is known to go unseen, or to be seen:

- A worker whose script is a ``blob:`` or ``data:`` URL is not served by the origin, so it has no
  probe: what it does with the Cache API is not recorded.
- The stack of an error shows a frame of the probe where the real method was called from it.
- In pages of Chromium 83 an unhandled rejection of a watched method fires no
  ``unhandledrejection``: that version mutes whatever a script brought in by a debugger has thrown.
- The same holds for what ``applicationCache`` throws there, where nobody catches it.
- Playwright leaves two names of its own (``__playwright__binding__…``) on every window.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

INTERNAL: Final = "/__pytest_offline__/"
"""Paths below this one belong to the probes on every origin; no ledger shows them."""

MODULE_PATH: Final = INTERNAL + "probe.js"
"""Where the origin serves the probe for module workers."""

READER_PATH: Final = INTERNAL + "reader"
"""An empty document, to read a worker's records where no page of the origin is open."""

MARKER_START: Final = "/*pytest-offline*/"
MARKER_END: Final = "/*:pytest-offline*/"

_CHANNEL: Final = "pytest-offline"
_SHARED: Final = ("core.js", "store.js", "describe.js", "caches.js")
_COMMENT: Final = re.compile(r"/\*.*?\*/", re.DOTALL)

# What may stand before a module's first import, or before a directive: white space and comments.
_SPACE: Final = re.compile(rb"(?:\s|//[^\n]*\n|/\*.*?\*/)*", re.DOTALL)
_DIRECTIVE: Final = re.compile(rb"""("[^"\n]*"|'[^'\n]*')\s*(?:;|\n|$)""")
_STATIC_IMPORT: Final = re.compile(rb"""(?:import\s*["'{*]|import\s+[\w$]|export\b)""")
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"

_KIND_OF_WORKER: Final = (
    'typeof ServiceWorkerGlobalScope !== "undefined" ? "serviceworker" : '
    'typeof SharedWorkerGlobalScope !== "undefined" ? "sharedworker" : "worker"'
)
_KIND_OF_PAGE: Final = '(window === window.top ? "page" : "frame")'


def internals() -> Mapping[str, tuple[bytes, str]]:
    """What every origin serves below ``INTERNAL``: path to body and content type."""
    return {
        MODULE_PATH: (worker_script().encode(), "text/javascript"),
        # With an icon, or a browser asks the site for one.
        READER_PATH: (
            b"<!doctype html><title>reader</title><link rel=icon href=data:,>",
            "text/html",
        ),
    }


def page_script(token: str, binding: str) -> str:
    """The init script for pages and frames.

    Args:
        token: the name of the event by which a test asks the probe; nobody else can guess it.
        binding: the name of the binding that takes batches of records, as JSON.
    """
    constants = {"TOKEN": token, "BINDING": binding}
    return _bundle(
        "window", _KIND_OF_PAGE, (*_SHARED, "snapshot.js", "appcache.js", "page.js"), constants
    )


def online_script(token: str) -> str:
    """The init script by which pages of Firefox that were opened offline hear of the network again.

    Args:
        token: the name of the event that says so to each.
    """
    return _bundle("window", "null", ("online.js",), {"TOKEN": token})


@cache
def worker_script() -> str:
    """The probe of workers of every kind, on one line."""
    return _bundle("self", _KIND_OF_WORKER, (*_SHARED, "worker.js"), {})


def instrument(script: bytes) -> bytes:
    """A worker's script with the probe in front of its first line, which stays the first line.

    A classic script gets the probe itself. In a module, imports run before everything else, so a
    module that begins with one gets an import of the probe as its first. A "use strict" that
    opened the script still does. The result depends on the argument alone.
    """
    mark = _BYTE_ORDER_MARK if script.startswith(_BYTE_ORDER_MARK) else b""
    script = script[len(mark) :]
    directive, is_module = _opening(script)
    probe = f"import {json.dumps(MODULE_PATH)};" if is_module else directive + worker_script()
    return mark + f"{MARKER_START}{probe}{MARKER_END}".encode() + script


def without_probe(script: bytes) -> bytes:
    """The inverse of `instrument`; other bytes come back as they are."""
    mark = _BYTE_ORDER_MARK if script.startswith(_BYTE_ORDER_MARK) else b""
    if not script.startswith(mark + MARKER_START.encode()):
        return script
    _, _, rest = script.partition(MARKER_END.encode())
    return mark + rest


def _opening(script: bytes) -> tuple[str, bool]:
    """The directive to repeat in front of the probe, and whether an import opens the script."""
    directive = ""
    position = _end_of(_SPACE, script, 0)
    while found := _DIRECTIVE.match(script, position):
        if found.group(1)[1:-1] == b"use strict":
            directive = '"use strict";'
        position = _end_of(_SPACE, script, found.end())
    return directive, _STATIC_IMPORT.match(script, position) is not None


def _end_of(pattern: re.Pattern[bytes], text: bytes, position: int) -> int:
    found = pattern.match(text, position)
    return found.end() if found else position


def _bundle(scope: str, kind: str, names: tuple[str, ...], constants: dict[str, str]) -> str:
    """The files as one line: a site's own lines keep their numbers."""
    constants = {"CHANNEL": _CHANNEL, "INTERNAL": INTERNAL, **constants}
    heads = "".join(f"const {name} = {json.dumps(value)};" for name, value in constants.items())
    # In two halves: the text of the probe itself must not look like its own end.
    for name, marker in (("MARKER_START", MARKER_START), ("MARKER_END", MARKER_END)):
        heads += f"const {name} = {json.dumps(marker[:3])} + {json.dumps(marker[3:])};"
    return f"(() => {{ const scope = {scope}; const kind = {kind}; {heads} {_body(names)} }})();"


@cache
def _body(names: tuple[str, ...]) -> str:
    """Read once. What stands before it is another for every test, and is not kept."""
    return " ".join(_one_line(name) for name in names)


def _one_line(name: str) -> str:
    text = files(__name__).joinpath(name).read_text(encoding="utf-8")
    lines = (line.strip() for line in _COMMENT.sub("", text).splitlines())
    return " ".join(line for line in lines if line)
