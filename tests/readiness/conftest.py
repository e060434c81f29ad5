"""Real sites, built once and kept; and sites made of a few texts, for the rules themselves."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import pytest
from unbuilt import left_out

from pytest_offline.readiness.declared import Declared, Fetched, Read, declared_urls

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).parent.parent.parent
ORIGIN = "https://site.test"


def _load_builder() -> ModuleType:
    name = "real_sites_builder"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, ROOT / "tests" / "sites" / "build.py")
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def builder() -> ModuleType:
    """tests/sites/build.py as a module."""
    return _load_builder()


@pytest.fixture(scope="session")
def real_site(builder: ModuleType) -> Callable[[str], Any]:
    """Gives a real site by name, built if need be; without its tools the test is left out."""

    def load(name: str) -> Any:
        try:
            return builder.load(name, builder.default_cache())
        except builder.CannotBuildError as error:
            left_out(error)

    return load


@pytest.fixture
def sample_sites() -> Path:
    return ROOT / "sample_sites"


def read_texts(files: Mapping[str, str | bytes]) -> Read:
    """Reads a site given as paths and texts; a path that is not there is a 404."""

    def read(url: str) -> Fetched | None:
        assert url.startswith(f"{ORIGIN}/"), f"{url} is of another origin and was asked for"
        found = files.get(urlsplit(url).path)
        if found is None:
            return Fetched(404, "text/plain", b"not here")
        return Fetched(200, "text/javascript", found.encode() if isinstance(found, str) else found)

    return read


def read_folder(folder: Path) -> Read:
    """Reads a site from a folder."""

    def read(url: str) -> Fetched | None:
        path = folder / unquote(urlsplit(url).path).lstrip("/")
        return Fetched(200, "", path.read_bytes()) if path.is_file() else Fetched(404, "", b"")

    return read


@pytest.fixture
def declare() -> Callable[..., Declared]:
    """What a site made of ``worker``, its script at /sw.js, and other files declares."""

    def of(worker: str | bytes, *, script: str = "/sw.js", **files: str | bytes) -> Declared:
        site = {script: worker, **{f"/{path}": text for path, text in files.items()}}
        return declared_urls(script_url=ORIGIN + script, scope=f"{ORIGIN}/", read=read_texts(site))

    return of


@pytest.fixture
def declare_folder() -> Callable[[Path, str], Declared]:
    """What a site in a folder declares, and what its scripts show."""

    def of(folder: Path, script: str) -> Declared:
        return declared_urls(
            script_url=f"{ORIGIN}/{script}", scope=f"{ORIGIN}/", read=read_folder(folder)
        )

    return of
