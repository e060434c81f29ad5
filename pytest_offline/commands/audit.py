"""``pytest-offline audit``."""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pytest_offline.commands.words import (
    DONE,
    FAILED,
    WRONG_USE,
    Parsers,
    add_builds,
    add_command,
    new_console,
)
from pytest_offline.errors import OfflineError, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from pytest_offline.audit.options import Options
    from pytest_offline.baseline import Baseline, Change
    from pytest_offline.record.auditing import SiteAudit

_DESCRIPTION: Final = """\
Visit a site in a real browser until it is ready, follow its links, take the network away, and open
every page again, in a new tab and by reloading. Each page is, offline:

  same      as it is online
  degraded  the same page, but something of it is missing
  fallback  another page (an offline page, the start page)
  dead      it does not open, or stays blank"""

_EPILOG: Final = """\
  pytest-offline audit dist --fallback index.html
  pytest-offline audit http://localhost:3000 --build chromium --build firefox --junit audit.xml

exit status: 0 no faults, 1 faults (see --fail-on), 2 it could not be audited, or not to its end"""


def add(commands: Parsers) -> None:
    """The sub-command's parser."""
    says = "which pages of a site work offline, in a real browser"
    parser = add_command(commands, "audit", says, _audit, description=_DESCRIPTION, epilog=_EPILOG)
    parser.add_argument("site", metavar="FOLDER|URL", help="what a build makes, or a server")
    add_builds(parser, "repeatable: chromium, …")
    _add_serving(parser.add_argument_group("how the site is served"))
    _add_pages(parser.add_argument_group("which pages"))
    _add_output(parser.add_argument_group("what comes out"))


def _add_serving(group: argparse._ArgumentGroup) -> None:  # pyright: ignore[reportPrivateUsage]
    given = group.add_argument
    given("--fallback", metavar="FILE", help="answers navigations to what is not there, for SPAs")
    given("--clean-urls", action="store_true", help="/about answers with about.html")
    given("--header", action="append", default=[], metavar="NAME:VALUE", help="for every answer")
    given(
        "--cookie", action="append", default=[], metavar="NAME=VALUE", help="when it asks to log in"
    )
    given("--insecure", action="store_true", help="take an https server's certificate as it is")
    given(
        "--allow", action="append", metavar="HOST",
        help="only these other hosts are asked while online (default: all)",
    )  # fmt: skip


def _add_pages(group: argparse._ArgumentGroup) -> None:  # pyright: ignore[reportPrivateUsage]
    given = group.add_argument
    given("--start", metavar="PATH", help="the first page (default: /, or the URL's path)")
    given("--page", action="append", default=[], metavar="PATH", help="audit this one too")
    given("--depth", type=_count, default=5, metavar="N", help="links to follow (default: 5)")
    given("--max-pages", type=_count, default=100, metavar="N", help="at most (default: 100)")
    given("--include", action="append", default=[], metavar="GLOB", help="only such paths: /blog/*")
    given("--exclude", action="append", default=[], metavar="GLOB", help="no such paths")
    given("--no-sitemap", action="store_true", help="do not read /sitemap.xml")
    given("--tabs", type=_count, default=6, metavar="N", help="pages at a time (default: 6)")
    given(
        "--patience", type=_seconds, default=10.0, metavar="SECONDS",
        help="what one page may take to come to rest (default: 10)",
    )  # fmt: skip


def _add_output(group: argparse._ArgumentGroup) -> None:  # pyright: ignore[reportPrivateUsage]
    given = group.add_argument
    given("--json", metavar="FILE", help="all of it; - is standard output, instead of the table")
    given("--junit", type=Path, metavar="FILE", help="for most CI systems")
    given("--sarif", type=Path, metavar="FILE", help="for code scanning")
    given("--format", choices=("text", "github"), default="text", help="github: annotations")
    given(
        "--fail-on", choices=("degraded", "fallback", "dead", "never"), default="degraded",
        help="what is a fault: this or worse (default: degraded)",
    )  # fmt: skip
    given("--offline-baseline", type=Path, metavar="FILE", help="a fault is what is worse than it")
    given("--offline-update", action="store_true", help="write that file anew")
    given(
        "--canary", action="append", default=[], metavar="TEXT",
        help="a text that no cache may hold, such as the name of the user that is logged in",
    )  # fmt: skip


def _count(text: str) -> int:
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is no number; give 0 or more")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no time; give seconds, more than 0")
    return seconds


