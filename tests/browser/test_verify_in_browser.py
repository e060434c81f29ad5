"""``caches.verify()`` with a browser: it agrees; where it cannot, it says so and keeps proof."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from pytest_offline import Caches, ModelMismatch, expect
from pytest_offline.scene import Scene

pytestmark = pytest.mark.any_build

PROGRAM = """async () => {
  const cache = await caches.open("v1");
  await cache.put("/a?x=1#here", new Response("one", {headers: {vary: "x-kind", "x-a": "b"}}));
  await cache.put(new Request("/a?x=1", {headers: {"x-kind": "2"}}), new Response("two"));
  await Promise.all([1, 2, 3].map((n) => cache.put("/many/" + n, new Response("n" + n))));
  await cache.match("/a", {ignoreSearch: true});
  await cache.matchAll("/many/1");
  await cache.keys();
  await caches.match("/many/2", {cacheName: "v1"});
  await cache.put("ftp://x/", new Response("no")).catch(() => null);
  await cache.put("/p", new Response("no", {headers: {vary: "*"}})).catch(() => null);
  await cache.delete("/many/3");
  await caches.delete("v1");
  await cache.put("/after", new Response("into a cache without a name"));
  const again = await caches.open("v1");
  await again.put("/again", new Response("x"));
  await caches.keys();
  await caches.has("v1");
}"""


@pytest.fixture
def opened(page: Page, origin: Any) -> Page:
    origin.reply("/", "<h1>x</h1>", headers={"Content-Type": "text/html"})
    page.goto(origin.url)
    return page


def test_a_program_of_every_method_is_what_the_model_allows(opened: Page, caches: Caches) -> None:
    opened.evaluate(PROGRAM)
    assert len(caches.operations) == 19
    caches.verify()
    assert caches.model.keys() == ["v1"]
    assert [key.url for key in caches.model.open("v1").keys()] == [caches.origin.url_for("/again")]  # noqa: SIM118


def test_what_is_staged_is_where_the_model_begins(opened: Page, caches: Caches) -> None:
    caches.seed({"old": {"/kept": "text"}})
    opened.evaluate("caches.match('/kept')")
    opened.evaluate("caches.delete('old')")
    assert [operation.method for operation in caches.operations] == ["match", "delete"]
    caches.verify()
    caches.clear()
    opened.evaluate("caches.keys()")
    caches.verify()


ADD = """() => {
  globalThis.added = caches.open("v1").then((cache) => cache.add("/slow")).then(() => null);
}"""


def test_what_is_under_way_comes_to_its_end_before_a_new_beginning(
    opened: Page, origin: Any, caches: Caches, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pytest_offline.caches._PENDING_S", 30)
    origin.reply("/slow", "x", delay=0.5)
    opened.evaluate(ADD)
    caches.seed({"v2": {"/kept": "text"}})
    assert [entry.url for entry in caches.snapshot()["v1"]] == [origin.url_for("/slow")]
    caches.verify()
    opened.evaluate(ADD)
    caches.clear()
    assert caches.snapshot() == {}
    assert caches.operations[-1].settled is not None
    caches.verify()


@pytest.mark.parametrize("act", ["seed", "clear"])
def test_what_does_not_end_in_time_is_a_part_of_what_follows(
    opened: Page, origin: Any, caches: Caches, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    monkeypatch.setattr("pytest_offline.caches._PENDING_S", 0)
    go_on = threading.Event()

    def slow(environ: Any, start_response: Any) -> list[bytes]:
        go_on.wait(60)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"x"]

    origin.app(slow, at="/slow", timeout=90)
    opened.evaluate(ADD)
    origin.requests.wait_for(lambda seen: any(each.path == "/slow" for each in seen))
    caches.seed({"v2": {"/kept": "text"}}) if act == "seed" else caches.clear()
    assert caches.operations[-1].settled is None
    go_on.set()
    opened.evaluate("added")
    caches.verify()


def test_a_miss_is_explained_by_scope_redirect_and_query(
    opened: Page, origin: Any, caches: Caches
) -> None:
    origin.reply("/app/sw.js", "onfetch = () => null;")
    origin.reply("/old", status=302, headers={"Location": "/new"})
    opened.evaluate("fetch('/old').catch(() => null)")
    opened.evaluate(
        "navigator.serviceWorker.register('/app/sw.js', {scope: '/app/'}).then(() => null)"
    )
    caches.seed({"v1": {"/new": "x", "/app/a?v=1": "x"}})
    assert caches.explain("/old").reason == "redirect"
    missed = caches.explain("/app/a")
    assert missed.reason == "query"
    assert "match with ignoreSearch" in str(missed)
    assert "outside the service worker's scope" in str(caches.explain("/elsewhere"))
    assert not caches.explain("/new").misses


def test_contexts_share_no_storage_and_are_judged_apart(
    opened: Page, caches: Caches, new_context: Callable[..., BrowserContext]
) -> None:
    other = new_context().new_page()
    other.goto(caches.origin.url)
    caches.seed({"v1": {"/kept": "text"}})
    opened.evaluate("caches.open('v1').then((cache) => cache.put('/a', new Response('x')))")
    other.evaluate("caches.open('v1').then((cache) => cache.put('/b', new Response('x')))")
    other.evaluate("caches.match('/kept')")
    opened.evaluate("caches.match('/kept')")
    caches.verify()


def test_a_state_that_no_operation_explains_is_shown_and_kept(
    opened: Page, caches: Caches, scene: Scene, tmp_path: Path
) -> None:
    opened.evaluate("caches.open('v1').then((cache) => cache.put('/a', new Response('x')))")
    caches.verify()
    # Staged behind the model's back: what the browser holds is no longer what was recorded.
    assert scene.session is not None
    scene.session.ask_origin(caches.origin.url, "clear")
    scene.artifacts = tmp_path / "results"
    with pytest.raises(ModelMismatch) as caught:
        caches.verify()
    said = str(caught.value)
    assert "caches.keys()" in said
    assert f"model holds    'v1': {caches.origin.url_for('/a')}" in said
    assert "browser holds  no cache" in said
    kept = tmp_path / "results" / "timeline.json"
    assert f"without a browser: python -m pytest_offline.compare {kept}" in said
    command = [sys.executable, "-m", "pytest_offline.compare", str(kept)]
    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert again.returncode == 1
    assert "browser holds  no cache" in again.stdout
    expect(caches).not_to_match_model()
