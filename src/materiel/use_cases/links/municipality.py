"""The contacts of a commune written down, whoever gives them: its mailboxes are taken at once or await their code."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from materiel.domain.accounts.roles import Actor
from materiel.domain.places.municipality import Municipality
from materiel.store.places import municipality as municipalities
from materiel.use_cases.links.institution import InstitutionPlace
from materiel.use_cases.links.mailbox import ask_confirmation, is_taken_at_once
from materiel.use_cases.papers.printable import printable


async def mailboxes_taken(
    commune: Municipality, boxes: Mapping[str, str], *, actor: Actor, now: datetime
) -> dict[str, Any]:
    """Those of some new mailboxes of a commune, by field, that need no code; the others are asked for once saved."""
    return {
        field: email
        for field, email in boxes.items()
        if await is_taken_at_once(_place(commune, field), email, actor=actor, now=now)
    }


async def save_contacts(
    commune: Municipality,
    awaited: Mapping[str, str],
    *,
    actor: Actor,
    now: datetime,
    base_url: str,
    source_on: date | None = None,
) -> Municipality:
    """Write the contacts of a commune, and send a code to each mailbox that awaits one.

    Args:
        commune: with its new contacts, the mailboxes in use, and the version that was read.
        awaited: the new mailboxes, by field.
        source_on: the date of the file they come from; None when somebody typed them.

    Raises:
        RuleBroken: `text.not_printable`; `mailbox.too_soon`, `mail.address_invalid`.
        Conflict: `municipality.changed`.
    """
    saved = await municipalities.save(printable(commune), actor.service_id)
    for field, email in awaited.items():
        place = _place(commune, field)
        await ask_confirmation(place, email, actor=actor, base_url=base_url, now=now, source_on=source_on)
    return saved


def _place(commune: Municipality, field: str) -> InstitutionPlace:
    return InstitutionPlace(None, commune, of_authority=field == "authority_email")
