"""A manifest beside the files it names: --root, --against, --against-root."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from manifest_kit import OPEN, Command, Ran, Write


def found(ran: Ran) -> list[str]:
    """The findings without the name of the file."""
    return [line.partition(":")[2] for line in ran.lines[:-1]]


def test_files_that_are_there(command: Command, write: Write) -> None:
    for name in ("a.css", "app/b.css", "docs/index.html", "ü x.html", "100%.css", "index.html"):
        write(f"site/{name}")
    manifest = write(
        "site/app/m",
        "CACHE MANIFEST\n/a.css?v=1\nb.css\n/docs/\n/%C3%BC%20x.html\n/ü%20x.html?\n/100%25.css\n"
        "/?start\nhttps://cdn.test/x.js\nhttps://origin.test:444/x\nFALLBACK:\nnowhere/ /a.css\n"
        + OPEN,
    )
    ran = command(manifest, "--root", "site", "--ignore", "duplicate")
    assert (ran.code, found(ran)) == (0, [])


def test_files_that_are_not(command: Command, write: Write) -> None:
    write("site/empty/x")
    write("site/docs/index.html")
    write("site/a.css")
    manifest = write(
        "site/m",
        "CACHE MANIFEST\nb.css?v=1\nempty/\ndocs\na.css/\na%2fb\n%00\nb.css?v=1\n"
        f"FALLBACK:\np off.html\nq off.html\nCACHE:\n{'x' * 3000}\n{OPEN}",
    )
    ran = command(manifest, "--root", "site", "--ignore", "duplicate")
    assert ran.code == 1
    fails = "and one file that cannot be fetched makes the whole update fail"
    assert found(ran) == [
        f"2:1 error missing-file 'b.css?v=1' does not exist: there is no file 'site/b.css', "
        f"{fails}; "
        "add the file, or take the line out",
        "3:1 error missing-file 'empty/' does not exist: 'site/empty' is a folder without "
        f"index.html, {fails}; add the file, or take the line out",
        "4:1 error missing-file 'docs' is a folder, 'site/docs': servers answer with a redirect to "
        "the same URL with '/' at its end, and a redirect makes the whole update fail; write it "
        "with the '/'",
        f"5:1 error missing-file 'a.css/' does not exist: there is no file 'site/a.css', {fails}; "
        "add the file, or take the line out",
        "6:1 error missing-file 'a%2fb' cannot be a file below 'site': it leaves that folder or "
        "has "
        "characters in it that no file name has; correct the URL, or take the line out",
        "7:1 error missing-file '%00' cannot be a file below 'site': it leaves that folder or has "
        "characters in it that no file name has; correct the URL, or take the line out",
        "10:1 error missing-file 'p off.html' does not exist: there is no file 'site/off.html', "
        f"{fails}; add the file, or take the line out",
        f"13:1 error missing-file '{'x' * 80}'… (3,000 characters) does not exist: there is no "
        f"file "
        f"'site/{'x' * 75}'… (3,005 characters), {fails}; add the file, or take the line out",
    ]


def test_a_manifest_outside_of_the_root_is_served_from_its_top(
    command: Command, write: Write
) -> None:
    write("site/a.css")
    assert command(write("build/m", f"CACHE MANIFEST\na.css\n{OPEN}"), "--root", "site").code == 0
    given = ("--root", "site", "--url", "https://shop.test/x/m")
    assert "there is no file 'site/x/a.css'" in command("build/m", *given).out


@pytest.fixture
def sites(write: Write) -> Callable[[str, str], None]:
    """An older and a newer site of a page, a style sheet and a manifest with these comments."""

    def make(old: str, new: str) -> None:
        for folder, comment in (("old", old), ("new", new)):
            body = f"CACHE MANIFEST\n{comment}\na.css?1\nFALLBACK:\np off.html\n{OPEN}"
            write(f"{folder}/app/m", body)
            write(f"{folder}/app/a.css", "a { color: red }")
            write(f"{folder}/app/off.html", "off")
            write(f"{folder}/app/index.html", '<!doctype html>\n<HTML lang=en Manifest="m#x">old')
            write(f"{folder}/other.html", "<html manifest=other>")
            write(f"{folder}/broken.html", "<html manifest=//[>")
            write(f"{folder}/none.html", "<p>manifest=m")

    return make


Sites = Callable[[str, str], None]


def test_neither_the_files_nor_the_manifest_changed(command: Command, sites: Sites) -> None:
    sites("# v1", "# v1")
    ran = command("new/app/m", "--root", "new", "--against", "old/app/m")
    assert (ran.code, found(ran)) == (0, [])


@pytest.mark.parametrize(
    "how",
    [
        ["--against", "old/app/m"],
        ["--against", "old"],
        ["--against", "old/app/m", "--against-root", "old"],
        ["--against", "new/app/m", "--against-root", "old"],
    ],
)
def test_the_version_line_that_should_have_changed(
    how: list[str], command: Command, sites: Sites, write: Write
) -> None:
    sites("# the notes\n# version 1", "# the notes\n# version 1")
    write("new/app/a.css", "a { color: blue }")
    ran = command("new/app/m", "--root", "new", *how)
    assert ran.code == 1
    old = how[1] if how[1] != "old" else "old/app/m"
    assert found(ran) == [
        f"3:1 error version-unchanged the version line '# version 1' is the same as in '{old}', "
        f"and "
        "so is all of the manifest, though 'https://origin.test/app/a.css?1' changed (files: 1): "
        "browsers that have the old version never see the new one; change this line"
    ]


def test_a_page_that_declares_the_manifest_counts_and_so_does_a_file_that_went(
    command: Command, sites: Sites, write: Write, tmp_path: Path
) -> None:
    sites("#", "#")
    write("new/app/index.html", "<html manifest=m>new")
    (tmp_path / "new/app/off.html").unlink()
    (tmp_path / "new/dir.html").mkdir()
    ran = command("new/app/m", "--root", "new", "--against", "old", "--ignore", "missing-file")
    assert found(ran) == [
        "1:1 error version-unchanged the manifest is the same, byte by byte, as 'old/app/m', "
        "though "
        "'https://origin.test/app/off.html' changed (files: 2): browsers that have the old version "
        "never see the new one; add a comment with a version, such as '# v2', and change it with "
        "every release"
    ]


def test_of_a_folder_the_index_page_is_compared(command: Command, write: Write) -> None:
    for folder in ("old", "new"):
        manifest = write(f"{folder}/m", f"CACHE MANIFEST\ndocs/\n%00\n{OPEN}")
        write(f"{folder}/docs/index.html", folder)
    ran = command(manifest, "--root", "new", "--against", "old", "--ignore", "missing-file")
    assert "though 'https://origin.test/docs/' changed (files: 1)" in found(ran)[0]


def test_both_changed(command: Command, sites: Sites, write: Write) -> None:
    sites("# v1", "# v2")
    write("new/app/a.css", "a { color: blue }")
    assert command("new/app/m", "--root", "new", "--against", "old").code == 0


def test_only_a_comment_changed(command: Command, sites: Sites) -> None:
    sites("# v1\n# same", "# v2\n# same")
    ran = command("new/app/m", "--root", "new", "--against", "old")
    assert ran.code == 1
    assert found(ran) == [
        "2:1 error changing-timestamp only comments differ from 'old/app/m', here '# v2', and none "
        "of the files changed (compared: 3): every user fetches every file again for nothing; "
        "change the line only when a file changed"
    ]


def test_a_comment_that_went_is_told_at_the_top(command: Command, sites: Sites) -> None:
    sites("# v1\n# more", "# v1")
    ran = command("new/app/m", "--root", "new", "--against", "old")
    assert found(ran)[0].startswith("1:1 error changing-timestamp only comments differ from")


def test_without_the_files_only_what_looks_like_a_time_is_told(
    command: Command, write: Write
) -> None:
    old = write("old.appcache", f"CACHE MANIFEST\n# 12:00:00\na\n{OPEN}")
    new = write("new.appcache", f"CACHE MANIFEST\n# 12:00:01\na\n{OPEN}")
    said = found(command(new, "--against", old))
    assert [line.split()[2] for line in said] == ["changing-timestamp"] * 2
    assert said[1] == (
        "2:1 warning changing-timestamp only comments differ from 'old.appcache', here "
        "'# 12:00:01', which looks like a time or a random string (a time of day with seconds): if "
        "no file changed, every user fetches every file again for nothing; change the line only "
        "when a file changed"
    )
    write("new.appcache", f"CACHE MANIFEST\n# v2\na\n{OPEN}")
    assert command(new, "--against", old).code == 0
    write("new.appcache", f"CACHE MANIFEST\n# 12:00:00\nb\n{OPEN}")
    assert len(found(command(new, "--against", old))) == 1


def test_the_same_file_beside_says_nothing_of_the_files(command: Command, write: Write) -> None:
    write("site/a")
    new = write("site/m", f"CACHE MANIFEST\na\n{OPEN}")
    old = write("site/m.old", f"CACHE MANIFEST\na\n{OPEN}")
    assert command(new, "--root", "site", "--against", old).code == 0
    assert command(new, "--root", "site", "--against", new).code == 0


def test_entries_of_nothing_that_can_be_compared(command: Command, write: Write) -> None:
    write("old/m", f"CACHE MANIFEST\n# 1\nhttps://cdn.test/a\n{OPEN}")
    new = write("new/m", f"CACHE MANIFEST\n# 2\nhttps://cdn.test/a\n{OPEN}")
    assert command(new, "--root", "new", "--against", "old").code == 0


def test_an_older_copy_that_is_no_manifest_or_not_there(command: Command, write: Write) -> None:
    new = write("m", f"CACHE MANIFEST\n{OPEN}")
    assert command(new, "--against", write("old", "<html>")).code == 0
    ran = command(new, "--against", "nowhere")
    assert ran.code == 2
    assert "'nowhere' cannot be read: No such file or directory" in ran.err


def test_a_refused_manifest_is_compared_with_nothing(command: Command, write: Write) -> None:
    ran = command(write("m", "x"), "--root", ".", "--against", "nowhere")
    assert ran.code == 1
    assert [line.split()[2] for line in found(ran)] == ["missing-signature"]


def test_what_is_missing_many_times_is_counted_beside_the_rest(
    command: Command, write: Write
) -> None:
    names = "\n".join(f"https://[\nx{number}" for number in range(60))
    ran = command(write("m", f"CACHE MANIFEST\n{names}\n{OPEN}"), "--root", ".")
    more = [line for line in found(ran) if " times more, " in line]
    assert more == [
        f"{line} and 10 times more, up to line {last}: mend the ones above, run it again"
        for line, last in (("102:1 error entry-refused", 120), ("103:1 error missing-file", 121))
    ]
    assert len(found(ran)) == 102
