#!/usr/bin/env python3
"""Serves the site of this bundle, drives it in a browser, and says what differs from what is right.

    pip install playwright aiohttp
    python run.py                            in Playwright's own chromium
    python run.py --browser firefox          or webkit
    python run.py --executable /usr/bin/chromium
    python run.py --serve                    for a look by hand, in any browser: see index.html

exit status: 0 it agrees now, 1 it still fails, 2 it could not be run
"""

import runpy
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
WHOLE = (HERE / "runner").is_dir()

if __name__ == "__main__":
    sys.path.insert(0, str(HERE))
    sys.argv[1:1] = ["--bundle", str(HERE)]
    # A bundle that is kept in a repository leaves the runner to the installed package.
    runpy.run_module("runner" if WHOLE else "pytest_offline.bundles.runner", run_name="__main__")
