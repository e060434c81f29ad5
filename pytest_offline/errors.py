"""Every error this package raises, by whose fault it is.

    OfflineError
    ├── UsageError            the author of the test: a wrong argument, a wrong moment
    │   └── BrowserNotFound   a build that is not on this machine (how to get it is said)
    ├── SiteError             the site under test: it cannot do what was asked of it
    │   ├── NotReady          it did not become ready to go offline in time
    │   ├── ManifestError     an AppCache manifest that has to be refused
    │   └── CannotAudit       nothing of it can be looked at: it is down, it asks for a login
    ├── BrowserError          the browser would not start, or died in the middle
    ├── InstallError          a build could not be fetched, checked or unpacked
    ├── ModelError            a machine of the model was handed an event its table does not have
    └── ProbeError            us: two records that cannot both be true, a record that is lost

    ModelMismatch             the browser against the model; an AssertionError, not an OfflineError
    JSError                   what a promise of the reference model rejects with

Nobody should have to debug this package for their own typo, nor their own site for a fault of ours.
"""

from __future__ import annotations

from collections.abc import Sequence


class OfflineError(Exception):
    """The root of everything below; never raised itself."""


class UsageError(OfflineError):
    """The test asked for something that cannot be: the message names the value and the way out."""


class BrowserNotFound(UsageError):
    """A build is not on this machine: the message says where it was looked for, how to get it."""


class SiteError(OfflineError):
    """The site under test cannot do what was asked of it."""


class CacheTooLarge(SiteError):
    """A cache has more entries than the browser lists at once; not a fault of the site's."""


class NotReady(SiteError):
    """The site did not become ready to be taken offline.

    Attributes:
        reason: a short code: ``no-worker``, ``installing``, ``missing``, ``second-visit``,
            ``redundant``, ``insecure``, ``update-failed``, ….
        missing: the URLs that are declared and in no cache, in the order they are declared.
    """

    def __init__(self, message: str, *, reason: str, missing: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.reason = reason
        self.missing: tuple[str, ...] = tuple(missing)


class ManifestError(SiteError):
    """An AppCache manifest that has to be refused whole: its signature line is missing or wrong.

    Attributes:
        url: of the manifest.
        line: the number of the line at fault, from 1.
    """

    def __init__(self, message: str, *, url: str, line: int = 1) -> None:
        super().__init__(message)
        self.url = url
        self.line = line


class CannotAudit(SiteError):
    """A site that cannot be audited: no page of it opens, online as it is.

    Attributes:
        reason: a short code: ``down``, ``login``, ``no-page``, ``leaves``.
    """

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class BrowserError(OfflineError):
    """The browser would not start, or died while a test was using it."""


class InstallError(OfflineError):
    """A build could not be installed: no network, no npm, a wrong digest, a full disk."""


class ModelError(OfflineError):
    """A machine of the model was handed an event that its table does not have in that state.

    Attributes:
        state: the name of the state the machine was in.
        event: the name of the event.
        legal: the names of the events that state does know, sorted.
    """

    def __init__(self, message: str, *, state: str, event: str, legal: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.state = state
        self.event = event
        self.legal: tuple[str, ...] = tuple(legal)


class ProbeError(OfflineError):
    """Our own records contradict one another, or one is lost. A bug here, never the site's."""


class ModelMismatch(AssertionError):
    """A browser did what the model does not allow.

    Attributes:
        differences: what differed, as data, first difference first.
    """

    def __init__(self, message: str, differences: Sequence[object] = ()) -> None:
        super().__init__(message)
        self.differences: tuple[object, ...] = tuple(differences)


class JSError(Exception):
    """A rejection or exception of the platform, by the name a script would see.

    Attributes:
        name: ``TypeError``, ``InvalidStateError``, ``NetworkError``, ….
    """

    def __init__(self, name: str, message: str = "") -> None:
        super().__init__(f"{name}: {message}" if message else name)
        self.name = name
        self.message = message
