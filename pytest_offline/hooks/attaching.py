"""Beside other reports: what ours knows of a test is attached to those of pytest-html and Allure.

Each is only touched where its plugin is loaded and writes a report in this run.
"""

from __future__ import annotations

import base64
import importlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from pytest_offline.record import lines_of
from pytest_offline.report import Picture, Run, TestRecord, pack, page

if TYPE_CHECKING:
    import pytest

TIMELINE: Final = "offline timeline"
REPORT: Final = "offline report"


def attach(
    report: pytest.TestReport, record: TestRecord, target: Path, config: pytest.Config
) -> None:
    """Gives a test's part to whoever reports on it too."""
    if not record.moments:
        return
    html = config.getoption("htmlpath", default=None)
    if html and config.pluginmanager.hasplugin("html"):
        _to_pytest_html(report, record, target, config.invocation_params.dir / html)
    if config.getoption("allure_report_dir", default=None):
        _to_allure(record)


def anchor_of(nodeid: str) -> str:
    """The part of an address that opens a test in the page."""
    return f"#{quote(nodeid, safe='')}"


def shown_pictures(pictures: Sequence[Picture]) -> list[Picture]:
    """The last online and the last offline, in this order."""
    last = {picture.away: picture for picture in pictures}
    return [last[away] for away in (False, True) if away in last]


def _to_pytest_html(
    report: pytest.TestReport, record: TestRecord, target: Path, html: Path
) -> None:
    extras: Any = importlib.import_module("pytest_html.extras")
    link = quote(Path(os.path.relpath(target, html.parent)).as_posix()) + anchor_of(record.nodeid)
    ours = [
        extras.url(link, name=REPORT),
        extras.text("\n".join(lines_of(record.moments)), name=TIMELINE),
    ]
    for picture in shown_pictures(record.pictures):
        ours.append(extras.jpg(base64.b64encode(picture.jpeg).decode(), name=_name(picture)))
    # Added to what a test or another plugin has put there.
    vars(report)["extras"] = [*getattr(report, "extras", []), *ours]


def _to_allure(record: TestRecord) -> None:
    """The page of this one test whole, for Allure copies what it is given."""
    allure: Any = importlib.import_module("allure")
    kinds = allure.attachment_type
    whole = "".join(page([pack(record)], Run(title=record.nodeid)))
    allure.attach(whole, name=REPORT, attachment_type=kinds.HTML)
    allure.attach("\n".join(lines_of(record.moments)), TIMELINE, kinds.TEXT)
    for picture in shown_pictures(record.pictures):
        allure.attach(picture.jpeg, _name(picture), kinds.JPG)


def _name(picture: Picture) -> str:
    return f"{picture.condition}, {picture.caption}"
