from notes import app

from pytest_offline import expect

ADD = """text => fetch("/api/notes", {method: "POST", body: JSON.stringify({text}),
    headers: {"Content-Type": "application/json"}}).then(answer => answer.json())"""


def open_notes(page, origin):
    origin.mount("site")
    origin.app(app, at="/api/")
    page.goto(origin.url)
    # All of a worker's first life comes before that, which takes a busy machine its time.
    expect(page.get_by_role("listitem")).to_have_text("Buy milk", timeout=30_000)
    expect(page.get_by_role("status")).to_have_text("1")


def test_notes_are_shown_offline(page, origin, network, service_worker, caches):
    open_notes(page, origin)
    service_worker.wait_until_ready(expect=["/", "/api/notes"])
    assert page.evaluate(ADD, "Call Ada") == 2
    expect(page.get_by_role("status")).to_have_text("2")
    with network.offline():
        mark = origin.requests.mark()
        page.reload()
        expect(page.get_by_role("listitem")).to_have_text("Buy milk")
        assert page.evaluate("fetch('/api/login', {method: 'POST'}).catch(() => 'away')") == "away"
        assert all(seen.outcome == "blocked" for seen in origin.requests.since(mark))
    page.reload()
    expect(page.get_by_role("listitem")).to_have_count(2)
    expect(page.get_by_role("status")).to_have_text("2")
    caches.verify()


def test_every_test_has_a_started_app_of_its_own(page, origin):
    open_notes(page, origin)
    assert origin.errors == ()


def test_its_web_socket(page, origin):
    open_notes(page, origin)
    said = page.evaluate(
        """url => new Promise((resolve, reject) => {
            const socket = new WebSocket(url);
            socket.onopen = () => socket.send("hello");
            socket.onmessage = event => resolve(event.data);
            socket.onerror = reject;
        })""",
        origin.url.replace("http", "ws") + "api/echo",
    )
    assert said == "HELLO"
