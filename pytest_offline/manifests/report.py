"""The findings of several manifests, as text, as JSON and as GitHub's commands."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from pytest_offline.manifests.findings import Finding
from pytest_offline.model import Manifest

STDIN_NAME: Final = "<stdin>"

_GITHUB: Final = {"error": "error", "warning": "warning", "note": "notice"}


@dataclass(frozen=True)
class Report:
    """What was found in one file.

    Attributes:
        file: as it was named, ``<stdin>`` for what was read from there.
        url: what its entries were resolved against.
        manifest: None where the file is refused whole.
        findings: by line.
    """

    file: str
    url: str
    manifest: Manifest | None
    findings: tuple[Finding, ...]

    @property
    def faults(self) -> int:
        """How many errors and warnings there are."""
        return sum(each.is_fault for each in self.findings)


def as_text(reports: Iterable[Report]) -> Iterator[str]:
    """A line for each finding, ``file:line:column severity code sentence``, and a summary each."""
    for report in reports:
        for each in report.findings:
            at = f"{report.file}:{each.line}:{each.column}"
            yield f"{at} {each.severity} {each.code} {each.sentence}"
        yield f"{report.file}: {_summary(report)}"


def _summary(report: Report) -> str:
    counts = dict.fromkeys(("error", "warning", "note"), 0)
    for each in report.findings:
        counts[each.severity] += 1
    said = [_counted(count, name) for name, count in counts.items() if count]
    return f"{', '.join(said) or 'no faults'}; {_contents(report.manifest)}"


def _contents(manifest: Manifest | None) -> str:
    if manifest is None:
        return "refused whole"
    network = ["*"] if manifest.network_wildcard else []
    mode = ", prefer-online" if manifest.prefer_online else ""
    count = len(manifest.network) + len(network)
    return (
        f"CACHE {len(manifest.explicit):,}, FALLBACK {len(manifest.fallback):,}, NETWORK {count:,}"
        f"{' with *' if network else ' without *'}{mode}"
    )


def _counted(count: int, name: str) -> str:
    return f"{count:,} {name}" if count == 1 else f"{count:,} {name}s"


def as_json(reports: Iterable[Report]) -> str:
    """All of it as data: the manifest as it is understood, and every finding."""
    return json.dumps({"files": [_data(report) for report in reports]}, indent=2)


def _data(report: Report) -> dict[str, object]:
    manifest = report.manifest
    return {
        "file": report.file,
        "url": report.url,
        "faults": report.faults,
        "findings": [_finding(each) for each in report.findings],
        "manifest": manifest
        and {
            "explicit": manifest.explicit,
            "fallback": dict(manifest.fallback),
            "network": manifest.network,
            "network_wildcard": manifest.network_wildcard,
            "prefer_online": manifest.prefer_online,
        },
    }


def _finding(each: Finding) -> dict[str, object]:
    return {
        "line": each.line,
        "column": each.column,
        "severity": each.severity,
        "code": each.code,
        "reason": each.reason or None,
        "sentence": each.sentence,
        "facts": dict(each.facts),
    }


def as_github(reports: Iterable[Report]) -> Iterator[str]:
    """A workflow command for each finding: they show in the files of a pull request."""
    for report in reports:
        for each in report.findings:
            file = "" if report.file == STDIN_NAME else f"file={_property(report.file)},"
            where = f"{file}line={each.line},col={each.column},title={_property(each.code)}"
            yield f"::{_GITHUB[each.severity]} {where}::{_escaped(each.sentence)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
