"""Keep an act as it is decided: drawn once, in the transaction that decides it, and given back to the byte ever after.

Nothing that changes later (what a service is called, who signs for it, our words, our layout) changes an act. One that
was decided by a release that did not keep it is drawn and kept the first time that somebody opens it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from uuid import UUID

from materiel.documents.content import Content
from materiel.documents.content_json import content_to_json
from materiel.documents.pdf.layout import LAYOUT
from materiel.documents.pdf.render import render_pdf, shared_bytes
from materiel.domain.accounts.roles import Actor
from materiel.domain.papers.act import KEPT_AS, ActKind
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.papers import act as acts
from materiel.store.papers.act import KeptAct


async def keep_act(
    kind: ActKind, subject_id: UUID, content: Content, *, services: Sequence[UUID], actor: Actor, now: datetime
) -> bytes:
    """Draw an act and keep it, in the caller's transaction; its bytes, or those kept before.

    Args:
        subject_id: the transfer, the end of life or the elimination that it is about.
        services: whose journals tell it, that whose head it bears first.

    Raises:
        RuleBroken: `text.right_to_left`, `text.not_drawable`, a character cannot be printed.
    """
    pdf = render_pdf(content).data
    act = KeptAct(
        id=new_id(),
        service_id=services[0],
        kind=kind,
        subject_id=subject_id,
        made_at=now,
        layout=LAYOUT,
        content=content_to_json(content),
        sha256=hashlib.sha256(pdf).hexdigest(),
    )
    if not await acts.keep(act, pdf, shared=shared_bytes()):
        return await acts.find(kind, subject_id) or pdf
    told = {
        "act": str(act.id),
        "sha256": act.sha256,
        "content_sha256": hashlib.sha256(act.content.encode()).hexdigest(),
    }
    for service_id in services:
        await journal.By(service_id, actor.id, now).note(KEPT_AS[kind], subject_id, told)
    return pdf


async def read_act(
    kind: ActKind,
    subject_id: UUID,
    compose: Callable[[], Awaitable[Content]],
    *,
    services: Sequence[UUID],
    actor: Actor,
    now: datetime,
) -> bytes:
    """The bytes of an act that was decided.

    Args:
        compose: says it, for one decided by a release that did not keep it.
    """
    kept = await acts.find(kind, subject_id)
    if kept is not None:
        return kept
    return await _keep_late(kind, subject_id, await compose(), services=services, actor=actor, now=now)


@in_one_visit
async def _keep_late(
    kind: ActKind, subject_id: UUID, content: Content, *, services: Sequence[UUID], actor: Actor, now: datetime
) -> bytes:
    async with write_transaction():
        return await keep_act(kind, subject_id, content, services=services, actor=actor, now=now)
