"""Manifests linted from their text, and the command run on files."""

from __future__ import annotations

from pathlib import Path

import pytest
from manifest_kit import AT, OPEN, Command, Linted, Ran, Write

from pytest_offline.cli import main
from pytest_offline.manifests import Finding, lint


@pytest.fixture
def linted() -> Linted:
    """Lint the lines of a manifest whose network is open; ``whole`` bytes are taken as they are."""

    def run(body: str = "", *, whole: bytes | None = None, url: str = AT) -> list[Finding]:
        data = f"CACHE MANIFEST\n{body}\n{OPEN}".encode() if whole is None else whole
        return lint(data, url)[1]

    return run


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run ``pytest-offline manifest`` with arguments."""

    def run(*arguments: str | Path) -> Ran:
        code = main(["manifest", *map(str, arguments)])
        seen = capsys.readouterr()
        return Ran(code, seen.out, seen.err)

    return run


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a file below a folder that is the working directory; gives its relative path."""
    monkeypatch.chdir(tmp_path)

    def put(name: str, text: str | bytes = "x") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return Path(name)

    return put
