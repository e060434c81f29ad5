"""The site cannot tell: what its scripts see is what they see without a probe."""
# ruff: noqa: E501 (scripts and wire data stand on lines of their own)

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from pytest_offline.origin import Origin

LOOK = (Path(__file__).parent / "unseen.js").read_text(encoding="utf-8")

# A script of the page's own: Chromium 83 reports no unhandled rejection of a script that the
# test evaluates.
PAGE = f"""<!doctype html><title>site</title><body><script>
const look = {LOOK.strip()};
const start = (muted) => new Promise((resolve, reject) => setTimeout(() => look(muted).then(resolve, reject)));
</script>"""

# Playwright leaves these in every page of a context that has a binding; ours makes them
# non-enumerable. They stay: Playwright delivers a binding's result through them.
PLAYWRIGHTS = [
    "__playwright__binding__",
    "__playwright__binding__controller__",
    "__pw_bidiInsertText",
]

WORKERS = {
    "worker": "const port = new Worker('/look.js');",
    "module worker": "const port = new Worker('/look.js', {type: 'module'});",
    "shared worker": "const port = new SharedWorker('/look.js').port; port.start();",
    "service worker": """
        const registration = await navigator.serviceWorker.register('/look.js');
        const port = registration.installing || registration.waiting || registration.active;""",
}

ASK = """async () => {{ {start}
  return await new Promise((resolve, reject) => {{
    const channel = new MessageChannel();
    channel.port1.onmessage = (event) => resolve(event.data);
    port.onerror = (event) => reject(new Error(event.message));
    port.postMessage("look", [channel.port2]);
  }});
}}"""

WORKER = (
    "const look = "
    + LOOK.strip()
    + """;
const answer = (event) => { look().then((seen) => event.ports[0].postMessage(seen), (error) => event.ports[0].postMessage("failed: " + error + error.stack)); };
self.onmessage = answer;
self.onconnect = (event) => { event.ports[0].onmessage = answer; };
"""
)


def serve(origin: Origin) -> None:
    origin.reply("/", PAGE)
    origin.reply("/look.js", WORKER, headers={"Content-Type": "text/javascript"})
    origin.reply("/data", "some data", headers={"X-A": "1", "Content-Type": "text/plain"})
    origin.reply("/missing", "not there", status=404)


def seen_in(page: Page, origin: Origin, start: str | None) -> dict[str, Any]:
    serve(origin)
    page.goto(origin.url)
    # Chromium 83 mutes what a script that a debugger brought in has thrown: the one difference that
    # is known (see pytest_offline.probes).
    muted = page.context.browser is not None and page.context.browser.version.startswith("83.")
    text = page.evaluate(
        f"start({str(muted).lower()})" if start is None else ASK.format(start=start)
    )
    assert text.startswith("{"), text
    seen = json.loads(re.sub(r"t\d+\.localhost:\d+", "HOST", text))
    for names in (
        seen["globals"],
        seen["enumerable"],
        seen.get("frame", {"globals": []})["globals"],
    ):
        names[:] = [name for name in names if name not in PLAYWRIGHTS]
    return seen


def differences(before: Any, after: Any, path: str = "") -> list[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        keys = sorted(before.keys() | after.keys())
        return [
            each
            for key in keys
            for each in differences(before.get(key), after.get(key), f"{path}.{key}")
        ]
    if before == after:
        return []
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return [
            each
            for index, (one, two) in enumerate(zip(before, after, strict=True))
            for each in differences(one, two, f"{path}[{index}]")
        ]
    if isinstance(before, list) and isinstance(after, list):
        gone = [each for each in before if each not in after]
        come = [each for each in after if each not in before]
        return [f"{path}: without {gone}, with {come}"]
    return [f"{path}: without {before!r}, with {after!r}"]


def test_a_page_looks_the_same(page: Page, plain_page: Page, origin: Origin, plain_origin: Origin):
    before = seen_in(plain_page, plain_origin, None)
    after = seen_in(page, origin, None)
    assert len(before["trials"]) > 70
    assert not differences(before, after), "\n".join(differences(before, after))


@pytest.mark.parametrize("kind", WORKERS)
def test_a_worker_looks_the_same(
    kind: str, page: Page, plain_page: Page, origin: Origin, plain_origin: Origin
):
    start = WORKERS[kind]
    before = seen_in(plain_page, plain_origin, start)
    after = seen_in(page, origin, start)
    assert len(before["trials"]) > 70
    assert not differences(before, after), "\n".join(differences(before, after))
