"""Standing in front of whoever opens a context or a page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Complete = Callable[[dict[str, Any]], dict[str, Any]]


class Opening:
    """While it stands, what ``owner.name()`` opens is prepared before anyone has it.

    The event of a new context or page is no place for that: its handler runs beside the test, whose
    first navigation may overtake init scripts that are still on their way (seen in Chromium 83
    under load). What nobody of this process opens, such as a popup, is left to the event, which
    asks `busy` first.

    Args:
        prepare: is given what was opened.
        complete: is given the options it is to be opened with, and gives those that are used.

    Attributes:
        busy: whether something is being opened, so that its event is none of the handler's.
    """

    def __init__(
        self,
        owner: Any,
        name: str,
        prepare: Callable[[Any], None],
        complete: Complete | None = None,
    ) -> None:
        self._complete = complete
        self.busy = False
        self._owner = owner
        self._name = name
        self._prepare = prepare
        self._original = getattr(owner, name)

    def __enter__(self) -> Opening:
        setattr(self._owner, self._name, self._open)
        return self

    def __exit__(self, *_: object) -> None:
        setattr(self._owner, self._name, self._original)

    def if_unexpected(self, opened: Any) -> None:
        """A handler for the event of what is opened by others."""
        if not self.busy:
            self._prepare(opened)

    def _open(self, *args: Any, **options: Any) -> Any:
        self.busy = True
        try:
            if self._complete is not None:
                options = self._complete(options)
            found = self._original(*args, **options)
        finally:
            self.busy = False
        self._prepare(found)
        return found
