"""The report: what a run knows of its tests, as one page that needs nothing but a browser.

Pure: records come in, text goes out. `failures_of` makes data of an exception, `pack` of a test's
records, `page` writes the page. Each test's data is a block of its own that the page decodes when
somebody opens that test, so a run of thousands opens at once.

The page is ``page.html`` with ``page.css`` and the scripts beside it. Nothing of what a site or a
test says is ever written as HTML: data travels as JSON, packed data in an alphabet that has no
``<``, and the scripts make text nodes of it. A policy in the page's head names its one style and
its one script by their digests and forbids every request.
"""

from __future__ import annotations

from pytest_offline.report.events import PageNote
from pytest_offline.report.failures import Failure, failures_of
from pytest_offline.report.packing import Holding, Part, Picture, TestRecord, pack
from pytest_offline.report.summary import Run, index_of
from pytest_offline.report.writing import page

__all__ = [
    "Failure",
    "Holding",
    "PageNote",
    "Part",
    "Picture",
    "Run",
    "TestRecord",
    "failures_of",
    "index_of",
    "pack",
    "page",
]
