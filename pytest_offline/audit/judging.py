"""All pages together: who is whose stand-in, and the verdict on each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pytest_offline.audit.answers import Index, answered
from pytest_offline.audit.compare import alike, differences, volatile_words
from pytest_offline.audit.frontier import Target
from pytest_offline.audit.looks import Look, Sub
from pytest_offline.audit.verdicts import Ground, Judged, judge
from pytest_offline.audit.visits import Offline
from pytest_offline.compare import explain_miss
from pytest_offline.record import Snapshot
from pytest_offline.record.auditing import Answered, PageAudit, worst
from pytest_offline.record.wording import listed

_NO_HINT = ("no-caches", "empty", "spelling")


@dataclass(frozen=True)
class Evidence:
    """What all visits saw.

    Attributes:
        base: the origin, without a slash at its end.
        online, offline, again: by path; ``again`` has a second look online at some.
        targets: how each page was found.
        control: what the site showed offline at a URL that nothing was ever kept for.
        answers: who answered, by URL.
        snapshot: what the caches hold.
    """

    base: str
    online: Mapping[str, Look]
    offline: Mapping[str, Offline]
    targets: Mapping[str, Target]
    again: Mapping[str, Look]
    control: Look | None
    answers: Index
    snapshot: Snapshot


def pages(evidence: Evidence) -> tuple[PageAudit, ...]:
    """The verdicts, by path."""
    doubles = stand_ins(evidence.online, evidence.offline)
    return tuple(
        _page(evidence, path, doubles.get(path, ()))
        for path in sorted(evidence.offline)
        if path in evidence.online
    )


def doubtful(found: Iterable[PageAudit]) -> list[str]:
    """Pages that are judged by their text alone, which may change by itself: to be seen again."""
    return [
        page.path
        for page in found
        if page.offline in ("degraded", "fallback")
        and {each.what for each in page.differences} <= {"text", "title", "nodes", "picture"}
    ]


def faults_of_navigations(found: Iterable[PageAudit]) -> list[str]:
    """A remark where the worker failed navigations, as Firefox takes that amiss."""
    paths = [
        page.path
        for page in found
        if any(each.kind == "document" and each.source == "failed" for each in page.answered)
    ]
    if not paths:
        return []
    return [
        f"Firefox unregisters a worker that has failed three navigations: whoever opens "
        f"{listed(paths, 1)} so often offline loses the whole site. Answer with an offline page "
        f"in place of an error; here it was kept from doing so"
    ]


def stand_ins(
    online: Mapping[str, Look], offline: Mapping[str, Offline]
) -> dict[str, tuple[Look, ...]]:
    """By path: what is shown offline for several pages that are not alike online."""
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for path, visits in offline.items():
        if visits.cold.opened and path in online:
            groups[visits.cold.title, visits.cold.text].append(path)
    found: dict[str, tuple[Look, ...]] = {}
    for paths in groups.values():
        first = online[paths[0]]
        if any(not alike(first, online[path]) for path in paths[1:]):
            found.update(dict.fromkeys(paths, (offline[paths[0]].cold,)))
    return found


def _page(evidence: Evidence, path: str, doubles: Sequence[Look]) -> PageAudit:
    online, visits = evidence.online[path], evidence.offline[path]
    again = evidence.again.get(path)
    volatile, unsteady = frozenset[str](), frozenset[str]()
    if again is not None:
        volatile = volatile_words(online, again)
        unsteady = frozenset(each.what for each in differences(online, again, volatile))
    control = (evidence.control,) if evidence.control and evidence.control.opened else ()
    strangers = (*control, *doubles)
    who = answered(evidence.base, visits.cold, visits.documents, evidence.answers)
    cold = judge(Ground(online, visits.cold, volatile, strangers, unsteady), who)
    reloaded = answered(evidence.base, visits.warm, visits.warm_documents, evidence.answers)
    warm = judge(Ground(online, visits.warm, volatile, strangers, unsteady), reloaded)
    worse = cold if worst((cold.offline, warm.offline)) == cold.offline else warm
    why = worse.why
    if worse is warm and worse is not cold:
        why = f"opened in a new tab it is {cold.offline}, and reloaded: {why}"
    return PageAudit(
        path,
        worse.offline,
        cold=cold.offline,
        warm=warm.offline,
        failed=tuple(dict.fromkeys((*cold.failed, *warm.failed))),
        title=online.title,
        found_by=evidence.targets[path].found_by if path in evidence.targets else "",
        why=why + _hint(evidence, worse, path),
        next=worse.next,
        differences=worse.differences,
        answered=who,
        remarks=_remarks(online, visits, who),
    )


def _remarks(online: Look, visits: Offline, who: Sequence[Answered]) -> tuple[str, ...]:
    all_of_them = (*online.remarks, *visits.cold.remarks, *visits.warm.remarks)
    unsent = [f"{sub.method} {sub.url} was not answered" for sub in _unsent(visits.cold)]
    leaked = [f"{each.url} came from the network" for each in who if _leaked(each)]
    return tuple(dict.fromkeys((*all_of_them, *unsent, *leaked)))


def _leaked(answer: Answered) -> bool:
    return answer.source == "network" and answer.status is not None and answer.status < 400


def _unsent(look: Look) -> list[Sub]:
    return [sub for sub in look.subs if sub.method != "GET" and not sub.answered]


def _hint(evidence: Evidence, judged: Judged, path: str) -> str:
    """What the caches say of a page, or of the first thing it lacks."""
    if judged.offline == "same":
        return ""
    about = path if judged.offline in ("dead", "fallback") else next(iter(judged.failed), "")
    if not about.startswith("/"):
        return ""
    miss = explain_miss(about, evidence.snapshot, base_url=f"{evidence.base}/")
    if miss.hit is not None and judged.offline == "dead":
        return f"; it is in the cache {miss.hit.cache!r} all the same"
    if miss.hit is not None or miss.reason in _NO_HINT or not miss.near:
        return ""
    near = miss.near[0]
    kept = near.url.removeprefix(evidence.base)
    return f"; the cache {near.cache!r} has {kept} instead ({', '.join(near.reasons)})"
