"""The remarks that signers write on a receipt: they wait for somebody of the service to read them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.store.papers import document as documents
from materiel.store.signing import remark as remarks


async def remarks_to_read(document_id: UUID, *, actor: Actor) -> list[UUID]:
    """The boxes of a document of the actor's service whose remarks nobody there has read.

    Raises:
        NotFound: `document.not_found`.
    """
    actor.require(Permission.READ)
    document = await documents.get(document_id, actor.service_id)
    return await remarks.unread(document.id)


@in_one_visit
async def read_remarks(document_id: UUID, *, actor: Actor, now: datetime) -> int:
    """Note that the remarks of a document were read; how many were not yet, none a second time.

    Raises:
        NotFound: `document.not_found`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        document = await documents.get(document_id, actor.service_id)
        unread = await remarks.unread(document.id)
        if unread:
            await remarks.note_read(document.id, unread, by=actor.id, at=now)
            await journal.by(actor, now).note("document.remarks_read", document.id, {"loan": str(document.loan_id)})
    return len(unread)
