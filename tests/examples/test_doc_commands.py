"""The commands of README and of the manual, page by page, in a folder with what the page speaks of.

What only sets a machine up is not run: that it can be given is looked at, as far as it is ours.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from doc_blocks import DOCS, ROOT, Block, all_blocks, blocks_of, gathered, lay_out, pages, run
from inner_pytest import options_with

from pytest_offline import cli

LONG = bool(os.environ.get("OFFLINE_LONG"))

VERDICTS = ("runs", "runs long", "fails", "not run")

SETTING_UP = {"pip", "python3", ".", "playwright", "apt-get", "docker"}
"""Programs of others, by which a machine is set up."""

FILES = {"html", "js", "json", "css"}
"""Languages whose blocks are files of their page, by a title."""

OTHERS = {"text", "yaml", "python"}
"""What is printed; what test_the_hook_can_be_taken reads; what test_doc_blocks.py runs."""


def followed() -> list[str]:
    """The pages with commands that are run."""
    runs = ("runs", "runs long", "fails")
    found = [
        block.page for block in all_blocks() if block.is_command and set(runs) & set(block.marks)
    ]
    return list(dict.fromkeys(found))


@pytest.mark.parametrize("written", followed())
def test_it_goes_as_it_says(written: str, pytestconfig: pytest.Config, tmp_path: Path) -> None:
    blocks = list(blocks_of(ROOT / written))
    if not any(is_run(block) for block in blocks):
        pytest.skip(f"OFFLINE_LONG: the commands of {written} take a browser each")
    needed = builds_named(blocks)
    missing = needed - set(pytestconfig.getoption("--offline-build") or ["chromium"])
    if missing:
        pytest.skip(f"{written} is followed where the run has {', '.join(sorted(needed))}")
    if not any(block.title for block in blocks):
        lay_out(tmp_path)
        (tmp_path / "test_site.py").write_text(gathered()[0].code, encoding="utf-8")
    for block in blocks:
        if block.title:
            file = tmp_path / block.title
            file.parent.mkdir(exist_ok=True, parents=True)
            file.write_text(block.code, encoding="utf-8")
        elif block.is_command and "not run" not in block.marks:
            follow(block, tmp_path)


def builds_named(blocks: list[Block]) -> set[str]:
    """By the commands that are run now."""
    lines = " ".join(line for block in blocks if is_run(block) for line in block.commands)
    starts = re.search(r"\bpytest( |$)|pytest-offline (audit|doctor|explore|replay)", lines)
    named = set(re.findall(r"--(?:offline-)?build ([\w-]+)", lines))
    return named or ({"chromium"} if starts else set())


def is_run(block: Block) -> bool:
    return "runs" in block.marks or "fails" in block.marks or ("runs long" in block.marks and LONG)


def follow(block: Block, folder: Path) -> None:
    if not is_run(block):
        return
    for line in block.commands:
        code, printed = run(folder, ["-m", *words_of(line)])
        assert (code == 0) == ("fails" not in block.marks), f"{block}: {line}\n{printed}"
    said = next(block.marks[name] for name in ("runs", "runs long", "fails") if name in block.marks)
    assert said in printed, f"{block}: {said!r} is not in\n{printed}"
    lines = [folded(line) for line in printed.splitlines()]
    for shown in block.printed:
        assert folded(shown) in lines, f"{block} shows {shown!r}, which is not in\n{printed}"


def folded(line: str) -> str:
    """What differs from run to run and from machine to machine is one: numbers, and spaces."""
    return " ".join(re.sub(r"\d[\d.]*", "N", line).split())


def words_of(line: str) -> list[str]:
    """As arguments of ``python -m``."""
    program, *words = shlex.split(line, comments=True)
    module = {"pytest": "pytest", "pytest-offline": "pytest_offline"}[program]
    return [module, *(options_with() if module == "pytest" else []), *words]


def commands() -> Iterator[tuple[Block, str]]:
    for block in all_blocks():
        if block.is_command:
            for line in block.commands:
                yield block, line


def test_every_command_can_be_given(pytestconfig: pytest.Config) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for block, line in commands():
        program, *words = shlex.split(line, comments=True)
        if program == "pytest-offline":
            cli._parser().parse_args(words)
        elif program == "pytest":
            options = [word for word in words if word.startswith("-")]
            parsed = pytestconfig._parser.parse_known_and_unknown_args(words)
            assert not parsed[1], f"{block}: pytest knows no {options}"
        elif program == "make":
            assert re.search(rf"^{words[0]}:", makefile, re.M), f"{block}: make {words[0]}"
        else:
            assert program in SETTING_UP, f"{block}: nobody runs {line!r}"


def unrun(block: Block) -> bool:
    return len([name for name in VERDICTS if name in block.marks]) != 1


def test_every_block_is_run_or_says_why_not() -> None:
    """A page with a block that no test runs fails here."""
    for block in all_blocks():
        if block.is_command:
            assert not unrun(block), f"{block}: mark it as one of {', '.join(VERDICTS)}"
            assert block.commands, f"{block} has no command"
            if "not run" not in block.marks:
                assert all(line.startswith("pytest") for line in block.commands), block
        else:
            is_file = block.language in FILES and (block.title or "part of" in block.marks)
            assert is_file or block.language in OTHERS, f"{block}: nobody runs {block.language!r}"
        if block.title:
            assert block.page in followed(), f"{block}: no command of its page runs it"
    for page in pages():
        fences = re.findall(r"^\s*(?:```|~~~)", page.read_text(encoding="utf-8"), re.M)
        assert len(fences) == 2 * len(list(blocks_of(page))), f"{page}: a fence that is not seen"


def test_what_is_part_of_a_file_is_that() -> None:
    for block in all_blocks():
        file = block.marks.get("part of")
        if file is not None:
            assert block.code in (ROOT / file).read_text(encoding="utf-8"), f"{block}: {file}"


def test_a_block_that_nobody_runs_would_be_seen(tmp_path: Path) -> None:
    text = "```sh\nls\n```\n\n<!-- runs: a -->\n```sh\npytest\n```\n\n```console\n$ pytest\n```\n"
    page = tmp_path / "page.md"
    page.write_text(text, encoding="utf-8")
    marks = [list(block.marks) for block in blocks_of(page, tmp_path)]
    assert marks == [[], ["runs"], []]
    assert [unrun(block) for block in blocks_of(page, tmp_path)] == [True, False, True]


def test_the_hook_can_be_taken() -> None:
    (block,) = [block for block in all_blocks() if block.language == "yaml"]
    (hook,) = yaml.safe_load(block.code)["repos"][0]["hooks"]
    program, *words = shlex.split(hook["entry"])
    assert program == "pytest-offline"
    cli._parser().parse_args([*words, "dist/site.appcache"])
    assert re.search(hook["files"], "dist/site.appcache")


def test_every_link_leads_somewhere() -> None:
    for page in pages():
        text = page.read_text(encoding="utf-8")
        for path in re.findall(r"\]\((?!http|#)([^)#\s]+)", text):
            assert (page.parent / path).exists(), f"{page.relative_to(ROOT)}: {path}"


def test_every_how_to_is_named_where_people_look() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    for page in sorted((DOCS / "how-to").glob("*.md")):
        assert f"how-to/{page.name}" in navigation
