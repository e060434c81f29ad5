"""``expect(service_worker)``: what passes, what waits, and the sentence it fails with."""

from __future__ import annotations

import pytest

from pytest_offline.expectations.service_worker import ServiceWorkerAssertions


@pytest.fixture
def expected(fake_workers):
    return ServiceWorkerAssertions(fake_workers, timeout=0)


def message_of(call, *args, **options):
    with pytest.raises(AssertionError) as caught:
        call(*args, **options)
    return str(caught.value)


def test_to_be_ready_waits(fake_workers):
    def ready():
        fake_workers.ready = True

    fake_workers.coming = [lambda: None, ready]
    ServiceWorkerAssertions(fake_workers).to_be_ready(expect=iter(["/a", "/b"]))
    assert fake_workers.wanted == [("/a", "/b")] * 3


def test_not_ready(fake_workers, expected):
    assert message_of(expected.to_be_ready) == (
        "expected <ServiceWorkers of t> to be ready, but saw\n  /a is in no cache"
    )
    expected.not_to_be_ready()
    fake_workers.ready = True
    assert message_of(expected.not_to_be_ready) == (
        "expected <ServiceWorkers of t> not to be ready, but saw\n  ready"
    )


def test_state(fake_workers, expected):
    expected.to_have_state(None)
    expected.not_to_have_state("activated")
    assert message_of(expected.to_have_state, "activated") == (
        "expected <ServiceWorkers of t> to have state 'activated', but saw\n  its state is None"
    )
    assert message_of(expected.not_to_have_state, None) == (
        "expected <ServiceWorkers of t> not to have state None, but saw\n  its state is None"
    )


def test_state_waits(fake_workers):
    def activated():
        fake_workers.state = "activated"

    fake_workers.coming = [activated]
    ServiceWorkerAssertions(fake_workers).to_have_state("activated")
    assert fake_workers.waits == 1


def test_answered(fake_workers, expected):
    fake_workers.answer("/a", "network")
    fake_workers.answer("/a", "cache", "v1")
    expected.to_have_answered("/a")
    expected.to_have_answered("http://t.localhost:1/a", source="cache")
    expected.not_to_have_answered("/a", source="made")
    expected.not_to_have_answered("/b")


def test_answered_waits(fake_workers):
    fake_workers.coming = [
        lambda: fake_workers.answer("/a", "network"),
        lambda: fake_workers.answer("/a", "cache"),
    ]
    ServiceWorkerAssertions(fake_workers).to_have_answered("/a", source="cache")
    assert fake_workers.waits == 2


def test_not_answered_shows_what_was(fake_workers, expected):
    assert message_of(expected.to_have_answered, "/a") == (
        "expected <ServiceWorkers of t> to have answered http://t.localhost:1/a, but saw\n"
        "  it was asked nothing"
    )
    fake_workers.answer("/b", "made")
    assert message_of(expected.to_have_answered, "/a").endswith(
        "\n  GET http://t.localhost:1/b ← made"
    )
    fake_workers.answer("/a", "cache", "v1")
    assert message_of(expected.to_have_answered, "/a", source="network") == (
        "expected <ServiceWorkers of t> to have answered http://t.localhost:1/a "
        "from source 'network', but saw\n  GET http://t.localhost:1/a ← cache 'v1'"
    )
    assert message_of(expected.not_to_have_answered, "/a") == (
        "expected <ServiceWorkers of t> not to have answered http://t.localhost:1/a, but saw\n"
        "  GET http://t.localhost:1/a ← cache 'v1'"
    )


def test_title_and_time(fake_workers):
    expected = ServiceWorkerAssertions(fake_workers, timeout=30, title="the shell")
    text = message_of(expected.to_have_state, "activated")
    assert text.startswith("the shell\nexpected ")
    assert text.endswith("\n  waited 30 ms")
    assert message_of(expected.to_be_ready, timeout=20).endswith("\n  waited 20 ms")
