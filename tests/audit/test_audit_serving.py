"""What a site says of its own pages, as the audit reads it: an origin, no browser."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from pytest_offline.audit import serving
from pytest_offline.audit.looks import Look
from pytest_offline.audit.options import Options
from pytest_offline.errors import CannotAudit, UsageError
from pytest_offline.origin import Origin


@pytest.mark.parametrize(
    ("look", "login"),
    [
        (Look("/app", "online", url="/login?next=/app", text="Log in", password=True), True),
        (Look("/", "online", url="/login#form", text="Log in", password=True), True),
        (Look("/", "online", url="/en/", text="Welcome", password=False), False),
        (Look("/", "online", url="/en/", text="many words " * 60, password=True), False),
        (Look("/", "online", url="/#/", text="Log in, or look around", password=True), False),
        (Look("/", "online", url="/?lang=en", text="Welcome", password=True), False),
    ],
)
def test_a_page_that_moves_is_a_login_where_it_is_about_that(
    origin: Origin, look: Look, login: bool
) -> None:
    options = Options("https://shop.example")
    if not login:
        assert serving.refuse(look, options, origin) is None
        return
    with pytest.raises(CannotAudit, match=f"{look.asked} leads to {re.escape(look.url)}") as caught:
        serving.refuse(look, options, origin)
    assert caught.value.reason == "login"


def test_a_sitemap_that_names_what_is_no_url_keeps_the_others(origin: Origin) -> None:
    listed = "<urlset><loc>http://[bad</loc><loc>https://deployed.example/a?x=1</loc></urlset>"
    origin.reply("/sitemap.xml", listed)
    assert serving.sitemap(origin) == ["/a?x=1"]


def test_an_index_of_sitemaps_is_followed_once(origin: Origin) -> None:
    maps = "".join(f"<loc>https://deployed.example/{name}</loc>" for name in ("s.xml", "s.xml"))
    origin.reply("/sitemap.xml", f"<sitemapindex>{maps}<loc>http://[bad</loc></sitemapindex>")
    origin.reply("/s.xml", "<urlset><loc>https://deployed.example/a</loc></urlset>")
    assert serving.sitemap(origin) == ["/a"]


def test_a_sitemap_that_has_moved_is_followed(origin: Origin) -> None:
    origin.reply("/sitemap.xml", status=301, headers={"Location": "/wp-sitemap.xml"})
    origin.reply("/wp-sitemap.xml", "<urlset><loc>https://deployed.example/a</loc></urlset>")
    assert serving.sitemap(origin) == ["/a"]
    origin.reply("/sitemap.xml", status=302, headers={"Location": "/sitemap.xml"})
    assert serving.sitemap(origin) == []


def test_a_route_that_navigations_alone_are_answered_for_is_at_the_origin(
    origin: Origin, tmp_path: Path
) -> None:
    (tmp_path / "index.html").write_text("<title>app</title>")
    origin.mount(tmp_path, fallback="index.html")
    ask = serving.asking(origin)
    assert ask(origin.url_for("/about?x")).status == 200
    assert ask(origin.url_for("/app.3f2a1b.js")).status == 404


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"fallback": "index.html", "clean_urls": True}, "--fallback and --clean-urls"),
        ({"headers": {"X-A": "1"}}, "--header"),
    ],
)
def test_what_is_for_folders_cannot_be_had_with_a_url(
    origin: Origin, given: Any, named: str
) -> None:
    options = Options("http://localhost:3000", **given)
    with pytest.raises(UsageError) as caught:
        serving.serve(origin, options)
    assert str(caught.value) == (
        f"audit http://localhost:3000: {named} cannot be had with a URL, for that server answers "
        "by itself; leave out what is for folders"
    )


def test_a_site_without_a_sitemap_lists_nothing(origin: Origin) -> None:
    assert serving.sitemap(origin) == []


def test_where_an_installed_app_begins_is_as_its_manifest_says(origin: Origin) -> None:
    for written, begins in [
        ({"start_url": "../app?from=home"}, origin.url_for("/app?from=home")),
        ({"start_url": "http://[bad"}, None),
        ({"start_url": 1}, None),
        ({}, None),
        ([], None),
    ]:
        origin.reply("/static/app.webmanifest", json.dumps(written))
        look = Look("/", "online", manifest=origin.url_for("/static/app.webmanifest"))
        assert serving.start_url(origin, look) == begins


def test_a_manifest_that_is_missing_or_elsewhere_begins_nowhere(origin: Origin) -> None:
    for manifest in (None, "https://cdn.example/app.webmanifest", origin.url_for("/lost")):
        assert serving.start_url(origin, Look("/", "online", manifest=manifest)) is None
