"""Versions of a site: what is put on the origin, and what goes wrong with it, in one line each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from pytest_offline.errors import UsageError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from pytest_offline.origin import Origin

DEFAULT_PATH: Final = "/site.appcache"

_FOR_EVER_S: Final = 86_400.0
"""Longer than any test; the answer is given up when its origin closes."""


class Deploying:
    """What can be done to the manifest and the files that an origin serves.

    All but ``deploy`` may stand in a ``with``: when the block ends, what was there before is back.
    """

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self._manifest_path = DEFAULT_PATH

    def deploy(
        self,
        manifest: str | bytes | None = None,
        files: Mapping[str, str | bytes | None] | None = None,
        *,
        at: str | None = None,
    ) -> None:
        """Puts a version of the site on the origin, from now on.

        Three lines for "version 2 is out, then 404, then back"::

            appcache.deploy("CACHE MANIFEST\\n# 2\\n/app.js", {"/app.js": "two"})
            appcache.gone()
            appcache.deploy("CACHE MANIFEST\\n# 2\\n/app.js")

        Args:
            manifest: its text; without it, the one that is there stays.
            files: paths to bodies; None in place of a body takes a file away (404).
            at: the manifest's path; the one deployed last by default, first ``/site.appcache``.
        """
        self._manifest_path = at or self._manifest_path
        for path, body in (files or {}).items():
            if body is None:
                self._origin.reply(path, status=404)
            else:
                self._origin.reply(path, body)
        if manifest is not None:
            self._origin.manifests.add(self._manifest_path)
            self._origin.reply(self._manifest_path, manifest)

    def gone(self, status: int = 404) -> AbstractContextManager[object]:
        """The manifest is gone: 404 or 410, by which the browser deletes the cache."""
        return self._origin.reply(self._manifest_path, status=status)

    def change_during_update(self, manifest: str | bytes) -> AbstractContextManager[object]:
        """The manifest changes in the middle of the next update.

        Its first request gets what is there now, the check at the end and all later ones this.
        """
        status, headers, before = self._origin.peek(self._manifest_path)
        changed = self._origin.reply(self._manifest_path, manifest)
        self._origin.reply(self._manifest_path, before, status=status, headers=headers, times=1)
        return changed

    def break_off(
        self, path: str, *, after: int | None = None, times: int | None = None
    ) -> AbstractContextManager[object]:
        """A file dies in the middle of its download.

        Args:
            path: of a file that is there, or of the manifest.
            after: bytes that still arrive; half of them by default.
            times: so often; always by default.

        Raises:
            UsageError: nothing of it would be missing.
        """
        status, headers, body = self._origin.peek(path)
        after = len(body) // 2 if after is None else after
        return self._origin.reply(
            path, body, status=status, headers=_unframed(headers), cut_after=after, times=times
        )

    def stall(self, path: str, *, after: int | None = None) -> AbstractContextManager[object]:
        """The download of a file never ends: some bytes arrive, and nothing more.

        Args:
            path: of a file that is there, or of the manifest.
            after: bytes that arrive; half of them by default.
        """
        status, headers, body = self._origin.peek(path)
        after = len(body) // 2 if after is None else after
        if not 0 <= after < len(body):
            raise UsageError(
                f"appcache.stall({path!r}, after={after}): its body has {len(body)} bytes, so "
                f"nothing would be missing; give fewer bytes"
            )
        return self._origin.reply(
            path,
            status=status,
            headers=[*_unframed(headers), ("Content-Length", str(len(body)))],
            chunks=[body[:after], body[after:]],
            chunk_delay=_FOR_EVER_S,
        )


def _unframed(headers: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    """Without what is said of the length anew."""
    return [pair for pair in headers if pair[0] not in ("content-length", "transfer-encoding")]
