"""Each deviation of the manifest parser: what it makes of its example, and what it leaves alone.

That browsers do so is shown in test_manifest_deviations_in_browsers.py.
"""

from __future__ import annotations

import pytest

from pytest_offline.compare.appcache_manifest_deviations import (
    KNOWN,
    known_for,
    parse_in,
    update_fails,
)
from pytest_offline.errors import ManifestError
from pytest_offline.model import Manifest

AT = "http://origin.test/app/m"
HERE = "http://origin.test/app/"
BUILDS = ["chromium-83", "chromium-88", "chromium-92"]


def example(id: str) -> bytes:
    (found,) = (each for each in KNOWN if each.id == id)
    origin = b"http://origin.test"
    return found.example.replace(b"ORIGIN", origin).replace(b"HOST", b"origin.test")


def body(lines: str) -> bytes:
    return f"CACHE MANIFEST\n{lines}".encode()


def test_ids_are_unique_and_all_is_said() -> None:
    assert len({each.id for each in KNOWN}) == len(KNOWN) == 13
    assert all(each.text and each.effect and each.builds and each.example for each in KNOWN)


def test_builds_are_told_by_how_their_names_begin() -> None:
    assert known_for(None) == known_for("firefox") == known_for("chromium") == ()
    only_92 = {each.id for each in known_for("chromium-92")} - {
        each.id for each in known_for("chromium-83")
    }
    assert only_92 == {"chromium-92-network-always-open"}


@pytest.mark.parametrize("build", [None, "firefox", "chromium"])
def test_without_deviations_it_is_the_text(build: str | None) -> None:
    data = body("%61\na|b\nNETWORK:\n* x\nSETTINGS:\nprefer-online\nFALLBACK:\np q\np r")
    manifest = parse_in(data, AT, build)
    assert manifest == Manifest.parse(data, AT)
    assert update_fails(manifest, build) is None


@pytest.mark.parametrize("build", BUILDS)
def test_its_own_signature(build: str) -> None:
    data = example("chromium-own-signature")
    for each in (data, b"\xef\xbb\xbf" + data):
        assert parse_in(each, AT, build).explicit == (HERE + "a.css",)
        with pytest.raises(ManifestError):
            parse_in(each, AT, None)
    with pytest.raises(ManifestError):
        parse_in(b"CHROMIUM  CACHE MANIFEST\n", AT, build)


@pytest.mark.parametrize("build", BUILDS)
def test_a_signature_at_the_end(build: str) -> None:
    for data in (example("chromium-signature-at-the-end"), b"CHROMIUM CACHE MANIFEST"):
        assert parse_in(data, AT, build).explicit == ()
        with pytest.raises(ManifestError):
            parse_in(data, AT, None)
    with pytest.raises(ManifestError):
        parse_in(b"CACHE MANIFESTX", AT, build)


@pytest.mark.parametrize("build", BUILDS[:2])
def test_the_wildcard_is_alone(build: str) -> None:
    data = example("chromium-wildcard-alone")
    manifest = parse_in(data, AT, build)
    assert (manifest.network, manifest.network_wildcard) == ((HERE + "*",), False)
    assert parse_in(data, AT, None).network_wildcard
    both = parse_in(data + b"b\n*\n", AT, build)
    assert (both.network, both.network_wildcard) == ((HERE + "b", HERE + "*"), True)
    assert not parse_in(body("NETWORK:\nb"), AT, build).network_wildcard


def test_in_92_the_network_is_always_open() -> None:
    data = example("chromium-92-network-always-open")
    assert parse_in(data, AT, "chromium-92").network_wildcard
    assert not parse_in(data, AT, "chromium-88").network_wildcard


@pytest.mark.parametrize("build", BUILDS)
def test_settings_are_not_known(build: str) -> None:
    data = example("chromium-no-settings")
    assert parse_in(data, AT, None).prefer_online
    assert not parse_in(data, AT, build).prefer_online


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize(
    ("given", "understood"),
    [
        ("%61.css", "a.css"),
        ("%41%5a%7A%30%39%2d%2E%5F%7e", "AZz09-._~"),
        ("%2f%5c%c3%bc%7c%21%zz%", "%2f%5c%c3%bc%7c%21%zz%"),
        ("a|b?c|d&%61", "a%7Cb?c|d&%61"),
        ("%61\na", "a"),
    ],
)
def test_urls_are_written_otherwise(given: str, understood: str, build: str) -> None:
    assert parse_in(body(given), AT, build).explicit == (HERE + understood,)
    network = parse_in(body(f"NETWORK:\n{given}"), AT, build).network
    assert network == (HERE + understood,)
    if "\n" not in given:
        fallback = parse_in(body(f"FALLBACK:\n{given} {given}"), AT, build).fallback
        assert dict(fallback) == {HERE + understood: HERE + understood}


@pytest.mark.parametrize("build", BUILDS)
def test_nul_in_a_path(build: str) -> None:
    data = example("chromium-no-nul-in-paths")
    assert parse_in(data, AT, None).explicit == (HERE + "a.css", HERE + "x%00y")
    assert parse_in(data, AT, build).explicit == (HERE + "a.css",)
    assert parse_in(body("x\0y\nx?%00"), AT, build).explicit == (HERE + "x?%00",)
    fallback = parse_in(body("FALLBACK:\nx%00 y\nx y%00\nz y"), AT, build).fallback
    assert list(fallback) == [HERE + "z"]


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize(
    "id", ["chromium-no-blob-fallbacks", "chromium-no-credentials-in-namespaces"]
)
def test_fallbacks_that_are_ignored(id: str, build: str) -> None:
    data = example(id)
    assert len(parse_in(data, AT, None).fallback) == 1
    manifest = parse_in(data + b"CACHE:\nFALLBACK:\nx y\n", AT, build)
    assert dict(manifest.fallback) == {HERE + "x": HERE + "y"}


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize(
    ("lines", "fails"),
    [
        ("p a\np b", True),
        ("p a\np a", True),
        ("%70 a\np b", True),
        ("p a\nq a", False),
        ("p a\np", False),
        ("p a\n/ b\n/ c", False),
        ("p%00 a\np%00 b", False),
        ("p a%00\np b", False),
        ("p blob:http://origin.test/x\np b", False),
    ],
)
def test_a_namespace_twice(lines: str, fails: bool, build: str) -> None:
    manifest = parse_in(body(f"a\nFALLBACK:\n{lines}"), AT, build)
    found = update_fails(manifest, build)
    assert (found.id if found else None) == ("chromium-namespace-twice-fails" if fails else None)
    assert update_fails(manifest, None) is None


@pytest.mark.parametrize("id", ["chromium-scope-header", "chromium-intercept"])
def test_what_is_not_in_a_manifest_is_not_followed(id: str) -> None:
    manifest = parse_in(example(id), AT, "chromium-83")
    assert (manifest.explicit, dict(manifest.fallback)) == ((), {})
    assert manifest.refused
