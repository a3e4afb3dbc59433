"""Identifiers: time-ordered for rows, opaque for what is printed."""

from __future__ import annotations

import secrets
from uuid import UUID

from uuid_utils import compat

PUBLIC_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""32 upper-case signs of QR's alphanumeric mode, without I, L, O and U, which are confused when read or typed."""

PUBLIC_LENGTH = 13
"""13 signs of 5 bits: 65 random bits."""


def new_id() -> UUID:
    """A UUID of version 7: later ones sort after earlier ones, so an index grows at its end."""
    return compat.uuid7()


def new_public_code() -> str:
    """A random code that tells nothing and cannot be guessed, for a label or a document."""
    # 256 is a multiple of 32: the low bits of a random byte choose a sign fairly, ten times faster than `choice`.
    return "".join([PUBLIC_ALPHABET[byte & 31] for byte in secrets.token_bytes(PUBLIC_LENGTH)])
