"""Content types by file name: a table of our own.

``mimetypes`` reads the registry of the machine it runs on, so a site would be served differently
on the next one; and what decides here is strict: a worker script that is not JavaScript, a module
that is not JavaScript and a manifest that is not ``text/cache-manifest`` are refused by browsers.
"""

from __future__ import annotations

from typing import Final

OCTETS: Final = "application/octet-stream"
HTML: Final = "text/html; charset=utf-8"
PLAIN: Final = "text/plain; charset=utf-8"
# RFC 9239, section 6: text/javascript is the type; the others are obsolete aliases.
SCRIPT: Final = "text/javascript; charset=utf-8"

CONTENT_TYPES: Final[dict[str, str]] = {
    "aac": "audio/aac",
    "apng": "image/apng",
    "appcache": "text/cache-manifest; charset=utf-8",
    "atom": "application/atom+xml",
    "avif": "image/avif",
    "bin": OCTETS,
    "bmp": "image/bmp",
    "cjs": SCRIPT,
    "css": "text/css; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "eot": "application/vnd.ms-fontobject",
    "flac": "audio/flac",
    "geojson": "application/geo+json",
    "gif": "image/gif",
    "glb": "model/gltf-binary",
    "gltf": "model/gltf+json",
    "gz": "application/gzip",
    "htm": HTML,
    "html": HTML,
    "ico": "image/x-icon",
    "ics": "text/calendar; charset=utf-8",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "js": SCRIPT,
    "json": "application/json",
    "jsonld": "application/ld+json",
    "jxl": "image/jxl",
    "m4a": "audio/mp4",
    "manifest": "text/cache-manifest; charset=utf-8",
    "map": "application/json",
    "md": "text/markdown; charset=utf-8",
    "mjs": SCRIPT,
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "oga": "audio/ogg",
    "ogg": "audio/ogg",
    "ogv": "video/ogg",
    "opus": "audio/ogg",
    "otf": "font/otf",
    "pdf": "application/pdf",
    "png": "image/png",
    "rss": "application/rss+xml",
    "svg": "image/svg+xml",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "ttf": "font/ttf",
    "txt": PLAIN,
    "vtt": "text/vtt; charset=utf-8",
    "wasm": "application/wasm",
    "wav": "audio/wav",
    "weba": "audio/webm",
    "webm": "video/webm",
    "webmanifest": "application/manifest+json",
    "webp": "image/webp",
    "woff": "font/woff",
    "woff2": "font/woff2",
    "xhtml": "application/xhtml+xml",
    "xml": "application/xml",
    "zip": "application/zip",
}


def content_type_of(path: str) -> str:
    """The content type for a file name or URL path; ``application/octet-stream`` if unknown."""
    name = path.rpartition("/")[2]
    return CONTENT_TYPES.get(name.rpartition(".")[2].lower(), OCTETS) if "." in name else OCTETS


def content_type_of_reply(path: str, body: str | bytes) -> str:
    """The content type of a scripted answer that names none.

    By the path's extension; a path that ends in ``/`` is a page; a text without an extension is a
    page if it begins with ``<``, else plain text.
    """
    plain_path = path.partition("?")[0]
    if "." in plain_path.rpartition("/")[2]:
        return content_type_of(plain_path)
    if plain_path.endswith("/") or (isinstance(body, str) and body.lstrip().startswith("<")):
        return HTML
    return PLAIN if isinstance(body, str) else OCTETS


def is_script(content_type: str) -> bool:
    """Whether browsers run it: a JavaScript MIME type (WHATWG MIME Sniffing, section 4.6)."""
    essence = content_type.partition(";")[0].strip().lower()
    return essence.endswith(("/javascript", "/ecmascript", "/x-javascript", "/x-ecmascript"))
