"""The public surface: what is exported, in order, documented, with the parameters promised."""

from __future__ import annotations

import importlib
import inspect
from types import ModuleType
from typing import Any, get_args

import pytest

import pytest_offline
from pytest_offline import fixtures
from pytest_offline.appcache import AppCache
from pytest_offline.caches import Caches
from pytest_offline.expectations.appcache import AppCacheAssertions
from pytest_offline.expectations.caches import CachesAssertions
from pytest_offline.expectations.origin import OriginAssertions
from pytest_offline.expectations.service_worker import ServiceWorkerAssertions
from pytest_offline.model import Cache, CacheStorage, Request, Response
from pytest_offline.network import Network
from pytest_offline.origin import Exchanges, Ledger, Origin
from pytest_offline.record import AppCacheEvent, Exchange, Initiator, Outcome, Put
from pytest_offline.scene import Scene
from pytest_offline.service_worker import ServiceWorkers

PUBLIC = ("pytest_offline", "pytest_offline.model", "pytest_offline.origin")


def by_kind(name: str) -> tuple[int, str]:
    """The order of ``__all__``: CONSTANTS, Classes, the rest, each by the alphabet."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


@pytest.fixture(params=PUBLIC)
def module(request: pytest.FixtureRequest) -> ModuleType:
    return importlib.import_module(request.param)


def test_all_is_sorted_and_each_name_is_there(module: ModuleType) -> None:
    assert module.__all__ == sorted(module.__all__, key=by_kind)
    assert len(set(module.__all__)) == len(module.__all__)
    assert all(getattr(module, name) is not None for name in module.__all__)


def test_all_is_complete() -> None:
    """What a star import gives is what the package says it has; a lazy name has a home."""
    given: dict[str, Any] = {}
    exec("from pytest_offline import *", given)
    assert set(given) - {"__builtins__"} == set(pytest_offline.__all__)
    assert set(pytest_offline.__all__) == set(pytest_offline._HOMES)


@pytest.mark.parametrize("name", ["pytest_offline.model", "pytest_offline.origin"])
def test_a_room_exports_what_it_imports_of_its_own(name: str) -> None:
    room = importlib.import_module(name)
    own = {
        each
        for each, value in vars(room).items()
        if not each.startswith("_")
        and not inspect.ismodule(value)
        and getattr(value, "__module__", "").startswith("pytest_offline")
    }
    assert own <= set(room.__all__)


def test_each_is_documented(module: ModuleType) -> None:
    for name in module.__all__:
        value = getattr(module, name)
        if inspect.isclass(value) or inspect.isfunction(value):
            assert inspect.getdoc(value), f"{module.__name__}.{name}"
            # A dataclass without a docstring gets its signature for one.
            assert not value.__doc__.startswith(f"{name}("), f"{module.__name__}.{name}"


def test_each_public_method_is_documented() -> None:
    classes = [
        AppCache,
        AppCacheAssertions,
        CachesAssertions,
        OriginAssertions,
        ServiceWorkerAssertions,
        Caches,
        Network,
    ]
    for owner in [*classes, Origin, Ledger, Exchanges, ServiceWorkers, Scene, CacheStorage, Cache]:
        for name, member in inspect.getmembers(owner):
            if not name.startswith("_") and (
                inspect.isfunction(member) or inspect.isdatadescriptor(member)
            ):
                assert inspect.getdoc(member), f"{owner.__name__}.{name}"


# The contract: callable to the parameters that it has at least, keyword-only ones after "*".
SIGNATURES = [
    (Origin.url_for, "path"),
    (Origin.mount, "folder at * clean_urls fallback headers"),
    (Origin.reply, "path body * status headers method delay chunks chunk_delay cut_after times"),
    (Origin.deploy, "folder at * new old keep gone kill_switch clean_urls fallback headers"),
    (Origin.kill_switch, "worker at"),
    (Origin.app, "app at * interface timeout"),
    (Origin.proxy, "upstream_url at * preserve_host verify timeout"),
    (Exchanges.to, "path"),
    (Exchanges.since, "mark"),
    (Ledger.mark, ""),
    (Ledger.clear, ""),
    (Network.offline, ""),
    (Network.online, ""),
    (Network.set, "condition"),
    (Caches.snapshot, ""),
    (Caches.seed, "caches"),
    (Caches.clear, ""),
    (Caches.explain, "url"),
    (Caches.verify, ""),
    (ServiceWorkers.wait_until_ready, "* expect timeout"),
    (ServiceWorkers.registrations, ""),
    (ServiceWorkers.tabs, ""),
    (ServiceWorkers.update, ""),
    (ServiceWorkers.unregister, ""),
    (AppCache.entries, ""),
    (AppCache.wait_for, "name * page timeout"),
    (AppCache.update, ""),
    (AppCache.swap_cache, ""),
    (AppCache.abort, ""),
    (AppCache.deploy, "manifest files * at"),
    (AppCache.verify, ""),
    (AppCacheAssertions.to_have_fired, "name"),
    (AppCacheAssertions.to_have_events, "names"),
    (AppCacheAssertions.to_have_status, "name"),
    (AppCacheAssertions.to_contain, "url * kind"),
    (AppCacheAssertions.to_match_model, ""),
    (CachesAssertions.to_have_put, "url * cache status headers body source times"),
    (CachesAssertions.to_contain, "url * cache"),
    (CachesAssertions.to_match_model, ""),
    (ServiceWorkerAssertions.to_be_waiting, "* version timeout"),
    (ServiceWorkerAssertions.to_control, "page * version timeout"),
    (OriginAssertions.to_have_received, "path * times"),
    (OriginAssertions.to_have_served_nothing, ""),
    (CacheStorage, "base_url fetch"),
    (CacheStorage.open, "name"),
    (Request, "url method headers"),
    (Response, "status headers body status_text url type redirected"),
]


@pytest.mark.parametrize(
    ("call", "promised"), SIGNATURES, ids=lambda value: getattr(value, "__qualname__", "")
)
def test_parameters_are_those_of_the_contract(call: Any, promised: str) -> None:
    parameters = [
        each for each in inspect.signature(call).parameters.values() if each.name != "self"
    ]
    positional, _, keyword = promised.partition("*")
    first = [each.name for each in parameters if each.kind is each.POSITIONAL_OR_KEYWORD]
    assert first[: len(positional.split())] == positional.split()
    assert all(
        each.default is not each.empty
        for each in parameters
        if each.name in first[len(positional.split()) :]
    ), "more that has to be given"
    named = {each.name for each in parameters if each.kind is each.KEYWORD_ONLY}
    assert set(keyword.split()) <= named


@pytest.mark.parametrize(
    "owner", [AppCacheAssertions, CachesAssertions, OriginAssertions, ServiceWorkerAssertions]
)
def test_every_assertion_has_its_twin_with_the_same_parameters(owner: type) -> None:
    methods = [name for name in vars(owner) if name.startswith("to_")]
    assert methods
    for name in methods:
        own = inspect.signature(getattr(owner, name)).parameters
        twin = inspect.signature(getattr(owner, f"not_{name}")).parameters
        assert set(own) <= set(twin), name
        assert set(twin) - set(own) <= {"timeout"}, name


@pytest.mark.parametrize(
    ("record", "fields"),
    [
        (AppCacheEvent, "name status loaded total time url"),
        (
            Exchange,
            "seq time method path url headers body status response_headers bytes_sent outcome "
            "initiator condition",
        ),
        (
            Put,
            "cache url method request_headers status response_headers response_type size sha256 "
            "source api started settled outcome error",
        ),
    ],
)
def test_records_have_the_fields_of_the_contract(record: type, fields: str) -> None:
    assert set(fields.split()) <= set(inspect.signature(record).parameters)


def test_the_words_of_the_contract() -> None:
    assert get_args(Outcome) == ("served", "blocked", "cut", "failed")
    assert {"document", "script", "serviceworker", "worker", "fetch", "manifest"} <= set(
        get_args(Initiator)
    )
    for name in ("url", "requests"):
        assert name in dir(Origin) or name in inspect.getsource(Origin.__init__)


@pytest.mark.parametrize(
    "name",
    ["origin", "make_origin", "network", "caches", "service_worker", "appcache", "browser_build"],
)
def test_fixtures_of_the_contract(name: str) -> None:
    assert hasattr(fixtures, name)
