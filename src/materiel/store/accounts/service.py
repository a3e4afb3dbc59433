"""Managing services."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from materiel.domain.accounts.delays import Delays
from materiel.domain.accounts.service import ManagingService
from materiel.domain.calendar.civil_day import zone_of
from materiel.errors import Conflict, NotFound
from materiel.store.engine.constraints import refusing
from materiel.store.engine.database import Row
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.rows import update_version
from materiel.store.engine.statement import Statement
from materiel.store.tables import ManagingServiceRow

# SQLite's writer is alone already, from BEGIN IMMEDIATE on. Records that refer to the service are not kept waiting.
_LOCK = Statement(
    "SELECT id FROM managing_service WHERE id = {}",
    postgres="SELECT id FROM managing_service WHERE id = {} FOR NO KEY UPDATE",
)
_DAYS = Statement("SELECT departement, amber_days, red_days FROM managing_service WHERE id = {}")
_SERVICE = Mapper(ManagingService, ManagingServiceRow)
_SELECT = f"SELECT {_SERVICE.selected('managing_service')} FROM managing_service"
_BY_ID = Statement(f"{_SELECT} WHERE id = {{}}")
_BY_CODE = Statement(f"{_SELECT} WHERE code = {{}}")
_ALL = Statement(f"{_SELECT} ORDER BY code")
_REMINDING = Statement(f"{_SELECT} WHERE reminds_daily ORDER BY code")
_WITNESSED = Statement(f"{_SELECT} WHERE witness_email <> '' ORDER BY code")
_LAST_REMINDERS = Statement("SELECT reminded_on, reminder_job FROM managing_service WHERE id = {}")
# Two that claim the same day: the second waits for the first, then finds the day taken.
_CLAIM_REMINDERS = Statement(
    "UPDATE managing_service SET reminded_on = {} WHERE id = {} AND reminds_daily"
    " AND (reminded_on IS NULL OR reminded_on <> {}) RETURNING id"
)
_NOTE_REMINDERS = Statement("UPDATE managing_service SET reminder_job = {} WHERE id = {}")


async def insert(service: ManagingService) -> None:
    """Add a managing service.

    Raises:
        Conflict: `service.code_taken`.
    """
    taken = Conflict("service.code_taken", f"Un service porte déjà le code « {service.code} ».")
    with refusing({"managing_service_code_key": taken}):
        row = _SERVICE.row(service, reminded_on=None, reminder_job=None, letterhead_proposed=None)
        await insert_rows(ManagingServiceRow, row)


async def witnessed() -> list[ManagingService]:
    """The services that have the head of their journal sent somewhere each day."""
    return [_SERVICE.value(row) for row in await _WITNESSED.fetch()]


async def get(service_id: UUID) -> ManagingService:
    """The service of an id.

    Raises:
        NotFound: `service.not_found`.
    """
    return _known(await _BY_ID.fetch_one(service_id), str(service_id))


async def zone(service_id: UUID) -> ZoneInfo:
    """The time zone of the territory of a service.

    Raises:
        NotFound: `service.not_found`.
    """
    return (await zone_and_delays(service_id))[0]


async def zone_and_delays(service_id: UUID) -> tuple[ZoneInfo, Delays]:
    """Where the days of a service begin and end, and what its pages colour by; asked at every page.

    Raises:
        NotFound: `service.not_found`.
    """
    row = await _DAYS.fetch_one(service_id)
    if row is None:
        raise NotFound("service.not_found", "Ce service gestionnaire n'existe pas.")
    return zone_of(row["departement"]), Delays(row["amber_days"], row["red_days"])


async def by_code(code: str) -> ManagingService:
    """The service of a code.

    Raises:
        NotFound: `service.not_found`.
    """
    return _known(await _BY_CODE.fetch_one(code), code)


async def all() -> list[ManagingService]:
    """Every service of the installation, in the order of their codes."""
    return [_SERVICE.value(row) for row in await _ALL.fetch()]


async def reminding() -> list[ManagingService]:
    """The services that remind by themselves, in the order of their codes."""
    return [_SERVICE.value(row) for row in await _REMINDING.fetch()]


async def last_reminders(service_id: UUID) -> tuple[date | None, UUID | None]:
    """The civil day on which a service last reminded by itself, and the job that did."""
    row = await _LAST_REMINDERS.fetch_one(service_id)
    return (row["reminded_on"], row["reminder_job"]) if row is not None else (None, None)


async def claim_reminders(service_id: UUID, day: date) -> bool:
    """Take the reminders of a day upon oneself, in the transaction that has them done; False when somebody has."""
    return await _CLAIM_REMINDERS.fetch_one(day, service_id, day) is not None


async def note_reminders(service_id: UUID, job_id: UUID) -> None:
    """Note the job that reminds, in the transaction that enqueues it."""
    await _NOTE_REMINDERS.fetch(job_id, service_id)


async def lock(service_id: UUID) -> None:
    """Let nobody else change what concerns the whole service until this transaction ends; read after it, not before."""
    await _LOCK.fetch(service_id)


async def save(service: ManagingService) -> ManagingService:
    """Write a service back and return it with its version raised.

    Raises:
        Conflict: `service.changed`.
    """
    version = await update_version(ManagingServiceRow, _SERVICE.row(service))
    if version is None:
        raise Conflict("service.changed", "Le service a été modifié entre-temps. Rechargez-le, puis recommencez.")
    return replace(service, version=version)


def _known(row: Row | None, asked: str) -> ManagingService:
    if row is None:
        raise NotFound("service.not_found", f"Aucun service gestionnaire « {asked[:40]} ». Vérifiez son code.")
    return _SERVICE.value(row)
