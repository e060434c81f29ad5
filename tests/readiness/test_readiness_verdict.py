"""Facts in, verdicts out: a row for every way a site can stand, and the sentence a person reads."""

# ruff: noqa: E501 – tables of facts and of whole sentences
from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from pytest_offline.readiness.declared import DeclaredUrl
from pytest_offline.readiness.facts import (
    AppCacheFacts,
    Facts,
    Failure,
    PendingWork,
    RegistrationFacts,
)
from pytest_offline.readiness.sentences import MAX_NAMED, NEXT, Reason
from pytest_offline.readiness.verdict import judge, sentence
from pytest_offline.record import FetchAnswer, Place

ORIGIN = "https://site.test"
PAGE = f"{ORIGIN}/"
SCRIPT = f"{ORIGIN}/sw.js"
ACTIVE = RegistrationFacts(scope=PAGE, script_url=SCRIPT, active="activated")
WORKER = Place("w1", "serviceworker", SCRIPT, 0.0)


def declared(*paths: str) -> tuple[DeclaredUrl, ...]:
    urls = [f"{ORIGIN}{path}" for path in paths]
    return tuple(DeclaredUrl(url, (url,), "install handler in /sw.js") for url in urls)


def holding(*paths: str) -> dict[str, tuple[str, ...]]:
    return {"v1": tuple(f"{ORIGIN}{path}" for path in paths)}


def answered(source: str, mode: str = "navigate", url: str = PAGE) -> FetchAnswer:
    return FetchAnswer(1.0, WORKER, url, "GET", mode, "document", source)  # type: ignore[arg-type]


def registered(**states) -> tuple[RegistrationFacts, ...]:
    return (replace(ACTIVE, active=None, **states) if "active" not in states
            else replace(ACTIVE, **states),)  # fmt: skip


INSTALL_FAILED = (Failure("install", SCRIPT, "TypeError: Failed to fetch"),)
READY = Facts(
    page_url=PAGE,
    registrations=(ACTIVE,),
    hears_fetch=True,
    declared=declared("/", "/app.js"),
    stores_at_runtime=False,
    cached=holding("/", "/app.js"),
)
NOTHING_DECLARED = replace(READY, declared=(), cached={}, stores_at_runtime=True)

MANIFEST = f"{ORIGIN}/site.appcache"
KEPT = AppCacheFacts(
    MANIFEST,
    "IDLE",
    listed=tuple(
        DeclaredUrl(f"{ORIGIN}/{name}", (f"{ORIGIN}/{name}",), f"manifest {MANIFEST}")
        for name in ("app.js", "lost.html")
    ),
    held=(PAGE, f"{ORIGIN}/app.js", f"{ORIGIN}/lost.html"),
)
"""By an application cache; a worker of another folder has nothing to say here."""


def kept_by(**changes) -> Facts:
    return Facts(PAGE, declared=declared("/shop/a"), appcache=replace(KEPT, **changes))


