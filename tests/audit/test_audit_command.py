"""``pytest-offline audit`` as a person runs it: a process of its own, files, an exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest
from audit_kit import SAMPLES

from pytest_offline.audit.frontier import Limits
from pytest_offline.audit.options import Options
from pytest_offline.browser.resolve import resolve
from pytest_offline.cli import main
from pytest_offline.errors import BrowserNotFound, CannotAudit


@pytest.mark.parametrize(
    ("site", "start", "first"),
    [
        ("dist", None, "/"),
        ("dist", "app/", "/app/"),
        ("http://localhost:3000", None, "/"),
        ("https://a.example/app/?lang=en", None, "/app/?lang=en"),
        ("https://a.example/app/", "/", "/"),
    ],
)
def test_where_it_begins(site: str, start: str | None, first: str) -> None:
    assert Options(site, start=start).first == first


@pytest.mark.parametrize("given", ["0", "-1", "nan", "inf", "soon"])
def test_patience_has_an_end(given: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["audit", "dist", f"--patience={given}"])
    assert ended.value.code == 2
    assert f"{given!r} is no time; give seconds, more than 0" in capsys.readouterr().err


def test_every_option_gets_where_it_belongs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[object] = []

    def audit_site(options: Options, builds: Sequence[str], progress: object) -> None:
        asked.extend((options, builds))
        raise CannotAudit("it was only asked", reason="down")

    monkeypatch.setattr("pytest_offline.audit.run.audit_site", audit_site)
    given = """audit dist --build firefox --build chromium --fallback index.html --clean-urls
        --header X-A:1 --cookie id=7 --insecure --allow a.example --start app --page /p --depth 2
        --max-pages 9 --include /in/* --exclude /out/* --no-sitemap --tabs 3 --patience 4
        --canary Ada"""
    assert main(given.split()) == 2
    assert capsys.readouterr().err.endswith("pytest-offline: it was only asked\n")
    assert asked == [
        Options(
            "dist", start="app", pages=("/p",), fallback="index.html", clean_urls=True,
            headers={"X-A": "1"}, limits=Limits(2, 9, ("/in/*",), ("/out/*",)), sitemap=False,
            tabs=3, patience=4000, cookies={"id": "7"}, canaries=("Ada",),
            outside=("a.example",), insecure=True,
        ),
        ["firefox", "chromium"],
    ]  # fmt: skip


WORKER = """
oninstall = (event) => event.waitUntil(caches.open("v1").then((cache) => cache.add("/")));
onfetch = (event) => event.respondWith(
  caches.match(event.request).then((found) => found || fetch(event.request)));
"""


def test_dead_pages_take_no_other_along_in_firefox(tmp_path: Path) -> None:
    """It unregisters a worker that fails three navigations: see bug 1503072."""
    try:
        resolve("firefox")
    except BrowserNotFound as error:
        pytest.skip(str(error).splitlines()[0])
    (tmp_path / "sw.js").write_text(WORKER)
    links = "".join(f"<a href=/{name}.html>{name}</a>" for name in "abc")
    script = "<script>navigator.serviceWorker.register('/sw.js')</script>"
    for name, rest in {"index": links + script, "a": "", "b": "", "c": ""}.items():
        head = f"<!doctype html><title>{name}</title><link rel=icon href=data:,>"
        (tmp_path / f"{name}.html").write_text(f"{head}<h1>{name}</h1><p>all of {name}</p>{rest}")
    command = [sys.executable, "-m", "pytest_offline", "audit", tmp_path, "--build=firefox"]
    done = subprocess.run([*command, "--json=-"], capture_output=True, text=True, check=False)
    data = json.loads(done.stdout)
    found = {page["path"]: (page["cold"], page["warm"]) for page in data["pages"]}
    dead = ("dead", "dead")
    assert found == {"/": ("same", "same"), "/a.html": dead, "/b.html": dead, "/c.html": dead}
    assert data["remarks"] == [
        "Firefox unregisters a worker that has failed three navigations: whoever opens /a.html and "
        "2 more so often offline loses the whole site. Answer with an offline page in place of an "
        "error; here it was kept from doing so"
    ]


def test_a_site_whose_install_fails(tmp_path: Path) -> None:
    try:
        resolve("chromium")
    except BrowserNotFound as error:
        pytest.skip(str(error).splitlines()[0])
    files = {name: tmp_path / "out" / f"audit.{name}" for name in ("json", "junit", "sarif")}
    given = [part for name, path in files.items() for part in (f"--{name}", str(path))]
    command = [sys.executable, "-m", "pytest_offline", "audit", SAMPLES / "broken_install", *given]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert "not ready (redundant): The install of /sw.js failed" in done.stdout
    assert "✗ / does not open: no worker answers for it" in done.stdout
    data = json.loads(files["json"].read_text("utf-8"))
    assert data["ready"]["reason"] == "redundant"
    assert [(page["path"], page["offline"], page["failed"]) for page in data["pages"]] == [
        ("/", "dead", [])
    ]
    suite = ElementTree.fromstring(files["junit"].read_text("utf-8"))[0]
    assert (suite.get("tests"), suite.get("failures")) == ("3", "2")
    rules = json.loads(files["sarif"].read_text("utf-8"))["runs"][0]["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["dead", "not-ready"]
