"""What is here, what can be had, what each can do: the rows of ``pytest-offline browsers``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Final

from rich.table import Table
from rich.text import Text

from pytest_offline.browser.builds import BUILDS, Build, Capabilities
from pytest_offline.browser.machine import Machine, PathProvider
from pytest_offline.browser.resolve import resolve
from pytest_offline.errors import BrowserNotFound

_WORDS: Final[Mapping[str, str]] = {
    "appcache": "AppCache",
    "service_workers": "service workers",
    "module_workers": "module workers",
    "module_service_workers": "module service workers",
    "network_state_override": "network state override",
    "loopback_only": "loopback only",
    "headless_only": "headless only",
    "context_proxy": "world outside closed by context",
    "workers_on_line": "offline known to workers",
}


@dataclass(frozen=True)
class Row:
    """One build, looked for.

    Attributes:
        version, origin, path: None where it is not here.
        why_not: where it was looked for; empty where it is here.
        command: what gets it.
    """

    build: Build
    capabilities: Capabilities
    version: str | None
    origin: str | None
    path: str | None
    why_not: str
    command: str

    @property
    def here(self) -> bool:
        """Whether it is on this machine, and fits."""
        return self.version is not None

    def as_data(self) -> dict[str, object]:
        """For ``--json``."""
        return {
            "name": self.build.name,
            "engine": self.build.engine,
            "here": self.here,
            "version": self.version or self.build.version,
            "origin": self.origin,
            "path": self.path,
            "capabilities": asdict(self.capabilities),
            "install": self.command,
            "why_not": self.why_not,
        }


def survey(
    *, playwright_executable: PathProvider | None = None, machine: Machine | None = None
) -> list[Row]:
    """Look for every build, in the order of the table."""
    return [_row(build, playwright_executable, machine) for build in BUILDS.values()]


def _row(build: Build, provider: PathProvider | None, machine: Machine | None) -> Row:
    command = f"pytest-offline browsers install {build.name}"
    try:
        found = resolve(build.name, playwright_executable=provider, machine=machine)
    except BrowserNotFound as error:
        return Row(build, build.capabilities, None, None, None, str(error), command)
    return Row(
        build,
        found.capabilities,
        found.version,
        found.origin,
        str(found.path) if found.path else None,
        "",
        command,
    )


def words(capabilities: Capabilities) -> str:
    """What a build can do, for a person."""
    had = (each.name for each in fields(capabilities) if getattr(capabilities, each.name))
    return ", ".join(_WORDS[name] for name in had)


def table(rows: Sequence[Row]) -> Table:
    """The rows as a table."""
    shown = Table(show_lines=True)
    for title in ("build", "here", "can do"):
        shown.add_column(title, overflow="fold")
    for row in rows:
        shown.add_row(Text(row.build.name), Text(_place(row)), Text(words(row.capabilities)))
    return shown


def remarks(rows: Sequence[Row]) -> list[str]:
    """What has to be said below the table."""
    old = [row.build.name for row in rows if row.build.capabilities.loopback_only]
    said = (
        f"loopback only: {', '.join(old)} have holes that were closed long ago. They are started "
        f"so that they reach this machine and nothing else (no other address, no proxy)."
    )
    return [said] if old else []


def _place(row: Row) -> str:
    if row.here:
        return f"{row.version}, {row.origin}\n{row.path}"
    stated = f" {row.build.version}" if row.build.version else ""
    return f"no{stated}; this gets it:\n{row.command}{_misfit(row)}"


def _misfit(row: Row) -> str:
    """A browser that is there and does not fit deserves its whole message."""
    return f"\n{row.why_not}" if "do not fit" in row.why_not else ""
