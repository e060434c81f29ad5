"""Deploys: what an origin serves, replaced in one step, wholly or half, and put back again."""

from __future__ import annotations

import enum
import fnmatch
import functools
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final

from multidict import CIMultiDict

from pytest_offline.errors import UsageError
from pytest_offline.origin.answers import NO_CACHE, Answer, Asked, Handler, Relay, plain
from pytest_offline.origin.mounts import FolderMount

Patterns = str | Iterable[str]


class AsBefore(enum.Enum):
    """The type of `AS_BEFORE`."""

    AS_BEFORE = "as before"

    def __repr__(self) -> str:
        return "AS_BEFORE"


AS_BEFORE: Final = AsBefore.AS_BEFORE
"""In place of an option of ``mount``: as it was for what is mounted there now."""


@dataclass(frozen=True)
class Deploy:
    """One change of what an origin serves, for ``origin.deploys`` and the timeline.

    Attributes:
        time: when, in milliseconds since the Unix epoch.
        at: where: ``/``.
        version: what is out from then on: the name of its folder, unless it was given another.
        before: what was out until then; None where nothing was.
        detail: what is not of that version, in words; empty where all is.
    """

    time: float
    at: str
    version: str
    before: str | None
    detail: str = ""

    def __str__(self) -> str:
        instead = f" in place of {self.before!r}" if self.before is not None else ""
        return f"deploy, {self.at}: {self.version!r}{instead}" + (
            f" ({self.detail})" if self.detail else ""
        )


@dataclass(frozen=True)
class Pattern:
    """Paths of the origin: ``/assets/*``, or one path. A ``*`` stands for slashes too.

    Attributes:
        text: as it was given.
    """

    text: str

    def __contains__(self, path: str) -> bool:
        return _compiled(self.text).match(path) is not None


@dataclass(frozen=True)
class Plan:
    """Which paths of a deploy are answered by whom. At most one of ``new`` and ``old`` is given.

    Attributes:
        new: if any, only these are new already.
        old: these are still answered as before.
        keep: where the new version has nothing, these are still answered as before.
        gone: these are answered by nobody: 404.
        kill: the paths of workers that the kill switch answers for.
    """

    new: tuple[Pattern, ...] = ()
    old: tuple[Pattern, ...] = ()
    keep: tuple[Pattern, ...] = ()
    gone: tuple[Pattern, ...] = ()
    kill: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether everything is of the new version."""
        return self == Plan()

    @property
    def needs_before(self) -> bool:
        """Whether part of it is answered by what was there before."""
        return bool(self.new or self.old or self.keep)

    def is_old(self, path: str) -> bool:
        """Whether a path is answered as before."""
        if self.new:
            return not _in(path, self.new)
        return _in(path, self.old)

    def __str__(self) -> str:
        parts = [
            ("only {} new", self.new),
            ("{} still old", self.old),
            ("{} of before kept", self.keep),
            ("{} gone", self.gone),
        ]
        said = [text.format(_listed(patterns)) for text, patterns in parts if patterns]
        if self.kill:
            said.append(f"a kill switch at {', '.join(self.kill)}")
        return ", ".join(said)


class DeployMount:
    """A version of a site on its way out: what is new, over what was there before.

    Args:
        at: where it is mounted.
        version: the name of what is new.
        new: what answers for the new version.
        before: what answered until now, None where nothing did.
    """

    def __init__(
        self, at: str, version: str, new: Handler, before: Handler | None, plan: Plan
    ) -> None:
        self.at = at
        self.version = version
        self.new = new
        self.before = before
        self.plan = plan

    def answer(self, asked: Asked) -> Answer | Relay:
        """The answer of one version, the kill switch, or 404 for what is gone."""
        path, before = asked.path, self.before
        if path in self.plan.kill and asked.method in ("GET", "HEAD"):
            return self._killing(path)
        if _in(path, self.plan.gone):
            return plain(404, f"{path} is gone since {self.version!r} was deployed.")
        if before is not None and self.plan.is_old(path):
            return before.answer(asked)
        answer = self.new.answer(asked)
        if before is not None and _is_missing(answer) and _in(path, self.plan.keep):
            kept = before.answer(asked)
            return answer if _is_missing(kept) else kept
        return answer

    def version_of(self, path: str) -> str | None:
        """The name of the version that answers for a path."""
        if path in self.plan.kill:
            return KILL_SWITCH
        if self.before is not None and self.plan.is_old(path):
            return version_of(self.before, path)
        return self.version

    def paths(self, most: int) -> list[str]:
        """The paths of the new version's files, up to so many."""
        folder = folder_of(self)
        return [] if folder is None else folder.paths(most)

    def has(self, path: str) -> bool:
        """Whether a path is answered by this version or by one before it."""
        return _has(self.new, path) or (self.before is not None and _has(self.before, path))

    def cut(self) -> None:
        """What goes on behind one of the parts is cut with that part, which is held beside it."""

    def close(self) -> None:
        """The parts are closed by whoever holds them."""

    def _killing(self, path: str) -> Answer:
        values = {"Content-Type": "text/javascript; charset=utf-8", "Cache-Control": NO_CACHE}
        answer = Answer(200, CIMultiDict(values), kill_switch_script())
        mount = folder_of(self)
        if mount is not None:
            # Such as Service-Worker-Allowed: without it the update would be refused.
            mount.add_headers(path, answer)
        return answer


