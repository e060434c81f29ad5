"""What one tab sees of a page that leaves at the wrong moment."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from pytest_offline.audit.tab import Patience, Tab
from pytest_offline.origin import Origin

pytestmark = pytest.mark.any_build


def test_a_page_that_leaves_while_it_is_looked_at_is_looked_at_again(
    page: Page, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "ab":
        origin.reply(f"/{name}", f"<title>{name}</title><h1>{name}</h1>")
    tab = Tab(page, origin.base, Patience())
    evaluate = page.evaluate

    def leaves(script: str, argument: Any = None) -> Any:
        found = evaluate(script, argument)
        if isinstance(found, dict) and found["title"] == "a":
            with page.expect_event("request"):
                evaluate("() => { location.href = '/b'; }")
        return found

    monkeypatch.setattr(page, "evaluate", leaves)
    look = tab.visit("/a", "cold")
    assert (look.title, tab.still(look).title) == ("a", "b")


def test_links_in_svg_and_links_that_are_no_url_break_no_look(page: Page, origin: Origin) -> None:
    origin.reply(
        "/",
        "<title>t</title><a href='https://[your-host]/'>set-up</a><a href=/a>a</a>"
        "<svg viewBox='0 0 9 9'><a href=/drawn download><text>drawn</text></a></svg>",
    )
    look = Tab(page, origin.base, Patience()).visit("/", "online")
    assert look.error == ""
    assert look.links == ("https://[your-host]/", origin.url_for("/a"))
