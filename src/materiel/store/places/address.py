"""Postal addresses as the JSON text of their column."""

from __future__ import annotations

from dataclasses import asdict

import msgspec

from materiel.domain.address import Address

_decoder = msgspec.json.Decoder(Address)


def address_to_text(address: Address) -> str:
    """The JSON object of an address, its keys in the order of the class; in France it names no country."""
    return msgspec.json.encode(
        {key: part for key, part in asdict(address).items() if part or key != "country"}
    ).decode()


def address_from_text(text: str) -> Address:
    """The address of a JSON object written by `address_to_text`."""
    return _decoder.decode(text)
