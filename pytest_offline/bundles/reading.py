"""Reading a bundle that anybody may have written or damaged."""

from __future__ import annotations

import os
from pathlib import Path

from pytest_offline.bundles.runner.fields import BundleError
from pytest_offline.bundles.runner.json_form import read_scenario
from pytest_offline.bundles.runner.words import Scenario
from pytest_offline.errors import UsageError


def read_bundle(folder: str | os.PathLike[str]) -> Scenario:
    """The scenario of a bundle's folder.

    Raises:
        UsageError: it is no bundle, or a file of it is missing or damaged; the message names the
            file and the field.
    """
    try:
        return read_scenario(Path(folder))
    except BundleError as error:
        raise UsageError(f"{folder}: {error}") from None
