"""What a family says of the condition of what it was handed, in words and photographs; it reads what it said itself.

The other parent's remarks are not shown, nor are the service's photographs: the service's words are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from materiel.domain.circuit.condition.remark import ConditionRemark, LentDays, checked_text, open_until
from materiel.domain.circuit.condition.state import ConditionMoment, ConditionState
from materiel.domain.incident.photo import Photo, PhotoOccasion, check_photos
from materiel.domain.item.item import Item
from materiel.domain.links.access_link import FamilyPerson
from materiel.domain.loan.loan import Loan, LoanItem
from materiel.domain.signing.electronic_signature import may_read
from materiel.errors import NotFound
from materiel.store.accounts import service as services
from materiel.store.circuit.condition import remark as remarks
from materiel.store.circuit.condition import state as states
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.incident import photo as photos
from materiel.store.item import item as items
from materiel.store.links import access_link as links
from materiel.store.loan import loan as loans
from materiel.store.papers import document as documents
from materiel.use_cases.incident.photo import Picture, pictures_of


@dataclass(frozen=True, slots=True, kw_only=True)
class SayCondition:
    """What a family says of an item, of its hand-over or of its return."""

    moment: ConditionMoment
    text: str
    files: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidCondition:
    """One remark of the reader, and how many photographs came with it."""

    remark: ConditionRemark
    photos: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RemarkableItem:
    """An item of which a family may speak: until when of which moment, what the service noted, what it said itself."""

    loan_id: UUID
    item: Item
    open_now: dict[ConditionMoment, date]
    noted: tuple[ConditionState, ...]
    said: tuple[SaidCondition, ...]


async def remarkable_items(person: FamilyPerson, now: datetime) -> list[RemarkableItem]:
    """The items of which this person may speak today, those just given back too."""
    if not person.acts:
        return []
    service_id = person.pupil.service_id
    today = (await services.get(service_id)).civil_date(now)
    found = []
    for loan in await loans.page(service_id, pupil_id=person.pupil.id, limit=loans.MOST):
        lines = [line for line in loan.items if open_until(_days(line, loan), today)]
        if lines and any(may_read(each, person) for each in await documents.of_loan(loan.id)):
            shown = {each.id: each for each in await items.get_many([line.item_id for line in lines], service_id)}
            found += [
                RemarkableItem(
                    loan_id=loan.id,
                    item=shown[line.item_id],
                    open_now=open_until(_days(line, loan), today),
                    noted=(),
                    said=(),
                )
                for line in lines
                if line.item_id in shown
            ]
    return found


async def remarkable_item(loan_id: UUID, item_id: UUID, person: FamilyPerson, now: datetime) -> RemarkableItem:
    """One of them, with what was noted and said.

    Raises:
        NotFound: `item.not_found`, for any other, whether it exists or not.
    """
    for each in await remarkable_items(person, now):
        if (each.loan_id, each.item.id) == (loan_id, item_id):
            service_id = person.pupil.service_id
            noted = [state for state in await states.of_item(item_id, service_id) if state.loan_id == loan_id]
            said = await _said(loan_id, item_id, person)
            shown = await photos.of_condition(item_id, service_id)
            return RemarkableItem(
                loan_id=loan_id,
                item=each.item,
                open_now=each.open_now,
                noted=tuple(reversed(noted)),
                said=tuple(
                    SaidCondition(remark=one, photos=sum(photo.remark_id == one.id for photo in shown)) for one in said
                ),
            )
    raise NotFound("item.not_found", "Ce matériel n'est pas parmi ceux dont vous pouvez dire l'état aujourd'hui.")


async def say_condition(
    command: SayCondition, *, loan_id: UUID, item_id: UUID, person: FamilyPerson, now: datetime
) -> ConditionRemark:
    """Keep what a family says, as it says it; the service is told on its page of the day.

    Raises:
        NotFound: `item.not_found`.
        Conflict: `condition_remark.too_late`.
        RuleBroken: `condition_remark.invalid`, `condition_remark.too_many`.
        BadInput: `photo.too_many`, `photo.too_large`, `photo.unreadable`.
    """
    await remarkable_item(loan_id, item_id, person, now)
    made: Sequence[Picture] = ()
    if command.files:
        check_photos([len(data) for data in command.files])
        made = await pictures_of(command.files)
    return await _keep(command, made, loan_id=loan_id, item_id=item_id, person=person, now=now)


@in_one_visit
async def _keep(
    command: SayCondition, made: Sequence[Picture], *, loan_id: UUID, item_id: UUID, person: FamilyPerson, now: datetime
) -> ConditionRemark:
    async with write_transaction():
        about = await remarkable_item(loan_id, item_id, person, now)
        told = sum(each.remark.moment is command.moment for each in about.said)
        service = await services.get(person.pupil.service_id)
        remark = ConditionRemark(
            id=new_id(),
            service_id=service.id,
            loan_id=loan_id,
            item_id=item_id,
            moment=command.moment,
            text=checked_text(command.text, command.moment, open_now=about.open_now, told=told),
            said_on=service.civil_date(now),
            said_at=now,
            said_by=person.link.actor_id,
            said_link=person.link.id,
        )
        await remarks.insert(remark)
        for picture in {each.sha256: each for each in made}.values():
            await photos.insert(_photo_of(remark, picture), large=picture.large, small=picture.small)
        facts = {"items": [str(item_id)], "moment": command.moment.value, "photos": len(made)}
        await journal.By(service.id, person.link.actor_id, now).note("loan.condition_remark_said", loan_id, facts)
    return remark


def _photo_of(remark: ConditionRemark, picture: Picture) -> Photo:
    return Photo(
        id=new_id(),
        service_id=remark.service_id,
        item_id=remark.item_id,
        occasion=PhotoOccasion(remark.moment.value),
        taken_on=remark.said_on,
        sha256=picture.sha256,
        added_by=remark.said_by,
        added_at=remark.said_at,
        loan_id=remark.loan_id,
        remark_id=remark.id,
        caption=f"Photo de la famille, {remark.moment.label.lower()}",
    )


async def _said(loan_id: UUID, item_id: UUID, person: FamilyPerson) -> list[ConditionRemark]:
    own = {
        link.id
        for link in await links.same_holder(person.link)
        if link.representative_id == person.link.representative_id
    }
    said = await remarks.of_loan(loan_id, person.pupil.service_id)
    return [each for each in said if each.item_id == item_id and each.said_link in own]


def _days(line: LoanItem, loan: Loan) -> LentDays:
    return LentDays(
        handed_over_on=line.handed_over_on,
        returned_on=line.returned_on,
        ends_on=loan.ends_on,
        recalled_on=loan.recalled_on,
    )
