"""What a proxy makes of the names in headers, both ways."""

from __future__ import annotations

import pytest
from multidict import CIMultiDict

from pytest_offline.origin.answers import Asked
from pytest_offline.origin.proxy_headers import Naming

ORIGIN = "http://t7.localhost:4321"
UPSTREAM = "http://127.0.0.1:3000"
WHOLE = Naming(ORIGIN, "/", UPSTREAM, "/")
BELOW = Naming(ORIGIN, "/api/", UPSTREAM, "/")
DEEP = Naming(ORIGIN, "/api/", UPSTREAM, "/v1/")
SAME = Naming(ORIGIN, "/api/", UPSTREAM, "/api/")
SECURE = Naming("https://app.test", "/", "https://backend.test", "/")
NAMED = Naming(ORIGIN, "/", "http://shop.test:8000", "/")


@pytest.mark.parametrize(
    ("naming", "given", "shown"),
    [
        (WHOLE, "/login?next=/a#b", "/login?next=/a#b"),
        (WHOLE, f"{UPSTREAM}/login", f"{ORIGIN}/login"),
        (WHOLE, UPSTREAM, f"{ORIGIN}/"),
        (WHOLE, "http://localhost:3000/x", f"{ORIGIN}/x"),
        (WHOLE, "http://[::1]:3000/x", f"{ORIGIN}/x"),
        (WHOLE, "//127.0.0.1:3000/x", f"{ORIGIN}/x"),
        (WHOLE, "https://127.0.0.1:3000/x", f"{ORIGIN}/x"),
        (WHOLE, "http://127.0.0.1:3001/x", "http://127.0.0.1:3001/x"),
        (WHOLE, "https://accounts.example/login", "https://accounts.example/login"),
        (WHOLE, "relative?x=1", "relative?x=1"),
        (WHOLE, "http://127.0.0.1:nonsense/", "http://127.0.0.1:nonsense/"),
        (WHOLE, "mailto:a@b.example", "mailto:a@b.example"),
        (BELOW, "/login", "/api/login"),
        (BELOW, "/api/login", "/api/login"),
        (BELOW, f"{UPSTREAM}/login", f"{ORIGIN}/api/login"),
        (DEEP, "/v1/login", "/api/login"),
        (DEEP, "/v1", "/api"),
        (DEEP, "/elsewhere", "/elsewhere"),
        (SAME, "/api/login", "/api/login"),
        (SECURE, "https://backend.test:443/x", "https://app.test/x"),
        (NAMED, "http://localhost:8000/x", "http://localhost:8000/x"),
        (NAMED, "http://shop.test:8000/x", f"{ORIGIN}/x"),
    ],
)
def test_locations(naming: Naming, given: str, shown: str) -> None:
    assert naming.location(given) == shown


@pytest.mark.parametrize(
    ("naming", "given", "shown"),
    [
        (WHOLE, "a=1; Path=/; HttpOnly", "a=1; Path=/; HttpOnly"),
        (WHOLE, "a=1; Domain=127.0.0.1; Path=/", "a=1; Path=/"),
        (WHOLE, "a=1; domain=localhost", "a=1"),
        (WHOLE, "a=1; Domain=other.example", "a=1; Domain=other.example"),
        (WHOLE, "a=1; Secure; SameSite=None", "a=1; SameSite=Lax"),
        (WHOLE, "a=1; Secure; SameSite=Strict", "a=1; SameSite=Strict"),
        (WHOLE, "a=1; SameSite=None", "a=1; SameSite=None"),
        (WHOLE, "__Host-a=1; Secure; Path=/", "__Host-a=1; Secure; Path=/"),
        (BELOW, "a=1; Path=/admin", "a=1; Path=/api/admin"),
        (BELOW, "a=1; Path=/", "a=1; Path=/"),
        (DEEP, "a=1; Path=/v1", "a=1; Path=/api"),
        (SECURE, "a=1; Secure; Domain=.backend.test", "a=1; Secure"),
        (NAMED, "a=1; Domain=shop.test", "a=1"),
        (NAMED, "a=1; Domain=test", "a=1"),
    ],
)
def test_cookies(naming: Naming, given: str, shown: str) -> None:
    assert naming.cookie(given) == shown


