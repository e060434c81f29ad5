"""The service worker written from a manifest: what is put in, and how the command behaves."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from pytest_offline import cli
from pytest_offline.errors import ManifestError, UsageError
from pytest_offline.manifests.migrate import migrate, served_at
from pytest_offline.manifests.migrate_command import migrated, read
from pytest_offline.model import Manifest

FULL = """CACHE MANIFEST
# 1
/style.css
https://cdn.test/lib.js
/style.css
FALLBACK:
/a/ /offline.html
/a/longer/ /style.css
NETWORK:
/api
https://api.test/v1/
SETTINGS:
prefer-online
"""


def worker(text: str = FULL, url: str = "https://site.test/app.appcache") -> str:
    return migrate(Manifest.parse(text.encode(), url))


def constant(script: str, name: str) -> object:
    found = re.search(rf"^const {name} = (.*?);$", script, re.M | re.S)
    assert found is not None, name
    return json.loads(re.sub(r",\n\]", "\n]", found[1]))


def test_what_the_manifest_says_is_put_in() -> None:
    script = worker()
    assert constant(script, "MANIFEST") == "/app.appcache"
    assert constant(script, "FILES") == ["/style.css", "https://cdn.test/lib.js", "/offline.html"]
    assert constant(script, "NETWORK") == ["/api", "https://api.test/v1/"]
    assert constant(script, "PREFER_ONLINE") is True
    assert constant(script, "NETWORK_WILDCARD") is False


def test_the_longest_prefix_comes_first() -> None:
    assert constant(worker(), "FALLBACK") == [
        ["/a/longer/", "/style.css"],
        ["/a/", "/offline.html"],
    ]


def test_an_empty_manifest_makes_a_worker_too() -> None:
    script = worker("CACHE MANIFEST\nNETWORK:\n*\n")
    assert [constant(script, name) for name in ("FILES", "FALLBACK", "NETWORK")] == [[], [], []]
    assert constant(script, "NETWORK_WILDCARD") is True
    assert constant(script, "PREFER_ONLINE") is False


def test_no_place_is_left_and_nothing_in_a_url_is_taken_for_one() -> None:
    script = worker("CACHE MANIFEST\n/__VERSION__.js\n/__FILES__\n")
    assert constant(script, "FILES") == ["/__VERSION__.js", "/__FILES__"]
    assert re.findall(r"= __[A-Z_]+__", script) == []


def test_a_url_cannot_end_its_string() -> None:
    script = worker("CACHE MANIFEST\n/a\"b'`${x}\\n*/.js\n")
    (file,) = constant(script, "FILES")  # type: ignore[misc]
    assert file.startswith("/a%22b'")
    assert constant(worker("CACHE MANIFEST\n/\u2028\n"), "FILES") == ["/%E2%80%A8"]


def test_every_version_of_the_manifest_has_a_name_of_its_own() -> None:
    first = constant(worker(), "VERSION")
    assert first == constant(worker(), "VERSION")
    assert re.fullmatch("[0-9a-f]{12}", str(first))
    assert first != constant(worker(FULL.replace("# 1", "# 2")), "VERSION")
    assert first != constant(worker(url="https://site.test/b/app.appcache"), "VERSION")


def test_its_first_lines_say_what_cannot_be_the_same() -> None:
    said = worker().split('"use strict"', 1)[0]
    for word in (
        "Updates",
        "Events and states",
        "Opaque responses",
        "Foreign entries",
        "swapCache",
    ):
        assert word in said
    assert max(map(len, worker().splitlines())) <= 100


@pytest.mark.parametrize(
    ("url", "name", "served"),
    [
        (None, "app.appcache", "https://site.invalid/app.appcache"),
        (None, "50%?#.appcache", "https://site.invalid/50%25%3F%23.appcache"),
        ("/kiosk/app.appcache", "x", "https://site.invalid/kiosk/app.appcache"),
        ("http://site.test:81/x", "x", "http://site.test:81/x"),
    ],
)
def test_where_it_is_served(url: str | None, name: str, served: str) -> None:
    assert served_at(url, name) == served


@pytest.mark.parametrize("url", ["app.appcache", "ftp://a/b", "http://", "", "//[/x"])
def test_a_place_that_is_none(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        served_at(url, "app.appcache")
    assert repr(url) in str(caught.value)
    assert "--url /app.appcache" in str(caught.value)


@pytest.fixture
def manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "app.appcache"
    path.write_text(FULL, encoding="utf-8")
    return path


def test_the_command_writes_a_file(manifest: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["migrate", str(manifest), "--out", "out.js"]) == cli.DONE
    assert Path("out.js").read_text(encoding="utf-8") == migrate(read(manifest, None))
    out, said = capsys.readouterr()
    assert out == ""
    assert "out.js: 3 files kept at install, 2 fallbacks, NETWORK for 2 prefixes" in said
    assert 'navigator.serviceWorker.register("/out.js")' in said


def test_its_default_is_sw_js(manifest: Path) -> None:
    assert cli.main(["migrate", str(manifest)]) == cli.DONE
    assert Path("sw.js").exists()


def test_a_dash_prints_it(manifest: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["migrate", str(manifest), "--out", "-", "--url", "/k/m.appcache"]) == cli.DONE
    out, said = capsys.readouterr()
    assert constant(out, "MANIFEST") == "/k/m.appcache"
    assert 'register("/k/sw.js")' in said
    assert sorted(path.name for path in Path().iterdir()) == ["app.appcache"]


def test_it_writes_over_nothing_without_force(
    manifest: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("sw.js").write_text("mine", encoding="utf-8")
    assert cli.main(["migrate", str(manifest)]) == cli.WRONG_USE
    assert "'sw.js' is there already; --force writes over it" in capsys.readouterr().err
    assert Path("sw.js").read_text(encoding="utf-8") == "mine"
    assert cli.main(["migrate", str(manifest), "--force"]) == cli.DONE
    assert Path("sw.js").read_text(encoding="utf-8").startswith("// A service worker")


def test_a_place_that_cannot_be_written_to(
    manifest: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["migrate", str(manifest), "--out", "nowhere/sw.js"]) == cli.WRONG_USE
    said = capsys.readouterr().err
    assert "'nowhere/sw.js' cannot be written: No such file or directory" in said
    assert "--out -" in said


def test_a_manifest_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["migrate", "nowhere.appcache"]) == cli.WRONG_USE
    said = capsys.readouterr().err
    assert "'nowhere.appcache' cannot be read: No such file or directory" in said
    assert "manifest=" in said


def test_a_file_that_is_no_manifest_is_named(manifest: Path) -> None:
    manifest.write_text("<!doctype html>", encoding="utf-8")
    with pytest.raises(ManifestError) as caught:
        read(manifest, None)
    assert str(caught.value).startswith(f"{manifest} is no cache manifest")
    assert caught.value.line == 1
    assert cli.main(["migrate", str(manifest)]) == cli.FAILED


def test_lines_that_browsers_ignore_are_named(manifest: Path) -> None:
    manifest.write_text(
        "CACHE MANIFEST\nFALLBACK:\nhttps://else.test/ /x\nNETWORK:\n*\n", encoding="utf-8"
    )
    text, said = migrated(manifest, None, "-", force=False)
    assert constant(text or "", "FALLBACK") == []
    assert "not kept  line 3: https://else.test/ /x (other-origin)" in said
    assert "NETWORK for all that is not listed (*)" in said


def test_a_manifest_without_network_says_what_that_means(manifest: Path) -> None:
    manifest.write_text("CACHE MANIFEST\n/one.js\n", encoding="utf-8")
    _, said = migrated(manifest, None, "-", force=False)
    assert "1 file kept at install, 0 fallbacks" in said
    assert "NETWORK for nothing: what is not listed is refused" in said