def _audit(options: argparse.Namespace) -> int:
    from rich.console import Console

    from pytest_offline.audit.faults import exit_code
    from pytest_offline.audit.progress import OnTerminal
    from pytest_offline.audit.run import audit_site

    asked = _asked(options)
    before = _before(options)
    try:
        with OnTerminal(Console(stderr=True)) as progress:
            found = audit_site(asked, options.build or ["chromium"], progress)
    except OfflineError as error:
        # Whoever's fault it is: nothing is known of the site, and a caller has to see that.
        print(f"pytest-offline: {error}", file=sys.stderr)
        return WRONG_USE
    changes = _changes(before, found, options)
    _give(found, options, changes, new_console())
    if options.offline_baseline is None:
        return exit_code(found, options.fail_on)
    return _against(before, found, changes, options)


def _asked(options: argparse.Namespace) -> Options:
    from pytest_offline.audit.frontier import Limits
    from pytest_offline.audit.options import Options

    return Options(
        options.site,
        start=options.start,
        pages=tuple(options.page),
        fallback=options.fallback,
        clean_urls=options.clean_urls,
        headers=dict(_pair("--header", each, ":") for each in options.header),
        limits=Limits(
            options.depth, options.max_pages, tuple(options.include), tuple(options.exclude)
        ),
        sitemap=not options.no_sitemap,
        tabs=max(options.tabs, 1),
        patience=options.patience * 1000,
        cookies=dict(_pair("--cookie", each, "=") for each in options.cookie),
        canaries=tuple(options.canary),
        outside=("*",) if options.allow is None else tuple(options.allow),
        insecure=options.insecure,
    )


def _pair(option: str, given: str, between: str) -> tuple[str, str]:
    name, found, value = given.partition(between)
    if not found or not name.strip():
        raise UsageError(f"{option} {given!r}: write a name, {between!r} and a value")
    return name.strip(), value.strip()


def _changes(
    before: Baseline, found: SiteAudit, options: argparse.Namespace
) -> list[Change] | None:
    """What is otherwise than the baseline says; None without one, or where pages are missing."""
    from pytest_offline.audit.faults import exit_code
    from pytest_offline.baseline import compare

    if options.offline_baseline is None or exit_code(found, "never"):
        return None
    return [] if options.offline_update else compare(before, _sections(found))


def _sections(found: SiteAudit) -> Baseline:
    from pytest_offline.baseline import section_of_audit

    return {build.build: section_of_audit(build) for build in found.builds}


def _give(
    found: SiteAudit, options: argparse.Namespace, changes: list[Change] | None, console: Console
) -> None:
    from pytest_offline.audit.formats import Regression, as_github, as_json, as_junit, as_sarif
    from pytest_offline.audit.telling import tell

    # Held against a baseline, a fault is what is worse; all else is accepted.
    fail_on = options.fail_on if changes is None else "never"
    worse = [
        Regression(each.section, each.what.partition(" ")[2].partition(" ")[0], each.sentence)
        for each in changes or ()
        if each.kind == "worse"
    ]
    if options.json == "-":
        sys.stdout.write(as_json(found))
    elif options.format == "github":
        for line in as_github(found, fail_on, worse):
            print(line)
    else:
        tell(found, console)
    if options.json not in (None, "-"):
        _write(Path(options.json), as_json(found))
    if options.junit is not None:
        _write(options.junit, as_junit(found, fail_on, None if changes is None else worse))
    if options.sarif is not None:
        _write(options.sarif, as_sarif(found, fail_on, worse))


def _before(options: argparse.Namespace) -> Baseline:
    """The baseline, read before anything is visited: a mistake in it is told at once."""
    from pytest_offline.baseline import opened

    if options.offline_baseline is None:
        if options.offline_update:
            raise UsageError("--offline-update needs the file to write: --offline-baseline FILE")
        return {}
    return opened(options.offline_baseline, str(options.offline_baseline), options.offline_update)


def _against(
    before: Baseline,
    found: SiteAudit,
    changes: list[Change] | None,
    options: argparse.Namespace,
) -> int:
    """Tells what is otherwise than the baseline says, or writes it anew; the exit code."""
    from pytest_offline.audit.faults import exit_code
    from pytest_offline.baseline import told, updated, write

    beside = sys.stderr if options.json == "-" else sys.stdout
    if changes is None:
        said = "pytest-offline: not held against the baseline: the audit did not come to its end"
        print(said, file=beside)
        return exit_code(found, "never")
    file = str(options.offline_baseline)
    if options.offline_update:
        _write(options.offline_baseline, write(updated(before, _sections(found))))
        print(f"{file} was written: commit it.", file=beside)
        return DONE
    for line in told(changes, file):
        print(line, file=beside)
    return FAILED if any(change.kind == "worse" for change in changes) else DONE


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(
            f"the audit is done, and {path} cannot be written: {error.strerror}; name another file"
        ) from error
