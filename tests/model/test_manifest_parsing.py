"""`Manifest.parse`, rule by rule: HTML 5.1 (May 2016), 7.9.3.3 "Parsing cache manifests"."""

from __future__ import annotations

from itertools import product
from typing import Any

import ada_url
import pytest

from pytest_offline.errors import ManifestError, UsageError
from pytest_offline.model import Manifest

AT = "https://origin.test/app/notes.appcache"
HERE = "https://origin.test/app/"


def parsed(body: str, url: str = AT) -> Manifest:
    return Manifest.parse(f"CACHE MANIFEST\n{body}".encode(), url)


def explicit(body: str) -> list[str]:
    return [url.removeprefix(HERE) for url in parsed(body).explicit]


def refusals(body: str) -> list[tuple[int, str, str | None]]:
    return [(line.number, line.text, line.reason) for line in parsed(body).refused]


def test_the_whole_of_one_manifest() -> None:
    manifest = parsed(
        "# 2010-06-18:v2\n\n# Explicitly cached entries\nindex.html\nimages/logo.png\n\n"
        "NETWORK:\nlogin.php\nhttps://api.example.com/v1\n*\n\n"
        "FALLBACK:\n/app/main.py /app/static.html\nimages/large/ images/offline.jpg\n"
        "CACHE:\nstyle.css\nSETTINGS:\nprefer-online\n"
    )
    assert manifest.url == AT
    assert manifest.explicit == (HERE + "index.html", HERE + "images/logo.png", HERE + "style.css")
    assert dict(manifest.fallback) == {
        HERE + "main.py": HERE + "static.html",
        HERE + "images/large/": HERE + "images/offline.jpg",
    }
    assert manifest.network == (HERE + "login.php", "https://api.example.com/v1")
    assert manifest.network_wildcard
    assert manifest.prefer_online
    assert manifest.refused == ()


def test_a_manifest_of_the_signature_alone_keeps_nothing() -> None:
    manifest = parsed("")
    assert (manifest.explicit, dict(manifest.fallback), manifest.network) == ((), {}, ())
    assert not manifest.network_wildcard
    assert not manifest.prefer_online


@pytest.mark.parametrize(
    "start",
    [
        b"CACHE MANIFEST\n",
        b"CACHE MANIFEST\r",
        b"CACHE MANIFEST\r\n",
        b"CACHE MANIFEST \n",
        b"CACHE MANIFEST\t\n",
        b"CACHE MANIFEST what else stands here is ignored\n",
        b"CACHE MANIFEST # comment\n",
        b"CACHE MANIFEST NETWORK:\n",
        b"\xef\xbb\xbfCACHE MANIFEST\n",
    ],
)
def test_signatures_that_do(start: bytes) -> None:
    manifest = Manifest.parse(start + b"a.css", AT)
    assert manifest.explicit == (HERE + "a.css",)
    assert [line.number for line in manifest.lines()] == [2]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "its first line is empty."),
        (b"\nCACHE MANIFEST\n", "its first line is empty."),
        (b"CACHE MANIFEST", "it ends with 'CACHE MANIFEST', with no line break after it."),
        (b"CACHE MANIFESTS\n", "its first line begins with 'CACHE MANIFESTS'."),
        (b"CACHE MANIFEST\x0b\n", r"its first line begins with 'CACHE MANIFEST\x0b'."),
        (b"CACHE MANIFEST#\n", "its first line begins with 'CACHE MANIFEST#'."),
        (b"cache manifest\n", "its first line begins with 'cache manifest'."),
        (b"CACHE  MANIFEST\n", "its first line begins with 'CACHE  MANIFEST'."),
        (b" CACHE MANIFEST\n", "its first line begins with ' CACHE MANIFEST'."),
        (b"CHROMIUM CACHE MANIFEST\n", "its first line begins with 'CHROMIUM CACHE MANIFEST'."),
        (b"\xef\xbb\xbf\xef\xbb\xbfCACHE MANIFEST\n", r"begins with '\ufeffCACHE MANIFEST'."),
        (b"C\0A\0C\0H\0E\0 \0", r"begins with 'C\x00A\x00C\x00H\x00E\x00 \x00'."),
        (b"<!doctype html>\r<title>404", "its first line begins with '<!doctype html>'."),
        (b"\xff\xfe" + b"x" * 1_000_000, "begins with '\ufffd\ufffd" + "x" * 38 + "'."),
    ],
)
def test_without_its_signature_it_is_refused_whole(data: bytes, said: str) -> None:
    with pytest.raises(ManifestError) as caught:
        Manifest.parse(data, AT + "#x")
    message = str(caught.value)
    assert message.startswith(f"{AT} is no cache manifest: ")
    assert said in message
    assert message.endswith(
        "Browsers refuse the whole file unless it begins with 'CACHE MANIFEST' and a line break, a "
        "space or a tab right behind: write that as the first line, with nothing before it"
    )
    assert (caught.value.url, caught.value.line) == (AT, 1)


