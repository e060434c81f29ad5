"""Each rule of the application cache's guides, in a real browser: manifest, versions, loading."""

from __future__ import annotations

import pytest
from appcache_kit import FIRST, asked, html, kinds, text_of, version

from pytest_offline import expect

shows = pytest.mark.appcache_shows


@shows("rule", "a page that names the manifest is cached, listed or not")
def test_a_page_that_names_the_manifest_is_cached(cached, page, appcache, network):
    assert kinds(appcache)["/"] == {"master"}
    with network.offline():
        page.reload()
        expect(page.get_by_role("heading")).to_have_text("one")


@shows("rule", "a page that does not name the manifest is cached only where it is listed")
def test_a_page_that_names_none_is_cached_only_where_it_is_listed(site, page, appcache, network):
    appcache.deploy(
        version(1, "/listed.html", "NETWORK:", "*"),
        {"/listed.html": html("listed", None), "/other.html": html("other", None)},
    )
    page.goto(site.url)
    appcache.wait_for("cached")
    page.goto(site.url_for("/listed.html"))
    assert kinds(appcache)["/listed.html"] == {"explicit"}
    page.goto(site.url_for("/other.html"))
    expect(appcache).to_have_status("UNCACHED")
    with network.offline():
        page.goto(site.url_for("/listed.html"))
        expect(page.get_by_role("heading")).to_have_text("listed")
        with pytest.raises(Exception, match="ERR_"):
            page.goto(site.url_for("/other.html"))


@shows("rule", "pages that differ in their query are cached apart")
def test_pages_that_differ_in_their_query_are_cached_apart(site, page, appcache, network):
    appcache.deploy(version(1, "NETWORK:", "*"), {"/": html()})
    for path in ("/", "/?something", "/?something-else"):
        page.goto(site.url_for(path))
        appcache.wait_for("cached" if path == "/" else "noupdate")
    assert {path for path, each in kinds(appcache).items() if each == {"master"}} == {
        "/",
        "/?something",
        "/?something-else",
    }
    with network.offline():
        page.goto(site.url_for("/?something"))
        with pytest.raises(Exception, match="ERR_"):
            page.goto(site.url_for("/?never-opened"))


@shows("rule", "the manifest's URL may be relative or absolute")
@pytest.mark.parametrize("form", ["absolute", "root", "relative", "with a fragment"])
def test_the_manifests_url_may_be_relative_or_absolute(origin, page, appcache, form):
    given = {
        "absolute": origin.url_for("/docs/m.appcache"),
        "root": "/docs/m.appcache",
        "relative": "m.appcache",
        "with a fragment": "m.appcache#part",
    }[form]
    appcache.deploy(version(1), {"/docs/": html(manifest=given)}, at="/docs/m.appcache")
    page.goto(origin.url_for("/docs/"))
    appcache.wait_for("cached")
    assert appcache.documents[0].manifest == origin.url_for("/docs/m.appcache")
    assert appcache.snapshot().manifest == origin.url_for("/docs/m.appcache")


@shows("rule", "a manifest on another origin is not used")
def test_a_manifest_on_another_origin_is_not_used(origin, make_origin, page, appcache):
    other = make_origin()
    other.reply("/site.appcache", version(1), headers={"Access-Control-Allow-Origin": "*"})
    origin.reply("/", html(manifest=other.url_for("/site.appcache")))
    page.goto(origin.url)
    page.wait_for_load_state("networkidle")
    expect(appcache).to_have_status("UNCACHED")
    assert appcache.documents[0].manifest == other.url_for("/site.appcache")
    assert appcache.events == ()
    expect(other).to_have_served_nothing()


@shows("rule", "the manifest may have any MIME type")
@pytest.mark.parametrize("kind", ["text/cache-manifest", "text/plain", "text/html", "image/png"])
def test_the_manifest_may_have_any_mime_type(site, page, appcache, kind):
    site.reply("/site.appcache", version(1, "/app.js"), headers={"Content-Type": kind})
    page.goto(site.url)
    appcache.wait_for("cached")
    expect(appcache).to_contain("/app.js", kind="explicit")
    assert [each.path for each in site.requests if each.initiator == "manifest"] == [
        "/site.appcache"
    ] * 2


