"""Short words for tests of the application cache: one origin, one manifest, events as text."""

from __future__ import annotations

from collections.abc import Iterable

from pytest_offline.model.appcache.exchanges import Action, Fetched, Fire
from pytest_offline.model.appcache.group import ApplicationCacheGroup
from pytest_offline.model.appcache.running import Answers, run

ORIGIN = "https://o.test/"
MANIFEST = ORIGIN + "m.appcache"
PAGE = ORIGIN + "page"
NO_STORE = (("Cache-Control", "max-age=0, No-Store"),)


def url(path: str) -> str:
    return ORIGIN + path


def manifest(*lines: str) -> bytes:
    return "\n".join(["CACHE MANIFEST", *lines, ""]).encode()


V1 = manifest("# v1", "a", "b")
V2 = manifest("# v2", "a", "b")


def site(given: object = V1, **files: object) -> Answers:
    """Answers for the manifest, for the page, and for files by their path."""
    answers = {MANIFEST: given, PAGE: b"page", url("a"): b"a", url("b"): b"b"}
    return answers | {url(path): answer for path, answer in files.items()}  # type: ignore[return-value]


def events(actions: Iterable[Action], host: str = "h") -> str:
    """What fires at one host, as one line."""
    fires = [each for each in actions if isinstance(each, Fire) and each.host == host]
    return ", ".join(str(each) for each in fires)


def page(path: str = "page", **fields: object) -> Fetched:
    return Fetched(url(path), **fields)  # type: ignore[arg-type]


def first(group: ApplicationCacheGroup, answers: Answers, host: str = "h") -> list[Action]:
    """A first document that names the manifest, and all that follows."""
    group.loaded(host)
    return run(group, group.start(host, master=PAGE, resource=page()), answers)


def cached_group(answers: Answers | None = None, **options: object) -> ApplicationCacheGroup:
    """A group with one complete cache, and host ``h`` associated with it."""
    group = ApplicationCacheGroup(MANIFEST, **options)  # type: ignore[arg-type]
    assert events(first(group, answers or site())).endswith("cached")
    return group


def update(group: ApplicationCacheGroup, answers: Answers, host: str = "h") -> list[Action]:
    return run(group, group.update(host), answers)


def kinds(group: ApplicationCacheGroup) -> dict[str, str]:
    """The newest cache's entries by path, their categories as one word each."""
    assert group.newest is not None
    return {
        each.removeprefix(ORIGIN): " ".join(sorted(entry.all_kinds()))
        for each, entry in sorted(group.newest.entries.items())
    }
