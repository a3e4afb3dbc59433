"""Identifiers: time-ordered for rows, opaque for what is printed."""

from __future__ import annotations

import os
import secrets
from uuid import UUID

from uuid_utils import compat, uuid7

PUBLIC_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""32 upper-case signs of QR's alphanumeric mode, without I, L, O and U, which are confused when read or typed."""

PUBLIC_LENGTH = 13
"""13 signs of 5 bits: 65 random bits."""


def new_id() -> UUID:
    """A UUID of version 7: later ones sort after earlier ones, so an index grows at its end."""
    return compat.uuid7()


def new_row_id() -> str:
    """The same as text, for a row that nobody is given by its identifier: several times faster to make and to write."""
    return str(uuid7())


def new_public_code() -> str:
    """A random code that tells nothing and cannot be guessed, for a label or a document."""
    try:
        drawn = _drawn.pop()
    except IndexError:
        # Asking the system for each costs more than the rest of an item.
        many = secrets.token_bytes(PUBLIC_LENGTH * _AT_ONCE)
        _drawn.extend(many[start : start + PUBLIC_LENGTH] for start in range(PUBLIC_LENGTH, len(many), PUBLIC_LENGTH))
        drawn = many[:PUBLIC_LENGTH]
    # 256 is a multiple of 32: the low bits of a random byte choose a sign fairly, ten times faster than `choice`.
    return "".join([PUBLIC_ALPHABET[byte & 31] for byte in drawn])


_AT_ONCE = 50
_drawn: list[bytes] = []
"""Random bytes of codes to come, each used once; `pop` and `extend` are whole for every thread."""

# A child process would draw the codes of its parent.
os.register_at_fork(after_in_child=_drawn.clear)
