"""The files for CI in docs/ci name commands, options and builds that exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from pytest_offline import cli
from pytest_offline.browser.builds import BUILDS

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "ci"


def lines_of(name: str) -> list[str]:
    """The command lines of a file, a list each where the format has them."""
    text = (FOLDER / name).read_text()
    if name == "Containerfile":
        return re.split(r"&&|^(?:RUN|CMD)", text.replace("\\\n", ""), flags=re.MULTILINE)
    return [line for line in strings_in(yaml.safe_load(text)) if line.split()[:1]]


def strings_in(data: Any) -> list[str]:
    if isinstance(data, str):
        return [data]
    if isinstance(data, dict):
        data = list(cast("dict[Any, Any]", data).values())
    inside = cast("list[Any]", data) if isinstance(data, list) else []
    return [found for each in inside for found in strings_in(each)]


def words_of(line: str) -> list[str]:
    return shlex.split(line.strip().strip("[]").replace('", "', '" "'), comments=True)


FILES = ["github.yml", "gitlab.yml", "Containerfile"]


@pytest.mark.parametrize("name", FILES)
def test_our_own_commands_can_be_given_so(name: str) -> None:
    ours = [words_of(line) for line in lines_of(name) if line.split()[:1] == ["pytest-offline"]]
    assert ours, name
    for words in ours:
        cli._parser().parse_args(words[1:])
        named = words[words.index("install") + 1 :] if "install" in words else []
        named += [words[index + 1] for index, word in enumerate(words) if word == "--build"]
        assert named
        assert set(named) <= set(BUILDS)


@pytest.mark.parametrize("name", FILES)
def test_options_of_pytest_exist(name: str, pytestconfig: pytest.Config) -> None:
    runs = [words_of(line) for line in lines_of(name)]
    (run,) = [words for words in runs if words[:1] == ["pytest"]]
    options = [word for word in run if word.startswith("--offline")]
    assert "--offline-require-builds" in options, "a missing browser may not hide in CI"
    for option in options:
        pytestconfig.getoption(option)
    builds = [run[index + 1] for index, word in enumerate(run) if word == "--offline-build"]
    assert builds
    assert set(builds) <= set(BUILDS)


def test_the_hook_of_pre_commit() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    words = hook["entry"].split()
    assert words[0] == "pytest-offline"
    cli._parser().parse_args([*words[1:], "site/app.appcache"])
    for name in ("app.appcache", "old/site.manifest"):
        assert re.search(hook["files"], name)
    for name in ("app.webmanifest", "manifest.json"):
        assert not re.search(hook["files"], name)
