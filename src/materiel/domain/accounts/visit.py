"""A visit: where whoever proves who it is comes from, and the address of the site that it reads. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One visitor.

    Args:
        network: as it counts (`domain.accounts.network.network_of`); never kept.
        device: the digest of the device's cookie, empty without one.
        browser: what the browser says of itself, in a few words.
        base_url: of this site, as its messages write it.
    """

    network: str
    base_url: str
    device: str = ""
    browser: str = ""
