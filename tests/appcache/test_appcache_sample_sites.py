"""The sample sites with an application cache do what their README says, and the model too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from appcache_kit import kinds
from playwright.sync_api import Page

from pytest_offline import expect

SITES = Path(__file__).parent.parent.parent / "sample_sites"
NOTES = SITES / "appcache_notes"
FERRIES = SITES / "appcache_broken_update"
SKY = SITES / "appcache_fallbacks"


@pytest.fixture
def notes(origin: Any, page: Page, appcache: Any) -> Any:
    origin.mount(NOTES)
    page.goto(origin.url)
    appcache.wait_for("cached")
    return origin


def test_the_notes_keep_what_their_manifest_lists(notes, appcache):
    assert kinds(appcache) == {
        "/": {"master"},
        "/app.js": {"explicit"},
        "/archive/offline.html": {"fallback"},
        "/help.html": {"explicit"},
        "/notes.appcache": {"manifest"},
        "/pictures/desk.svg": {"explicit"},
        "/pictures/offline.svg": {"fallback"},
        "/style.css": {"explicit"},
    }
    appcache.verify()


def test_the_notes_open_offline(notes, page, network, appcache):
    expect(page.locator("#shared")).to_contain_text("otters")
    with network.offline():
        page.reload()
        expect(page.get_by_role("heading", level=1)).to_have_text("Field notes")
        expect(page.locator("#network")).to_have_text("Offline")
        expect(page.locator("#shared")).to_have_text("Cannot be reached now.")
        page.get_by_label("A new note").fill("A lost glove.")
        page.get_by_role("button", name="Keep it").click()
        expect(page.locator("#own li").first).to_have_text("A lost glove.")
        page.goto(notes.url_for("/help.html"))
        expect(page.get_by_role("heading")).to_have_text("Help")
        page.goto(notes.url_for("/archive/2010.html"))
        expect(page.get_by_role("heading")).to_have_text("Not here, not now")
    appcache.verify()


def test_the_notes_offer_a_new_version(notes, page, appcache):
    bar = page.locator("#update")
    expect(bar).to_be_hidden()
    appcache.deploy(
        second(NOTES / "notes.appcache"), {"/": second(NOTES / "index.html")}, at="/notes.appcache"
    )
    page.reload()
    expect(bar).to_be_visible()
    expect(page.locator("#version")).to_have_text("Version 1")
    expect(page.locator("#state")).to_have_text("UPDATEREADY")
    page.get_by_role("button", name="Load it").click()
    expect(page.locator("#version")).to_have_text("Version 2")
    expect(bar).to_be_hidden()
    appcache.verify()


def test_a_file_that_changed_under_the_same_manifest_is_not_fetched(notes, page, appcache):
    notes.reply("/", second(NOTES / "index.html"))
    page.reload()
    appcache.wait_for("noupdate")
    expect(page.locator("#version")).to_have_text("Version 1")
    appcache.verify()


def test_a_broken_update_leaves_the_old_version(origin, page, network, appcache):
    origin.mount(FERRIES / "version-1")
    page.goto(origin.url)
    appcache.wait_for("cached")
    origin.mount(FERRIES / "version-2")
    page.reload()
    assert "islands.svg" in appcache.wait_for("error").detail
    expect(page.locator("#last")).to_have_text("failed, the board stays as it was")
    assert "/islands.svg" not in kinds(appcache)
    for _ in ("online", "offline"):
        expect(page.locator("#version")).to_have_text("Version 1")
        expect(page.locator("#times tr")).to_have_count(4)
        network.offline()
        page.reload()
    network.online()
    appcache.verify()


def test_fallbacks_by_the_longest_prefix(origin, page, network, appcache):
    origin.mount(SKY)
    page.goto(origin.url)
    appcache.wait_for("cached")
    page.reload()
    missing = page.get_by_alt_text("Not drawn yet")
    assert widths(page) == [320, 320, 320, 320], "online too a fallback stands in for a 404"
    expect(missing).to_be_visible()
    expect(page.locator("#seeing")).to_contain_text("clear")
    with network.offline():
        page.reload()
        expect(page.locator("#seeing")).to_have_text("nobody knows without a network")
        north, south = (
            text(page, f"/charts/{name}.svg") for name in ("lyra", "south/not-drawn-yet")
        )
        assert "Clouds in the north" in north
        assert "Clouds in the south" in south
        page.goto(origin.url_for("/guides/lenses.html"))
        expect(page.get_by_role("heading")).to_have_text("No guide without a network")
        page.goto(origin.url_for("/guides/night/walk.html"))
        expect(page.get_by_role("heading")).to_have_text("No night walk without a network")
    appcache.verify()


def second(file: Path) -> str:
    return file.read_text(encoding="utf-8").replace("Version 1", "Version 2")


def widths(page: Page) -> list[int]:
    return page.evaluate(
        """() => Promise.all(Array.from(document.images,
             (image) => image.decode().then(() => image.naturalWidth, () => 0)))"""
    )


def text(page: Page, url: str) -> str:
    return page.evaluate("url => fetch(url).then((answer) => answer.text())", url)
