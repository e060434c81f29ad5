"""Every sentence of the lint, read as a person reads it, and where it points."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from manifest_kit import AT, Linted

from pytest_offline.manifests import Finding, lint
from pytest_offline.manifests.findings import CODES, SENTENCES
from pytest_offline.manifests.lint import MOST_OF_ONE_CODE

HERE = "https://origin.test/app/"

CASES = (Path(__file__).parent / "cases" / "sentences.txt").read_text("utf-8").split("\n\n")[1:]


def parts(case: str) -> tuple[str, list[str]]:
    """The manifest's lines, and what is said of them."""
    lines = case.strip("\n").split("\n")
    body = [line[2:] for line in lines if line.startswith("> ")]
    return "\n".join(body), [line for line in lines if not line.startswith("> ")]


def told(findings: list[Finding]) -> list[str]:
    return [
        f"{each.line}:{each.column} {each.severity} {each.code} {each.sentence}"
        for each in findings
    ]


@pytest.mark.parametrize("case", CASES, ids=[parts(case)[1][0].split()[2] for case in CASES])
def test_what_is_said(case: str, linted: Linted) -> None:
    body, said = parts(case)
    assert told(linted(body)) == said
    assert said


def test_without_the_signature_nothing_else_is_said(linted: Linted) -> None:
    sheet, findings = lint(b"CACHE MANIFES\nhttps://[\n", AT)
    assert sheet is None
    assert told(findings) == [
        "1:1 error missing-signature browsers refuse this file whole: it begins with "
        r"'CACHE MANIFES\nhttps://[\n', and has to begin with 'CACHE MANIFEST' and a line break, a "
        "space or a tab right behind; write that as the first line, with nothing before it"
    ]
    assert [each.code for each in linted(whole=b"")] == ["missing-signature"]


def test_a_blocked_network_is_a_fault_where_nothing_is_named(linted: Linted) -> None:
    assert told(linted(whole=b"CACHE MANIFEST\na\nb\n")) == [
        "1:1 warning no-network-wildcard there is no '*' under NETWORK, nor anything else: pages "
        "of this cache reach no URL but those under CACHE and FALLBACK (2), not even online; add "
        "the "
        "lines 'NETWORK:' and '*', or the URLs they need"
    ]
    assert told(linted(whole=b"CACHE MANIFEST\na\n NETWORK:\nb\n")) == [
        "3:2 note no-network-wildcard there is no '*' under NETWORK: pages of this cache reach no "
        "URL but those that are listed (2), not even online; if more is needed, add a line '*' "
        "there"
    ]


def test_a_byte_order_mark_and_bytes_that_are_no_utf_8(linted: Linted) -> None:
    data = b"\xef\xbb\xbfCACHE MANIFEST\r\n\r\n  caf\xe9.html\n\xef\xbf\xbd \xff\nNETWORK:\n*"
    findings = [each for each in linted(whole=data) if each.code != "trailing-text"]
    assert told(findings) == [
        "1:1 note byte-order-mark the file begins with a byte order mark (EF BB BF): browsers skip "
        "it, tools that look for CACHE MANIFEST in the first bytes do not; save the file as UTF-8 "
        "without it",
        "3:6 error not-utf-8 the byte E9 is no UTF-8 (places like this: 2): manifests are always "
        "read as UTF-8, so the browser asks for a URL with U+FFFD in it; save the file as UTF-8",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "# Wed May 01 2024 12:33:05 GMT+0200",
        "# 20240501123305",
        "# build 1714567890",
        "# 1714567890123",
        "# 9f1c2b1e-6a0d-4c52-8a7b-0f5e2d9c4b1a",
    ],
)
def test_comments_that_look_new_each_time(line: str, linted: Linted) -> None:
    assert [each.code for each in linted(line)] == ["changing-timestamp"]
    # What stands behind the signature is skipped like a comment, and as good as one.
    first = linted(whole=f"CACHE MANIFEST  {line}\nNETWORK:\n*\n".encode())
    assert [(each.line, each.column, each.code) for each in first] == [
        (1, 17, "changing-timestamp")
    ]


@pytest.mark.parametrize(
    "line",
    [
        "# 2010-06-18:v2",
        "# v1.2.3",
        "# 2024-05-01 12:33",
        "# sha256: " + "a1" * 32,
        "# 12345678901234567890",
        "# ",
    ],
)
def test_versions_and_hashes_of_content_are_fine(line: str, linted: Linted) -> None:
    assert linted(line) == []


def test_a_clean_manifest_has_no_findings(linted: Linted) -> None:
    assert (
        linted("# v2\nindex.html\nFALLBACK:\npages/ offline.html\nSETTINGS:\nprefer-online") == []
    )


def test_sections_that_end_where_the_next_begins(linted: Linted) -> None:
    findings = linted("A:\na\n# b\nB:\nCACHE:\nc")
    assert [(each.line, each.code, each.facts["count"]) for each in findings] == [
        (2, "unknown-section", 1),
        (5, "unknown-section", 0),
    ]
    (last,) = lint(b"CACHE MANIFEST\nNETWORK:\n*\nC:\na", AT)[1]
    assert last.facts["count"] == 1


def test_each_of_two_tokens_with_a_fragment_is_told(linted: Linted) -> None:
    findings = linted("FALLBACK:\na#x b#y")
    assert [each.facts["text"] for each in findings] == ["a#x", "b#y"]
    assert [each.facts["url"] for each in findings] == [HERE + "a", HERE + "b"]
    (second,) = linted("FALLBACK:\na b#y")
    assert second.facts["url"] == HERE + "b"


def test_the_fallback_may_be_the_one_that_lists_the_manifest(linted: Linted) -> None:
    codes = [each.code for each in linted("FALLBACK:\npages #top")]
    assert codes == ["fragment", "lists-itself"]


def test_long_values_are_cut_and_long_lists_are_counted(linted: Linted) -> None:
    (one,) = linted("https://[" + "x" * 10_000_000)
    assert "(10,000,009 characters)" in one.sentence
    assert len(one.sentence) < 300
    many = linted("\n".join(["https://["] * 60))
    assert len(many) == MOST_OF_ONE_CODE + 1
    assert told(many)[-1] == (
        "52:1 error entry-refused and 10 times more, up to line 61: mend the ones above, run it "
        "again"
    )
    assert many[-1].facts == {"more": 10, "last_line": 61}
    assert told(linted("\n".join(["https://["] * 51)))[-1].endswith(
        "and 1 time more, up to line 52: mend the ones above, run it again"
    )


def test_many_lines_of_every_kind_stay_linear(linted: Linted) -> None:
    names = [f"p/{number}" for number in range(20_000)]
    body = "\n".join([*names, "FALLBACK:", *(f"{name} q" for name in names), "NETWORK:", *names])
    codes = {each.code for each in linted(body)}
    # p/1 covers p/10, and so on.
    assert codes == {"also-under-network", "fallback-under-network", "fallback-overlap"}


def test_every_sentence_says_what_to_do_and_every_code_is_tested_somewhere() -> None:
    for (code, reason), (severity, template) in SENTENCES.items():
        assert re.search("[;:] ", template), (code, reason)
        assert "{" in template, (code, reason)
        assert severity in ("error", "warning", "note")
    assert len(CODES) == 21
