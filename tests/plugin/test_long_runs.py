"""Runs of many tests: what a test needed is let go of when it is over."""

from __future__ import annotations

import tracemalloc

from pytest_offline.probes import online_script, page_script


def test_a_scene_lives_as_long_as_its_test(inner):
    inner.write(
        """
import gc, weakref
import pytest

scenes = []

@pytest.mark.parametrize("number", range(4))
def test_one(number, scene, origin, request):
    gc.collect()
    assert [seen() for seen in scenes] == [None] * number
    scenes.append(weakref.ref(scene))

def test_a_failure_keeps_nothing_but_its_traceback(origin, network):
    assert "timeline" == origin.url

def test_nobody_else_is_there():
    gc.collect()
    assert [seen() for seen in scenes] == [None] * 4
"""
    )
    result = inner.run("-p", "no:playwright")
    result.assert_outcomes(passed=5, failed=1)
    result.stdout.fnmatch_lines(["*AssertionError: assert 'timeline' == *"])


def test_scripts_of_tests_that_are_over_are_not_kept():
    def scripts(count: int) -> None:
        for number in range(count):
            page_script(f"token {count} {number}", f"binding {number}")
            online_script(f"token {count} {number}")

    scripts(1)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        scripts(50)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < len(page_script("token", "binding"))
