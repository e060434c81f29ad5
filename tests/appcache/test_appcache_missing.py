"""What an update still waits for, read off the ledger; no browser is asked."""

from __future__ import annotations

import pytest

from pytest_offline.appcache.missing import missing_lines
from pytest_offline.browser.appcache_list import decode_appcache
from pytest_offline.errors import ProbeError
from pytest_offline.model import Manifest
from pytest_offline.record import AppCacheEntry, Exchange

BASE = "http://t.localhost:1"
URL = BASE + "/m.appcache"
MANIFEST = Manifest.parse(b"CACHE MANIFEST\n/a\n/b\nFALLBACK:\n/f/ /c\n", URL)


def ledger(*told: tuple[str, str] | tuple[str, str, int | None]) -> list[Exchange]:
    """Paths and what became of them: ``flight``, ``failed``, or a status."""
    found: list[Exchange] = []
    for number, (path, state, *sent) in enumerate(told):
        status = int(state) if state.isdecimal() else 200 if state in ("flight", "cut") else None
        found.append(
            Exchange(
                number,
                float(number),
                "GET",
                path,
                BASE + path,
                status=status,
                bytes_sent=sent[0] or 0 if sent else 0,
                outcome=state if state in ("cut", "failed", "blocked") else "served",  # type: ignore
                in_flight=state == "flight",
                initiator="manifest" if path == "/m.appcache" else "appcache",
            )
        )
    return found


def shown(*told: tuple[str, str] | tuple[str, str, int | None]) -> list[str]:
    return [line.replace(BASE, "") for line in missing_lines(MANIFEST, ledger(*told))]


CHECK = ("/m.appcache", "200")


def test_nothing_was_asked_for() -> None:
    assert shown() == ["/m.appcache: not asked for yet"]


def test_the_manifest_itself() -> None:
    assert shown(("/m.appcache", "flight", 3)) == [
        "/m.appcache: asked for, 3 bytes of its answer sent, the rest is not there"
    ]
    assert shown(("/m.appcache", "blocked")) == ["/m.appcache: blocked"]
    assert shown(("/m.appcache", "500")) == ["/m.appcache: answered 500"]


def test_each_file_says_how_far_it_is() -> None:
    assert shown(CHECK, ("/a", "200"), ("/b", "flight", 7)) == [
        "/b: asked for, 7 bytes of its answer sent, the rest is not there",
        "/c: not asked for yet",
    ]
    assert shown(CHECK, ("/a", "404"), ("/b", "304"), ("/c", "cut")) == [
        "/a: answered 404",
        "/c: cut",
    ]


def test_only_the_last_update_counts() -> None:
    first = (CHECK, ("/a", "200"), ("/b", "200"), ("/c", "200"), CHECK)
    assert shown(*first) == []
    assert shown(*first, CHECK) == [
        "/a: not asked for yet",
        "/b: not asked for yet",
        "/c: not asked for yet",
    ]
    assert shown(*first, CHECK, ("/a", "200"), ("/b", "200")) == ["/c: not asked for yet"]


def test_a_page_whose_answer_has_no_end() -> None:
    whole = (("/a", "200"), ("/b", "200"), ("/c", "200"))
    assert shown(CHECK, *whole, ("/page", "flight", 0)) == [
        "/page: asked for, 0 bytes of its answer sent, the rest is not there"
    ]


def test_the_browsers_list_is_read() -> None:
    def listed(kind: str) -> dict[str, object]:
        resources = [{"url": BASE + "/a", "size": 9, "type": kind}]
        return {"applicationCache": {"manifestURL": URL, "resources": resources}}

    found = decode_appcache(listed("Master Explicit Foreign "))
    assert found is not None
    kinds = frozenset({"master", "explicit", "foreign"})
    assert (found.manifest, found.entries) == (URL, (AppCacheEntry(BASE + "/a", kinds, 9),))
    assert decode_appcache({"applicationCache": {"manifestURL": "", "resources": []}}) is None
    with pytest.raises(ProbeError, match=r"lists .* as 'Intercept '; known are"):
        decode_appcache(listed("Intercept "))
