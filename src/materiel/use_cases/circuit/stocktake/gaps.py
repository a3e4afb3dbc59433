"""Gaps: each is settled by an act, one at a time: a move, an incident, a question, an answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Annotated
from uuid import UUID

from materiel.domain.accounts.roles import Permission
from materiel.domain.circuit.stocktake import (
    NOTE_MAX,
    PLACE_MAX,
    GapAct,
    Sighting,
    StocktakeLine,
    StocktakePlace,
    StocktakeResult,
    check_running,
)
from materiel.domain.incident.incident import DATED, IncidentKind
from materiel.domain.item.item import HELD, ItemStatus
from materiel.domain.language.bounds import line
from materiel.domain.language.fields import Fields
from materiel.domain.people.death import check_living
from materiel.errors import Conflict, RuleBroken
from materiel.store.circuit.stocktake import line as lines
from materiel.store.circuit.stocktake import sighting
from materiel.store.circuit.stocktake import stocktake as stocktakes
from materiel.store.engine.database import enclosing_transaction, in_one_visit
from materiel.store.history import journal
from materiel.store.item import item as items
from materiel.store.loan import loan as loans
from materiel.store.people import pupil as pupils
from materiel.use_cases.circuit.stocktake.asking import ask_home, ask_school
from materiel.use_cases.incident.incident import RecordIncident, record_incident
from materiel.use_cases.item.place import set_places
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.papers.printable import printable


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleGap:
    """What is done with a gap. `note`: what happened, what was answered, or why it is taken as seen; `place`: where it
    is put away; `incident`: of which kind.
    """

    stocktake_id: UUID
    item_id: UUID
    act: GapAct
    note: Annotated[str, line(NOTE_MAX)] = ""
    place: Annotated[str, line(PLACE_MAX)] = ""
    incident: IncidentKind = IncidentKind.LOSS


Settling = Callable[[SettleGap, StocktakeLine, Issuer], Awaitable[None]]

INCIDENTS = (IncidentKind.LOSS, IncidentKind.THEFT, IncidentKind.ABSENCE, IncidentKind.BREAKDOWN, IncidentKind.DAMAGE)
"""What a gap may be, once it is known."""


@in_one_visit
async def settle_gap(command: SettleGap, *, issuer: Issuer) -> StocktakeLine:
    """Do what settles a gap, and keep that it was done; what is known of the item afterwards.

    Raises:
        NotFound: `stocktake.not_found`, `stocktake.line_not_found`.
        Conflict: `stocktake.closed`; `stocktake.no_gap`, the item was seen where it is expected;
            `stocktake.item_held`, an item that is lent is taken back, not put away.
        RuleBroken: `stocktake.invalid`, a reason, an answer or a place lacks; `incident.invalid`;
            `institution.no_mailbox`, `stocktake.nobody_to_ask`, `pupil.deceased`; `text.not_printable`.
    """
    actor, now = issuer.actor, issuer.now
    actor.require(Permission.WRITE)
    async with enclosing_transaction():
        stocktake = await stocktakes.get(command.stocktake_id, actor.service_id)
        check_running(stocktake)
        gap = await lines.get(stocktake.id, actor.service_id, command.item_id)
        if gap.result is StocktakeResult.FOUND:
            raise Conflict("stocktake.no_gap", "Ce matériel est trouvé : il n'y a plus d'écart à régler.")
        checked = _checked(command)
        await _ACTS[command.act](checked, gap, issuer)
        on = issuer.today
        await sighting.settle(stocktake.id, actor.service_id, gap.item_id, command.act, on, checked.note)
        details = {"item": str(gap.item_id), "act": command.act.value}
        await journal.by(actor, now).note("stocktake.gap_settled", stocktake.id, details)
    return await lines.get(stocktake.id, actor.service_id, gap.item_id)


def _checked(command: SettleGap) -> SettleGap:
    """The texts of an act, cleaned; a place to put away, a reason and an answer are required."""
    fields = Fields("stocktake.invalid")
    required = {
        GapAct.KEPT: "le motif",
        GapAct.ANSWERED: "ce qui vous a été répondu",
        GapAct.INCIDENT: "ce qui s'est passé",
    }
    note = fields.text(
        "/note",
        command.note,
        longest=NOTE_MAX,
        required=command.act in required,
        name=required.get(command.act, "la note"),
    )
    place = fields.text(
        "/place", command.place, longest=PLACE_MAX, required=command.act is GapAct.MOVED, name="le lieu de rangement"
    )
    fields.check()
    return printable(replace(command, note=note, place=place))


async def _move(command: SettleGap, gap: StocktakeLine, issuer: Issuer) -> None:
    """Put it away where it was seen: one that is lent is taken back first, which says where it is by itself."""
    item = await items.get(gap.item_id, issuer.actor.service_id)
    if item.status in HELD - {ItemStatus.RESERVED}:
        raise Conflict(
            "stocktake.item_held",
            f"Le matériel {item.inventory_number} est prêté ou déposé : reprenez-le, ou changez sa garde, depuis son "
            "prêt. Le récolement le suivra.",
        )
    if gap.seen is not Sighting.ELSEWHERE:
        await sighting.sight(command.stocktake_id, [item.id], Sighting.ELSEWHERE, issuer.today, command.place)
    await set_places([item.id], command.place, actor=issuer.actor, now=issuer.now)


async def _open_incident(command: SettleGap, gap: StocktakeLine, issuer: Issuer) -> None:
    on = issuer.today if command.incident in DATED else None
    told = RecordIncident(item_id=gap.item_id, kind=command.incident, description=command.note, happened_on=on)
    await record_incident(told, actor=issuer.actor, now=issuer.now)


async def _ask(command: SettleGap, gap: StocktakeLine, issuer: Issuer) -> None:
    """Write, without reproach, to whoever keeps the item by what is known: a school, or the family of a pupil."""
    stocktake = await stocktakes.get(command.stocktake_id, issuer.actor.service_id)
    loan = await loans.get(gap.loan_id, issuer.actor.service_id) if gap.loan_id is not None else None
    pupil_id = loan.pupil_id if loan is not None else None
    if pupil_id is not None:
        # Nothing of a dead pupil is asked of anybody, the school included (E29).
        check_living(await pupils.get(pupil_id, issuer.actor.service_id))
    if gap.kind is StocktakePlace.HOME and pupil_id is not None:
        if await ask_home(pupil_id, stocktake, issuer=issuer):
            return
    elif gap.kind is StocktakePlace.SCHOOL:
        item = await items.get(gap.item_id, issuer.actor.service_id)
        await ask_school(gap.uai, stocktake, issuer=issuer, about=item, note=command.note)
        return
    raise RuleBroken(
        "stocktake.nobody_to_ask",
        "Personne ne peut être interrogé par courriel sur ce matériel : appelez, puis notez la réponse.",
    )


async def _note(_: SettleGap, __: StocktakeLine, ___: Issuer) -> None:
    """Nothing more than the note."""


_ACTS: dict[GapAct, Settling] = {
    GapAct.MOVED: _move,
    GapAct.INCIDENT: _open_incident,
    GapAct.QUESTION: _ask,
    GapAct.ANSWERED: _note,
    GapAct.KEPT: _note,
}
