"""A site with every rule of a manifest: what is kept, replaced, refused and left to the network."""

from __future__ import annotations

from pytest_offline.origin import Origin

MANIFEST = """CACHE MANIFEST
/page.html
/query.txt?a=1
/vary.txt
/uncached.txt
FALLBACK:
/f/ /stand-in.txt
/f/deep/ /deep.txt
/f/net/ /deep.txt
NETWORK:
/net/
/f/net/
"""

SITE = [
    "/",
    "/?other",
    "/page.html",
    "/page.html?other",
    "/query.txt?a=1",
    "/query.txt?a=2",
    "/query.txt",
    "/vary.txt",
    "/uncached.txt",
    "/stand-in.txt",
    "/f/here.txt",
    "/f/404",
    "/f/500",
    "/f/moved",
    "/f/away",
    "/f/deep/here.txt",
    "/f/deep/404",
    "/f/net/here.txt",
    "/f/net/404",
    "/net/here.txt",
    "/net/404",
    "/net/moved",
    "/unlisted.txt",
    "/unlisted/404",
]

PAGE = "<!doctype html><!-- <html> --><html lang=en manifest=site.appcache#x><p>{}"


def serve_everything(origin: Origin, elsewhere: Origin, settings: str = "") -> None:
    """Puts the site on an origin.

    Args:
        elsewhere: where a redirect leads to.
        settings: further sections of the manifest.
    """
    elsewhere.reply("/login", "log in first", headers={"Access-Control-Allow-Origin": "*"})
    origin.reply("/", PAGE.format("start"))
    origin.reply("/?other", PAGE.format("other query"))
    origin.reply("/page.html", "<!doctype html><p>listed")
    origin.reply("/page.html?other", "<!doctype html><p>not listed")
    origin.reply("/site.appcache", MANIFEST + settings)
    for path in ("/query.txt?a=1", "/query.txt?a=2", "/query.txt", "/stand-in.txt", "/deep.txt"):
        origin.reply(path, f"this is {path}")
    origin.reply("/vary.txt", "vary", headers={"Vary": "*"})
    origin.reply("/uncached.txt", "no-store", headers={"Cache-Control": "no-store"})
    for path in ("/f/here.txt", "/f/deep/here.txt", "/f/net/here.txt", "/net/here.txt"):
        origin.reply(path, f"this is {path}")
    for path in ("/f/404", "/f/deep/404", "/f/net/404", "/net/404", "/unlisted/404"):
        origin.reply(path, f"nothing at {path}", status=404)
    origin.reply("/f/500", "broken", status=500)
    origin.reply("/f/moved", status=302, headers={"Location": "/f/here.txt"})
    origin.reply("/net/moved", status=302, headers={"Location": "/net/here.txt"})
    origin.reply("/f/away", status=302, headers={"Location": elsewhere.url_for("/login")})
    origin.reply("/unlisted.txt", "unlisted")
