"""What the origin of the table serves: for the browsers, and for the model's network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from pytest_offline.errors import JSError
from pytest_offline.model import Request, Response
from pytest_offline.origin import Origin

BASE: Final = "https://origin.test"


class Served(NamedTuple):
    """One answer of the origin. With ``to`` it redirects; with ``cut`` the body breaks off."""

    body: str = ""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    to: str = ""
    cut: bool = False


SERVED: Final = {
    "/ok": Served("ok", headers=(("X-Made-By", "origin"),)),
    "/other": Served("other"),
    "/created": Served("created", 201),
    "/empty": Served(""),
    "/not-found": Served("not found", 404),
    "/failed": Served("failed", 500),
    "/no-content": Served("", 204),
    "/partial": Served("pa", 206, (("Content-Range", "bytes 0-1/7"),)),
    "/vary": Served("vary", headers=(("Vary", "X-Kind"),)),
    "/vary-star": Served("vary", headers=(("Vary", "*"),)),
    "/vary-star-among": Served("vary", headers=(("Vary", "X-Kind, *"),)),
    "/no-store": Served("no store", headers=(("Cache-Control", "no-store"),)),
    "/moved": Served("", 302, (("Location", "/ok"),), to="/ok"),
    "/moved-away": Served("", 302, (("Location", "/not-found"),), to="/not-found"),
    "/example/first": Served("first"),
    "/cut": Served("cut in the middle", cut=True),
}


def lay_out(origin: Origin) -> None:
    """Puts all of it on an origin."""
    for path, each in SERVED.items():
        origin.reply(
            path,
            each.body,
            status=each.status,
            headers=each.headers,
            cut_after=4 if each.cut else None,
        )
    # Slower than any program that breaks it off, and over by itself.
    origin.reply("/slow", chunks=["slow "] * 250, chunk_delay=0.1)
    origin.reply("/example/counted", "later")
    origin.reply("/example/counted", "first", times=1)
    origin.reply("/example/other-first", "from the network")
    embedder = {"Cross-Origin-Embedder-Policy": "require-corp"}
    origin.reply("/require-corp.html", "<!doctype html><title>alone</title>", headers=embedder)
    origin.reply("/example/refused", "refused", cut_after=0)


def lay_out_elsewhere(origin: Origin) -> None:
    """The other origin: one answer that it shares, others that it does not."""
    shared = {"Access-Control-Allow-Origin": "*"}
    origin.reply("/shared", "shared", headers={**shared, "X-Hidden": "1"})
    origin.reply("/shared-vary-star", "shared", headers={**shared, "Vary": "*"})
    exposed = {**shared, "Access-Control-Expose-Headers": "*", "X-Shown": "1", "Set-Cookie": "a=1"}
    origin.reply("/exposed", "exposed", headers=exposed)
    origin.reply("/own", "own")
    offered = {"Cross-Origin-Resource-Policy": "cross-origin"}
    origin.reply("/offered", "offered", headers=offered)
    origin.reply("/own-vary", "own", headers={"Vary": "X-Kind"})
    origin.reply("/own-vary-star", "own", headers={"Vary": "*"})
    origin.reply("/own-partial", "ow", status=206, headers={"Content-Range": "bytes 0-1/3"})


def network() -> Callable[[Request], Response]:
    """The model's network."""

    def fetch(request: Request) -> Response:
        path = request.url.partition("#")[0].removeprefix(BASE)
        each = SERVED.get(path)
        if each is None or each.cut:
            raise JSError("TypeError", f"nothing whole is served at {request.url!r}")
        final = SERVED[each.to] if each.to else each
        return Response(
            final.status,
            final.headers,
            final.body.encode() if final.status != 204 else None,
            url=BASE + (each.to or path),
            type="basic",
            redirected=bool(each.to),
        )

    return fetch
