"""Counts and sizes in bands, so that a file of the repository does not change with every build."""

from __future__ import annotations

from typing import Final

SLACK: Final = 1.25
"""How far a value may leave its band before it counts: a file that swings around the border of two
bands would otherwise change the baseline to and fro."""

_KB: Final = 1_000


def size_band(size: int) -> int:
    """Bytes, at most: 1, 3, 10, 30, … kB; 0 for nothing."""
    if size <= 0:
        return 0
    step = _KB
    while True:
        for factor in (1, 3):
            if size <= step * factor:
                return step * factor
        step *= 10


def count_band(count: int) -> int:
    """Files, at most: 1, 2, 4, 8, …"""
    return 1 << max(count - 1, 0).bit_length()


def kept(before: int, value: int, band: int) -> int:
    """The band it had, where the value has not really left it; else the new one."""
    if before and band != before and value * 1.0 <= before * SLACK and value >= _below(before):
        return before
    return band


def _below(band: int) -> float:
    """The border to the next band below, with its slack."""
    return band / 3.4 / SLACK if band >= _KB else band / 2 / SLACK


def size_words(band: int) -> str:
    """``up to 30 kB``; ``size unknown`` for 0."""
    if not band:
        return "size unknown"
    for unit, name in ((10**9, "GB"), (10**6, "MB")):
        if band >= unit:
            return f"up to {band // unit} {name}"
    return f"up to {band // _KB} kB"


def count_words(band: int) -> str:
    """``1 file``, ``up to 8 files``."""
    return "1 file" if band == 1 else f"up to {band} files"
