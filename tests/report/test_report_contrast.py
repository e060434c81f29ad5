"""The page's colours: WCAG 2.2 AA, computed for every pair that the style uses, light and dark.

https://www.w3.org/TR/WCAG22/#contrast-minimum, and #non-text-contrast for edges and marks.
"""

from __future__ import annotations

import re
from importlib import resources

import pytest

STYLE = resources.files("pytest_offline.report").joinpath("page.css").read_text(encoding="utf-8")
LIGHT, DARK = (
    dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))
    for block in re.findall(r":root \{(.*?)\}", STYLE, re.S)
)
TEXTS = ("ink", "muted", "link", "bad", "good", "away")
LANES = tuple(name for name in LIGHT if name.startswith("lane-"))


def luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_formula_knows_its_ends() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


def test_both_schemes_have_the_same_colours() -> None:
    assert set(LIGHT) == set(DARK)
    assert "prefers-color-scheme: dark" in STYLE


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("text", [*TEXTS, *LANES])
@pytest.mark.parametrize("ground", ["paper", "raised"])
def test_text_can_be_read(scheme: dict[str, str], text: str, ground: str) -> None:
    assert contrast(scheme[text], scheme[ground]) >= 4.5


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground"),
    [("ink", "bad-soft"), ("muted", "bad-soft"), ("link", "bad-soft"), ("ink", "away-soft"),
     ("away", "away-soft"), *((lane, "away-soft") for lane in LANES)],
)  # fmt: skip
def test_text_and_marks_on_tinted_ground(scheme: dict[str, str], text: str, ground: str) -> None:
    assert contrast(scheme[text], scheme[ground]) >= 4.5


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("mark", ["edge", "link", "bad", "good", "away"])
def test_edges_of_fields_and_focus_can_be_seen(scheme: dict[str, str], mark: str) -> None:
    assert contrast(scheme[mark], scheme["paper"]) >= 3


def test_no_colour_stands_outside_the_table() -> None:
    rules = re.sub(r":root \{.*?\}", "", STYLE, flags=re.S)
    assert re.findall(r"#[0-9a-f]{3,8}\b", rules) == ["#fff"], "the ground of pictures"
