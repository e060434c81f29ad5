"""Know that a web app works offline. See README.md; the public names are listed below."""

from __future__ import annotations

from pytest_offline._version import __version__

__all__ = ["__version__"]
