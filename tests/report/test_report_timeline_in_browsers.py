"""The timeline of a test, in real browsers: clicked, zoomed, dragged, shaded."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import Locator, expect
from report_kit import busy, failing, open_first

from pytest_offline.browser.old_chromium import is_old

pytestmark = pytest.mark.any_build

SPAN = "[opened.events.timeline.from, opened.events.timeline.to]"
TIMES_AT = "(places) => places.map((x) => opened.events.timeline.timeAt(x))"
FIRST_LANE = 30 + 27
"""Pixels from the top of the canvas: the axis, and where a lane's events are."""


def test_hovering_and_clicking_the_timeline(open_report):
    page = open_report([replace(failing(), moments=failing().moments[:1])])
    open_first(page)
    canvas = page.locator("canvas")
    canvas.scroll_into_view_if_needed()
    # One event of a page, at the beginning, in the second lane: below the axis and the test's lane.
    spot = {"x": 14, "y": 30 + 40 + 27}
    canvas.hover(position=spot)
    expect(page.locator(".tip")).to_have_text("0.000 s  a page was opened")
    canvas.click(position=spot)
    expect(page.locator(".chosen h4")).to_have_text("a page was opened")


def test_zoom(open_report):
    page = open_report([busy(1_000)])
    open_first(page)
    whole = page.evaluate(SPAN)
    page.get_by_role("button", name="Zoom in").click()
    nearer = page.evaluate(SPAN)
    assert nearer[1] - nearer[0] == pytest.approx((whole[1] - whole[0]) / 1.5)
    page.get_by_role("button", name="Zoom out").click()
    page.get_by_role("button", name="Show the whole test").click()
    assert page.evaluate(SPAN) == whole


def test_keys_zoom_the_timeline(open_report):
    page = open_report([busy(1_000)])
    open_first(page)
    whole = page.evaluate(SPAN)
    page.locator("canvas").focus()
    for key, nearer in [("+", 1.5), ("=", 1.5**2), ("-", 1.5), ("+", 1.5**2)]:
        page.keyboard.press(key)
        start, end = page.evaluate(SPAN)
        assert end - start == pytest.approx((whole[1] - whole[0]) / nearer), key
        assert start + end == pytest.approx(sum(whole)), "the middle stays"
    page.keyboard.press("0")
    assert page.evaluate(SPAN) == whole
    page.keyboard.press("Home")
    page.keyboard.press("+")
    start, end = page.evaluate(SPAN)
    assert (start, end) == (0, pytest.approx(whole[1] / 1.5)), "the chosen event, the first, stays"


@pytest.fixture
def zoomed(open_report, browser):
    """A timeline's canvas that shows less than half of its events, around the middle."""
    if is_old(browser):
        pytest.skip("Playwright cannot drag in a Chromium that has no Input.setInterceptDrags")
    page = open_report([busy(1_000)])
    open_first(page)
    canvas = page.locator("canvas")
    canvas.focus()
    page.keyboard.press("+")
    page.keyboard.press("+")
    canvas.scroll_into_view_if_needed()
    return canvas


def drag(canvas: Locator, start: float, end: float, *, below: float = 0) -> None:
    """From one place of the first lane to another, or so far below it; in pixels."""
    mouse, box = canvas.page.mouse, canvas.bounding_box()
    mouse.move(box["x"] + start, box["y"] + FIRST_LANE)
    mouse.down()
    mouse.move(box["x"] + end, box["y"] + FIRST_LANE + below, steps=3)
    mouse.up()


# In each build: in the one that would be drawn Playwright may be unable to drag.
@pytest.mark.each_build
def test_the_timeline_is_dragged(zoomed):
    page, middle = zoomed.page, zoomed.bounding_box()["width"] // 2
    before = page.evaluate(SPAN)
    grasped, pixel_before = page.evaluate(TIMES_AT, [middle, middle - 1])
    drag(zoomed, middle, middle + 100)
    after = page.evaluate(SPAN)
    pixel = grasped - pixel_before
    assert page.evaluate(TIMES_AT, [middle + 100]) == [pytest.approx(grasped, abs=pixel)]
    assert after[0] == pytest.approx(before[0] - 100 * pixel, abs=pixel)
    assert after[1] - after[0] == pytest.approx(before[1] - before[0]), "moved, and not zoomed"
    assert page.evaluate("opened.events.timeline.chosen") is None, "dragged, and not clicked"
    drag(zoomed, middle, middle + 3)
    expect(page.locator(".chosen h4")).to_contain_text("GET /")  # a click, of a hand that shakes
    assert page.evaluate(SPAN) == after


@pytest.mark.each_build
def test_the_timeline_is_dragged_to_its_ends_and_no_farther(zoomed):
    page, box = zoomed.page, zoomed.bounding_box()
    whole, left, right = page.evaluate("opened.events.timeline.end"), 20, box["width"] - 20
    drag(zoomed, left, right)
    assert page.evaluate(SPAN) == [0, pytest.approx(whole / 1.5**2)]
    drag(zoomed, right, left)
    drag(zoomed, right, left, below=box["height"])
    assert page.evaluate(SPAN) == [pytest.approx(whole - whole / 1.5**2), pytest.approx(whole)]
    # Let go of outside, it says again what is below the pointer, and is not dragged by it.
    zoomed.hover(position={"x": left, "y": FIRST_LANE})
    expect(page.locator(".tip")).to_be_visible()
    assert page.evaluate(SPAN)[1] == pytest.approx(whole)


@pytest.mark.each_build
def test_a_pointer_that_is_taken_away_drags_no_more(zoomed):
    """As by a finger that begins to scroll the page."""
    page, box = zoomed.page, zoomed.bounding_box()
    before = page.evaluate(SPAN)
    page.mouse.move(box["x"] + 200, box["y"] + FIRST_LANE)
    page.mouse.down()
    zoomed.evaluate("""(canvas) => canvas.addEventListener(
        "pointermove", (event) => canvas.releasePointerCapture(event.pointerId), { once: true }
    )""")
    page.mouse.move(box["x"] + 201, box["y"] + FIRST_LANE)
    page.mouse.move(box["x"] + 300, box["y"] + FIRST_LANE, steps=3)
    page.mouse.up()
    assert page.evaluate(SPAN) == before


def test_what_is_offline_is_shaded(open_report):
    page = open_report([failing()])
    open_first(page)
    grounds = page.evaluate(
        """() => {
          const line = opened.events.timeline;
          const ratio = devicePixelRatio;
          const y = Math.round((line.height() - 2) * ratio);
          const row = line.pen.getImageData(0, y, line.canvas.width, 1).data;
          const at = (time) => [...row.slice(4 * Math.round(line.x(time) * ratio)).slice(0, 3)];
          return [at(195), at(225)];
        }"""
    )
    assert grounds[0] != grounds[1]
