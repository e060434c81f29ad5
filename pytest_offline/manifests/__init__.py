"""The lint for cache manifests: what browsers make of a file, and what its author hardly meant.

`check` reads a file and gives a `Report`; `lint` does it for bytes alone. ``migrate.py`` writes the
service worker that takes a manifest's place.
"""

from __future__ import annotations

from pytest_offline.manifests.check import Around, check
from pytest_offline.manifests.findings import Finding
from pytest_offline.manifests.lint import lint
from pytest_offline.manifests.report import Report, as_github, as_json, as_text

__all__ = ["Around", "Finding", "Report", "as_github", "as_json", "as_text", "check", "lint"]
