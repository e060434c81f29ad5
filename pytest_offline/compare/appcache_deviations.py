"""What builds with an application cache are known to do otherwise than the text: rows of a table.

Each row says what the text says, what the builds do, and which test shows it. How a row widens
what is allowed is either one of its functions, or a `Habit` that the replay asks for by name. A row
without either is about what no record shows; it stands here so that the table is whole.

Measured on Chromium 83.0.4103, 88.0.4298 and 92.0.4512, and read in Chromium's
``content/browser/appcache`` (appcache_update_job.cc, appcache_host.cc,
appcache_request_handler.cc).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from pytest_offline.model.appcache.exchanges import Fetched, origin_of
from pytest_offline.model.appcache.manifest import Manifest
from pytest_offline.record import Exchange
from pytest_offline.record.appcache import AppCacheEventName, AppCacheStatus


class Habit(Enum):
    """What a build does at a point where the replay can go two ways."""

    FETCHES_PAGES_AGAIN = "the page is fetched a second time, and that answer counts"
    ADOPTS_JOINERS = "a page that joins a download gets the cache that is being made"
    PUTS_LATE_PAGES_OFF = "a page that comes during the second check waits for a next run"
    KEEPS_OBSOLETE_CACHES = "a page from a cache that became obsolete meanwhile keeps it"
    NEVER_RERUNS = "no rerun"
    IGNORES_ABORT = "abort() does nothing"
    CANCELS_WHEN_LEFT = "a download ends when its last page leaves"
    FORGETS_WHEN_LEFT = "a cache is lost when it was completed while no page had one of its group"
    KEEPS_PAGES_THAT_LEFT = "the page that is to be stored is fetched though it is gone"
    CLOSES_AFTER_COMMIT = "the closing progress comes after the second check"
    MAY_TAKE_CUT_ANSWERS = "an answer that was broken off may count as whole"
    NEVER_MERGES_PROGRESS = "progress that waits is not merged"
    KEEPS_PAGES_NOT_STORED = "a page that could not be added to a version has it all the same"


NO_HABITS: Final[frozenset[Habit]] = frozenset()


@dataclass(frozen=True)
class AppCacheDeviation:
    """One way in which builds go another way than the text.

    Attributes:
        builds: how the names of the builds begin that do so.
        effect: what they do, for a person.
        rule: what the text says, and where.
        shown_by: the test that shows it.
        habits: what the replay has to do otherwise.
        answer: an answer as the build takes it, given the manifest's URL.
        retried: whether an answer is thrown away and asked for again.
        statuses: what else ``status`` may be when an event fires, given its name.
        reads: a manifest as the build reads it.
        cannot_store: whether the build cannot store what it downloaded for a manifest.
        names_storage: whether the build says by an ``error``, given what that tells, that it could
            not store one file or page, given its URL; or all of a version, given None.
    """

    id: str
    builds: tuple[str, ...]
    effect: str
    rule: str
    shown_by: str
    habits: frozenset[Habit] = NO_HABITS
    answer: Callable[[Fetched, str], Fetched] | None = None
    retried: Callable[[Exchange], bool] | None = None
    statuses: Callable[[AppCacheEventName], frozenset[AppCacheStatus]] | None = None
    reads: Callable[[Manifest], Manifest] | None = None
    cannot_store: Callable[[Manifest], bool] | None = None
    names_storage: Callable[[str, str | None], bool] | None = None


_ERROR: Final[frozenset[AppCacheStatus]] = frozenset(("IDLE", "UNCACHED", "UPDATEREADY"))
_BY_NAME: Final[dict[AppCacheEventName, frozenset[AppCacheStatus]]] = {
    "checking": frozenset(("CHECKING",)),
    "downloading": frozenset(("DOWNLOADING",)),
    "progress": frozenset(("DOWNLOADING",)),
    "cached": frozenset(("IDLE",)),
    "noupdate": frozenset(("IDLE",)),
    "updateready": frozenset(("UPDATEREADY",)),
    "obsolete": frozenset(("OBSOLETE",)),
    "error": _ERROR,
}


def _stores_what_is_labelled(answer: Fetched, manifest_url: str) -> Fetched:
    crosses = origin_of(answer.url) != origin_of(manifest_url)
    if not answer.no_store or (crosses and answer.url.startswith("https:")):
        return answer
    return replace(answer, headers=())


def _asks_again(exchange: Exchange) -> bool:
    return exchange.status == 503 and exchange.response_header("retry-after") == "0"


def _repeated(manifest: Manifest) -> list[str]:
    """The fallback entries of lines that are ignored for their namespace."""
    return [each.urls[1] for each in manifest.refused if each.reason == "namespace-again"]


def _fetches_what_repeats(manifest: Manifest) -> Manifest:
    again = [url for url in _repeated(manifest) if url not in manifest.explicit]
    return replace(manifest, explicit=(*manifest.explicit, *dict.fromkeys(again)))


def _cannot_store(manifest: Manifest) -> bool:
    return bool(_repeated(manifest))


_OF_ALL: Final = (
    "Failed to commit new cache to storage",
    "Failed to write the manifest headers to storage",
    "Failed to write the manifest data to storage",
)


def _names_storage(told: str, url: str | None) -> bool:
    """Its words for all of a version; of one URL, the number 2: what cannot be written."""
    return told.startswith(_OF_ALL) if url is None else told.endswith(f" fetch failed (2) {url}")


def _wants_the_asterisk_alone(manifest: Manifest) -> Manifest:
    alone = any(line.urls == ("*",) and line.text == "*" for line in manifest.lines())
    return replace(manifest, network_wildcard=alone)


_TESTS: Final = "tests/compare/test_appcache_verify_in_browsers.py::"
_STORAGE_TESTS: Final = "tests/compare/test_appcache_storage_in_browsers.py::"
_CHROMIUM: Final = ("chromium",)

APPCACHE_KNOWN: Final[tuple[AppCacheDeviation, ...]] = (
    AppCacheDeviation(
        id="chromium-status-follows-events",
        builds=_CHROMIUM,
        effect="has the status that belongs to the name of the last event",
        rule="7.9.8, status: by the host's cache; UNCACHED while a first manifest is checked",
        shown_by=_TESTS + "test_status_follows_the_last_event",
        statuses=_BY_NAME.__getitem__,
    ),
    AppCacheDeviation(
        id="chromium-fetches-pages-again",
        builds=_CHROMIUM,
        effect="fetches the page a second time and stores that answer",
        rule="7.9.4, steps 8.3 and 24: the resource from which the document was parsed",
        shown_by=_TESTS + "test_a_page_is_fetched_again",
        habits=frozenset((Habit.FETCHES_PAGES_AGAIN,)),
    ),
    AppCacheDeviation(
        id="chromium-closes-after-commit",
        builds=_CHROMIUM,
        effect="counts a file when it is done, and fires the closing n/n after the second check",
        rule="7.9.4, steps 18.2 and 19: before each fetch, and n/n before the second check",
        shown_by=_TESTS + "test_the_closing_progress_needs_the_second_check",
        habits=frozenset((Habit.CLOSES_AFTER_COMMIT,)),
    ),
    AppCacheDeviation(
        id="chromium-never-merges-progress",
        builds=_CHROMIUM,
        effect="fires every progress event that waited for the load",
        rule="7.9.4, queue a progress post-load task: the one that waits is removed",
        shown_by=_TESTS + "test_progress_that_waited_is_not_merged",
        habits=frozenset((Habit.NEVER_MERGES_PROGRESS,)),
    ),
    AppCacheDeviation(
        id="chromium-never-reruns",
        builds=_CHROMIUM,
        effect="does not run again after a manifest that changed during the update",
        rule="7.9.4, step 27: a rerun after a short delay",
        shown_by=_TESTS + "test_a_changed_manifest_is_no_rerun",
        habits=frozenset((Habit.NEVER_RERUNS,)),
    ),
    AppCacheDeviation(
        id="chromium-ignores-abort",
        builds=_CHROMIUM,
        effect="does nothing on abort()",
        rule="7.9.8, abort(), and 7.9.4, step 18: the cache failure steps",
        shown_by=_TESTS + "test_abort_does_nothing",
        habits=frozenset((Habit.IGNORES_ABORT,)),
    ),
    AppCacheDeviation(
        id="chromium-events-cannot-be-cancelled",
        builds=_CHROMIUM,
        effect="fires events that cannot be cancelled",
        rule="7.9.4: every event of the process is cancelable",
        shown_by=_TESTS + "test_events_cannot_be_cancelled",
    ),
    AppCacheDeviation(
        id="chromium-stores-no-store",
        builds=_CHROMIUM,
        effect="heeds no-store only for files of another origin by https",
        rule="7.9.4, steps 8.3, 18.5 and 24: what is labelled no-store is not stored",
        shown_by=_TESTS + "test_no_store_is_stored",
        answer=_stores_what_is_labelled,
    ),
    AppCacheDeviation(
        id="chromium-may-store-what-was-cut",
        builds=_CHROMIUM,
        effect="now and then stores a file that was broken off as if it was whole",
        rule="7.9.4, steps 7, 18.5 and 24: an answer that was broken off is a failure",
        shown_by=_TESTS + "test_a_file_that_was_broken_off",
        habits=frozenset((Habit.MAY_TAKE_CUT_ANSWERS,)),
    ),
    AppCacheDeviation(
        id="chromium-asks-again-after-503",
        builds=_CHROMIUM,
        effect="asks again, up to three times, after a 503 with Retry-After: 0",
        rule="7.9.4, steps 7 and 18.5: a 5xx response is a failure",
        shown_by=_TESTS + "test_503_is_asked_again",
        retried=_asks_again,
    ),
    AppCacheDeviation(
        id="chromium-asks-again-when-broken-off",
        builds=_CHROMIUM,
        effect="asks again where a connection that was open before is broken off unanswered",
        rule="7.9.4, steps 7 and 18.5: no answer is a failure",
        shown_by=_TESTS + "test_a_request_that_is_broken_off_is_asked_again",
        retried=lambda asked: asked.outcome == "blocked",
    ),
    AppCacheDeviation(
        id="chromium-fails-for-a-repeated-namespace",
        builds=_CHROMIUM,
        effect="downloads what a repeated FALLBACK namespace names, cannot store it, and fails",
        rule="7.9.3.3: a line whose namespace is there already is ignored",
        shown_by=_TESTS + "test_a_repeated_namespace_fails_the_update",
        reads=_fetches_what_repeats,
        cannot_store=_cannot_store,
    ),
    AppCacheDeviation(
        id="chromium-runs-out-of-storage-late",
        builds=_CHROMIUM,
        effect="looks whether there is room for a version when all of it is downloaded; then, and "
        "where a file, a page or the manifest cannot be written, the error says so",
        rule='7.9.4, step 18.6: "If the user agent is not able to store the resource (e.g., '
        'because of quota restrictions)", the cache failure steps; for each file in its turn',
        shown_by=_STORAGE_TESTS + "test_a_version_that_has_no_room",
        names_storage=_names_storage,
    ),
    AppCacheDeviation(
        id="chromium-keeps-pages-not-stored",
        builds=_CHROMIUM,
        effect="leaves a page with the version that has no room for it, and fires error at all",
        rule="7.9.4, cache failure steps, step 2: a page that waited has no cache",
        shown_by=_STORAGE_TESTS + "test_a_page_that_has_no_room",
        habits=frozenset((Habit.KEEPS_PAGES_NOT_STORED,)),
    ),
    AppCacheDeviation(
        id="chromium-wants-the-asterisk-alone",
        builds=_CHROMIUM,
        effect="takes '* text' for no wildcard",
        rule="7.9.3.3: the first token of the line alone is looked at",
        shown_by=_TESTS + "test_an_asterisk_with_text_is_no_wildcard",
        reads=_wants_the_asterisk_alone,
    ),
    AppCacheDeviation(
        id="chromium-cancels-when-left",
        builds=_CHROMIUM,
        effect="gives up a download when its last page leaves",
        rule="7.9.4: the process runs in the background; a document may go",
        shown_by=_TESTS + "test_a_first_download_ends_when_its_page_leaves",
        habits=frozenset((Habit.CANCELS_WHEN_LEFT,)),
    ),
    AppCacheDeviation(
        id="chromium-forgets-when-left",
        builds=_CHROMIUM,
        effect="loses a version that is completed while no page has one of its group: a page that "
        "is on its way from the version before begins with a first download, in which it is no "
        "entry itself",
        rule="7.9.4, cache failure steps: the newest complete cache is kept",
        shown_by=_TESTS + "test_a_random_sequence_of_updates",
        habits=frozenset((Habit.FORGETS_WHEN_LEFT,)),
    ),
    AppCacheDeviation(
        id="chromium-keeps-pages-that-left",
        builds=_CHROMIUM,
        effect="stores a page that went away before its update had fetched it",
        rule="7.9.4, steps 8.3 and 24: its download was cancelled, so it is no entry",
        shown_by=_TESTS + "test_a_page_that_has_left_is_stored",
        habits=frozenset((Habit.KEEPS_PAGES_THAT_LEFT,)),
    ),
    AppCacheDeviation(
        id="chromium-adopts-joiners",
        builds=_CHROMIUM,
        effect="gives a page that joins a download the cache that is being made",
        rule="7.9.4, step 10: only pages that came before the files are fetched",
        shown_by=_TESTS + "test_a_page_joins_a_download",
        habits=frozenset((Habit.ADOPTS_JOINERS,)),
    ),
    AppCacheDeviation(
        id="chromium-puts-late-pages-off",
        builds=_CHROMIUM,
        effect="lets a page that comes during the second check wait, and runs once more for it",
        rule="7.9.4, steps 2.4 to 2.6: it hears checking and downloading, and joins",
        shown_by=_TESTS + "test_a_page_that_comes_during_the_second_check",
        habits=frozenset((Habit.PUTS_LATE_PAGES_OFF,)),
    ),
    AppCacheDeviation(
        id="chromium-keeps-obsolete-caches",
        builds=_CHROMIUM,
        effect="leaves a page with the cache it came from when that became obsolete meanwhile, "
        "and fires nothing at it",
        rule="7.9.5: the cache exists no more, so the download process is invoked",
        shown_by=_TESTS + "test_a_random_sequence_of_updates",
        habits=frozenset((Habit.KEEPS_OBSOLETE_CACHES,)),
    ),
    AppCacheDeviation(
        id="chromium-head-is-get",
        builds=_CHROMIUM,
        effect="answers HEAD from the cache too",
        rule="7.9.6, step 1: what is not fetched with GET is fetched normally",
        shown_by=_TESTS + "test_head_is_answered_from_the_cache",
    ),
    AppCacheDeviation(
        id="chromium-judges-redirects-anew",
        builds=_CHROMIUM,
        effect="refuses a redirect to what is listed nowhere, though its first URL was listed",
        rule="7.9.6: the steps are run for the URL that is asked for",
        shown_by=_TESTS + "test_a_redirect_is_judged_anew",
    ),
    AppCacheDeviation(
        id="chromium-escapes-are-equal",
        builds=_CHROMIUM,
        effect="takes %6F and o for the same in a URL",
        rule="URL, serialising: escapes of unreserved characters stay",
        shown_by=_TESTS + "test_escaped_letters_are_equal",
    ),
    AppCacheDeviation(
        id="chromium-92-loads-what-is-not-listed",
        builds=("chromium-92",),
        effect="loads URLs that the manifest lists nowhere",
        rule="7.9.6, step 6: the load fails as with a network error",
        shown_by=_TESTS + "test_what_is_listed_nowhere",
    ),
)