def answered(naming: Naming, *pairs: tuple[str, str]) -> list[tuple[str, str]]:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in pairs]
    return list(naming.response_headers(raw).items())


def test_answers_headers() -> None:
    assert answered(
        WHOLE,
        ("Connection", "keep-alive, X-Hop"),
        ("Keep-Alive", "timeout=5"),
        ("X-Hop", "1"),
        ("Transfer-Encoding", "chunked"),
        ("Refresh", f"5; url={UPSTREAM}/x"),
        ("refresh", "5"),
        ("Content-Location", f"{UPSTREAM}/y"),
        ("Access-Control-Allow-Origin", UPSTREAM),
        ("access-control-allow-origin", "*"),
        ("ETag", 'W/"a"'),
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
    ) == [
        ("Refresh", f"5; url={ORIGIN}/x"),
        ("refresh", "5"),
        ("Content-Location", f"{ORIGIN}/y"),
        ("Access-Control-Allow-Origin", ORIGIN),
        ("access-control-allow-origin", "*"),
        ("ETag", 'W/"a"'),
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
    ]


def asked(naming: Naming, **headers: str) -> dict[str, str]:
    values = CIMultiDict({name.replace("_", "-"): value for name, value in headers.items()})
    return dict(naming.request_headers(Asked("GET", "/", values), ("127.0.0.9", 1)))


def test_the_upstream_is_asked_as_itself() -> None:
    assert asked(
        WHOLE,
        Host="t7.localhost:4321",
        Origin=ORIGIN,
        Referer=f"{ORIGIN}/a?b",
        Connection="Upgrade, X-Hop",
        X_Hop="1",
        Upgrade="h2c",
        TE="trailers",
        Expect="100-continue",
        Proxy_Authorization="Basic eA==",
        If_None_Match='"a"',
        Accept_Encoding="gzip, br, zstd",
        X_Forwarded_For="10.0.0.1",
    ) == {
        "Host": "127.0.0.1:3000",
        "Origin": UPSTREAM,
        "Referer": f"{UPSTREAM}/a?b",
        "If-None-Match": '"a"',
        "Accept-Encoding": "gzip, br, zstd",
        "X-Forwarded-For": "10.0.0.1, 127.0.0.9",
        "X-Forwarded-Proto": "http",
    }


def test_below_a_path_the_referer_is_mapped_too() -> None:
    headers = asked(DEEP, Origin=ORIGIN, Referer=f"{ORIGIN}/api/a")
    assert headers["Referer"] == f"{UPSTREAM}/v1/a"
    assert headers["Origin"] == UPSTREAM
    assert headers["X-Forwarded-Prefix"] == "/api"
    assert asked(DEEP, Referer=f"{ORIGIN}/")["Referer"] == f"{UPSTREAM}/"
    assert asked(DEEP, Referer=f"{ORIGIN}0/x")["Referer"] == f"{ORIGIN}0/x"


def test_with_the_host_preserved_nothing_is_renamed() -> None:
    naming = Naming(ORIGIN, "/", UPSTREAM, "/", preserve_host=True)
    headers = asked(naming, Origin=ORIGIN, Referer=f"{ORIGIN}/a")
    assert headers["Host"] == headers["X-Forwarded-Host"] == "t7.localhost:4321"
    assert (headers["Origin"], headers["Referer"]) == (ORIGIN, f"{ORIGIN}/a")
    assert naming.location(f"{ORIGIN}/x") == f"{ORIGIN}/x"
    assert naming.cookie("a=1; Domain=t7.localhost") == "a=1; Domain=t7.localhost"


@pytest.mark.parametrize(
    ("naming", "target", "asked_for"),
    [
        (WHOLE, "/a%2Fb//c?d=%zz", "/a%2Fb//c?d=%zz"),
        (BELOW, "/api/x?y", "/x?y"),
        (DEEP, "/api/", "/v1/"),
        (DEEP, "/%61pi/x", "/v1/x"),
    ],
)
def test_targets(naming: Naming, target: str, asked_for: str) -> None:
    assert naming.target(Asked("GET", target, {})) == asked_for
