"""A time-stamp over a digest: what an authority says existed at an instant (RFC 3161)."""

from __future__ import annotations

import asyncio

from pyhanko.sign.timestamps import HTTPTimeStamper, TimestampRequestError

from materiel.errors import Unavailable
from materiel.seal.sealing import TSA_SECONDS


def time_stamp(digest: bytes, tsa_url: str) -> bytes:
    """The token of an authority over a SHA-256, in DER. Must not run in the thread of an event loop.

    Raises:
        Unavailable: `seal.no_time_stamp`.
    """
    try:
        token = asyncio.run(HTTPTimeStamper(tsa_url, timeout=TSA_SECONDS).async_timestamp(digest, "sha256"))
    except (TimestampRequestError, OSError, TimeoutError) as error:
        raise Unavailable(
            "seal.no_time_stamp", "L'autorité d'horodatage ne répond pas : l'empreinte part dès qu'elle répond."
        ) from error
    der: bytes = token.dump()
    return der
