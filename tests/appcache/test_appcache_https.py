"""Over https: the manifest's scheme is that of everything it lists."""

from __future__ import annotations

import pytest
from appcache_kit import version

from pytest_offline import expect


@pytest.fixture
def origin_options():
    return {"https": True}


def test_it_is_cached_and_opens_offline(cached, page, network):
    assert cached.url.startswith("https://")
    with network.offline():
        page.reload()
        expect(page.get_by_role("heading")).to_have_text("one")


def test_entries_of_another_scheme_are_ignored(site, page, appcache, make_origin):
    plain = make_origin()
    plain.reply("/plain.js", "plain")
    appcache.deploy(version(1, "/app.js", plain.url_for("/plain.js"), "NETWORK:", "*"))
    page.goto(site.url)
    appcache.wait_for("cached")
    expect(appcache).to_contain("/app.js", kind="explicit")
    assert not plain.requests.to("/plain.js")


def test_a_file_of_another_origin_over_https(site, page, appcache, make_origin):
    other = make_origin(https=True)
    other.reply("/other.js", "other")
    appcache.deploy(version(1, "/app.js", other.url_for("/other.js"), "NETWORK:", "*"))
    page.goto(site.url)
    appcache.wait_for("cached")
    expect(appcache).to_contain("/app.js", kind="explicit")
    expect(appcache).to_contain(other.url_for("/other.js"), kind="explicit")
    assert [each.initiator for each in other.requests.to("/other.js")] == ["appcache"]
