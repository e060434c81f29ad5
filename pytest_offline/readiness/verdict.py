"""Is the site ready to be taken offline, and if not, why not?

Ready means: the worker that the page's next navigation goes to is active and activated, it handles
``fetch``, what it handed to ``waitUntil`` has settled, the caching it set off is done, and every
URL that the test expects, else that the site declares, is in a cache. A controller is not asked
for: a site that never calls ``clients.claim()`` has none until the next navigation, and then has
one. ``navigator.serviceWorker.ready``, a controller or a silent network prove none of this.

A page that no worker answers may have an application cache, in builds that have them: ready is then
that its download is done and all that the manifest lists is in it.

A worker that declares nothing and keeps pages as they are visited is told from one that is still
at work by where it stands: nothing under way, and the page in no cache.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from pytest_offline.readiness.facts import AppCacheFacts, Facts, RegistrationFacts
from pytest_offline.readiness.sentences import NEXT, Reason, sentence_of

Outlook = Literal["done", "wait", "quiet", "stuck"]
"""``wait``: something is under way, or has yet to begin. ``quiet``: nothing is under way, so it
helps to wait only if the site starts something by itself. ``stuck``: no waiting can help."""


@dataclass(frozen=True)
class Verdict:
    """What was decided.

    Attributes:
        reason: a short code; ``ready`` where ready.
        missing: URLs that have to be cached and are not, in the order they are declared.
        next: what to do about it, one sentence; empty where ready.
        outlook: whether waiting can change it.
    """

    ready: bool
    reason: Reason
    missing: tuple[str, ...] = ()
    next: str = ""
    outlook: Outlook = "done"


_OUTLOOKS: Final[dict[Reason, Outlook]] = {
    "ready": "done",
    "insecure": "stuck",
    "unsupported": "stuck",
    "redundant": "stuck",
    "no-fetch-handler": "stuck",
    "out-of-scope": "quiet",
    "second-visit": "quiet",
    "update-failed": "quiet",
    "no-worker": "wait",
    "installing": "wait",
    "waiting": "wait",
    "activating": "wait",
    "caching": "wait",
    "missing": "wait",
}


def judge(facts: Facts) -> Verdict:
    """The verdict on what is known now: the first rule with something against it, else ready."""
    registration = facts.registration()
    if registration is not None:
        reason = _objection(facts, registration)
    elif facts.appcache is not None and not _tried_in_vain(facts):
        reason = _without_worker(facts, facts.appcache)
    else:
        reason = _without_registration(facts)
    if reason is None:
        return Verdict(ready=True, reason="ready")
    return Verdict(
        ready=False,
        reason=reason,
        missing=_missing(facts, reason),
        next=NEXT[reason],
        outlook=_outlook(facts, reason),
    )


def _outlook(facts: Facts, reason: Reason) -> Outlook:
    # A site without a worker may yet register one; one whose try failed is done with trying.
    if reason == "no-worker" and facts.failure("register"):
        return "quiet"
    return _OUTLOOKS[reason]


def _objection(facts: Facts, registration: RegistrationFacts) -> Reason | None:
    for rule in _RULES:
        reason = rule(facts, registration)
        if reason is not None:
            return reason
    return None


def sentence(verdict: Verdict, facts: Facts) -> str:
    """The verdict for a person: what, the values, why, and what to do next."""
    return sentence_of(verdict.reason, verdict.missing, facts)


def _missing(facts: Facts, reason: Reason) -> tuple[str, ...]:
    missing = facts.missing()
    if not missing and reason == "missing":
        return (facts.page_url,)
    return missing


def _without_registration(facts: Facts) -> Reason:
    if not facts.secure_context:
        return "insecure"
    if not facts.has_service_worker_api:
        return "unsupported"
    # A registration whose first install fails is taken away again (Service Workers, "Install").
    if facts.failure("install"):
        return "redundant"
    return "out-of-scope" if facts.registrations else "no-worker"


def _tried_in_vain(facts: Facts) -> bool:
    """A site that meant to have a worker is judged by it, whatever else keeps it."""
    return facts.failure("install", "register") is not None


def _without_worker(facts: Facts, appcache: AppCacheFacts) -> Reason | None:
    """Where nothing but an application cache can keep the page (HTML 5.1, 7.9.4)."""
    if facts.registering:
        return "no-worker"
    settled = appcache.loaded and appcache.status in ("IDLE", "UPDATEREADY")
    if appcache.status == "OBSOLETE" or (appcache.failure and not settled):
        return "update-failed"
    if not settled:
        return "caching"
    if not facts.missing():
        return None
    # The old version goes on, but the list is the new one's, and its update will not come again.
    return "update-failed" if appcache.failure else "missing"


Rule = Callable[[Facts, RegistrationFacts], "Reason | None"]


def _may_have_workers(facts: Facts, registration: RegistrationFacts) -> Reason | None:
    if not facts.secure_context:
        return "insecure"
    return None if facts.has_service_worker_api else "unsupported"


def _is_installed(facts: Facts, registration: RegistrationFacts) -> Reason | None:
    if registration.installing == "redundant" or _has_lost_its_worker(facts, registration):
        return "redundant"
    busy = registration.installing or registration.updating
    return "installing" if busy or _works(facts, "install") else None


def _has_lost_its_worker(facts: Facts, registration: RegistrationFacts) -> bool:
    without = not (registration.installing or registration.waiting or registration.active)
    return without and facts.failure("install") is not None


def _is_active(facts: Facts, registration: RegistrationFacts) -> Reason | None:
    if registration.active is None:
        return "waiting" if registration.waiting else "installing"
    if registration.active == "redundant":
        return "redundant"
    # A worker that waits behind an active one is no reason to wait: the active one answers.
    return "activating" if registration.active != "activated" else None


def _has_activated(facts: Facts, registration: RegistrationFacts) -> Reason | None:
    return "activating" if _works(facts, "activate") else None


def _hears_fetch(facts: Facts, registration: RegistrationFacts) -> Reason | None:
    return "no-fetch-handler" if facts.hears_fetch is False else None


def _has_cached(facts: Facts, registration: RegistrationFacts) -> Reason | None:
    if facts.pending_operations or facts.pending_fetches:
        return "caching"
    if not facts.missing():
        return None
    # The old worker goes on, but the list is the new one's, whose install will not be tried again.
    return "redundant" if facts.failure("install") else "missing"


def _keeps_the_page(facts: Facts, registration: RegistrationFacts) -> Reason | None:
    """Where the lists are satisfied or there are none: would the page itself come back?"""
    if facts.expected is not None or facts.page_is_kept():
        return None
    has_something = bool(facts.declared) or bool(facts.keys())
    if facts.navigation_controlled:
        # It had its chance. With a list of its own it may well mean to answer otherwise (an
        # offline page, an app shell); with nothing in any cache there is nothing to answer with.
        return None if has_something else "missing"
    # This load did not pass through the worker, so one that keeps pages could not keep this one.
    if facts.stores_at_runtime or not has_something:
        return "second-visit"
    return None


def _works(facts: Facts, event: str) -> bool:
    return any(work.event == event for work in facts.pending_work)


_RULES: Final[tuple[Rule, ...]] = (
    _may_have_workers,
    _is_installed,
    _is_active,
    _has_activated,
    _hears_fetch,
    _has_cached,
    _keeps_the_page,
)
