"""The file: written, read, damaged, and joined by git."""

from __future__ import annotations

import subprocess
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
    ),
}

TEXT = """\
# pytest-offline baseline 1
# What works offline, and what is cached. --offline-update writes it anew; review it like code.

[chromium]

page /
  same

page /about
  degraded
  without /api/about
  without /logo.svg

page /item?id=*
  dead

cached /app.*.js
  install, 1 file, up to 30 kB

cached /pictures/*.png
  runtime, up to 16 files, up to 3 MB

cached https://cdn.example/a.css
  other, 1 file, size unknown

[firefox]

page /
  same
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
        ("page /\n  same", "<<<<<<< HEAD\npage /\n  same",
         "b:6: '<<<<<<< HEAD' is a mark of a conflict that git left: choose between"),
        ("# pytest-offline baseline 1", "<<<<<<< HEAD", "b:1: '<<<<<<< HEAD' is a mark"),
        ("  dead", "  gone", "has the verdict 'gone', which is none of same, opens"),
        ("  dead\n", "", "has the verdict ''"),
        ("  without /logo.svg", "  needs /logo.svg", "only 'without URL' may follow the verdict"),
        ("install, 1 file", "install, one file", "not something like 'install, 1 file, up to"),
        ("cached /app.*.js\n  install, 1 file, up to 30 kB", "cached /app.*.js", "says ''"),
        ("cached /app.*.js", "stored /app.*.js", "is neither [section] nor page nor cached"),
        ("page /about", "page", "'page' is neither"),
        ("[chromium]\n", "", "page / stands before the first [section]"),
        ("page /item?id=*\n  dead", "page /\n  dead",
         "stands here a second time and says another thing, as two branches may"),
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
    assert read(TEXT.replace("page /\n  same", "page /\n  same\n\npage /\n  same", 1)) == SITE


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


def test_branches_that_touch_neighbouring_pages_meet_without_a_conflict(tmp_path: Path) -> None:
    def commit(baseline: Baseline) -> None:
        (tmp_path / "offline.txt").write_text(write(baseline))
        git(tmp_path, "add", "offline.txt")
        git(tmp_path, "commit", "-m", "x")

    def site(**states: PageState | Cached) -> Baseline:
        pages = {f"/{name}": each for name, each in states.items() if isinstance(each, PageState)}
        kept = {f"/{name}": each for name, each in states.items() if isinstance(each, Cached)}
        return {"chromium": Section(pages, kept)}

    same, dead = PageState("same"), PageState("dead")
    held, more = Cached("install", 1, 1_000), Cached("runtime", 2, 3_000)
    git(tmp_path, "init", "--initial-branch", "main")
    commit(site(a=same, b=same, c=held, d=held))
    git(tmp_path, "checkout", "-b", "one")
    commit(site(a=dead, b=same, c=more, d=held))
    git(tmp_path, "checkout", "-b", "other", "main")
    commit(site(a=same, b=PageState("degraded", ("/x",)), c=held, d=more))
    git(tmp_path, "merge", "one")
    merged = read((tmp_path / "offline.txt").read_text())
    assert merged == site(a=dead, b=PageState("degraded", ("/x",)), c=more, d=more)
