"""A hand-over and a return side by side, on a page and as a PDF; what the family said of both, and that it is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from materiel.documents.lists.condition import ConditionTold, PairTold, compose_condition
from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.circuit.condition.comparison import ConditionSide, Difference, compare
from materiel.domain.circuit.condition.outline import ItemView, Outline, outline_of
from materiel.domain.circuit.condition.remark import ConditionRemark
from materiel.domain.circuit.condition.state import ConditionMoment
from materiel.domain.incident.photo import Photo
from materiel.domain.item.item import Item
from materiel.store.accounts import service as services
from materiel.store.circuit.condition import remark as remarks
from materiel.store.circuit.condition import state as states
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.store.incident import photo as photos
from materiel.store.item import item as items
from materiel.use_cases.circuit.condition.noting import line_of
from materiel.use_cases.work.drawing import draw_paper

OTHER_VIEW = "Autres photos"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemarkShown:
    """What a family said, and the photographs that came with it."""

    remark: ConditionRemark
    photos: tuple[Photo, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionEnd:
    """One end of a loan for an item: its state, what pictures it, and what the family said."""

    moment: ConditionMoment
    side: ConditionSide
    photos: tuple[Photo, ...]
    remarks: tuple[RemarkShown, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoPair:
    """Photographs of one side of the item, those of the hand-over beside those of the return."""

    view: ItemView | None
    out: tuple[Photo, ...]
    back: tuple[Photo, ...]

    @property
    def title(self) -> str:
        """Which side they show."""
        return self.view.label if self.view is not None else OTHER_VIEW


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionComparison:
    """Both ends of a loan for an item. `unread`: how many remarks of the family nobody has said to have read."""

    loan_id: UUID
    item: Item
    outline: Outline
    out: ConditionEnd
    back: ConditionEnd
    difference: Difference
    pairs: tuple[PhotoPair, ...]
    unread: int
    day: date

    @property
    def ends(self) -> tuple[ConditionEnd, ConditionEnd]:
        """The hand-over, then the return."""
        return self.out, self.back


async def read_comparison(loan_id: UUID, item_id: UUID, *, actor: Actor, now: datetime) -> ConditionComparison:
    """The hand-over and the return of an item of a loan, and what differs.

    Raises:
        NotFound: `loan.not_found`, `loan.unknown_item`, `item.not_found`.
    """
    actor.require(Permission.READ)
    line = await line_of(loan_id, item_id, actor)
    item = await items.get(item_id, actor.service_id)
    noted = [each for each in await states.of_item(item_id, actor.service_id) if each.loan_id == loan_id]
    said = [each for each in await remarks.of_loan(loan_id, actor.service_id) if each.item_id == item_id]
    shown = await photos.of_condition(item_id, actor.service_id)

    def end(moment: ConditionMoment, side: ConditionSide) -> ConditionEnd:
        return ConditionEnd(
            moment=moment,
            side=side,
            photos=tuple(each for each in shown if side.state is not None and each.state_id == side.state.id),
            remarks=tuple(
                RemarkShown(remark=each, photos=tuple(photo for photo in shown if photo.remark_id == each.id))
                for each in said
                if each.moment is moment
            ),
        )

    by_moment = {each.moment: each for each in noted}
    seen_out, seen_back = by_moment.get(ConditionMoment.HANDOVER), by_moment.get(ConditionMoment.RETURN)
    out = ConditionSide(on=line.handed_over_on, condition=line.condition_out, state=seen_out)
    back = ConditionSide(
        on=line.returned_on,
        condition=line.condition_in,
        missing=line.missing_accessories,
        state=seen_back,
    )
    first, last = end(ConditionMoment.HANDOVER, out), end(ConditionMoment.RETURN, back)
    outline = outline_of(item)
    return ConditionComparison(
        loan_id=loan_id,
        item=item,
        outline=outline,
        out=first,
        back=last,
        difference=compare(out, back),
        pairs=_pairs(outline, first.photos, last.photos),
        unread=sum(each.read_at is None for each in said),
        day=actor.civil_date(now),
    )


async def draw_comparison(loan_id: UUID, item_id: UUID, *, actor: Actor, now: datetime) -> bytes:
    """The same as a PDF, for a file or an insurance: nobody is named in it.

    Raises:
        NotFound: `loan.not_found`, `loan.unknown_item`, `item.not_found`.
    """
    found = await read_comparison(loan_id, item_id, actor=actor, now=now)
    bytes_of: dict[UUID, bytes] = {}
    for end in found.ends:
        for photo in (*end.photos, *(each for told in end.remarks for each in told.photos)):
            bytes_of[photo.id] = (await photos.content(photo.id))[0]
    told = ConditionTold(
        item=found.item,
        day=found.day,
        difference=found.difference,
        out=found.out.side,
        back=found.back.side,
        pairs=tuple(
            PairTold(each.title, _pictured(each.out, bytes_of), _pictured(each.back, bytes_of)) for each in found.pairs
        ),
        remarks=tuple((told.remark, _pictured(told.photos, bytes_of)) for end in found.ends for told in end.remarks),
    )
    return await draw_paper(compose_condition(told, await services.get(actor.service_id)))


@in_one_visit
async def read_remarks(loan_id: UUID, item_id: UUID, *, actor: Actor, now: datetime) -> int:
    """Say that what the family said is read; nothing of it changes. How many were not.

    Raises:
        NotFound: `loan.not_found`, `loan.unknown_item`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        await line_of(loan_id, item_id, actor)
        count = await remarks.note_reading(loan_id, item_id, actor.service_id, by=actor.id, at=now)
        if count:
            facts = {"items": [str(item_id)], "remarks": count}
            await journal.by(actor, now).note("loan.condition_remark_read", loan_id, facts)
    return count


def _pairs(outline: Outline, out: Sequence[Photo], back: Sequence[Photo]) -> tuple[PhotoPair, ...]:
    """The photographs by side, those of which nobody said the side last."""
    found = []
    for view in (*outline.views, None):
        here = tuple(each for each in out if _view(each, outline) is view)
        there = tuple(each for each in back if _view(each, outline) is view)
        if here or there:
            found.append(PhotoPair(view=view, out=here, back=there))
    return tuple(found)


def _view(photo: Photo, outline: Outline) -> ItemView | None:
    """Which side a photograph shows, as the item is drawn today."""
    return photo.view if photo.view in outline.views else None


def _pictured(shown: Sequence[Photo], bytes_of: dict[UUID, bytes]) -> tuple[tuple[str, bytes], ...]:
    return tuple((each.caption, bytes_of[each.id]) for each in shown)
