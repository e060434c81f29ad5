"""Words for what a test did through its fixtures, where two rooms need the same one."""

from __future__ import annotations

from typing import Final

EXAMPLE: Final = "an example of a state machine begins"
"""What came before it, back to the first of them, was put back."""
