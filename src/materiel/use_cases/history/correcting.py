"""Ways back: the reason kept, the journal written; inside the transaction of the use case that takes the act back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.history.correction import Correction, CorrectionKind, CorrectionSubject
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.papers import correction as corrections


async def keep_correction(
    kind: CorrectionKind,
    subject_kind: CorrectionSubject,
    subject_id: UUID,
    reason: str,
    *,
    actor: Actor,
    now: datetime,
    details: dict[str, Any] | None = None,
) -> None:
    """Keep why an act is taken back, and write it in the journal, without the reason."""
    await corrections.insert(
        Correction(
            id=new_id(),
            service_id=actor.service_id,
            subject_kind=subject_kind,
            subject_id=subject_id,
            kind=kind,
            reason=reason,
            corrected_by=actor.id,
            corrected_at=now,
        )
    )
    await journal.by(actor, now).note(f"{subject_kind.value}.{kind.value}_corrected", subject_id, details)


async def corrections_about(subject_ids: Sequence[UUID], *, actor: Actor) -> list[Correction]:
    """What was taken back about these records of the actor's service, oldest first, with the reasons."""
    actor.require(Permission.READ)
    return await corrections.about(subject_ids, actor.service_id)
