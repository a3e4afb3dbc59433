"""What a lot does to its things: each act calls the use case that a page calls for one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec

from materiel.domain.desk.lot import LotAct
from materiel.domain.item.item import Condition, ItemStatus
from materiel.domain.item.preparation import ChecksDone, checks_of
from materiel.domain.loan.moves import NO_NEWS_OF_A_MOVE
from materiel.domain.loan.steps import HandedItem, ReturnedItem
from materiel.domain.papers.document import SignatureChannel
from materiel.domain.work.lot import LotLine
from materiel.errors import Conflict, RuleBroken
from materiel.use_cases.desk.awaited import AskedGroup, AskGroup, ask_again, ask_group
from materiel.use_cases.desk.lots.lot import LotValues, Seen
from materiel.use_cases.desk.notice import SendNotices, send_notices
from materiel.use_cases.item.family import set_families
from materiel.use_cases.item.item import SetItemStatus, get_item, set_item_status
from materiel.use_cases.item.place import set_places
from materiel.use_cases.item.preparation import prepare_item
from materiel.use_cases.loan.applying import Applied
from materiel.use_cases.loan.moves import MovePupil, move_pupil
from materiel.use_cases.loan.pile import PileAction, not_lent
from materiel.use_cases.loan.steps import HandOver, TakeBack, hand_over, issue_loan, take_back
from materiel.use_cases.papers.document import get_document
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.signing.batch import RecordBatch, record_batch


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What became of one line: what is to know, the papers made, or why nothing could be done."""

    said: str = ""
    code: str = ""
    made: tuple[UUID, ...] = ()
    refused: bool = False


Act = Callable[[Sequence[LotLine], LotValues, Issuer], Awaitable[Sequence[Settled]]]
"""Does an act to lines that go together, in the caller's transaction; a refusal that it raises is that of them all."""

One = Callable[[LotLine, LotValues, Issuer], Awaitable[Settled]]


def _each(act: One) -> Act:
    """An act that settles each of its lines by itself."""

    async def each(lines: Sequence[LotLine], values: LotValues, issuer: Issuer) -> Sequence[Settled]:
        return [await act(line, values, issuer) for line in lines]

    return each


async def _remind(line: LotLine, values: LotValues, issuer: Issuer) -> Settled:
    return _asked(await ask_again([line.subject_id], issuer=issuer))


async def _send(line: LotLine, values: LotValues, issuer: Issuer) -> Settled:
    assert values.party is not None, "checked when the lot was asked"
    return _asked(await ask_group(AskGroup(document_ids=(line.subject_id,), party=values.party), issuer=issuer))


def _asked(done: AskedGroup) -> Settled:
    said = " ".join(why for _, why in done.left)
    if done.asked:
        return Settled(said=said)
    return Settled(said=said or "Ce document n'attend plus de signature de personne d'autre.", refused=True)


async def _notify(lines: Sequence[LotLine], values: LotValues, issuer: Issuer) -> Sequence[Settled]:
    assert values.channel is not None, "checked when the lot was asked"
    wanted = tuple(line.subject_id for line in lines)
    done = await send_notices(SendNotices(document_ids=wanted, channel=values.channel), issuer=issuer)
    left = {each.document_id: f"{each.name} : {each.reason}" for each in done.left}
    for document_id in wanted:
        if not (await get_document(document_id, actor=issuer.actor)).recipients:
            left[document_id] = "Ce document ne s'envoie à personne pour information."
    return [Settled(said=left.get(each, ""), refused=each in left) for each in wanted]


async def _sign(line: LotLine, values: LotValues, issuer: Issuer) -> Settled:
    assert values.party is not None, "checked when the lot was asked"
    assert values.on is not None, "checked when the lot was asked"
    batch = RecordBatch(
        document_ids=(line.subject_id,), party=values.party, signed_on=values.on, channel=SignatureChannel.PAPER
    )
    try:
        await record_batch(batch, actor=issuer.actor, now=issuer.now)
    except RuleBroken as refusal:
        # That of the one paper: nobody reads here of a pile.
        raise RuleBroken(refusal.code, refusal.errors[0].detail if refusal.errors else refusal.message) from None
    return Settled()


async def _issue(line: LotLine, values: LotValues, issuer: Issuer) -> Settled:
    return _applied(await issue_loan(line.subject_id, issuer=issuer))


async def _hand_over(lines: Sequence[LotLine], values: LotValues, issuer: Issuer) -> Sequence[Settled]:
    loan_id, seen = await _seen(lines, PileAction.HAND_OVER, issuer)
    assert values.on is not None, "checked when the lot was asked"
    handed = tuple(
        HandedItem(
            item_id=line.subject_id,
            condition=each.condition or values.condition or Condition.GOOD,
            accessories=each.accessories,
        )
        for line, each in zip(lines, seen, strict=True)
    )
    command = HandOver(loan_id=loan_id, handed_over_on=values.on, items=handed)
    done = _applied(await hand_over(command, issuer=issuer))
    return [done for _ in lines]


