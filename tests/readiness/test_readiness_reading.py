"""The two readers underneath: of JavaScript's tokens, and of URLs as keys."""

from __future__ import annotations

import pytest

from pytest_offline.readiness.javascript import NOWHERE, read_script
from pytest_offline.readiness.literals import Array, Literals, Name, Object, Odd, Spread
from pytest_offline.readiness.urls import absolute, with_parameter, without_revision

BASE = "https://site.test/app/sw.js"


def texts(source: str) -> list[str]:
    return [token.text for token in read_script(source).tokens]


def kinds(source: str) -> list[str]:
    return [token.kind for token in read_script(source).tokens]


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("x = /'/", "regex"), ("return /[/']/g", "regex"), ("if (x) /'/.test(y)", "regex"),
        ("} /'/.test(y)", "regex"), ("(a) / b", "punct"), ("a[0] / b", "punct"),
        ("a++ / b", "punct"), ("a / b", "punct"), ("= / b", "punct"), (") / b", "punct"),
    ],
)  # fmt: skip
def test_a_slash_is_a_regex_or_a_division_by_what_stands_before(source, kind):
    script = read_script(source)
    slash = next(token for token in script.tokens if token.text.startswith("/"))
    assert slash.kind == kind


def test_templates_with_substitutions_keep_their_brackets():
    script = read_script("`a${ {b: `c${d}`} }e` + f")
    assert [token.text for token in script.tokens] == list("`({b:`(d)`})`+f")
    assert script.partner[1] == 11
    assert script.partner[0] == NOWHERE


@pytest.mark.parametrize(
    ("source", "value"),
    [
        (r"'a\'b'", "a'b"), (r'"\x41\u0042\u{43}\n\0"', "ABC\n\0"), ("'a\\\nb'", "ab"),
        (r"'\ud83d\ude00'", "😀"), (r"'\u{110000}'", "\ufffd"), ("'open", "open"), ("'", ""),
        ("`plain $x`", "plain $x"), ("'a//b'", "a//b"),
    ],
)  # fmt: skip
def test_strings_mean_what_they_mean(source, value):
    assert read_script(source).tokens[0].text == value
    assert kinds(source) == ["string"]


def test_comments_and_brackets_that_do_not_match_are_passed_over():
    assert texts("a /* ' */ b // ` \n c /* open") == ["a", "b", "c"]
    script = read_script("( ] ) }")
    assert script.partner == (2, NOWHERE, 0, NOWHERE)
    assert script.text(99) == "" and script.kind(99) is None


def test_numbers_and_operators():
    assert texts("1e+5 .5 0xff a?.b ??= === >> x?.5:1") == [
        "1e+5", ".5", "0xff", "a", "?.", "b", "??", "=", "===", ">", ">", "x", "?", ".5", ":", "1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("['a', , 'b']", Array(("a", Odd.UNKNOWN, "b"))),
        ("...x", Spread(Name("x", 1))), ("null", Odd.NULL), ("('a')", "a"),
        ("{a, 'b': 'c', get d() {}, [e]: 1, ...f, 2: 'g'}", Object({"b": "c", "2": "g"})),
        ("await 'a'", "a"), ("self.x", Name("x", 2)), ("new Thing('a')", Odd.UNKNOWN),
        ("new Request", Odd.UNKNOWN), ("'a' + 'b'", "ab"), ("x ?? 'a'", "a"), ("'a' || 'b'", "a"),
        ("[1]['a']", Odd.UNKNOWN), ("'a'.length", Odd.UNKNOWN), ("", Odd.UNKNOWN),
    ],
)  # fmt: skip
def test_values(source, value):
    assert Literals(read_script(source)).read(0)[0] == value


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("a.js", "https://site.test/app/a.js"), ("./", "https://site.test/app/"),
        ("../x/./y/../z", "https://site.test/x/z"), ("..", "https://site.test/"),
        ("https://site.test/a/%2E%2e/b/.", "https://site.test/b/"), ("\\a\\b", "https://site.test/a/b"),
        ("?q=a b", "https://site.test/app/sw.js?q=a%20b"), (" a\n.js ", "https://site.test/app/a.js"),
        ("http://SITE.test:80", "http://site.test/"), ("http://site.test:8080/", "http://site.test:8080/"),
        ("http://[::1]:9/é", "http://[::1]:9/%C3%A9"), ("/a#b", "https://site.test/a"),
        ("data:,x", None), ("http://[", None), ("http://x:y/", None), ("http:///", None),
    ],
)  # fmt: skip
def test_references_become_absolute_as_in_a_browser(reference, url):
    assert absolute(reference, BASE) == url


def test_parameters_are_set_and_taken_out():
    key = with_parameter("https://site.test/a?x=1&__WB_REVISION__=0", "__WB_REVISION__", "2")
    assert key == "https://site.test/a?x=1&__WB_REVISION__=2"
    assert without_revision(key) == "https://site.test/a?x=1"
    assert without_revision("https://site.test/a?x=%20") == "https://site.test/a?x=%20"
