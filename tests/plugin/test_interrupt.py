"""Ctrl-C in the middle of a browser test: the run ends, and nothing is left."""

from __future__ import annotations

import os
import signal

import pytest

# Who runs the tests in the background may have had SIGINT ignored for all its children.
TESTS = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
def test_long(site, page, network, service_worker):
    page.goto(site.url)
    service_worker.wait_until_ready()
    network.offline()
    print("in the middle", flush=True)
    {waiting}
"""


@pytest.mark.parametrize(
    "waiting",
    [
        "page.wait_for_function('false', timeout=0)",
        "site.requests.wait_for(lambda seen: False, timeout=3600)",
        "page.wait_for_timeout(3600_000)",
    ],
    ids=["in Playwright", "in Python", "in a pause"],
)
@pytest.mark.parametrize("whom", ["pytest", "all"])
def test_ctrl_c(inner, chromium, waiting, whom):
    inner.write(TESTS.format(waiting=waiting))
    # Hypothesis imports itself when a run ends, which CPython 3.11 may refuse in a greenlet that
    # Ctrl-C broke off ("AST constructor recursion depth mismatch"): not what is tested here.
    run = inner.start("-s", "--offline-build", "chromium", "-p", "no:hypothesispytest")
    try:
        assert run.stdout is not None
        said = []
        for line in run.stdout:
            said.append(line)
            if "in the middle" in line:
                break
        else:
            pytest.fail("".join(said))
        # A terminal sends it to every process of the group, `kill` to one.
        if whom == "all":
            os.killpg(run.pid, signal.SIGINT)
        else:
            run.send_signal(signal.SIGINT)
        said.append(run.communicate(timeout=120)[0])
    finally:
        run.kill()
        run.wait()
    assert run.returncode == pytest.ExitCode.INTERRUPTED, "".join(said)
    assert "KeyboardInterrupt" in "".join(said)
    assert inner.leftovers() == []
