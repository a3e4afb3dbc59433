"""For how long a service lets a thing wait before its pages colour it: one service's own setting."""

from __future__ import annotations

from dataclasses import dataclass

AMBER_DAYS = 3
RED_DAYS = 21
LEAST_DELAY, MOST_DELAY = 1, 90
"""Bounds of both delays, in days: what is never coloured would be no sign any more."""


@dataclass(frozen=True, slots=True)
class Delays:
    """In days. What waits for us weighs from `amber_days`, what left without a signed agreement from `red_days`."""

    amber_days: int = AMBER_DAYS
    red_days: int = RED_DAYS


USUAL = Delays()
"""Of a service that has said nothing."""