KILL_SWITCH: Final = "kill switch"
"""The version of a worker that unregisters itself."""


class Deployed:
    """A deploy that was made; in a ``with``, what was there before is back when the block ends."""

    def __init__(
        self,
        swap: Callable[[Handler | None, str], None],
        mount: DeployMount,
        before: Handler | None,
    ) -> None:
        self._swap = swap
        self._mount = mount
        self._before = before

    def __repr__(self) -> str:
        return f"<Deployed {self.version!r} at {self._mount.at}>"

    @property
    def version(self) -> str:
        """The name of what was deployed."""
        return self._mount.version

    def finish(self) -> None:
        """The rest goes out: from now on everything is of this version, and nothing else is there.

        Raises:
            UsageError: everything is already.
        """
        mount = self._mount
        if mount.plan.is_whole:
            raise UsageError(
                f"{self!r}.finish(): all of {self.version!r} went out at once, so nothing is left "
                f"to do; deploy half of it first: origin.deploy(folder, new=…) or old=…"
            )
        self._mount = DeployMount(mount.at, mount.version, mount.new, mount.before, Plan())
        self._swap(self._mount, "the rest of it")

    def roll_back(self) -> None:
        """Puts back what was there before, whatever was deployed since."""
        self._swap(self._before, "rolled back")

    def __enter__(self) -> Deployed:
        return self

    def __exit__(self, *_: object) -> None:
        self.roll_back()


@functools.cache
def kill_switch_script() -> bytes:
    """The worker that ends all workers."""
    return resources.files("pytest_offline.origin").joinpath("kill_switch.js").read_bytes()


def patterns_of(name: str, given: Patterns | bool, at: str) -> tuple[Pattern, ...]:
    """The patterns of one option; ``True`` is everything below the mount.

    Raises UsageError for what is no path.
    """
    if isinstance(given, bool):
        return (Pattern(f"{at}*"),) if given else ()
    texts = (given,) if isinstance(given, str) else tuple(given)
    for text in texts:
        if not text.startswith(at):
            raise UsageError(
                f"deploy({name}={text!r}): that is no path below {at}, where it is deployed; write "
                f'it as it is asked for, such as "{at}assets/*" or "{at}sw.js".'
            )
    return tuple(Pattern(text) for text in texts)


