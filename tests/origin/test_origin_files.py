"""Mounted folders: what is found, what is refused, and how it is sent."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from origin_client import Client

from pytest_offline.errors import UsageError
from pytest_offline.origin import CROSS_ORIGIN_ISOLATED, Origin, csp, service_worker_allowed
from pytest_offline.origin.answers import Asked
from pytest_offline.origin.files import FileBody
from pytest_offline.origin.mounts import FolderMount

LONG_AGO = 1_000_000_000


@pytest.fixture
def site(tmp_path: Path) -> Path:
    site = tmp_path / "site"
    (site / "docs").mkdir(parents=True)
    (site / "index.html").write_text("<h1>start</h1>")
    (site / "about.html").write_text("<h1>about</h1>")
    (site / "docs" / "index.html").write_text("<h1>docs</h1>")
    (site / "app.js").write_text("let a = 1")
    (site / "ünï cöde.txt").write_text("ü")
    (tmp_path / "secret.txt").write_text("secret")
    return site


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("a.appcache", "text/cache-manifest; charset=utf-8"),
        ("a.webmanifest", "application/manifest+json"),
        ("a.mjs", "text/javascript; charset=utf-8"),
        ("a.js", "text/javascript; charset=utf-8"),
        ("a.wasm", "application/wasm"),
        ("a.woff2", "font/woff2"),
        ("a.avif", "image/avif"),
        ("a.webp", "image/webp"),
        ("a.svg", "image/svg+xml"),
        ("a.json", "application/json"),
        ("a.js.map", "application/json"),
        ("a.TXT", "text/plain; charset=utf-8"),
        ("a.xml", "application/xml"),
        ("a.css", "text/css; charset=utf-8"),
        ("a.html", "text/html; charset=utf-8"),
        ("a.unknown", "application/octet-stream"),
        ("LICENSE", "application/octet-stream"),
    ],
)
def test_content_types(
    name: str, content_type: str, origin: Origin, site: Path, client: Client
) -> None:
    (site / name).write_bytes(b"")
    origin.mount(site)
    assert client.ask(f"/{name}").headers["content-type"] == content_type


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/", b"<h1>start</h1>"),
        ("/?q=1", b"<h1>start</h1>"),
        ("/docs/", b"<h1>docs</h1>"),
        ("/docs/index.html", b"<h1>docs</h1>"),
        ("/app.js?v=2", b"let a = 1"),
        ("/%C3%BCn%C3%AF%20c%C3%B6de.txt", "ü".encode()),
    ],
)
def test_paths_that_are_there(
    path: str, body: bytes, origin: Origin, site: Path, client: Client
) -> None:
    origin.mount(site)
    answer = client.ask(path)
    assert (answer.status, answer.body) == (200, body)
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/docs/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/.%2E/secret.txt",
        "/..%2fsecret.txt",
        "/docs%2f..%2f..%2fsecret.txt",
        "/..%5csecret.txt",
        "/..\\secret.txt",
        "/docs/..%5c..%5csecret.txt",
        "/app.js%00.html",
        "/%00",
        "//secret.txt",
        "/./app.js",
        "/linked.txt",
        "/linked/secret.txt",
        "/linked",
        "/pipe",
        "/%ff%fe",
        "/" + "a" * 300,
        "/app.js/",
        "/app.js/x",
    ],
)
def test_paths_that_lead_out_or_nowhere(
    path: str, origin: Origin, site: Path, client: Client
) -> None:
    (site / "linked.txt").symlink_to(site.parent / "secret.txt")
    (site / "linked").symlink_to(site.parent)
    os.mkfifo(site / "pipe")
    origin.mount(site, clean_urls=True)
    answer = client.ask(path)
    assert (answer.status, b"secret" in answer.body.replace(path.encode(), b"")) in (
        (404, False),
        (301, False),
    )
    if answer.status == 301:
        assert client.ask(answer.headers["location"]).status == 404
    if path == "/linked.txt":
        assert answer.body.decode().startswith(
            f"{site}/linked.txt is a link that leads out of {site}, which is mounted at /: no file "
            "outside a mount is served. Put the file itself there, or mount its folder too."
        )


def test_a_link_inside_the_folder_and_a_linked_folder_are_served(
    origin: Origin, site: Path, client: Client
) -> None:
    (site / "same.js").symlink_to(site / "app.js")
    linked = site.parent / "linked-site"
    linked.symlink_to(site)
    origin.mount(linked)
    assert client.ask("/same.js").body == b"let a = 1"


def test_a_kept_file_that_becomes_a_link_out_is_refused(
    origin: Origin, site: Path, client: Client
) -> None:
    origin.mount(site)
    assert client.ask("/app.js").status == 200
    (site / "app.js").unlink()
    (site / "app.js").symlink_to(site.parent / "secret.txt")
    assert client.ask("/app.js").status == 404


def test_a_folder_without_a_slash_leads_to_the_one_with(
    origin: Origin, site: Path, client: Client
) -> None:
    origin.mount(site)
    answer = client.ask("/docs?q=1")
    assert (answer.status, answer.headers["location"]) == (301, "/docs/?q=1")


def test_a_folder_is_not_listed(origin: Origin, site: Path, client: Client) -> None:
    (site / "empty").mkdir()
    origin.mount(site)
    answer = client.ask("/empty/")
    assert answer.status == 404
    assert answer.body == b"/empty/ is not in the folder mounted at /.\n"
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


def test_clean_urls(origin: Origin, site: Path, client: Client) -> None:
    origin.mount(site, clean_urls=True)
    assert client.ask("/about").body == b"<h1>about</h1>"
    assert client.ask("/docs").status == 301
    assert client.ask("/about/").status == 404
    (site / "docs.html").write_text("clean")
    assert client.ask("/docs").body == b"clean"
    origin.mount(site)
    assert client.ask("/about").status == 404


def test_the_fallback_answers_navigations_only(origin: Origin, site: Path, client: Client) -> None:
    origin.mount(site, fallback="index.html")
    start = b"<h1>start</h1>"
    assert client.ask("/shop/7", Sec_Fetch_Mode="navigate").body == start
    assert client.ask("/shop/7", Accept="text/html,*/*").body == start
    assert client.ask("/shop/7", Accept="*/*").status == 404
    assert client.ask("/shop/7", Sec_Fetch_Mode="cors", Accept="text/html").status == 404
    assert client.ask("/about.html", Sec_Fetch_Mode="navigate").body == b"<h1>about</h1>"


def test_mounts_stack_and_the_longest_wins(
    origin: Origin, site: Path, client: Client, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "index.html").write_text("other")
    origin.mount(site)
    origin.mount(other, at="/docs/v2")
    assert client.ask("/docs/").body == b"<h1>docs</h1>"
    assert client.ask("/docs/v2/").body == b"other"
    assert client.ask("/docs/v2").headers["location"] == "/docs/v2/"
    assert client.ask("/docs/v2/about.html").status == 404
    origin.mount(site, at="/docs/v2/")
    assert client.ask("/docs/v2/").body == b"<h1>start</h1>"


def test_nothing_mounted_says_so(origin: Origin, site: Path, client: Client) -> None:
    assert client.ask("/x").body == b"Nothing is mounted for /x (mounted: nothing).\n"
    origin.mount(site, at="/app")
    assert client.ask("/x").body == b"Nothing is mounted for /x (mounted: /app/).\n"


def test_a_file_that_changes_is_read_anew(origin: Origin, site: Path, client: Client) -> None:
    """Also with the same size and times: only the content tells the two apart."""
    origin.mount(site)
    script = site / "app.js"
    tags: set[str] = set()
    for content in (b"let a = 1", b"let a = 2", b"let a = 3"):
        script.write_bytes(content)
        os.utime(script, (LONG_AGO, LONG_AGO))
        answer = client.ask("/app.js")
        assert answer.body == content
        tags.add(answer.headers["etag"])
    assert len(tags) == 3


def test_large_files_of_equal_size_and_time_differ_in_etag(
    origin: Origin, site: Path, client: Client
) -> None:
    for name in ("a.bin", "b.bin"):
        (site / name).write_bytes(name[:1].encode() * 300_000)
        os.utime(site / name, (LONG_AGO, LONG_AGO))
    origin.mount(site)
    first, second = client.ask("/a.bin"), client.ask("/b.bin")
    assert first.headers["last-modified"] == second.headers["last-modified"]
    assert first.headers["etag"] != second.headers["etag"]
    assert (first.body, second.body) == (b"a" * 300_000, b"b" * 300_000)


def test_head_says_what_get_would(origin: Origin, site: Path, client: Client) -> None:
    (site / "large.bin").write_bytes(b"x" * 300_000)
    origin.mount(site)
    for path in ("/app.js", "/large.bin", "/missing"):
        head, get = client.ask(path, "HEAD"), client.ask(path)
        assert head.status == get.status
        assert head.headers["content-length"] == str(len(get.body))
        for answer in (head, get):
            answer.headers.pop("date")
        assert head.headers == get.headers
    assert [seen.bytes_sent for seen in origin.requests.to("/app.js")] == [0, 9]


def test_other_methods_are_refused(origin: Origin, site: Path, client: Client) -> None:
    origin.mount(site)
    answer = client.ask("/app.js", "POST", b"x")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")
    assert answer.body == b"POST /app.js: a mounted folder answers GET and HEAD only.\n"


@pytest.mark.parametrize("size", [100, 300_000])
def test_conditional_requests(size: int, origin: Origin, site: Path, client: Client) -> None:
    (site / "file.txt").write_bytes(b"x" * size)
    os.utime(site / "file.txt", (LONG_AGO, LONG_AGO))
    origin.mount(site)
    full = client.ask("/file.txt")
    tag, changed = full.headers["etag"], full.headers["last-modified"]
    assert changed == "Sun, 09 Sep 2001 01:46:40 GMT"

    def status(**headers: str) -> int:
        return client.ask("/file.txt", **headers).status

    assert status(If_None_Match=tag) == 304
    assert status(If_None_Match=f'"other", W/{tag}') == 304
    assert status(If_None_Match="*") == 304
    assert status(If_None_Match='"other"') == 200
    assert status(If_Modified_Since=changed) == 304
    assert status(If_Modified_Since="Sun, 09 Sep 2001 01:46:39 GMT") == 200
    assert status(If_Modified_Since="no date") == 200
    assert status(If_None_Match='"other"', If_Modified_Since=changed) == 200
    unmodified = client.ask("/file.txt", If_None_Match=tag)
    assert unmodified.headers["etag"] == tag
    assert "content-length" not in unmodified.headers
    assert "content-type" not in unmodified.headers
    assert origin.requests[-1].bytes_sent == 0


@pytest.mark.parametrize("size", [1000, 300_000])
def test_ranges(size: int, origin: Origin, site: Path, client: Client) -> None:
    content = bytes(number % 251 for number in range(size))
    (site / "file.bin").write_bytes(content)
    origin.mount(site)
    full = client.ask("/file.bin")
    assert full.headers["accept-ranges"] == "bytes"

    def part(value: str, **headers: str) -> tuple[int, str | None, bytes]:
        answer = client.ask("/file.bin", Range=value, **headers)
        return answer.status, answer.headers.get("content-range"), answer.body

    last = size - 1
    assert part("bytes=0-99") == (206, f"bytes 0-99/{size}", content[:100])
    assert part("bytes=500-") == (206, f"bytes 500-{last}/{size}", content[500:])
    assert part("bytes=-10") == (206, f"bytes {size - 10}-{last}/{size}", content[-10:])
    assert part(f"bytes=10-{size * 9}") == (206, f"bytes 10-{last}/{size}", content[10:])
    assert part(f"bytes=-{size * 9}") == (206, f"bytes 0-{last}/{size}", content)
    for ignored in ("bytes=0-1,5-6", "bytes=5-2", "bytes=-", "lines=0-1", "bytes=x-y"):
        assert part(ignored) == (200, None, content)
    assert part("bytes=0-9", If_Range=full.headers["etag"])[0] == 206
    assert part("bytes=0-9", If_Range='"other"')[0] == 200
    status, where, text = part(f"bytes={size}-")
    assert (status, where) == (416, f"bytes */{size}")
    assert (
        text
        == f"The range bytes={size}- lies outside of the {size} bytes that there are.\n".encode()
    )
    assert part("bytes=-0")[0] == 416


def test_headers_everywhere_and_by_pattern(origin: Origin, site: Path, client: Client) -> None:
    origin.mount(
        site,
        headers={
            **CROSS_ORIGIN_ISOLATED,
            **csp(default_src="'self'", img_src=["'self'", "data:"]),
            "/docs/*": {"X-Docs": "1", "Cache-Control": "max-age=60"},
            "/app.js": service_worker_allowed("/"),
        },
    )
    start, docs = client.ask("/").headers, client.ask("/docs/").headers
    assert start["cross-origin-opener-policy"] == "same-origin"
    assert start["cross-origin-embedder-policy"] == "require-corp"
    assert start["content-security-policy"] == "default-src 'self'; img-src 'self' data:"
    assert ("x-docs" in start, docs["x-docs"], docs["cache-control"]) == (False, "1", "max-age=60")
    assert client.ask("/app.js").headers["service-worker-allowed"] == "/"
    assert client.ask("/missing").headers["cross-origin-opener-policy"] == "same-origin"


def test_csp_takes_a_whole_policy() -> None:
    assert csp("default-src 'none';", script_src="'self'") == {
        "Content-Security-Policy": "default-src 'none'; script-src 'self'"
    }
    with pytest.raises(UsageError, match="given no directive: write csp"):
        csp()


def test_a_file_that_cannot_be_read_says_so(
    origin: Origin, site: Path, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin.mount(site)
    opened = Path.open

    def refuse(path: Path, *arguments: str) -> object:
        if path.name == "app.js":
            raise PermissionError(13, "Permission denied")
        return opened(path, *arguments)

    monkeypatch.setattr(Path, "open", refuse)
    answer = client.ask("/app.js")
    assert answer.status == 403
    assert answer.body == f"{site}/app.js cannot be read: Permission denied.\n".encode()


def test_a_large_file_that_shrinks_while_it_is_sent(
    origin: Origin, site: Path, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    large = site / "large.bin"
    large.write_bytes(b"x" * 30_000_000)
    origin.mount(site)
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.send("/large.bin")
    client.read_head()
    os.truncate(large, 100)
    received, end = client.drain()
    assert len(received) < 30_000_000
    assert end == "reset"
    assert origin.requests[0].outcome == "cut"
    assert "large.bin became" in caplog.text


def test_a_large_file_that_changes_before_it_is_sent(site: Path) -> None:
    large = site / "large.bin"
    large.write_bytes(b"x" * 300_000)
    answer = FolderMount(site).answer(Asked("GET", "/large.bin", {}))
    large.write_bytes(b"y" * 300_001)
    assert isinstance(answer.body, FileBody)
    with pytest.raises(OSError, match=r"large.bin changed between being found and being sent"):
        answer.body.whole()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"folder": "no-such"}, r"mount\('no-such'\): there is no folder .*Was the site built\?"),
        ({"folder": "FILE"}, r"app.js is a file, and only a folder can be mounted"),
        ({"at": "docs"}, r"mount\(at='docs'\): that is not a path\. .* at=\"/app/\""),
        ({"at": "/../x"}, r"mount\(at='/../x'\): that is not a path"),
        ({"fallback": "spa.html"}, r"fallback='spa.html'\): there is no such file in .*site"),
        ({"fallback": "../secret.txt"}, r"fallback='../secret.txt'\): there is no such file"),
        ({"headers": {"x*": {"a": "b"}}}, r"the pattern 'x\*' has headers but does not begin"),
        ({"headers": {"a b": "c"}}, r"'a b' is not a header name"),
        ({"headers": {"A": "x\r\ny"}}, r"the value 'x\\r\\ny' of header 'A' holds a line break"),
    ],
)
def test_mistakes_at_mount(
    arguments: dict[str, object], message: str, origin: Origin, site: Path
) -> None:
    folder = arguments.pop("folder", site)
    with pytest.raises(UsageError, match=f"(?s){message}"):
        origin.mount(site / "app.js" if folder == "FILE" else folder, **arguments)
