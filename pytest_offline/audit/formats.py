"""An audit for other programs: JUnit, SARIF, GitHub's annotations, JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple
from xml.etree import ElementTree

from pytest_offline._version import __version__
from pytest_offline.audit.faults import FailOn, is_fault
from pytest_offline.record.auditing import BuildAudit, Finding, PageAudit, SiteAudit

_SARIF: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS: Final = {"error": "error", "warning": "warning", "note": "note"}
_RULES: Final = {
    "dead": "A page does not open offline",
    "fallback": "A page opens as another page offline",
    "degraded": "Something of a page is missing offline",
    "not-ready": "The site did not become ready to go offline",
    "not-audited": "The audit did not come to its end",
    "worse-than-baseline": "Something works less well offline than the baseline says",
}
# What XML 1.0 has no way to write.
_UNPRINTABLE: Final = {
    code: None for code in (*range(0x20), 0xFFFE, 0xFFFF) if code not in (0x9, 0xA, 0xD)
}


class Regression(NamedTuple):
    """Something that is worse than a baseline says."""

    build: str
    path: str
    text: str


def as_json(audit: SiteAudit) -> str:
    """As ``--json`` writes it."""
    return json.dumps(audit.as_data(), indent=2, ensure_ascii=False) + "\n"


def as_junit(
    audit: SiteAudit, fail_on: FailOn = "degraded", worse: Sequence[Regression] | None = None
) -> str:
    """A suite a build, a case a page, one for readiness and one for the caches.

    Args:
        worse: what is worse than the baseline says, a case more; None where there is no baseline.
    """
    root = ElementTree.Element("testsuites", name="pytest-offline audit")
    for build in audit.builds:
        cases = [*_cases(build, fail_on), *_held(build, worse)]
        failures = sum(failure is not None for _, failure in cases)
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=f"{audit.site} in {build.build}",
            tests=str(len(cases) + bool(build.stopped)),
            failures=str(failures),
            errors="1" if build.stopped else "0",
            time=f"{build.seconds:.3f}",
        )
        for name, failure in cases:
            case = ElementTree.SubElement(
                suite, "testcase", classname=f"offline.{build.build}", name=_printable(name)
            )
            if failure is not None:
                kind, text = failure
                message = _printable(text.partition("\n")[0])
                ElementTree.SubElement(
                    case, "failure", type=kind, message=message
                ).text = _printable(text)
        if build.stopped:
            _add_stopped(suite, build)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def as_sarif(
    audit: SiteAudit, fail_on: FailOn = "degraded", worse: Sequence[Regression] = ()
) -> str:
    """SARIF 2.1.0: a result a page that is otherwise, a finding, and what is worse than before."""
    results = [result for build in audit.builds for result in _results(build, fail_on, worse)]
    ids = sorted({str(result["ruleId"]) for result in results})
    driver: dict[str, Any] = {
        "name": "pytest-offline",
        "version": __version__,
        "rules": [
            {"id": each, "shortDescription": {"text": _RULES.get(each, each.replace("-", " "))}}
            for each in ids
        ],
    }
    run = {"tool": {"driver": driver}, "results": results, "columnKind": "utf16CodeUnits"}
    return json.dumps({"$schema": _SARIF, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def as_github(
    audit: SiteAudit, fail_on: FailOn = "degraded", worse: Sequence[Regression] = ()
) -> list[str]:
    """GitHub's workflow commands, a line each: they become annotations of the pull request."""
    lines: list[str] = []
    for build in audit.builds:
        for result in _results(build, fail_on, worse):
            level = "notice" if result["level"] == "note" else result["level"]
            title = _property(f"{result['ruleId']} in {build.build}")
            lines.append(f"::{level} title={title}::{_data(result['message']['text'])}")
    return lines


def _cases(build: BuildAudit, fail_on: FailOn) -> Iterator[tuple[str, tuple[str, str] | None]]:
    ready = build.ready
    never = fail_on == "never"
    good = not ready.failed or never
    if ready.reason:
        yield "the site is ready", None if good else (ready.reason, ready.sentence)
    for page in build.pages:
        yield page.path, (page.offline, _told(page)) if is_fault(page, fail_on) else None
    errors = [finding for finding in build.findings if finding.severity == "error" and not never]
    text = "\n".join(f"{finding} {finding.next}".strip() for finding in errors)
    if errors or not build.stopped:
        yield "the caches", ("findings", text) if errors else None


def _add_stopped(suite: ElementTree.Element, build: BuildAudit) -> None:
    """A case that is neither passed nor failed: what comes after it was not looked at."""
    case = ElementTree.SubElement(
        suite, "testcase", classname=f"offline.{build.build}", name="the audit"
    )
    text = _printable(_stopped(build))
    ElementTree.SubElement(case, "error", type="not-audited", message=text).text = text


def _stopped(build: BuildAudit) -> str:
    return f"The audit did not come to its end: {build.stopped}"


def _held(
    build: BuildAudit, worse: Sequence[Regression] | None
) -> Iterator[tuple[str, tuple[str, str] | None]]:
    if worse is not None:
        text = "\n".join(each.text for each in worse if each.build == build.build)
        yield "the baseline", ("worse-than-baseline", text) if text else None


def _results(
    build: BuildAudit, fail_on: FailOn, worse: Sequence[Regression]
) -> Iterator[dict[str, Any]]:
    for each in worse:
        if each.build == build.build:
            yield _result("worse-than-baseline", "error", each.text, each.path, build)
    if build.stopped:
        yield _result("not-audited", "error", _stopped(build), "/", build)
    if build.ready.failed:
        level = "warning" if fail_on == "never" else "error"
        yield _result("not-ready", level, build.ready.sentence, "/", build)
    for page in build.pages:
        if page.offline != "same":
            level = "error" if is_fault(page, fail_on) else "warning"
            yield _result(page.offline, level, _told(page), page.path, build)
    for finding in build.findings:
        level = "warning" if fail_on == "never" and finding.severity == "error" else None
        yield _of_finding(finding, level or _LEVELS[finding.severity], build)


def _of_finding(finding: Finding, level: str, build: BuildAudit) -> dict[str, Any]:
    text = f"{finding.text}. {finding.next}".strip()
    return _result(finding.code, level, text, finding.url, build)


def _result(rule: str, level: str, text: str, path: str, build: BuildAudit) -> dict[str, Any]:
    location = {"physicalLocation": {"artifactLocation": {"uri": _file(path)}}}
    return {
        "ruleId": rule,
        "level": level,
        "message": {"text": text or rule},
        "locations": [location],
        "partialFingerprints": {"pageAndBuild/v1": f"{rule} {path} {build.build}"},
    }


def _file(path: str) -> str:
    """The file a path is most likely served from: code hosts show results at files only."""
    if "://" in path:
        return path
    plain = path.partition("?")[0].partition("#")[0].lstrip("/")
    return f"{plain}index.html" if not plain or plain.endswith("/") else plain


def _told(page: PageAudit) -> str:
    return f"{page.why}. {page.next}".strip()


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _printable(text: str) -> str:
    return text.translate(_UNPRINTABLE)
