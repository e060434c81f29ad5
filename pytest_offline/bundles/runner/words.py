"""The words of a bundle: a site, and what is done with it, as frozen data.

A scenario says what has to happen: every step may name what is right, and a bundle "fails" in a
browser where something else comes. URLs are paths at the origin ``main``, or absolute as
``http://NAME.localhost:0/path``: port 0 stands for the one of the day. ``json_form.py`` writes and
reads it all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final, Literal

from .fields import Headers, Json

VERSION: Final = 1
"""Of the form that is written, and the newest that is read."""

MAIN: Final = "main"
"""The origin that paths without a host are at."""

PAGE: Final = "page"
"""The page of steps that name none; it is opened by the first step that needs it."""

Loading = Literal["", "loads", "fails"]
"""What has to become of a navigation: nothing is said, it ends at a document, it fails."""


Direction = Literal["back", "forward"]

Live = Literal["", "events", "echo"]


@dataclass(frozen=True)
class Answer:
    """One answer of the site: what `Origin.reply` scripts, as data.

    Attributes:
        path: with a query (``/a?b=1``) for exactly that, without one for any query. ``*`` answers
            navigations to what is not there, as the fallback of single-page apps.
        headers: in order; a Content-Length is made by whoever serves it.
        delay, pause: seconds before the head, and between pieces.
        pieces: sizes, in bytes, of what the body goes out in, its length not said beforehand;
            empty for at once.
        cut_after: bytes of the body after which the connection is closed; None for never.
        times: after so many answers the one before it answers again; None for ever.
        live: what stays open: ``events``, an event stream; ``echo``, a web socket that sends back
            what it is sent. `Send` sends over both.
    """

    path: str
    body: bytes = b""
    status: int = 200
    headers: Headers = ()
    method: str = "GET"
    delay: float = 0
    pause: float = 0
    pieces: tuple[int, ...] = ()
    cut_after: int | None = None
    times: int | None = None
    live: Live = ""


@dataclass(frozen=True)
class Host:
    """One origin: ``http://NAME.localhost:PORT/``; of answers for one path the last one counts."""

    answers: tuple[Answer, ...] = ()
    name: str = MAIN


@dataclass(frozen=True)
class Site:
    """What is served: one origin, or several, each with a name of its own."""

    hosts: tuple[Host, ...] = (Host(),)

    @classmethod
    def of(cls, *answers: Answer) -> Site:
        """A site of one origin, ``main``."""
        return cls((Host(answers),))


@dataclass(frozen=True)
class Outcome:
    """What a script may come to: a value, or the name of what it threw.

    Attributes:
        value: as JSON; ``undefined`` is None.
        error: ``TypeError``, ``InvalidStateError``, …; empty for a value.
    """

    value: Json = None
    error: str = ""

    def __str__(self) -> str:
        if self.error:
            return f"{self.error} thrown"
        return json.dumps(self.value, ensure_ascii=False, default=str)


