"""Papers issued before a home became confidential: they stay as they are, and the service is told of them."""

from __future__ import annotations

from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.papers.document import Document
from materiel.domain.people.confidential_home import hidden_lines, tells_any
from materiel.store.loan import loan as loans
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils


async def papers_telling_address(pupil_id: UUID, *, actor: Actor) -> list[Document]:
    """The papers issued about a pupil that print an address not to be communicated, oldest first.

    Raises:
        NotFound: `pupil.not_found`.
    """
    actor.require(Permission.READ)
    pupil = await pupils.get(pupil_id, actor.service_id)
    hidden = hidden_lines(pupil)
    if not hidden:
        return []
    held = await loans.page(actor.service_id, pupil_id=pupil_id, limit=loans.MOST)
    papers = await documents.of_loans([loan.id for loan in held])
    return [each for loan in held for each in papers[loan.id] if tells_any(each.content, hidden)]
