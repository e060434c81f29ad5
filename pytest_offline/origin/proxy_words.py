"""What a proxy says: of an upstream that cannot be one, and of one that fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError

from pytest_offline.errors import UsageError
from pytest_offline.origin.proxy_wires import CONNECT_S, NotThere

FAILURES: Final = (
    aiohttp.ClientError,
    HttpProcessingError,
    asyncio.TimeoutError,
    OSError,
    ValueError,
)
"""All that asking an upstream may raise."""


def checked_upstream(upstream_url: object, base: str) -> tuple[str, str]:
    """The origin and the folder of an upstream; UsageError if it cannot be one."""
    call = f"origin.proxy({upstream_url!r})"
    if not isinstance(upstream_url, str):
        url = getattr(upstream_url, "url", None)
        way = f"write origin.proxy({url!r})" if isinstance(url, str) else "give its URL"
        raise UsageError(f"{call}: that is no text: {way}.")
    try:
        parts = urlsplit(upstream_url)
        port, host = parts.port, parts.hostname
    except ValueError as error:
        raise UsageError(f"{call}: that is no URL: {error}.") from None
    if parts.scheme not in ("http", "https") or not host:
        raise UsageError(
            f"{call}: give the URL of a server, with http:// or https://, such as "
            '"http://127.0.0.1:3000".'
        )
    if parts.query or parts.fragment or parts.username is not None:
        raise UsageError(
            f"{call}: give scheme, host, port and folder, without a query, fragment or user."
        )
    shown = f"[{host}]" if ":" in host else host
    upstream = f"{parts.scheme}://{shown}" + (f":{port}" if port is not None else "")
    if upstream == base:
        raise UsageError(f"{call}: that is this origin itself. Name the server behind it.")
    return upstream, parts.path.rstrip("/") + "/"


def sentence(error: Exception, timeout: float | None) -> str:
    """What the upstream did, and what to do next; its URL stands before it."""
    for kind, say in _SENTENCES:
        if isinstance(error, kind):
            return say(error, timeout)
    return f"could not be asked: {type(error).__name__}: {error}."


def _of_certificate(error: Any, timeout: float | None) -> str:
    return (
        f"has a certificate that cannot be trusted: {error.certificate_error}. Renew it, or take "
        "it as it is: origin.proxy(…, verify=False)."
    )


_SENTENCES: Final[tuple[tuple[type[Exception], Callable[[Any, float | None], str]], ...]] = (
    (
        asyncio.TimeoutError,
        lambda error, timeout: (
            f"has not answered for {timeout or CONNECT_S:g} s. "
            "Does it wait for something? Give it longer with origin.proxy(…, timeout=…)."
        ),
    ),
    (aiohttp.ClientConnectorCertificateError, _of_certificate),
    (
        aiohttp.ClientSSLError,
        lambda error, _: f"does not speak TLS as it should: {error}. Is it http:// perhaps?",
    ),
    (
        aiohttp.ClientConnectorError,
        lambda error, _: (
            f"is not there: {error.os_error.strerror or error.os_error}. "
            "Was it started, and is that its port?"
        ),
    ),
    (
        NotThere,
        lambda error, _: f"is not there: {error.strerror}. Was it started, and is that its port?",
    ),
    (
        HttpProcessingError,
        lambda error, _: f"sent an answer that is no HTTP: {error.message.strip()}.",
    ),
    (
        aiohttp.ServerDisconnectedError,
        lambda error, _: "closed the connection without an answer. Did it crash?",
    ),
    (
        aiohttp.ClientPayloadError,
        lambda error, _: f"broke off in the middle of its answer: {error}.",
    ),
    (
        aiohttp.ClientResponseError,
        lambda error, _: f"sent an answer that is no HTTP: {error.message.strip()}.",
    ),
    (
        aiohttp.ClientOSError,
        lambda error, _: f"broke the connection: {error.strerror or error}. Did it crash?",
    ),
)