@shows("rule", "the manifest may have any extension")
def test_the_manifest_may_have_any_extension(origin, page, appcache):
    appcache.deploy(version(1), {"/": html(manifest="/example.mf")}, at="/example.mf")
    page.goto(origin.url)
    appcache.wait_for("cached")
    expect(appcache).to_contain("/example.mf", kind="manifest")


@shows("rule", "the first line has to be CACHE MANIFEST")
@pytest.mark.parametrize("first", ["", "CACHE", "cache manifest", " CACHE MANIFEST", "<!doctype>"])
def test_a_manifest_without_its_first_line_is_refused(site, page, appcache, first):
    appcache.deploy(f"{first}\n/app.js\n")
    page.goto(site.url)
    event = appcache.wait_for("error")
    assert event.detail == f"Failed to parse manifest {site.url_for('/site.appcache')}"
    expect(appcache).to_have_status("UNCACHED")


@shows("rule", "files may be on another domain")
def test_files_may_be_on_another_domain(site, page, appcache, make_origin, network):
    cdn = make_origin()
    cdn.reply("/font.js", "window.font = 'loaded';")
    url = cdn.url_for("/font.js")
    appcache.deploy(version(1, url), {"/": html() + f'<script src="{url}"></script>'})
    page.goto(site.url)
    appcache.wait_for("cached")
    expect(appcache).to_contain(url, kind="explicit")
    with network.offline():
        page.reload()
        assert page.evaluate("font") == "loaded"


@shows("rule", "a 404 or 410 of the manifest deletes the cache")
@pytest.mark.parametrize("status", [404, 410])
def test_a_404_or_410_deletes_the_cache(cached, page, appcache, network, status):
    appcache.gone(status)
    appcache.update()
    appcache.wait_for("obsolete")
    with network.offline(), pytest.raises(Exception, match="ERR_"):
        page.reload()


@shows("rule", "where the manifest fails, the old cache stays")
@shows("rule", "where a file fails, the whole update fails and the old cache stays")
@pytest.mark.parametrize("what", ["manifest", "missing file", "broken file"])
def test_an_update_that_fails_leaves_the_old_version(cached, page, appcache, network, what):
    appcache.deploy(version(2, "/app.js", "/b.js"), {"/app.js": "two", "/b.js": "b" * 1000})
    if what == "manifest":
        appcache.gone(500)
    elif what == "missing file":
        appcache.deploy(files={"/b.js": None})
    else:
        cached.reply("/b.js", status=500)
    appcache.update()
    appcache.wait_for("error")
    expect(appcache).to_have_status("IDLE")
    assert text_of(page, "/app.js") == "200 one"
    with network.offline():
        page.reload()
        assert text_of(page, "/app.js") == "200 one"
        expect(appcache).not_to_contain("/b.js")


@shows("rule", "a file that breaks off fails the update, or is taken for whole by Chromium")
@pytest.mark.usefixtures("beyond_the_model")  # a file cut short may pass for whole
def test_a_file_that_breaks_off(cached, page, appcache):
    """By the text the update fails. In Chromium it depends on which news comes first."""
    appcache.deploy(version(2, "/app.js"), {"/app.js": "two" * 1000})
    appcache.break_off("/app.js", after=5)
    appcache.update()
    event = appcache.wait_for("error", "updateready")
    page.reload()
    assert text_of(page, "/app.js") == ("200 one" if event.name == "error" else "200 twotw")


@shows("rule", "a first download that fails caches nothing")
def test_a_first_download_that_fails_caches_nothing(site, page, appcache):
    appcache.deploy(version(1, "/app.js", "/lost.js"))
    page.goto(site.url)
    appcache.wait_for("error")
    expect(appcache).to_have_status("UNCACHED")
    assert appcache.entries() == ()


