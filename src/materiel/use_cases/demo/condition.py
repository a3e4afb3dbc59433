"""The condition pictured in the demonstration: a keyboard given back with a key less, of which the family speaks."""

from __future__ import annotations

from uuid import UUID

from materiel.domain.circuit.condition.outline import ItemView, ItemZone, MarkKind
from materiel.domain.circuit.condition.state import ConditionMoment, Mark
from materiel.store.engine.database import write_transaction
from materiel.store.loan import loan as loans
from materiel.use_cases.circuit.condition.noting import (
    NoteCondition,
    PictureCondition,
    note_condition,
    picture_condition,
)
from materiel.use_cases.demo.teller import PICTURE, Teller
from materiel.use_cases.links.access_link import LinkHolder, make_link, person_of_link
from materiel.use_cases.people.pupil import get_pupil
from materiel.use_cases.visitors.condition import SayCondition, say_condition

SCRATCH = Mark(view=ItemView.BASE, zone=ItemZone.BOTTOM_LEFT, kind=MarkKind.SCRATCH, note="trois centimètres, exemple")
KEYBOARD, COMPUTER = "DEMO-CLA-003", "DEMO-ORD-004"


async def tell_condition(teller: Teller) -> None:
    """A hand-over and a return of one keyboard; the hand-over of one computer."""
    back = await _loan_of(teller, "malo", KEYBOARD)
    await _note(teller, KEYBOARD, back, ConditionMoment.HANDOVER, (SCRATCH,), "Dessous, avant la remise", ago=40)
    seen = (
        SCRATCH,
        Mark(
            view=ItemView.KEYBOARD, zone=ItemZone.TOP_RIGHT, kind=MarkKind.MISSING_KEY, note="la touche Suppr, exemple"
        ),
        Mark(view=ItemView.KEYBOARD, zone=ItemZone.LEFT, kind=MarkKind.DENT),
    )
    await _note(teller, KEYBOARD, back, ConditionMoment.RETURN, seen, "Dessous, au retour", ago=13)
    await _hear(teller, back)
    out = await _loan_of(teller, "camille", COMPUTER)
    lid = Mark(view=ItemView.LID, zone=ItemZone.CENTRE, kind=MarkKind.SCRATCH)
    await _note(teller, COMPUTER, out, ConditionMoment.HANDOVER, (lid,), "Capot, avant la remise", ago=44)


async def _loan_of(teller: Teller, pupil: str, number: str) -> UUID:
    """The loan by which a pupil has, or had, an item."""
    item_id = teller.items[number]
    known = await loans.page(teller.actor.service_id, pupil_id=teller.pupils[pupil], limit=loans.MOST)
    return next(each.id for each in known if any(line.item_id == item_id for line in each.items))


async def _note(
    teller: Teller,
    number: str,
    loan_id: UUID,
    moment: ConditionMoment,
    marks: tuple[Mark, ...],
    caption: str,
    *,
    ago: int,
) -> None:
    item_id = teller.items[number]
    command = NoteCondition(item_id=item_id, loan_id=loan_id, moment=moment, seen_on=teller.day(ago), marks=marks)
    state = await note_condition(command, actor=teller.actor, now=teller.at(ago))
    picture = PictureCondition(
        item_id=item_id,
        state_id=state.id,
        files=(PICTURE.read_bytes(),),
        caption=f"{caption} (exemple)",
        view=marks[0].view,
    )
    await picture_condition(picture, actor=teller.actor, now=teller.at(ago))


async def _hear(teller: Teller, loan_id: UUID) -> None:
    """The mother says by her link what she saw at the return, and shows it."""
    pupil = await get_pupil(teller.pupils["malo"], actor=teller.actor)
    mother = pupil.representatives[0]
    holder = LinkHolder(
        service_id=pupil.service_id,
        email=mother.email,
        name=mother.full_name,
        pupil_id=pupil.id,
        representative_id=mother.id,
    )
    async with write_transaction():
        link = (await make_link(holder, actor_id=teller.actor.id, now=teller.at(12))).link
    person = await person_of_link(link.id, now=teller.at(12))
    said = SayCondition(
        moment=ConditionMoment.RETURN,
        text="La touche Suppr ne tenait plus depuis la remise, nous l'avions dit au secrétariat (exemple).",
        files=(PICTURE.read_bytes(),),
    )
    await say_condition(said, loan_id=loan_id, item_id=teller.items[KEYBOARD], person=person, now=teller.at(12))
