"""The probe in front of a worker's script: the script stays what it was."""

from __future__ import annotations

from typing import Any

import pytest
from lifecycle import steps, wait_for_step
from playwright.sync_api import Page

from pytest_offline import ServiceWorkers, expect
from pytest_offline.probes import (
    MARKER_END,
    MARKER_START,
    MODULE_PATH,
    instrument,
    internals,
    without_probe,
    worker_script,
)

CLASSIC = b"self.x = 1;\nself.y = 2;\n"


def test_a_classic_script_keeps_its_lines() -> None:
    instrumented = instrument(CLASSIC)
    assert instrumented.count(b"\n") == CLASSIC.count(b"\n")
    assert instrumented.endswith(CLASSIC)
    assert instrumented.startswith(f"{MARKER_START}{worker_script()}".encode())


def test_the_same_script_always_gives_the_same_bytes() -> None:
    assert instrument(CLASSIC) == instrument(CLASSIC)


@pytest.mark.parametrize("script", [CLASSIC, b"", b"import './a.js';\n", b"'use strict'\nx()"])
def test_the_probe_can_be_taken_away_again(script: bytes) -> None:
    assert without_probe(instrument(script)) == script
    assert without_probe(script) == script


@pytest.mark.parametrize(
    "opening",
    [
        b"'use strict';",
        b'"use strict"\n',
        b"/* a */ // b\n 'use strict';",
        b"'other'; 'use strict';",
    ],
)
def test_strict_mode_stays(opening: bytes) -> None:
    assert instrument(opening + b"x()").startswith(f'{MARKER_START}"use strict";'.encode())


@pytest.mark.parametrize("opening", [b"", b"x('use strict');", b"'used strictly';"])
def test_sloppy_mode_stays_too(opening: bytes) -> None:
    assert not instrument(opening).startswith(f'{MARKER_START}"use strict"'.encode())


@pytest.mark.parametrize(
    "opening",
    [
        b'import "./a.js";',
        b"import{a as b}from'./a.js'",
        b"import a from './a.js'",
        b"import * as a from './a.js'",
        b"// first\n/* second */\n'use strict';\nimport {a} from './a.js'",
        b"export const a = 1;",
    ],
)
def test_a_module_that_begins_with_an_import_gets_one_more(opening: bytes) -> None:
    start = f'{MARKER_START}import "{MODULE_PATH}";{MARKER_END}'.encode()
    assert instrument(opening) == start + opening


@pytest.mark.parametrize(
    "opening", [b"import('./a.js')", b"import.meta.url", b"importScripts('a')"]
)
def test_what_only_looks_like_an_import_is_none(opening: bytes) -> None:
    assert MODULE_PATH.encode() not in instrument(opening)[: len(MARKER_START) + 8]


def test_a_byte_order_mark_stays_first() -> None:
    script = b"\xef\xbb\xbfx()"
    assert instrument(script).startswith(b"\xef\xbb\xbf" + MARKER_START.encode())
    assert without_probe(instrument(script)) == script


def test_the_origin_serves_the_probe_for_modules_and_an_empty_page() -> None:
    served = internals()
    assert served[MODULE_PATH] == (worker_script().encode(), "text/javascript")
    assert [kind for _, kind in served.values()] == ["text/javascript", "text/html"]


WORKER = """'use strict';
self.addEventListener('message', (event) => {
  try {
    undeclared = 1;
  } catch (error) {
    event.source.postMessage(error.name + ' ' + error.stack);
  }
});
self.addEventListener('install', () => self.skipWaiting());
"""

REGISTER = """async () => {
  const registration = await navigator.serviceWorker.register('/sw.js');
  await navigator.serviceWorker.ready;
  const answer = new Promise((resolve) => {
    navigator.serviceWorker.onmessage = (event) => resolve(event.data);
  });
  registration.active.postMessage('go');
  return answer;
}"""


def registered(page: Page, origin: Any, script: str) -> str:
    origin.reply("/", "<h1>x</h1>", headers={"Content-Type": "text/html"})
    origin.reply("/sw.js", script)
    page.goto(origin.url)
    return page.evaluate(REGISTER)


def test_errors_in_a_worker_name_the_line_of_the_site(page: Page, origin: Any) -> None:
    said = registered(page, origin, WORKER)
    assert said.startswith("ReferenceError")  # strict mode holds
    assert "sw.js:4:" in said


def test_an_unchanged_script_is_unchanged_and_a_changed_one_is_seen(
    page: Page, origin: Any, service_worker: ServiceWorkers
) -> None:
    registered(page, origin, WORKER)
    expect(service_worker).to_have_state("activated")
    service_worker.update()
    (found,) = service_worker.registrations()
    assert (found.installing, found.waiting) == (None, None)
    assert steps(service_worker).count("install") == 1
    origin.reply("/sw.js", WORKER.replace("undeclared", "unheard_of"))
    service_worker.update()
    wait_for_step(service_worker, "install", times=2)
    page.wait_for_function(
        "navigator.serviceWorker.getRegistration().then((found) => !found.installing)"
    )
    assert steps(service_worker).count("install") == 2
