"""What the pages of an institution share: who reads, asked again at each request, and what was typed so far."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request

from materiel.domain.institution import Institution, InstitutionIntent
from materiel.domain.session import Person
from materiel.errors import NotFound
from materiel.use_cases.institution import institution_of_link
from materiel.web.audience import Audience, SessionRequired
from materiel.web.session import session_of


async def institution_of(person: Person, now: datetime) -> Institution:
    """Whom the session's link lets in today.

    Raises:
        SessionRequired: the link was revoked, has expired, or its mailbox is no longer the one on file.
    """
    assert person.link_id is not None
    try:
        return await institution_of_link(person.link_id, now=now)
    except NotFound as closed:
        raise SessionRequired(Audience.INSTITUTION) from closed


async def keep_signature(request: Request[Any, Any, Any], document_id: UUID, intent: InstitutionIntent) -> None:
    """Keep what was typed while the code is on its way."""
    await session_of(request).keep(**{_key(document_id): msgspec.to_builtins(intent)})


def kept_signature(request: Request[Any, Any, Any], document_id: UUID) -> InstitutionIntent | None:
    """What was typed before the code was asked for; None when nothing was, or in another session."""
    kept = session_of(request).data.get(_key(document_id))
    return msgspec.convert(kept, InstitutionIntent) if kept is not None else None


async def forget_signature(request: Request[Any, Any, Any], document_id: UUID) -> None:
    """Drop it, once it is in the evidence."""
    await session_of(request).keep(**{_key(document_id): None})


def _key(document_id: UUID) -> str:
    return f"signature_{document_id.hex}"
