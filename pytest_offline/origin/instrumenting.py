"""Putting the probe in front of worker scripts."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable

from multidict import CIMultiDict

from pytest_offline.origin.answers import Answer, Asked
from pytest_offline.origin.content_types import is_script
from pytest_offline.origin.files import tag_of_content
from pytest_offline.origin.initiators import is_worker_script
from pytest_offline.origin.replies import ScriptedBody

Instrument = Callable[[bytes], bytes]


class Instrumenter:
    """Turns answered worker scripts into instrumented ones.

    The browser compares a service worker's script byte by byte to see an update (Service Workers,
    "Update", step 9), so the same script has to come out the same: what came out is kept.
    """

    def __init__(self, instrument: Instrument | None) -> None:
        self._instrument = functools.lru_cache(maxsize=64)(instrument) if instrument else None

    def wants(self, asked: Asked) -> bool:
        """Whether what is asked for may get the probe."""
        return self._instrument is not None and is_worker_script(asked.headers)

    def __call__(self, asked: Asked, answer: Answer) -> Answer:
        """The answer with the probe in front, if it is a worker's script; else as it is."""
        if self._instrument is None or not is_worker_script(asked.headers):
            return answer
        if not 200 <= answer.status <= 299 or not is_script(answer.headers.get("Content-Type", "")):
            return answer
        return self._instrumented(answer, self._instrument)

    def _instrumented(self, answer: Answer, instrument: Instrument) -> Answer:
        body = answer.body
        script = instrument(body if isinstance(body, bytes) else body.whole())
        headers = CIMultiDict(answer.headers)
        for name in ("Content-Length", "Accept-Ranges", "Last-Modified"):
            # The file's date says nothing of the probe's, and a range of the file nothing at all.
            headers.popall(name, None)
        if "ETag" in headers:
            headers["ETag"] = tag_of_content(script)
        if isinstance(body, ScriptedBody):
            scripted = dataclasses.replace(body, pieces=(script,), streamed=False)
            return Answer(answer.status, headers, scripted, answer.conditional)
        return Answer(answer.status, headers, script, answer.conditional)
