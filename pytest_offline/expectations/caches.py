"""``expect(caches)``: what was put, what is there, and whether the model agrees."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from pytest_offline.errors import ModelMismatch, UsageError
from pytest_offline.expectations.waiting import DEFAULT_TIMEOUT_MS, Expectation, Sight, indented
from pytest_offline.record import CacheEntry, Headers, Put

if TYPE_CHECKING:
    from pytest_offline.caches import Caches

_MOST_SHOWN = 6
_MOST_PRIVATE = 12
_BODY_SHOWN = 40


@dataclass(frozen=True)
class Wanted:
    """What a put or an entry should be like; None leaves a thing open.

    Attributes:
        url: a path or a URL; a path belongs to the origin.
        cache: the cache's name.
        status: the response's status.
        headers: some of the response's headers, names in any case.
        body: the whole body; text is compared as UTF-8.
        source: ``page``, ``frame``, ``worker``, ``sharedworker``, ``serviceworker``.
    """

    url: str
    cache: str | None = None
    status: int | None = None
    headers: Mapping[str, str] | None = None
    body: str | bytes | None = None
    source: str | None = None

    def complaints(
        self,
        url: str,
        cache: str,
        status: int | None,
        headers: Headers,
        sha256: str | None,
        source: str | None,
    ) -> list[str]:
        """What is otherwise, nothing where all is as wanted."""
        wrong = ["its URL is another one"] if url != self.url else []
        if self.cache is not None and cache != self.cache:
            wrong.append(f"its cache is {cache!r}")
        if self.status is not None and status != self.status:
            wrong.append(f"its status is {status}")
        if self.source is not None and source != self.source:
            wrong.append(f"it came from a {source}")
        if self.body is not None and sha256 != _digest(self.body):
            wrong.append(f"its body is another one (SHA-256 {sha256 or 'unknown'})")
        return wrong + self._headers_otherwise(headers)

    def _headers_otherwise(self, headers: Headers) -> list[str]:
        has = {name.lower(): value for name, value in headers}
        return [
            f"its {name} is {has.get(name.lower(), 'missing')!r}"
            for name, value in (self.headers or {}).items()
            if has.get(name.lower()) != value
        ]

    def __str__(self) -> str:
        given = {
            "cache": self.cache,
            "status": self.status,
            "headers": self.headers,
            "body": _shortened(self.body),
            "source": self.source,
        }
        said = ", ".join(f"{name}={value!r}" for name, value in given.items() if value is not None)
        return f"{self.url!r}" + (f" ({said})" if said else "")


class CachesAssertions:
    """What can be expected of ``caches``. Every method has a ``not_`` twin."""

    def __init__(
        self, caches: Caches, *, timeout: float = DEFAULT_TIMEOUT_MS, title: str | None = None
    ) -> None:
        self._caches = caches
        self._timeout = timeout
        self._title = title

    def to_have_put(
        self,
        url: str,
        *,
        cache: str | None = None,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
        body: str | bytes | None = None,
        source: str | None = None,
        times: int | None = None,
        timeout: float | None = None,
    ) -> None:
        """A put that was fulfilled, by ``put``, ``add`` or ``addAll``, in a page or a worker.

        Args:
            url: a path of the origin, or a URL; the rest as in `Wanted`.
            times: exactly so many; at least one where it is left out.
            timeout: milliseconds.
        """
        __tracebackhide__ = True
        self._put(Wanted(self._absolute(url), cache, status, headers, body, source), times, timeout)

    def not_to_have_put(
        self,
        url: str,
        *,
        cache: str | None = None,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
        body: str | bytes | None = None,
        source: str | None = None,
        times: int | None = None,
        timeout: float | None = None,
    ) -> None:
        """The opposite of `to_have_put`."""
        __tracebackhide__ = True
        wanted = Wanted(self._absolute(url), cache, status, headers, body, source)
        self._put(wanted, times, timeout, negated=True)

    def to_contain(
        self,
        url: str,
        *,
        cache: str | None = None,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
        body: str | bytes | None = None,
        timeout: float | None = None,
    ) -> None:
        """An entry that the browser holds now; arguments as for `to_have_put`."""
        __tracebackhide__ = True
        self._entry(Wanted(self._absolute(url), cache, status, headers, body), timeout)

    def not_to_contain(
        self,
        url: str,
        *,
        cache: str | None = None,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
        body: str | bytes | None = None,
        timeout: float | None = None,
    ) -> None:
        """The opposite of `to_contain`."""
        __tracebackhide__ = True
        wanted = Wanted(self._absolute(url), cache, status, headers, body)
        self._entry(wanted, timeout, negated=True)

    def to_match_model(self) -> None:
        """History and present state are what the model allows; see ``caches.verify()``."""
        __tracebackhide__ = True
        try:
            self._caches.verify()
        except ModelMismatch as mismatch:
            # Raised anew here: the traceback then ends in the test's own line.
            text = f"{self._title}\n{mismatch}" if self._title else str(mismatch)
            raise ModelMismatch(text, mismatch.differences) from None

    def not_to_match_model(self) -> None:
        """The opposite of `to_match_model`: for a test that shows a browser's bug."""
        __tracebackhide__ = True
        try:
            self._caches.verify()
        except ModelMismatch:
            return
        title = f"{self._title}\n" if self._title else ""
        raise AssertionError(
            f"{title}expected {self._caches!r} not to match the model, but all "
            f"{len(self._caches.operations)} operations and the final state are what it allows"
        )

    def to_hold_nothing_private(
        self, *, canaries: Sequence[str] = (), timeout: float | None = None
    ) -> None:
        """Nothing in the caches belongs to one person; see `Caches.private_data`.

        Args:
            canaries: texts that may be nowhere in them, such as the name of the user::

                expect(caches).to_hold_nothing_private(canaries=["Ada Lovelace"])

            timeout: milliseconds that a logout has to clean up.
        """
        __tracebackhide__ = True
        self._private(canaries, timeout, negated=False)

    def not_to_hold_nothing_private(
        self, *, canaries: Sequence[str] = (), timeout: float | None = None
    ) -> None:
        """The opposite of `to_hold_nothing_private`."""
        __tracebackhide__ = True
        self._private(canaries, timeout, negated=True)

    def _private(self, canaries: Sequence[str], timeout: float | None, negated: bool) -> None:
        __tracebackhide__ = True
        if isinstance(canaries, str):
            raise UsageError(
                f"to_hold_nothing_private(canaries={canaries!r}): that is one text, read as "
                f"{len(canaries)} letters; write canaries=[{canaries!r}]"
            )
        searched = tuple(canaries)

        def look() -> Sight:
            found = self._caches.private_data(searched)
            shown = [str(finding) for finding in found[:_MOST_PRIVATE]]
            if len(found) > len(shown):
                shown.append(f"and {len(found) - len(shown)} more")
            return Sight(not found, indented(shown, "nothing private in any cache"))

        named = f" (canaries: {', '.join(map(repr, searched))})" if searched else ""
        self._wait(f"to hold nothing private{named}", look, timeout, negated)

    def _absolute(self, url: str) -> str:
        return url if "://" in url else self._caches.origin.url_for(url)

    def _put(
        self, wanted: Wanted, times: int | None, timeout: float | None, negated: bool = False
    ) -> None:
        __tracebackhide__ = True
        often = "" if times is None else f" {times} times"

        def look() -> Sight:
            puts = self._caches.puts
            complaints = [_put_otherwise(wanted, put) for put in puts]
            count = complaints.count([])
            shown = [(put.url, str(put)) for put in puts]
            counted = "" if times is None else f"  {count} such puts; all that was put:\n"
            holds = count == times if times is not None else count > 0
            return Sight(holds, counted + _nearest(wanted, shown, complaints, "put"))

        self._wait(f"to have put {wanted}{often}", look, timeout, negated)

    def _entry(self, wanted: Wanted, timeout: float | None, negated: bool = False) -> None:
        __tracebackhide__ = True

        def look() -> Sight:
            snapshot = self._caches.snapshot()
            entries = [(name, entry) for name, kept in snapshot.items() for entry in kept]
            complaints = [_entry_otherwise(wanted, name, entry) for name, entry in entries]
            shown = [
                (entry.url, f"{entry.url} in {name!r}, status {entry.response.status}")
                for name, entry in entries
            ]
            return Sight([] in complaints, _nearest(wanted, shown, complaints, "cached"))

        self._wait(f"to contain {wanted}", look, timeout, negated)

    def _wait(
        self, wanted: str, look: Callable[[], Sight], timeout: float | None, negated: bool
    ) -> None:
        __tracebackhide__ = True
        said = Expectation(
            self._caches,
            wanted,
            look,
            self._caches.wait_for_news,
            self._timeout if timeout is None else timeout,
            negated,
            self._title,
        )
        with self._caches.noted(str(said)):
            said.wait()


