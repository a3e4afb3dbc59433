"""Whom a document is sent to for information: the message that carries it, when it left and when it was read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from materiel.domain.papers.document import NoticeChannel, Party
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import placeholders
from materiel.store.engine.statement import Statement, in_order

_MARK_SENT = Statement(
    "UPDATE recipient SET sent_at = {}, channel = {} WHERE id = {} AND document = {} AND sent_at IS NULL RETURNING id"
)
_CARRY = Statement(
    "UPDATE recipient SET message = {}, channel = 'email' WHERE id = {} AND document = {} AND sent_at IS NULL"
)
_CARRIED = Statement(
    "SELECT DISTINCT document.id, document.loan FROM recipient JOIN document ON document.id = recipient.document"
    " WHERE recipient.message = {} AND recipient.sent_at IS NULL ORDER BY document.id"
)
_ACCEPTED = Statement("UPDATE recipient SET sent_at = {} WHERE message = {} AND sent_at IS NULL")
# What was read was received: a notice that nobody had noted as sent is sent all the same.
_ACKNOWLEDGE = Statement(
    "UPDATE recipient SET acknowledged_at = {}, sent_at = COALESCE(sent_at, {})"
    " WHERE id = {} AND document = {} AND acknowledged_at IS NULL RETURNING id"
)

# After a pupil's death nobody is told anything any more (E29). SQLite keeps the order of a CROSS JOIN.
TO_SEND = (
    "FROM recipient CROSS JOIN document ON document.id = recipient.document"
    " CROSS JOIN school AS place ON place.id = document.school"
    " CROSS JOIN loan ON loan.id = document.loan LEFT JOIN pupil ON pupil.id = loan.pupil"
    " WHERE document.service = {} AND document.status = 'in_force' AND recipient.sent_at IS NULL"
    " AND pupil.died_on IS NULL"
)
_SELECT_TO_SEND = (
    "SELECT recipient.id AS recipient_id, document.id AS document_id, document.loan AS loan_id, document.number,"
    " document.issued_on, recipient.party, recipient.name, place.uai AS school_uai, place.name AS school_name,"
    f" recipient.message AS message_id {TO_SEND}"
)
_ALL_TO_SEND = in_order(f"{_SELECT_TO_SEND} ORDER BY document.id, recipient.id LIMIT {{}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ToSend:
    """A paper that somebody has still to be sent for information; `message_id` when a message carries it already."""

    recipient_id: UUID
    document_id: UUID
    loan_id: UUID
    number: str
    issued_on: date
    party: Party
    name: str
    school_uai: str
    school_name: str
    message_id: UUID | None


_TO_SEND = Mapper(ToSend)


async def to_send(service_id: UUID, *, limit: int) -> list[ToSend]:
    """What a service has still to send for information, oldest first."""
    return [_TO_SEND.value(row) for row in await _ALL_TO_SEND.fetch(service_id, limit)]


async def to_send_of(document_ids: Sequence[UUID], service_id: UUID) -> list[ToSend]:
    """The same of some documents."""
    if not document_ids:
        return []
    statement = in_order(
        f"{_SELECT_TO_SEND} AND document.id IN ({placeholders(document_ids)}) ORDER BY document.id, recipient.id"
    )
    return [_TO_SEND.value(row) for row in await statement.fetch(service_id, *document_ids)]


async def mark_sent(document_id: UUID, recipient_id: UUID, at: datetime, channel: NoticeChannel) -> bool:
    """Record when a document was sent to one of its recipients; False if that is already recorded."""
    return await _MARK_SENT.fetch_one(at, channel.value, recipient_id, document_id) is not None


async def carry(document_id: UUID, recipient_id: UUID, message_id: UUID) -> None:
    """Note the message that carries a document to one of its recipients: it is still to be sent."""
    await _CARRY.fetch(message_id, recipient_id, document_id)


async def accepted(message_id: UUID, at: datetime) -> list[tuple[UUID, UUID]]:
    """Record that a mail server has accepted a message; the documents that it carries, each with its loan."""
    rows = await _CARRIED.fetch(message_id)
    await _ACCEPTED.fetch(at, message_id)
    return [(row["id"], row["loan"]) for row in rows]


async def acknowledge(document_id: UUID, recipient_id: UUID, at: datetime) -> bool:
    """Record when a recipient said to have read a document; False if that is already recorded."""
    return await _ACKNOWLEDGE.fetch_one(at, at, recipient_id, document_id) is not None
