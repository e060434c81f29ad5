"""``--offline-baseline`` and ``--offline-update``: written, held, and red with the reason."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.usefixtures("chromium")

TESTS = """
    WORKER = '''
    const FILES = %r;
    oninstall = (event) => event.waitUntil(caches.open("v1").then((cache) => cache.addAll(FILES)));
    onfetch = (event) => event.respondWith(
      caches.match(event.request).then((found) => found || fetch(event.request)));
    '''
    PAGE = '''<!doctype html><title>x</title><link rel=icon href=data:,><script>
    navigator.serviceWorker.register("/sw.js"); fetch("/api").catch(() => 0)</script>'''

    def test_it_opens(page, origin, network, service_worker):
        origin.reply("/", PAGE)
        origin.reply("/api", "[]")
        origin.reply("/sw.js", WORKER, headers={"Content-Type": "text/javascript"})
        page.goto(origin.url)
        service_worker.wait_until_ready()
        with network.offline():
            page.reload()
            page.evaluate("fetch('/api').catch(() => 0)")

    def test_without_ours():
        pass
"""
GOOD, BAD = TESTS % ["/", "/api"], TESTS % ["/"]

WRITTEN = """\
# pytest-offline baseline 1
# What works offline, and what is cached. --offline-update writes it anew; review it like code.

page / opens [test_inner.py::test_it_opens[chromium]]

cached / install, 1 file, up to 1 kB [test_inner.py::test_it_opens[chromium]]

cached /api install, 1 file, up to 1 kB [test_inner.py::test_it_opens[chromium]]
"""


def test_it_is_written_held_and_red(inner):
    inner.write(GOOD)
    file = inner.pytester.path / "offline.txt"
    inner.run("--offline-baseline=offline.txt", "--offline-update").assert_outcomes(passed=2)
    assert file.read_text() == WRITTEN
    inner.run("--offline-baseline=offline.txt").assert_outcomes(passed=2)

    inner.write(BAD)
    result = inner.run("--offline-baseline=offline.txt", "-n1")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*- page /: opens → opens",
            "*/ works no more: its request for /api was blocked; cached until now by the install "
            "of the worker.",
            "*things are worse than offline.txt says. Mend it, or accept it by writing the file "
            "anew: --offline-update",
        ]
    )

    result = inner.run("--offline-baseline=offline.txt", "--offline-update", "-n1")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["offline.txt was written: 1 test of this run, the others as*"])
    assert "without /api" in file.read_text()

    inner.write(GOOD)
    result = inner.run("--offline-baseline=offline.txt")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(
        ["*/ has /api offline now.", "Nothing is worse than offline.txt says: keep this with*"]
    )


def test_parts_of_two_processes_are_one_file(inner):
    inner.write(GOOD)
    other = inner.pytester.path / "test_other.py"
    other.write_text((inner.pytester.path / "test_inner.py").read_text())
    file = inner.pytester.path / "offline.txt"
    result = inner.run(
        "--offline-baseline=offline.txt", "--offline-update", "-n2", "--dist=loadfile"
    )
    result.assert_outcomes(passed=4)
    of_other = WRITTEN.replace("test_inner.py", "test_other.py")
    assert sorted(file.read_text().splitlines()) == sorted(
        [*WRITTEN.splitlines(), *of_other.splitlines()[2:]]
    )


NOTHING_LEFT = """
    def test_it_opens(page, origin, network):
        origin.reply("/", "<!doctype html><title>x</title><link rel=icon href=data:,>")
        page.goto(origin.url)
        %s
"""


def test_a_test_that_caches_nothing_any_more_is_red(inner):
    cached = "\n".join((*WRITTEN.splitlines()[:2], "", *WRITTEN.splitlines()[5:], ""))
    file = inner.pytester.path / "offline.txt"
    file.write_text(cached)
    inner.write(NOTHING_LEFT % "pass")
    result = inner.run("--offline-baseline=offline.txt")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*/api is not cached any more; until now it was, by the install*"])
    inner.run("--offline-baseline=offline.txt", "--offline-update").assert_outcomes(passed=1)
    assert "cached" not in file.read_text().partition("code.\n")[2]
    # A page that is closed cannot be asked: nothing is said of its caches.
    file.write_text(cached)
    inner.write(NOTHING_LEFT % "page.close()")
    inner.run("--offline-baseline=offline.txt").assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("options", "text", "said"),
    [
        (["--offline-baseline=b.txt"], None, "b.txt is not there: write it with --offline-update"),
        (["--offline-update"], None, "--offline-update writes a baseline anew: name it with"),
        (["--offline-baseline=b.txt"], "<<<<<<< HEAD\n", "b.txt:1: '<<<<<<< HEAD' is a mark of"),
        (["--offline-baseline=b.txt"], "# pytest-offline baseline 9\n", "it is of version 9"),
    ],
)
def test_mistakes_are_told_before_anything_runs(inner, options, text, said):
    inner.write("def test_x(origin): pass")
    if text is not None:
        (inner.pytester.path / "b.txt").write_text(text)
    result = inner.run(*options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert said in result.stderr.str()


def test_a_size_that_shrank_by_one_band_is_written(inner):
    inner.write(GOOD)
    file = inner.pytester.path / "offline.txt"
    api = "cached /api install, 1 file, up to "
    assert api in WRITTEN
    file.write_text(WRITTEN.replace(f"{api}1 kB", f"{api}3 kB"))
    inner.run("--offline-baseline=offline.txt", "--offline-update").assert_outcomes(passed=2)
    assert file.read_text() == WRITTEN


def test_a_test_that_it_does_not_know_and_files_that_are_gone(inner):
    inner.write(GOOD)
    file = inner.pytester.path / "offline.txt"
    gone = "page / opens [gone.py::test_x]\n"
    file.write_text("\n".join((*WRITTEN.splitlines()[:2], "", gone)))
    result = inner.run("--offline-baseline=offline.txt")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(
        ["offline.txt does not know test_inner.py::test_it_opens[[]chromium]: add with*"]
    )
    inner.run("--offline-baseline=offline.txt", "--offline-update")
    assert file.read_text() == WRITTEN, "a section whose test file is no more goes"