def _put_otherwise(wanted: Wanted, put: Put) -> list[str]:
    wrong = wanted.complaints(
        put.url, put.cache, put.status, put.response_headers, put.sha256, put.source
    )
    return wrong if put.outcome == "fulfilled" else [*wrong, f"it is {put.outcome}"]


def _entry_otherwise(wanted: Wanted, cache: str, entry: CacheEntry) -> list[str]:
    response = entry.response
    return wanted.complaints(
        entry.url, cache, response.status, response.headers, response.sha256, None
    )


def _nearest(
    wanted: Wanted, seen: list[tuple[str, str]], complaints: list[list[str]], what: str
) -> str:
    """What was seen instead, nearest first."""
    ranked = sorted(
        range(len(seen)),
        key=lambda index: (
            bool(complaints[index]),
            seen[index][0] != wanted.url,
            len(complaints[index]),
            -SequenceMatcher(None, seen[index][0], wanted.url).ratio(),
        ),
    )
    lines = [
        f"{seen[index][1]}" + (f", but {' and '.join(complaints[index])}" * bool(complaints[index]))
        for index in ranked[:_MOST_SHOWN]
    ]
    if len(ranked) > _MOST_SHOWN:
        lines.append(f"and {len(ranked) - _MOST_SHOWN} more")
    return indented(lines, f"nothing was {what}")


def _digest(body: str | bytes) -> str:
    return hashlib.sha256(body.encode() if isinstance(body, str) else body).hexdigest()


def _shortened(body: str | bytes | None) -> str | bytes | None:
    if body is None or len(body) <= _BODY_SHOWN:
        return body
    start = body[:_BODY_SHOWN]
    return f"{start}…" if isinstance(start, str) else start + b"..."
