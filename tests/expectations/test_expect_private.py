"""``expect(caches).to_hold_nothing_private()``: the sentence, and a real browser."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from playwright.sync_api import Page

from pytest_offline import Caches, Network, UsageError, expect
from pytest_offline.expectations.caches import CachesAssertions
from pytest_offline.origin import Origin
from pytest_offline.record.auditing import Finding

pytestmark = pytest.mark.any_build

FOUND = Finding("private", "warning", "/me", "v1", "/me is kept though it says no-store")


def assertions(*findings: Finding) -> CachesAssertions:
    class FakeCaches(SimpleNamespace):
        def __repr__(self) -> str:
            return "<Caches of t>"

    fake = FakeCaches(
        private_data=lambda canaries: findings,
        wait_for_news=lambda limit: None,
        noted=contextlib.nullcontext,
    )
    return CachesAssertions(fake, timeout=1)  # type: ignore[arg-type]


def test_nothing_private_is_what_is_expected() -> None:
    assertions().to_hold_nothing_private()
    assertions(FOUND).not_to_hold_nothing_private()


def test_it_says_what_it_found_and_what_was_searched_for() -> None:
    with pytest.raises(AssertionError) as caught:
        assertions(*[FOUND] * 14).to_hold_nothing_private(canaries=["Ada"])
    lines = str(caught.value).splitlines()
    assert lines[0] == ("expected <Caches of t> to hold nothing private (canaries: 'Ada'), but saw")
    assert lines[1] == "  private: /me is kept though it says no-store"
    assert lines[13] == "  and 2 more"


def test_the_twin_says_that_there_is_nothing() -> None:
    with pytest.raises(AssertionError, match="nothing private in any cache"):
        assertions().not_to_hold_nothing_private()


def test_one_text_is_no_list_of_canaries() -> None:
    with pytest.raises(UsageError, match=r"read as 3 letters; write canaries=\['Ada'\]"):
        assertions().to_hold_nothing_private(canaries="Ada")


PAGE = """<!doctype html><title>t</title><link rel=icon href=data:,>
<script>onload = async () => {
  document.cookie = "session=1";
  const cache = await caches.open("v1");
  await cache.add("/style.css");
  await cache.put("/me", await fetch("/me", {headers: {Authorization: "Bearer x"}}));
  await cache.put("/bill", await fetch("/bill"));
  document.title = "done";
}</script>"""


def test_what_a_real_browser_keeps(origin, page, caches) -> None:
    origin.reply("/", PAGE)
    origin.reply("/style.css", "body {}")
    origin.reply("/me", "Ada Lovelace", headers={"Cache-Control": "private"})
    origin.reply("/bill", "12 pounds", headers={"Set-Cookie": "seen=1"})
    page.goto(origin.url)
    page.wait_for_function("document.title === 'done'")
    found = caches.private_data(["Ada Lovelace"])
    assert [(each.code, each.url.removeprefix(origin.base)) for each in found] == [
        ("canary", "/me"),
        ("set-cookie", "/bill"),
        ("private", "/me"),
        ("with-authorization", "/me"),
    ]
    with pytest.raises(AssertionError, match="holds 'Ada Lovelace' in its body"):
        expect(caches).to_hold_nothing_private(canaries=["Ada Lovelace"], timeout=1)
    page.evaluate("caches.delete('v1')")
    expect(caches).to_hold_nothing_private(canaries=["Ada Lovelace"])


def members(environ: dict[str, str], start_response: Callable[..., object]) -> list[bytes]:
    """An application that greets those who are logged in."""
    start_response("200 OK", [("Content-Type", "text/html")])
    if environ["PATH_INFO"] == "/me":
        return [b"Ada" if "session=1" in environ.get("HTTP_COOKIE", "") else b"nobody"]
    return [b"<!doctype html><title>t</title><link rel=icon href=data:,>"]


def test_an_application_is_asked_for_a_stranger_also_while_the_network_is_away(
    page: Page, origin: Origin, caches: Caches, network: Network
) -> None:
    origin.app(members)
    page.goto(origin.url)
    page.evaluate("""async () => {
        document.cookie = "session=1";
        const cache = await caches.open("v1");
        await cache.add("/me");
    }""")
    with (
        network.offline(),
        pytest.raises(AssertionError, match="somebody without them gets another answer"),
    ):
        expect(caches).to_hold_nothing_private(timeout=1)
    # It was our question, and no request of the browser.
    assert [each.header("cookie") for each in origin.requests.to("/me")] == ["session=1"]
