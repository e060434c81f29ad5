"""What an update still waits for, by the origin's ledger: for a time-out that says so."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_offline.model import Manifest
from pytest_offline.record import Exchange


def missing_lines(manifest: Manifest, exchanges: Sequence[Exchange]) -> list[str]:
    """One line for each file that the last update of the manifest has not got whole.

    Pages that name the manifest are fetched too; one is listed where its answer has no end.
    """
    wanted = dict.fromkeys([*manifest.explicit, *manifest.fallback.values()])
    update = _last_update(manifest.url, wanted, exchanges)
    if not update:
        return [f"{manifest.url}: not asked for yet"]
    last = {seen.url: seen for seen in update}
    wanted |= {seen.url: None for seen in update if seen.in_flight}
    if not _is_whole(last[manifest.url]):
        return [f"{manifest.url}: {_state(last[manifest.url])}"]
    return [f"{url}: {_state(last.get(url))}" for url in wanted if not _is_whole(last.get(url))]


def _last_update(
    manifest: str, wanted: dict[str, None], exchanges: Sequence[Exchange]
) -> list[Exchange]:
    """From its first request for the manifest on; a second one comes when all files are there."""
    mine = [seen for seen in exchanges if seen.initiator in ("manifest", "appcache")]
    checks = [index for index, seen in enumerate(mine) if seen.url == manifest]
    start = checks[-1] if checks else len(mine)
    if len(checks) > 1 and start == len(mine) - 1:
        between = mine[checks[-2] : start]
        if any(seen.url in wanted for seen in between):
            start = checks[-2]
    return mine[start:]


def _is_whole(seen: Exchange | None) -> bool:
    if seen is None or seen.in_flight or seen.outcome != "served" or seen.status is None:
        return False
    return seen.status == 304 or 200 <= seen.status < 300


def _state(seen: Exchange | None) -> str:
    if seen is None:
        return "not asked for yet"
    if seen.in_flight:
        return f"asked for, {seen.bytes_sent} bytes of its answer sent, the rest is not there"
    return f"answered {seen.status}" if seen.outcome == "served" else f"{seen.outcome}"
