"""Open pages of an origin, and which worker controls each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Frame


@dataclass(frozen=True)
class Tab:
    """One open page (or frame) of the origin, and who controls it.

    Attributes:
        frame: Playwright's; ``frame.page`` is the page.
        url: of its document.
        controller: the script URL of the worker that controls it; None where none does.
        state: of that worker: ``activating``, ``activated``, ``redundant``.
        version: of that worker, as `Origin.deploy` names it; None where nobody named one.
        scope: of the registration whose active worker that is; None where it is of none any more,
            as after ``unregister()``.
    """

    frame: Frame
    url: str
    controller: str | None
    state: str | None
    version: str | None
    scope: str | None

    def __str__(self) -> str:
        kind = "page" if self.frame.parent_frame is None else "frame"
        if self.controller is None:
            return f"{kind} {self.url}: nobody controls it"
        left = "" if self.scope else ", unregistered"
        who = f"{self.version!r}, " if self.version else ""
        return f"{kind} {self.url}: controlled by {who}{self.controller} ({self.state}{left})"
