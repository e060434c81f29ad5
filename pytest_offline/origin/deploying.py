"""What an origin can deploy: versions of a site at one place, one after the other."""

from __future__ import annotations

import os
import time

from pytest_offline.errors import UsageError
from pytest_offline.origin.answers import Handler
from pytest_offline.origin.deploys import (
    AS_BEFORE,
    KILL_SWITCH,
    AsBefore,
    Deploy,
    Deployed,
    DeployMount,
    Patterns,
    Plan,
    check_patterns,
    checked_workers,
    folder_of,
    is_same,
    named,
    patterns_of,
    version_of,
)
from pytest_offline.origin.header_sets import HeadersByPath
from pytest_offline.origin.mounts import FolderMount, FolderOptions, Mounts, checked_at


class Deploying:
    """The part of an `Origin` that replaces what it serves."""

    def __init__(self) -> None:
        self._mounts = Mounts()
        self._deploys: list[Deploy] = []
        self._past: list[tuple[float, Mounts]] = []

    def deploy(
        self,
        folder: str | os.PathLike[str],
        at: str = "/",
        *,
        version: str | None = None,
        new: Patterns = (),
        old: Patterns = (),
        keep: Patterns | bool = False,
        gone: Patterns = (),
        kill_switch: Patterns = (),
        clean_urls: bool | AsBefore = AS_BEFORE,
        fallback: str | AsBefore | None = AS_BEFORE,
        headers: HeadersByPath | AsBefore | None = AS_BEFORE,
    ) -> Deployed:
        """Replaces what is served at a place with a folder, in one step.

        Every request that begins after this call is answered from the new version; what it lacks
        is gone: the old version's hashed files answer 404. Version 1, version 2 and back::

            origin.deploy("dist-1")
            ...
            with origin.deploy("dist-2"):
                ...
            # here dist-1 is out again; without ``with``: origin.deploy("dist-1")

        Patterns are paths as they are asked for, ``/sw.js`` or ``/assets/*`` (a ``*`` stands for
        slashes too), one or several. What ``reply`` scripts lies over every version.

        Args:
            folder: absolute, or relative to where pytest was started.
            at: where, as for ``mount``.
            version: what it is called in the timeline; the folder's name by default.
            new: half-deployed: only these are new already, all else is as before.
            old: half-deployed: these are still as before, all else is new.
            keep: what only the version before has stays beside the new one, as on hosts that
                delete nothing: True for all of it.
            gone: these answer 404.
            kill_switch: the path of a worker; see `kill_switch`.
            clean_urls, fallback, headers: as for ``mount``; by default as they were there.

        Returns:
            what can ``finish()`` a half deploy and ``roll_back()``. As a context manager it rolls
            back when the block ends: what was there before is there again.

        Raises:
            UsageError: there is no such folder, it is what is served already, nothing is there
                that could still be old, a pattern names no file.
        """
        place = checked_at(at, "deploy")
        before = self._mounts.at(place)
        there = _options(before)
        mount = FolderMount(
            folder,
            place,
            clean_urls=there.clean_urls if isinstance(clean_urls, AsBefore) else clean_urls,
            fallback=there.fallback if isinstance(fallback, AsBefore) else fallback,
            headers=there.headers if isinstance(headers, AsBefore) else headers,
            call="deploy",
            version=version,
        )
        plan = Plan(
            patterns_of("new", new, place),
            patterns_of("old", old, place),
            patterns_of("keep", keep, place),
            patterns_of("gone", gone, place),
            checked_workers(kill_switch, _joined(mount, before), place),
        )
        self._check(mount, before, plan)
        deployed = DeployMount(place, mount.version, mount, before, plan)
        self._swap(place, deployed, str(plan))
        return Deployed(lambda mount, why: self._swap(place, mount, why), deployed, before)

    def kill_switch(self, worker: Patterns, at: str = "/") -> Deployed:
        """Ends the workers of a site: its script is one that unregisters itself, from now on.

        The worker that answers there takes over at once, deletes every cache of the origin,
        unregisters itself and loads the pages again that it controls. All else is as before.
        Browsers meet it at their next update check: a navigation, or `ServiceWorkers.update`.

        Args:
            worker: the path of the worker's script, as pages register it; one or several.
            at: where what serves it is mounted.

        Returns:
            as `deploy`.

        Raises:
            UsageError: nothing is mounted there, or no version had a script at that path.
        """
        place = checked_at(at, "kill_switch", "what is replaced")
        before = self._mounts.at(place)
        if before is None:
            raise UsageError(
                f"kill_switch({worker!r}): nothing is mounted at {place} (mounted: "
                f"{self._shown_places()}), so no browser has a worker from there; mount or deploy "
                f"the site first, or name its place: at=…"
            )
        plan = Plan(kill=checked_workers(worker, before, place))
        deployed = DeployMount(place, named(before) or KILL_SWITCH, before, None, plan)
        self._swap(place, deployed, str(plan))
        return Deployed(lambda mount, why: self._swap(place, mount, why), deployed, before)

    @property
    def deploys(self) -> tuple[Deploy, ...]:
        """What was deployed and rolled back, in order, with times."""
        return tuple(self._deploys)

    def version_at(self, path: str, moment: float) -> str | None:
        """The name of the version that answered for a path at a time.

        Args:
            path: with or without a query.
            moment: milliseconds since the Unix epoch.

        Returns:
            None where no folder was mounted for it.
        """
        path = path.partition("?")[0]
        tables = [mounts for since, mounts in self._past if since <= moment]
        mount = tables[-1].mount_of(path) if tables else None
        return None if mount is None else version_of(mount, path)

    def _add(self, at: str, mount: Handler) -> None:
        replaced = self._mounts.add(at, mount)
        self._remember()
        if replaced is not None and replaced not in self._mounts.retired:
            replaced.close()

    def _swap(self, at: str, mount: Handler | None, detail: str) -> None:
        before = named(self._mounts.at(at))
        self._mounts.swap(at, mount)
        moment = self._remember()
        self._deploys.append(Deploy(moment, at, named(mount) or "nothing", before, detail))

    def _remember(self) -> float:
        moment = time.time() * 1000
        self._past.append((moment, self._mounts.copy()))
        return moment

    def _check(self, mount: FolderMount, before: Handler | None, plan: Plan) -> None:
        if plan.new and plan.old:
            raise UsageError(
                f"deploy({mount.root!r}): new={[each.text for each in plan.new]} says what alone "
                f"is new, old={[each.text for each in plan.old]} what alone is old; give one."
            )
        if plan.needs_before and before is None:
            raise UsageError(
                f"deploy({mount.root!r}, {plan}): nothing is mounted at {mount.at} (mounted: "
                f"{self._shown_places()}), so nothing could be of before; mount or deploy the "
                f"first version, or name its place: at=…"
            )
        if plan.is_whole and is_same(mount, before):
            raise UsageError(
                f"deploy({mount.root!r}): {mount.at} serves this folder already, so nothing would "
                f"change. Files are read at each request: what was built into it since is out. "
                f"Keep each version in a folder of its own."
            )
        check_patterns(plan, (mount, before), mount.at)

    def _shown_places(self) -> str:
        return ", ".join(self._mounts.places) or "nothing"


def _options(before: Handler | None) -> FolderOptions:
    folder = folder_of(before)
    return FolderOptions() if folder is None else folder.options


def _joined(mount: FolderMount, before: Handler | None) -> Handler:
    """What had a path so far: the new version as well as those before it."""
    return DeployMount(mount.at, mount.version, mount, before, Plan())
