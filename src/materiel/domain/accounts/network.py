"""Networks: what an address counts as wherever tries and requests are counted. Pure.

Whoever has one address of IPv6 has 2⁶⁴ of them: the prefix of sixty-four bits, given to one subscriber, counts as one.

Source: RFC 4291, § 2.5.4 (interface identifiers of 64 bits) and § 2.5.5.2 (IPv4-mapped addresses); RFC 6177, § 2.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Network, ip_address

PREFIX = 64


def network_of(address: str) -> str:
    """The network that an address counts as: itself in IPv4, its /64 in IPv6, its IPv4 when it is mapped.

    What is no address (the name of a local socket, nothing) counts as itself.
    """
    try:
        known = ip_address(address.partition("%")[0].strip())
    except ValueError:
        return address
    if isinstance(known, IPv4Address):
        return str(known)
    if known.ipv4_mapped is not None:
        return str(known.ipv4_mapped)
    return str(IPv6Network((int(known), PREFIX), strict=False))
