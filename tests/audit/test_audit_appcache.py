"""An audit of a site that an application cache keeps, in a build that has them."""

from __future__ import annotations

import pytest
from audit_kit import SAMPLES, AuditOf

from pytest_offline.audit.frontier import Limits
from pytest_offline.audit.options import Options

pytestmark = pytest.mark.usefixtures("browser_with_appcache")


@pytest.fixture
def browser_with_appcache() -> None:
    """By its name the tests are left out in builds without (the root's conftest.py)."""


def test_what_the_manifest_lists_opens_offline_and_the_rest_falls_back(audit_of: AuditOf) -> None:
    found = audit_of(Options(str(SAMPLES / "appcache_notes"), limits=Limits(depth=1)))
    assert found.ready.reason == "ready"
    assert "it is kept by an application cache, which browsers of today lack" in found.remarks
    offline = {page.path: page.offline for page in found.pages}
    assert offline["/"] == "degraded", "it asks the network for /shared.json"
    assert offline["/help.html"] == "same"
    assert {each for path, each in offline.items() if path.startswith("/archive/2")} == {"fallback"}


def test_a_manifest_with_a_file_that_is_missing_is_why(
    audit_of: AuditOf, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("kiosk")
    (folder / "index.html").write_text(
        "<!doctype html><html manifest=kiosk.appcache><title>Kiosk</title>"
        "<link rel=icon href=data:,><h1>Kiosk</h1>"
    )
    (folder / "kiosk.appcache").write_text("CACHE MANIFEST\nlost.css\n")
    found = audit_of(Options(str(folder)))
    assert (found.ready.reason, found.ready.missing) == ("update-failed", ("/lost.css",))
    assert "The update failed (resource /lost.css 404)" in found.ready.sentence
    assert {page.path: page.offline for page in found.pages} == {"/": "dead"}
