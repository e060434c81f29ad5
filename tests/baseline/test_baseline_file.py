"""The file: written, read, damaged, and joined by git."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_offline.baseline import (
    Baseline,
    BaselineError,
    Cached,
    PageState,
    Section,
    opened,
    read,
    write,
)

SITE: Baseline = {
    "firefox": Section({"/": PageState("same")}),
    "chromium": Section(
        {
            "/about": PageState("degraded", ("/api/about", "/logo.svg")),
            "/": PageState("same"),
            "/item?id=*": PageState("dead"),
        },
        {
            "/app.*.js": Cached("install", 1, 30_000),
            "/pictures/*.png": Cached("runtime", 16, 3_000_000),
            "https://cdn.example/a.css": Cached("other", 1, 0),
        },
        {"/api/me with-authorization": ""},
    ),
    "tests/test_a.py::test_b[is dead [x] without y [z]-chromium]": Section(
        {"/a": PageState("degraded", ("/b",))}
    ),
    "tests/test_a.py::test_c": Section(),
}

TEXT = """\
# pytest-offline baseline 1
# What works offline, and what is cached. --offline-update writes it anew; review it like code.

page / same [chromium]

page /about degraded [chromium]
page /about without /api/about [chromium]
page /about without /logo.svg [chromium]

page /item?id=* dead [chromium]

cached /app.*.js install, 1 file, up to 30 kB [chromium]

