"""The application caches of one origin, as a test sees and stages them."""

from __future__ import annotations

from pytest_offline.appcache.app_cache import AppCache

__all__ = ["AppCache"]