@shows("rule", "files are fetched anew only where the manifest has changed")
@shows("rule", "a comment that changes makes a new version")
def test_files_are_fetched_anew_only_where_the_manifest_has_changed(cached, page, appcache):
    appcache.deploy(files={"/app.js": "two"})
    mark = cached.requests.mark()
    appcache.update()
    appcache.wait_for("noupdate")
    page.reload()
    appcache.wait_for("noupdate")
    assert asked(cached, mark) == ["/site.appcache"] * 2
    assert text_of(page, "/app.js") == "200 one"
    appcache.deploy("CACHE MANIFEST\n# only this line is new\n/app.js\nNETWORK:\n*\n")
    appcache.update()
    appcache.wait_for("updateready")
    page.reload()
    assert text_of(page, "/app.js") == "200 two"


@shows("rule", "the manifest is checked twice during an update")
def test_the_manifest_is_checked_twice_during_an_update(cached, page, appcache):
    mark = cached.requests.mark()
    appcache.deploy(version(2, "/app.js"))
    appcache.update()
    appcache.wait_for("updateready")
    paths = asked(cached, mark)
    assert (paths[0], paths[-1]) == ("/site.appcache", "/site.appcache")
    assert sorted(paths[1:-1]) == ["/", "/app.js"]


@shows("rule", "a page goes on with the old version until it is opened again")
def test_a_page_goes_on_with_the_old_version_until_it_is_opened_again(cached, page, appcache):
    appcache.deploy(version(2, "/app.js", "NETWORK:", "*"), {"/": html("two"), "/app.js": "two"})
    appcache.update()
    appcache.wait_for("updateready")
    assert text_of(page, "/app.js") == "200 one"
    expect(page.get_by_role("heading")).to_have_text("one")
    page.reload()
    expect(page.get_by_role("heading")).to_have_text("two")
    assert text_of(page, "/app.js") == "200 two"


@shows("rule", "opened while a new version is out, a page comes from the old one")
def test_a_page_that_is_opened_comes_from_the_old_version_first(cached, page, appcache):
    appcache.deploy(version(2, "/app.js"), {"/": html("two"), "/app.js": "two"})
    page.reload()
    expect(page.get_by_role("heading")).to_have_text("one")
    appcache.wait_for("updateready")
    page.reload()
    expect(page.get_by_role("heading")).to_have_text("two")


@shows("rule", "after swapCache further requests come from the new version")
def test_swap_cache_gives_the_new_version_to_further_requests(cached, page, appcache):
    appcache.deploy(version(2, "/app.js"), {"/": html("two"), "/app.js": "two"})
    appcache.update()
    appcache.wait_for("updateready")
    appcache.swap_cache()
    assert text_of(page, "/app.js") == "200 two"
    expect(page.get_by_role("heading")).to_have_text("one")


@shows("rule", "a page may open itself anew on updateready")
def test_a_page_may_open_itself_anew_on_updateready(site, page, appcache):
    reload = """<script>
      addEventListener("load", () => applicationCache.addEventListener("updateready", () => {
        if (applicationCache.status === applicationCache.UPDATEREADY) { location.reload(); }
      }));
    </script>"""
    appcache.deploy(version(1), {"/": html("one") + reload})
    page.goto(site.url)
    appcache.wait_for("cached")
    appcache.deploy(version(2), {"/": html("two") + reload})
    page.reload()
    expect(page.get_by_role("heading")).to_have_text("two")
    appcache.wait_for("noupdate")
    expect(appcache).to_have_events(["checking", "noupdate"])
    expect(appcache).to_have_fired("updateready", times=1)


