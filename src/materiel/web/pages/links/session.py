"""What the pages behind a link share: who reads, asked again at each request, and what is kept between the steps."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from litestar import Request

from materiel.domain.accounts.session import Person
from materiel.domain.links.access_link import FamilyPerson
from materiel.domain.signing.electronic_signature import Intent
from materiel.domain.signing.evidence import Means
from materiel.domain.signing.identity import Identified
from materiel.domain.visitors.institution import Institution
from materiel.errors import NotFound
from materiel.use_cases.links.family_links import readers_behind
from materiel.use_cases.links.institution import institution_of_link
from materiel.use_cases.people.death import service_to_call
from materiel.web.audience import Audience, SessionRequired
from materiel.web.http.session import session_of
from materiel.web.pages.links.mourning import Mourning

Found = TypeVar("Found")
_SHOWN = "shown_"

LEAVING = "family_leaving"
"""Where a session keeps the token that the provider asks for when somebody leaves it too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLot:
    """What somebody chose and typed for several papers, not signed yet; `remarks` by paper. The instant is UTC."""

    documents: list[UUID]
    name: str
    capacity: str
    stands_in: bool
    is_person: bool
    strokes: str
    remarks: dict[str, str]
    consented_at: datetime
    means: Means = Means.EMAIL


async def readers_of(person: Person, now: datetime) -> tuple[FamilyPerson, ...]:
    """Whom the links of a family's session let in today, one for each child; the link opened last comes first.

    Raises:
        SessionRequired: every link was revoked, has expired, or is of somebody no longer on file.
        Mourning: the pupil has died.
    """
    assert person.link_id is not None
    try:
        return await readers_behind([person.link_id, *person.other_links], now=now)
    except NotFound as closed:
        if service := await service_to_call(person.link_id):
            raise Mourning(service) from closed
        raise SessionRequired(Audience.FAMILY) from closed


async def of_whom(
    readers: Sequence[FamilyPerson], find: Callable[[FamilyPerson], Awaitable[Found]]
) -> tuple[FamilyPerson, Found]:
    """The first of several readers for whom something is found, and what.

    Raises: the `NotFound` of the last one, for whom nothing is either.
    """
    for reader in readers[:-1]:
        try:
            return reader, await find(reader)
        except NotFound:
            continue
    return readers[-1], await find(readers[-1])


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


def shown_in(request: Request[Any, Any, Any]) -> dict[UUID, datetime]:
    """When each document that was shown in this session first was."""
    kept = session_of(request).data.items()
    return {
        UUID(name.removeprefix(_SHOWN)): datetime.fromisoformat(value)
        for name, value in kept
        if name.startswith(_SHOWN) and isinstance(value, str)
    }


async def keep_intent(request: Request[Any, Any, Any], document_id: UUID, intent: Intent) -> None:
    """Keep what was typed while the code is on its way."""
    await session_of(request).keep(**{_intent_key(document_id): msgspec.to_builtins(intent)})


def kept_intent(request: Request[Any, Any, Any], document_id: UUID) -> Intent | None:
    """What was typed before the code was asked for; None when nothing was, or in another session."""
    kept = session_of(request).data.get(_intent_key(document_id))
    return msgspec.convert(kept, Intent) if kept is not None else None


async def forget_intent(request: Request[Any, Any, Any], document_id: UUID) -> None:
    """Drop it, once it is in the evidence."""
    forgotten = (_intent_key(document_id), _shown_key(document_id), _identity_key(document_id))
    await session_of(request).keep(**dict.fromkeys(forgotten))


async def keep_identity(request: Request[Any, Any, Any], thing_id: UUID, identity: Identified, id_token: str) -> None:
    """Keep that somebody was identified to sign a document or a lot, and what the provider asks for to let them out."""
    kept = {_identity_key(thing_id): msgspec.to_builtins(identity), LEAVING: id_token}
    await session_of(request).keep(**kept)


def kept_identity(request: Request[Any, Any, Any], thing_id: UUID) -> Identified | None:
    """Who was identified in this session to sign a document or a lot; None for nobody."""
    kept = session_of(request).data.get(_identity_key(thing_id))
    return msgspec.convert(kept, Identified) if kept is not None else None


async def forget_identity(request: Request[Any, Any, Any], thing_id: UUID) -> None:
    """Drop it: it did not serve, or serves no more."""
    await session_of(request).keep(**{_identity_key(thing_id): None})


def may_leave(request: Request[Any, Any, Any]) -> bool:
    """Whether the provider of an identity still knows whoever uses this browser, by what we know."""
    return LEAVING in session_of(request).data


def note_read(request: Request[Any, Any, Any], document_id: UUID) -> None:
    """Remember that a document was opened on a page of its own in this session."""
    session_of(request).note(f"read_{document_id.hex}", True)


def is_read(request: Request[Any, Any, Any], document_id: UUID) -> bool:
    """Whether the document was opened on a page of its own in this session."""
    return f"read_{document_id.hex}" in session_of(request).data


@dataclass(frozen=True, slots=True)
class Acting:
    """Who says to act behind a link, in what quality, and whether in the place of the person whom papers name."""

    name: str = ""
    capacity: str = ""
    stands_in: bool = False


async def keep_acting(request: Request[Any, Any, Any], acting: Acting) -> None:
    """Remember it for the session: it is not typed twice (WCAG 2.2, criterion 3.3.7)."""
    await session_of(request).keep(acting=msgspec.to_builtins(acting))


def acting_in(request: Request[Any, Any, Any]) -> Acting:
    """Who said to act in this session; nobody yet for empty words."""
    kept = session_of(request).data.get("acting")
    return msgspec.convert(kept, Acting) if kept is not None else Acting()


async def keep_lot(request: Request[Any, Any, Any], lot_id: UUID, lot: KeptLot) -> None:
    """Keep what was chosen and typed for several papers while the code is on its way."""
    await session_of(request).keep(**{f"lot_{lot_id.hex}": msgspec.to_builtins(lot)})


def kept_lot(request: Request[Any, Any, Any], lot_id: UUID) -> KeptLot | None:
    """What was chosen and typed before the code was asked for; None when nothing was, or in another session."""
    kept = session_of(request).data.get(f"lot_{lot_id.hex}")
    return msgspec.convert(kept, KeptLot) if kept is not None else None


async def note_lot_signed(request: Request[Any, Any, Any], lot_id: UUID, papers: Sequence[tuple[UUID, str]]) -> None:
    """Drop what is now in the evidence, and remember what was signed, each paper with its words, for the last page."""
    shown = {_shown_key(document_id): None for document_id, _ in papers}
    signed = [[str(document_id), words] for document_id, words in papers]
    dropped = {f"lot_{lot_id.hex}": None, _identity_key(lot_id): None}
    await session_of(request).keep(**dropped, **{f"signed_{lot_id.hex}": signed}, **shown)


def lot_signed(request: Request[Any, Any, Any], lot_id: UUID) -> list[tuple[UUID, str]]:
    """The papers of a lot that was just signed in this session."""
    kept = session_of(request).data.get(f"signed_{lot_id.hex}")
    return [(UUID(document_id), words) for document_id, words in kept] if isinstance(kept, list) else []


def _shown_key(document_id: UUID) -> str:
    return f"{_SHOWN}{document_id.hex}"


def _identity_key(thing_id: UUID) -> str:
    return f"identity_{thing_id.hex}"


def _intent_key(document_id: UUID) -> str:
    return f"signing_{document_id.hex}"
