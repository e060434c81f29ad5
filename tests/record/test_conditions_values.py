"""Conditions as values: how they add up, narrow, contradict, and read as text."""
# ruff: noqa: E501 (sentences stand on lines of their own)

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass

import pytest

from pytest_offline.errors import UsageError
from pytest_offline.record import (
    HANG,
    OFFLINE,
    ONLINE,
    RESET,
    SERVER_DOWN,
    Condition,
    Exchange,
    bandwidth,
    captive_portal,
    condition_of,
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
from pytest_offline.record.effects import Delay, Instead, Rate


@dataclass
class Cdn:
    url: str = "http://cdn.localhost:81/"


def test_they_are_frozen_and_equal_by_what_they_say() -> None:
    assert latency(200) == latency(200) != latency(201)
    assert len({latency(200), latency(200), OFFLINE}) == 2
    with pytest.raises(FrozenInstanceError):
        OFFLINE.name = "x"  # type: ignore[misc]


def test_they_add_up_and_read_as_they_were_written() -> None:
    weather = latency(200) + bandwidth("slow 3G") + flaky(0.1, seed=1)
    assert str(weather) == "latency(200) + bandwidth('slow 3G') + flaky(0.1, seed=1)"
    assert weather.reachable
    assert weather.browser_online
    assert weather + ONLINE == weather == ONLINE + weather
    assert ONLINE + ONLINE == ONLINE
    assert sum([latency(1), jitter(2)], ONLINE).effects == (latency(1) + jitter(2)).effects


def test_two_switches() -> None:
    views = {c.name: (c.reachable, c.browser_online) for c in (ONLINE, OFFLINE, SERVER_DOWN, HANG)}
    assert views == {
        "online": (True, True),
        "offline": (False, False),
        "server down": (False, True),
        "hang": (False, True),
    }
    alone = ONLINE.with_browser(online=False)
    assert (alone.reachable, alone.browser_online, alone.is_clear) == (True, False, False)
    assert str(SERVER_DOWN.with_browser(online=False)) == "SERVER_DOWN.with_browser(online=False)"
    assert OFFLINE.with_browser(online=False) is OFFLINE
    assert not (alone + latency(2)).browser_online
    assert alone.at("http://t1.localhost:80/") is alone


def test_a_name_tells_both_switches_and_can_be_read_again() -> None:
    away = latency(2).with_browser(online=False)
    assert str(away) == "latency(2).with_browser(online=False)"
    both = away + jitter(3)
    assert str(both) == "(latency(2) + jitter(3, seed=0)).with_browser(online=False)"
    assert condition_of(str(both)) == both == latency(2) + jitter(3).with_browser(online=False)
    assert str(both.with_browser(online=True)) == "latency(2) + jitter(3, seed=0)"
    assert str((away + jitter(3).on("/a")).at("http://o.test")).endswith("(online=False)")
    assert str(away.at("http://o.test")) == str(away)
    assert str(OFFLINE.with_browser(online=True)) == "offline.with_browser(online=True)"


def test_what_does_the_same_is_equal_whatever_it_is_called() -> None:
    down = SERVER_DOWN.with_browser(online=False).with_browser(online=True)
    assert (down, str(down), hash(down)) == (SERVER_DOWN, "SERVER_DOWN", hash(SERVER_DOWN))
    assert SERVER_DOWN.with_browser(online=False) != OFFLINE, "one is refused, the other silent"
    assert ONLINE.with_browser(online=False) != ONLINE


def test_what_counts_as_away() -> None:
    down = (OFFLINE, SERVER_DOWN, ONLINE.with_browser(online=False))
    assert [each.is_away for each in down] == [True, True, True]
    assert [each.is_away for each in (ONLINE, latency(20))] == [False, False]


@pytest.mark.parametrize(
    ("condition", "covered", "left_alone"),
    [
        (RESET.on("/api/*"), ["/api/x", "/api/x/y?z", "/api/?/"], ["/api", "/", "/x/api/y"]),
        (RESET.on("/a", "/b"), ["/a", "/a?x", "/b"], ["/c", "/a/"]),
        (RESET.except_on("/health"), ["/", "/health/"], ["/health", "/health?x"]),
        (RESET.on("/api/*").except_on("/api/x"), ["/api/y"], ["/api/x", "/y"]),
        (RESET.on("http://t1.localhost:80/p*"), ["/p", "/page"], ["/", "/x"]),
    ],
)  # fmt: skip
def test_for_some_paths(condition: Condition, covered: list[str], left_alone: list[str]) -> None:
    (effect,) = condition.effects
    assert condition.reachable
    assert all(effect.covers("http://t1.localhost:80", path) for path in covered)
    assert not any(effect.covers("http://t1.localhost:80", path) for path in left_alone)


def test_for_one_origin_of_several() -> None:
    cdn, app = "http://cdn.localhost:81/", "http://t1.localhost:81"
    down = SERVER_DOWN.on(Cdn())
    assert str(down) == "SERVER_DOWN.on('http://cdn.localhost:81/*')"
    assert not down.at(cdn).reachable
    assert down.at(cdn).effects == SERVER_DOWN.effects
    assert down.at(app) == ONLINE
    assert SERVER_DOWN.except_on(Cdn()).at(cdn) == ONLINE
    assert not SERVER_DOWN.except_on(Cdn()).at(app).reachable
    both = latency(9) + status(503).on("http://cdn.localhost:81/api/*")
    assert both.at(app) == latency(9)
    assert str(both.at(cdn)) == "latency(9) + status(503).on('/api/*')"
    assert str(both.on("/x", Cdn())).startswith("latency(9).on('/x', 'http://cdn")
    assert OFFLINE.at(app) is OFFLINE
    paths = latency(9).on("/x")
    assert paths.at(app) is paths


def test_a_host_without_a_name() -> None:
    lost = dns_failure("cdn.localhost")
    assert str(lost + latency(3)) == "dns_failure('cdn.localhost') + latency(3)"
    assert not lost.at("http://cdn.localhost:81/").reachable
    assert lost.at("http://t1.localhost:81/") == ONLINE


CONTRADICTIONS = [
    (lambda: OFFLINE + ONLINE, "offline + online contradict each other: nothing is answered"),
    (lambda: ONLINE + SERVER_DOWN, "online + server down contradict each other"),
    (lambda: OFFLINE + latency(200), "while offline is in force nothing is answered, so latency(200) could do nothing; leave one of them out, or keep SERVER_DOWN to some paths"),
    (lambda: status(503) + HANG, "while hang is in force nothing is answered, so status(503) could do nothing"),
    (lambda: ONLINE + ONLINE.with_browser(online=False), "the browser is either online or not"),
    (lambda: latency(1) + latency(2), "latency(1) and latency(2) are two answers to one question (latency)"),
    (lambda: status(503) + captive_portal(), "status(503) and captive_portal() are two answers to one question (answer)"),
    (lambda: RESET.on("/a") + latency(2).on("/a"), "what RESET.on('/a') is for is never answered, so latency(2).on('/a') could do nothing there"),
    (lambda: latency(2).on("/a") + RESET.on("/a"), "what RESET.on('/a') is for is never answered"),
]  # fmt: skip


@pytest.mark.parametrize(("made", "sentence"), CONTRADICTIONS)
def test_contradictions_are_told(made, sentence: str) -> None:
    with pytest.raises(UsageError) as failure:
        made()
    assert sentence in str(failure.value)
    assert "leave one of them out" in str(failure.value)


def test_what_only_looks_like_a_contradiction() -> None:
    assert latency(1) + latency(2).on("/slow/*")
    assert latency(5) + RESET.on("/a") + status(503).on("/b")
    assert RESET.on("/page?")  # any letter, as in shells
    assert flaky(0.5) + flapping("+-") + truncate(3) + corrupt() + status(500)


NONSENSE = [
    (lambda: latency(-1), "latency(-1): give a number of milliseconds above 0"),
    (lambda: latency(float("nan")), "latency(nan): give a number"),
    (lambda: latency(True), "latency(True): give a number"),
    (lambda: latency("5G"), "latency('5G'): no preset has that name; choose from 'slow 3G'"),
    (lambda: jitter(0), "jitter(0): give a number of milliseconds above 0"),
    (lambda: jitter(5, seed="x"), "jitter(seed='x'): a seed is a whole number"),
    (lambda: bandwidth(0), "bandwidth(0): down=0 is no number of bytes a second"),
    (lambda: bandwidth(10, up=-1), "bandwidth(10, up=-1): up=-1 is no number"),
    (lambda: bandwidth("modem"), "bandwidth('modem'): no preset has that name"),
    (lambda: flaky(0), "flaky(0): the rate is the share"),
    (lambda: flaky(1), "use RESET where all are to break"),
    (lambda: flapping("+++"), "flapping('+++'): a schedule of turns"),
    (lambda: flapping([100]), "flapping([100]): a schedule by the clock"),
    (lambda: flapping([100, 0]), "flapping([100, 0]): a schedule by the clock"),
    (lambda: flapping(7), "flapping(7): a schedule by the clock"),
    (lambda: truncate(-1), "truncate(-1): say after how many bytes"),
    (lambda: status(200), "status(200): a failing gateway answers with 400 to 599"),
    (lambda: captive_portal(""), "captive_portal(''): give the HTML"),
    (lambda: corrupt(every=0), "corrupt(every=0): say in how many bytes"),
    (lambda: dns_failure("http://x"), "dns_failure('http://x'): give the name of a host without scheme"),
    (lambda: latency(1) + 200, "latency(1) + 200: only conditions can be added"),
    (lambda: latency(1).on(), "latency(1).on() was given nothing"),
    (lambda: RESET.on("/data?v=1"), "on('/data?v=1') would be for no request: queries are left out of account; write '/data'"),
    (lambda: RESET.on("http://cdn.localhost:81/x?y=1"), "write 'http://cdn.localhost:81/x'"),
    (lambda: status(503, {"a": 1}), "status(503, {'a': 1}): the body is text or bytes; give json.dumps"),
    (lambda: latency(1).on("api"), "latency(1).on('api'): that is neither a path nor a URL nor an origin"),
    (lambda: latency(1).on(5), "latency(1).on(5): that is neither"),
    (lambda: OFFLINE.on("/x"), "a browser is offline as a whole, not for some of its requests; use SERVER_DOWN.on('/x')"),
    (lambda: ONLINE.except_on("/x"), "online.except_on('/x'): online does nothing to exchanges"),
]  # fmt: skip


@pytest.mark.parametrize(("made", "sentence"), NONSENSE)
def test_nonsense_is_told(made, sentence: str) -> None:
    with pytest.raises(UsageError) as failure:
        made()
    assert sentence in str(failure.value)


def test_presets_are_those_of_the_developer_tools() -> None:
    (slow,) = bandwidth("Slow 3g").effects
    assert isinstance(slow, Rate)
    assert (slow.down, slow.up) == (50_000, 50_000)
    (mixed,) = bandwidth("4G", up=7).effects
    assert isinstance(mixed, Rate)
    assert (mixed.down, mixed.up) == (1_012_500, 7)
    (wait,) = latency("fast 3G").effects
    assert isinstance(wait, Delay)
    assert wait.ms == 562.5
    assert [str(bandwidth(5)), str(bandwidth(5, up=6))] == ["bandwidth(5)", "bandwidth(5, up=6)"]


def test_answers_in_the_origins_place() -> None:
    (failing,) = status(502).effects
    (said,) = status(502, body="later").effects
    (portal,) = captive_portal("<title>pay</title>").effects
    (long,) = captive_portal(b"<title>pay for the network</title>").effects
    assert all(isinstance(each, Instead) for each in (failing, said, portal, long))
    assert (failing.status, failing.body, said.body) == (502, b"502\n", b"later")
    assert (portal.status, portal.body) == (200, b"<title>pay</title>")
    assert str(portal) == "captive_portal('<title>pay</title>')"
    assert str(long) == "captive_portal(b'<title>pay for the network…')"


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("offline", OFFLINE),
        ("Server-Down", SERVER_DOWN),
        ("lie-fi", HANG),
        ("slow 3G", latency("slow 3G") + bandwidth("slow 3G")),
        ("HANG.on('/api/*')", HANG.on("/api/*")),
        (" latency(200) + flaky(0.1, seed=1) ", latency(200) + flaky(0.1, seed=1)),
        ("flapping([20, 5]).except_on('/a') + tls_error()", flapping([20, 5]).except_on("/a") + tls_error().on("/b")),
        ("ONLINE.with_browser(online=False)", ONLINE.with_browser(online=False)),
    ],
)  # fmt: skip
def test_text_is_read(text: str, condition: Condition) -> None:
    if "tls_error" in text:
        text = text.replace("tls_error()", "tls_error().on('/b')")
    assert condition_of(text) == condition
    assert condition.name in ("offline", "server down", "hang") or (
        condition_of(str(condition).replace("online.", "ONLINE.")) == condition
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("foggy", "'foggy' is no weather; give a name (online, offline, server down"),
        ("latency(2", "'latency(2' is no weather; give a name"),
        ("latency(2) + fog(1)", "is no weather: fog is not known in it"),
        ("latency(2) - latency(1)", "is no weather;"),
        ("latency(ms)", "'latency(ms)': ms cannot stand between parentheses here"),
        ("latency(1, 2, 3)", "latency(1, 2, 3) cannot be: latency() takes 1 positional argument"),
        ("latency(-5)", "latency(-5): give a number of milliseconds above 0"),
        ("__import__('os').system('x')", "is no weather: __import__('os').system is not known in it"),
        ("latency(1) + 7", "is no weather: 7 is not known in it"),
    ],
)  # fmt: skip
def test_text_that_is_no_weather(text: str, sentence: str) -> None:
    with pytest.raises(UsageError) as failure:
        condition_of(text)
    assert sentence in str(failure.value)


def test_an_exchange_says_what_was_done_to_it() -> None:
    seen = Exchange(1, 1.0, "GET", "/a", "http://o/a", status=200, weather=("held back 20 ms",))
    assert str(seen) == "GET /a → served 200, held back 20 ms"
