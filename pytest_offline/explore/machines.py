"""State machines for a site: calls of the Cache API between rules of the site's own.

A subclass of `CacheStateMachine` adds rules that make the site do something, and invariants that
have to hold of it. Every call, the site's and the machine's, is recorded by the probes; at the end
of each example the whole history is held against the model.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_offline.errors import UsageError
from pytest_offline.explore.causes import Outcome
from pytest_offline.explore.program import Program, Step
from pytest_offline.explore.runner import Runner
from pytest_offline.explore.strategies import (
    changes_of_storage,
    deletions,
    puts,
    queries,
    queries_of_storage,
)
from pytest_offline.explore.telling import form_lines, in_all_forms
from pytest_offline.record import EXAMPLE

if TYPE_CHECKING:
    from hypothesis import settings as Settings  # noqa: N812
    from playwright.sync_api import Page

    from pytest_offline.caches import Caches
    from pytest_offline.network import Network
    from pytest_offline.origin import Origin
    from pytest_offline.service_worker import ServiceWorkers

from hypothesis import note
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

RULES_FOLLOWED = "this machine's own calls, without the site's:"


@dataclass(frozen=True)
class Stage:
    """The fixtures of a test, for a machine to play with.

    Attributes:
        network, service_worker: for machines that take the network away, or watch a worker.
    """

    page: Page
    caches: Caches
    network: Network | None = None
    service_worker: ServiceWorkers | None = None


class CacheStateMachine(RuleBasedStateMachine):
    """Calls of the Cache API in a page, in any order, on caches that are empty at the beginning.

    Subclass it for an app's own rules, and run it in a test::

        class Notes(CacheStateMachine):
            @rule(text=st.text())
            def save(self, text):
                self.page.evaluate("text => save(text)", text)

        def test_notes(page, origin, caches):
            origin.mount("notes")
            page.goto(origin.url)
            Notes.explore(page, caches)

    Attributes:
        page, caches, origin: of the test.
        steps: what the machine itself called.
    """

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage = stage
        self.page: Page = stage.page
        self.caches: Caches = stage.caches
        self.origin: Origin = stage.caches.origin
        self.steps: list[Step] = []
        with self.caches.noted(EXAMPLE) as noted:
            noted["run"] = id(stage)
            self.begin()

    @classmethod
    def explore(
        cls,
        page: Page,
        caches: Caches,
        *,
        network: Network | None = None,
        service_worker: ServiceWorkers | None = None,
        settings: Settings | None = None,
    ) -> None:
        """Run examples of this machine until one fails, or as many as the settings say.

        Args:
            settings: Hypothesis's; an example has no time limit, whatever they say.

        Raises:
            ModelMismatch: the browser did what the model does not allow.
            AssertionError: whatever a rule or invariant of a subclass asserts.
        """
        from hypothesis import HealthCheck
        from hypothesis import settings as hypothesis_settings

        stage = Stage(page, caches, network, service_worker)
        known: Any = list(HealthCheck)
        # A browser has its own time, and the fixtures are set up once for all examples: `begin`
        # puts back what matters.
        limits = hypothesis_settings(settings, deadline=None, suppress_health_check=known)
        factory: Any = lambda: cls(stage)  # noqa: E731 (typed as a class, but called only)
        run_state_machine_as_test(factory, settings=limits)

    def begin(self) -> None:
        """Put everything back before an example: by default, all caches go.

        A bundle of the test has the last example alone, so it has to begin where the first did.
        """
        self.caches.clear()

    def perform(self, step: Step) -> Outcome:
        """Make one call in the page; a Cache that it needs is opened first."""
        self.steps.append(step)
        program = Program((step,)).complete()
        runner = Runner(self.page, self.origin.url, fresh=False)
        return runner.run_as_it_is(program)[-1]

    @rule(step=puts())
    def put(self, step: Step) -> None:
        """Put something."""
        self.perform(step)

    @rule(step=queries())
    def query(self, step: Step) -> None:
        """Ask a cache for something."""
        self.perform(step)

    @rule(step=queries_of_storage())
    def query_storage(self, step: Step) -> None:
        """Ask all caches for something, or for their names."""
        self.perform(step)

    @rule(step=deletions())
    def remove(self, step: Step) -> None:
        """Delete entries."""
        self.perform(step)

    @rule(step=changes_of_storage())
    def change_storage(self, step: Step) -> None:
        """Open or delete a cache."""
        self.perform(step)

    def teardown(self) -> None:
        """Hold the whole history against the model, unless the example failed already."""
        failed = sys.exc_info()[0] is not None
        try:
            if not failed:
                self.caches.verify()
        except AssertionError:
            failed = True
            raise
        finally:
            if failed and self.steps:
                forms = in_all_forms(Program(tuple(self.steps)))
                note("\n".join([RULES_FOLLOWED, *form_lines(forms)]))


def needed(value: Any, name: str, machine: type[CacheStateMachine]) -> Any:
    """A fixture that a machine cannot do without.

    Raises:
        UsageError: it was not given.
    """
    if value is None:
        raise UsageError(
            f"{machine.__name__} needs the fixture {name!r} and was given None: ask for it in the "
            f"test, and hand it over: {machine.__name__}.explore(page, caches, {name}={name})"
        )
    return value
