"""What a cache holds that belongs to one person, and stays behind on the machine.

A cache outlives a session: whoever uses the machine next can read it, and a worker may answer the
next user with it. So what was asked for with somebody's credentials, what says that it may not be
kept (RFC 9111, 5.2.2.5 ``no-store`` and 5.2.2.7 ``private``), and links that are keys by themselves
are looked for, by what both witnesses saw: the cache has the headers a script may read, the ledger
those it may not (``Cookie``, ``Set-Cookie``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from pytest_offline.record import CacheEntry, Exchange, Snapshot
from pytest_offline.record.auditing import Code, Finding, Severity

Stranger = Callable[[str], "str | None"]
"""The SHA-256 of what somebody without credentials gets for a URL; None where that is not known."""

_KEYS: Final = re.compile(
    r"^(x-amz-signature|x-goog-signature|x-amz-security-token|signature|sig|token|access_token|"
    r"id_token|auth|auth_token|api_?key|jwt|session|sessionid|sid|password|secret|se_sig)$",
    re.I,
)
_JWT: Final = re.compile(r"^eyJ[\w-]+\.[\w-]+\.[\w-]*$")
_NEXT: Final[Mapping[str, str]] = {
    "canary": "Do not store this answer, or delete it when its user logs out.",
    "private": "Store only answers whose Cache-Control allows it, in the worker's fetch handler.",
    "set-cookie": "Do not store answers that set cookies: they are made for one person.",
    "with-authorization": "Leave requests with Authorization to the network in the worker.",
    "with-cookies": "Leave what depends on a login to the network, or delete it at logout.",
    "signed-url": "Store it under a key without the signature, or not at all.",
}


def private_findings(
    snapshot: Snapshot,
    exchanges: Iterable[Exchange] = (),
    *,
    canaries: Sequence[str] = (),
    stranger: Stranger | None = None,
) -> tuple[Finding, ...]:
    """Everything private in the caches, canaries first.

    Args:
        snapshot: with bodies where canaries are to be found in them.
        exchanges: the origin's ledger.
        canaries: texts that may be nowhere, such as the name of the user that was logged in.
        stranger: tells what depends on cookies from what merely was asked for with some.
    """
    ledger: dict[str, list[Exchange]] = {}
    for exchange in exchanges:
        if exchange.method == "GET" and exchange.outcome == "served":
            ledger.setdefault(exchange.url, []).append(exchange)
    found = [
        finding
        for cache, entries in snapshot.items()
        for entry in entries
        for finding in _of_entry(
            cache, entry, ledger.get(_plain(entry.url), []), canaries, stranger
        )
    ]
    return tuple(sorted(found, key=lambda each: (each.code != "canary", each.cache, each.url)))


def _of_entry(
    cache: str,
    entry: CacheEntry,
    seen: Sequence[Exchange],
    canaries: Sequence[str],
    stranger: Stranger | None,
) -> Iterator[Finding]:
    for canary in canaries:
        where = _holds(entry, canary)
        if where:
            said = f"{entry.url} in the cache {cache!r} holds {canary!r} in its {where}"
            yield _finding("canary", "error", entry, cache, said)
    yield from _by_headers(cache, entry)
    yield from _by_ledger(cache, entry, seen, stranger)
    name = _signed(entry.url)
    if name:
        said = (
            f"{entry.url} in the cache {cache!r} carries {name!r} in its query: whoever reads "
            f"the key can open what it opens"
        )
        yield _finding("signed-url", "warning", entry, cache, said)


def _by_headers(cache: str, entry: CacheEntry) -> Iterator[Finding]:
    control = _header(entry.response_headers, "cache-control")
    for word in ("no-store", "private"):
        if word in [part.strip().lower() for part in control.split(",")]:
            said = (
                f"{entry.url} is kept in the cache {cache!r}, though its answer says "
                f"Cache-Control: {control}"
            )
            yield _finding("private", "warning", entry, cache, said)
            return


def _by_ledger(
    cache: str, entry: CacheEntry, seen: Sequence[Exchange], stranger: Stranger | None
) -> Iterator[Finding]:
    authorized = bool(_header(entry.request_headers, "authorization")) or any(
        each.header("authorization") for each in seen
    )
    if authorized:
        said = f"{entry.url} in the cache {cache!r} answers a request with Authorization"
        yield _finding("with-authorization", "error", entry, cache, said)
    setting = next((each for each in seen if each.response_header("set-cookie")), None)
    if setting is not None:
        name = (setting.response_header("set-cookie") or "").partition("=")[0]
        said = f"{entry.url} in the cache {cache!r} came with Set-Cookie: {name}=…"
        yield _finding("set-cookie", "warning", entry, cache, said)
    if any(each.header("cookie") and _had_content(each) for each in seen) and stranger is not None:
        others = stranger(entry.url)
        if others is not None and entry.sha256 not in (None, others):
            said = (
                f"{entry.url} in the cache {cache!r} was asked for with cookies, and somebody "
                f"without them gets another answer"
            )
            yield _finding("with-cookies", "error", entry, cache, said)


def strangers_answer(status: int, sha256: str) -> str | None:
    """What `Stranger` says of an answer; a refusal and a way to the login are answers too.

    Args:
        status: 0 where nobody could be asked.
        sha256: of the answer's body.

    Returns:
        None where it tells nothing: nobody could be asked, or the server failed (5xx).
    """
    return sha256 if 0 < status < 500 else None


def steady(ask: Callable[[str], str | None]) -> Stranger:
    """A `Stranger` that says nothing of an answer which is another each time: it has a nonce, a
    token or the time in it, whoever asks.
    """

    def told(url: str) -> str | None:
        first = ask(url)
        return first if first is not None and first == ask(url) else None

    return told


def _had_content(exchange: Exchange) -> bool:
    """Whether its user got what could be stored: not who was sent elsewhere or refused too."""
    return exchange.status is None or exchange.status < 300 or exchange.status == 304


def _holds(entry: CacheEntry, canary: str) -> str:
    """Where an entry holds a text: ``URL``, ``headers`` or ``body``; empty for nowhere."""
    if canary in unquote(entry.url) or canary in entry.url:
        return "URL"
    if any(canary in value for _, value in (*entry.request_headers, *entry.response_headers)):
        return "headers"
    return "body" if entry.body and canary.encode() in entry.body else ""


def _signed(url: str) -> str:
    """The query parameter that makes a URL a key; empty where none does."""
    for name, value in parse_qsl(urlsplit(url).query):
        if (_KEYS.match(name) and len(value) >= 8) or _JWT.match(value):
            return name
    return ""


def _finding(code: Code, severity: Severity, entry: CacheEntry, cache: str, text: str) -> Finding:
    return Finding(code, severity, entry.url, cache, text, _NEXT[code])


def _header(headers: Iterable[tuple[str, str]], name: str) -> str:
    return ", ".join(value for key, value in headers if key.lower() == name)


def _plain(url: str) -> str:
    return url.partition("#")[0]
