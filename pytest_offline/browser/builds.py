"""The builds this package drives, as data: nothing here looks at the machine.

A build is one browser binary. ``chromium``, ``firefox`` and ``webkit`` are whatever is found of
that engine (see ``resolve.py`` for the order); the numbered ones are exactly one version, fetched
from npm and pinned by the sha512 the registry states as ``dist.integrity``.

What each can do was measured on the build itself, not read off a compatibility table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from pytest_offline.errors import UsageError

Engine = Literal["chromium", "firefox", "webkit"]
Source = Literal["found", "npm"]


@dataclass(frozen=True)
class Capabilities:
    """What a build can do.

    Attributes:
        appcache: ``window.applicationCache`` is there and works.
        service_workers: ``navigator.serviceWorker``, and the Cache API in pages and workers.
        module_workers: ``new Worker(url, {type: "module"})``.
        module_service_workers: ``register(url, {type: "module"})``.
        network_state_override: the CDP command ``Network.overrideNetworkState``.
        loopback_only: too old to be let near strangers: it is started so that it reaches nothing
            but this machine.
        headless_only: it has no window to show, ``--headed`` changes nothing.
        context_proxy: a context can have a proxy of its own, SOCKS 5, for all its workers too.
        workers_on_line: the browser's own offline switch shows in ``navigator.onLine`` of workers.
    """

    appcache: bool = False
    service_workers: bool = True
    module_workers: bool = True
    module_service_workers: bool = True
    network_state_override: bool = False
    loopback_only: bool = False
    headless_only: bool = False
    context_proxy: bool = False
    workers_on_line: bool = True


@dataclass(frozen=True)
class Member:
    """One brotli file of an npm package and where it goes.

    Attributes:
        path: inside the package, ``bin/chromium.br``.
        to: a folder for what is in a ``.tar.br``, a file for a plain ``.br``; relative to the
            build's own folder.
    """

    path: str
    to: str


@dataclass(frozen=True)
class NpmPackage:
    """Where a numbered build comes from, and what of it is kept.

    Attributes:
        integrity: ``dist.integrity`` of the registry: ``sha512-`` and base64.
        size: bytes of the tarball, for the progress shown.
        libraries: folders for ``LD_LIBRARY_PATH``, relative to the build's own folder.
        fonts: the folder with at least one font, relative to the build's own folder.
    """

    name: str
    version: str
    integrity: str
    size: int
    members: tuple[Member, ...]
    libraries: tuple[str, ...]
    fonts: str

    @property
    def spec(self) -> str:
        """As npm names it: ``name@version``."""
        return f"{self.name}@{self.version}"


@dataclass(frozen=True)
class Build:
    """One row of the table.

    Attributes:
        version: exact for the numbered builds; None where it is whatever is found.
        args: switches it always gets, before any that a test gives.
        borrows: libraries it needs and does not bring; where the machine lacks them too, they are
            copied from the build named in ``lender``.
    """

    name: str
    engine: Engine
    source: Source
    capabilities: Capabilities
    version: str | None = None
    package: NpmPackage | None = None
    args: tuple[str, ...] = ()
    borrows: tuple[str, ...] = ()
    lender: str | None = None

    def __str__(self) -> str:
        return self.name


_NSPR: Final = ("libnspr4.so", "libplc4.so", "libplds4.so")

# AppCache went behind a feature and an origin trial in Chromium 84 and left in 95
# (https://chromestatus.com/feature/6192449487634432). The last switch of a name wins, so these
# take the place of what Playwright passes: it loses features these builds do not know.
_APPCACHE_ARGS: Final = (
    "--enable-features=AppCache",
    "--disable-features=AppCacheRequireOriginTrial",
)


def _old_package(version: str, size: int, integrity: str) -> NpmPackage:
    return NpmPackage(
        name="chrome-aws-lambda",
        version=version,
        integrity=integrity,
        size=size,
        members=(
            Member("bin/chromium.br", "chromium"),
            Member("bin/aws.tar.br", "aws"),
            Member("bin/swiftshader.tar.br", "swiftshader"),
        ),
        libraries=("aws/lib",),
        fonts="aws/.fonts",
    )


_MODERN_CHROMIUM: Final = Capabilities(network_state_override=True, context_proxy=True)

_ALL: Final = (
    Build("chromium", "chromium", "found", _MODERN_CHROMIUM),
    # Measured in ESR 153: BiDi's switch is one of browsing contexts, and workers are none.
    Build("firefox", "firefox", "found", Capabilities(context_proxy=True, workers_on_line=False)),
    Build("webkit", "webkit", "found", Capabilities()),
    Build(
        "chromium-83",
        "chromium",
        "npm",
        Capabilities(
            appcache=True, module_service_workers=False, loopback_only=True, headless_only=True
        ),
        version="83.0.4103.0",
        package=_old_package(
            "3.1.1",
            44_015_574,
            "sha512-ikOcpFgobiiUvDXtBft+jxVz2CsauRV58owDtVyF1ocl/YN+"
            "/eqdIrrmbItm3yeJGnb9RtKxzFAqGcpBTQbTCA==",
        ),
        borrows=_NSPR,
        lender="chromium-153",
    ),
    Build(
        "chromium-88",
        "chromium",
        "npm",
        Capabilities(
            appcache=True, module_service_workers=False, loopback_only=True, headless_only=True
        ),
        version="88.0.4298.0",
        package=_old_package(
            "5.5.0",
            46_744_393,
            "sha512-nYSDzTsVEVsvIFaUUAUN53ulXBLKSRXFS+eVYZOLZD5SA1If59rqBAiy4raMgorQ"
            "wXWqjSsjK1SF4As+qzPLqA==",
        ),
        args=_APPCACHE_ARGS,
        borrows=_NSPR,
        lender="chromium-153",
    ),
    Build(
        "chromium-92",
        "chromium",
        "npm",
        Capabilities(appcache=True, loopback_only=True, headless_only=True),
        version="92.0.4512.0",
        package=_old_package(
            "10.1.0",
            49_533_938,
            "sha512-NZQVf+J4kqG4sVhRm3WNmOfzY0OtTSm+S8rg77pwePa9RCYHzhnzRs8YvNI6L9tA"
            "LIW6RpmefWiPURt3vURXcw==",
        ),
        args=_APPCACHE_ARGS,
        borrows=_NSPR,
        lender="chromium-153",
    ),
    Build(
        "chromium-153",
        "chromium",
        "npm",
        Capabilities(network_state_override=True, headless_only=True, context_proxy=True),
        version="153.0.8010.0",
        package=NpmPackage(
            name="@sparticuz/chromium",
            version="153.0.0",
            integrity="sha512-jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7"
            "dEy7n88byyT0vk+dnsgQwA==",
            size=69_995_309,
            members=(
                Member("bin/chromium.br", "chromium"),
                Member("bin/al2023.tar.br", "al2023"),
                # Next to the executable: that is where it looks for its graphics libraries.
                Member("bin/swiftshader.tar.br", "."),
                Member("bin/fonts.tar.br", "fonts"),
            ),
            libraries=("al2023/lib",),
            fonts="fonts/fonts",
        ),
    ),
)

BUILDS: Final[Mapping[str, Build]] = MappingProxyType({build.name: build for build in _ALL})
"""Every build by name, in the order they are listed to people."""

EMBEDDED: Final = "chromium-153"
"""What ``chromium`` falls back to: it needs neither root nor a browser CDN."""


def build_named(name: str) -> Build:
    """The build of that name.

    Raises:
        UsageError: there is none; the message lists those there are.
    """
    build = BUILDS.get(name)
    if build is None:
        raise UsageError(
            f"{name!r} is not a browser pytest_offline drives; choose from: {', '.join(BUILDS)}."
        )
    return build
