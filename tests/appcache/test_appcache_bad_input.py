"""What goes wrong with manifests, in a real browser: a clear result, and nothing hangs."""

from __future__ import annotations

import pytest
from appcache_kit import MANIFEST, html, kinds, version

from pytest_offline import expect

shows = pytest.mark.appcache_shows


@shows("rule", "a manifest that redirects fails the update")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_manifest_that_redirects(cached, page, appcache, status):
    cached.reply("/moved.appcache", version(2))
    cached.reply(MANIFEST, status=status, headers={"Location": "/moved.appcache"})
    appcache.update()
    event = appcache.wait_for("error")
    assert event.detail.startswith(f"manifest {cached.url_for(MANIFEST)}")
    expect(appcache).to_have_status("IDLE")
    assert len(cached.requests.to("/moved.appcache")) == 0


@shows("rule", "a file that redirects fails the update")
def test_a_file_that_redirects(cached, appcache):
    cached.reply("/moved.js", status=302, headers={"Location": "/app.js"})
    appcache.deploy(version(2, "/moved.js"))
    appcache.update()
    assert appcache.wait_for("error").detail.startswith(f"resource {cached.url_for('/moved.js')}")


def test_a_fallback_that_points_to_itself(site, page, appcache, network):
    appcache.deploy(version(1, "FALLBACK:", "/f /f"), {"/f": html("itself", None)})
    page.goto(site.url)
    appcache.wait_for("cached")
    assert kinds(appcache)["/f"] == {"fallback"}
    with network.offline():
        page.goto(site.url_for("/f"))
        expect(page.get_by_role("heading")).to_have_text("itself")
        page.goto(site.url_for("/f/below"))
        expect(page.get_by_role("heading")).to_have_text("itself")


def test_a_manifest_that_lists_itself(site, page, appcache):
    appcache.deploy(version(1, MANIFEST))
    page.goto(site.url)
    appcache.wait_for("cached")
    assert kinds(appcache)[MANIFEST] == {"manifest", "explicit"}


def test_a_page_that_is_its_own_manifest(origin, page, appcache):
    origin.reply("/", html(manifest="/"))
    page.goto(origin.url)
    event = appcache.wait_for("error")
    assert event.detail == f"Failed to parse manifest {origin.url}"


@pytest.mark.usefixtures("beyond_the_model")  # Chromium ends URLs at a NUL
def test_nul_bytes(site, page, appcache):
    appcache.deploy(b"CACHE MANIFEST\n/a\x00b.js\n\x00\n/app.js\n\x00NETWORK:\n*\n")
    site.reply("/a%00b.js", "nul")
    site.reply("/%00", "nul")
    page.goto(site.url)
    appcache.wait_for("cached")
    expect(appcache).to_contain("/app.js", kind="explicit")


@pytest.mark.parametrize("where", ["comment", "entry", "signature"])
def test_lines_of_a_megabyte(site, page, appcache, where):
    long = "x" * 1_000_000
    appcache.deploy(
        {
            "comment": f"CACHE MANIFEST\n# {long}\n/app.js\n",
            "entry": f"CACHE MANIFEST\n/app.js\nNETWORK:\n/{long}\n",
            "signature": f"CACHE MANIFEST {long}\n/app.js\n",
        }[where]
    )
    page.goto(site.url)
    appcache.wait_for("cached", timeout=20_000)
    expect(appcache).to_contain("/app.js", kind="explicit")


def test_a_manifest_of_50_megabytes(site, page, appcache):
    line = b"# a line of fifty characters, all of them comment\n"
    appcache.deploy(b"CACHE MANIFEST\n/app.js\n" + line * 1_000_000)
    page.goto(site.url)
    told = appcache.wait_for("error", timeout=60_000).detail
    assert told == "Failed to write the manifest data to storage"


def test_a_manifest_that_is_no_text(site, page, appcache):
    appcache.deploy(bytes(range(256)) * 100)
    page.goto(site.url)
    assert "Failed to parse manifest" in appcache.wait_for("error").detail


def test_an_update_that_never_ends_says_what_is_missing(cached, appcache):
    appcache.deploy(
        version(2, "/app.js", "/stuck.js", "/b.js", "/c.js"),
        {"/stuck.js": "s" * 1000, "/b.js": "b", "/c.js": "c"},
    )
    with appcache.stall("/stuck.js", after=10):
        appcache.update()
        for path in ("/stuck.js", "/c.js"):  # side by side, so in any order
            expect(cached).to_have_received(path)
        assert cached.requests.wait_for(lambda _: cached.requests.to("/stuck.js")[-1].bytes_sent)
        assert cached.requests.wait_for(lambda _: not cached.requests.to("/c.js")[-1].in_flight)
        with pytest.raises(AssertionError) as caught:
            appcache.wait_for("updateready", timeout=300)
    text = str(caught.value)
    assert text.startswith(f"waited 300 ms for 'updateready' at {cached.url}, but saw\n")
    assert "  downloading (DOWNLOADING) at " in text
    assert "  status DOWNLOADING" in text
    missing = text.partition("still missing\n")[2]
    assert missing == (
        f"  {cached.url_for('/stuck.js')}: asked for, 10 bytes of its answer sent, "
        f"the rest is not there"
    )


def test_a_check_that_never_ends_says_what_is_missing(cached, appcache):
    with appcache.stall(MANIFEST, after=3):
        appcache.update()
        expect(appcache).to_have_status("CHECKING")
        assert cached.requests.wait_for(lambda seen: seen[-1].bytes_sent == 3)
        with pytest.raises(AssertionError, match="waited 1 ms for 'noupdate'") as caught:
            appcache.wait_for("noupdate", timeout=1)
    assert f"{cached.url_for(MANIFEST)}: asked for, 3 bytes of its answer sent" in str(caught.value)


def test_a_page_without_a_manifest_is_told_so(origin, page, appcache):
    origin.reply("/", html(manifest=None))
    page.goto(origin.url)
    with pytest.raises(AssertionError) as caught:
        appcache.wait_for("cached", timeout=1)
    assert str(caught.value) == (
        f"waited 1 ms for 'cached' at {origin.url}, but saw\n  no event\n  status UNCACHED\n"
        "still missing\n  a manifest: no document of the origin names one"
    )
