"""Which namespace covers a URL, for many of both: sorted once, then a search each."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator


class Prefixes:
    """A set of namespaces; a namespace that another one covers adds nothing to what is covered."""

    def __init__(self, namespaces: Iterable[str]) -> None:
        self._least: list[str] = []
        for namespace in sorted(namespaces):
            if not self._least or not namespace.startswith(self._least[-1]):
                self._least.append(namespace)

    def covering(self, url: str) -> str | None:
        """The shortest namespace that a URL begins with; None where there is none."""
        # None of them begins with another, so only the last that is not behind the URL can.
        at = bisect_right(self._least, url)
        found = self._least[at - 1] if at else None
        return found if found is not None and url.startswith(found) else None


def overlaps(namespaces: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each namespace that begins with another one, and the longest such."""
    open_ones: list[str] = []
    for namespace in sorted(namespaces):
        while open_ones and not namespace.startswith(open_ones[-1]):
            open_ones.pop()
        if open_ones:
            yield namespace, open_ones[-1]
        open_ones.append(namespace)
