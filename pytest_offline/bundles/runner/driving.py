"""A scenario's steps, taken in a browser, each held against what is right."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from playwright.sync_api import Browser, BrowserContext, Error, Page, Response, expect

from .fields import BundleError, Json
from .serving import Served
from .switching import switch
from .words import (
    Act,
    ClosePage,
    Evaluate,
    Expect,
    Goto,
    Loading,
    OpenPage,
    Outcome,
    Reload,
    Requests,
    Scenario,
    Send,
    Serve,
    SetNetwork,
    Step,
    Travel,
    Untold,
    WaitFor,
    WaitUntilReady,
)

CALL_MS: Final = 30_000

OnPage = Callable[[Page], object]

# Errors travel by their names: what Playwright makes of them differs from browser to browser.
_EVALUATE: Final = """async ([asked, limit]) => {
  const told = (async () => {
    const given = (%s
    );
    const value = await (typeof given === 'function' ? given(asked) : given);
    return {value: value === undefined ? null : value};
  })().catch((error) => ({
    error: String((error && error.name) || error), message: String((error && error.message) || ''),
  }));
  const late = new Promise((settle) => setTimeout(settle, limit * 1000, {late: true}));
  return Promise.race([told, late]);
}"""

_READY: Final = """async ([wanted, limit]) => {
  const container = navigator.serviceWorker;
  if (!container) return 'this page has no navigator.serviceWorker';
  let stage = 'no service worker became active';
  const ready = (async () => {
    const worker = (await container.ready).active;
    stage = 'the service worker did not end activating';
    if (worker.state === 'activating') {
      await new Promise((go) => worker.addEventListener('statechange', go, {once: true}));
    }
    stage = 'no service worker took control of the page';
    if (wanted.controlled && !container.controller) {
      await new Promise((go) => container.addEventListener('controllerchange', go, {once: true}));
    }
    for (const url of wanted.cached) {
      stage = 'no cache has ' + url;
      while (!(await caches.match(url))) await new Promise((go) => setTimeout(go, 20));
    }
    return '';
  })();
  return Promise.race([ready, new Promise((go) => setTimeout(() => go(stage), limit * 1000))]);
}"""


@dataclass(frozen=True)
class Finding:
    """One step that was taken.

    Attributes:
        number: its place in the scenario, from 1.
        did: the step, in words.
        seen: what came of it.
        wrong: what is right in its place; empty where it is that, or where nothing was said.
    """

    number: int
    did: str
    seen: str
    wrong: str = ""

    def __str__(self) -> str:
        wrong = f"\n       WRONG: {self.wrong}" if self.wrong else ""
        return f"  {self.number:3}  {self.did}: {self.seen}{wrong}"


class _Wrong(Exception):
    """Something else than what is right: what was seen, and what is right."""


class Driver:
    """Takes the steps of one scenario in contexts of its own, which it closes again.

    Args:
        on_page: called with each page that it opens.
        lent: a context that is there, for a scenario that needs no other: it opens its pages in
            it, and closes them again. Storage is apart all the same, for the port is another.
    """

    def __init__(
        self,
        browser: Browser,
        served: Served,
        scenario: Scenario,
        on_page: OnPage | None = None,
        lent: BrowserContext | None = None,
    ) -> None:
        self._browser = browser
        self._served = served
        self._scenario = scenario
        self._on_page = on_page
        self._contexts: dict[str, BrowserContext] = {}
        self._lent = None if scenario.context else lent
        self._pages: dict[str, Page] = {}
        self._offline = False
        self._does: Mapping[type[Step], Callable[[Any], str]] = {
            OpenPage: self._open, ClosePage: self._close, Goto: self._goto, Reload: self._reload,
            Travel: self._travel, Evaluate: self._evaluate, WaitFor: self._wait_for,
            WaitUntilReady: self._ready, Act: self._act, Expect: self._expect,
            SetNetwork: self._network, Serve: self._serve, Send: self._send,
            Requests: self._requests,
            Untold: lambda step: f"cannot be done again, and is left out: {step.what}",
        }  # fmt: skip

    def run(self) -> list[Finding]:
        """Takes every step; what came of each.

        Raises:
            BundleError: the browser died, or a step cannot be taken in any browser.
        """
        try:
            return [
                self._taken(number, step) for number, step in enumerate(self._scenario.steps, 1)
            ]
        finally:
            if self._browser.is_connected():
                self._leave()

    def _leave(self) -> None:
        for context in self._contexts.values():
            if context is not self._lent:
                context.close()
                continue
            for page in self._pages.values():
                page.close()
            switch(context, offline=False)

    def _taken(self, number: int, step: Step) -> Finding:
        did = described(step)
        try:
            return Finding(number, did, self._does[type(step)](step))
        except _Wrong as wrong:
            return Finding(number, did, *wrong.args)
        except Error as error:
            if not self._browser.is_connected():
                raise BundleError(f"the browser died in step {number}, {did}") from None
            return Finding(number, did, first_line(error), "that the step can be taken")

    def _page(self, name: str) -> Page:
        if name not in self._pages:
            self._open(OpenPage(name))
        return self._pages[name]

    def _open(self, step: OpenPage) -> str:
        if step.context not in self._contexts:
            self._contexts[step.context] = self._context()
        page = self._contexts[step.context].new_page()
        if self._on_page is not None:
            self._on_page(page)
        self._pages[step.page] = page
        return "open"

    def _context(self) -> BrowserContext:
        if self._lent is not None and not self._contexts:
            return self._lent
        options = cast("dict[str, Any]", self._now(dict(self._scenario.context)))
        context = self._browser.new_context(**options, offline=self._offline)
        context.set_default_timeout(CALL_MS)
        return context

    def _close(self, step: ClosePage) -> str:
        self._page(step.page).close()
        del self._pages[step.page]
        return "closed"

    def _goto(self, step: Goto) -> str:
        page = self._page(step.page)
        return _loaded(step.outcome, step.status, lambda: page.goto(self._served.url(step.url)))

    def _reload(self, step: Reload) -> str:
        page = self._page(step.page)
        return _loaded(step.outcome, step.status, page.reload)

    def _travel(self, step: Travel) -> str:
        page = self._page(step.page)
        move = page.go_back if step.to == "back" else page.go_forward
        return _loaded(step.outcome, None, move)

    def _evaluate(self, step: Evaluate) -> str:
        given = self._evaluated(step)
        if given.get("late"):
            seen = f"not settled after {step.limit:g} s"
            if step.expected:
                raise _Wrong(seen, _any_of(step.expected))
            return seen
        outcome = Outcome(given.get("value"), given.get("error", ""))
        seen = f"{outcome}" + (f" ({given['message']})" if given.get("message") else "")
        wanted = [Outcome(self._now(each.value), each.error) for each in step.expected]
        if wanted and not any(_same(outcome, each) for each in wanted):
            raise _Wrong(seen, _any_of(wanted))
        if any(_same(outcome, Outcome(self._now(each.value), each.error)) for each in step.wrong):
            raise _Wrong(seen, "something else: this came when the test failed")
        return seen

    def _evaluated(self, step: Evaluate) -> dict[str, Json]:
        page, script = self._page(step.page), self._served.text(step.script)
        asked = self._now(step.argument)
        try:
            return page.evaluate(_EVALUATE % script, [asked, step.limit])
        except Error as error:
            if "SyntaxError" not in error.message:
                raise
        # No expression but statements, which Playwright takes too.
        return {"value": page.evaluate(script, asked)}

    def _wait_for(self, step: WaitFor) -> str:
        page = self._page(step.page)
        script, asked = self._served.text(step.script), self._now(step.argument)
        try:
            page.wait_for_function(script, arg=asked, timeout=step.limit * 1000)
        except Error as error:
            raise _Wrong(first_line(error), "that it comes to be true") from None
        return "came true"

    def _ready(self, step: WaitUntilReady) -> str:
        wanted = {
            "controlled": step.controlled,
            "cached": [self._served.text(url) for url in step.cached],
        }
        missing = self._page(step.page).evaluate(_READY, [wanted, step.limit])
        if missing:
            raise _Wrong(missing, f"that it is ready within {step.limit:g} s")
        return "ready"

    def _act(self, step: Act) -> str:
        page = self._page(step.page)
        target: Any = page.locator(step.selector) if step.selector else page.keyboard
        act = getattr(target, step.method, None)
        if act is None:
            raise BundleError(f"{step.method}() needs a selector; only press() can do without")
        self._called(act, step.arguments, {})
        return "done"

    def _expect(self, step: Expect) -> str:
        page = self._page(step.page)
        about: Any = page.locator(step.selector) if step.selector else page
        name = f"not_{step.assertion}" if step.negated else step.assertion
        holds: Any = getattr(cast("Any", expect(about)), name, None)
        if holds is None:
            raise BundleError(f"{step.assertion} is not for a {type(about).__name__}")
        options = {**step.options, "timeout": step.limit * 1000}
        try:
            self._called(holds, step.arguments, options)
        except AssertionError as error:
            raise _Wrong(_actual(str(error)), "that it comes to hold") from None
        return "holds"

    def _called(
        self, call: Callable[..., Any], arguments: Sequence[Json], options: Mapping[str, Json]
    ) -> None:
        given = [_patterns(self._now(each)) for each in arguments]
        try:
            call(*given, **{name: _patterns(self._now(each)) for name, each in options.items()})
        except TypeError as error:
            raise BundleError(
                f"scenario.json: {call.__name__}() cannot be called so: {error}"
            ) from None

    def _network(self, step: SetNetwork) -> str:
        # The cut first, the way back first: no page believes itself offline and is answered.
        self._served.set_network(step.reachable, step.effects)
        self._offline = not step.browser_online
        for context in self._contexts.values():
            switch(context, offline=self._offline)
        return "in force"

    def _serve(self, step: Serve) -> str:
        self._served.lay(step.host, step.answers)
        return "in force"

    def _send(self, step: Send) -> str:
        text = self._served.text(step.text)
        return f"over {self._served.send(step.host, step.path, text)} that were open"

    def _requests(self, step: Requests) -> str:
        found = self._served.requests(step.host, step.path)
        seen = f"{len(found)} ({'; '.join(map(str, found[:8]))})" if found else "none"
        if len(found) < step.least or (step.most is not None and len(found) > step.most):
            most = "or more" if step.most is None else f"to {step.most}"
            wanted = str(step.least) if step.most == step.least else f"{step.least} {most}"
            raise _Wrong(seen, f"{wanted} of them")
        return seen

    def _now(self, value: Json) -> Json:
        """JSON with the ports of the day."""
        if isinstance(value, str):
            return self._served.text(value)
        if isinstance(value, Mapping):
            pairs = cast("Mapping[str, Json]", value).items()
            return {name: self._now(each) for name, each in pairs}
        if isinstance(value, (list, tuple)):
            return [self._now(each) for each in cast("Sequence[Json]", value)]
        return value


def described(step: Step) -> str:
    """A step in a line."""
    words: dict[type[Step], str] = {
        Goto: "url", Evaluate: "script", WaitFor: "script", Act: "method", Expect: "assertion",
        SetNetwork: "name", Requests: "path", Send: "path", OpenPage: "page", ClosePage: "page",
    }  # fmt: skip
    detail = str(getattr(step, words.get(type(step), ""), ""))
    selector = getattr(step, "selector", "")
    text = " ".join(f"{step.do} {detail} {selector}".split())
    if step.note:
        text = f"{step.note} [{text}]"
    return text if len(text) <= 120 else f"{text[:117]}…"


def first_line(error: BaseException) -> str:
    """What an error says, as a line."""
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def _loaded(wanted: Loading, status: int | None, move: Callable[[], Response | None]) -> str:
    try:
        response = move()
    except Error as error:
        seen = f"fails ({first_line(error)})"
        if wanted == "loads":
            raise _Wrong(seen, "that it loads") from None
        return seen
    came = response.status if response is not None else None
    seen = "loads" if came is None else f"loads ({came})"
    if wanted == "fails":
        raise _Wrong(seen, "that it fails")
    if status is not None and came != status:
        raise _Wrong(seen, f"the status {status}")
    return seen


def _same(one: Outcome, other: Outcome) -> bool:
    if one.error or other.error:
        return one.error == other.error
    return _plain(one.value) == _plain(other.value)


def _plain(value: Json) -> Json:
    """JSON to be compared: true is not 1, and 1.0 is."""
    if isinstance(value, bool):
        return ("true",) if value else ("false",)
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in cast("Mapping[str, Json]", value).items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in cast("Sequence[Json]", value)]
    return value


def _any_of(outcomes: Sequence[Outcome]) -> str:
    return " or ".join(map(str, outcomes))


def _patterns(value: Json) -> Any:
    """``{"regex": "…", "flags": "i"}`` is a pattern."""
    if isinstance(value, Mapping):
        found = cast("Mapping[str, Json]", value)
        if set(found) <= {"regex", "flags"} and isinstance(found.get("regex"), str):
            return re.compile(found["regex"], re.IGNORECASE if "i" in found.get("flags", "") else 0)
    if isinstance(value, list):
        return [_patterns(each) for each in cast("list[Json]", value)]
    return cast("Any", value)


def _actual(message: str) -> str:
    """What a failed assertion of Playwright saw, without its log."""
    lines = [line.strip() for line in message.partition("Call log")[0].splitlines()]
    return "; ".join(line for line in lines if line)
