"""The table of builds: complete, pinned, and consistent with itself."""

from __future__ import annotations

import base64
import dataclasses

import pytest

from pytest_offline.browser.builds import BUILDS, EMBEDDED, Build, build_named
from pytest_offline.errors import UsageError

PACKAGED = [build for build in BUILDS.values() if build.source == "npm"]


def test_the_names_are_the_ones_people_are_told() -> None:
    assert list(BUILDS) == [
        "chromium",
        "firefox",
        "webkit",
        "chromium-83",
        "chromium-88",
        "chromium-92",
        "chromium-153",
    ]


def test_rows_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        BUILDS["chromium"].name = "other"  # type: ignore[misc]


@pytest.mark.parametrize("build", PACKAGED, ids=str)
def test_a_packaged_build_is_pinned(build: Build) -> None:
    assert build.package is not None
    kind, _, digest = build.package.integrity.partition("-")
    assert kind == "sha512"
    assert len(base64.b64decode(digest, validate=True)) == 64
    assert build.version is not None
    assert build.version.split(".")[0] == build.name.removeprefix("chromium-")


@pytest.mark.parametrize("build", PACKAGED, ids=str)
def test_a_build_with_appcache_is_kept_on_this_machine(build: Build) -> None:
    assert build.capabilities.appcache == build.capabilities.loopback_only


@pytest.mark.parametrize("build", PACKAGED, ids=str)
def test_a_lender_brings_what_it_lends(build: Build) -> None:
    if build.borrows:
        assert build.lender == EMBEDDED
    else:
        assert build.lender is None


def test_an_unknown_name_lists_the_right_ones() -> None:
    with pytest.raises(UsageError) as caught:
        build_named("edge")
    assert str(caught.value) == (
        "'edge' is not a browser pytest_offline drives; choose from: chromium, firefox, webkit, "
        "chromium-83, chromium-88, chromium-92, chromium-153."
    )
