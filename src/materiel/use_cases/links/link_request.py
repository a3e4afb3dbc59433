"""Asking for a new link, by the former one or by the address that received it: nothing is said of what was found.

The message always goes to the address on file, whoever asks, and at most once an hour.
"""

from __future__ import annotations

from datetime import datetime

from materiel.domain.links.access_link import AccessLink, LinkKind
from materiel.errors import NotFound
from materiel.store.links import access_link as links
from materiel.use_cases.links.access_link import last_of, link_of_token, send_new_link
from materiel.use_cases.links.institution_link import send_new_institution_link
from materiel.use_cases.links.referent import renew_referent_link, renew_referent_links_of

MOST_LINKS = 20
"""To one mailbox at once: a parent has several children, a school deposits of two services."""


async def request_link(token: str, *, base_url: str, now: datetime) -> None:
    """Send a new link to whom a link was sent, when they are still on file.

    Nothing leaves for an unknown link, within an hour of the last one, nor when the service itself closed the last one.
    """
    link = await link_of_token(token)
    if link is not None:
        await _renew(link, base_url=base_url, now=now)
    else:
        await renew_referent_link(token, base_url=base_url, now=now)


async def request_links_of(email: str, *, base_url: str, now: datetime) -> None:
    """Send a new link to everybody whose last link went to this address, one for each pupil and each institution.

    Nothing leaves in the cases of `request_link`, nor for an address to which no link was ever sent.
    """
    found = await links.of_email(email)
    last = {each.id: each for each in [await last_of(link) for link in found]}
    mine = [link for link in last.values() if link.email.lower() == email.strip().lower()]
    for link in mine[:MOST_LINKS]:
        await _renew(link, base_url=base_url, now=now)
    await renew_referent_links_of(email, base_url=base_url, now=now)


async def _renew(link: AccessLink, *, base_url: str, now: datetime) -> None:
    send = send_new_link if link.kind is LinkKind.FAMILY else send_new_institution_link
    try:
        await send(link, base_url=base_url, now=now)
    except NotFound:
        # The school has left the annuaire: there is nobody to write to.
        return
