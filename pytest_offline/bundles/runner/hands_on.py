"""The site of a bundle, served for a look by hand."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Final

from aiohttp import web

from .fields import BundleError
from .serving import Served
from .words import Scenario, Serve, SetNetwork

CONTROL: Final = "hands-on"
"""The name of the page that controls it; no site's."""


def serve(folder: Path, scenario: Scenario) -> int:
    """Serves it until it is interrupted; says where."""
    page = folder / "index.html"
    if not page.is_file():
        raise BundleError(f"there is no index.html in {folder}; pytest-offline bundle writes one")

    def control(served: Served, method: str, target: str) -> web.Response:
        if method == "POST" and target.startswith("/step/"):
            return _take(served, scenario, target.removeprefix("/step/"))
        if target.startswith("/asked"):
            return web.json_response([f"{each.host}: {each}" for each in served.asked])
        text = page.read_text(encoding="utf-8").replace("{PORT}", str(served.port))
        return web.Response(text=text, content_type="text/html")

    with Served(scenario.site, {CONTROL: control}) as served:
        sys.stdout.write(
            f"open http://{CONTROL}.localhost:{served.port}/ in any browser; Ctrl-C ends it\n"
        )
        sys.stdout.flush()
        threading.Event().wait()
    return 0


def _take(served: Served, scenario: Scenario, number: str) -> web.Response:
    """Takes a step that is the server's part: the network, and what is served."""
    if not number.isdecimal() or not 0 < int(number) <= len(scenario.steps):
        return web.Response(status=404, text=f"there is no step {number}\n")
    step = scenario.steps[int(number) - 1]
    if isinstance(step, SetNetwork):
        served.set_network(step.reachable, step.effects)
    elif isinstance(step, Serve):
        served.lay(step.host, step.answers)
    else:
        return web.Response(status=404, text=f"step {number} is not the server's part\n")
    return web.Response(text="in force\n")
