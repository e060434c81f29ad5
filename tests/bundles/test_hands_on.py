"""``run.py --serve``: the site for a look by hand, and the page that works its network."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_offline.bundles import OFFLINE, Answer, Goto, Scenario, Serve, Site, write_bundle

SHOWN = Scenario(
    "By hand",
    (Goto("/"), OFFLINE, Serve((Answer("/", b"another"),))),
    Site.of(Answer("/", b"one")),
)


def test_the_site_is_served_and_its_network_worked(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path / "bundle", SHOWN)
    command = [sys.executable, str(folder / "run.py"), "--serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as serving:
        assert serving.stdout is not None
        try:
            found = re.search(r"hands-on\.localhost:(\d+)/", serving.stdout.readline())
            assert found is not None
            port = int(found[1])
            page = ask(port, "hands-on", "/").decode()
            assert f'const port = "{port}";' in page
            assert json.loads(page.split('id="bundle">')[1].split("</script>")[0])["main"] == "main"
            assert ask(port, "main", "/") == b"one"
            assert ask(port, "hands-on", "/step/3", "POST") == b"in force\n"
            assert ask(port, "main", "/") == b"another"
            assert ask(port, "hands-on", "/step/2", "POST") == b"in force\n"
            with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
                ask(port, "main", "/")
            assert b"is not the server's part" in ask(port, "hands-on", "/step/1", "POST")
            assert b"there is no step 9" in ask(port, "hands-on", "/step/9", "POST")
            assert json.loads(ask(port, "hands-on", "/asked"))[-1] == "main: GET / blocked"
        finally:
            serving.kill()


def ask(port: int, host: str, path: str, method: str = "GET") -> bytes:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        line.request(method, path, headers={"Host": f"{host}.localhost:{port}"})
        return line.getresponse().read()
    finally:
        line.close()
