"""Calls as no site should make them, in real browsers: none of them is a reason to accuse one."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from pytest_offline import Caches
from pytest_offline.browser.resolve import InstalledBuild

pytestmark = pytest.mark.any_build

OPTIONS = (
    "null", "undefined", "() => 1", "Object.assign(() => 1, {ignoreSearch: true})", "'text'", "1",
    "Symbol('x')", "{}", "{get ignoreSearch() { return true; }}", "{ignoreSearch: {}}",
    "{get ignoreSearch() { throw new RangeError('x'); }}", "Object.create({ignoreSearch: true})",
    "{ignoreSearch: Symbol('x')}", "{ignoreSearch: undefined}", "{ignoreSearch: ''}",
    "Object.assign(new Date(), {ignoreSearch: true})", "{cacheName: null}",
    "new Proxy({ignoreSearch: true}, {})", "{cacheName: Symbol('x')}",
    "{cacheName: {toString() { return 'v2'; }}, ignoreSearch: true}",
    "{cacheName: {toString() { throw new RangeError('x'); }}}",
)  # fmt: skip
WITH_OPTIONS = ("cache.match('/a', ", "cache.matchAll('/a', ", "cache.keys('/a', ",
                "cache.delete('/a', ", "caches.match('/a', ", "cache.keys(undefined, ")  # fmt: skip
THROWS = "{toString() { throw new RangeError('x'); }}"
CALLS = (
    "Cache.prototype.put.call({}, '/a', new Response('x'))",
    "Cache.prototype.match.call(caches, '/b')",
    "Cache.prototype.keys.call({})",
    "Cache.prototype.matchAll.call(null)",
    "Cache.prototype.delete.call({}, '/b')",
    "Cache.prototype.add.call({}, '/ok')",
    "Cache.prototype.addAll.call({}, [])",
    "CacheStorage.prototype.keys.call({})",
    "CacheStorage.prototype.open.call({}, 'v9')",
    "CacheStorage.prototype.delete.call({}, 'v1')",
    "CacheStorage.prototype.match.call(cache, '/b')",
    "cache.put()", "cache.put('/a')", "cache.put('/a', {})", "cache.match()", "cache.delete()",
    "cache.match(undefined)", "cache.delete(null)", "cache.add()", "cache.addAll()",
    "cache.addAll(1)", "cache.addAll('ab')", "cache.addAll({})", "cache.addAll([Symbol('x')])",
    "cache.addAll({get [Symbol.iterator]() { throw new RangeError('x'); }})",
    "caches.open()", "caches.has()", "caches.delete()", "caches.match()",
    "caches.open(Symbol('x'))", "caches.has(Symbol('x'))", "cache.keys(Symbol('x'))",
    *(f"{call}({THROWS})" for call in ("caches.open", "caches.delete", "caches.match", "cache.keys",
                                      "cache.match", "cache.delete", "cache.add")),
    f"cache.put({THROWS}, new Response('x'))", f"cache.addAll(['/ok', {THROWS}])",
)  # fmt: skip
ALL = [*CALLS, *(f"{call}{options})" for options in OPTIONS for call in WITH_OPTIONS)]

BODIES = {
    "locked": "const r = new Response('x'); r.body.getReader(); return cache.put('/p', r);",
    "read in part": """const r = await fetch('/big'); const reader = r.body.getReader();
        await reader.read(); reader.releaseLock(); return cache.put('/p', r);""",
    "let go again": """const r = await fetch('/big'); r.body.getReader().releaseLock();
        return cache.put('/p', r);""",
    "cancelled": "const r = new Response('x'); await r.body.cancel(); return cache.put('/p', r);",
    "a stream of no bytes": """return cache.put('/p', new Response(new ReadableStream({
        start(to) { to.enqueue('text'); to.close(); } })));""",
    "a stream that breaks": """return cache.put('/p', new Response(new ReadableStream({
        start(to) { to.error(new RangeError('x')); } })));""",
    "a stream of two": """const s = new ReadableStream({ start(to) { to.close(); } });
        const r = new Response(s); s.tee(); return cache.put('/p', r);""",
    "of HEAD, twice": """const r = await fetch('/big', {method: 'HEAD'});
        await cache.put('/p', r); return cache.put('/q', r);""",
    "aborted": """const stop = new AbortController();
        const r = await fetch('/slow', {signal: stop.signal}); const put = cache.put('/p', r);
        stop.abort(); return put;""",
    "aborted in add": """const stop = new AbortController();
        const added = cache.add(new Request('/slow', {signal: stop.signal}));
        await fetch('/big'); stop.abort(); return added;""",
    "aborted for a reason": """const stop = new AbortController(); stop.abort(new RangeError('x'));
        return cache.addAll(['/big', new Request('/big?2', {signal: stop.signal})]);""",
    "cut": "return cache.add('/cut');",
    "moved": "await cache.put('/p', await fetch('/moved')); return cache.match('/p');",
    "status text": """await cache.put('/p', new Response('x', {statusText: ' \\u00e9 '}));
        return cache.match('/p');""",
    "a frame's cache": """const frame = document.createElement('iframe'); frame.src = '/';
        document.body.append(frame); await new Promise((done) => { frame.onload = done; });
        const theirs = await frame.contentWindow.caches.open('v1');
        await Cache.prototype.put.call(theirs, '/p', new Response('x'));
        const mine = await CacheStorage.prototype.open.call(frame.contentWindow.caches, 'v3');
        await mine.put('/x', new Response('y')); return caches.keys();""",
}


@pytest.fixture
def opened(page: Page, origin: Any) -> Page:
    origin.reply("/", "<body>x</body>", headers={"Content-Type": "text/html"})
    origin.reply("/big", "x" * 300_000)
    origin.reply("/slow", chunks=["x" * 5000] * 2, chunk_delay=5)
    origin.reply("/cut", "x" * 5000, cut_after=1000)
    origin.reply("/moved", status=302, headers={"Location": "/big"})
    page.goto(origin.url)
    return page


def test_odd_calls_are_told_for_what_they_are(
    opened: Page, caches: Caches, browser_build: InstalledBuild
) -> None:
    # Chromium 92 dies of them, with no probe in the page too.
    deadly = "cache.keys(undefined, " if browser_build.build.name == "chromium-92" else None
    survived = [call for call in ALL if deadly is None or not call.startswith(deadly)]
    steps = "".join(
        f"await caches.delete('v1'); cache = await caches.open('v1');"
        f"await cache.put('/a?1', new Response('one')); await cache.put('/b', new Response('two'));"
        f"await Promise.resolve({call}).catch(() => null);"
        for call in survived
    )
    opened.evaluate(f"(async () => {{ let cache; {steps} }})()")
    caches.verify()
    stray = [seen for seen in caches.operations if seen.stray]
    assert len(stray) == sum(".call(" in call for call in ALL)
    assert {seen.error_name for seen in stray} == {"TypeError"}
    assert len([seen for seen in caches.operations if seen.refused]) >= 50


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_odd_bodies_are_told_for_what_they_are(opened: Page, caches: Caches, body: str) -> None:
    opened.evaluate(
        f"(async () => {{ const cache = await caches.open('v1'); {body} }})().catch(() => null)"
    )
    caches.verify()
