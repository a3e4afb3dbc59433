"""Two parents who disagree about a loan: one says so, and neither signs alone any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from materiel.domain.links.access_link import FamilyPerson
from materiel.domain.signing.electronic_signature import may_disagree
from materiel.domain.work.outbox import Impulse, Purpose
from materiel.errors import RuleBroken
from materiel.store.accounts import service as services
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.store.people import pupil as pupils
from materiel.use_cases.work.outbox import MessageText, post


@in_one_visit
async def declare_disagreement(*, person: FamilyPerson, base_url: str, now: datetime) -> None:
    """Note that the parents disagree: one signature no longer suffices, and the service takes it from there.

    Raises:
        RuleBroken: `disagreement.meaningless`, there are no two parents to agree.
        Conflict: `pupil.changed`.

    Source: Code civil, art. 372-2 and 373-2; E2.
    """
    service = await services.get(person.pupil.service_id)
    if not may_disagree(person, service.civil_date(now)):
        raise RuleBroken(
            "disagreement.meaningless",
            "Un désaccord se signale entre les deux parents d'un élève mineur. Si vous ne voulez pas signer, "
            "ne signez pas et appelez le service.",
        )
    async with write_transaction():
        pupil = await pupils.get(person.pupil.id, person.pupil.service_id)
        if pupil.disagreement:
            return
        await pupils.save(replace(pupil, disagreement=True))
        await journal.By(pupil.service_id, person.link.actor_id, now).note("pupil.disagreement_declared", pupil.id)
        if service.email:
            letter = MessageText(
                purpose=Purpose.DISAGREEMENT,
                impulse=Impulse.OWN,
                template="disagreement",
                to_address=service.email,
                service=service,
                values={"pupil_id": pupil.id, "home": base_url},
            )
            await post(letter, base_url=base_url, now=now)
