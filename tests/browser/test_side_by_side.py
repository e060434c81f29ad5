"""Functions that drive pages at the same time, in one thread of Playwright's synchronous API."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from pytest_offline.browser.side_by_side import later, let_go, side_by_side


def test_one_waits_in_its_page_for_what_another_does_there(browser: Browser, page: Page) -> None:
    order: list[str] = []

    def waits() -> None:
        page.evaluate("new Promise((resolve) => { window.go = resolve; })")
        order.append("waited")

    def acts() -> None:
        page.wait_for_function("!!window.go")
        order.append("acts")
        page.evaluate("window.go()")

    side_by_side(browser, [waits, acts])
    assert order == ["acts", "waited"]


def test_what_one_raises_comes_when_the_others_have_ended(browser: Browser, page: Page) -> None:
    ended: list[int] = []

    def fails() -> None:
        raise ValueError("no such page")

    with pytest.raises(ValueError, match="no such page"):
        side_by_side(browser, [fails, lambda: ended.append(page.evaluate("1 + 1"))])
    assert ended == [2]
    side_by_side(browser, [])


def test_what_is_let_go_goes_on_by_itself(browser: Browser, page: Page) -> None:
    def act() -> None:
        page.evaluate("window.done = true")

    side_by_side(browser, [lambda: let_go(act)])
    page.wait_for_function("window.done")


def test_what_is_done_later_is_done_while_the_test_waits(page: Page) -> None:
    page.evaluate("() => { window.going = new Promise((resolve) => { window.go = resolve; }); }")
    call_off = later(0, lambda: page.evaluate("window.go('wrong')"))
    call_off()
    later(0.05, lambda: page.evaluate("window.go('right')"))
    assert page.evaluate("window.going") == "right"
