"""The moments of a timeline as rows of plain data: a mark for the eye, every field for who asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

from pytest_offline.record import (
    AppCacheCall,
    AppCacheDocument,
    AppCacheEvent,
    CachedResponse,
    Condition,
    Exchange,
    FetchAnswer,
    Headers,
    LifecycleEvent,
    Moment,
    Operation,
    OutsideRequest,
    WorkerFetch,
)

MOST_EVENTS: Final = 100_000
"""Rows that one test shows; of more, the last."""

_SECRET: Final = frozenset({"authorization", "cookie", "set-cookie", "proxy-authorization"})
"""Headers whose values are left out: a report is published more readily than a log."""

_MOST_TEXT: Final = 2_000

Row = dict[str, object]
"""``t`` and ``d``: milliseconds since the test's first moment, and how long, where that is known.
``l``: the lane. ``k``: the kind, which decides the mark's shape. ``s``: ``ok``, ``bad``,
``blocked``, ``miss`` or ``open``. ``x``: the line. ``f``: fields, pairs of a name and a text."""

State = Literal["ok", "bad", "blocked", "miss", "open"]
Field = tuple[str, object]

_PAGE: Final = {
    "opened": "a page was opened",
    "navigated": "now at",
    "crashed": "the page crashed at",
    "closed": "the page was closed at",
}
_PUTS: Final = ("put", "add", "addAll")


@dataclass(frozen=True)
class PageNote:
    """What happened to a page as a whole, seen from outside it.

    Attributes:
        kind: ``opened``, ``navigated``, ``console``, ``error``, ``crashed``, ``closed``.
        url: the page's.
        text: what was said, for a console message or an error.
    """

    kind: Literal["opened", "navigated", "console", "error", "crashed", "closed"]
    url: str
    text: str = ""

    def __str__(self) -> str:
        if self.kind in ("console", "error"):
            return f"{self.kind}: {self.text}"
        return f"{_PAGE[self.kind]} {self.url}".rstrip()


@dataclass(frozen=True)
class _Look:
    """What one record looks like."""

    kind: str
    state: State = "ok"
    ended: float | None = None
    fields: tuple[Field, ...] = ()


def rows_of(moments: Sequence[Moment], start: float, base: str = "") -> list[Row]:
    """A row for each moment, the last `MOST_EVENTS` of them.

    Args:
        start: what times are counted from, in milliseconds since the Unix epoch.
        base: the URL of the test's origin, which lines leave out; fields have URLs in full.
    """
    return [_row(moment, start, base) for moment in moments[-MOST_EVENTS:]]


def periods_of(moments: Iterable[Moment], start: float) -> list[dict[str, object]]:
    """The spans in which the network was not as it should be: from, to (None: to the end), name.

    ``away`` says whether nothing was answered, or the browser believed so.
    """
    found: list[dict[str, object]] = []
    for moment in moments:
        if not isinstance(moment.about, Condition):
            continue
        at = round(moment.time - start, 1)
        if found and found[-1]["to"] is None:
            found[-1]["to"] = at
        if not moment.about.is_clear:
            name = str(moment.about)
            found.append({"from": at, "to": None, "name": name, "away": moment.about.is_away})
    return found


def shown_headers(headers: Headers) -> list[Field]:
    """Headers as fields; what may be a secret only by its length."""
    return [(name, _value(name, value)) for name, value in headers]


def _value(name: str, value: str) -> str:
    return f"({len(value)} characters, not shown)" if name in _SECRET else value


def _row(moment: Moment, start: float, base: str) -> Row:
    look = _look(moment.about)
    text = moment.text.replace(base, "/") if base else moment.text
    row: Row = {
        "t": round(moment.time - start, 1),
        "l": moment.lane,
        "k": look.kind,
        "s": look.state,
        "x": text[:_MOST_TEXT],
        "f": [[name, _text(value)] for name, value in look.fields if value not in (None, "", ())],
    }
    if look.ended is not None:
        row["d"] = round(max(0.0, look.ended - moment.time), 1)
    return row


def _text(value: object) -> str:
    return str(value)[:_MOST_TEXT]


def _look(about: object) -> _Look:
    return _LOOKS.get(type(about), _plain)(about)


def _plain(about: object) -> _Look:
    return _Look("note")


def _operation(each: Operation) -> _Look:
    missed = each.method == "match" and each.outcome == "fulfilled" and each.value is None
    states: dict[str, State] = {"rejected": "bad", "pending": "open"}
    response = each.response or (each.value if isinstance(each.value, CachedResponse) else None)
    return _Look(
        "put" if each.method in _PUTS else "call",
        "miss" if missed else states.get(each.outcome, "ok"),
        each.settled,
        (
            ("call", f"{each.target}.{each.method}"),
            ("cache", each.cache),
            *(("URL", request.url) for request in each.requests),
            ("options", ", ".join(f"{name}: {value}" for name, value in each.options)),
            ("made by", each.place),
            ("outcome", each.outcome),
            ("error", each.error_name and f"{each.error_name}: {each.error or ''}"),
            *_response(response),
        ),
    )


def _response(response: CachedResponse | None) -> tuple[Field, ...]:
    if response is None:
        return ()
    return (
        ("status", f"{response.status} {response.status_text}".strip()),
        ("type", response.type),
        ("size", None if response.size is None else f"{response.size} bytes"),
        ("SHA-256", response.sha256),
        *shown_headers(response.headers),
    )


def _answer(each: FetchAnswer) -> _Look:
    states: dict[str, State] = {"failed": "bad", "pending": "open"}
    return _Look(
        "answer",
        states.get(each.source, "ok"),
        None,
        (
            ("URL", each.url),
            ("method", each.method),
            ("answered by", each.source),
            ("cache", each.cache),
            ("status", each.status),
            ("mode", each.mode),
            ("destination", each.destination),
            ("error", each.error),
            ("worker", each.place),
        ),
    )


def _fetch(each: WorkerFetch) -> _Look:
    state: State = "bad" if each.error else "ok"
    if each.settled is None and not each.error:
        state = "open"
    return _Look(
        "fetch",
        state,
        each.settled,
        (
            ("URL", each.url),
            ("method", each.method),
            ("status", each.status),
            ("error", each.error),
            ("worker", each.place),
        ),
    )


def _life(each: LifecycleEvent) -> _Look:
    state: State = "bad" if each.name.endswith("-failed") else "ok"
    return _Look(
        "life", state, None, (("step", each.name), ("detail", each.detail), ("place", each.place))
    )


def _exchange(each: Exchange) -> _Look:
    states: dict[str, State] = {"blocked": "blocked", "cut": "bad", "failed": "bad"}
    refused = each.status is not None and each.status >= 400
    sent = [("request header", f"{n}: {_value(n, v)}") for n, v in each.headers]
    answered = [("answer header", f"{n}: {_value(n, v)}") for n, v in each.response_headers]
    return _Look(
        "request",
        states.get(each.outcome, "open" if each.in_flight else "miss" if refused else "ok"),
        None,
        (
            ("URL", each.url),
            ("method", each.method),
            ("outcome", each.outcome),
            ("stopped by", each.stopped_by),
            ("status", each.status),
            ("asked for by", each.initiator),
            ("body sent", f"{each.bytes_sent} bytes"),
            ("network", each.condition),
            ("weather", "; ".join(each.weather)),
            ("error", each.error),
            *sent,
            *answered,
        ),
    )


def _condition(each: Condition) -> _Look:
    answers = "origins answer" if each.reachable else "nothing is answered"
    return _Look(
        "change",
        "blocked" if each.is_away else "ok",
        None,
        (
            ("condition", each.name),
            ("origins", answers),
            ("navigator.onLine", str(each.browser_online).lower()),
        ),
    )


def _outside(each: OutsideRequest) -> _Look:
    return _Look(
        "request",
        "blocked" if each.refused else "ok",
        None,
        (
            ("host", f"{each.host}:{each.port}"),
            ("URL", each.url),
            ("asked for by", each.initiator),
            ("outcome", "refused" if each.refused else "let out"),
        ),
    )


def _appcache_event(each: AppCacheEvent) -> _Look:
    return _Look(
        "life",
        "bad" if each.name == "error" else "ok",
        None,
        (
            ("event", each.name),
            ("status", each.status),
            ("document", each.url),
            ("detail", each.detail),
        ),
    )


def _appcache_call(each: AppCacheCall) -> _Look:
    return _Look(
        "call",
        "bad" if each.error else "ok",
        None,
        (
            ("call", f"applicationCache.{each.method}()"),
            ("status before", each.before),
            ("status after", each.after),
            ("error", each.error),
            ("place", each.place),
        ),
    )


def _appcache_document(each: AppCacheDocument) -> _Look:
    return _Look("page", "ok", None, (("document", each.url), ("manifest", each.manifest)))


def _page(each: PageNote) -> _Look:
    state: State = "bad" if each.kind in ("error", "crashed") else "ok"
    return _Look("page", state, None, (("page", each.url), (each.kind, each.text)))


_LOOKS: Final = cast(
    "dict[type[object], Callable[[Any], _Look]]",
    {
        Operation: _operation,
        FetchAnswer: _answer,
        WorkerFetch: _fetch,
        LifecycleEvent: _life,
        Exchange: _exchange,
        Condition: _condition,
        OutsideRequest: _outside,
        AppCacheEvent: _appcache_event,
        AppCacheCall: _appcache_call,
        AppCacheDocument: _appcache_document,
        PageNote: _page,
    },
)
