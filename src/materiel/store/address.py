"""Postal addresses as the JSON text of their column."""

from __future__ import annotations

import msgspec

from materiel.domain.party import Address

_decoder = msgspec.json.Decoder(Address)


def address_to_text(address: Address) -> str:
    """The JSON object of an address, its keys in the order of the class."""
    return msgspec.json.encode(address).decode()


def address_from_text(text: str) -> Address:
    """The address of a JSON object written by `address_to_text`."""
    return _decoder.decode(text)
