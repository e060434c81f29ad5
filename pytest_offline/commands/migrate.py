"""``pytest-offline migrate``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pytest_offline.commands.words import DONE, Parsers, add_command


def add(commands: Parsers) -> None:
    """The sub-command's parser."""
    says = "write a service worker that does what an AppCache manifest did"
    parser = add_command(commands, "migrate", says, _migrate)
    parser.add_argument("manifest", type=Path, metavar="MANIFEST", help="the file")
    parser.add_argument(
        "--out", default="sw.js", metavar="FILE", help="default: sw.js; - prints it instead"
    )
    parser.add_argument(
        "--url", help="where the manifest is served: a path or a URL (default: /NAME)"
    )
    parser.add_argument("--force", action="store_true", help="write over a file that is there")


def _migrate(options: argparse.Namespace) -> int:
    from pytest_offline.manifests.migrate_command import migrated

    text, said = migrated(options.manifest, options.url, options.out, force=options.force)
    if text is not None:
        sys.stdout.write(text)
    print(said, file=sys.stderr)
    return DONE
