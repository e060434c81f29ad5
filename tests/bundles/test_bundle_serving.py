"""The site of a bundle as it is served again, asked without a browser."""

from __future__ import annotations

import http.client
from collections.abc import Iterator

import pytest

from pytest_offline.bundles import Answer, Effect, Host, Site
from pytest_offline.bundles.conditions import as_step
from pytest_offline.bundles.runner.fields import BundleError
from pytest_offline.bundles.runner.serving import Served
from pytest_offline.bundles.runner.weather import Weather, checked
from pytest_offline.origin.weather import Weather as OriginWeather
from pytest_offline.record import (
    HANG,
    SERVER_DOWN,
    Condition,
    captive_portal,
    corrupt,
    dns_failure,
    flaky,
    flapping,
    jitter,
    latency,
    truncate,
)

NAMES = {"http://m.localhost:1": "main", "http://c.localhost:2": "cdn"}
PLACES = ["main/x", "main/z", "cdn/x", "cdn/y"]

SITE = Site(
    (
        Host(
            (
                Answer("/", b"<a href='http://cdn.localhost:0/x'>"),
                Answer("/twice", b"later"),
                Answer("/twice", b"first", times=2),
                Answer("/q?a=1", b"one"),
                Answer("/q", b"any"),
                Answer("/cut", b"0123456789", cut_after=4),
                Answer("/pieces", b"0123456789", pieces=(3, 7)),
                Answer("/tag", b"t", headers=(("ETag", '"1"'), ("X-A", "1"), ("X-A", "2"))),
                Answer("/post", b"posted", 201, method="POST"),
                Answer("*", b"fallback"),
            )
        ),
        Host((Answer("/x", b"from elsewhere"),), "cdn"),
    )
)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with Served(SITE) as found:
        yield found


def ask(
    served: Served, path: str, method: str = "GET", host: str = "main", **headers: str
) -> tuple[int, bytes, list[tuple[str, str]]]:
    line = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    line.request(method, path, headers={"Host": f"{host}.localhost:{served.port}", **given})
    answer = line.getresponse()
    try:
        body = answer.read()
    except http.client.IncompleteRead as cut:
        body = cut.partial + b"|"
    line.close()
    return answer.status, body, answer.getheaders()


def test_answers_are_as_they_were(served: Served) -> None:
    there = f"http://cdn.localhost:{served.port}/x".encode()
    status, body, headers = ask(served, "/")
    assert (status, body) == (200, b"<a href='" + there + b"'>")
    assert ("Content-Type", "text/html; charset=utf-8") in headers
    assert ask(served, "/x", host="cdn")[1] == b"from elsewhere"
    assert [ask(served, "/twice")[1] for _ in range(3)] == [b"first", b"first", b"later"]
    assert [ask(served, path)[1] for path in ("/q?a=1", "/q?a=2")] == [b"one", b"any"]
    assert ask(served, "/pieces")[1] == b"0123456789"
    assert ask(served, "/cut")[1] == b"0123|"
    assert ask(served, "/post", "POST")[:2] == (201, b"posted")
    assert ask(served, "/", "HEAD")[:2] == (200, b"")


def test_headers_validators_and_what_is_not_there(served: Served) -> None:
    assert [pair for pair in ask(served, "/tag")[2] if pair[0] == "X-A"] == [
        ("X-A", "1"),
        ("X-A", "2"),
    ]
    assert ask(served, "/tag", If_None_Match='"1"')[:2] == (304, b"")
    assert ask(served, "/none", Sec_Fetch_Mode="navigate")[1] == b"fallback"
    assert ask(served, "/none", Sec_Fetch_Mode="cors")[:2] == (
        404,
        b"GET /none: not in this bundle\n",
    )
    assert ask(served, "/", host="other")[0] == 421


def test_while_it_is_away_not_one_byte_comes(served: Served) -> None:
    served.set_network(reachable=False, effects=())
    with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
        ask(served, "/q")
    assert [str(each) for each in served.requests("main", "/q")] == ["GET /q blocked"]
    served.set_network(reachable=True, effects=())
    assert ask(served, "/q")[1] == b"any"
    assert [str(each) for each in served.requests("main", "*")] == ["GET /q served"]


def test_what_is_not_known_says_so(served: Served) -> None:
    with pytest.raises(BundleError, match="no host 'x' in the site; it has main, cdn"):
        served.lay("x", ())
    with pytest.raises(BundleError, match=r"effects\[0\]\.kind: should be one of stop, latency"):
        checked((Effect("rain"),))
    with pytest.raises(BundleError, match=r"\(latency\)\.ms: should be a number .* is 'x'"):
        checked((Effect("latency", {"ms": "x"}),))


def test_the_same_seed_is_the_same_weather_as_at_the_origin() -> None:
    condition = (
        flaky(0.4, seed=3).on("/api/*") + jitter(50, seed=2) + truncate(30).on("/cut")
        + corrupt(10, seed=4)
    )  # fmt: skip
    step = as_step(condition, NAMES)
    ours, origins = Weather(checked(step.effects)), OriginWeather(condition, "http://main:1")
    for target in ["/api/a", "/api/a?x", "/cut", "/"] * 20:
        ours.fate("GET", target, "cdn")  # another host draws its own lots
        here, there = ours.fate("GET", target, "main"), origins.fate("GET", target)
        assert (here.stop, here.wait, here.truncate) == (there.stop, there.wait, there.truncate)
        assert here.damaged(b"x" * 25) == b"".join(there.shaped(b"x" * 25, 0))


@pytest.mark.parametrize(
    "condition",
    [SERVER_DOWN, HANG.on("/x"), captive_portal(), latency(5).except_on("/a"), flapping("++-")],
    ids=str,
)
def test_every_condition_is_a_step(condition: Condition) -> None:
    step = as_step(condition, NAMES)
    assert checked(step.effects) == step.effects
    assert step.name == str(condition)


@pytest.mark.parametrize(
    ("condition", "held_back"),
    [
        (latency(5).on("http://c.localhost:2/*"), ["cdn/x", "cdn/y"]),
        (latency(5).on("*://c.localhost:2/x", "/z"), ["main/z", "cdn/x"]),
        (latency(5).except_on("http://c.localhost:2/*"), ["main/x", "main/z"]),
        (latency(5).except_on("http://elsewhere.example/*"), PLACES),
        (latency(5).on("http://elsewhere.example/*"), []),
        (dns_failure("c.localhost"), ["cdn/x", "cdn/y"]),
        (dns_failure("fonts.example"), []),
    ],
    ids=str,
)  # fmt: skip
def test_a_condition_of_one_origin_is_so_of_its_host_alone(
    condition: Condition, held_back: list[str]
) -> None:
    weather = Weather(checked(as_step(condition, NAMES).effects))
    found: list[str] = []
    for place in PLACES:
        host, _, path = place.partition("/")
        fate = weather.fate("GET", f"/{path}", host)
        found += [place] * bool(fate.wait or fate.stop)
    assert found == held_back
