"""From a cache manifest to a service worker with the same offline behaviour.

The worker is ``worker.js``, beside this module; what differs from site to site is put in as JSON.
Which rules it follows, and what cannot be the same, is said in its first lines.
"""

from __future__ import annotations

import hashlib
import json
import re
from importlib import resources
from typing import Final, cast

import ada_url

from pytest_offline.errors import UsageError
from pytest_offline.model import Manifest

ORIGIN: Final = "https://site.invalid"
"""Where a manifest is taken to be served if only a path is known; no worker shows it."""

_PLACE: Final = re.compile(r"\b__([A-Z_]+)__\b")


def migrate(manifest: Manifest) -> str:
    """The text of the service worker.

    URLs on the manifest's origin become paths, so the worker runs wherever the site is.
    """
    data: dict[str, object] = {
        "MANIFEST": _shown(manifest.url, manifest),
        "FILES": [_shown(url, manifest) for url in files_of(manifest)],
        "FALLBACK": [
            [_shown(prefix, manifest), _shown(file, manifest)]
            for prefix, file in sorted(manifest.fallback.items(), key=_longest_first)
        ],
        "NETWORK": [_shown(url, manifest) for url in manifest.network],
        "NETWORK_WILDCARD": manifest.network_wildcard,
        "PREFER_ONLINE": manifest.prefer_online,
    }
    template = resources.files("pytest_offline.manifests").joinpath("worker.js").read_text("utf-8")
    # All of the script counts: one that changed in any way may not write into another's caches.
    whole = json.dumps([template, data, manifest.text])
    data["VERSION"] = hashlib.sha256(whole.encode()).hexdigest()[:12]
    return _PLACE.sub(lambda found: _as_script(data[found[1]]), template)


def files_of(manifest: Manifest) -> tuple[str, ...]:
    """What has to be fetched: explicit entries, then fallback entries, each once."""
    return tuple(dict.fromkeys([*manifest.explicit, *manifest.fallback.values()]))


def served_at(url: str | None, name: str) -> str:
    """The absolute URL of a manifest, of which at most a path is known.

    Args:
        url: as it is served: absolute, or a path; None for the root of the site.
        name: of the file.

    Raises:
        UsageError: it is neither.
    """
    if url is None:
        # A name may hold what means something in a URL.
        escaped = "".join(f"%{ord(each):02X}" if each in "%?#\\" else each for each in name)
        return ada_url.join_url(ORIGIN, f"/{escaped}")
    try:
        if url.startswith("/"):
            return ada_url.join_url(ORIGIN, url)
        if ada_url.URL(url).protocol in ("http:", "https:"):
            return ada_url.URL(url).href
    except ValueError:
        pass
    raise UsageError(
        f"--url {url!r} is neither a path nor an http(s) URL, and the manifest's entries are "
        f"relative to it; give it as it is served: --url /{name}, --url https://example.com/{name}"
    )


def _longest_first(item: tuple[str, str]) -> int:
    return -len(item[0])


def _shown(url: str, manifest: Manifest) -> str:
    origin = ada_url.URL(manifest.url).origin
    return url.removeprefix(origin) if url.startswith(f"{origin}/") else url


def _as_script(value: object) -> str:
    # JSON is JavaScript; what is no ASCII is escaped, so no character of it ends a line.
    if isinstance(value, list) and value:
        lines = "".join(f"  {json.dumps(each)},\n" for each in cast("list[object]", value))
        return f"[\n{lines}]"
    return json.dumps(value)
