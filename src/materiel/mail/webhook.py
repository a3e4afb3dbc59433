"""Handing one call to another program: to an address that was looked up, checked, and is the one connected to.

The name is resolved here, each of its addresses must be allowed, and the connection goes to the first of them in
figures: a name that leads elsewhere a moment later leads nowhere. The certificate is still that of the name. No
redirection is followed, no proxy of the environment used, and an answer is read no further than it serves.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit, urlunsplit

import httpx

from materiel.domain.work.webhook import may_be_called

CONNECT_SECONDS = 5.0
WHOLE_SECONDS = 15.0
"""For the look-up, the connection and the answer, however slowly they come."""

UNKNOWN = "ce nom ne mène à aucune adresse"
INSIDE = "cette adresse est à l’intérieur du réseau : elle est refusée"
SILENT = "le programme ne répond pas"
MOVED = "le programme répond par une redirection : elle n’est pas suivie"


@dataclass(frozen=True, slots=True)
class CallAnswer:
    """What became of a try: `error` in French, empty when the call was taken; `is_final`: no other try would do."""

    error: str = ""
    is_final: bool = False


async def resolved(url: str, allowed: str) -> tuple[str, str]:
    """The address, in figures, that a URL leads to now, and why it may not be called; one of both is empty.

    Args:
        allowed: the networks that the settings allow.
    """
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(parts.hostname or "", port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return "", UNKNOWN
    addresses = [str(each[4][0]).partition("%")[0] for each in found]
    # One that is inside is enough to refuse: which one is connected to is nobody's choice.
    if not addresses or not all(may_be_called(ip_address(each), allowed) for each in addresses):
        return "", INSIDE
    return addresses[0], ""


async def send_call(url: str, body: str, headers: Mapping[str, str], *, allowed: str) -> CallAnswer:
    """Try one call; never raises for what a program or a network may do."""
    try:
        async with asyncio.timeout(WHOLE_SECONDS):
            address, why_not = await resolved(url, allowed)
            if why_not:
                return CallAnswer(why_not)
            return _judged(await _post(url, address, body, headers))
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError, ValueError):
        return CallAnswer(SILENT)


async def _post(url: str, address: str, body: str, headers: Mapping[str, str]) -> int:
    parts = urlsplit(url)
    host = parts.hostname or ""
    figures = f"[{address}]" if ":" in address else address
    port = f":{parts.port}" if parts.port else ""
    pinned = urlunsplit((parts.scheme, f"{figures}{port}", parts.path or "/", parts.query, ""))
    sent = {**headers, "Host": f"{f'[{host}]' if ':' in host else host}{port}", "Content-Type": "application/json"}
    timeout = httpx.Timeout(WHOLE_SECONDS, connect=CONNECT_SECONDS)
    async with (
        httpx.AsyncClient(timeout=timeout, follow_redirects=False, trust_env=False) as client,
        client.stream(
            "POST", pinned, content=body.encode(), headers=sent, extensions={"sni_hostname": host}
        ) as response,
    ):
        return response.status_code


def _judged(status: int) -> CallAnswer:
    if 200 <= status < 300:
        return CallAnswer()
    if 300 <= status < 400:
        return CallAnswer(MOVED)
    return CallAnswer(f"le programme a répondu {status}", is_final=status == 410)
