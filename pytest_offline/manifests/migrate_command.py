"""What ``pytest-offline migrate`` does: read the manifest, write the worker, say what is next."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from pytest_offline.errors import ManifestError, UsageError
from pytest_offline.manifests.migrate import files_of, migrate, served_at
from pytest_offline.model import Manifest

STANDARD_OUTPUT: Final = "-"


def read(path: Path, url: str | None) -> Manifest:
    """The manifest in a file.

    Args:
        url: where it is served: absolute, or a path; None for the root of the site.

    Raises:
        UsageError: the file cannot be read, or the URL is none.
        ManifestError: it is no manifest.
    """
    served = served_at(url, path.name)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"the manifest {str(path)!r} cannot be read: {error.strerror or error}; give the file "
            f"that the attribute manifest= of your pages names"
        ) from None
    try:
        return Manifest.parse(data, served)
    except ManifestError as error:
        # The file is what the person knows; its URL may be made up.
        message = str(error).replace(served, str(path), 1)
        raise ManifestError(message, url=error.url, line=error.line) from None


def write(text: str, out: Path, *, force: bool) -> None:
    """Puts the worker where it is wanted.

    Raises:
        UsageError: something is there already, or it cannot be written.
    """
    try:
        with out.open("w" if force else "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(
            f"{str(out)!r} is there already; --force writes over it, --out names another file"
        ) from None
    except OSError as error:
        raise UsageError(
            f"{str(out)!r} cannot be written: {error.strerror or error}; --out names another file, "
            f"--out {STANDARD_OUTPUT} prints the worker"
        ) from None


def said(manifest: Manifest, out: str) -> str:
    """What was done and what is next, in a few lines for people."""
    name = "sw.js" if out == STANDARD_OUTPUT else Path(out).name
    folder = urlsplit(manifest.url).path.rpartition("/")[0]
    lines = [
        f"{out}: {_count(len(files_of(manifest)), 'file')} kept at install, "
        f"{_count(len(manifest.fallback), 'fallback')}, NETWORK {_network(manifest)}"
    ]
    lines += [f"  not kept  {line}" for line in _left_out(manifest)]
    lines.append(f'  next      navigator.serviceWorker.register("{folder}/{name}") in your pages')
    lines.append("  read      its first lines: what cannot be as it was")
    return "\n".join(lines)


def migrated(path: Path, url: str | None, out: str, *, force: bool) -> tuple[str | None, str]:
    """Does it all.

    Returns:
        What goes to standard output (None where a file was written), and what is said.

    Raises:
        UsageError, ManifestError: as `read` and `write` do.
    """
    manifest = read(path, url)
    text = migrate(manifest)
    if out == STANDARD_OUTPUT:
        return text, said(manifest, out)
    write(text, Path(out), force=force)
    return None, said(manifest, out)


def _network(manifest: Manifest) -> str:
    if manifest.network_wildcard:
        return "for all that is not listed (*)"
    if manifest.network:
        prefixes = _count(len(manifest.network), "prefix", "prefixes")
        return f"for {prefixes}; what is not listed is refused"
    return "for nothing: what is not listed is refused"


def _left_out(manifest: Manifest) -> list[str]:
    """The lines that browsers ignored, and so does the worker."""
    return [f"line {line.number}: {line.text:.60} ({line.reason})" for line in manifest.refused]


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
