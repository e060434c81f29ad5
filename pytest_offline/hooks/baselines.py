"""``--offline-baseline FILE``: what each test saw offline, held against a file of the repository.

Registered as a plugin of its own, and only where the option is given. A test is compared, and
fails, in the process that runs it; sections to be written come home to who started the run.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import pytest

from pytest_offline.baseline import (
    Baseline,
    BaselineError,
    Section,
    compare,
    opened,
    read,
    section_of_test,
    settled,
    told,
    write,
)
from pytest_offline.hooks.selection import SCENE
from pytest_offline.record import FetchAnswer, installs_of
from pytest_offline.record.wording import listed

if TYPE_CHECKING:
    from pytest_offline.origin import Origin
    from pytest_offline.record import Snapshot, WorkerEvent
    from pytest_offline.scene import Scene
    from pytest_offline.service_worker import ServiceWorkers

_FOUND: Final = "offline_baseline"
_NEWS_MS: Final = 100
_MOST_NEWS: Final = 5


def start(config: pytest.Config, file: Path | None, update: bool) -> None:
    """Begins to compare, or to collect for a new file.

    Raises pytest.UsageError where the file cannot be read, or is not there and not to be written.
    """
    if file is None:
        if update:
            raise pytest.UsageError(
                "--offline-update writes a baseline anew: name it with --offline-baseline FILE"
            )
        return
    if config.option.collectonly:
        return
    path = config.invocation_params.dir / file
    try:
        before = opened(path, str(file), update)
    except BaselineError as error:
        raise pytest.UsageError(f"--offline-baseline: {error}") from None
    plugin = Baselines(path, str(file), before, update)
    config.pluginmanager.register(plugin, "pytest_offline_baseline")


class Baselines:
    """One process's.

    Args:
        path: of the file; shown: as it was given.
        before: what it says.
        update: whether it is to be written; else what is worse fails its test.
    """

    def __init__(self, path: Path, shown: str, before: Baseline, update: bool) -> None:
        self._path = path
        self._shown = shown
        self._before = before
        self._update = update
        # In their bands already, by the process that ran the test: to settle them once more would
        # take a value that shrank by one band for one that swings around the border.
        self._found: dict[str, Section] = {}
        self._told: list[str] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None]:
        """Around a test: at its end, while its pages are open; what failed by itself stays out."""
        __tracebackhide__ = True
        yield
        scene = item.stash.get(SCENE, None)
        before = self._before.get(item.nodeid)
        section = None if scene is None else _section_of(scene, before)
        if section is None:
            return
        self._found[item.nodeid] = settled(before, section)
        if not self._update:
            self._compare(item.nodeid, section)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """When the tests of a process are over: its part goes home, or is written."""
        output = cast("dict[str, Any] | None", getattr(session.config, "workeroutput", None))
        if output is not None:
            output[_FOUND] = {"sections": write(self._found), "told": self._told}
        elif self._update and self._found:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            now = {**self._kept(), **self._found}
            left = {name: section for name, section in now.items() if _says(section)}
            self._path.write_text(write(left), "utf-8")

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """When a process of pytest-xdist has ended: its part. One that died has none."""
        part = getattr(node, "workeroutput", {}).get(_FOUND)
        if part is not None:
            self._found.update(read(part["sections"], "a process of pytest-xdist"))
            self._told += part["told"]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """At the end: what is otherwise and no failure, or what was written."""
        lines = list(self._summary())
        if lines:
            terminalreporter.section("offline: the baseline")
            for line in lines:
                terminalreporter.write_line(line)

    def _compare(self, name: str, section: Section) -> None:
        __tracebackhide__ = True
        if name not in self._before:
            return
        changes = compare(self._before, {name: section})
        worse = [change for change in changes if change.kind == "worse"]
        if worse:
            pytest.fail("\n".join(told(worse, self._shown)), pytrace=False)
        if changes:
            self._told += list(told(changes, self._shown))[:-1]

    def _kept(self) -> Baseline:
        """The sections of before, but for those of test files that are no more."""
        root = self._path.parent
        return {
            name: section
            for name, section in self._before.items()
            if "::" not in name or _is_there(root, name)
        }

    def _summary(self) -> Iterator[str]:
        yield from self._told
        if self._update:
            if self._found:
                tests = "1 test" if len(self._found) == 1 else f"{len(self._found)} tests"
                yield f"{self._shown} was written: {tests} of this run, the others as they were."
            else:
                yield f"{self._shown} was left as it is: no test that passed used an origin."
            return
        new = [name for name in self._found if name not in self._before]
        if new:
            named = listed(sorted(new), 1)
            yield f"{self._shown} does not know {named}: add with --offline-update."
        elif self._told:
            yield f"Nothing is worse than {self._shown} says: keep this with --offline-update."


def _is_there(root: Path, name: str) -> bool:
    file = name.partition("::")[0]
    return any((folder / file).exists() for folder in (root, *root.parents))


def _says(section: Section) -> bool:
    return bool(section.pages or section.cached or section.faults)


def _section_of(scene: Scene, before: Section | None) -> Section | None:
    """What the test saw; None where it had no origin, or nothing of it can go offline.

    Args:
        before: what the baseline says of it: that nothing is left of that is seen too.
    """
    if scene.session is None or not scene.origins:
        return None
    scene.catch_up()
    looks = [_snapshot(scene, origin) for origin in scene.origins]
    parts = [
        _part(scene, origin, look or {}) for origin, look in zip(scene.origins, looks, strict=True)
    ]
    pages = {path: state for part in parts for path, state in part.pages.items()}
    cached = {url: held for part in parts for url, held in part.cached.items()}
    if before is not None and None in looks:
        # Nobody could look: what the caches hold is as it was, for all that is known.
        cached = {**before.cached, **cached}
    section = Section(pages, cached)
    return section if before is not None or _says(section) else None


def _part(scene: Scene, origin: Origin, snapshot: Snapshot) -> Section:
    from pytest_offline.caches import Caches
    from pytest_offline.service_worker import ServiceWorkers

    events = _answered(ServiceWorkers(scene, origin))
    number = scene.origins.index(origin)
    return section_of_test(
        origin.url,
        "/" if number == 0 else f"origin {number + 1}: /",
        scene.network.times_away(),
        tuple(origin.requests),
        tuple(event for event in events if isinstance(event, FetchAnswer)),
        Caches(scene, origin).operations,
        installs_of(events),
        snapshot,
    )


def _answered(workers: ServiceWorkers) -> Sequence[WorkerEvent]:
    """The events; where the record of an answer is still to come, it is waited for."""
    for _ in range(_MOST_NEWS):
        events = workers.events
        if not any(isinstance(each, FetchAnswer) and each.source == "pending" for each in events):
            break
        workers.wait_for_news(_NEWS_MS)
    return workers.events


def _snapshot(scene: Scene, origin: Origin) -> Snapshot | None:
    """What the caches hold, asked of a page that is open: none is opened for it."""
    from playwright.sync_api import Error

    from pytest_offline.errors import OfflineError

    session = scene.session
    if session is None:
        return None
    newest_first = reversed(session.contexts)
    try:
        found = (session.snapshot_in(context, origin.url) for context in newest_first)
        return next((each for each in found if each is not None), None)
    except (OfflineError, Error):
        return None
