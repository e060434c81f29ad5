"""Every place records every method; nothing is lost when the place ends."""
# ruff: noqa: E501 (scripts and wire data stand on lines of their own)

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from pytest_offline.caches import Caches
from pytest_offline.errors import ProbeError
from pytest_offline.origin import Origin
from pytest_offline.record import Operation
from pytest_offline.scene import Scene

PAGE = "<!doctype html><title>site</title><body>"

PROGRAM = """
const program = async () => {
  const cache = await caches.open("v1");
  await cache.put("/text", new Response("text", {headers: {"x-a": "1"}}));
  await cache.put("/bytes", new Response(new Uint8Array([1, 2, 3]).buffer));
  await cache.put("/view", new Response(new Uint8Array([0, 1, 2, 3]).subarray(1)));
  await cache.put("/blob", new Response(new Blob(["blob"])));
  await cache.put("/null", new Response(null));
  await cache.put("/stream", new Response(new ReadableStream({start(controller) {
    controller.enqueue(new TextEncoder().encode("str")); controller.enqueue(new TextEncoder().encode("eam")); controller.close(); }})));
  await cache.put("/network", await fetch("/data?network"));
  await cache.add("/data?add");
  await cache.addAll(["/data?1", new Request("/data?2")]);
  await cache.match("/text?x", {ignoreSearch: true});
  await cache.match("/none");
  await cache.matchAll("/text");
  await cache.keys();
  await cache.delete("/text");
  await caches.match("/bytes");
  await caches.has("v1");
  await caches.keys();
  await caches.open("v2");
  await caches.delete("v2");
  await cache.put("ftp://x/", new Response("x")).catch(() => undefined);
  await cache.add("/missing").catch(() => undefined);
  return "done";
};
"""

METHODS = (
    ["open"] + ["put"] * 7 + ["add", "addAll", "match", "match", "matchAll", "keys", "delete"]
    + ["match", "has", "keys", "open", "delete", "put", "add"]
)  # fmt: skip

WAIT = "new Promise((resolve) => { const channel = new MessageChannel(); channel.port1.onmessage = (event) => resolve(event.data); port.postMessage('go', [channel.port2]); })"

KEEPS_ALL = """
oninstall = () => skipWaiting();
onactivate = (event) => event.waitUntil(clients.claim());
onfetch = (event) => event.respondWith(fetch(event.request).then(async (answer) => {
  await (await caches.open("kept")).put(event.request, answer.clone());
  return answer;
}));
"""
PLACES = {
    "page": "async () => program()",
    "frame": """() => new Promise((resolve) => {
        self.onmessage = (event) => resolve(event.data);
        const frame = document.createElement("iframe"); frame.src = "/frame"; document.body.append(frame); })""",
    "worker": f"() => {{ const port = new Worker('/worker.js'); return {WAIT}; }}",
    "module": f"() => {{ const port = new Worker('/module.js', {{type: 'module'}}); return {WAIT}; }}",
    "imports": f"() => {{ const port = new Worker('/imports.js'); return {WAIT}; }}",
    "sharedworker": f"() => {{ const port = new SharedWorker('/worker.js').port; port.start(); return {WAIT}; }}",
    "serviceworker": f"""async () => {{
        const registration = await navigator.serviceWorker.register('/worker.js');
        const port = registration.installing || registration.active; return {WAIT}; }}""",
}
KINDS = {"module": "worker", "imports": "worker"}

ANSWER = """
const answer = (event) => { program().then((text) => event.ports[0].postMessage(text), (error) => event.ports[0].postMessage(String(error))); };
self.onmessage = answer;
self.onconnect = (event) => { event.ports[0].onmessage = answer; };
"""

SCRIPT = {"Content-Type": "text/javascript"}