@shows("rule", "lines before any header are of the section CACHE")
@shows("rule", "sections may come in any order, and several times")
def test_sections_in_any_order_and_several_times(site, page, appcache):
    appcache.deploy(
        "CACHE MANIFEST\n/1.js\nNETWORK:\n/net\nCACHE:\n/2.js\nFALLBACK:\n/a/ /offline.json\n"
        "CACHE:\n# a comment\n\n  /3.js  \nNETWORK:\n*\n",
        {"/1.js": "1", "/2.js": "2", "/3.js": "3"},
    )
    page.goto(site.url)
    appcache.wait_for("cached")
    assert kinds(appcache) == {
        "/": {"master"},
        "/1.js": {"explicit"},
        "/2.js": {"explicit"},
        "/3.js": {"explicit"},
        "/offline.json": {"fallback"},
        "/site.appcache": {"manifest"},
    }


@shows("rule", "an entry may be of several kinds")
def test_an_entry_may_be_of_several_kinds(site, page, appcache):
    appcache.deploy(version(1, "/", "/app.js", "FALLBACK:", "/x/ /app.js"))
    page.goto(site.url)
    appcache.wait_for("cached")
    assert kinds(appcache)["/"] == {"master", "explicit"}
    assert kinds(appcache)["/app.js"] == {"explicit", "fallback"}


@shows("rule", "what is listed nowhere is not loaded, even online")
def test_what_is_listed_nowhere_is_not_loaded(site, page, appcache, browser_build):
    appcache.deploy(version(1, "/app.js", "NETWORK:", "/net"))
    page.goto(site.url)
    appcache.wait_for("cached")
    page.reload()
    appcache.wait_for("noupdate")
    site.reply("/elsewhere", "elsewhere")
    assert text_of(page, "/net") == "200 net"
    assert text_of(page, "/app.js") == "200 one"
    # Chromium 92 lets everything through (its `NETWORK: *` is always open).
    lax = browser_build.build.name == "chromium-92"
    assert text_of(page, "/elsewhere") == ("200 elsewhere" if lax else "TypeError")


@shows("rule", "NETWORK: * lets everything else through")
def test_the_wildcard_lets_everything_else_through(cached, page, appcache, network):
    page.reload()
    appcache.wait_for("noupdate")
    assert text_of(page, "/net") == "200 net"
    with network.offline():
        assert text_of(page, "/net") == "TypeError"


@shows("rule", "what is cached comes from the cache, without the network")
def test_what_is_cached_comes_from_the_cache(cached, page, appcache):
    page.reload()
    appcache.wait_for("noupdate")
    mark = cached.requests.mark()
    assert text_of(page, "/app.js") == "200 one"
    assert [each.path for each in cached.requests.since(mark)] == []


@shows("rule", "a fallback answers where the network fails or errors")
@pytest.mark.parametrize("failure", ["offline", "404", "500", "none"])
def test_a_fallback_answers_for_failures(cached, page, appcache, network, failure):
    page.reload()
    appcache.wait_for("noupdate")
    if failure == "offline":
        network.offline()
    elif failure == "none":
        cached.reply("/api/user", "from the network")
    else:
        cached.reply("/api/user", "no", status=int(failure))
    found = text_of(page, "/api/user")
    assert found == ("200 from the network" if failure == "none" else "200 offline")


@shows("rule", "a fallback's namespace is a prefix")
@shows("rule", "of several fallbacks the longest prefix wins")
def test_of_several_fallbacks_the_longest_prefix_wins(site, page, appcache):
    files = {"/1": "1", "/2": "2", "/3": "3"}
    appcache.deploy(
        version(1, "FALLBACK:", "/images/ /1", "/images/large/ /2", "/images/large/x.png /3"), files
    )
    page.goto(site.url)
    appcache.wait_for("cached")
    page.reload()
    appcache.wait_for("noupdate")
    assert text_of(page, "/images/small.jpg") == "200 1"
    assert text_of(page, "/images/large/whatever/img.jpg") == "200 2"
    assert text_of(page, "/images/large/x.png?y") == "200 3"


