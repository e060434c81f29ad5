"""The page: its template, its style and its scripts from the files beside, the data as JSON."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib import resources
from typing import Final

from pytest_offline.report.packing import Part
from pytest_offline.report.summary import Run, in_order, index_of

MOST_PICTURES: Final = 32_000_000
"""Characters of all pictures together; failures come first, and the page says what is left out."""

_SCRIPTS: Final = ("data.js", "elements.js", "timeline.js", "events.js", "detail.js", "main.js")
_HERE: Final = "pytest_offline.report"
_PLACES: Final = ("policy", "style", "index", "script", "blocks")


def page(parts: Iterable[Part], run: Run | None = None) -> Iterator[str]:
    """The whole page, in pieces to be written one after the other."""
    ordered = in_order(parts)
    style = _file("page.css")
    script = "\n".join(map(_file, _SCRIPTS))
    index = index_of(ordered, run or Run())
    filled = {
        "policy": _policy(style, script),
        "style": style,
        "index": as_json(index),
        "script": script,
    }
    rest = _file("page.html")
    for name in _PLACES[:-1]:
        before, _, rest = rest.partition(f"<!--{name}-->")
        yield before
        yield filled[name]
    before, _, rest = rest.partition("<!--blocks-->")
    yield before
    yield from _blocks(ordered)
    yield rest


def as_json(data: object) -> str:
    """JSON that may stand in a script element: ASCII, and without the sign that could end it."""
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")


def _blocks(parts: Sequence[Part]) -> Iterator[str]:
    """A block for each test, then one for each picture; in base64, which has no sign of HTML."""
    for number, part in enumerate(parts):
        yield _block(f"test-{number}", part.data)
    left = MOST_PICTURES
    known: set[str] = set()
    for part in parts:
        for name, picture in part.pictures.items():
            if name not in known and len(picture) <= left:
                known.add(name)
                left -= len(picture)
                yield _block(f"picture-{name}", picture)


def _block(name: str, data: str) -> str:
    return f'<script type="text/plain" id="{name}">{data}</script>\n'


def _policy(style: str, script: str) -> str:
    """Only this style and this script, pictures that are here, and not one request."""
    return (
        f"default-src 'none'; img-src data:; style-src '{_digest(style)}'; "
        f"script-src '{_digest(script)}'; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@cache
def _file(name: str) -> str:
    return resources.files(_HERE).joinpath(name).read_text(encoding="utf-8")