@pytest.fixture
def site(origin: Origin) -> Origin:
    origin.reply("/", f"{PAGE}<script>{PROGRAM}</script>")
    origin.reply(
        "/frame",
        f"{PAGE}<script>{PROGRAM} program().catch(String).then((text) => parent.postMessage(text, '*'));</script>",
    )
    origin.reply("/worker.js", PROGRAM + ANSWER, headers=SCRIPT)
    origin.reply("/program.js", f"{PROGRAM} self.program = program;", headers=SCRIPT)
    origin.reply("/imports.js", f"importScripts('/program.js');{ANSWER}", headers=SCRIPT)
    origin.reply(
        "/module.js", f"import '/program.js'; const program = self.program;{ANSWER}", headers=SCRIPT
    )
    origin.reply("/data", "some data", headers={"Content-Type": "text/plain"})
    origin.reply("/missing", "no", status=404)
    return origin


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def check_program(operations: tuple[Operation, ...], kind: str) -> None:
    assert [operation.method for operation in operations] == METHODS
    assert {operation.place.kind for operation in operations} == {kind}
    scope = f"{operations[0].place.origin}/" if kind == "serviceworker" else None
    assert {operation.place.scope for operation in operations} == {scope}
    assert [operation.outcome for operation in operations] == ["fulfilled"] * 20 + ["rejected"] * 2
    for operation in operations:
        assert operation.settled is not None
        assert operation.settled >= operation.started
    puts = [operation.response for operation in operations[1:8]]
    contents = (b"text", b"\1\2\3", b"\1\2\3", b"blob", b"", b"stream", b"some data")
    assert [put and put.sha256 for put in puts] == [digest(content) for content in contents]
    assert [put and put.size for put in puts] == [len(content) for content in contents]
    assert puts[4] is not None
    assert puts[4].null_body
    add, add_all, match = operations[8:11]
    assert [each and each.sha256 for each in add.added] == [digest(b"some data")]
    assert [each and each.size for each in add_all.added] == [9, 9]
    assert [request.url.rpartition("/")[2] for request in add_all.requests] == ["data?1", "data?2"]
    assert match.options == (("ignoreSearch", True),)
    assert match.value.sha256 == digest(b"text")  # type: ignore[attr-defined]
    assert operations[11].value is None
    assert operations[14].value is True
    assert operations[16].value is True
    assert operations[17].value == ("v1",)
    assert operations[20].error_name == "TypeError"
    assert {operation.cache for operation in operations[1:15]} == {"v1"}
    assert {operation.cache_number for operation in operations[1:15]} == {0}


@pytest.mark.parametrize("where", PLACES)
def test_every_method_in_every_place(
    where: str, page: Page, site: Origin, caches: Caches, scene: Scene
):
    page.goto(site.url)
    assert page.evaluate(PLACES[where]) == "done"
    check_program(_operations(caches, len(METHODS)), KINDS.get(where, where))
    scene.check_complete()


def test_a_frame_of_another_origin_belongs_to_that_origin(
    page: Page, site: Origin, caches: Caches, scene: Scene, make_origin: Callable[[], Origin]
):
    other = make_origin()
    other.reply(
        "/frame",
        f"{PAGE}<script>{PROGRAM} program().catch(String).then((text) => parent.postMessage(text, '*'));</script>",
    )
    other.reply("/data", "some data")
    other.reply("/missing", "no", status=404)
    page.goto(site.url)
    said = page.evaluate(PLACES["frame"].replace("/frame", other.url_for("/frame")))
    assert caches.operations == ()
    operations = Caches(scene, other).operations
    if said == "done":
        check_program(operations, "frame")
        return
    # Chromium 156 keeps storage from frames of other sites, also where nothing watches it.
    assert said.startswith("SecurityError")
    (refused,) = operations
    assert (refused.method, refused.outcome, refused.error_name) == (
        "open",
        "rejected",
        "SecurityError",
    )


BURST = """(count) => { const cache = caches.open('burst'); for (let index = 0; index < count; index += 1) {
  caches.has('n' + index); } }"""

ENDS = {
    "reload": lambda page, site: page.reload(),
    "goto": lambda page, site: page.goto(site.url_for("/?next")),
    "close": lambda page, site: page.close(),
}


def names_asked(caches: Caches, count: int) -> set[str | None]:
    """What a page that has gone asked for: its last records may come after the next page's first."""
    deadline = time.monotonic() + 10
    while True:
        names = {each.cache for each in caches.operations if each.method == "has"}
        if len(names) >= count or time.monotonic() > deadline:
            return names
        caches.wait_for_news(100)


