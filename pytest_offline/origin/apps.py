"""Applications in this process: which kind one is, and what mounts it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any, Final, Literal, cast, get_args

from aiohttp import web

from pytest_offline.errors import UsageError
from pytest_offline.origin.answers import Handler
from pytest_offline.origin.apps_aiohttp import AiohttpMount
from pytest_offline.origin.apps_asgi import AsgiMount
from pytest_offline.origin.apps_calls import Surroundings
from pytest_offline.origin.apps_wsgi import WsgiMount

Interface = Literal["asgi", "wsgi", "aiohttp"]

_PARAMETERS: Final[tuple[tuple[Interface, int], ...]] = (("asgi", 3), ("wsgi", 2))


def app_mount(
    app: object, at: str, interface: Interface | None, timeout: float, around: Surroundings
) -> Handler:
    """Starts an application, and returns what answers for it.

    Raises:
        UsageError: it is no application, or not of the kind that was said.
        SiteError: it did not start.
    """
    if timeout <= 0:
        raise UsageError(f"origin.app(timeout={timeout}): give it more than 0 seconds to start.")
    kind = interface_of(app, interface)
    if isinstance(app, web.Application):
        return AiohttpMount(app, at, around, timeout)
    call = cast(Callable[..., Any], app)
    if kind == "asgi":
        return AsgiMount(call, at, around, timeout)
    return WsgiMount(call, at, around)


def interface_of(app: object, said: Interface | None = None) -> Interface:
    """Which kind of application it is.

    Raises:
        UsageError: it is none, it cannot be seen, or it is not what was said.
    """
    if said is not None and said not in get_args(Interface):
        raise UsageError(
            f'origin.app(interface={said!r}): choose from "asgi", "wsgi" and "aiohttp".'
        )
    if isinstance(app, web.Application) or said == "aiohttp":
        return _checked_aiohttp(app, said)
    _check_callable(app)
    call = cast(Callable[..., Any], app)
    takes: list[Interface] = [kind for kind, count in _PARAMETERS if _takes(call, count)]
    if said is not None:
        if said not in takes:
            raise _wrong(app, said, takes[0] if takes else None)
        return said
    if _is_async(call) and "asgi" in takes:
        return "asgi"
    if len(takes) == 1:
        return takes[0]
    raise _unclear(app, takes)


def _checked_aiohttp(app: object, said: Interface | None) -> Interface:
    if not isinstance(app, web.Application):
        raise UsageError(
            f'origin.app({app!r}, interface="aiohttp"): that is no aiohttp.web.Application. '
            "Give the application itself, or leave interface out."
        )
    if said not in (None, "aiohttp"):
        raise _wrong(app, said, "aiohttp")
    return "aiohttp"


def _check_callable(app: object) -> None:
    if isinstance(app, str):
        way = (
            f"To serve what answers there, write origin.proxy({app!r})."
            if "://" in app
            else "Import it, and give the application itself."
        )
        raise UsageError(f"origin.app({app!r}): that is a text, not an application. {way}")
    if isinstance(app, ModuleType):
        raise UsageError(
            f"origin.app({app.__name__}): that is a module. Give the application in it, such as "
            f"{app.__name__}.app."
        )
    if not callable(app):
        raise UsageError(
            f"origin.app({app!r}): that is no application. Give an ASGI or WSGI callable (FastAPI, "
            "Starlette, Flask, Django's get_asgi_application()) or an aiohttp.web.Application."
        )


def _takes(call: Callable[..., Any], count: int) -> bool:
    try:
        inspect.signature(call).bind(*range(count))
    except TypeError:
        return False
    except ValueError:  # a callable of C: nobody can tell
        return True
    return True


def _is_async(call: Callable[..., Any]) -> bool:
    if inspect.isclass(call):
        return False
    return inspect.iscoroutinefunction(call) or inspect.iscoroutinefunction(
        getattr(call, "__call__", None)  # noqa: B004  (the method itself is looked at)
    )


def _wrong(app: object, said: object, kind: Interface | None) -> UsageError:
    if kind is None:
        return UsageError(
            f"origin.app({app!r}, interface={said!r}): it cannot be called as one: ASGI takes "
            "(scope, receive, send), WSGI (environ, start_response). Was a factory given in "
            "place of what it makes?"
        )
    return UsageError(
        f'origin.app({app!r}, interface={said!r}): that is of the kind "{kind}". Leave interface '
        f'out, or say interface="{kind}".'
    )


def _unclear(app: object, takes: list[Interface]) -> UsageError:
    if takes:
        return UsageError(
            f"origin.app({app!r}): whether it is ASGI or WSGI cannot be seen from its parameters. "
            'Say interface="asgi" or interface="wsgi".'
        )
    factory = inspect.isroutine(app) and _takes(cast(Callable[..., Any], app), 0)
    if factory:
        name = getattr(app, "__name__", "create_app")
        return UsageError(
            f"origin.app({app!r}): that takes no parameters, so it makes an application and is "
            f"none. Call it: origin.app({name}())."
        )
    return UsageError(
        f"origin.app({app!r}): it cannot be called with (scope, receive, send), as ASGI is, nor "
        "with (environ, start_response), as WSGI is. An ASGI 2 application needs "
        "asgiref.compatibility.guarantee_single_callable() around it."
    )
