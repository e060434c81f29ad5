"""The probe in front of worker scripts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from origin_client import Client

from pytest_offline.origin import Origin, OriginServer

PROBE = b"/*probe*/"


@pytest.fixture(scope="module")
def calls() -> list[bytes]:
    return []


@pytest.fixture(scope="module")
def server(calls: list[bytes]) -> Iterator[OriginServer]:
    def instrument(script: bytes) -> bytes:
        calls.append(script)
        return PROBE + script

    with OriginServer(instrument=instrument) as server:
        yield server


@pytest.fixture
def site(origin: Origin, tmp_path: Path) -> Path:
    (tmp_path / "sw.js").write_text("self.a")
    (tmp_path / "index.html").write_text("page")
    origin.mount(tmp_path, fallback="index.html")
    return tmp_path


@pytest.mark.parametrize(
    "headers",
    [
        {"Service_Worker": "script"},
        {"Sec_Fetch_Dest": "worker"},
        {"Sec_Fetch_Dest": "sharedworker"},
        {"Sec_Fetch_Dest": "serviceworker"},
    ],
)
def test_worker_scripts_get_it(headers: dict[str, str], site: Path, client: Client) -> None:
    answer = client.ask("/sw.js", **headers)
    assert answer.body == PROBE + b"self.a"
    assert answer.headers["content-length"] == str(len(answer.body))
    assert client.ask("/sw.js", "HEAD", **headers).headers["content-length"] == str(
        len(answer.body)
    )


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/sw.js", {}),
        ("/sw.js", {"Sec_Fetch_Dest": "script"}),
        ("/index.html", {"Service_Worker": "script"}),
        ("/missing.js", {"Service_Worker": "script"}),
    ],
)
def test_nothing_else_does(path: str, headers: dict[str, str], site: Path, client: Client) -> None:
    assert PROBE not in client.ask(path, **headers).body


def test_it_is_the_same_each_time_and_revalidates(
    site: Path, client: Client, calls: list[bytes]
) -> None:
    calls.clear()
    (site / "sw.js").write_text("self.same")
    first = client.ask("/sw.js", Service_Worker="script")
    again = client.ask("/sw.js", Service_Worker="script")
    assert first.body == again.body
    assert calls == [b"self.same"]
    tag = first.headers["etag"]
    assert client.ask("/sw.js", Service_Worker="script", If_None_Match=tag).status == 304
    plain = client.ask("/sw.js")
    assert plain.headers["etag"] != tag
    assert (
        client.ask("/sw.js", Service_Worker="script", If_None_Match=plain.headers["etag"]).body
        == first.body
    )
    (site / "sw.js").write_text("self.other")
    changed = client.ask("/sw.js", Service_Worker="script", If_None_Match=tag)
    assert (changed.status, changed.body) == (200, PROBE + b"self.other")


def test_ranges_and_dates_of_the_file_do_not_count(site: Path, client: Client) -> None:
    date = client.ask("/sw.js").headers["last-modified"]
    answer = client.ask(
        "/sw.js", Service_Worker="script", Range="bytes=0-1", If_Modified_Since=date
    )
    assert (answer.status, answer.body) == (200, PROBE + b"self.a")
    assert "accept-ranges" not in answer.headers
    assert "last-modified" not in answer.headers


def test_large_and_scripted_scripts_get_it_too(origin: Origin, site: Path, client: Client) -> None:
    (site / "large.js").write_bytes(b"/" * 300_000)
    assert client.ask("/large.js", Service_Worker="script").body == PROBE + b"/" * 300_000
    origin.reply("/sw.js", "self.b")
    assert client.ask("/sw.js", Service_Worker="script").body == PROBE + b"self.b"
    origin.reply("/sw.js", chunks=["self", ".c"], delay=0.01, headers={"Content-Length": "6"})
    assert client.ask("/sw.js", Service_Worker="script").body == PROBE + b"self.c"
    origin.reply("/sw.js", "no", status=500)
    assert client.ask("/sw.js", Service_Worker="script").body == b"no"


def test_peek_shows_the_script_as_it_is(origin: Origin, site: Path) -> None:
    assert origin.peek("/sw.js")[2] == b"self.a"


def test_an_instrument_that_fails_is_said(caplog: pytest.LogCaptureFixture) -> None:
    def instrument(script: bytes) -> bytes:
        raise ValueError(f"cannot read {script!r}")

    with OriginServer(instrument=instrument) as server:
        origin = server.new_origin()
        origin.reply("/sw.js", "x")
        client = Client(origin)
        answer = client.ask("/sw.js", Service_Worker="script")
        client.close()
    assert answer.status == 500
    text = b"GET /sw.js could not be answered: ValueError: cannot read b'x'\n"
    assert answer.body == text
    assert [(seen.outcome, seen.status) for seen in origin.requests] == [("failed", 500)]
    assert "could not be answered" in caplog.text