@pytest.mark.parametrize("end", ENDS)
def test_a_burst_before_the_test_moves_the_page(
    end: str, page: Page, site: Origin, caches: Caches, scene: Scene
):
    page.goto(site.url)
    page.evaluate(BURST, 500)
    ENDS[end](page, site)
    assert names_asked(caches, 500) == {f"n{index}" for index in range(500)}
    scene.check_complete()


OWN_ENDS = {
    "location": "location.href = '/?next';",
    "reload": "location.reload();",
    "window.close": "self.close();",
}


@pytest.mark.parametrize("end", OWN_ENDS)
def test_a_burst_before_the_page_moves_itself(
    end: str, page: Page, site: Origin, caches: Caches, scene: Scene
):
    page.goto(site.url)
    with page.expect_popup() as opened:
        page.evaluate("() => { self.open('/'); }")
    popup = opened.value
    popup.wait_for_load_state()
    script = f"() => {{ setTimeout(() => {{ ({BURST})(500); {OWN_ENDS[end]} }}); }}"
    if end == "window.close":
        with popup.expect_event("close"):
            popup.evaluate(script)
    else:
        with popup.expect_event("domcontentloaded"):
            popup.evaluate(script)
    assert names_asked(caches, 500) == {f"n{index}" for index in range(500)}
    scene.check_complete()


def test_a_frame_that_is_removed(page: Page, site: Origin, caches: Caches, scene: Scene):
    page.goto(site.url)
    page.evaluate(
        f"""() => new Promise((resolve) => {{ const frame = document.createElement("iframe"); frame.src = "/";
        frame.onload = () => {{ frame.contentWindow.eval("({BURST.replace(chr(10), " ")})(500)"); frame.remove(); resolve(); }};
        document.body.append(frame); }})"""
    )
    assert names_asked(caches, 500) == {f"n{index}" for index in range(500)}
    scene.check_complete()


def test_a_worker_ended_right_after_its_last_word(
    page: Page, site: Origin, caches: Caches, scene: Scene
):
    script = f"({BURST})(200); caches.has('last').then(() => postMessage('done'));"
    site.reply("/short.js", script, headers=SCRIPT)
    page.goto(site.url)
    page.evaluate(
        """() => new Promise((resolve) => { const worker = new Worker('/short.js');
        worker.onmessage = () => { worker.terminate(); resolve(); }; })"""
    )
    names = {each.cache for each in caches.operations if each.method == "has"}
    assert names == {"last", *(f"n{index}" for index in range(200))}
    scene.check_complete()


def test_a_service_worker_stopped_and_started_again(
    page: Page, site: Origin, caches: Caches, scene: Scene, browser_name: str
):
    if browser_name != "chromium":
        pytest.skip("only Chromium lets a test stop a service worker")
    page.goto(site.url)
    session = page.context.new_cdp_session(page)
    session.send("ServiceWorker.enable")
    assert page.evaluate(PLACES["serviceworker"]) == "done"
    session.send("ServiceWorker.stopAllWorkers")
    # The last word to the page may be there before the record of what came before it.
    operations = _operations(caches, len(METHODS))
    again = f"async () => {{ const port = (await navigator.serviceWorker.ready).active; return {WAIT}; }}"
    assert page.evaluate(again) == "done"
    assert [each.method for each in operations] == METHODS
    operations = _operations(caches, 2 * len(METHODS))
    assert len({each.place.id for each in operations}) == 2
    assert len(operations) == 2 * len(METHODS)
    scene.check_complete()


HOLD_THE_LOG = """() => new Promise((resolve) => {
  const opening = indexedDB.open("pytest-offline");
  opening.onsuccess = () => {
    const store = opening.result.transaction("batches", "readwrite").objectStore("batches");
    let held = true;
    self.letGo = () => { held = false; };
    const hold = () => { resolve(); if (held) { store.get(0).onsuccess = hold; } };
    hold();
  };
})"""
"""Nobody else gets to write there meanwhile: as on a busy machine, but every time."""


