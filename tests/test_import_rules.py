"""The table of rooms in DESIGN.md, held against the syntax trees; imports for hints count too."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import pytest_offline

PACKAGE = Path(pytest_offline.__file__).parent
NAME = PACKAGE.name

FILES_AS_ROOMS = ("network", "scene", "caches", "service_worker", "walking")
"""Rooms that are one file. Files at the top that are no room, such as cli, may have all."""

ABOVE = ("hooks", "commands")
"""Folders that may have all, as plugin.py and cli.py, which they serve."""

WORDS = {"record", "errors"}
PURE = {"model", "compare", "readiness"}
DOING = {"origin", "browser", "probes"}
FACADES = {"network", "scene", "caches", "service_worker", "appcache"}

ROOMS_BELOW: dict[str, set[str]] = {
    "errors": set(),
    "record": {"errors"},
    "probes": set(),
    "model": WORDS,
    "compare": WORDS | {"model"},
    "readiness": WORDS,
    "manifests": WORDS | {"model"},
    "walking": WORDS,
    "origin": WORDS | {"probes"},
    "browser": WORDS | {"probes"},
    "network": WORDS | DOING,
    "scene": WORDS | DOING | {"network"},
    "caches": WORDS | PURE | DOING | {"scene"},
    "service_worker": WORDS | PURE | DOING | {"scene"},
    "appcache": WORDS | PURE | DOING | {"scene"},
    "expectations": WORDS | PURE | DOING | FACADES,
    "report": WORDS | PURE,
    "baseline": WORDS,
    "bundles": WORDS | PURE | DOING | FACADES,
    "explore": WORDS | PURE | DOING | FACADES | {"bundles"},
    "audit": WORDS | PURE | DOING | FACADES | {"baseline"},
    "doctor": WORDS | PURE | DOING | FACADES,
    "demo": WORDS | PURE | DOING | FACADES,
}
"""Which rooms of ours each may import, itself left out."""

IO = {"aiohttp", "playwright", "asyncio", "socket"}

NEVER: dict[str, set[str]] = {
    "errors": {"pytest", *IO},
    "record": {"pytest", *IO},
    "probes": {"pytest", *IO},
    "model": {"pytest", *IO, "time", "random", "datetime"},
    "compare": {"pytest", *IO},
    "readiness": {"pytest", *IO, "time", "random", "datetime"},
    "manifests": {"pytest", *IO, "time", "random", "datetime"},
    "walking": {"pytest", "aiohttp", "asyncio", "socket"},
    "origin": {"pytest", "playwright"},
    "browser": {"pytest", "aiohttp", "trustme"},
    **{room: {"pytest"} for room in FACADES},
    "expectations": {"pytest"},
    "report": {"pytest", *IO},
    "baseline": {"pytest", *IO, "time", "random", "datetime"},
    **{room: {"pytest"} for room in ("bundles", "explore", "audit", "doctor", "demo")},
}
"""What of other people's each may never import."""


def room_of(path: Path) -> str | None:
    """The room a file belongs to; None for what may import all."""
    inside = path.relative_to(PACKAGE)
    if len(inside.parts) > 1:
        return None if inside.parts[0] in ABOVE else inside.parts[0]
    return inside.stem if inside.stem in (*FILES_AS_ROOMS, "errors") else None


def imported(path: Path) -> Iterator[str]:
    """Dotted names of all modules a file imports, wherever in the file."""
    module = ".".join((NAME, *path.relative_to(PACKAGE).with_suffix("").parts))
    package = module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join(parents) if node.level else ""
            origin = ".".join(part for part in (base, node.module) if part)
            yield origin
            yield from (f"{origin}.{alias.name}" for alias in node.names)


FILES = sorted(PACKAGE.rglob("*.py"))
IN_ROOMS = [path for path in FILES if room_of(path) is not None]


def shown(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


@pytest.mark.parametrize("path", IN_ROOMS, ids=shown)
def test_a_room_imports_only_the_rooms_below_it(path: Path) -> None:
    room = room_of(path)
    assert room in ROOMS_BELOW, f"{shown(path)}: {room!r} is not in the table of rooms"
    ours = {name.split(".")[1] for name in imported(path) if name.startswith(f"{NAME}.")}
    rooms = {
        name for name in ours if (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").exists()
    }
    above = rooms - ROOMS_BELOW[room] - {room, "_version"}
    assert not above, f"{shown(path)} imports {sorted(above)}: {room} is below them"


@pytest.mark.parametrize("path", IN_ROOMS, ids=shown)
def test_a_room_keeps_away_from_what_is_not_its_business(path: Path) -> None:
    room = room_of(path) or ""
    found = {name.split(".")[0] for name in imported(path)} & NEVER.get(room, set())
    assert not found, f"{shown(path)} imports {sorted(found)}, which {room} may never do"


def test_no_module_imports_itself_in_a_ring() -> None:
    modules = {module_name(path): path for path in FILES}
    graph = {
        name: {target for target in imported(path) if target in modules and target != name}
        for name, path in modules.items()
    }
    assert ring_in(graph) == []


def module_name(path: Path) -> str:
    parts = (NAME, *path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def ring_in(graph: dict[str, set[str]]) -> list[str]:
    """The modules that are left when all without imports among the rest were taken away."""
    left = {name: set(targets) for name, targets in graph.items()}
    while True:
        free = {name for name, targets in left.items() if not targets & set(left)}
        if not free:
            return sorted(left)
        left = {name: targets for name, targets in left.items() if name not in free}


def test_the_ring_search_finds_a_ring() -> None:
    assert ring_in({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == ["a", "b", "c"]
    assert ring_in({"a": {"b"}, "b": {"c"}, "c": set()}) == []