async def _take_back(lines: Sequence[LotLine], values: LotValues, issuer: Issuer) -> Sequence[Settled]:
    loan_id, seen = await _seen(lines, PileAction.TAKE_BACK, issuer)
    assert values.on is not None, "checked when the lot was asked"
    back = tuple(
        ReturnedItem(
            item_id=line.subject_id,
            condition=each.condition or values.condition or Condition.GOOD,
            missing_accessories=each.missing,
            ticked=each.ticked,
        )
        for line, each in zip(lines, seen, strict=True)
    )
    done = _applied(await take_back(TakeBack(loan_id=loan_id, returned_on=values.on, items=back), issuer=issuer))
    return [done for _ in lines]


async def _seen(lines: Sequence[LotLine], action: PileAction, issuer: Issuer) -> tuple[UUID, list[Seen]]:
    """The loan that holds the items of these lines, and what was seen of each. Raises `Conflict`, `item.not_lent`."""
    seen = [msgspec.json.decode(line.given, type=Seen) for line in lines]
    loan_id = seen[0].loan
    if loan_id is None:
        item = await get_item(lines[0].subject_id, actor=issuer.actor)
        raise Conflict("item.not_lent", not_lent(action, item))
    return loan_id, seen


def _applied(applied: Applied) -> Settled:
    made = [paper.id for one in (applied, *applied.others) for paper in one.made]
    return Settled(said=" ".join(dict.fromkeys(each.detail for each in applied.cautions)), made=tuple(made))


async def _prepare(line: LotLine, values: LotValues, issuer: Issuer) -> Settled:
    assert values.on is not None, "checked when the lot was asked"
    assert values.condition is not None, "checked when the lot was asked"
    seen = msgspec.json.decode(line.given, type=Seen)
    needed = checks_of(await get_item(line.subject_id, actor=issuer.actor))
    done = ChecksDone(
        done_on=values.on,
        condition=seen.condition or values.condition,
        # What is said of them all is done to those that it concerns.
        erased=seen.erased or (needed.erased and bool(values.erased)),
        uninstalled=seen.uninstalled or (needed.uninstalled and bool(values.uninstalled)),
        missing_accessories=seen.missing,
        ticked=seen.ticked,
        note=seen.note,
    )
    saved = await prepare_item(line.subject_id, done, issuer=issuer)
    return Settled(said="" if saved.status is ItemStatus.IN_STOCK else f"Passé à l'état « {saved.status.label} ».")


async def _set_status(line: LotLine, values: LotValues, issuer: Issuer) -> Settled:
    assert values.status is not None, "checked when the lot was asked"
    item = await get_item(line.subject_id, actor=issuer.actor)
    if item.status is values.status:
        return Settled(said="Déjà dans cet état.")
    command = SetItemStatus(item_id=item.id, status=values.status, reason=values.reason or "", version=item.version)
    await set_item_status(command, actor=issuer.actor, now=issuer.now)
    return Settled()


async def _set_family(line: LotLine, values: LotValues, issuer: Issuer) -> Settled:
    assert values.family is not None, "checked when the lot was asked"
    await set_families([line.subject_id], values.family, actor=issuer.actor, now=issuer.now)
    return Settled()


async def _set_place(line: LotLine, values: LotValues, issuer: Issuer) -> Settled:
    await set_places([line.subject_id], values.storage_place or "", actor=issuer.actor, now=issuer.now)
    return Settled()


async def _move(line: LotLine, values: LotValues, issuer: Issuer) -> Settled:
    assert values.on is not None, "checked when the lot was asked"
    seen = msgspec.json.decode(line.given, type=Seen)
    command = MovePupil(
        pupil_id=line.subject_id,
        school=seen.school or values.school or "",
        effective_on=values.on,
        former=seen.former,
    )
    moved = await move_pupil(command, issuer=issuer)
    if moved.look.is_done:
        return Settled(said="Déjà dans cet établissement.")
    made = [paper.id for one in moved.applied for paper in one.made]
    news = [each for one in moved.applied for each in one.cautions if each.code not in NO_NEWS_OF_A_MOVE]
    return Settled(said=" ".join(dict.fromkeys(each.detail for each in news)), made=tuple(made))


ACTS: dict[LotAct, Act] = {
    LotAct.REMIND: _each(_remind),
    LotAct.SEND: _each(_send),
    LotAct.NOTIFY: _notify,
    LotAct.SIGN: _each(_sign),
    LotAct.ISSUE: _each(_issue),
    LotAct.HAND_OVER: _hand_over,
    LotAct.TAKE_BACK: _take_back,
    LotAct.PREPARE: _each(_prepare),
    LotAct.SET_STATUS: _each(_set_status),
    LotAct.SET_FAMILY: _each(_set_family),
    LotAct.SET_PLACE: _each(_set_place),
    LotAct.MOVE: _each(_move),
}