def test_a_service_worker_ended_in_the_middle_of_a_write(
    page: Page, site: Origin, caches: Caches, scene: Scene, browser_name: str
):
    if browser_name != "chromium":
        pytest.skip("only Chromium lets a test stop a service worker")
    script = f"""self.onmessage = (event) => {{ ({BURST})(200);
        caches.has('last').then(() => event.ports[0].postMessage('done')); }};"""
    site.reply("/worker.js", script, headers=SCRIPT)
    page.goto(site.url)
    session = page.context.new_cdp_session(page)
    session.send("ServiceWorker.enable")
    page.evaluate(HOLD_THE_LOG)
    assert page.evaluate(PLACES["serviceworker"]) == "done"
    session.send("ServiceWorker.stopAllWorkers")
    page.evaluate("() => self.letGo()")
    assert names_asked(caches, 201) == {"last", *(f"n{index}" for index in range(200))}
    scene.check_complete()


def _operations(caches: Caches, count: int) -> tuple[Operation, ...]:
    """So many, once all of them are here to their end; what there is after 20 s."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        operations = caches.operations
        if len(operations) >= count and all(map(_is_complete, operations)):
            break
        caches.wait_for_news(100)
    return caches.operations


def _is_complete(operation: Operation) -> bool:
    """Whether its outcome is here, and what a worker tells of bodies after that."""
    bodies = (operation.response, operation.value, *operation.added)
    return operation.outcome == "rejected" or (
        operation.outcome != "pending"
        and all(getattr(each, "sha256", "") is not None for each in bodies)
    )


def test_records_made_offline_come_home(page: Page, site: Origin, caches: Caches, scene: Scene):
    page.goto(site.url)
    page.evaluate("() => { self.worker = new Worker('/worker.js'); }")
    page.evaluate(f"() => {{ const port = self.worker; return {WAIT}; }}")
    with scene.network.offline():
        page.evaluate(f"() => {{ const port = self.worker; return {WAIT}; }}")
        page.close()
    _operations(caches, len(METHODS) + 7)
    assert len(caches.operations) == len(METHODS) + 7  # it ends at the first fetch
    scene.check_complete()


def test_a_record_that_is_really_gone_is_our_fault(
    page: Page, site: Origin, caches: Caches, scene: Scene
):
    page.goto(site.url)
    page.evaluate(PLACES["page"])
    assert caches.operations
    assert scene.session is not None
    history = scene.session.histories[page.context]
    records = max(history._records.values(), key=len)
    del records[3]
    with pytest.raises(ProbeError, match=r"1 of \d+ records of the page http.* first is number 3"):
        scene.check_complete()


FRAMES = {
    "sandboxed": "frame.sandbox = 'allow-scripts'; frame.src = '/refused';",
    "srcdoc": "frame.srcdoc = '<script>"
    + "parent.postMessage(String(typeof caches), \"*\")</scr' + 'ipt>';",
    "data": "frame.src = 'data:text/html,<script>parent.postMessage(\"object\", \"*\")</scr' + 'ipt>';",
}


@pytest.mark.parametrize("kind", FRAMES)
def test_a_frame_without_an_origin_is_left_in_peace(
    kind: str, page: Page, site: Origin, scene: Scene
):
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    site.reply(
        "/refused",
        PAGE
        + "<script>let found; try { found = typeof caches; } catch (error) { found = error.name; }"
        "parent.postMessage(found, '*');</script>",
    )
    page.goto(site.url)
    found = page.evaluate(
        f"""() => new Promise((resolve) => {{ self.onmessage = (event) => resolve(event.data);
        const frame = document.createElement("iframe"); {FRAMES[kind]} document.body.append(frame); }})"""
    )
    assert found in ("object", "SecurityError", "undefined")
    assert errors == []
    scene.check_complete()


def test_a_policy_that_forbids_foreign_scripts(
    page: Page, site: Origin, caches: Caches, scene: Scene
):
    policy = {"Content-Security-Policy": "default-src 'self'"}
    site.reply("/", PAGE + "<script src='/program.js'></script>", headers=policy)
    site.reply("/worker.js", PROGRAM + ANSWER, headers={**SCRIPT, **policy})
    page.goto(site.url)
    assert page.evaluate("() => self.program()") == "done"
    assert page.evaluate(PLACES["worker"]) == "done"
    kinds = [each.place.kind for each in _operations(caches, 2 * len(METHODS))]
    assert kinds == ["page"] * len(METHODS) + ["worker"] * len(METHODS)


def test_a_body_that_is_cut_is_not_stored(
    page: Page, site: Origin, caches: Caches, plain_page: Page
):
    for each in (page, plain_page):
        site.reply("/cut", "x" * 20_000, cut_after=5_000, headers={"Content-Length": "20000"})
        each.goto(site.url)
    put = """async () => { const cache = await caches.open('cut');
      const outcome = await cache.put('/cut', await fetch('/cut')).then(() => 'stored', (error) => [error.name, error.message, error.constructor.name]);
      return [outcome, (await cache.keys()).length]; }"""
    seen, plain = page.evaluate(put), plain_page.evaluate(put)
    assert seen == plain
    assert seen[1] == 0
    (found,) = [each for each in caches.operations if each.method == "put"]
    assert found.outcome == "rejected"
    assert found.response is not None
    assert found.response.sha256 is None


def test_a_stored_worker_script_is_the_sites_own(page: Page, site: Origin, caches: Caches):
    page.goto(site.url)
    script = "self.answer = 42;"
    site.reply("/own.js", script, headers=SCRIPT)
    site.reply(
        "/keeper.js",
        "onmessage = (event) => caches.open('k').then((cache) => cache.add('/own.js')).then(() => event.ports[0].postMessage('done'));",
        headers=SCRIPT,
    )
    assert page.evaluate(PLACES["worker"].replace("/worker.js", "/keeper.js")) == "done"
    page.evaluate(
        "async () => { const cache = await caches.open('k'); await cache.put('/again.js', await fetch('/keeper.js')); }"
    )
    _operations(caches, 4)
    assert caches.puts[0].sha256 == digest(script.encode())
    (stored, _) = caches.snapshot(bodies=True)["k"]
    assert stored.response.body == script.encode()


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "byte order mark"])
def test_a_worker_script_that_was_stored_as_it_was_started_is_the_sites_own(
    mark: bytes, page: Page, site: Origin, caches: Caches
) -> None:
    """That answer has the probe in front; what the site is told of and the snapshot have not."""
    script = mark + b"postMessage('started');"
    site.reply("/own.js", script, headers=SCRIPT)
    site.reply("/sw.js", KEEPS_ALL, headers=SCRIPT)
    page.goto(site.url)
    page.evaluate(
        """async () => { const container = navigator.serviceWorker;
        const controlled = new Promise((resolve) => { container.oncontrollerchange = resolve; });
        await container.register('/sw.js'); await controlled;
        await new Promise((resolve) => { new Worker('/own.js').onmessage = resolve; }); }"""
    )
    (stored,) = caches.snapshot(bodies=True)["kept"]
    assert stored.response.body == script
    (put,) = caches.puts
    assert (put.size, put.sha256) == (len(script), digest(script))


def test_a_body_that_goes_on_keeps_nobody_waiting(page: Page, site: Origin, caches: Caches):
    site.event_stream("/endless")
    page.goto(site.url)
    page.evaluate(
        "async () => { const cache = await caches.open('v1'); cache.put('/kept', await fetch('/endless')); }"
    )
    [put] = caches.puts
    assert (put.outcome, put.size, put.sha256) == ("pending", None, None)


def test_an_opaque_response_has_no_digest(
    page: Page, site: Origin, caches: Caches, make_origin: Callable[[], Origin]
):
    other = make_origin()
    other.reply("/picture", "secret")
    page.goto(site.url)
    page.evaluate(
        "async (url) => { const cache = await caches.open('o'); await cache.put('/o', await fetch(url, {mode: 'no-cors'})); }",
        other.url_for("/picture"),
    )
    (put,) = caches.puts
    assert (put.status, put.response_type, put.size, put.sha256) == (0, "opaque", None, None)
    (entry,) = caches.snapshot()["o"]
    assert (entry.response.type, entry.response.sha256) == ("opaque", None)
