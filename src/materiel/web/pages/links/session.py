"""What the pages behind a link share: who reads, asked again at each request, and what is kept between the steps."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request

from materiel.domain.accounts.session import Person
from materiel.domain.links.access_link import FamilyPerson
from materiel.domain.signing.electronic_signature import Intent
from materiel.domain.visitors.institution import Institution
from materiel.errors import NotFound
from materiel.use_cases.links.access_link import person_of_link
from materiel.use_cases.links.institution import institution_of_link
from materiel.use_cases.people.death import service_to_call
from materiel.web.audience import Audience, SessionRequired
from materiel.web.http.session import session_of
from materiel.web.pages.links.mourning import Mourning


async def reader_of(person: Person, now: datetime) -> FamilyPerson:
    """Whom the link of a family's session lets in today.

    Raises:
        SessionRequired: the link was revoked, has expired, or its person is no longer on file.
        Mourning: the pupil has died.
    """
    assert person.link_id is not None
    try:
        reader = await person_of_link(person.link_id, now=now)
    except NotFound as closed:
        if service := await service_to_call(person.link_id):
            raise Mourning(service) from closed
        raise SessionRequired(Audience.FAMILY) from closed
    return reader


async def institution_of(person: Person, now: datetime) -> Institution:
    """Whom the link of an institution's session lets in today.

    Raises:
        SessionRequired: the link was revoked, has expired, or its mailbox is no longer the one on file.
    """
    assert person.link_id is not None
    try:
        institution = await institution_of_link(person.link_id, now=now)
    except NotFound as closed:
        raise SessionRequired(Audience.INSTITUTION) from closed
    return institution


def note_shown(request: Request[Any, Any, Any], document_id: UUID, now: datetime) -> None:
    """Remember when a document was first put under the reader's eyes in this session."""
    session_of(request).note(_shown_key(document_id), now.isoformat())


def shown_at(request: Request[Any, Any, Any], document_id: UUID, now: datetime) -> datetime:
    """When the document was first shown; now for a session that never saw it."""
    kept = session_of(request).data.get(_shown_key(document_id))
    return datetime.fromisoformat(kept) if isinstance(kept, str) else now


async def keep_intent(request: Request[Any, Any, Any], document_id: UUID, intent: Intent) -> None:
    """Keep what was typed while the code is on its way."""
    await session_of(request).keep(**{_intent_key(document_id): msgspec.to_builtins(intent)})


def kept_intent(request: Request[Any, Any, Any], document_id: UUID) -> Intent | None:
    """What was typed before the code was asked for; None when nothing was, or in another session."""
    kept = session_of(request).data.get(_intent_key(document_id))
    return msgspec.convert(kept, Intent) if kept is not None else None


async def forget_intent(request: Request[Any, Any, Any], document_id: UUID) -> None:
    """Drop it, once it is in the evidence."""
    await session_of(request).keep(**{_intent_key(document_id): None, _shown_key(document_id): None})


def masked(address: str) -> str:
    """An address that its owner recognises and that tells nobody else: « a•••@exemple.fr »."""
    name, _, domain = address.partition("@")
    return f"{name[:1]}•••@{domain}"


def _shown_key(document_id: UUID) -> str:
    return f"shown_{document_id.hex}"


def _intent_key(document_id: UUID) -> str:
    return f"signing_{document_id.hex}"
