"""Secrets stand nowhere in a bundle: not in headers, bodies, scripts, names, or the timeline."""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from pathlib import Path

import pytest

from pytest_offline.bundles import Answer, Evaluate, Goto, Scenario, Site, read_bundle, write_bundle
from pytest_offline.errors import UsageError
from pytest_offline.record import Exchange, Moment

TOKEN, PASSWORD, COOKIE, NAMED = "tok-5f2c9a", "pa$$w%rd", "c00kie-value", "named/secret +1"
BASIC = b64encode(f"user:{PASSWORD}".encode()).decode()

EXCHANGES = [
    Exchange(
        seq=0, time=5.0, method="POST", path=f"/login?t={TOKEN}",
        url=f"http://t7.localhost:4321/login?t={TOKEN}",
        headers=(("authorization", f"Bearer {TOKEN}"), ("cookie", f"sid={COOKIE}; theme=dark")),
        body=f"password={PASSWORD}".encode(),
        response_headers=(("set-cookie", f"sid={COOKIE}; HttpOnly"),),
    ),
    Exchange(
        seq=1, time=6.0, method="GET", path="/", url="http://t7.localhost:4321/",
        headers=(("authorization", f"Basic {BASIC}"),),
    ),
]  # fmt: skip


def all_bytes(folder: Path) -> bytes:
    files = [path for path in folder.rglob("*") if path.is_file() and "runner" not in path.parts]
    names = "\n".join(path.relative_to(folder).as_posix() for path in files).encode()
    return names + b"\n".join(path.read_bytes() for path in files)


def test_no_secret_is_left_anywhere(tmp_path: Path) -> None:
    page = f"<p>{TOKEN} {PASSWORD} {COOKIE} {NAMED}</p> named%2Fsecret%20%2B1"
    packed = (("Content-Encoding", "gzip"), ("Set-Cookie", f"sid={COOKIE}; Path=/"))
    scenario = Scenario(
        title=f"fails with {TOKEN}",
        site=Site.of(
            Answer("/", page.encode()),
            Answer(f"/{TOKEN}/x", b"x"),
            Answer("/packed", gzip.compress(page.encode()), headers=packed),
        ),
        steps=(Goto(f"/?{COOKIE}"), Evaluate(f"log({NAMED!r})", {NAMED: [PASSWORD, 1]})),
        context={"extra_http_headers": {"Authorization": f"Bearer {TOKEN}"}},
    )
    folder = write_bundle(
        tmp_path / "bundle",
        scenario,
        exchanges=EXCHANGES,
        timeline=[Moment(4.0, "page", f"fetch(/login?t={TOKEN})")],
        bases={"http://t7.localhost:4321": "main"},
        mask=[NAMED],
    )
    written = all_bytes(folder)
    for secret in (TOKEN, PASSWORD, COOKIE, NAMED, BASIC, "named%2Fsecret%20%2B1"):
        assert secret.encode() not in written, secret
    answers = {answer.path: answer for answer in read_bundle(folder).site.hosts[0].answers}
    assert b"masked" in answers["/packed"].body
    assert answers["/packed"].headers == (("Set-Cookie", "sid=masked; Path=/"),)
    requests = json.loads((folder / "requests.json").read_text())
    assert requests[0]["url"] == "http://main.localhost:0/login?t=masked"
    assert ["cookie", "masked"] in requests[0]["headers"]
    assert (requests[0]["ms"], requests[1]["ms"]) == (1.0, 2.0)


def test_what_is_cut_is_cut_at_the_same_place_of_what_is_left(tmp_path: Path) -> None:
    body = f"before {NAMED} after".encode()
    answer = Answer("/", body, cut_after=len(body) - 3, pieces=(10, len(body) - 10))
    folder = write_bundle(tmp_path / "b", Scenario("t", site=Site.of(answer)), mask=[NAMED])
    found = read_bundle(folder).site.hosts[0].answers[0]
    assert found.body == b"before masked after"
    assert found.cut_after == len(found.body) - 3
    assert sum(found.pieces) == len(found.body)


def test_what_is_compressed_and_cut_hides_no_secret(tmp_path: Path) -> None:
    plain = bytes(range(256)) * 4 + NAMED.encode() + b" after"
    packed = gzip.compress(plain)
    head = (("Content-Encoding", "gzip"),)
    answer = Answer("/p", packed, headers=head, cut_after=len(packed) // 2)
    other = Answer("/q", gzip.compress(b"nothing"), headers=head, cut_after=20)
    folder = write_bundle(tmp_path / "b", Scenario("t", site=Site.of(answer, other)), mask=[NAMED])
    found, kept = read_bundle(folder).site.hosts[0].answers
    assert found.body == plain.replace(NAMED.encode(), b"masked")
    assert (found.headers, kept) == ((), other)
    assert found.cut_after == pytest.approx(len(plain) // 2, abs=len(plain) / len(packed) + 1)


def test_a_secret_that_stands_everywhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'a' cannot be masked: so short a text stands everywhere"):
        write_bundle(tmp_path / "b", Scenario("t"), mask=["a"])


def test_ports_of_the_day_are_gone(tmp_path: Path) -> None:
    page = b"<a href='http://t7.localhost:4321/x'> http%3A%2F%2Ft7.localhost%3A4321"
    scenario = Scenario("t", (Goto("http://t7.localhost:4321/y"),), Site.of(Answer("/", page)))
    folder = write_bundle(tmp_path / "b", scenario, bases={"http://t7.localhost:4321": "main"})
    assert b"4321" not in all_bytes(folder)
    assert read_bundle(folder).steps == (Goto("http://main.localhost:0/y"),)