CASES: dict[str, tuple[Facts, str]] = {
    "all is there": (READY, "ready"),
    "controlled too": (replace(READY, controller=SCRIPT, claims_clients=True), "ready"),
    "never claims, so no controller can come": (replace(READY, claims_clients=False), "ready"),
    "handlers unknown": (replace(READY, hears_fetch=None), "ready"),
    "a newer worker waits behind the active one": (
        replace(READY, registrations=registered(active="activated", waiting="installed")), "ready",
    ),
    "another registration besides": (
        replace(READY, registrations=(
            RegistrationFacts(f"{ORIGIN}/shop/", SCRIPT, installing="installing"), ACTIVE,
        )), "ready",
    ),
    "an activation failed, which stops nothing": (
        replace(READY, failures=(Failure("activate", SCRIPT, "Error: x"),)), "ready",
    ),
    "an update failed and the old list is complete": (
        replace(READY, failures=INSTALL_FAILED), "ready",
    ),
    "not secure": (replace(READY, secure_context=False), "insecure"),
    "not secure and bare": (Facts(PAGE, secure_context=False), "insecure"),
    "no API": (replace(READY, has_service_worker_api=False), "unsupported"),
    "no API and bare": (Facts(PAGE, has_service_worker_api=False), "unsupported"),
    "nothing registered": (Facts(PAGE), "no-worker"),
    "registering failed": (
        Facts(PAGE, failures=(Failure("register", SCRIPT, "SecurityError: no"),)), "no-worker",
    ),
    "below another folder": (
        replace(READY, page_url=f"{ORIGIN}/", registrations=(replace(ACTIVE, scope=f"{PAGE}app/"),)),
        "out-of-scope",
    ),
    "the longest scope decides": (
        replace(READY, page_url=f"{ORIGIN}/shop/x#y", registrations=(
            ACTIVE, RegistrationFacts(f"{ORIGIN}/shop/", SCRIPT, active="activating"),
        )), "activating",
    ),
    "installing": (replace(READY, registrations=registered(installing="installing")), "installing"),
    "an update installs": (
        replace(READY, registrations=registered(active="activated", installing="installing")),
        "installing",
    ),
    "an update check is under way": (
        replace(READY, registrations=registered(active="activated", updating=True)), "installing",
    ),
    "a promise of install is open": (
        replace(READY, pending_work=(PendingWork("install", SCRIPT),)), "installing",
    ),
    "just registered": (replace(READY, registrations=registered()), "installing"),
    "installed, and nobody active": (
        replace(READY, registrations=registered(waiting="installed")), "waiting",
    ),
    "activating": (replace(READY, registrations=registered(active="activating")), "activating"),
    "a promise of activate is open": (
        replace(READY, pending_work=(PendingWork("activate", SCRIPT, 2),)), "activating",
    ),
    "install failed, the registration is gone": (Facts(PAGE, failures=INSTALL_FAILED), "redundant"),
    "install failed, the registration is still listed": (
        replace(READY, registrations=registered(), failures=INSTALL_FAILED), "redundant",
    ),
    "redundant while installing": (
        replace(READY, registrations=registered(installing="redundant")), "redundant",
    ),
    "redundant while active": (
        replace(READY, registrations=registered(active="redundant")), "redundant",
    ),
    "an update failed and its list is not there": (
        replace(READY, cached=holding("/"), failures=INSTALL_FAILED), "redundant",
    ),
    "does not handle fetch": (replace(READY, hears_fetch=False), "no-fetch-handler"),
    "a put is open": (replace(READY, pending_operations=("cache 'v1'.put('x')",)), "caching"),
    "a fetch is open": (replace(READY, pending_fetches=(f"{ORIGIN}/big",)), "caching"),
    "Angular: active, controlling, one of six, silent": (
        replace(READY, controller=SCRIPT, navigation_controlled=True, stores_at_runtime=None,
                declared=declared("/1", "/2", "/3", "/4", "/5", "/"), cached=holding("/")),
        "missing",
    ),
    "an old revision does not count": (
        replace(READY, cached=holding("/", "/app.js?__WB_REVISION__=0"),
                declared=(DeclaredUrl(PAGE, (f"{PAGE}?__WB_REVISION__=1",), "Workbox list in /sw.js"),)),
        "missing",
    ),
    "expected, in whatever key": (
        replace(READY, expected=(f"{ORIGIN}/a#b",), cached=holding("/a?__WB_REVISION__=1")), "ready",
    ),
    "expected, and not there": (replace(READY, expected=(f"{ORIGIN}/b",)), "missing"),
    "expecting nothing but the worker": (replace(NOTHING_DECLARED, expected=()), "ready"),
    "nothing declared, nothing kept": (NOTHING_DECLARED, "second-visit"),
    "nothing declared, scripts kept, not the page": (
        replace(NOTHING_DECLARED, cached=holding("/app.js")), "second-visit",
    ),
    "a list, but the page is kept as it is visited": (
        replace(READY, declared=declared("/app.js"), cached=holding("/app.js"), stores_at_runtime=True),
        "second-visit",
    ),
    "the second visit did it": (
        replace(NOTHING_DECLARED, cached=holding("/"), navigation_controlled=True, visits=2), "ready",
    ),
    "the second visit did nothing": (
        replace(NOTHING_DECLARED, navigation_controlled=True, visits=2), "missing",
    ),
    "only an offline page is kept": (
        replace(READY, declared=declared("/off"), cached=holding("/off")), "ready",
    ),
    "only an offline page is kept, controlled": (
        replace(READY, declared=declared("/off"), cached=holding("/off"), stores_at_runtime=True,
                navigation_controlled=True), "ready",
    ),
    "the page was answered from a cache": (
        replace(NOTHING_DECLARED, answers=(answered("network"), answered("cache"))), "ready",
    ),
    "the page was made up": (replace(NOTHING_DECLARED, answers=(answered("made"),)), "ready"),
    "only the network answered": (
        replace(NOTHING_DECLARED, answers=(
            answered("network"), answered("cache", mode="no-cors"),
            answered("cache", url=f"{ORIGIN}/other"),
        )), "second-visit",
    ),
    "the page is kept as index.html": (
        replace(NOTHING_DECLARED, cached=holding("/index.html?__WB_REVISION__=1")), "ready",
    ),
    "the page is kept with .html": (
        replace(NOTHING_DECLARED, page_url=f"{ORIGIN}/about?x=1#y", cached=holding("/about.html")),
        "ready",
    ),
    "an application cache": (kept_by(), "ready"),
    "an application cache, and no service workers": (
        replace(kept_by(), has_service_worker_api=False), "ready",
    ),
    "a newer version is there": (kept_by(status="UPDATEREADY"), "ready"),
    "an update failed, and the old version has all": (kept_by(failure="error"), "ready"),
    "an application cache, and what the test names": (
        replace(kept_by(), expected=(f"{PAGE}#top",)), "ready",
    ),
    "an application cache, and what it lacks": (
        replace(kept_by(), expected=(f"{ORIGIN}/b",)), "missing",
    ),
    "the manifest lists more than the version has": (kept_by(held=(PAGE,)), "missing"),
    "it lists more, and the update failed": (
        kept_by(held=(PAGE,), failure=f"resource {ORIGIN}/lost.html 404"), "update-failed",
    ),
    "downloading": (kept_by(status="DOWNLOADING", held=()), "caching"),
    "nothing has begun": (kept_by(status="UNCACHED", held=()), "caching"),
    "checking, with an old version": (kept_by(status="CHECKING"), "caching"),
    "still loading": (kept_by(loaded=False), "caching"),
    "the first download failed": (
        kept_by(status="UNCACHED", held=(), failure=f"resource {ORIGIN}/lost.html 404"),
        "update-failed",
    ),
    "the manifest is gone": (kept_by(status="OBSOLETE", held=()), "update-failed"),
    "an application cache, and a worker to come": (replace(kept_by(), registering=True), "no-worker"),
    "a worker to come": (Facts(PAGE, registering=True), "no-worker"),
    "an application cache, and a worker that failed": (
        replace(kept_by(), failures=INSTALL_FAILED), "redundant",
    ),
    "a manifest that this browser does not read": (
        Facts(PAGE, unused_manifest="site.appcache"), "no-worker",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_verdicts(case):
    facts, reason = CASES[case]
    verdict = judge(facts)
    assert verdict.reason == reason
    assert verdict.ready is (reason == "ready")
    assert verdict.next == NEXT[verdict.reason]
    assert (verdict.outlook == "done") is verdict.ready
    assert sentence(verdict, facts).endswith(verdict.next)


def test_every_reason_has_a_case():
    assert {reason for _, reason in CASES.values()} == set(get_args(Reason)) == set(NEXT)


def test_missing_urls_come_in_the_order_they_are_declared():
    facts = replace(READY, declared=declared("/z", "/", "/a"), cached=holding("/"))
    assert judge(facts).missing == (f"{ORIGIN}/z", f"{ORIGIN}/a")


def test_kept_names_the_keys_of_what_has_to_be_cached():
    cached = holding("/?__WB_REVISION__=1", "/a", "/other")
    urls = declared("/a", "/b")
    either = (replace(urls[0], alternatives=(f"{ORIGIN}/gone", f"{ORIGIN}/other")),)
    expecting = Facts(
        PAGE, cached=cached, declared=urls, expected=(PAGE, f"{ORIGIN}/a#part", f"{ORIGIN}/no")
    )
    assert Facts(PAGE, cached=cached, declared=urls).kept() == (f"{ORIGIN}/a",)
    assert Facts(PAGE, cached=cached, declared=either).kept() == (f"{ORIGIN}/other",)
    assert expecting.kept() == (f"{ORIGIN}/?__WB_REVISION__=1", f"{ORIGIN}/a")


def test_missing_urls_are_named_while_something_else_is_the_reason():
    facts = replace(READY, cached={}, pending_operations=("cache 'v1'.addAll('/', '/app.js')",))
    assert judge(facts).reason == "caching"
    assert judge(facts).missing == (PAGE, f"{ORIGIN}/app.js")


def test_a_controlled_page_that_was_not_kept_is_what_is_missing():
    assert judge(CASES["the second visit did nothing"][0]).missing == (PAGE,)


@pytest.mark.parametrize(
    ("reason", "outlook"),
    [("insecure", "stuck"), ("redundant", "stuck"), ("no-fetch-handler", "stuck"),
     ("second-visit", "quiet"), ("update-failed", "quiet"), ("missing", "wait"), ("installing", "wait")],
)  # fmt: skip
def test_whether_waiting_can_help(reason, outlook):
    found = {judge(facts).outlook for facts, expected in CASES.values() if expected == reason}
    assert found == {outlook}


SENTENCES = {
    "all is there": (
        "Ready: the worker https://site.test/sw.js (scope https://site.test/) is active (activated), "
        "the next navigation will be controlled (it never claims its clients); 2 of 2 URLs are "
        "cached."
    ),
    "controlled too": (
        "Ready: the worker https://site.test/sw.js (scope https://site.test/) is active (activated), "
        "the page is controlled; 2 of 2 URLs are cached."
    ),
    "not secure": (
        "https://site.test/ is not a secure context, so it has no service worker: browsers give "
        "them to https and to localhost only. Serve it over https, as make_origin(https=True) does, "
        "or on a name below localhost."
    ),
    "no API": (
        "https://site.test/ is a secure context, and yet navigator.serviceWorker is not there. "
        "Run the test in a build with service workers, outside private windows."
    ),
    "nothing registered": (
        "https://site.test/ has registered no service worker on https://site.test. Look whether "
        "the page calls navigator.serviceWorker.register(), and when."
    ),
    "registering failed": (
        "Registering https://site.test/sw.js for https://site.test/ failed: SecurityError: no. "
        "Look whether the page calls navigator.serviceWorker.register(), and when."
    ),
    "below another folder": (
        "No registration covers https://site.test/; the site's scopes are https://site.test/app/. "
        "Open a page below the scope, register from the top folder, or serve the script with the "
        "header Service-Worker-Allowed."
    ),
    "a promise of install is open": (
        "Not yet: the worker https://site.test/sw.js (scope https://site.test/) is active "
        "(activated); open at install: 1 promise given to waitUntil(); cache 'v1' holds 2. Look at "
        "what the install handler hands to waitUntil() and what it waits for."
    ),
    "a promise of activate is open": (
        "Not yet: the worker https://site.test/sw.js (scope https://site.test/) is active "
        "(activated); open at activate: 2 promises given to waitUntil(); cache 'v1' holds 2. Look "
        "at what the activate handler hands to waitUntil() and what it waits for."
    ),
    "just registered": (
        "Not yet: the worker https://site.test/sw.js (scope https://site.test/) is neither "
        "installing nor active; cache 'v1' holds 2. Look at what the install handler hands to "
        "waitUntil() and what it waits for."
    ),
    "installed, and nobody active": (
        "Not yet: the worker https://site.test/sw.js (scope https://site.test/) is waiting "
        "(installed), and no worker is active. Nothing stands before it: it will be activated as "
        "soon as the browser turns to it."
    ),
    "install failed, the registration is gone": (
        "The install of https://site.test/sw.js failed: TypeError: Failed to fetch. Now no worker. "
        "Mend the install: one failing URL in addAll() makes all of it fail."
    ),
    "redundant while active": (
        "Gone: the worker https://site.test/sw.js (scope https://site.test/) is active (redundant), "
        "and a redundant worker answers nothing. Mend the install: one failing URL in addAll() "
        "makes all of it fail."
    ),
    "does not handle fetch": (
        "It can never work offline: the worker https://site.test/sw.js (scope https://site.test/) "
        "is active (activated), and it does not handle fetch. Add a fetch handler to the worker: "
        "without one it answers no request."
    ),
    "a fetch is open": (
        "Still caching: fetch of https://site.test/big; the worker https://site.test/sw.js (scope "
        "https://site.test/) is active (activated); cache 'v1' holds 2. Give it longer, or look at "
        "which answer of the origin does not end."
    ),
    "Angular: active, controlling, one of six, silent": (
        "Not all is cached: the worker https://site.test/sw.js (scope https://site.test/) is active "
        "(activated) and controls the page; cache 'v1' holds 1. Not in any cache, 5 of 6: "
        "https://site.test/1 (install handler in /sw.js), https://site.test/2 (install handler in "
        "/sw.js), https://site.test/3 (install handler in /sw.js), https://site.test/4 (install "
        "handler in /sw.js), https://site.test/5 (install handler in /sw.js). Look whether these "
        "URLs can be fetched, and whether the worker asks for them; name what has to be cached "
        "with expect=[...] if the list is wrong."
    ),
    "expected, and not there": (
        "Not all is cached: the worker https://site.test/sw.js (scope https://site.test/) is active "
        "(activated) and does not control the page yet; cache 'v1' holds 2. Not in any cache, 1 of "
        "1: https://site.test/b. Look whether these URLs can be fetched, and whether the worker "
        "asks for them; name what has to be cached with expect=[...] if the list is wrong."
    ),
    "nothing declared, nothing kept": (
        "A second visit is needed: the worker https://site.test/sw.js (scope https://site.test/) is "
        "active (activated), but it did not answer this load (visit 1), so https://site.test/ is in "
        "no cache; there is no cache. The site fills its caches as pages are visited. Reload once "
        "(page.reload()) and call wait_until_ready() again, or name what has to be cached with "
        "expect=[...]; expect=[] asks for the worker alone."
    ),
    "an application cache": (
        "Ready: the application cache of https://site.test/site.appcache is IDLE; 2 of 2 URLs are "
        "cached."
    ),
    "downloading": (
        "Still caching: what https://site.test/site.appcache lists; the application cache of "
        "https://site.test/site.appcache is DOWNLOADING; it holds 0. Not in any cache, 2 of 2: "
        "https://site.test/app.js (manifest https://site.test/site.appcache), "
        "https://site.test/lost.html (manifest https://site.test/site.appcache). Give it longer, or "
        "look at which answer of the origin does not end."
    ),
    "the manifest lists more than the version has": (
        "Not all is cached: the application cache of https://site.test/site.appcache is IDLE; it "
        "holds 1. Not in any cache, 2 of 2: https://site.test/app.js (manifest "
        "https://site.test/site.appcache), https://site.test/lost.html (manifest "
        "https://site.test/site.appcache). Look whether these URLs can be fetched, and whether the "
        "worker asks for them; name what has to be cached with expect=[...] if the list is wrong."
    ),
    "it lists more, and the update failed": (
        "The update failed (resource https://site.test/lost.html 404): the application cache of "
        "https://site.test/site.appcache is IDLE; it holds 1. Not in any cache, 2 of 2: "
        "https://site.test/app.js (manifest https://site.test/site.appcache), "
        "https://site.test/lost.html (manifest https://site.test/site.appcache). Mend what failed: "
        "one file that cannot be fetched makes all of the update fail, and a manifest that answers "
        "404 or 410 deletes the cache; pytest-offline manifest FILE --root FOLDER finds such files."
    ),
    "the manifest is gone": (
        "The update failed (its manifest is gone): the application cache of "
        "https://site.test/site.appcache is OBSOLETE; it holds 0. Not in any cache, 2 of 2: "
        "https://site.test/app.js (manifest https://site.test/site.appcache), "
        "https://site.test/lost.html (manifest https://site.test/site.appcache). Mend what failed: "
        "one file that cannot be fetched makes all of the update fail, and a manifest that answers "
        "404 or 410 deletes the cache; pytest-offline manifest FILE --root FOLDER finds such files."
    ),
    "a worker to come": (
        "https://site.test/ has called register(), which has not settled. Look whether the page "
        "calls navigator.serviceWorker.register(), and when."
    ),
    "a manifest that this browser does not read": (
        "https://site.test/ has registered no service worker on https://site.test. It names the "
        "cache manifest site.appcache, but this browser has no application cache: Chromium 83, 88 "
        "and 92 do (--offline-build chromium-83). Look whether the page calls "
        "navigator.serviceWorker.register(), and when."
    ),
}


def test_what_the_application_cache_holds_is_kept():
    assert kept_by().kept() == (f"{ORIGIN}/app.js", f"{ORIGIN}/lost.html")


@pytest.mark.parametrize("case", SENTENCES)
def test_sentences(case):
    facts, _ = CASES[case]
    assert sentence(judge(facts), facts) == SENTENCES[case]


def test_many_missing_urls_are_counted_and_lists_that_could_not_be_read_are_named():
    facts = replace(
        READY,
        declared=declared(*(f"/{number}" for number in range(MAX_NAMED + 3))),
        unread=("https://cdn.test/x.js: no answer, or of another origin",),
    )
    text = sentence(judge(facts), facts)
    assert f"Not in any cache, {MAX_NAMED + 3} of {MAX_NAMED + 3}: " in text
    assert " and 3 more. " in text
    assert "Could not be read: https://cdn.test/x.js: no answer, or of another origin. " in text
