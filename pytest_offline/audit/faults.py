"""What of an audit is a fault, and the exit code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from pytest_offline.record.auditing import VERDICTS, BuildAudit, PageAudit, SiteAudit

FailOn = Literal["degraded", "fallback", "dead", "never"]

FAIL_ON: Final[tuple[FailOn, ...]] = ("degraded", "fallback", "dead", "never")

FINE: Final = 0
FAULT: Final = 1
NOT_AUDITED: Final = 2


def faults(audit: SiteAudit, fail_on: FailOn = "degraded") -> tuple[str, ...]:
    """Every fault, a sentence each, with the build where there are several.

    Faults are a site that is not ready, a page that is as bad as ``fail_on`` or worse, and
    findings that are errors. With ``never`` nothing is a fault.
    """
    several = len(audit.builds) > 1
    return tuple(
        f"{build.build}: {text}" if several else text
        for build in audit.builds
        for text in _of_build(build, fail_on)
    )


def exit_code(audit: SiteAudit, fail_on: FailOn = "degraded") -> int:
    """0: no fault. 1: faults. 2: it could not be audited to its end."""
    if not audit.builds or any(build.stopped or not build.pages for build in audit.builds):
        return NOT_AUDITED
    return FAULT if faults(audit, fail_on) else FINE


def is_fault(page: PageAudit, fail_on: FailOn = "degraded") -> bool:
    """Whether a page is as bad as that, or worse."""
    if fail_on == "never":
        return False
    return VERDICTS.index(page.offline) >= VERDICTS.index(fail_on)


def _of_build(build: BuildAudit, fail_on: FailOn) -> Iterator[str]:
    if fail_on == "never":
        return
    if build.ready.failed:
        yield f"not ready ({build.ready.reason}): {build.ready.sentence}"
    for page in build.pages:
        if is_fault(page, fail_on):
            yield f"{page.offline}: {page.why}"
    for finding in build.findings:
        if finding.severity == "error":
            yield str(finding)
