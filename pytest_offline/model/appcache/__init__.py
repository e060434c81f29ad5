"""The application cache of W3C HTML 5.1 (May 2016), section 7.9 "Offline Web applications"."""

from __future__ import annotations

from pytest_offline.model.appcache.manifest import Manifest, ManifestLine

__all__ = ["Manifest", "ManifestLine"]