@pytest.mark.parametrize("url", ["", "/app/x", "app.appcache", "file:///x", "data:,x", "https://"])
def test_an_url_that_is_none_is_the_callers_mistake(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        Manifest.parse(b"CACHE MANIFEST\n", url)
    assert str(caught.value) == (
        f"the URL of a manifest is {url!r}, but has to be an absolute one of http or https, for "
        "the manifest's entries are relative to it: give it as it is served, such as "
        "'https://origin.test/app.appcache'"
    )


def test_no_string_no_bytes() -> None:
    text: Any = "CACHE MANIFEST\n"
    nothing: Any = None
    with pytest.raises(UsageError, match=r"is parsed from bytes, and this is str \('CACHE MANIFES"):
        Manifest.parse(text, AT)
    with pytest.raises(UsageError, match=r"read the file with read_bytes\(\)"):
        Manifest.parse(nothing, AT)
    with pytest.raises(UsageError, match="the URL of a manifest is None"):
        Manifest.parse(b"CACHE MANIFEST\n", nothing)
    assert Manifest.parse(bytearray(b"CACHE MANIFEST\na"), AT).explicit == (HERE + "a",)


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_each_way_to_end_a_line(end: str) -> None:
    manifest = Manifest.parse(f"CACHE MANIFEST{end}a{end}{end}b{end} c".encode(), AT)
    assert [(line.number, line.column, line.text) for line in manifest.lines()] == [
        (2, 1, "a"),
        (4, 1, "b"),
        (5, 2, "c"),
    ]


@pytest.mark.parametrize("char", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u00a0"])
def test_nothing_else_ends_a_line_or_parts_tokens(char: str) -> None:
    manifest = parsed(f"a{char}b")
    assert len(list(manifest.lines())) == len(manifest.explicit) == 1
    assert manifest.explicit[0].endswith("b")


def test_white_space_around_lines_is_dropped_and_comments_are_skipped() -> None:
    assert explicit(" \t a.css \t \n\t# no\n#no:\n   \n#\n\t") == ["a.css"]
    kinds = [(line.kind, line.column) for line in parsed(" \ta \n # no\n").lines()]
    assert kinds == [("entry", 3), ("comment", 2)]


def test_what_follows_the_first_token_is_ignored() -> None:
    assert explicit("a.css b.css\tc.css\nd.css # no comment") == ["a.css", "d.css"]


def test_sections_come_in_any_order_and_more_than_once() -> None:
    manifest = parsed("NETWORK:\nn1\nCACHE:\nc1\n NETWORK: \t\nn2\nFALLBACK:\nCACHE:\nc2")
    assert manifest.explicit == (HERE + "c1", HERE + "c2")
    assert manifest.network == (HERE + "n1", HERE + "n2")
    headers = [line.section for line in manifest.lines() if line.kind == "header"]
    assert headers == ["network", "explicit", "network", "fallback", "explicit"]


@pytest.mark.parametrize(
    "header", ["cache:", "Network:", "ROUTES:", ":", "CACHE :", "CACHE::", "/a/b:", "CACHE:x:"]
)
def test_unknown_sections_are_skipped_whole(header: str) -> None:
    assert explicit(f"{header}\na\nb c\nCACHE:\nd") == ["d"]
    assert refusals(f"{header}\na\nb  c\n*") == [
        (3, "a", "unknown-section"),
        (4, "b  c", "unknown-section"),
        (5, "*", "unknown-section"),
    ]


def test_a_header_with_text_behind_it_is_no_header() -> None:
    assert refusals("NETWORK: a.css\n*") == [(2, "NETWORK: a.css", "other-scheme")]
    assert explicit("NETWORK: a.css\n*") == ["*"]


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("a.css", HERE + "a.css"),
        ("/a.css", "https://origin.test/a.css"),
        ("../a.css", "https://origin.test/a.css"),
        ("./b/../a.css", HERE + "a.css"),
        ("a.css?v=1", HERE + "a.css?v=1"),
        ("?v=1", AT + "?v=1"),
        ("a.css#part", HERE + "a.css"),
        (".", HERE),
        ("//cdn.test/a.js", "https://cdn.test/a.js"),
        ("HTTPS://Cdn.Test:443/a.js", "https://cdn.test/a.js"),
        ("https://cdn.test", "https://cdn.test/"),
        ("https:a.css", HERE + "a.css"),
        ("https://u:p@cdn.test/a", "https://u:p@cdn.test/a"),
        ("https://origin.test/app/a.css", HERE + "a.css"),
        ("https://origin.tested/a.css", "https://origin.tested/a.css"),
        ("a\\b", HERE + "a/b"),
        ("ü.html", HERE + "%C3%BC.html"),
        ("%6F.html", HERE + "%6F.html"),
        ("%2e%2e/a", "https://origin.test/a"),
        ("a\0b", HERE + "a%00b"),
        ("\0", AT),
        ("*", HERE + "*"),
    ],
)
def test_entries_are_resolved_against_the_manifest(given: str, url: str) -> None:
    assert parsed(given).explicit == (url,)
    assert parsed(f"NETWORK:\n{given} and more").network == ((url,) if given != "*" else ())


