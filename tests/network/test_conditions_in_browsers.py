"""Every condition as a user would see it, in a real browser."""
# ruff: noqa: E501 (scripts and sentences stand on lines of their own)

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Error, Page, TimeoutError

from pytest_offline import (
    HANG,
    OFFLINE,
    ONLINE,
    RESET,
    SERVER_DOWN,
    Condition,
    UsageError,
    bandwidth,
    captive_portal,
    corrupt,
    dns_failure,
    flaky,
    flapping,
    jitter,
    latency,
    status,
    tls_error,
    truncate,
)
from pytest_offline.network import Network
from pytest_offline.origin import Origin
from pytest_offline.scene import Scene

pytestmark = pytest.mark.any_build

PAGE = "<!doctype html><title>site</title><link rel=icon href=data:,><h1>Gallery</h1>"
FETCH = """(url) => fetch(url, {cache: "no-store"}).then(
  (answer) => answer.text().then((text) => `${answer.status} ${text}`, () => "broken off"),
  (error) => error.name)"""
REFUSED = ("net::ERR_CONNECTION_REFUSED", "NS_ERROR_CONNECTION_REFUSED")
WAS_RESET = ("net::ERR_CONNECTION_RESET", "NS_ERROR_NET_RESET")


@pytest.fixture
def site(page: Page, origin: Origin) -> Iterator[Page]:
    origin.reply("/", PAGE)
    origin.reply("/data", "data", headers={"Access-Control-Allow-Origin": "*"})
    page.goto(origin.url)
    yield page


def fetched(page: Page, url: str = "/data") -> str:
    answer: str = page.evaluate(FETCH, url)
    return answer


def failures(page: Page) -> list[str | None]:
    found: list[str | None] = []
    page.on("requestfailed", lambda request: found.append(request.failure))
    return found


@pytest.mark.parametrize(
    ("condition", "as_what"), [(SERVER_DOWN, REFUSED), (RESET, WAS_RESET)], ids=["down", "reset"]
)
def test_a_server_that_is_gone_while_the_browser_believes_itself_online(
    condition: Condition, as_what: tuple[str, ...], site: Page, origin: Origin, network: Network
) -> None:
    mark = origin.requests.mark()
    failed = failures(site)
    with network.set(condition):
        assert fetched(site) == "TypeError"
        assert site.evaluate("navigator.onLine") is True
        with pytest.raises(Error):
            site.goto(origin.url)
        # Before the network is back: Chromium's error page loads itself anew.
        assert origin.requests.wait_for(lambda _: origin.requests.since(mark).to("/"))
        seen = origin.requests.since(mark)
    assert set(failed) <= set(as_what)
    assert {each.path for each in seen} == {"/data", "/"}
    assert {(each.outcome, each.stopped_by) for each in seen} == {("blocked", "origin")}
    site.goto(origin.url)
    assert fetched(site) == "200 data"
    assert len(network.leaks) == 0


def test_one_origin_of_two_is_down(
    site: Page, origin: Origin, make_origin: Callable[..., Origin], network: Network
) -> None:
    cdn = make_origin()
    cdn.reply("/data", "cdn", headers={"Access-Control-Allow-Origin": "*"})
    failed = failures(site)
    with network.set(SERVER_DOWN.on(cdn)):
        assert fetched(site, cdn.url_for("/data")) == "TypeError"
        assert fetched(site) == "200 data"
    assert failed[0] in WAS_RESET, "the port is shared, so it has to be reset"
    assert cdn.requests[-1].weather[0].startswith("refused by SERVER_DOWN")
    with network.set(dns_failure(cdn.host)):
        assert fetched(site, cdn.url_for("/data")) == "TypeError"
        assert fetched(site) == "200 data"
    assert fetched(site, cdn.url_for("/data")) == "200 cdn"


def test_lie_fi_answers_nothing_and_holds_up_nobody(
    site: Page, origin: Origin, network: Network, scene: Scene
) -> None:
    other = site.context.new_page()
    other.goto(origin.url)
    with network.set(HANG):
        site.evaluate("() => { self.answer = fetch('/data').then(() => 'yes', () => 'no'); }")
        origin.requests.wait_for(lambda seen: [each for each in seen if each.in_flight])
        assert site.evaluate("navigator.onLine") is True
        raced = (
            "() => Promise.race([answer, new Promise((done) => setTimeout(done, 50, 'nothing'))])"
        )
        assert site.evaluate(raced) == "nothing"
        with pytest.raises(TimeoutError):
            other.goto(origin.url_for("/other"), timeout=300)
        scene.drain(origin)
        assert len(origin.requests) > 0
        with pytest.raises(TimeoutError):
            other.goto(origin.url, timeout=300)
        other.close()
        assert "held by HANG" in str(origin.requests[-1])
    site.goto(origin.url)
    assert fetched(site) == "200 data"


def test_what_is_open_hangs_too(site: Page, origin: Origin, network: Network) -> None:
    route = origin.websocket("/socket", on_message=lambda message: message)
    site.evaluate(
        """() => new Promise((resolve) => { self.got = []; self.ended = false;
        self.socket = new WebSocket(`ws://${location.host}/socket`); socket.onopen = resolve;
        socket.onmessage = (event) => got.push(event.data);
        socket.onclose = () => { ended = true; }; })"""
    )
    route.wait_for_clients(1)
    with network.set(HANG):
        assert route.send("unheard") == 0
        site.evaluate("socket.send('into the void')")
        assert site.evaluate("[socket.readyState, got.length, ended]") == [1, 0, False]
    site.wait_for_function("ended")
    assert route.messages == []


