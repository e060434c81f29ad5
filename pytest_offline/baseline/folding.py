"""Names without what a build puts into them anew: content hashes, revisions.

``app.3f2a1b9c.js`` is ``app.*.js``, ``/assets/index-BxYz12_a.js`` is ``/assets/index-*.js``.
"""

from __future__ import annotations

import re
from typing import Final

# Between separators, before the end or an extension: hexadecimal digits, a letter among them and a
# digit (so no word and no year), as webpack, Parcel and Angular write them.
_HEX: Final = re.compile(
    r"(?<=[.\-_~])(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{6,64}(?=[.\-_~]|$)"
)

# What Vite, esbuild and Rollup write: eight letters of base 64 or more, right before the extension.
_BASE64: Final = re.compile(r"(?<=[.\-])([A-Za-z0-9_-]{8,22})(?=(?:\.[a-z0-9]{1,11})+$)")

# A whole segment that is nothing but a hash, or an id as nanoid (Next.js) and uuid make them.
_SEGMENT: Final = re.compile(
    r"[A-Za-z0-9_]{16,64}|[A-Za-z0-9_-]{21}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
)

_VALUE: Final = re.compile(r"(?<==)(?=[^&]*\d)[0-9A-Za-z_-]{6,64}(?=&|$)")


def folded(url: str) -> str:
    """A path or URL, its query included, with ``*`` for each content hash."""
    path, mark, query = url.partition("?")
    segments = path.split("/")
    *folders, name = segments
    plain = "/".join([*(_folder(each) for each in folders), _file(name)])
    return f"{plain}{mark}{_VALUE.sub(_hash_or_word, query)}"


def _folder(segment: str) -> str:
    return "*" if _SEGMENT.fullmatch(segment) and is_hash(segment) else segment


def _file(name: str) -> str:
    stem, dot, extension = name.partition(".")
    if _SEGMENT.fullmatch(stem) and is_hash(stem):
        return f"*{dot}{extension}"
    name = _HEX.sub("*", name)
    return _BASE64.sub(lambda found: _from_a_word(found[1]), name)


def _from_a_word(text: str) -> str:
    """What follows the last word of ``us-DiwrgTda``, which the pattern may have taken along."""
    head, dash, tail = text.rpartition("-")
    if dash and len(tail) >= 8 and not is_hash(head):
        return f"{head}-{'*' if is_hash(tail) else tail}"
    return "*" if is_hash(text) else text


def _hash_or_word(found: re.Match[str]) -> str:
    return "*" if is_hash(found[0]) else found[0]


# Consonants that stand together in words; any other three are drawn by lot, like wrg in DiwrgTda.
_TOGETHER: Final = re.compile(
    "str|scr|spr|spl|thr|tch|nch|rch|ght|nst|mpl|ngl|ndl|rst|rld|cks|sch|shr|phr|chr|nth|ntr|ckl"
    "|ttl|ddl|ngs|nts|rds|lls|sts|rts"
)


def is_hash(text: str) -> bool:
    """Whether a text looks drawn by lot: digits among letters, or capitals inside what is no word.

    Of a hash of eight letters of base 64 one in five has no digit.
    """
    if re.fullmatch(r"\d+x\d+", text):
        return False
    if re.fullmatch(r"(?=.*\d)(?=.*[a-f])[0-9a-f]{6,}", text):
        return True
    inner_capital = re.search(r"[a-z0-9][A-Z]", text) is not None
    if not re.search(r"\d", text):
        return inner_capital and not all(map(_is_word, re.findall(r"[A-Z]*[a-z]*", text)))
    switches = len(re.findall(r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])", text))
    return inner_capital or switches >= 2


def _is_word(text: str) -> bool:
    plain = _TOGETHER.sub("", text.lower())
    return not text or (
        re.search("[aeiouy]", text.lower()) is not None
        and re.search(r"[^aeiouy\W\d]{3}", plain) is None
    )
