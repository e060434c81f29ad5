"""Any bytes at all: `Manifest.parse` raises `ManifestError` or gives what its invariants allow.

With OFFLINE_LONG set it takes 200,000 inputs instead of a few hundred.
"""

from __future__ import annotations

import os
import re

import ada_url
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from pytest_offline.errors import ManifestError
from pytest_offline.model import Manifest

LONG = bool(os.environ.get("OFFLINE_LONG"))

# Of 10,000 inputs each, and each with a seed of its own.
PARTS = range(20 if LONG else 1)

hunted = settings(
    max_examples=10_000 if LONG else 300,
    deadline=None,
    derandomize=not LONG,
    database=None,
    suppress_health_check=list(HealthCheck),
)

URLS = st.sampled_from(
    [
        "https://origin.test/app/notes.appcache",
        "http://origin.test/m",
        "https://u:p@origin.test:8443/a/b/m?x=/y/#z",
        "https://origin.test",
        "http://[::1]:8080/%61/m",
    ]
)

SAMPLES = """
CACHE: NETWORK: FALLBACK: SETTINGS: OTHER: cache: prefer-online fast * ** # #x / // /// . .. ./a
../b a b.css /app/ /app/c d/e/ a?b=c a#d ?q %6F %2e%2e a%2eb .a a. ~x -y _z a//b a/../b /a/./b
https://origin.test/app/x https://origin.test:443/app/y https://origin.test http://origin.test/
https://origin.tested/ https://u:p@origin.test/app/ //cdn.test/a //[ https:// https:x http:x
blob:https://origin.test/app/ data:,x file:///x a:b : é 中/文 a\\b \0 a\0b \ufeff \u2028 \x0b
\x85 ftp://x https://a:99999 /%00 /%zz %
"""
WORDS = st.sampled_from(re.findall("[^ \n]+", SAMPLES))
BLANKS = st.sampled_from([" ", "\t", "  ", "\n", "\r", "\r\n", "\n\n", "\n \t"])
STARTS = st.sampled_from(
    [
        b"CACHE MANIFEST\n",
        b"CACHE MANIFEST\r\n",
        b"\xef\xbb\xbfCACHE MANIFEST x\n",
        b"CACHE MANIFEST",
    ]
)
LIKELY = st.builds(
    lambda start, parts: start + "".join(word + blank for word, blank in parts).encode(),
    STARTS,
    st.lists(st.tuples(WORDS, BLANKS), max_size=12),
)
ANYTHING = st.builds(
    lambda start, rest: start + rest, STARTS | st.just(b""), st.binary(max_size=80)
)


@pytest.mark.parametrize("part", PARTS)
@hunted
@given(data=LIKELY | ANYTHING, url=URLS)
def test_any_bytes_are_a_manifest_or_a_manifest_error(part: int, data: bytes, url: str) -> None:
    try:
        manifest = Manifest.parse(data, url)
    except ManifestError as error:
        assert "CACHE MANIFEST" in str(error)
        return
    lines = list(manifest.lines())
    scheme = url.partition(":")[0] + ":"
    folder = ada_url.URL(url).pathname.rpartition("/")[0] + "/"
    assert all(each.startswith(scheme) for each in (*manifest.explicit, *manifest.network))
    assert all(ada_url.URL(each).pathname.startswith(folder) for each in manifest.fallback)
    for each in (*manifest.explicit, *manifest.network, *manifest.fallback.items()):
        for one in [each] if isinstance(each, str) else each:
            # Serialised already, and whole: parsing it again changes nothing.
            assert ada_url.URL(one).href == one
            assert "#" not in one
    assert len(set(manifest.explicit)) == len(manifest.explicit)
    assert "*" not in manifest.network
    assert all((line.reason is not None) == (line.kind == "refused") for line in lines)
    decoded = data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for line in lines:
        assert decoded[line.number - 1][line.column - 1 :].rstrip(" \t") == line.text


@hunted
@given(token=st.from_regex(r"\A/?[a-z~%._?=&+/-]{1,12}\Z") | WORDS, url=URLS)
def test_what_is_put_together_without_parsing_is_what_parsing_gives(token: str, url: str) -> None:
    assume(token[0] != "#" and token[-1] != ":" and token != "*")
    manifest = Manifest.parse(f"CACHE MANIFEST\nNETWORK:\n{token}\n".encode(), url)
    try:
        expected = ada_url.URL(token, url).href.partition("#")[0]
    except ValueError:
        expected = ""
    allowed = (expected,) if expected.startswith(url.partition(":")[0] + ":") else ()
    assert manifest.network == allowed
