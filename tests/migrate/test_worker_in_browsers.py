"""The worker that a manifest migrates to, in every build of the run: installing and updating."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from pytest_offline import NotReady, expect
from pytest_offline.manifests.migrate import migrate
from pytest_offline.model import Manifest

pytestmark = pytest.mark.any_build(firefox=False)

PAGE = '<!doctype html><html manifest="site.appcache"><link rel=icon href="data:,"><h1>{}</h1>'
MANIFEST = "CACHE MANIFEST\n# {}\n/app.js\nFALLBACK:\n/f/ /stand-in.txt\n"

TEXT = """(url) => fetch(url).then(
  async (answer) => `${answer.status} ${await answer.text()}`, (error) => error.name)"""


def deploy(origin: Any, version: int, more: str = "") -> None:
    """Puts a version of the site and of its worker on the origin."""
    text = MANIFEST.format(version).replace("/app.js\n", f"/app.js\n{more}")
    manifest = Manifest.parse(text.encode(), origin.url_for("/site.appcache"))
    origin.reply("/", PAGE.format(f"version {version}"))
    origin.reply("/app.js", f"app {version}")
    origin.reply("/stand-in.txt", f"stand-in {version}")
    origin.reply("/sw.js", migrate(manifest))


def register(page: Page) -> str:
    """Registers it, and says how its installation ended: ``installed`` or ``redundant``."""
    return page.evaluate(
        """async () => {
             const found = await navigator.serviceWorker.register("/sw.js");
             const worker = found.installing || found.waiting || found.active;
             while (worker.state === "installing") {
               await new Promise((done) =>
                 worker.addEventListener("statechange", done, {once: true}));
             }
             return worker.state;
           }"""
    )


def update(page: Page) -> str:
    """Looks for an update, and says how its installation ended.

    The browser looks by itself too, a second after a navigation, and may be there first: then it
    found the new version already, or this update joins a check that was answered before it.
    """
    return page.evaluate(
        """async () => {
             const found = await navigator.serviceWorker.getRegistration();
             let worker = found.installing || found.waiting;
             found.addEventListener("updatefound", () => { worker = found.installing; });
             while (!worker) {
               await found.update();
               worker = worker || found.installing || found.waiting;
             }
             while (worker.state === "installing") {
               await new Promise((done) =>
                 worker.addEventListener("statechange", done, {once: true}));
             }
             return worker.state;
           }"""
    )


@pytest.fixture
def installed(origin: Any, page: Page, service_worker: Any) -> Any:
    deploy(origin, 1)
    page.goto(origin.url)
    register(page)
    service_worker.wait_until_ready()
    return origin


def names(caches: Any) -> list[str]:
    return sorted(name.rpartition(" ")[0] for name in caches.snapshot())


def test_the_first_page_is_kept_though_no_worker_saw_it(installed, page, network, caches):
    assert names(caches) == ["/site.appcache files", "/site.appcache pages"]
    with network.offline():
        page.reload()
        expect(page.get_by_role("heading")).to_have_text("version 1")
        assert page.evaluate(TEXT, "/app.js") == "200 app 1"
        assert page.evaluate(TEXT, "/f/x") == "200 stand-in 1"
    caches.verify()


def test_a_page_of_another_manifest_or_of_none_is_not_kept(installed, page, caches):
    for path, html in {
        "/none.html": "<!doctype html><html><p>none",
        "/other.html": "<!doctype html><html manifest='other.appcache'><p>other",
        "/comment.html": "<!doctype html><!-- <html manifest=site.appcache> --><html><p>x",
        "/mine.html": "<!doctype html><HTML lang=en MANIFEST=/site.appcache#x><p>mine",
    }.items():
        installed.reply(path, html)
        page.goto(installed.url_for(path))
    expect(caches).to_contain("/mine.html")
    for path in ("/none.html", "/other.html", "/comment.html"):
        expect(caches).not_to_contain(path)


@pytest.mark.parametrize("kind", ["missing", "moved", "broken"])
def test_one_file_that_fails_fails_the_installation(origin, page, caches, service_worker, kind):
    deploy(origin, 1, f"/{kind}\n")
    origin.reply("/moved", status=302, headers={"Location": "/app.js"})
    origin.reply("/broken", status=500)
    page.goto(origin.url)
    assert register(page) == "redundant"
    assert dict(caches.snapshot()) == {}
    with pytest.raises(NotReady):
        service_worker.wait_until_ready(timeout=2000)


def test_a_broken_update_leaves_the_old_version(installed, page, network, caches):
    before = caches.snapshot()
    deploy(installed, 2, "/missing\n")
    assert update(page) == "redundant"
    after = caches.snapshot()
    assert {name: after[name] for name in before} == before
    # The browser may be at the same update once more, by itself.
    page.wait_for_function("async () => (await caches.keys()).length === 2")
    with network.offline():
        page.reload()
        expect(page.get_by_role("heading")).to_have_text("version 1")
        assert page.evaluate(TEXT, "/app.js") == "200 app 1"


def test_an_update_waits_until_it_is_swapped_in(installed, page, network, caches):
    deploy(installed, 2)
    assert update(page) == "installed"
    page.reload()
    expect(page.get_by_role("heading")).to_have_text("version 1")
    page.evaluate(
        """() => new Promise((done) => {
             navigator.serviceWorker.addEventListener("controllerchange", done, {once: true});
             navigator.serviceWorker.getRegistration().then(
               ({waiting}) => waiting.postMessage("swapCache"));
           }).then(() => true)"""
    )
    page.reload()
    expect(page.get_by_role("heading")).to_have_text("version 2")
    assert names(caches) == ["/site.appcache files", "/site.appcache pages"]
    with network.offline():
        page.reload()
        assert page.evaluate(TEXT, "/app.js") == "200 app 2"


def test_a_page_kept_before_moves_on_to_the_new_version(installed, page, caches):
    for path in ("/stays.html", "/breaks.html", "/goes.html"):
        installed.reply(path, PAGE.format("old"))
        page.goto(installed.url_for(path))
        expect(caches).to_contain(path)
    deploy(installed, 2)
    installed.reply("/stays.html", PAGE.format("new"))
    installed.reply("/breaks.html", status=500)
    installed.reply("/goes.html", status=404)
    assert update(page) == "installed"
    held = caches.snapshot(bodies=True)
    (pages,) = [
        entries
        for name, entries in held.items()
        if " pages " in name and any(b"new" in (entry.response.body or b"") for entry in entries)
    ]
    bodies = {entry.url.removeprefix(installed.base): entry.response.body for entry in pages}
    assert set(bodies) == {"/", "/stays.html", "/breaks.html"}
    assert b"old" in bodies["/breaks.html"]


def test_caches_of_others_are_left_alone(origin, page, caches, service_worker):
    deploy(origin, 1)
    page.goto(origin.url)
    caches.seed({"of the site": {"/x": "x"}, "/site.appcache files 0": {"/y": "y"}})
    register(page)
    service_worker.wait_until_ready()
    assert names(caches) == ["/site.appcache files", "/site.appcache pages", "of the"]


def test_files_of_other_sites_are_kept_with_and_without_cors(
    origin, make_origin, page, caches, service_worker
):
    other = make_origin()
    other.reply("/cors.txt", "cors", headers={"Access-Control-Allow-Origin": "*"})
    other.reply("/opaque.txt", "opaque")
    deploy(origin, 1, "".join(other.url_for(path) + "\n" for path in ("/cors.txt", "/opaque.txt")))
    page.goto(origin.url)
    register(page)
    service_worker.wait_until_ready()
    held = {
        entry.url: entry.response.type
        for entries in caches.snapshot().values()
        for entry in entries
    }
    assert held[other.url_for("/cors.txt")] == "cors"
    assert held[other.url_for("/opaque.txt")] == "opaque"


def test_what_is_no_get_goes_to_the_network(installed, page):
    installed.reply("/app.js", "posted", method="POST")
    asked = "() => fetch('/app.js', {method: 'POST'}).then((answer) => answer.text())"
    assert page.evaluate(asked) == "posted"
