"""A folder of programs that failed once, for the next hunt to begin with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pytest_offline.errors import UsageError
from pytest_offline.explore.program import Program
from pytest_offline.explore.rendering import as_javascript, as_pytest

SUFFIX: Final = ".json"


class Corpus:
    """A folder: for each program ``ID.json``, and for people ``ID.js`` and ``test_ID.py``.

    Raises:
        UsageError: it is a file.
    """

    def __init__(self, folder: Path) -> None:
        if folder.exists() and not folder.is_dir():
            raise UsageError(
                f"the corpus {str(folder)!r} is a file; give a folder, which is made where there "
                "is none: --corpus FOLDER"
            )
        self.folder = folder

    def programs(self) -> list[Program]:
        """All that is in it, by their names.

        Raises:
            UsageError: a file is no program of this version.
        """
        return [_read(path) for path in sorted(self.folder.glob(f"*{SUFFIX}"))]

    def keep(self, program: Program, about: Mapping[str, object]) -> Path:
        """Write a program, and what is known about it; returns the path of its JSON."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{program.id}{SUFFIX}"
        data = {**program.to_json(), "about": dict(about)}
        path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
        path.with_suffix(".js").write_text(as_javascript(program), encoding="utf-8")
        test = self.folder / f"test_{program.id}.py"
        test.write_text(as_pytest(program), encoding="utf-8")
        return path


def _read(path: Path) -> Program:
    try:
        return Program.from_json(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, UsageError) as error:
        raise UsageError(
            f"{path} in the corpus cannot be read: {error}. Remove it, or give another folder."
        ) from error