def test_a_test_may_end_while_everything_hangs(
    site: Page, origin: Origin, network: Network
) -> None:
    network.set(HANG)
    site.evaluate("() => { fetch('/data'); new WebSocket(`ws://${location.host}/socket`); }")
    site.evaluate("() => { location.href = '/elsewhere'; }")
    origin.requests.wait_for(lambda seen: len([each for each in seen if each.in_flight]) >= 2)


def test_latency_and_jitter(site: Page, origin: Origin, network: Network) -> None:
    timed = """async () => { const started = performance.now(); await fetch("/data");
        return performance.now() - started; }"""
    with network.set(latency(120) + jitter(30, seed=1)):
        taken = [site.evaluate(timed) for _ in range(3)]
    held = [re.match(r"held back (\d+)", each.weather[0]) for each in origin.requests[-3:]]
    waits = [int(each[1]) for each in held if each is not None]
    assert all(120 <= wait <= 150 for wait in waits)
    assert len(set(waits)) == 3, "each is drawn for itself"
    assert all(took >= wait - 1 for took, wait in zip(taken, waits, strict=True))


def test_bandwidth(site: Page, origin: Origin, network: Network) -> None:
    origin.reply("/large", bytes(20_000))
    timed = """async () => { const started = performance.now();
        await (await fetch("/large")).arrayBuffer(); return performance.now() - started; }"""
    with network.set(bandwidth(100_000)):
        assert site.evaluate(timed) >= 190
    assert origin.requests[-1].weather == ("slowed by bandwidth(100000)",)


def test_flaky_is_the_weather_of_its_seed(site: Page, origin: Origin, network: Network) -> None:
    def weather(script: str) -> list[str]:
        with network.set(flaky(0.4, seed=7)):
            found: list[str] = site.evaluate(script)
            return found

    one_by_one = """async () => { const found = []; for (let n = 0; n < 20; n += 1) {
        found.push(await fetch(`/data?${n}`).then(() => "yes", () => "no")); } return found; }"""
    at_once = """() => Promise.all([...Array(20).keys()].map(
        (n) => fetch(`/data?${n}`).then(() => "yes", () => "no")))"""
    first = weather(one_by_one)
    assert {"yes", "no"} == set(first)
    assert weather(at_once) == first


def test_flapping(site: Page, network: Network) -> None:
    with network.set(flapping("+-")):
        assert [fetched(site) for _ in range(4)] == ["200 data", "TypeError"] * 2


def test_truncated_and_corrupt_answers(site: Page, origin: Origin, network: Network) -> None:
    with network.set(truncate(2)):
        assert fetched(site) == "broken off"
    with network.set(corrupt()):
        assert fetched(site) not in ("200 data", "broken off", "TypeError")
    assert fetched(site) == "200 data"
    assert [seen.outcome for seen in origin.requests.to("/data")] == ["cut", "served", "served"]


def test_damage_does_not_stay_in_the_http_cache(
    site: Page, origin: Origin, network: Network
) -> None:
    origin.reply("/kept", "kept", headers={"ETag": '"1"'})
    ask = "() => fetch('/kept').then((answer) => answer.text())"
    with network.set(corrupt()):
        assert site.evaluate(ask) != "kept"
    assert site.evaluate(ask) == "kept"


def test_a_gateway_for_some_paths(site: Page, network: Network) -> None:
    with network.set(status(503, body="later").on("/api/*") + latency(5)):
        assert fetched(site, "/api/x") == "503 later"
        assert fetched(site) == "200 data"


def test_a_captive_portal(site: Page, origin: Origin, network: Network) -> None:
    with network.set(captive_portal("<title>pay</title>pay")):
        assert fetched(site) == "200 <title>pay</title>pay"
        site.goto(origin.url)
        assert site.title() == "pay"
    site.goto(origin.url)
    assert site.title() == "site"


def test_the_browsers_switch_alone(site: Page, origin: Origin, network: Network) -> None:
    with network.set(ONLINE.with_browser(online=False)):
        assert site.evaluate("navigator.onLine") is False
        assert fetched(site) == "TypeError"
    assert origin.requests.wait_for(lambda _: origin.requests.to("/data"))
    assert [seen.stopped_by for seen in origin.requests.to("/data")] == ["browser"]


def test_what_cannot_be_is_told(site: Page, origin: Origin, network: Network) -> None:
    for condition, sentence in [
        ("slow 3G", "network.set() takes a Condition, not 'slow 3G'; choose OFFLINE, ONLINE"),
        (latency, "network.set() takes a Condition, not the function latency; call it"),
        (dns_failure("cdn.test"), f"would do nothing: it is about none of the test's origins ({origin.url})"),
        (tls_error(), f"{origin.url} is not served over TLS, so there is no handshake that could fail"),
    ]:  # fmt: skip
        with pytest.raises(UsageError) as failure:
            network.set(condition)  # type: ignore[arg-type]
        assert sentence in str(failure.value)
    assert network.condition == ONLINE
    assert fetched(site) == "200 data"


def test_conditions_nest(site: Page, network: Network) -> None:
    with network.set(status(503)):
        with network.offline():
            assert site.evaluate("navigator.onLine") is False
        assert network.condition == status(503)
        assert fetched(site).startswith("503")
    assert [str(condition) for _, condition in network.changes] == [
        "status(503)", "offline", "status(503)", "online",
    ]  # fmt: skip
    assert network.condition != OFFLINE


@pytest.mark.network(latency(3).on("/data"))
def test_a_marker_sets_the_weather_from_the_start(
    site: Page, origin: Origin, network: Network
) -> None:
    assert str(network.condition) == "latency(3).on('/data')"
    assert fetched(site) == "200 data"
    assert [seen.weather for seen in origin.requests] == [(), ("held back 3 ms",)]
    network.online()
    assert network.condition == ONLINE
