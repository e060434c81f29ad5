"""``--offline-report``: collects each test's part, in each process of a run, and writes the page.

Registered as a plugin of its own, and only where the option is given. A process of the run adds
each test, when it is over, to a file of its own in a temporary folder; who started the run reads
them all when the last test is done.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import quote

import pytest

from pytest_offline.errors import UsageError
from pytest_offline.hooks.attaching import attach
from pytest_offline.hooks.selection import is_ours
from pytest_offline.hooks.watching import Watcher
from pytest_offline.report import Failure, Part, Run, TestRecord, failures_of, pack, page
from pytest_offline.report.packing import Outcome

if TYPE_CHECKING:
    from pytest_offline.scene import Scene

_FOLDER: Final = "offline_report_folder"
_TARGET: Final = "offline_report_target"

_ARTIFACTS: Final = {".zip": "Playwright trace", ".webm": "video", ".png": "screenshot"}


@dataclass
class _Test:
    """What has been collected of a test that is not over yet."""

    outcome: Outcome = "passed"
    duration: float = 0.0
    reason: str = ""
    failures: list[Failure] = field(default_factory=list[Failure])
    watcher: Watcher | None = None
    scene: Scene | None = None
    record: TestRecord | None = None
    running: bool = False

    @property
    def base(self) -> str:
        """The URL of its origin, for what leaves it out; empty before and after there is one."""
        origins = self.scene.origins if self.scene is not None else ()
        return origins[0].url if origins else ""


_TEST: Final[pytest.StashKey[_Test]] = pytest.StashKey()


def start(config: pytest.Config, target: Path) -> None:
    """Begins to collect for the page; `target` is where it will be.

    Raises pytest.UsageError where no file can be written there.
    """
    if config.option.collectonly:
        return
    given = cast("dict[str, str] | None", getattr(config, "workerinput", None))
    if given is not None:
        collector = Collector(Path(given[_TARGET]), Path(given[_FOLDER]), config)
        config.pluginmanager.register(collector, "pytest_offline_report")
        return
    absolute = config.invocation_params.dir / target
    _check(target, absolute)
    folder = Path(tempfile.mkdtemp(prefix="offline-report-"))
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    config.pluginmanager.register(Writer(absolute, folder, config), "pytest_offline_report")


class Collector:
    """In a process that runs tests.

    Args:
        target: the page to be, absolute: links of other reports are made from it.
        folder: where the parts are kept until the run is over.
    """

    def __init__(self, target: Path, folder: Path, config: pytest.Config) -> None:
        self.target = target
        self.folder = folder
        self.config = config

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
    ) -> Generator[None, object, object]:
        """Around each fixture: the scene is watched from the moment it is set."""
        value = yield
        if fixturedef.argname == "scene" and request.scope == "function":
            test = request.node.stash.setdefault(_TEST, _Test())
            test.scene = cast("Scene", value)
            test.watcher = Watcher(test.scene)
        return value

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None]:
        """Around a test: a report made meanwhile is that of a subtest."""
        test = item.stash.setdefault(_TEST, _Test())
        test.running = True
        try:
            yield
        finally:
            test.running = False

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """When a phase is over and all others have said what became of it."""
        report = yield
        if not is_ours(item):
            return report
        test = item.stash.setdefault(_TEST, _Test())
        if test.running:
            if report.failed:
                test.outcome = "failed"
                test.failures += _failures(report, call, test.base)
            return report
        _take(test, report, call)
        if report.when == "call" or (report.when == "setup" and not report.passed):
            test.record = self._record(item, test)
            attach(report, test.record, self.target, self.config)
        elif report.when == "teardown":
            self._finish(item, test)
        return report

    def _record(self, item: pytest.Item, test: _Test) -> TestRecord:
        """While the pages are open still."""
        record = TestRecord(item.nodeid, test.outcome, build=_build(item, test))
        watcher, scene = test.watcher, test.scene
        if watcher is None or scene is None:
            return self._told(record, test)
        watcher.look("at the end of the test")
        origins = tuple(origin.url for origin in scene.origins)
        moments = watcher.moments()
        holdings = watcher.holdings()
        watcher.stop()
        return self._told(
            replace(
                record,
                origins=origins,
                moments=moments,
                holdings=holdings,
                pictures=tuple(watcher.pictures),
                notes=tuple(watcher.remarks),
            ),
            test,
        )

    def _told(self, record: TestRecord, test: _Test) -> TestRecord:
        return replace(
            record,
            outcome=test.outcome,
            duration=test.duration,
            reason=test.reason,
            failures=tuple(test.failures),
        )

    def _finish(self, item: pytest.Item, test: _Test) -> None:
        """When the last phase is over; what it said is added to what was collected before."""
        del item.stash[_TEST]
        if test.record is None:
            return
        artifacts = tuple(_artifacts(test.scene, self.target))
        self._write(pack(replace(self._told(test.record, test), artifacts=artifacts)))

    def _write(self, part: Part) -> None:
        # A process a file: no two ever write to the same, and an unfinished line is its last.
        with (self.folder / f"{os.getpid()}.jsonl").open("a", encoding="ascii") as file:
            file.write(f"{part.to_line()}\n")


class Writer(Collector):
    """In the process that was started: collects where it runs the tests itself, writes the page."""

    def __init__(self, target: Path, folder: Path, config: pytest.Config) -> None:
        super().__init__(target, folder, config)
        self._started = time.time()
        self._outcomes: dict[str, str] = {}
        self._told_at_end: list[str] = []

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """When pytest-xdist starts a process: where its parts go."""
        node.workerinput[_FOLDER] = str(self.folder)
        node.workerinput[_TARGET] = str(self.target)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """When a phase is told: counts tests that are none of ours, and notes who never came back.

        pytest-xdist reports a process that died under a test as phase ``???`` of that test.
        """
        if cast("str", report.when) == "???":
            # Not `longreprtext`, which begins with the process and its platform.
            said = str(report.longrepr).strip() or "the process of the test ended"
            failure = Failure("run", time.time() * 1000, "", said.partition("\n")[0], said)
            self._write(pack(TestRecord(report.nodeid, "error", failures=(failure,))))
        if report.when == "call" or not report.passed:
            self._outcomes[report.nodeid] = report.outcome

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """When the last test is over, in whatever process."""
        parts, notes = self._parts()
        if exitstatus == pytest.ExitCode.INTERRUPTED:
            notes.append("The run was interrupted: tests that had not ended are not shown.")
        ours = {part.head["id"] for part in parts}
        others = Counter(kind for name, kind in self._outcomes.items() if name not in ours)
        run = Run(
            title=f"Offline report: {self.config.rootpath.name}",
            created=datetime.datetime.now().astimezone().strftime("%Y-%m-%d %H:%M"),
            duration=time.time() - self._started,
            others=others,
            notes=tuple(notes),
        )
        if not self._publish(parts, run) and exitstatus == pytest.ExitCode.OK:
            # Who asked for the page (a job that keeps it) would look for one that is not there.
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """At the end of a run: where the page is."""
        terminalreporter.section("offline report")
        for line in self._told_at_end:
            terminalreporter.write_line(line)

    def _publish(self, parts: Sequence[Part], run: Run) -> bool:
        """Whole or not at all: the page of the run before stays until this one is written."""
        beside = self.target.with_name(f".{self.target.name}.{os.getpid()}")
        try:
            self.target.parent.mkdir(parents=True, exist_ok=True)
            with beside.open("w", encoding="utf-8") as file:
                file.writelines(page(parts, run))
            beside.replace(self.target)
        except OSError as error:
            with contextlib.suppress(OSError):
                beside.unlink()
            self._told_at_end.append(
                f"--offline-report {self.target}: not written ({error}); make room there or name "
                f"another file, and run again"
            )
            return False
        tests = "1 test" if len(parts) == 1 else f"{len(parts)} tests"
        self._told_at_end.append(f"{tests}: {self.target.as_uri()}")
        return True

    def _parts(self) -> tuple[list[Part], list[str]]:
        parts: list[Part] = []
        notes: list[str] = []
        for path in sorted(self.folder.glob("*.jsonl")):
            for line in path.read_text(encoding="ascii").splitlines():
                try:
                    parts.append(Part.from_line(line))
                except UsageError as error:
                    notes.append(str(error))
        return parts, notes


def _take(test: _Test, report: pytest.TestReport, call: pytest.CallInfo[None]) -> None:
    """What one phase came to."""
    test.duration += report.duration
    expected = cast("str | None", getattr(report, "wasxfail", None))
    if report.failed:
        test.outcome = "failed" if report.when == "call" else "error"
        test.failures += _failures(report, call, test.base)
    elif report.skipped:
        test.outcome = "skipped" if expected is None else "xfailed"
        test.reason = _skipped(report) if expected is None else expected
    elif expected is not None and report.when == "call":
        test.outcome, test.reason = "xpassed", expected


def _failures(report: pytest.TestReport, call: pytest.CallInfo[None], base: str) -> list[Failure]:
    when, text, ended = report.when or "", report.longreprtext, call.stop * 1000
    if call.excinfo is None:
        reason = next(iter(_lines(text)), "it failed without saying why")
        return [Failure(when, ended, "", reason, text)]
    return failures_of(call.excinfo.value, phase=when, time=ended, traceback=text, base=base)


def _skipped(report: pytest.TestReport) -> str:
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    return report.longreprtext


def _lines(text: str) -> Iterator[str]:
    return (line.strip() for line in text.splitlines() if line.strip())


def _build(item: pytest.Item, test: _Test) -> str | None:
    if test.scene is not None and test.scene.build is not None:
        return test.scene.build
    params = cast("dict[str, object]", getattr(getattr(item, "callspec", None), "params", {}))
    name = params.get("browser_name")
    return str(name) if name is not None else None


def _artifacts(scene: Scene | None, target: Path) -> Iterator[tuple[str, str]]:
    """Files that pytest-playwright left of the test, as links from the page."""
    if scene is None or scene.artifacts is None or not scene.artifacts.is_dir():
        return
    for path in sorted(scene.artifacts.rglob("*")):
        if path.is_file():
            kind = _ARTIFACTS.get(path.suffix)
            name = f"{kind} ({path.name})" if kind else path.name
            yield name, quote(Path(os.path.relpath(path, target.parent)).as_posix())


def _check(given: Path, target: Path) -> None:
    """Said before the first test, not after the last."""
    if target.is_dir():
        raise pytest.UsageError(
            f"--offline-report {given} is a folder; give a file in it, such as {given}/offline.html"
        )
    there = next(parent for parent in target.parents if parent.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise pytest.UsageError(
            f"--offline-report {given}: no file can be written in {there}; name another place"
        )
