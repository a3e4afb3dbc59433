"""Transfers of items between services. A transfer is read by both; whatever else stays in its own service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from materiel.domain.circuit.transfer import Transfer, TransferItem, TransferLine, TransferLoan, TransferState
from materiel.domain.item.item import Item, ItemStatus
from materiel.domain.loan.loan import OPEN_STATUSES, LoanStatus
from materiel.errors import Conflict, NotFound
from materiel.store.engine.constraints import refusing
from materiel.store.engine.database import Row
from materiel.store.engine.ids import new_row_id
from materiel.store.engine.mapper import Mapper, Part
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.rows import update_version
from materiel.store.engine.statement import Statement
from materiel.store.item import item as items
from materiel.store.tables import TransferItemRow, TransferLoanRow, TransferRow

_ITEM = Mapper(TransferItem, TransferItemRow)
_LOAN = Mapper(TransferLoan, TransferLoanRow)
_TRANSFER = Mapper(
    Transfer,
    TransferRow,
    parts={
        "items": Part(_ITEM, of="transfer", order="position"),
        "loans": Part(_LOAN, of="transfer", order="position"),
    },
)
_SELECT = (
    f"SELECT {_TRANSFER.selected('transfer')}, giver.code AS giver_code, giver.name AS giver_name,"
    " receiver.code AS receiver_code, receiver.name AS receiver_name FROM transfer"
    " JOIN managing_service AS giver ON giver.id = transfer.giver"
    " JOIN managing_service AS receiver ON receiver.id = transfer.receiver"
)
_BY_ID = _TRANSFER.statement(
    f"{_SELECT} WHERE transfer.id = {{}} AND (transfer.giver = {{}} OR transfer.receiver = {{}})"
)
_SETTLE_ITEM = Statement(
    "UPDATE transfer_item SET awaits = false, left_out = {}, received_as = {} WHERE transfer = {} AND item = {}"
)
_SETTLE_LOAN = Statement("UPDATE transfer_loan SET received_as = {} WHERE transfer = {} AND loan = {}")
_LABELLED = Statement("UPDATE item SET labelled_on = (SELECT labelled_on FROM item WHERE id = {}) WHERE id = {}")
_AWAITED_FOR = Statement("SELECT transfer FROM transfer_item WHERE item = {} AND awaits")
_CAME = Statement(
    "SELECT transfer_item.item, transfer.giver, transfer.answered_at, transfer.id AS transfer,"
    " service.name AS giver_name FROM transfer_item JOIN transfer ON transfer.id = transfer_item.transfer"
    " JOIN managing_service AS service ON service.id = transfer.giver"
    " WHERE transfer_item.received_as = {} ORDER BY transfer.answered_at DESC, transfer.id DESC"
)
_OF_LOAN = _TRANSFER.statement(
    f"{_SELECT} WHERE transfer.id = (SELECT passed.transfer FROM transfer_loan AS passed WHERE"
    " passed.received_as IS NOT NULL AND (passed.loan = {} OR passed.received_as = {})"
    " ORDER BY passed.transfer DESC LIMIT 1)"
    " AND (transfer.giver = {} OR transfer.receiver = {})"
)
_RUNS = "transfer.state = 'accepted' AND transfer.until IS NOT NULL AND transfer.returned_on IS NULL"
_DUE = _TRANSFER.statement(
    f"{_SELECT} WHERE {_RUNS} AND transfer.until <= {{}} AND (transfer.giver = {{}} OR transfer.receiver = {{}})"
    " ORDER BY transfer.id LIMIT {}"
)
_LENT_UNTIL = Statement(
    f"SELECT transfer.until FROM transfer WHERE {_RUNS} AND transfer.until BETWEEN {{}} AND {{}}"
    " AND (transfer.giver = {} OR transfer.receiver = {}) ORDER BY transfer.until"
)
_LENT_OF_ITEM = _TRANSFER.statement(
    f"{_SELECT} WHERE {_RUNS} AND transfer.id IN (SELECT lent.transfer FROM transfer_item AS lent"
    " WHERE lent.received_as IS NOT NULL AND (lent.item = {} OR lent.received_as = {})) LIMIT 1"
)
_LOAN_WENT = Statement("SELECT received_as FROM transfer_loan WHERE loan = {} AND received_as IS NOT NULL")
_LOAN_STATUS = Statement("SELECT status FROM loan WHERE id = {}")
_WENT = Statement("SELECT received_as FROM transfer_item WHERE item = {} AND received_as IS NOT NULL")


@dataclass(frozen=True, slots=True)
class FormerRecord:
    """What an item was before a transfer: the record of the service that gave it, and until when it counts."""

    item_id: UUID
    service_id: UUID
    service_name: str
    until: datetime


async def insert(transfer: Transfer) -> None:
    """Add a transfer with its items.

    Raises:
        Conflict: `transfer.already_asked`, one of them awaits the answer of another transfer.
    """
    await insert_rows(TransferRow, _TRANSFER.row(transfer))
    asked = Conflict(
        "transfer.already_asked",
        "Un de ces matériels attend déjà la réponse d'un autre transfert : retirez-le, ou attendez cette réponse.",
    )
    with refusing({"transfer_item_item_key": asked}):
        await insert_rows(
            TransferItemRow,
            *(
                _ITEM.row(each, id=new_row_id(), transfer=transfer.id, position=position, awaits=True)
                for position, each in enumerate(transfer.items)
            ),
        )
    if transfer.loans:
        await insert_rows(
            TransferLoanRow,
            *(
                _LOAN.row(each, id=new_row_id(), transfer=transfer.id, position=position)
                for position, each in enumerate(transfer.loans)
            ),
        )


async def line(transfer_id: UUID, service_id: UUID) -> TransferLine:
    """The transfer of an id, for one of both services.

    Raises:
        NotFound: `transfer.not_found`.
    """
    row = await _BY_ID.fetch_one(transfer_id, service_id, service_id)
    if row is None:
        raise NotFound("transfer.not_found", "Ce transfert n’existe pas, ou ne concerne pas votre service.")
    return _line(row)


async def save(transfer: Transfer) -> Transfer:
    """Write the answer to a transfer, and what became of its items.

    Raises:
        Conflict: `transfer.changed`.
    """
    version = await update_version(TransferRow, _TRANSFER.row(transfer))
    if version is None:
        raise Conflict("transfer.changed", "Ce transfert a changé entre-temps. Rechargez-le, puis recommencez.")
    for each in transfer.items:
        await _SETTLE_ITEM.fetch(each.left_out, each.received_as, transfer.id, each.item_id)
    for loan in transfer.loans:
        await _SETTLE_LOAN.fetch(loan.received_as, transfer.id, loan.loan_id)
    return replace(transfer, version=version)


async def page(
    service_id: UUID,
    *,
    states: Sequence[TransferState] = (),
    awaits: bool = False,
    limit: int,
    after: UUID | None = None,
) -> list[TransferLine]:
    """At most `limit` transfers that concern a service, the newest first, after one of them.

    Args:
        states: all when empty.
        awaits: only those that this service is to answer.
    """
    condition, values = _asked(service_id, states, awaits=awaits)
    if after is not None:
        condition += " AND transfer.id < {}"
        values.append(after)
    found = _TRANSFER.statement(f"{_SELECT} WHERE {condition} ORDER BY transfer.id DESC LIMIT {{}}")
    return [_line(row) for row in await found.fetch(*values, limit)]


async def count(service_id: UUID, *, states: Sequence[TransferState] = (), awaits: bool = False) -> int:
    """How many transfers of a service there are."""
    condition, values = _asked(service_id, states, awaits=awaits)
    row = await Statement(f"SELECT count(*) AS found FROM transfer WHERE {condition}").fetch_one(*values)
    return row["found"] if row is not None else 0


async def awaiting(item_id: UUID) -> UUID | None:
    """The transfer that awaits its answer for an item, if any."""
    row = await _AWAITED_FOR.fetch_one(item_id)
    return row["transfer"] if row is not None else None


async def receive(giving: Item, receiving: Item, now: datetime) -> Item:
    """Write the item of the service that receives, its label's day included; one that it gave before is taken up again.

    Raises:
        Conflict: `item.inventory_number_taken`.
    """
    former = await items.by_inventory_number(receiving.service_id, receiving.inventory_number)
    if former is not None and former.status is ItemStatus.TRANSFERRED and await _is_ancestor(former.id, giving.id):
        saved = await items.save(replace(receiving, id=former.id, version=former.version))
    else:
        await items.insert(receiving, now)
        saved = receiving
    await _LABELLED.fetch(giving.id, saved.id)
    return saved


async def numbers_taken(giving: Sequence[Item], receiver_id: UUID) -> list[str]:
    """The numbers of these items that the service that receives gave to others."""
    theirs = await items.by_inventory_numbers(receiver_id, [each.inventory_number for each in giving])
    taken = []
    for each in giving:
        there = theirs.get(each.inventory_number)
        if there is None:
            continue
        if there.status is not ItemStatus.TRANSFERRED or not await _is_ancestor(there.id, each.id):
            taken.append(each.inventory_number)
    return taken


async def former_records(item_id: UUID) -> list[FormerRecord]:
    """What an item of a service was elsewhere, each time with the instant at which it left, the latest first."""
    found: list[FormerRecord] = []
    waiting: list[tuple[UUID, datetime | None]] = [(item_id, None)]
    seen = {item_id}
    while waiting:
        current, until = waiting.pop()
        for row in await _CAME.fetch(current):
            if until is not None and row["answered_at"] >= until:
                continue
            record = FormerRecord(row["item"], row["giver"], row["giver_name"], row["answered_at"])
            if record.item_id not in seen:
                seen.add(record.item_id)
                found.append(record)
                waiting.append((record.item_id, record.until))
    return sorted(found, key=lambda each: each.until, reverse=True)


async def item_followed(item_id: UUID, service_id: UUID) -> Item:
    """The item of an id in a service, or the one that another service's record of that id has become by transfers.

    Raises:
        NotFound: `item.not_found`.
    """
    try:
        return await items.get(item_id, service_id)
    except NotFound:
        became = await _became(item_id, service_id)
        if became is None:
            raise
        return await items.get(became, service_id)


async def of_loan(loan_id: UUID, service_id: UUID) -> TransferLine | None:
    """The accepted transfer by which a loan of a service came from another, or went there; the last of them."""
    row = await _OF_LOAN.fetch_one(loan_id, loan_id, service_id, service_id)
    return _line(row) if row is not None else None


async def due(service_id: UUID, by: date, *, limit: int) -> list[TransferLine]:
    """At most `limit` loans between services, of either side, whose last day is not after a day, in order."""
    return [_line(row) for row in await _DUE.fetch(by, service_id, service_id, limit)]


async def lent_between(service_id: UUID, first: date, last: date) -> list[date]:
    """The days between two others on which something is to be given back, by one service or the other."""
    return [row["until"] for row in await _LENT_UNTIL.fetch(first, last, service_id, service_id)]


async def lent_of_item(item_id: UUID) -> TransferLine | None:
    """The loan between services that runs for an item, by the record of either service."""
    row = await _LENT_OF_ITEM.fetch_one(item_id, item_id)
    return _line(row) if row is not None else None


async def loan_became(loan_id: UUID) -> UUID | None:
    """What a loan is now in the service that it went to last, by transfers; None for one that went nowhere."""
    became: UUID | None = None
    seen = {loan_id}
    while (row := await _LOAN_WENT.fetch_one(became or loan_id)) is not None and row["received_as"] not in seen:
        became = row["received_as"]
        seen.add(row["received_as"])
    return became


async def loan_is_open(loan_id: UUID) -> bool:
    """Whether a loan still runs, whatever its service; one that was eliminated does not."""
    row = await _LOAN_STATUS.fetch_one(loan_id)
    return row is not None and LoanStatus(row["status"]) in OPEN_STATUSES


async def _became(item_id: UUID, service_id: UUID) -> UUID | None:
    waiting, seen = [item_id], {item_id}
    while waiting:
        for row in await _WENT.fetch(waiting.pop()):
            became = row["received_as"]
            if became in seen:
                continue
            seen.add(became)
            if await items.known([became], service_id):
                return UUID(str(became))
            waiting.append(became)
    return None


async def _is_ancestor(former_id: UUID, item_id: UUID) -> bool:
    """Whether an item was the other one, before transfers."""
    waiting, seen = [item_id], {item_id}
    while waiting:
        rows = await Statement("SELECT item FROM transfer_item WHERE received_as = {}").fetch(waiting.pop())
        for row in rows:
            if row["item"] == former_id:
                return True
            if row["item"] not in seen:
                seen.add(row["item"])
                waiting.append(row["item"])
    return False


def _asked(service_id: UUID, states: Sequence[TransferState], *, awaits: bool) -> tuple[str, list[object]]:
    conditions = ["(transfer.giver = {} OR transfer.receiver = {})"]
    values: list[object] = [service_id, service_id]
    if states:
        conditions.append(f"transfer.state IN ({', '.join('{}' for _ in states)})")
        values += [each.value for each in states]
    if awaits:
        conditions.append("transfer.state = 'asked' AND transfer.asked_by <> {}")
        values.append(service_id)
    return " AND ".join(conditions), values


def _line(row: Row) -> TransferLine:
    return TransferLine(
        transfer=_TRANSFER.value(row),
        **{name: row[name] for name in ("giver_code", "giver_name", "receiver_code", "receiver_name")},
    )
