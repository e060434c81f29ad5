"""Which kind of application one is, and what is said of what is none."""

from __future__ import annotations

import functools
import json
from typing import Any

import pytest
from aiohttp import web

from pytest_offline.errors import UsageError
from pytest_offline.origin import Origin
from pytest_offline.origin.apps import interface_of


async def asgi(scope: Any, receive: Any, send: Any) -> None: ...


def asgi_plain(scope: Any, receive: Any, send: Any) -> Any: ...


def wsgi(environ: Any, start_response: Any) -> Any: ...


class AsgiObject:
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None: ...


class WsgiObject:
    def __call__(self, environ: Any, start_response: Any) -> Any: ...


class Asgi2:
    def __init__(self, scope: Any) -> None: ...


def anything(*arguments: Any) -> Any: ...


async def anything_async(*arguments: Any) -> Any: ...


def create_app() -> Any: ...


def named(given: Any) -> str:
    """An id without an address: each process of a run has to collect the same tests."""
    return given if isinstance(given, str) else getattr(given, "__name__", type(given).__name__)


@pytest.mark.parametrize(
    ("app", "kind"),
    [
        (asgi, "asgi"),
        (asgi_plain, "asgi"),
        (AsgiObject(), "asgi"),
        (AsgiObject().__call__, "asgi"),
        (functools.partial(asgi), "asgi"),
        (anything_async, "asgi"),
        (wsgi, "wsgi"),
        (WsgiObject(), "wsgi"),
        (web.Application(), "aiohttp"),
    ],
    ids=named,
)
def test_it_is_seen(app: Any, kind: Any) -> None:
    assert interface_of(app) == kind
    assert interface_of(app, kind) == kind


def test_frameworks() -> None:
    fastapi = pytest.importorskip("fastapi")
    flask = pytest.importorskip("flask")
    starlette = pytest.importorskip("starlette.applications")
    django_asgi = pytest.importorskip("django.core.handlers.asgi")
    django_wsgi = pytest.importorskip("django.core.handlers.wsgi")
    assert interface_of(fastapi.FastAPI()) == "asgi"
    assert interface_of(starlette.Starlette()) == "asgi"
    assert interface_of(flask.Flask("x")) == "wsgi"
    # Their constructors want settings; what is asked of them does not.
    assert interface_of(object.__new__(django_asgi.ASGIHandler)) == "asgi"
    assert interface_of(object.__new__(django_wsgi.WSGIHandler)) == "wsgi"


@pytest.mark.parametrize(
    ("app", "interface", "said"),
    [
        ("site:app", None, r"origin.app\('site:app'\): that is a text.*Import it"),
        ("http://127.0.0.1:3000", None, r"write origin.proxy\('http://127.0.0.1:3000'\)"),
        (json, None, r"origin.app\(json\): that is a module.*json\.app"),
        (None, None, "that is no application. Give an ASGI or WSGI callable"),
        (create_app, None, r"Call it: origin\.app\(create_app\(\)\)"),
        (anything, None, 'cannot be seen from its parameters. Say interface="asgi" or'),
        (Asgi2, None, "guarantee_single_callable"),
        (wsgi, "asgi", 'that is of the kind "wsgi". Leave interface out, or say interface="wsgi"'),
        (asgi, "wsgi", 'that is of the kind "asgi"'),
        (asgi, "aiohttp", "that is no aiohttp.web.Application"),
        (web.Application(), "asgi", 'that is of the kind "aiohttp"'),
        (create_app, "asgi", "Was a factory given in place of what it makes"),
        (asgi, "cgi", "interface='cgi'.*choose from"),
    ],
    ids=named,
)
def test_what_it_cannot_be_is_said(app: Any, interface: Any, said: str, origin: Origin) -> None:
    with pytest.raises(UsageError, match=said):
        origin.app(app, interface=interface)


def test_a_callable_of_any_shape_is_believed() -> None:
    assert interface_of(anything, "asgi") == "asgi"
    assert interface_of(anything, "wsgi") == "wsgi"


def test_where_and_how_long_are_checked(origin: Origin) -> None:
    with pytest.raises(UsageError, match=r"app\(at='x'\): that is not a path.*the application"):
        origin.app(wsgi, at="x")
    with pytest.raises(UsageError, match=r"timeout=0\): give it more than 0 seconds"):
        origin.app(wsgi, timeout=0)