@dataclass(frozen=True)
class Effect:
    """What a condition does to exchanges: the effects of `pytest_offline.Condition`, as data.

    Attributes:
        kind: ``stop``, ``latency``, ``jitter``, ``bandwidth``, ``flaky``, ``flapping``,
            ``truncate``, ``answer``, ``corrupt``.
        settings: by the names of that effect: ``{"ms": 200}``, ``{"rate": 0.1, "seed": 1}``.
        scopes: patterns that all have to cover a path, at every host (``(excluded, ("/api/*",))``)
            or at one (``"cdn/fonts/*"``).
    """

    kind: str
    settings: Mapping[str, Json] = field(default_factory=dict[str, Json])
    scopes: tuple[tuple[bool, tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class Step:
    """The root of what can be done.

    Attributes:
        note: what it is for, for who reads it: a line of the model, why it is there.
    """

    do: ClassVar[str] = ""

    note: str = field(default="", kw_only=True)


@dataclass(frozen=True)
class OpenPage(Step):
    """Opens a page; one of another context shares no storage with the others."""

    do: ClassVar[str] = "open page"

    page: str = PAGE
    context: str = "context"


@dataclass(frozen=True)
class ClosePage(Step):
    """Closes a page."""

    do: ClassVar[str] = "close page"

    page: str = PAGE


@dataclass(frozen=True)
class Goto(Step):
    """Opens a URL.

    Attributes:
        status: of the answer; None where it does not matter.
    """

    do: ClassVar[str] = "goto"

    url: str = "/"
    outcome: Loading = ""
    status: int | None = None
    page: str = PAGE


@dataclass(frozen=True)
class Reload(Step):
    """Loads the page again."""

    do: ClassVar[str] = "reload"

    outcome: Loading = ""
    status: int | None = None
    page: str = PAGE


@dataclass(frozen=True)
class Travel(Step):
    """Goes through the page's history: ``back`` or ``forward``."""

    do: ClassVar[str] = "travel"

    to: Direction = "back"
    outcome: Loading = ""
    page: str = PAGE


@dataclass(frozen=True)
class Evaluate(Step):
    """Runs JavaScript in the page: a function's source, or an expression.

    Attributes:
        argument: given to the function.
        expected: what is right, any of them; empty where nothing is said.
        wrong: what is not, where only that is known: it came when a test failed.
        limit: seconds after which it counts as one that never settles.
    """

    do: ClassVar[str] = "evaluate"

    script: str = "0"
    argument: Json = None
    expected: tuple[Outcome, ...] = ()
    wrong: tuple[Outcome, ...] = ()
    limit: float = 20
    page: str = PAGE


@dataclass(frozen=True)
class WaitFor(Step):
    """Waits until a function, or an expression, gives what is true: that has to come."""

    do: ClassVar[str] = "wait for"

    script: str = "true"
    argument: Json = None
    limit: float = 20
    page: str = PAGE


@dataclass(frozen=True)
class WaitUntilReady(Step):
    """Waits until a service worker of the page is active, and URLs are cached.

    Attributes:
        controlled: whether it also has to control the page.
        cached: URLs that some cache has to answer.
    """

    do: ClassVar[str] = "wait until ready"

    controlled: bool = False
    cached: tuple[str, ...] = ()
    limit: float = 20
    page: str = PAGE


@dataclass(frozen=True)
class Act(Step):
    """What a person does, by one of Playwright's methods of a locator: ``click``, ``fill``, ….

    Attributes:
        selector: as Playwright has it; empty for the page itself.
    """

    do: ClassVar[str] = "act"

    method: str = "click"
    selector: str = ""
    arguments: tuple[Json, ...] = ()
    page: str = PAGE


@dataclass(frozen=True)
class Expect(Step):
    """One of Playwright's assertions: ``to_have_text``, ``to_be_visible``, ``to_have_url``, ….

    Attributes:
        selector: of the locator it is about; empty for the page.
        options: given to the assertion by name.
        negated: whether it is ``not_to_…``.
    """

    do: ClassVar[str] = "expect"

    assertion: str = "to_be_visible"
    selector: str = ""
    arguments: tuple[Json, ...] = ()
    options: Mapping[str, Json] = field(default_factory=dict[str, Json])
    negated: bool = False
    limit: float = 5
    page: str = PAGE


@dataclass(frozen=True)
class SetNetwork(Step):
    """What the network does from here on.

    Attributes:
        reachable: whether origins answer at all: where not, not one byte is sent.
        browser_online: the browser's own switch, ``navigator.onLine``. Away alone
            (``reachable=True, browser_online=False``) it is ``context.set_offline(True)``, bare.
        name: for the report.
    """

    do: ClassVar[str] = "network"

    reachable: bool = True
    browser_online: bool = True
    effects: tuple[Effect, ...] = ()
    name: str = ""


@dataclass(frozen=True)
class Serve(Step):
    """The site changes: these answers count from here on, over those that were there."""

    do: ClassVar[str] = "serve"

    answers: tuple[Answer, ...] = ()
    host: str = MAIN


@dataclass(frozen=True)
class Send(Step):
    """The origin sends a message over every stream and socket that is open at a path."""

    do: ClassVar[str] = "send"

    path: str = "/"
    text: str = ""
    host: str = MAIN


@dataclass(frozen=True)
class Requests(Step):
    """How often a path was asked for, as the origin saw it, since the network last changed.

    Attributes:
        path: with a query for exactly that; ``*`` for anything at all.
        least, most: so often is right; a ``most`` of None is no limit.
    """

    do: ClassVar[str] = "requests"

    path: str = "*"
    least: int = 0
    most: int | None = None
    host: str = MAIN


@dataclass(frozen=True)
class Untold(Step):
    """Something was done that cannot be done again: it is told to who reads, and left out."""

    do: ClassVar[str] = "untold"

    what: str = ""
    page: str = PAGE


STEPS: Final[tuple[type[Step], ...]] = (
    OpenPage, ClosePage, Goto, Reload, Travel, Evaluate, WaitFor, WaitUntilReady, Act, Expect,
    SetNetwork, Serve, Send, Requests, Untold,
)  # fmt: skip
"""Every kind of step."""

OFFLINE: Final = SetNetwork(reachable=False, browser_online=False, name="offline")
ONLINE: Final = SetNetwork(name="online")
SWITCH_ONLY: Final = SetNetwork(browser_online=False, name="the browser's own switch only")


@dataclass(frozen=True)
class Scenario:
    """A site, and what is done with it.

    Attributes:
        title: one line.
        text: what it shows, for a person.
        link: the bug's, or empty.
        seed: of who found it, as they write it; empty where there is none.
        versions: what it was seen with: ``build``, ``browser``, ``playwright``, ….
        context: options of the browser contexts (``locale``, ``service_workers``, …).
    """

    title: str
    steps: tuple[Step, ...] = ()
    site: Site = Site()
    text: str = ""
    link: str = ""
    seed: str = ""
    versions: Mapping[str, str] = field(default_factory=dict[str, str])
    context: Mapping[str, Json] = field(default_factory=dict[str, Json])