def test_a_comment_behind_white_space_is_none_but_a_fragment_entry_is() -> None:
    assert parsed("a#b#c").explicit == (HERE + "a",)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("http://origin.test/a", "other-scheme"),
        ("ftp://origin.test/a", "other-scheme"),
        ("data:text/css,x", "other-scheme"),
        ("javascript:x", "other-scheme"),
        ("blob:https://origin.test/x", "other-scheme"),
        ("https://", "invalid-url"),
        ("//[", "invalid-url"),
        ("https://a:99999/", "invalid-url"),
        ("https://\ufffd/", "invalid-url"),
    ],
)
@pytest.mark.parametrize("section", ["CACHE:", "NETWORK:"])
def test_entries_that_are_ignored(section: str, given: str, reason: str) -> None:
    assert refusals(f"{section}\n{given}") == [(3, given, reason)]


def test_the_manifests_own_scheme_counts() -> None:
    manifest = parsed("https://a.test/x\nhttp://a.test/x", "http://origin.test/m")
    assert manifest.explicit == ("http://a.test/x",)


def test_an_https_manifest_may_list_files_of_other_https_origins() -> None:
    assert parsed("https://cdn.test/a").explicit == ("https://cdn.test/a",)


def test_entries_said_again_are_kept_once_where_they_stood_first() -> None:
    manifest = parsed("b\na\n./b\nb#x\nNETWORK:\nc\nd\nc")
    assert manifest.explicit == (HERE + "b", HERE + "a")
    assert manifest.network == (HERE + "c", HERE + "d")
    assert manifest.refused == ()


@pytest.mark.parametrize("line", ["*", "* and more", "*\tx", "  *  "])
def test_the_wildcard(line: str) -> None:
    manifest = parsed(f"NETWORK:\n{line}")
    assert manifest.network_wildcard
    assert manifest.network == ()


@pytest.mark.parametrize("line", ["**", "*.html", "/*", "https://*/"])
def test_other_asterisks_are_parts_of_urls(line: str) -> None:
    manifest = parsed(f"NETWORK:\n{line}")
    assert not manifest.network_wildcard
    assert not parsed(f"SETTINGS:\n{line}\nCACHE:\n*").network_wildcard


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("pages", "no-fallback"),
        ("pages #off.html", None),
        ("pages off.html and more", None),
        ("pages //[", "invalid-url"),
        ("//[ off.html", "invalid-url"),
        ("https://other.test/app/ off.html", "other-origin"),
        ("pages https://other.test/off.html", "other-origin"),
        ("http://origin.test/app/ off.html", "other-origin"),
        ("https://origin.test:444/app/ off.html", "other-origin"),
        ("pages data:,off", "other-origin"),
        ("pages https://origin.test:443/off.html", None),
        ("/ off.html", "outside-folder"),
        ("/app off.html", "outside-folder"),
        ("/apps/ off.html", "outside-folder"),
        ("../ off.html", "outside-folder"),
        ("/app/ /off.html", None),
        ("/app/?q off.html", None),
        ("https://u:p@origin.test/app/x off.html", None),
        ("https://u:p@origin.test/x off.html", "outside-folder"),
    ],
)
def test_fallbacks(line: str, reason: str | None) -> None:
    manifest = parsed(f"FALLBACK:\n{line}")
    assert [line.reason for line in manifest.lines()][1:] == [reason]
    assert len(manifest.fallback) == (reason is None)


