"""What is shown of a key of software: its end alone, on screens and papers (E36)."""

from __future__ import annotations

SHOWN = 4
HIDDEN_AT_LEAST = 8
"""A key shows its last characters only if at least as many stay hidden: a short one would be given away."""

MASK = "…"


def tail_of(key: str) -> str:
    """The end of a key that may be shown; nothing of a short one."""
    return key[-SHOWN:] if len(key) >= SHOWN + HIDDEN_AT_LEAST else ""


def masked(key: str) -> str:
    """A key as it is shown; empty without one."""
    return f"{MASK}{tail_of(key)}" if key else ""
