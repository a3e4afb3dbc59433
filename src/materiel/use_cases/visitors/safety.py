"""What families and institutions read of a safety recall about what they hold, and that they have read it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from materiel.domain.circuit.workshop.safety import (
    HolderKind,
    SafetyCase,
    SafetyRecall,
    SafetyStage,
    acknowledged,
)
from materiel.domain.links.access_link import FamilyPerson
from materiel.domain.usage import Custody
from materiel.domain.visitors.institution import Deposited, Institution
from materiel.errors import NotFound
from materiel.store.circuit.workshop import safety
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.use_cases.links.deposit import held_by
from materiel.use_cases.visitors.family import FamilyLoan, family_home

Told = tuple[SafetyRecall, SafetyCase]


async def recalls_of_family(loans: Sequence[FamilyLoan], person: FamilyPerson) -> list[Told]:
    """The recalls under way about what this person's child holds, at home or at school."""
    held = {each.item.id: lent.loan.id for lent in loans for each in lent.items if each.line.handed_over_on is not None}
    return await _of(held, person.pupil.service_id)


async def recalls_of_institution(kept: Sequence[Deposited], institution: Institution) -> list[Told]:
    """The recalls under way about what an institution keeps."""
    return await _of({each.item.id: each.loan_id for each in kept}, institution.service.id)


@in_one_visit
async def acknowledge_by_family(line_id: UUID, person: FamilyPerson, *, now: datetime) -> None:
    """Note that a family has read a recall and uses the thing no more; a second time changes nothing.

    Raises:
        NotFound: `safety_recall.not_found`, also for what a school keeps: it is the school that answers.
    """
    async with write_transaction():
        loans = (await family_home(person)).loans
        at_home = [each for each in loans if each.loan.custody is Custody.HOME]
        found = await recalls_of_family(at_home, person)
        await _acknowledge(line_id, found, HolderKind.FAMILY, person.link.actor_id, now)


@in_one_visit
async def acknowledge_by_institution(line_id: UUID, institution: Institution, *, now: datetime) -> None:
    """Note that an institution has read a recall and that the thing is used no more; a second time changes nothing.

    Raises:
        NotFound: `safety_recall.not_found`.
    """
    async with write_transaction():
        found = await recalls_of_institution(await held_by(institution), institution)
        await _acknowledge(line_id, found, HolderKind.DEPOSITARY, institution.link.actor_id, now)


async def _of(held: dict[UUID, UUID], service_id: UUID) -> list[Told]:
    found = await safety.awaited_of(list(held), service_id)
    return [(recall, case) for recall, case in found if case.held_by == held[case.item.id]]


async def _acknowledge(line_id: UUID, found: list[Told], kind: HolderKind, actor_id: str, now: datetime) -> None:
    told = next((each for each in found if each[1].line.id == line_id), None)
    if told is None or told[1].held_by is None:
        raise NotFound(
            "safety_recall.not_found", "Ce rappel de sécurité ne vous concerne pas, ou ne vous concerne plus."
        )
    recall, case = told
    if case.stage is SafetyStage.READ:
        return
    await safety.save_line(acknowledged(case.line, told[1].held_by, kind, actor_id, now))
    await journal.By(recall.service_id, actor_id, now).note(
        "item.safety_read", case.item.id, {"recall": str(recall.id), "as": kind.value}
    )