def check_patterns(plan: Plan, parts: Iterable[Handler | None], at: str) -> None:
    """UsageError for a pattern that names no file of any version: a slip, most likely."""
    folders = [mount for part in parts if part is not None for mount in _folders(part)]
    if not folders or any(mount is None for mount in folders):
        return  # what an application answers nobody can list
    paths = sorted({path for mount in folders if mount is not None for path in paths_of(mount)})
    for name in ("new", "old", "keep", "gone"):
        for pattern in getattr(plan, name):
            if not any(path in pattern for path in paths):
                shown = ", ".join(paths[:8]) or "nothing"
                raise UsageError(
                    f"deploy({name}={pattern.text!r}): no file of any version at {at} is meant by "
                    f"that. There are: {shown}{', …' if len(paths) > 8 else ''}. A * stands for "
                    f"any characters, slashes too."
                )


def paths_of(mount: FolderMount) -> list[str]:
    """The paths at which a folder's files are; ``index.html`` at its folder's too."""
    found: list[str] = []
    root = Path(mount.root)
    for folder, _, names in os.walk(root):
        inside = Path(folder).relative_to(root).as_posix()
        place = mount.at if inside == "." else f"{mount.at}{inside}/"
        found += [f"{place}{name}" for name in names]
        found += [place] if "index.html" in names else []
    return found


def folder_of(mount: Handler | None) -> FolderMount | None:
    """The folder that is newest in a mount; None where an application answers."""
    if isinstance(mount, DeployMount):
        return folder_of(mount.new)
    return mount if isinstance(mount, FolderMount) else None


def version_of(mount: Handler, path: str) -> str | None:
    """The name of the version that answers for a path; None where nobody named one."""
    if isinstance(mount, DeployMount):
        return mount.version_of(path)
    return mount.version if isinstance(mount, FolderMount) else None


def named(mount: Handler | None) -> str | None:
    """What is mounted, for a person."""
    if mount is None:
        return None
    if isinstance(mount, DeployMount | FolderMount):
        return mount.version
    return type(mount).__name__.removesuffix("Mount").lower()


def is_same(new: FolderMount, before: Handler | None) -> bool:
    """Whether a folder is what a mount serves already, and nothing else."""
    if isinstance(before, DeployMount):
        return before.plan.is_whole and is_same(new, before.new)
    if not isinstance(before, FolderMount):
        return False
    return (before.root, before.options) == (new.root, new.options)


def checked_workers(given: Patterns, before: Handler | None, at: str) -> tuple[str, ...]:
    """The paths that a kill switch answers for; UsageError for one at which no worker can be."""
    paths = (given,) if isinstance(given, str) else tuple(given)
    for path in paths:
        if not path.startswith(at) or "*" in path or "?" in path:
            raise UsageError(
                f"a kill switch at {path!r}: that is no path below {at}; write the path of the "
                f'worker\'s script as pages register it, such as "{at}sw.js".'
            )
        if before is not None and not _has(before, path):
            raise UsageError(
                f"a kill switch at {path!r}: no version that was at {at} had a file there, so no "
                f"browser has a worker of it, and nobody would ask for the switch. Name the path "
                f"that pages gave to navigator.serviceWorker.register()."
            )
    return paths


def _has(mount: Handler, path: str) -> bool:
    if isinstance(mount, DeployMount):
        return mount.has(path)
    if isinstance(mount, FolderMount):
        return mount.answer(Asked("GET", path, {})).status == 200
    return True  # an application may have anything


def _folders(mount: Handler) -> list[FolderMount | None]:
    if isinstance(mount, DeployMount):
        before = _folders(mount.before) if mount.before is not None else []
        return [*_folders(mount.new), *before]
    return [mount if isinstance(mount, FolderMount) else None]


def _is_missing(answer: Answer | Relay) -> bool:
    return isinstance(answer, Answer) and answer.status == 404


def _in(path: str, patterns: tuple[Pattern, ...]) -> bool:
    return any(path in pattern for pattern in patterns)


def _listed(patterns: tuple[Pattern, ...]) -> str:
    return ", ".join(pattern.text for pattern in patterns)


@functools.lru_cache(maxsize=1024)
def _compiled(text: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(text))
