"""The same URLs on a manifest in Chromium 83 and on its worker in a build of today."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from migrate_kit import SITE, serve_everything

from pytest_offline import Difference, Migration
from pytest_offline.errors import UsageError

SITES = Path(__file__).parent.parent.parent / "sample_sites"

NOTES = [
    "/",
    "/?query",
    "/index.html",
    "/help.html",
    "/help.html?query",
    "/style.css",
    "/app.js",
    "/shared.json",
    "/archive/2010.html",
    "/archive/nothing.html",
    "/archive/offline.html",
    "/pictures/large/valley.svg",
    "/pictures/large/nothing.svg",
    "/pictures/nothing.svg",
    "/nowhere.html",
    "/notes.appcache",
]

SKY = [
    "/",
    "/guides/lenses.html",
    "/guides/night/walk.html",
    "/guides/nothing",
    "/charts/lyra.svg",
    "/charts/south/crux.svg",
    "/charts/south/not-drawn-yet.svg",
    "/data/tonight.json",
    "/data/nothing.json",
    "/README.md",
    "/nowhere.html",
]

Compared = Callable[..., Migration]


def told(found: Sequence[Difference]) -> list[tuple[str, str, str]]:
    return [(each.first.path, each.first.how, each.what) for each in found]


def test_the_notes_answer_the_same_but_for_the_manifest_itself(compared: Compared) -> None:
    found = compared(
        lambda origin: origin.mount(SITES / "appcache_notes"), NOTES, manifest="/notes.appcache"
    )
    assert told(found.online) == [("/notes.appcache", "file", "failed")]
    assert told(found.offline) == [
        ("/notes.appcache", "file", "failed"),
        ("/notes.appcache", "page", "failed"),
    ]
    assert str(found).startswith("online: /notes.appcache, fetched by a page: status 200, sha256 ")
    assert "offline: /notes.appcache, opened as a page: status 200" in str(found)


def test_the_sky_answers_the_same(compared: Compared) -> None:
    found = compared(
        lambda origin: origin.mount(SITES / "appcache_fallbacks"), SKY, manifest="/sky.appcache"
    )
    assert found == Migration((), ())
    assert str(found) == "every URL answers the same, online and offline"


LONG = pytest.mark.skipif(
    "OFFLINE_LONG" not in os.environ, reason="OFFLINE_LONG: the same site on two more manifests"
)


@pytest.mark.parametrize(
    "settings",
    [
        "",
        pytest.param("SETTINGS:\nprefer-online\n", marks=LONG),
        pytest.param("NETWORK:\n*\n", marks=LONG),
    ],
)
def test_a_site_with_every_rule_answers_the_same(
    compared: Compared, make_origin: Any, settings: str
) -> None:
    elsewhere = make_origin()
    found = compared(
        lambda origin: serve_everything(origin, elsewhere, settings),
        SITE,
        manifest="/site.appcache",
    )
    assert found == Migration((), ()), str(found)


def test_a_worker_of_the_site_that_does_less_is_found_out(compared: Compared) -> None:
    def serve(origin: Any) -> None:
        origin.mount(SITES / "appcache_fallbacks")
        origin.reply(
            "/lazy.js",
            "oninstall = (event) => event.waitUntil("
            "caches.open('a').then((cache) => cache.addAll(['/', '/style.css'])));"
            "onactivate = (event) => event.waitUntil(clients.claim());"
            "onfetch = (event) => event.respondWith("
            "caches.match(event.request).then((kept) => kept || fetch(event.request)));",
        )

    urls = ["/", "/style.css", "/app.js", "/charts/none.svg"]
    found = compared(serve, urls, manifest="/sky.appcache", worker="/lazy.js")
    assert told(found.online) == [
        ("/charts/none.svg", "file", "status"),
        ("/charts/none.svg", "page", "status"),
    ]
    assert {each.first.path for each in found.offline} == {"/app.js", "/charts/none.svg"}
    assert "offline: /app.js, opened as a page: status 200" in str(found)


def test_a_manifest_that_is_not_there_is_named(compared: Compared) -> None:
    with pytest.raises(UsageError) as caught:
        compared(lambda origin: origin.reply("/", "x"), ["/"], manifest="/none.appcache")
    assert "manifest='/none.appcache'): the site answers with status 404" in str(caught.value)


def test_an_old_build_without_appcache_is_refused(compared: Compared) -> None:
    with pytest.raises(UsageError, match="that build has no AppCache"):
        compared(lambda origin: None, ["/"], manifest="/a.appcache", old="chromium")
