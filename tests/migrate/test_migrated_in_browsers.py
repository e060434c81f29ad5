"""The same URLs on a manifest in Chromium 83 and on its worker in a build of today."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from migrate_kit import SITE, serve_everything

from pytest_offline import Difference, Visit, differences, walk

OLD = "chromium-83"
NEW = "chromium"

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

Walks = dict[tuple[str, str], tuple[Visit, ...]]


@pytest.fixture
def walks(opened: Callable) -> Callable[..., Walks]:
    """Both builds, online and offline: (build, condition) to the walk."""

    def take(serve: Callable, manifest: str, urls: list[str]) -> Walks:
        taken: Walks = {}
        for build in (OLD, NEW):
            site = opened(build, serve, manifest)
            taken[build, "online"] = walk(site.page, urls)
            with site.scene.network.offline():
                taken[build, "offline"] = walk(site.page, urls)
        return taken

    return take


def told(walks: Walks, condition: str) -> list[tuple[str, str, str]]:
    found: tuple[Difference, ...] = differences(walks[OLD, condition], walks[NEW, condition])
    return [(each.first.path, each.first.how, each.what) for each in found]


def test_the_notes_answer_the_same_but_for_the_manifest_itself(
    walks: Callable[..., Walks], sample_sites: Path
) -> None:
    taken = walks(
        lambda origin, _: origin.mount(sample_sites / "appcache_notes"), "/notes.appcache", NOTES
    )
    assert told(taken, "online") == [("/notes.appcache", "file", "failed")]
    assert told(taken, "offline") == [
        ("/notes.appcache", "file", "failed"),
        ("/notes.appcache", "page", "failed"),
    ]


def test_the_sky_answers_the_same(walks: Callable[..., Walks], sample_sites: Path) -> None:
    taken = walks(
        lambda origin, _: origin.mount(sample_sites / "appcache_fallbacks"), "/sky.appcache", SKY
    )
    assert told(taken, "online") == []
    assert told(taken, "offline") == []


@pytest.mark.parametrize("settings", ["", "SETTINGS:\nprefer-online\n", "NETWORK:\n*\n"])
def test_a_site_with_every_rule_answers_the_same(
    walks: Callable[..., Walks], settings: str
) -> None:
    taken = walks(
        lambda origin, elsewhere: serve_everything(origin, elsewhere, settings),
        "/site.appcache",
        SITE,
    )
    assert told(taken, "online") == []
    assert told(taken, "offline") == []
    assert any(visit.error for visit in taken[NEW, "offline"])