@shows("rule", "a fallback for / answers for every page")
def test_a_fallback_for_the_root_answers_for_every_page(site, page, appcache, network):
    appcache.deploy(
        version(1, "FALLBACK:", "/ /offline.html", "NETWORK:", "*"),
        {"/offline.html": html("you are offline", None)},
    )
    page.goto(site.url)
    appcache.wait_for("cached")
    with network.offline():
        page.goto(site.url_for("/some/page.html"))
        expect(page.get_by_role("heading")).to_have_text("you are offline")
        assert page.url == site.url_for("/some/page.html")
        page.goto(site.url)
        expect(page.get_by_role("heading")).to_have_text("one")


@shows("rule", "both URLs of a fallback are of the manifest's origin")
def test_both_urls_of_a_fallback_are_of_the_manifests_origin(site, page, appcache, make_origin):
    other = make_origin()
    other.reply("/f.html", "no")
    lines = [f"{other.url} /offline.json", f"/api/ {other.url_for('/f.html')}"]
    appcache.deploy(version(1, "FALLBACK:", *lines))
    page.goto(site.url)
    appcache.wait_for("cached")
    assert kinds(appcache) == {"/": {"master"}, "/site.appcache": {"manifest"}}


@shows("rule", "HTTP caching headers are overridden")
@pytest.mark.parametrize("header", ["no-store", "no-cache", "max-age=0, must-revalidate"])
def test_http_caching_headers_are_overridden(site, page, appcache, network, header):
    headers = {"Cache-Control": header, "Expires": "Thu, 01 Jan 1970 00:00:00 GMT"}
    site.reply("/", html(), headers={"Content-Type": "text/html", **headers})
    site.reply("/app.js", "one", headers=headers)
    page.goto(site.url)
    appcache.wait_for("cached")
    with network.offline():
        page.reload()
        expect(page.get_by_role("heading")).to_have_text("one")
        assert text_of(page, "/app.js") == "200 one"


@shows("rule", "where the server is broken, the page still opens")
def test_where_the_server_is_broken_the_page_still_opens(cached, page, appcache):
    for path in ("/", "/app.js", "/site.appcache"):
        cached.reply(path, "down for maintenance", status=503)
    page.reload()
    expect(page.get_by_role("heading")).to_have_text("one")
    appcache.wait_for("error")
    assert text_of(page, "/app.js") == "200 one"


@shows("rule", "a cache is gone when its data are cleared")
@pytest.mark.usefixtures("beyond_the_model")
def test_a_cache_is_gone_when_its_data_are_cleared(cached, page, appcache, context):
    page.goto("about:blank")
    session = context.new_cdp_session(page)
    session.send("Storage.clearDataForOrigin", {"origin": cached.base, "storageTypes": "appcache"})
    page.goto(cached.url)
    expect(appcache).to_have_events(FIRST)


@shows("rule", "a page is foreign to a cache whose manifest it does not name")
def test_a_page_is_foreign_to_a_cache_of_another_manifest(site, page, appcache):
    site.reply("/other.appcache", version(1))
    appcache.deploy(version(1, "/foreign.html"), {"/foreign.html": html("x", "/other.appcache")})
    page.goto(site.url)
    appcache.wait_for("cached")
    page.goto(site.url_for("/foreign.html"))
    appcache.wait_for("cached")
    assert appcache.snapshot().manifest == site.url_for("/other.appcache")
    page.goto(site.url)
    appcache.wait_for("noupdate")
    assert kinds(appcache)["/foreign.html"] == {"explicit", "foreign"}


@shows("rule", "prefer-online is read by no Chromium: pages come from the cache first")
def test_prefer_online_is_read_by_no_chromium(site, page, appcache):
    appcache.deploy(version(1, "SETTINGS:", "prefer-online", "NETWORK:", "*"))
    page.goto(site.url)
    appcache.wait_for("cached")
    appcache.deploy(files={"/": html("two")})
    page.reload()
    appcache.wait_for("noupdate")
    expect(page.get_by_role("heading")).to_have_text("one")
