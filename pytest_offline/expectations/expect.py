"""``expect``, taught this package's objects; everything else goes to Playwright's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast, overload

from pytest_offline.caches import Caches
from pytest_offline.expectations.appcache import AppCacheAssertions
from pytest_offline.expectations.caches import CachesAssertions
from pytest_offline.expectations.origin import OriginAssertions
from pytest_offline.expectations.service_worker import ServiceWorkerAssertions
from pytest_offline.expectations.waiting import DEFAULT_TIMEOUT_MS
from pytest_offline.service_worker import ServiceWorkers

if TYPE_CHECKING:
    from playwright.sync_api import (
        APIResponse,
        Locator,
        Page,
    )
    from playwright.sync_api._generated import (
        APIResponseAssertions,
        LocatorAssertions,
        PageAssertions,
    )

    from pytest_offline.appcache import AppCache
    from pytest_offline.origin import Origin


class Expect:
    """Playwright's ``expect`` for its own objects, ours for ours; ``set_options`` is for both.

    There is one, ``pytest_offline.expect``. Nothing of Playwright is imported before it is called.
    """

    def __init__(self) -> None:
        self._timeout: float = DEFAULT_TIMEOUT_MS

    @overload
    def __call__(self, actual: Caches, message: str | None = None) -> CachesAssertions: ...
    @overload
    def __call__(self, actual: AppCache, message: str | None = None) -> AppCacheAssertions: ...
    @overload
    def __call__(self, actual: Origin, message: str | None = None) -> OriginAssertions: ...
    @overload
    def __call__(
        self, actual: ServiceWorkers, message: str | None = None
    ) -> ServiceWorkerAssertions: ...
    @overload
    def __call__(self, actual: Page, message: str | None = None) -> PageAssertions: ...
    @overload
    def __call__(self, actual: Locator, message: str | None = None) -> LocatorAssertions: ...
    @overload
    def __call__(
        self, actual: APIResponse, message: str | None = None
    ) -> APIResponseAssertions: ...
    def __call__(self, actual: Any, message: str | None = None) -> Any:
        """Assertions on one object.

        Args:
            message: put in front of a failure, as Playwright does with its own.
        """
        if isinstance(actual, Caches):
            return CachesAssertions(actual, timeout=self._timeout, title=message)
        if isinstance(actual, ServiceWorkers):
            return ServiceWorkerAssertions(actual, timeout=self._timeout, title=message)
        if _is_appcache(actual):
            return AppCacheAssertions(actual, timeout=self._timeout, title=message)
        if _is_origin(actual):
            return OriginAssertions(actual, timeout=self._timeout, title=message)
        from playwright.sync_api import expect

        return cast(Any, expect)(actual, message)

    def set_options(self, timeout: float | None = None) -> None:
        """The time to wait, in milliseconds, for Playwright's objects and ours."""
        from playwright.sync_api import expect

        expect.set_options(timeout=timeout)
        self._timeout = DEFAULT_TIMEOUT_MS if timeout is None else timeout

    def __getattr__(self, name: str) -> Any:
        """Whatever else Playwright's ``expect`` has."""
        from playwright.sync_api import expect

        return getattr(expect, name)


def _is_appcache(actual: object) -> bool:
    """Asked by name first, as few runs need the room."""
    if type(actual).__name__ != "AppCache":
        return False
    from pytest_offline.appcache import AppCache

    return isinstance(actual, AppCache)


def _is_origin(actual: object) -> bool:
    """Asked by name first: most objects are none, and the room costs an import of aiohttp."""
    if type(actual).__name__ != "Origin":
        return False
    from pytest_offline.origin import Origin

    return isinstance(actual, Origin)


expect = Expect()