def test_fallbacks_lose_their_fragments_and_the_manifest_may_be_at_the_root() -> None:
    manifest = parsed("FALLBACK:\n/#a /off.html#b", "https://origin.test/m?x=/y/z#w")
    assert manifest.url == "https://origin.test/m?x=/y/z"
    assert dict(manifest.fallback) == {"https://origin.test/": "https://origin.test/off.html"}


def test_of_one_namespace_the_first_fallback_counts() -> None:
    manifest = parsed("FALLBACK:\np 1.html\n./p#x 2.html\np\np 3.html")
    assert dict(manifest.fallback) == {HERE + "p": HERE + "1.html"}
    assert [(line.number, line.reason, line.urls) for line in manifest.refused] == [
        (4, "namespace-again", (HERE + "p", HERE + "2.html")),
        (5, "no-fallback", ()),
        (6, "namespace-again", (HERE + "p", HERE + "3.html")),
    ]


def test_a_namespace_that_was_refused_may_come_again() -> None:
    manifest = parsed("FALLBACK:\np https://other.test/\np 1.html")
    assert dict(manifest.fallback) == {HERE + "p": HERE + "1.html"}


def test_fallbacks_cannot_be_changed() -> None:
    fallback: Any = parsed("FALLBACK:\np q").fallback
    with pytest.raises(TypeError):
        fallback["x"] = "y"


@pytest.mark.parametrize("line", ["prefer-online", "\tprefer-online "])
def test_the_setting(line: str) -> None:
    assert parsed(f"SETTINGS:\n{line}\n{line}").prefer_online


@pytest.mark.parametrize("line", ["fast", "Prefer-Online", "prefer-online now", "prefer-online;"])
def test_unknown_settings_are_ignored(line: str) -> None:
    assert not parsed(f"SETTINGS:\n{line}").prefer_online
    assert refusals(f"SETTINGS:\n{line}") == [(3, line, "unknown-setting")]
    assert not parsed("prefer-online").prefer_online


def test_bytes_that_are_no_utf_8_become_u_fffd() -> None:
    manifest = Manifest.parse(b"CACHE MANIFEST\na\xff\xed\xa0\x80b\n\xc3", AT)
    assert manifest.explicit == (HERE + "a" + 4 * "%EF%BF%BD" + "b", HERE + "%EF%BF%BD")


def test_credentials_of_the_manifest_stay_with_what_is_relative_to_it() -> None:
    manifest = parsed("a.css\n/b\nFALLBACK:\nx y", "https://u:p@origin.test/app/m")
    assert manifest.explicit == ("https://u:p@origin.test/app/a.css", "https://u:p@origin.test/b")
    assert len(manifest.fallback) == 1


def test_manifests_of_the_same_content_are_equal() -> None:
    assert parsed("a\n# v1") == parsed("a\n# v2")
    assert parsed("a") != parsed("b")


def test_long_lines_and_many_lines() -> None:
    long = "x" * 10_000_000
    assert parsed(long).explicit == (HERE + long,)
    assert parsed("a " * 5_000_000).explicit == (HERE + "a",)
    assert len(parsed("\n".join(f"p/{n}.png" for n in range(100_000))).explicit) == 100_000


@pytest.mark.parametrize(
    "url", ["http://site.test/folder/a.appcache", "http://site.test/a.appcache"]
)
def test_what_is_put_together_is_what_a_parser_of_urls_gives(url: str) -> None:
    tokens = ["".join(letters) for n in range(1, 6) for letters in product("a/.?%-=", repeat=n)]
    text = "\n".join(["CACHE MANIFEST", "CACHE:", *tokens, ""])
    valid = [token for token in tokens if not is_invalid(token, url)]
    wanted = {ada_url.join_url(url, token) for token in valid}
    assert set(Manifest.parse(text.encode(), url).explicit) == {
        each for each in wanted if each.startswith("http:")
    }


def is_invalid(token: str, base: str) -> bool:
    try:
        ada_url.join_url(base, token)
    except ValueError:
        return True
    return False
