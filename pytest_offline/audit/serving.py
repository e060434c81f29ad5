"""The site behind an audit: a folder that is served, or a server that is passed on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pytest_offline.audit.cached import AtOrigin
from pytest_offline.audit.compare import plain
from pytest_offline.audit.frontier import absolute, locations
from pytest_offline.audit.looks import Look
from pytest_offline.audit.options import Options
from pytest_offline.errors import CannotAudit, UsageError
from pytest_offline.record.wording import listed

if TYPE_CHECKING:
    from pytest_offline.origin import Origin

_MOST_SITEMAPS = 20
_LOGIN_WORDS = 100
"""A page whose purpose is the login says no more, its footer included."""


def check(options: Options) -> None:
    """Raises UsageError where there is no such folder: before a browser is started for it."""
    folder = Path(options.site)
    if not options.is_url and not folder.is_dir():
        what = "is a file" if folder.is_file() else "is not there"
        raise UsageError(
            f"audit {options.site}: {folder.absolute()} {what}; give the folder that a build "
            f"makes (dist, build, public, _site), or the URL of a server that runs"
        )


def serve(origin: Origin, options: Options) -> None:
    """Puts the site behind the origin.

    Raises:
        UsageError: there is no such folder, or the URL is none.
        CannotAudit: the folder has no page.
    """
    check(options)
    if options.is_url:
        _check_url(options)
        origin.proxy(options.upstream, verify=not options.insecure)
        return
    folder = Path(options.site)
    origin.mount(
        folder.absolute(),
        clean_urls=options.clean_urls,
        fallback=options.fallback,
        headers=dict(options.headers) or None,
    )
    status, _, _ = origin.peek(options.first)
    if status >= 400 and options.fallback is None:
        raise CannotAudit(_no_page(folder, options.first, status), reason="no-page")


def _check_url(options: Options) -> None:
    given = {
        "--fallback": options.fallback,
        "--clean-urls": options.clean_urls,
        "--header": options.headers,
    }
    wrong = [option for option, value in given.items() if value]
    if wrong:
        raise UsageError(
            f"audit {options.site}: {' and '.join(wrong)} cannot be had with a URL, for that "
            f"server answers by itself; leave out what is for folders"
        )


def _no_page(folder: Path, start: str, status: int) -> str:
    pages = sorted(each.relative_to(folder).as_posix() for each in folder.rglob("*.html"))
    said = f"{folder} has no page at {start} (status {status})"
    if not pages:
        return f"{said}, and no HTML file at all: is it the folder that the build makes?"
    return f"{said}; it has {listed([f'/{each}' for each in pages])}: name one with --start"


def refuse(look: Look, options: Options, origin: Origin) -> None:
    """Raises CannotAudit where the first page does not open, or only a login does."""
    status = look.status
    if not look.opened:
        raise CannotAudit(
            f"{options.site}: the page {look.asked} does not open, and it is online: {look.error}",
            reason="down",
        )
    if status in (401, 403, 407) or _led_to_login(look):
        how = f"{look.asked} leads to {look.url}" if _led_to_login(look) else f"status {status}"
        raise CannotAudit(
            f"{options.site} asks for a login ({how}): log in with a browser and give its cookie, "
            f"--cookie NAME=VALUE, or begin at a page for everybody, --start PATH",
            reason="login",
        )
    if look.url.startswith(("http://", "https://")):
        raise CannotAudit(
            f"{options.site}: {look.asked} leads away to {look.url}; audit that site, or begin at "
            f"a page that stays: --start PATH",
            reason="leaves",
        )
    if status is not None and status >= 400:
        why = next((each.error for each in reversed(origin.requests) if each.error), None)
        said = why or f"it answers {status} for {look.asked}"
        raise CannotAudit(
            f"{options.site} cannot be audited: {said}", reason="down" if why else "no-page"
        )


def _led_to_login(look: Look) -> bool:
    """Whether it moved to a page that asks for a password and says little besides.

    A start page may move, to ``/en/`` or ``/#/``, and have a field for members beside all it says.
    """
    moved = plain(look.url.partition("#")[0]) != plain(look.asked)
    return moved and look.password and len(look.text.split()) <= _LOGIN_WORDS


def past_the_audit(looks: Iterable[Look], options: Options) -> list[str]:
    """A remark where pages ask the server by its own address, which no audit takes away."""
    own = f"{options.upstream}/"
    asked = dict.fromkeys(
        sub.url for look in looks for sub in look.subs if options.is_url and sub.url.startswith(own)
    )
    if not asked:
        return []
    return [
        f"pages ask {options.upstream} itself for {listed(list(asked))}: that server was not taken "
        f"away. Let it write addresses without a host (a base URL of /), or audit its folder"
    ]


def sitemap(origin: Origin) -> list[str]:
    """The pages that ``/sitemap.xml`` lists, on whatever host it says they are."""
    found: list[str] = []
    waiting, known = ["/sitemap.xml"], set[str]()
    while waiting and len(known) < _MOST_SITEMAPS:
        path = waiting.pop(0)
        if path in known:
            continue
        known.add(path)
        status, headers, body = origin.peek(path)
        if 300 <= status < 400:
            waiting += _paths([dict(headers).get("location", "")], origin)
        elif status == 200 and b"<loc>" in body:
            pages, maps = locations(body)
            found += _paths(pages, origin)
            waiting += _paths(maps, origin)
    return found


def _paths(urls: Iterable[str], origin: Origin) -> list[str]:
    """A sitemap names the site as it is deployed; here it is at home. What is no URL is left."""
    parsed = [absolute(each, origin.url) for each in urls]
    parts = [urlsplit(each) for each in parsed if each is not None]
    return [(each.path or "/") + (f"?{each.query}" if each.query else "") for each in parts]


def start_url(origin: Origin, look: Look) -> str | None:
    """Where an installed app begins, as the page's web app manifest says; None without one."""
    import json

    if look.manifest is None or not look.manifest.startswith(origin.url):
        return None
    _, _, body = origin.peek(look.manifest[len(origin.base) :])
    try:
        given = json.loads(body).get("start_url")
    except (ValueError, AttributeError):
        return None
    return absolute(given, look.manifest) if isinstance(given, str) else None


def asking(origin: Origin) -> Callable[[str], AtOrigin]:
    """What the origin answers for its own URLs, each asked once."""
    known: dict[str, AtOrigin] = {}

    def ask(url: str) -> AtOrigin:
        plain = url.partition("#")[0]
        if plain not in known:
            known[plain] = _answer_now(origin, plain)
        return known[plain]

    return ask


def _answer_now(origin: Origin, url: str) -> AtOrigin:
    target = url.partition("#")[0][len(origin.base) :]
    status, _, body = origin.peek(target)
    if status == 404 and "." not in target.partition("?")[0].rpartition("/")[2]:
        # It may be a route that only navigations are answered for, with the fallback of the site.
        status, _, body = origin.peek(target, navigation=True)
    return AtOrigin(status, len(body), hashlib.sha256(body).hexdigest())
