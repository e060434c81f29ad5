"""What Playwright needs and Chromium before 105 lacks."""

from __future__ import annotations

from typing import Any, Final, cast

from playwright.sync_api import Browser, CDPSession, Page

_HAS_CHECK_VISIBILITY: Final = 105

# Element.checkVisibility() without options: false where the element has no box.
# https://drafts.csswg.org/cssom-view/#dom-element-checkvisibility
_CHECK_VISIBILITY: Final = """
if (!Element.prototype.checkVisibility) {
  Object.defineProperty(Element.prototype, "checkVisibility", {
    configurable: true, writable: true, enumerable: false,
    value: function checkVisibility() {
      return this.isConnected && this.getClientRects().length > 0;
    },
  });
}
"""


def is_old(browser: Browser) -> bool:
    """Whether the browser is a Chromium that lacks ``Element.checkVisibility``."""
    major = browser.version.split(".")[0]
    return (
        browser.browser_type.name == "chromium"
        and major.isdigit()
        and int(major) < _HAS_CHECK_VISIBILITY
    )


def teach_visibility(page: Page) -> CDPSession:
    """Gives Playwright's own scripts ``Element.checkVisibility``; the site's do not see it.

    Without it ``page.click`` and every other action fail with "element.checkVisibility is not a
    function". Playwright runs its scripts in a world of its own, and names that world after the
    page's guid, which it shows nowhere but in this private attribute.

    Returns:
        the session of the browser's protocol that it was done by, which stays open.
    """
    guid = cast(Any, page)._impl_obj._guid
    session = page.context.new_cdp_session(page)
    send = cast(Any, session).send
    send("Page.enable")
    send(
        "Page.addScriptToEvaluateOnNewDocument",
        {"source": _CHECK_VISIBILITY, "worldName": f"__playwright_utility_world_{guid}"},
    )
    return session
