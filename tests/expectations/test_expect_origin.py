"""``expect(origin)``: what passes, what waits, and the sentence it fails with."""

from __future__ import annotations

import http.client
import threading

import pytest

from pytest_offline import OFFLINE, expect
from pytest_offline.expectations.origin import OriginAssertions


@pytest.fixture
def expected(local):
    return OriginAssertions(local, timeout=0)


def message_of(call, *args, **options):
    with pytest.raises(AssertionError) as caught:
        call(*args, **options)
    return str(caught.value)


def get(origin, path):
    """One request; None where the connection broke."""
    client = http.client.HTTPConnection("127.0.0.1", origin.port, timeout=30)
    try:
        client.request("GET", path, headers={"Host": f"{origin.host}:{origin.port}"})
        answer = client.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        client.close()
    return answer.status


def test_received(local, expected):
    local.reply("/a", "a")
    assert get(local, "/a?b=1") == 200
    expected.to_have_received("/a")
    expected.to_have_received("/a?b=1", times=1)
    expected.to_have_received(local.url_for("/a"))
    expected.not_to_have_received("/a?b=2")
    expected.not_to_have_received("/a", times=2)
    expected.to_have_received("/nothing", times=0)


def test_not_received_shows_what_was(local, expected):
    assert message_of(expected.to_have_received, "/a") == (
        f"expected {local!r} to have received '/a', but saw\n  nothing was received"
    )
    local.reply("/b", "b")
    get(local, "/b")
    assert message_of(expected.to_have_received, "/a", times=2) == (
        f"expected {local!r} to have received '/a' 2 times, but saw\n"
        "  0 such requests; all there were:\n  GET /b → served 200 (other)"
    )
    assert message_of(expected.not_to_have_received, "/b") == (
        f"expected {local!r} not to have received '/b', but saw\n  GET /b → served 200 (other)"
    )


def test_only_the_last_are_shown(local, expected):
    local.reply("/b", "b")
    for _ in range(12):
        get(local, "/b")
    lines = message_of(expected.to_have_received, "/a").splitlines()
    assert lines[1] == "  … 2 earlier ones"
    assert len(lines) == 12


def test_it_waits_for_a_request_that_is_yet_to_come(local):
    looked = threading.Event()
    refresh = looked.set
    local.requests.refresh = refresh  # called before each look
    local.reply("/a", "a")

    def later():
        looked.wait(30)
        get(local, "/a")

    thread = threading.Thread(target=later)
    thread.start()
    OriginAssertions(local).to_have_received("/a")
    thread.join()
    local.requests.refresh = None


def test_what_the_browser_stopped_was_not_received(local, expected):
    local.set_condition(OFFLINE)
    local.note_blocked(method="GET", url=local.url_for("/a"), initiator="fetch")
    expected.not_to_have_received("/a")
    assert message_of(expected.to_have_received, "/a").endswith(
        "\n  GET /a → blocked (fetch, stopped by the browser)"
    )


def test_what_the_origin_blocked_was_received_and_not_served(local, expected):
    local.reply("/a", "a")
    local.set_condition(OFFLINE)
    assert get(local, "/a") is None
    OriginAssertions(local).to_have_received("/a")
    expected.to_have_served_nothing()
    assert "GET /a → blocked (other, stopped by the origin)" in message_of(
        expected.not_to_have_served_nothing
    )


def test_served_nothing(local, expected):
    expected.to_have_served_nothing()
    assert message_of(expected.not_to_have_served_nothing) == (
        f"expected {local!r} not to have served nothing, but saw\n  nothing was received"
    )
    local.reply("/a", "a")
    get(local, "/a")
    OriginAssertions(local).not_to_have_served_nothing()
    assert message_of(expected.to_have_served_nothing) == (
        f"expected {local!r} to have served nothing, but saw\n  GET /a → served 200 (other)"
    )


@pytest.mark.parametrize("how", ["clear", "since"])
def test_only_what_came_after_a_mark_counts(local, expected, how):
    local.reply("/a", "a")
    get(local, "/a")
    options = {}
    if how == "clear":
        local.requests.clear()
    else:
        options["since"] = local.requests.mark()
    expected.to_have_served_nothing(**options)
    expected.not_to_have_received("/a", **options)
    get(local, "/a")
    expected.to_have_received("/a", times=1, **options)
    assert len(message_of(expected.to_have_served_nothing, **options).splitlines()) == 2


def test_an_answer_that_was_cut_or_failed_was_served_too(local, expected):
    local.reply("/cut", 100 * "x", cut_after=10)
    get(local, "/cut")
    assert "GET /cut → cut 200" in message_of(expected.to_have_served_nothing)


def test_through_expect_itself(local):
    expect(local).to_have_served_nothing()
    text = message_of(expect(local, "the tunnel").to_have_received, "/a", timeout=1)
    assert text.startswith("the tunnel\nexpected <Origin ")
    assert text.endswith("\n  waited 1 ms")
