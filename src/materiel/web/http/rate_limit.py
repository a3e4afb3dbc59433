"""A token bucket for each caller, in this process: it stops a runaway script, not a flood.

A flood is the proxy's affair. Buckets idle long enough to be full again are forgotten, so memory stays bounded.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from materiel.errors import TooManyRequests


@dataclass(slots=True)
class RateLimit:
    """`rate` requests a second for each caller, with a reserve of `burst`."""

    rate: float
    burst: float
    _buckets: dict[str, tuple[float, float]] = field(default_factory=dict)

    def take(self, caller: str, at: float) -> None:
        """Count one request of `caller` at `at` (monotonic seconds).

        Raises:
            TooManyRequests: `request.too_many`, with the seconds to wait.
        """
        left, since = self._buckets.get(caller, (self.burst, at))
        left = min(self.burst, left + (at - since) * self.rate)
        if left < 1:
            self._buckets[caller] = (left, at)
            wait = max(1, round((1 - left) / self.rate))
            raise TooManyRequests(
                "request.too_many",
                f"Trop de requêtes en peu de temps. Attendez {wait} s, puis recommencez.",
                retry_after=wait,
            )
        if caller not in self._buckets and len(self._buckets) >= 10_000:
            self._forget_idle(at)
        self._buckets[caller] = (left - 1, at)

    def _forget_idle(self, at: float) -> None:
        full_after = self.burst / self.rate
        self._buckets = {caller: state for caller, state in self._buckets.items() if at - state[1] < full_after}
