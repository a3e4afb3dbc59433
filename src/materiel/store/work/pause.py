"""Pauses of services and of loans, and what is silenced by a death. Every read names the service, or one loan of it."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from materiel.domain.work.pause import WAITING, LoanPause, ServicePause, Silences
from materiel.errors import NotFound
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.statement import Statement
from materiel.store.tables import LoanPauseRow, ServicePauseRow

_SERVICE_PAUSE = Mapper(ServicePause, ServicePauseRow)
_LOAN_PAUSE = Mapper(LoanPause, LoanPauseRow)
_OF_SERVICE = Statement("SELECT * FROM service_pause WHERE service = {} ORDER BY starts_on, id")
_REMOVE = Statement("DELETE FROM service_pause WHERE id = {} AND service = {} RETURNING name")
_OF_LOAN = Statement("SELECT * FROM loan_pause WHERE loan = {}")
_PAUSED_LOANS = Statement(
    "SELECT loan_pause.* FROM loan_pause JOIN loan ON loan.id = loan_pause.loan WHERE loan.service = {}"
)
_LIFT = Statement("DELETE FROM loan_pause WHERE loan = {} RETURNING loan")
_DIED = Statement(
    "SELECT 1 AS found FROM pupil WHERE pupil.service = {} AND pupil.died_on IS NOT NULL AND (pupil.id = {}"
    " OR pupil.id = (SELECT loan.pupil FROM loan WHERE loan.id = {}))"
)
# At once, whatever the day they waited for: they are judged again when they leave.
_HURRY = f"UPDATE outbox SET next_attempt_at = {{}} WHERE service = {{}} AND state = 'queued' AND error = '{WAITING}'"
_HURRY_SERVICE = Statement(_HURRY)
_HURRY_LOAN = Statement(_HURRY + " AND loan = {}")


async def insert(pause: ServicePause) -> None:
    """Add a pause of a service."""
    await insert_rows(ServicePauseRow, _SERVICE_PAUSE.row(pause))


async def remove(pause_id: UUID, service_id: UUID) -> str:
    """Remove a pause of a service; its name.

    Raises:
        NotFound: `pause.not_found`.
    """
    row = await _REMOVE.fetch_one(pause_id, service_id)
    if row is None:
        raise NotFound("pause.not_found", "Cette pause n’existe pas, ou plus, dans votre service.")
    return str(row["name"])


async def of_service(service_id: UUID) -> list[ServicePause]:
    """The pauses of a service, the first day first."""
    return [_SERVICE_PAUSE.value(row) for row in await _OF_SERVICE.fetch(service_id)]


async def of_loan(loan_id: UUID) -> LoanPause | None:
    """The pause of a loan, even one whose last day is past."""
    row = await _OF_LOAN.fetch_one(loan_id)
    return _LOAN_PAUSE.value(row) if row is not None else None


async def paused_loans(service_id: UUID, on: date) -> frozenset[UUID]:
    """The loans of a service about which nothing leaves by itself that day."""
    found = [_LOAN_PAUSE.value(row) for row in await _PAUSED_LOANS.fetch(service_id)]
    return frozenset(each.loan_id for each in found if each.covers(on))


async def put(pause: LoanPause) -> None:
    """Write the pause of a loan, instead of the former one."""
    await _LIFT.fetch(pause.loan_id)
    await insert_rows(LoanPauseRow, _LOAN_PAUSE.row(pause))


async def lift(loan_id: UUID) -> bool:
    """Remove the pause of a loan; False when there is none."""
    return await _LIFT.fetch_one(loan_id) is not None


async def silences(service_id: UUID, *, loan_id: UUID | None, pupil_id: UUID | None) -> Silences:
    """What may keep back a message about a loan, a pupil, both or neither."""
    about = (loan_id, pupil_id) != (None, None)
    return Silences(
        died=about and await _DIED.fetch_one(service_id, pupil_id, loan_id) is not None,
        loan=await of_loan(loan_id) if loan_id is not None else None,
        service=await of_service(service_id),
    )


async def hurry(service_id: UUID, loan_id: UUID | None, now: datetime) -> None:
    """Let what a pause kept back, of a loan or of the whole service, be judged again now."""
    if loan_id is None:
        await _HURRY_SERVICE.fetch(now, service_id)
    else:
        await _HURRY_LOAN.fetch(now, service_id, loan_id)
