"""A site cannot tell that its application cache is watched: what it sees is what it would see."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

LOOKS = """() => {
  const seen = [Object.getOwnPropertyNames(window).filter(name => /applicationcache/i.test(name))];
  if (!window.applicationCache) { return seen; }
  const prototype = Object.getPrototypeOf(applicationCache);
  seen.push(Object.getOwnPropertyNames(prototype), Object.getOwnPropertyNames(applicationCache));
  seen.push(applicationCache.onchecking, applicationCache.status);
  for (const name of ["update", "swapCache", "abort"]) {
    const found = Object.getOwnPropertyDescriptor(prototype, name), method = found.value;
    seen.push([name, method.toString(), method.name, method.length, "prototype" in method]);
    seen.push([found.enumerable, found.writable, found.configurable, method === prototype[name]]);
    for (const self of [applicationCache, {}, undefined]) {
      try { seen.push(String(method.call(self))); } catch (error) {
        seen.push([error.name, error.message, error instanceof DOMException]);
      }
    }
  }
  return seen;
}"""


@pytest.fixture
def place(origin: Any) -> Any:
    origin.reply("/", "<!doctype html><title>t</title><link rel=icon href=data:,>")
    return origin


def test_what_a_script_sees_of_it(
    page: Page, place: Any, plain_page: Page, plain_origin: Any
) -> None:
    """Holds in builds without AppCache too: nothing of it is there."""
    plain_origin.reply("/", "<!doctype html><title>t</title><link rel=icon href=data:,>")
    plain_page.goto(plain_origin.url)
    page.goto(place.url)
    assert page.evaluate(LOOKS) == plain_page.evaluate(LOOKS)


def test_what_is_thrown_reaches_the_script(page: Page, place: Any) -> None:
    page.goto(place.url)
    caught = "try { applicationCache.update(); 'nothing' } catch (error) { error.name }"
    here = page.evaluate("'applicationCache' in window")
    assert page.evaluate(caught) == ("InvalidStateError" if here else "ReferenceError")
