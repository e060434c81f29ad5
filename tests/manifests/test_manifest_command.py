"""The command `pytest-offline manifest`: files in, lines out, exit codes, three formats."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from manifest_kit import Command, Write

from pytest_offline.cli import main

GOOD = "CACHE MANIFEST\n# v1\nindex.html\nNETWORK:\n*\n"
BAD = "CACHE MANIFEST\nhttps://[\nNETWORK:\n*\n"


@pytest.fixture
def good(write: Write) -> Path:
    return write("good.appcache", GOOD)


@pytest.fixture
def bad(write: Write) -> Path:
    return write("bad.appcache", BAD)


def test_a_clean_file(command: Command, good: Path) -> None:
    ran = command(good)
    assert (ran.code, ran.err) == (0, "")
    assert ran.lines == ["good.appcache: no faults; CACHE 1, FALLBACK 0, NETWORK 1 with *"]


def test_notes_are_no_faults(command: Command, write: Write) -> None:
    ran = command(
        write("x", "CACHE MANIFEST\na\nFALLBACK:\np a\nSETTINGS:\nprefer-online\nNETWORK:\nb\n")
    )
    assert ran.code == 0
    assert ran.lines[0].startswith("x:7:1 note no-network-wildcard there is no '*' under NETWORK")
    assert ran.lines[1:] == ["x: 1 note; CACHE 1, FALLBACK 1, NETWORK 1 without *, prefer-online"]


def test_a_faulty_file(command: Command, bad: Path, write: Write) -> None:
    ran = command(bad)
    assert ran.code == 1
    assert ran.lines == [
        "bad.appcache:2:1 error entry-refused 'https://[' is ignored: it cannot be parsed as a "
        "URL, "
        "so the browser keeps nothing for it; correct it, or take the line out",
        "bad.appcache: 1 error; CACHE 0, FALLBACK 0, NETWORK 1 with *",
    ]
    refused = command(write("no.appcache", "<html>"))
    assert refused.code == 1
    assert refused.lines[-1] == "no.appcache: 1 error; refused whole"


def test_several_files_and_counts(command: Command, good: Path, bad: Path, write: Write) -> None:
    twice = write("twice.appcache", "CACHE MANIFEST\na\na\nb\nb\nhttps://[\nNETWORK:\n*")
    ran = command(good, bad, twice)
    assert ran.code == 1
    assert [line for line in ran.lines if "; CACHE" in line] == [
        "good.appcache: no faults; CACHE 1, FALLBACK 0, NETWORK 1 with *",
        "bad.appcache: 1 error; CACHE 0, FALLBACK 0, NETWORK 1 with *",
        "twice.appcache: 1 error, 2 warnings; CACHE 2, FALLBACK 0, NETWORK 1 with *",
    ]


def test_what_cannot_be_read_is_2_and_the_rest_is_still_told(
    command: Command, good: Path, bad: Path, tmp_path: Path
) -> None:
    ran = command("nope.appcache", tmp_path, "nul\0", bad, good)
    assert ran.code == 2
    assert ran.err.splitlines() == [
        "pytest-offline: 'nope.appcache' cannot be read: No such file or directory; name the file "
        "of a manifest",
        f"pytest-offline: {str(tmp_path)!r} cannot be read: Is a directory; name the file of a "
        "manifest",
        r"pytest-offline: 'nul\x00' cannot be read: embedded null byte; name the file of a "
        r"manifest",
    ]
    assert len(ran.lines) == 3


def test_standard_input(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    given = SimpleNamespace(buffer=io.BytesIO(BAD.encode()))
    monkeypatch.setattr(sys, "stdin", given)
    ran = command("-", "--root", ".", "--format", "json")
    (file,) = json.loads(ran.out)["files"]
    assert (file["file"], file["url"]) == ("<stdin>", "https://origin.test/manifest.appcache")
    given.buffer.seek(0)
    assert command("-", "--format", "github").lines == [
        "::error line=2,col=1,title=entry-refused::'https://[' is ignored: it cannot be parsed "
        "as a "
        "URL, so the browser keeps nothing for it; correct it, or take the line out"
    ]


def test_json_has_the_manifest_as_it_is_understood(command: Command, write: Write) -> None:
    ran = command(
        write("m", "CACHE MANIFEST\na\na\nFALLBACK:\np q\nNETWORK:\nn\n*\n"), "--format", "json"
    )
    assert ran.code == 1
    (file,) = json.loads(ran.out)["files"]
    assert file["manifest"] == {
        "explicit": ["https://origin.test/a"],
        "fallback": {"https://origin.test/p": "https://origin.test/q"},
        "network": ["https://origin.test/n"],
        "network_wildcard": True,
        "prefer_online": False,
    }
    assert (file["file"], file["url"], file["faults"]) == ("m", "https://origin.test/m", 1)
    (finding,) = file["findings"]
    assert finding.pop("sentence").startswith("'a' was said before, in line 2 (")
    assert finding == {
        "line": 3,
        "column": 1,
        "severity": "warning",
        "code": "duplicate",
        "reason": "entry",
        "facts": {"text": "a", "url": "https://origin.test/a", "other_line": 2},
    }
    nothing = command(write("no", "x"), "--format", "json")
    assert nothing.code == 1
    (file,) = json.loads(nothing.out)["files"]
    assert file["manifest"] is None
    assert file["findings"][0]["reason"] is None


def test_github_commands_are_escaped(command: Command, write: Write) -> None:
    ran = command(write("a,b:100%", "CACHE MANIFEST\nmy file\nNETWORK:\n*\n"), "--format", "github")
    assert ran.code == 1
    assert ran.lines == [
        "::error file=a%2Cb%3A100%25,line=2,col=4,title=trailing-text::of 'my file' only 'my' is "
        "read, and 'file' is ignored: a line has one URL, without spaces, and comments have lines "
        "of their own; write a space in a URL as %2520"
    ]
    warned = command(write("w", "CACHE MANIFEST\na"), "--format", "github")
    assert warned.lines[0].startswith("::warning file=w,line=1,col=1,title=no-network-wildcard::")
    noted = command(write("n", "CACHE MANIFEST\nNETWORK:\na"), "--format", "github")
    assert noted.lines[0].startswith("::notice file=n,line=2,col=1,title=no-network-wildcard::")


def test_the_url_decides_what_is_outside(command: Command, write: Write) -> None:
    file = write("m", "CACHE MANIFEST\nFALLBACK:\n/app/ /off.html\nNETWORK:\n*\n")
    assert command(file).code == 0
    assert command(file, "--url", "https://origin.test/app/m").code == 0
    outside = command(file, "--url", "https://origin.test/other/m")
    assert outside.code == 1
    assert "outside of the manifest's folder, 'https://origin.test/other/'" in outside.out


def test_a_code_can_be_left_out(command: Command, bad: Path) -> None:
    ran = command(bad, "--ignore", "entry-refused", "--ignore", "duplicate")
    assert (ran.code, len(ran.lines)) == (0, 1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["a", "b", "--url", "https://origin.test/m"],
            "--url is for one manifest, and 2 are given (a, b): run the command once for each",
        ),
        (
            ["a", "b", "--against", "c"],
            "--against is for one manifest, and 2 are given (a, b): run the command once for each",
        ),
        (
            ["a", "--root", "nowhere"],
            "'nowhere' is no folder: --root and --against-root name the folder that the site is "
            "served from",
        ),
        (
            ["a", "--against-root", "."],
            "--against-root '.' is where the older files are, so it needs --against OLD, the older "
            "manifest, and --root FOLDER, the newer files",
        ),
        (
            ["a", "--ignore", "typo"],
            "'typo' is no code of the lint; there are: missing-signature, byte-order-mark,",
        ),
        (
            ["good.appcache", "--url", "/m"],
            "the URL of a manifest is '/m', but has to be an absolute one of http or https,",
        ),
    ],
)
def test_wrong_use(arguments: list[str], said: str, command: Command, good: Path) -> None:
    ran = command(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"pytest-offline: {said}")


def test_help_says_what_it_prints_and_how_it_ends(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["manifest", "--help"])
    assert ended.value.code == 0
    out = capsys.readouterr().out
    assert "FILE:LINE:COLUMN SEVERITY CODE what is wrong, why it matters, and what to do" in out
    assert "exit status: 0 no faults, 1 faults, 2 a file cannot be read" in out
    for option in ("--root", "--against", "--against-root", "--url", "--ignore", "--format"):
        assert option in out


def test_who_reads_only_the_beginning_sees_no_traceback(write: Write) -> None:
    write("many", "CACHE MANIFEST\n" + "\n".join(f"https://[{n}" for n in range(50)))
    run = [sys.executable, "-m", "pytest_offline", "manifest", *(["many"] * 40)]
    with subprocess.Popen(run, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"many:1:1 warning")
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert process.returncode == 1
