"""Verdicts in words: what, the values, why, and what to do next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, Literal

from pytest_offline.readiness.facts import Event, Facts
from pytest_offline.readiness.urls import origin_of
from pytest_offline.record.wording import listed

Reason = Literal[
    "ready", "insecure", "unsupported", "no-worker", "out-of-scope", "installing", "waiting",
    "activating", "redundant", "no-fetch-handler", "caching", "missing", "second-visit",
    "update-failed",
]  # fmt: skip

MAX_NAMED: Final = 12
"""How many URLs a sentence names before it only counts."""

NEXT: Final[Mapping[Reason, str]] = {
    "ready": "",
    "insecure": (
        "Serve it over https, as make_origin(https=True) does, or on a name below localhost."
    ),
    "unsupported": "Run the test in a build with service workers, outside private windows.",
    "no-worker": "Look whether the page calls navigator.serviceWorker.register(), and when.",
    "out-of-scope": (
        "Open a page below the scope, register from the top folder, or serve the script with the "
        "header Service-Worker-Allowed."
    ),
    "installing": "Look at what the install handler hands to waitUntil() and what it waits for.",
    "waiting": "Nothing stands before it: it will be activated as soon as the browser turns to it.",
    "activating": "Look at what the activate handler hands to waitUntil() and what it waits for.",
    "redundant": "Mend the install: one failing URL in addAll() makes all of it fail.",
    "no-fetch-handler": "Add a fetch handler to the worker: without one it answers no request.",
    "caching": "Give it longer, or look at which answer of the origin does not end.",
    "missing": (
        "Look whether these URLs can be fetched, and whether the worker asks for them; name what "
        "has to be cached with expect=[...] if the list is wrong."
    ),
    "second-visit": (
        "Reload once (page.reload()) and call wait_until_ready() again, or name what has to be "
        "cached with expect=[...]; expect=[] asks for the worker alone."
    ),
    "update-failed": (
        "Mend what failed: one file that cannot be fetched makes all of the update fail, and a "
        "manifest that answers 404 or 410 deletes the cache; pytest-offline manifest FILE --root "
        "FOLDER finds such files."
    ),
}


def sentence_of(reason: Reason, missing: tuple[str, ...], facts: Facts) -> str:
    """All of it: the finding with its values, what is missing, and the next step."""
    parts = [_FINDINGS[reason](facts)]
    if missing:
        parts.append(_missing(missing, facts))
    if reason in ("missing", "caching", "second-visit") and facts.unread:
        parts.append(f"Could not be read: {_some(facts.unread)}.")
    parts.append(NEXT[reason])
    return " ".join(part for part in parts if part)


def _some(values: Iterable[str]) -> str:
    return listed(list(values), MAX_NAMED)


def _missing(missing: tuple[str, ...], facts: Facts) -> str:
    wanted = max(facts.required(), len(missing))
    sources = {item.url: item.source for item in facts.promised()} if facts.expected is None else {}
    named = (f"{url} ({sources[url]})" if url in sources else url for url in missing)
    return f"Not in any cache, {len(missing)} of {wanted}: {_some(named)}."


def _worker(facts: Facts) -> str:
    found = facts.registration()
    if found is None and facts.appcache is not None:
        return f"the application cache of {facts.appcache.manifest} is {facts.appcache.status}"
    if found is None:
        return "no worker"
    return f"the worker {found.script_url} (scope {found.scope}) is {found.state}"


def _caches(facts: Facts) -> str:
    if facts.appcache is not None:
        return f"it holds {len(facts.appcache.held)}"
    if not facts.cached:
        return "there is no cache"
    counts = (f"{name!r} holds {len(urls)}" for name, urls in facts.cached.items())
    return f"cache {_some(counts)}"


def _ready(facts: Facts) -> str:
    kept = f"{facts.required()} of {facts.required()} URLs are cached"
    if facts.appcache is not None:
        return f"Ready: {_worker(facts)}; {kept}."
    control = "the page is" if facts.controller else "the next navigation will be"
    claims = "" if facts.controller or facts.claims_clients else " (it never claims its clients)"
    return f"Ready: {_worker(facts)}, {control} controlled{claims}; {kept}."


def _insecure(facts: Facts) -> str:
    return (
        f"{facts.page_url} is not a secure context, so it has no service worker: browsers give "
        "them to https and to localhost only."
    )


def _unsupported(facts: Facts) -> str:
    return f"{facts.page_url} is a secure context, and yet navigator.serviceWorker is not there."


def _no_worker(facts: Facts) -> str:
    failed = facts.failure("register")
    if failed:
        return f"Registering {failed.script_url} for {facts.page_url} failed: {failed.error}."
    if facts.registering:
        return f"{facts.page_url} has called register(), which has not settled."
    bare = f"{facts.page_url} has registered no service worker on {origin_of(facts.page_url)}."
    if not facts.unused_manifest:
        return bare
    return (
        f"{bare} It names the cache manifest {facts.unused_manifest}, but this browser has no "
        f"application cache: Chromium 83, 88 and 92 do (--offline-build chromium-83)."
    )


def _out_of_scope(facts: Facts) -> str:
    scopes = _some(found.scope for found in facts.registrations)
    return f"No registration covers {facts.page_url}; the site's scopes are {scopes}."


def _busy(event: Event) -> Callable[[Facts], str]:
    def words(facts: Facts) -> str:
        promises = sum(work.promises for work in facts.pending_work if work.event == event)
        noun = "promise" if promises == 1 else "promises"
        still_open = (
            f"open at {event}: {promises} {noun} given to waitUntil(); " if promises else ""
        )
        return f"Not yet: {_worker(facts)}; {still_open}{_caches(facts)}."

    return words


def _waiting(facts: Facts) -> str:
    return f"Not yet: {_worker(facts)}, and no worker is active."


def _redundant(facts: Facts) -> str:
    failed = facts.failure("install")
    if failed is None:
        return f"Gone: {_worker(facts)}, and a redundant worker answers nothing."
    return f"The install of {failed.script_url} failed: {failed.error}. Now {_worker(facts)}."


def _no_fetch_handler(facts: Facts) -> str:
    return f"It can never work offline: {_worker(facts)}, and it does not handle fetch."


def _caching(facts: Facts) -> str:
    pending = [*facts.pending_operations, *(f"fetch of {url}" for url in facts.pending_fetches)]
    if facts.appcache is not None:
        pending = [f"what {facts.appcache.manifest} lists"]
    return f"Still caching: {_some(pending)}; {_worker(facts)}; {_caches(facts)}."


def _missing_urls(facts: Facts) -> str:
    control = " and controls the page" if facts.controller else " and does not control the page yet"
    if facts.appcache is not None:
        control = ""
    return f"Not all is cached: {_worker(facts)}{control}; {_caches(facts)}."


def _second_visit(facts: Facts) -> str:
    return (
        f"A second visit is needed: {_worker(facts)}, but it did not answer this load "
        f"(visit {facts.visits}), so {facts.page_url} is in no cache; {_caches(facts)}. "
        "The site fills its caches as pages are visited."
    )


def _update_failed(facts: Facts) -> str:
    assert facts.appcache is not None  # nothing else has such updates
    why = facts.appcache.failure or "its manifest is gone"
    return f"The update failed ({why}): {_worker(facts)}; {_caches(facts)}."


_FINDINGS: Final[Mapping[Reason, Callable[[Facts], str]]] = {
    "ready": _ready,
    "insecure": _insecure,
    "unsupported": _unsupported,
    "no-worker": _no_worker,
    "out-of-scope": _out_of_scope,
    "installing": _busy("install"),
    "waiting": _waiting,
    "activating": _busy("activate"),
    "redundant": _redundant,
    "no-fetch-handler": _no_fetch_handler,
    "caching": _caching,
    "missing": _missing_urls,
    "second-visit": _second_visit,
    "update-failed": _update_failed,
}