cached /pictures/*.png runtime, up to 16 files, up to 3 MB [chromium]

cached https://cdn.example/a.css other, 1 file, size unknown [chromium]

fault /api/me with-authorization [chromium]

page / same [firefox]

page /a degraded [tests/test_a.py::test_b[is dead [x] without y [z]-chromium]]
page /a without /b [tests/test_a.py::test_b[is dead [x] without y [z]-chromium]]

nothing [tests/test_a.py::test_c]
"""


def test_it_is_sorted_and_reads_like_this() -> None:
    assert write(SITE) == TEXT


def test_what_was_written_is_read() -> None:
    assert read(write(SITE)) == SITE
    assert read(write({})) == {}


def test_comments_and_blank_lines_are_free() -> None:
    assert read(TEXT.replace("\n\n", "\n\n# mine\n\n\n")) == SITE


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("# pytest-offline baseline 1", "{", "b:1: '{' is not how a baseline begins"),
        ("# pytest-offline baseline 1", "# pytest-offline baseline 7",
         "b:1: it is of version 7, and this release reads 1: update pytest-playwright-offline"),
        ("page / same", "<<<<<<< HEAD\npage / same",
         "b:4: '<<<<<<< HEAD' is a mark of a conflict that git left: choose between"),
        ("# pytest-offline baseline 1", "<<<<<<< HEAD", "b:1: '<<<<<<< HEAD' is a mark"),
        ("dead [chromium]", "gone [chromium]",
         "b:10: 'page /item?id=* gone [chromium]' is no line of a baseline, such as 'page /about "
         "same [chromium]' (or opens, degraded, fallback, dead)"),
        (" same [chromium]", "", "b:4: 'page /' is no line of a baseline"),
        ("without /logo.svg", "needs /logo.svg", "b:8: 'page /about needs /logo.svg"),
        ("install, 1 file", "install, one file", "b:12: 'cached /app.*.js install, one"),
        ("cached /app.*.js", "stored /app.*.js", "b:12: 'stored /app.*.js"),
        ("page /about degraded [chromium]\n", "",
         "b: no line says how page /about of [chromium] fares, only what it is without; add one"),
        ("page /item?id=* dead", "page / dead",
         "b:10: 'page / dead [chromium]', and a line before it says another thing of the same, as "
         "two branches may; keep one"),
    ],
)  # fmt: skip
def test_damage_is_told_by_its_line(before: str, after: str, said: str) -> None:
    assert before in TEXT
    with pytest.raises(BaselineError) as caught:
        read(TEXT.replace(before, after, 1), "b")
    assert said in str(caught.value)
    assert "--offline-update" in str(caught.value)


def test_the_same_twice_is_no_contradiction() -> None:
    """What git's union of two branches may leave."""
    assert read(TEXT.replace("page / same", "page / same [chromium]\n\npage / same", 1)) == SITE


def test_an_empty_file_is_none() -> None:
    with pytest.raises(BaselineError, match="'' is not how a baseline begins"):
        read("")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "offline.txt"
    with pytest.raises(BaselineError, match=r"b is not there: write it with --offline-update"):
        opened(path, "b", update=False)
    assert opened(path, "b", update=True) == {}


def test_what_is_no_text_and_what_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "offline.txt"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(BaselineError, match=r"b cannot be read \(.*utf-8"):
        opened(path, "b", update=True)
    path.write_text("no baseline")
    with pytest.raises(BaselineError, match="is not how a baseline begins"):
        opened(path, "b", update=False)
    assert opened(path, "b", update=True) == {}, "it is written anew"
    path.write_text(TEXT)
    assert opened(path, "b", update=False) == SITE


def git(folder: Path, *words: str) -> str:
    named = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", *named, *words], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.fixture
def branches(tmp_path: Path) -> Callable[..., str]:
    """Joins what two branches made of a baseline, and gives the text."""

    def commit(baseline: Baseline) -> None:
        (tmp_path / "offline.txt").write_text(write(baseline))
        git(tmp_path, "add", ".")
        git(tmp_path, "commit", "-m", "x")

    def joined(before: Baseline, one: Baseline, other: Baseline) -> str:
        git(tmp_path, "init", "--initial-branch", "main")
        (tmp_path / ".gitattributes").write_text("offline.txt merge=union\n")
        commit(before)
        git(tmp_path, "checkout", "-b", "one")
        commit(one)
        git(tmp_path, "checkout", "-b", "other", "main")
        commit(other)
        git(tmp_path, "merge", "one")
        return (tmp_path / "offline.txt").read_text()

    return joined


def site(**states: PageState | Cached) -> Baseline:
    pages = {f"/{name}": each for name, each in states.items() if isinstance(each, PageState)}
    kept = {f"/{name}": each for name, each in states.items() if isinstance(each, Cached)}
    return {"chromium": Section(pages, kept)}


SAME, DEAD = PageState("same"), PageState("dead")
LESS = PageState("degraded", ("/x",))
HELD, MORE = Cached("install", 1, 1_000), Cached("runtime", 2, 3_000)


def test_branches_that_touch_neighbouring_pages_meet(branches: Callable[..., str]) -> None:
    merged = branches(
        site(a=SAME, b=SAME, c=HELD, d=HELD),
        site(a=DEAD, b=SAME, c=MORE, d=HELD),
        site(a=SAME, b=LESS, c=HELD, d=MORE),
    )
    assert read(merged) == site(a=DEAD, b=LESS, c=MORE, d=MORE)


def test_branches_that_add_pages_and_sections_at_one_place_meet(
    branches: Callable[..., str],
) -> None:
    before = site(a=SAME, c=SAME)
    merged = branches(
        before,
        {**site(a=SAME, b1=SAME, c=SAME), "t1": Section({"/": SAME}), "u": Section()},
        {**site(a=SAME, b2=SAME, b3=LESS, c=SAME), "t2": Section({"/": SAME}, {"/": HELD})},
    )
    assert read(merged) == {
        **site(a=SAME, b1=SAME, b2=SAME, b3=LESS, c=SAME),
        "t1": Section({"/": SAME}),
        "t2": Section({"/": SAME}, {"/": HELD}),
        "u": Section(),
    }


def test_branches_that_say_two_things_of_a_page_are_told(branches: Callable[..., str]) -> None:
    merged = branches(site(a=SAME), site(a=DEAD), site(a=LESS))
    with pytest.raises(BaselineError, match="a line before it says another thing of the same"):
        read(merged)
