"""``expect(service_worker)`` over several tabs: who waits, who is in charge, and of whom."""

from __future__ import annotations

import pytest

from pytest_offline.errors import UsageError
from pytest_offline.expectations.service_worker import ServiceWorkerAssertions

START = "expected <ServiceWorkers of t>"


@pytest.fixture
def expected(fake_workers):
    return ServiceWorkerAssertions(fake_workers, timeout=0)


def message_of(call, *args, **options):
    with pytest.raises(AssertionError) as caught:
        call(*args, **options)
    return str(caught.value)


def test_nobody_waits(fake_workers, expected):
    assert message_of(expected.to_be_waiting) == (
        f"{START} to be waiting, but saw\n  nothing is registered"
    )
    fake_workers.register(active="2")
    fake_workers.live("started", "install", "skip-waiting", "activate")
    fake_workers.open("/a", "2")
    assert message_of(expected.to_be_waiting, version="2") == (
        f"{START} to be waiting in version '2', but saw\n"
        "  http://t.localhost:1/: active '2' (activated)\n"
        "  page http://t.localhost:1/a: controlled by '2', http://t.localhost:1/sw.js (activated)\n"
        "  lately: install, skip-waiting, activate"
    )
    expected.not_to_be_waiting()


def test_somebody_waits(fake_workers, expected):
    fake_workers.register("http://t.localhost:1/app/", active="1")
    fake_workers.register(active="1", waiting="2")
    expected.to_be_waiting()
    expected.to_be_waiting(version="2")
    expected.not_to_be_waiting(version="3")
    assert message_of(expected.not_to_be_waiting, version="2") == (
        f"{START} not to be waiting in version '2', but saw\n"
        "  http://t.localhost:1/: waiting '2', active '1' (activated)\n"
        "  http://t.localhost:1/app/: active '1' (activated)"
    )


def test_it_waits_for_who_waits(fake_workers):
    fake_workers.coming = [lambda: None, lambda: fake_workers.register(waiting="2")]
    ServiceWorkerAssertions(fake_workers).to_be_waiting(version="2")
    assert fake_workers.waits == 2


def test_installing(fake_workers, expected):
    expected.not_to_be_installing()
    fake_workers.register(installing="2", active="1")
    expected.to_be_installing(version="2")
    assert message_of(expected.not_to_be_installing).startswith(
        f"{START} not to be installing, but saw\n  http://t.localhost:1/: installing '2', active"
    )
    assert "to be installing in version '1', but" in message_of(
        expected.to_be_installing, version="1"
    )


def test_active(fake_workers, expected):
    expected.not_to_be_active()
    fake_workers.register(active="1")
    expected.to_be_active()
    expected.to_be_active(version="1")
    assert "not to be active in version '1'" in message_of(expected.not_to_be_active, version="1")
    assert "active '1' (activated)" in message_of(expected.to_be_active, version="2")


def test_control(fake_workers, expected):
    first, second = fake_workers.open("/a"), fake_workers.open("/b", "1")
    expected.not_to_control(first)
    expected.to_control(second)
    expected.to_control(second, version="1")
    expected.not_to_control(second, version="2")
    assert message_of(expected.to_control, second, version="2") == (
        f"{START} to control http://t.localhost:1/b in version '2', but saw\n"
        "  page http://t.localhost:1/b: controlled by '1', http://t.localhost:1/sw.js (activated)\n"
        "  page http://t.localhost:1/a: nobody controls it"
    )
    assert message_of(expected.not_to_control, second).startswith(
        f"{START} not to control http://t.localhost:1/b, but saw\n  page http://t.localhost:1/b: c"
    )


def test_a_page_of_a_registration_that_is_gone(fake_workers, expected):
    page = fake_workers.open("/a", "1", scope=None)
    assert "(activated, unregistered)" in message_of(expected.not_to_control, page)


def test_a_page_of_another_site(fake_workers, expected):
    page = fake_workers.open("/a", "1")
    page.url, fake_workers.pages = "http://u.localhost:1/", ()
    assert message_of(expected.to_control, page) == (
        f"{START} to control http://u.localhost:1/, but saw\n"
        "  http://u.localhost:1/: not a page of this origin now"
    )


def test_a_page_that_is_closed(fake_workers, expected):
    page = fake_workers.open("/a", "1")
    page.closed = True
    with pytest.raises(UsageError, match=r"to_control\(http://t.localhost:1/a\): that page is clo"):
        expected.not_to_control(page)
