"""The page in real browsers: read, searched, by keyboard, narrow and wide, light and dark."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect
from report_kit import FILLED, HOSTILE, START, busy, failing, open_first, passing, write

from pytest_offline.report import Run, failures_of

pytestmark = pytest.mark.any_build

GROUND = "getComputedStyle(document.body).backgroundColor"

# Every text that can be seen, its colour, and the first ground that is not transparent below it.
CONTRASTS = """() => {
  const parts = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (colour) => {
    const [r, g, b] = parts(colour).map((each) => each / 255)
      .map((each) => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const groundOf = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = getComputedStyle(each).backgroundColor;
      if (parts(colour).length === 3) return colour;
    }
    return getComputedStyle(document.body).backgroundColor;
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.getClientRects().length) continue;
    const both = [light(getComputedStyle(element).color), light(groundOf(element))];
    const contrast = (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
    found.push([contrast, walker.currentNode.data.trim().slice(0, 40)]);
  }
  return found;
}"""

# What a browser's accessibility tree would name, computed from the markup.
UNNAMED = """() => [...document.querySelectorAll(
  "a, button, input, canvas, [role=listbox], [role=region], nav, section, article:not([hidden])")]
  .filter((each) => !each.closest("[hidden]"))
  .filter((each) => !(each.getAttribute("aria-label") || each.textContent.trim()
    || (each.labels && each.labels.length) || each.getAttribute("aria-labelledby")))
  .map((each) => each.outerHTML.slice(0, 80))"""


def run_of_three() -> list:
    return [passing(), failing(), passing(1)]


def test_ten_seconds_are_enough(open_report):
    page = open_report(
        run_of_three(), Run("Offline report: shop", "2026-11-22", 12.5, {"passed": 7})
    )
    expect(page).to_have_title("1 of 3 tests failed – Offline report: shop")
    expect(page.get_by_role("heading", level=1)).to_have_text("1 of 3 tests failed")
    expect(page.locator(".tally li")).to_have_text(["✕1 failed", "✓2 passed"])
    expect(page.locator("#meta")).to_have_text(
        "2026-11-22 · took 12.5 s · in chromium, firefox · tests without a fixture of this plugin: "
        "7 passed"
    )
    why = page.locator(".reasons li")
    expect(why).to_have_count(1)
    expect(why).to_contain_text("test_fails")
    expect(why).to_contain_text("the model allows fulfilled with nothing; the browser did rejected")
    blocked = page.locator("section.card", has=page.locator("#blocked"))
    expect(blocked).to_contain_text("2 requests in 1 test got no answer")
    expect(blocked.locator("tbody tr")).to_have_text(["/api/places21"])
    expect(page.locator("#list .name")).to_have_text(
        ["test_fails", "TestB › test_0[x]", "TestB › test_1[x]"]
    )


def test_the_verdict_says_what_was(open_report):
    for outcomes, verdict in [
        ([], "No test used the network of this plugin"),
        (["passed"], "The one test passed"),
        (["passed", "xfailed"], "All 2 tests passed"),
        (["skipped"], "The one test was skipped"),
        (["skipped", "skipped"], "All 2 tests were skipped"),
        (["passed", "skipped"], "1 of 2 tests passed, none failed"),
    ]:
        records = [replace(passing(number), outcome=each) for number, each in enumerate(outcomes)]
        page = open_report(records)
        expect(page.get_by_role("heading", level=1)).to_have_text(verdict)


def test_a_test_tells_everything(open_report):
    page = open_report(run_of_three())
    open_first(page)
    detail = page.locator("#detail")
    expect(detail.get_by_role("heading", level=2)).to_have_text("test_fails")
    expect(detail.locator(".facts li")).to_have_text(
        ["✕ failed", "chromium", "1.25 s", "tests/test_a.py"]
    )
    expect(detail.locator(".failure h4")).to_contain_text("the browser did rejected with TypeError")
    expect(detail.locator(".difference dd")).to_have_text(
        [
            "fulfilled with nothing",
            "rejected with TypeError",
            "GET /bad.js → served 200",
            "Cache.put(), step 4",
        ]
    )
    expect(detail.locator("figcaption b")).to_have_text(["✓ online", "✕ offline", "✓ online"])
    expect(detail.locator("figure img")).to_have_count(3)
    page.wait_for_function("[...document.images].every((each) => each.naturalWidth === 1)")
    pair = detail.locator(".pictures").first.locator("figure")
    expect(pair).to_have_count(2)
    expect(page.locator("#detail > section > h3")).to_have_text(
        ["Why it failed", "Online and offline", "Timeline", "Caches at the end of the test",
         "Files of this test", "What this report does not have"]
    )  # fmt: skip


def test_it_is_walked_by_keyboard(open_report):
    page = open_report(run_of_three())
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type("fails")
    expect(page.locator("#found")).to_have_text("1 of 3 tests")
    for _ in range(2):  # the boxes of the two outcomes
        page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.locator("#list a").first).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_selector(FILLED)
    expect(page.locator("#detail-title")).to_be_focused()
    page.locator("canvas").focus()
    page.keyboard.press("ArrowRight")
    chosen = page.locator(".chosen h4")
    expect(chosen).to_have_text("a page was opened")
    page.keyboard.press("ArrowRight")
    expect(chosen).to_have_text("TLS, a bare note")
    page.keyboard.press("ArrowUp")
    expect(page.locator(".chosen .hint")).to_contain_text("AppCache")
    page.keyboard.press("End")
    expect(chosen).to_contain_text("failed in call: operation 0")
    page.locator(".window").focus()
    page.keyboard.press("ArrowUp")
    expect(chosen).to_contain_text("end of")
    active = page.locator(".window").get_attribute("aria-activedescendant")
    expect(page.locator(f"#{active}")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(page.locator("#detail")).to_be_hidden()
    expect(page.locator("#list a").first).to_be_focused()


def test_search_finds_who_cached_a_url(open_report):
    page = open_report(run_of_three())
    page.locator("#search").fill("only-1.js")
    expect(page.locator("#list li:not([hidden]) .name")).to_have_text(["TestB › test_1[x]"])
    expect(page.locator("#list li:not([hidden]) .about")).to_contain_text("cached: /only-1.js")
    page.locator("#search").fill("old.css")
    open_visible = page.locator("#list li:not([hidden]) a")
    open_visible.click()
    page.wait_for_selector(FILLED)
    page.locator("#cache-search").fill("old")
    expect(page.locator(".cache tbody tr")).to_have_count(1)
    expect(page.locator(".cache tbody mark")).to_have_text("old")
    expect(page.locator(".cache tbody tr")).to_contain_text("✕ 404")
    page.locator("#search").fill("nobody has that")
    expect(page.locator("#found")).to_have_text("0 of 3 tests")


def test_events_are_searched_filtered_and_clicked(open_report):
    page = open_report([failing()])
    open_first(page)
    count = page.locator("#detail .status").first
    expect(count).to_have_text("33 of 33 events")
    page.locator("#event-search").fill("api/places")
    expect(count).to_have_text("2 of 33 events")
    expect(page.locator(".row .at")).to_have_text(["0.204 s", "0.205 s"])
    page.locator(".row").first.click()
    expect(page.locator(".chosen dd").first).to_have_text(
        "http://t1.localhost:4000/api/places?page=2"
    )
    expect(page.locator(".chosen .hint")).to_have_text("origin · at 0.204 s · offline")
    page.locator("#event-search").fill("")
    page.locator(".events").locator("xpath=..").get_by_label("origin", exact=True).uncheck()
    expect(count).to_have_text("26 of 33 events")


def readable() -> list:
    long = replace(
        failing(f"tests/{'deep/' * 20}test_a.py::test_{'long' * 30}[chromium]"),
        failures=tuple(failures_of(ValueError("x" * 400), phase="call", time=START)),
    )
    return [long, failing(), *map(passing, range(9))]


def check_readable(page: Page) -> None:
    """The summary, then a test: nothing sticks out at 400 and 1600 pixels, all texts are AA."""
    for look in ("closed", "open"):
        if look == "open":
            open_first(page)
        for width in (400, 1600):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, look
            assert [each for each in page.evaluate(CONTRASTS) if each[0] < 4.5] == [], look
    assert page.evaluate(UNNAMED) == []


def test_it_can_be_read(open_report):
    page = open_report(readable())
    assert page.evaluate(GROUND) == "rgb(255, 255, 255)"
    check_readable(page)


def test_it_can_be_read_in_the_dark(open_report, page):
    page.emulate_media(color_scheme="dark")
    if not page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches"):
        pytest.skip("Playwright cannot tell this build that it is dark")
    open_report(readable())
    assert page.evaluate(GROUND) == "rgb(17, 22, 29)"
    check_readable(page)


def test_headings_and_landmarks_lead_through_it(open_report):
    page = open_report(run_of_three())
    open_first(page)
    levels = page.evaluate(
        "[...document.querySelectorAll('h1, h2, h3, h4, h5')].map((each) => +each.tagName[1])"
    )
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    expect(page.get_by_role("main")).to_have_count(1)
    expect(page.get_by_role("banner")).to_have_count(1)
    expect(page.get_by_role("navigation", name="Tests")).to_have_count(1)
    expect(page.get_by_role("search")).to_have_count(1)
    expect(page.locator("#detail")).to_have_attribute("aria-labelledby", "detail-title")
    assert page.evaluate("document.documentElement.lang") == "en"


def test_what_a_site_said_stays_text(open_report):
    hostile = replace(
        failing(f"a.py::test_x[{HOSTILE}]"), build=HOSTILE, notes=(HOSTILE,),
        failures=tuple(
            failures_of(ValueError(HOSTILE), phase="call", time=START, traceback=HOSTILE)
        ),
    )  # fmt: skip
    page = open_report([hostile], Run(HOSTILE, HOSTILE, notes=(HOSTILE,)))
    open_first(page)
    expect(page).to_have_title(f"1 of 1 test failed – {HOSTILE}")
    expect(page.locator(".failure h4")).to_have_text(f"ValueError: {HOSTILE}")
    assert page.evaluate("document.images.length") == 3, "the pictures, and no other"


def test_an_address_opens_its_test(open_report):
    page = open_report(
        run_of_three(), at="#tests%2Ftest_b.py%3A%3ATestB%3A%3Atest_1%5Bfirefox-x%5D"
    )
    page.wait_for_selector(FILLED)
    expect(page.locator("#detail-title")).to_have_text("TestB › test_1[x]")
    page.get_by_role("link", name="Previous").click()
    expect(page.locator("#detail-title")).to_have_text("TestB › test_0[x]")
    page.get_by_role("link", name="All tests").click()
    expect(page.locator("#overview")).to_be_visible()


def test_an_address_of_nothing_shows_the_summary(open_report):
    for at in ("#nobody", "#%E0%A4%A"):
        page = open_report(run_of_three(), at=at)
        expect(page.locator("#overview")).to_be_visible()
        expect(page.locator("#list li")).to_have_count(3)


def test_a_file_that_was_cut_short_says_so(page, tmp_path):
    write(tmp_path / "whole.html", [failing()])
    text = (tmp_path / "whole.html").read_text(encoding="utf-8")
    (tmp_path / "cut.html").write_text(text[: text.index('<script type="text/plain"')])
    page.goto((tmp_path / "cut.html").as_uri())
    page.locator("#list a").first.click()
    expect(page.locator("#detail .notice")).to_have_text(
        "The data of this test is missing: the file was cut short. Run the tests again."
    )


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """Addresses of two reports, made once for all builds: a test of 50,000 events, 2,000 tests."""
    folder = tmp_path_factory.mktemp("large")
    return {
        "events": write(folder / "events.html", [busy(50_000)]),
        "tests": write(folder / "tests.html", [failing(), *map(passing, range(1_999))]),
    }


def test_fifty_thousand_events_in_one_test(page, large):
    page.goto(large["events"])
    open_first(page)
    expect(page.locator("#detail .status").first).to_have_text("50,001 of 50,001 events")
    assert page.locator(".row").count() < 40
    page.locator(".window").focus()
    page.keyboard.press("End")
    page.keyboard.press("End")
    expect(page.locator(".chosen h4")).to_have_text("GET /49999.js → served 200 (other)")
    expect(page.locator(".row[aria-selected=true]")).to_have_attribute("aria-posinset", "50001")
    page.locator("#event-search").fill("/4999")
    expect(page.locator("#detail .status").first).to_have_text("11 of 50,001 events")


def test_two_thousand_tests(page, large):
    page.goto(large["tests"])
    expect(page.locator("#found")).to_have_text("2,000 tests")
    page.locator("#search").fill("only-1777")
    expect(page.locator("#list li:not([hidden])")).to_have_count(1)
    page.locator("#list li:not([hidden]) a").click()
    page.wait_for_selector(FILLED)
    expect(page.locator("#detail-title")).to_have_text("TestB › test_1777[x]")
