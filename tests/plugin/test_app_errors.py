"""What an application raises stands in the report of the test that failed by it."""

from __future__ import annotations

from typing import Any

TESTS = """
from urllib.error import HTTPError
from urllib.request import Request, urlopen

def application(environ, start_response):
    raise LookupError("no table called users")

def ask(origin):
    request = Request(f"http://127.0.0.1:{origin.port}/x", headers={"Host": origin.url[7:-1]})
    try:
        return urlopen(request).status
    except HTTPError as error:
        return error.code

def test_fails(origin):
    origin.app(application)
    assert ask(origin) == 200

def test_next(origin):
    assert origin.errors == () and ask(origin) == 404
"""


def test_the_traceback_is_in_the_report(inner: Any) -> None:
    inner.write(TESTS)
    result = inner.run()
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(
        [
            "*Captured log call*",
            "*GET /x could not be answered: the application raised LookupError: no table called*",
            '*raise LookupError("no table called users")*',
        ]
    )
