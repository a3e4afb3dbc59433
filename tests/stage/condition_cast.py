"""The fixed cast of the condition: a loan of Noé's, handed over and given back; photographs that tell their place."""

from __future__ import annotations

import io
from uuid import UUID

from PIL import Image
from tests.use_cases import loan_cast as cast

from materiel.domain.circuit.condition.outline import ItemView, ItemZone, MarkKind
from materiel.domain.circuit.condition.state import ConditionMoment, ConditionState, Mark
from materiel.domain.item.item import Condition
from materiel.domain.links.access_link import FamilyPerson
from materiel.domain.loan.steps import HandedItem, ReturnedItem
from materiel.store.engine.database import write_transaction
from materiel.store.people import pupil as pupils
from materiel.use_cases.circuit.condition.noting import NoteCondition, note_condition
from materiel.use_cases.links.access_link import LinkHolder, make_link, person_of_link
from materiel.use_cases.loan.steps import HandOver, TakeBack, hand_over, issue_loan, take_back

SCRATCH = Mark(view=ItemView.BASE, zone=ItemZone.CENTRE, kind=MarkKind.SCRATCH)
DENT = Mark(view=ItemView.FRONT, zone=ItemZone.TOP_LEFT, kind=MarkKind.DENT, note="au coin")


def a_photo(colour: tuple[int, int, int] = (90, 120, 60), size: tuple[int, int] = (1200, 900)) -> bytes:
    """A JPEG file that tells where it was taken."""
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (48.0, 6.0, 0.0)}
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "JPEG", exif=exif)
    return file.getvalue()


async def handed_over(pupil: UUID = cast.TWO_HOMES) -> UUID:
    """A loan of the laptop, handed over today."""
    loan_id = await cast.a_draft(pupil=pupil, school=cast.PRIVATE, items=(cast.LAPTOP,))
    await issue_loan(loan_id, issuer=cast.ISSUER)
    handed = (HandedItem(item_id=cast.LAPTOP),)
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=handed), issuer=cast.ISSUER)
    return loan_id


async def given_back(loan_id: UUID) -> None:
    """The laptop is back, damaged, without its first accessory."""
    back = (ReturnedItem(item_id=cast.LAPTOP, condition=Condition.DAMAGED),)
    await take_back(TakeBack(loan_id=loan_id, returned_on=cast.TODAY, items=back), issuer=cast.ISSUER)


async def noted(loan_id: UUID | None, moment: ConditionMoment, *marks: Mark) -> ConditionState:
    """A state of the laptop, seen today."""
    command = NoteCondition(
        item_id=cast.LAPTOP, loan_id=loan_id, moment=moment, seen_on=cast.TODAY, marks=marks, note="Vu au guichet"
    )
    return await note_condition(command, actor=cast.MANAGER, now=cast.NOW)


async def a_parent(rank: int = 0, pupil_id: UUID = cast.TWO_HOMES) -> FamilyPerson:
    """Who stands behind a fresh link of one of Noé's parents; the cast of the families gives them addresses."""
    parent = (await pupils.get(pupil_id, cast.SERVICE)).representatives[rank]
    holder = LinkHolder(
        service_id=cast.SERVICE,
        email=parent.email,
        name=parent.full_name,
        pupil_id=pupil_id,
        representative_id=parent.id,
    )
    async with write_transaction():
        link = (await make_link(holder, actor_id="tests", now=cast.NOW)).link
    return await person_of_link(link.id, now=cast.NOW)
