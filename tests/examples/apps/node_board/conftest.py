import os
import subprocess

import pytest


@pytest.fixture
def node_server():
    """The URL of server.js, which runs as long as the test."""
    command = [os.environ.get("NODE", "node"), "server.js"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        process.kill()
