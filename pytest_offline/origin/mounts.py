"""Mounts: folders (and, behind the same protocol, anything else) at paths of an origin."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable
from urllib.parse import quote

from multidict import CIMultiDict

from pytest_offline.errors import UsageError
from pytest_offline.origin.answers import (
    Answer,
    Asked,
    Handler,
    Relay,
    decoded_segments,
    plain,
    safe_segments,
)
from pytest_offline.origin.files import Folder, OutsideError, regular, state_of
from pytest_offline.origin.header_sets import HeaderRules, HeadersByPath


@runtime_checkable
class Listed(Protocol):
    """A mount whose files can be listed."""

    def paths(self, most: int) -> list[str]:
        """The paths of its files, up to so many."""
        ...


@dataclass
class Mounts:
    """What is mounted where. The longest ``at`` wins; mounting again at one ``at`` replaces.

    Attributes:
        retired: what a deploy has replaced: it may come back, and answers for what is still old.
    """

    _by_length: tuple[tuple[str, tuple[str, ...], Handler], ...] = field(default=())
    retired: tuple[Handler, ...] = field(default=())

    def add(self, at: str, handler: Handler) -> Handler | None:
        """Mounts at a path that begins and ends with ``/``; returns what was there before."""
        return self._put(at, handler)

    def swap(self, at: str, handler: Handler | None) -> None:
        """As `add`, and what was there before is kept to come back; None mounts nothing there."""
        before = self._put(at, handler)
        if before is not None and before not in self.retired:
            self.retired = (*self.retired, before)

    def at(self, at: str) -> Handler | None:
        """What is mounted at exactly this path."""
        return next((handler for place, _, handler in self._by_length if place == at), None)

    @property
    def places(self) -> tuple[str, ...]:
        """Where something is mounted."""
        return tuple(at for at, *_ in self._by_length)

    def clear(self) -> list[Handler]:
        """Lets go of everything; returns what it was, each once."""
        mounts, self._by_length = self._by_length, ()
        retired, self.retired = self.retired, ()
        return list(dict.fromkeys([*(handler for *_, handler in mounts), *retired]))

    def paths(self, most: int) -> list[str]:
        """The paths of files in mounted folders, up to so many."""
        folders = [mount for *_, mount in self._by_length if isinstance(mount, Listed)]
        return [path for folder in folders for path in folder.paths(most)][:most]

    def cut(self) -> None:
        """The network went away."""
        for handler in dict.fromkeys([*(each for *_, each in self._by_length), *self.retired]):
            handler.cut()

    def copy(self) -> Mounts:
        """The table as it is now."""
        return Mounts(self._by_length)

    def mount_of(self, path: str) -> Handler | None:
        """The mount that a path belongs to."""
        segments = decoded_segments(path) or ()
        for _, place, handler in self._by_length:
            if segments[: len(place)] == place:
                return handler
        return None

    def _put(self, at: str, handler: Handler | None) -> Handler | None:
        segments = decoded_segments(at)
        assert segments is not None, "checked_at let it through"
        others = [mount for mount in self._by_length if mount[0] != at]
        before = self.at(at)
        if handler is not None:
            others.append((at, segments[:-1], handler))
        # One assignment: requests are answered meanwhile, from the old table or the new.
        self._by_length = tuple(sorted(others, key=lambda mount: -len(mount[1])))
        return before

    def answer(self, asked: Asked) -> Answer | Relay:
        """The answer of the mount that the path belongs to."""
        segments = decoded_segments(asked.path)
        if segments is None:
            return plain(404, f"{asked.path} is no path that a mount serves.")
        for _, place, handler in self._by_length:
            if segments[: len(place)] == place:
                return handler.answer(asked)
        places = ", ".join(self.places) or "nothing"
        return plain(404, f"Nothing is mounted for {asked.path} (mounted: {places}).")


def checked_at(at: str, call: str = "mount", what: str = "the folder") -> str:
    """The place of a mount with its closing slash; UsageError if it is no path."""
    if not at.startswith("/") or safe_segments(at) is None or "?" in at or "#" in at:
        raise UsageError(
            f"{call}(at={at!r}): that is not a path. Write where {what} is to appear, "
            'from the root of the origin: at="/" or at="/app/".'
        )
    return at if at.endswith("/") else f"{at}/"


@dataclass(frozen=True)
class FolderOptions:
    """What a folder is mounted with, as it was given."""

    clean_urls: bool = False
    fallback: str | None = None
    headers: HeadersByPath | None = None


class FolderMount:
    """A folder served at a path.

    Attributes:
        at: where, with the closing slash.
        root: the folder, absolute.
        options: what it was mounted with.
        version: what it is called where versions matter: the folder's name by default.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        at: str = "/",
        *,
        clean_urls: bool = False,
        fallback: str | None = None,
        headers: HeadersByPath | None = None,
        call: str = "mount",
        version: str | None = None,
    ) -> None:
        self.at = checked_at(at, call)
        self.root = _checked_folder(folder, call)
        self.options = FolderOptions(clean_urls, fallback, headers)
        self.version = version or Path(self.root).name
        self._folder = Folder(self.root)
        self._clean_urls = clean_urls
        self._fallback = self._checked_fallback(fallback, call)
        self._rules = HeaderRules.of(headers, f"{call}({str(folder)!r}, headers=…)")
        self._depth = self.at.count("/") - 1

    def answer(self, asked: Asked) -> Answer:
        """The file for a path, or a short text that says why there is none."""
        segments = safe_segments(asked.path)
        if segments is None:
            return plain(404, f"{asked.path} is no path that a mounted folder serves.")
        answer = self._answer(asked, segments)
        self.add_headers(asked.path, answer)
        return answer

    def add_headers(self, path: str, answer: Answer) -> None:
        """Sets the headers that this folder's answers get, for a path."""
        if self._rules.rules:
            self._rules.apply(path, answer.headers)

    def paths(self, most: int) -> list[str]:
        """The paths of its files, up to so many; a folder's ``index.html`` is the folder's."""
        found: list[str] = []
        for file in sorted(Path(self.root).rglob("*")):
            if len(found) >= most:
                break
            if file.is_file():
                inside = file.relative_to(self.root).as_posix()
                if inside == "index.html" or inside.endswith("/index.html"):
                    inside = inside.removesuffix("index.html")
                found.append(self.at + quote(inside))
        return found

    def cut(self) -> None:
        """Nothing goes on behind a folder."""

    def close(self) -> None:
        """Nothing is held."""

    def _answer(self, asked: Asked, segments: tuple[str, ...]) -> Answer:
        if asked.method not in ("GET", "HEAD"):
            text = f"{asked.method} {asked.path}: a mounted folder answers GET and HEAD only."
            return plain(405, text, {"Allow": "GET, HEAD"})
        inside = segments[self._depth :]
        if not inside:
            return _to_folder(asked)
        return self._at(asked, "/".join(inside)) or self._missing(asked)

    def _at(self, asked: Asked, inside: str) -> Answer | None:
        path = f"{self.root}/{inside}"
        found = state_of(path)
        if found is None:
            return self._file(f"{path}.html") if self._cleaned(inside) else None
        if stat.S_ISREG(found.st_mode) and not inside.endswith("/"):
            return self._file(path, found)
        if inside == "" or inside.endswith("/"):
            return self._file(f"{path}index.html")
        if stat.S_ISDIR(found.st_mode):
            clean = self._file(f"{path}.html") if self._cleaned(inside) else None
            return clean or _to_folder(asked)
        return None

    def _cleaned(self, inside: str) -> bool:
        return self._clean_urls and not inside.endswith("/")

    def _file(self, path: str, found: os.stat_result | None = None) -> Answer | None:
        found = found or regular(path)
        if found is None:
            return None
        try:
            loaded = self._folder.load(path, found)
        except OutsideError:
            return plain(
                404,
                f"{path} is a link that leads out of {self.root}, which is mounted at {self.at}: "
                f"no file outside a mount is served. Put the file itself there, or mount its "
                f"folder too.",
            )
        except FileNotFoundError:
            return None
        except PermissionError as error:
            return plain(403, f"{path} cannot be read: {error.strerror}.")
        return Answer(200, CIMultiDict(loaded.headers), loaded.body, conditional=True)

    def _missing(self, asked: Asked) -> Answer:
        if self._fallback is not None and asked.is_navigation:
            answer = self._file(self._fallback)
            if answer is not None:
                return answer
        return plain(404, f"{asked.path} is not in the folder mounted at {self.at}.")

    def _checked_fallback(self, fallback: str | None, call: str) -> str | None:
        if fallback is None:
            return None
        path = f"{self.root}/{fallback.lstrip('/')}"
        if safe_segments("/" + fallback.lstrip("/")) is None or regular(path) is None:
            raise UsageError(
                f"{call}(fallback={fallback!r}): there is no such file in {self.root}. Name the "
                'file that answers navigations to what is not there, such as "index.html".'
            )
        return path


def _to_folder(asked: Asked) -> Answer:
    query = f"?{asked.query}" if "?" in asked.target else ""
    place = f"{asked.path}/{query}"
    return plain(301, f"{asked.path} is a folder: {place}", {"Location": place})


def _checked_folder(folder: str | os.PathLike[str], call: str) -> str:
    path = Path(folder).absolute()
    if path.is_dir():
        return str(path).rstrip("/")
    if path.exists():
        raise UsageError(
            f"{call}({str(folder)!r}): {path} is a file, and only a folder can be {call}ed. "
            f"{call.capitalize()} the folder it lies in, {path.parent}, or answer with it: "
            f"origin.reply(path, body)."
        )
    raise UsageError(
        f"{call}({str(folder)!r}): there is no folder {path}. Relative names start from where "
        f"pytest was started, {Path.cwd()}. Was the site built?"
    )
