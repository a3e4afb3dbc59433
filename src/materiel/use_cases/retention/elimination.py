"""Eliminations: prepare the list for the archives (« bordereau d'élimination »), type in their visa, or give it up.

The list is frozen by the visa; the work itself is `eliminating`'s. Code du patrimoine, art. L212-2; domain § 4.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

import msgspec

from materiel.documents.content import Content
from materiel.documents.lists.elimination_list import compose_elimination_list
from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.accounts.service import ManagingService
from materiel.domain.papers.act import ActKind
from materiel.domain.retention.retention import LAW, Elimination, InventoryLine, checked_visa, first_day_kept, megabytes
from materiel.domain.work.job import Job, JobState
from materiel.errors import BadInput, Conflict, NotFound, RuleBroken
from materiel.exchange.writing import Cell, csv_lines, csv_start
from materiel.store.accounts import service as services
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.retention import eliminated
from materiel.store.retention import elimination as eliminations
from materiel.store.retention.retention import LoanOver
from materiel.store.work import job as jobs
from materiel.use_cases.papers.act import keep_act, read_act
from materiel.use_cases.retention.retention import kept_since

KIND = "elimination"
COLUMNS = (
    *("N° d'ordre", "Service producteur", "Code du service", "Nature des documents", "Année de fin"),
    *("Date la plus ancienne", "Date la plus récente", "Nombre de dossiers", "Nombre de documents"),
    *("Volume (Mo)", "Support", "Durée de conservation", "Fondement"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveVisa:
    """The visa of the archives: its date, and the reference of their answer."""

    elimination_id: UUID
    on: date | None
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EliminationSheet:
    """An elimination, what it did so far, what is still on its list, and its work if that is still told.

    `may_resume`: the visa is there, the end is not, and nothing works at it.
    """

    elimination: Elimination
    loans_done: int
    documents_done: int
    left: int
    job: Job | None
    may_resume: bool


@in_one_visit
async def prepare_elimination(day: date, *, actor: Actor, now: datetime) -> Elimination:
    """Put on a list what is over on a day and not held back. It changes nothing else.

    Raises:
        PermissionDenied: the actor is no administrator.
        BadInput: `elimination.day_in_future`.
        Conflict: `elimination.under_way`, another list is prepared or under way.
        RuleBroken: `elimination.nothing_over`.
    """
    actor.require(Permission.ADMINISTER)
    if day > actor.civil_date(now):
        raise BadInput(
            "elimination.day_in_future", "Un bordereau ne porte que sur ce qui est échu : choisissez un jour passé."
        )
    async with write_transaction():
        service = await services.get(actor.service_id)
        empty = Elimination(
            id=new_id(),
            service_id=service.id,
            due_on=day,
            loan_years=service.loan_years,
            pupil_years=service.pupil_years,
            inventory=(),
            prepared_by=actor.id,
            prepared_at=now,
        )
        await eliminations.insert(empty)
        prepared = replace(
            empty,
            inventory=await eliminations.list_all(
                empty,
                first_day_kept(day, service.loan_years),
                kept_since(day, service.pupil_years, service.zone),
                service.zone,
            ),
        )
        if not prepared.files:
            raise RuleBroken(
                "elimination.nothing_over",
                "Rien n'est échu à cette date, hors ce qui est retenu : il n'y a pas de bordereau à préparer.",
            )
        await journal.by(actor, now).note("elimination.prepared", prepared.id, {"files": prepared.files})
        # The archives answer on this very paper: it is fixed with the list, before the visa.
        said = compose_elimination_list(prepared, service, actor.civil_date(now))
        await keep_act(ActKind.ELIMINATION, prepared.id, said, services=(service.id,), actor=actor, now=now)
    return prepared


@in_one_visit
async def give_visa(command: GiveVisa, *, actor: Actor, now: datetime) -> Job:
    """Type in the visa of the archives, which launches the elimination; it cannot be undone.

    Raises:
        PermissionDenied: the actor is no administrator.
        NotFound: `elimination.not_found`.
        Conflict: `elimination.already_visaed`.
        RuleBroken: `elimination.invalid`.
    """
    actor.require(Permission.ADMINISTER)
    async with write_transaction():
        elimination = await eliminations.get(command.elimination_id, actor.service_id)
        visa = checked_visa(
            elimination, on=command.on, reference=command.reference, recorded_by=actor.id, now=now, zone=actor.zone
        )
        await eliminations.give_visa(elimination.id, visa)
        visaed = await eliminations.get(elimination.id, actor.service_id)
        details = {"visa_on": visa.on.isoformat(), "files": visaed.files, "sha256": eliminations.digest(visaed)}
        await journal.by(actor, now).note("elimination.visaed", visaed.id, details)
        return await _launch(visaed, actor, now)


@in_one_visit
async def resume_elimination(elimination_id: UUID, *, actor: Actor, now: datetime) -> Job:
    """Launch again an elimination whose work failed.

    Raises:
        PermissionDenied: the actor is no administrator.
        NotFound: `elimination.not_found`.
        Conflict: `elimination.not_stopped`, it has no visa, is under way or is over.
    """
    actor.require(Permission.ADMINISTER)
    async with write_transaction():
        elimination = await eliminations.get(elimination_id, actor.service_id)
        if not _may_resume(elimination, await _job_of(elimination)):
            raise Conflict(
                "elimination.not_stopped",
                "Cette élimination n'est pas interrompue : elle attend son visa, est en cours ou est terminée.",
            )
        return await _launch(elimination, actor, now)


@in_one_visit
async def abandon_elimination(elimination_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Give up a list that has no visa: what was on it may be on another.

    Raises:
        PermissionDenied: the actor is no administrator.
        NotFound: `elimination.not_found`.
        Conflict: `elimination.already_visaed`.
    """
    actor.require(Permission.ADMINISTER)
    async with write_transaction():
        elimination = await eliminations.get(elimination_id, actor.service_id)
        if elimination.visa is not None:
            raise Conflict(
                "elimination.already_visaed",
                "Le visa de ce bordereau est déjà enregistré : l'élimination est faite ou en cours.",
            )
        await eliminations.delete(elimination.id)
        await journal.by(actor, now).note("elimination.abandoned", elimination.id, {"files": elimination.files})


async def read_elimination(elimination_id: UUID, *, actor: Actor) -> EliminationSheet:
    """An elimination of the actor's service.

    Raises:
        NotFound: `elimination.not_found`.
    """
    actor.require(Permission.ADMINISTER)
    elimination = await eliminations.get(elimination_id, actor.service_id)
    loans_done, documents_done = await eliminated.done(elimination.id)
    job = await _job_of(elimination)
    return EliminationSheet(
        elimination=elimination,
        loans_done=loans_done,
        documents_done=documents_done,
        left=await eliminations.left(elimination.id),
        job=job,
        may_resume=_may_resume(elimination, job),
    )


async def current_elimination(*, actor: Actor) -> Elimination | None:
    """The elimination of the actor's service that is prepared or under way, if any."""
    actor.require(Permission.ADMINISTER)
    return await eliminations.current(actor.service_id)


async def list_listed(elimination_id: UUID, *, actor: Actor, limit: int, after: UUID | None = None) -> list[LoanOver]:
    """The loans still on a list of the actor's service, after one of them.

    Raises:
        NotFound: `elimination.not_found`.
    """
    actor.require(Permission.ADMINISTER)
    elimination = await eliminations.get(elimination_id, actor.service_id)
    return await eliminations.lines(elimination.id, limit=limit, after=after)


async def elimination_list(elimination_id: UUID, *, actor: Actor) -> bytes:
    """The list as a CSV for the archives (« bordereau d'élimination »); the same before and after, without a name.

    Raises:
        NotFound: `elimination.not_found`.
    """
    actor.require(Permission.ADMINISTER)
    elimination = await eliminations.get(elimination_id, actor.service_id)
    service = await services.get(actor.service_id)
    rows = [_cells(rank, line, elimination, service) for rank, line in enumerate(elimination.inventory, 1)]
    return csv_start(COLUMNS) + csv_lines(rows)


async def elimination_paper(elimination_id: UUID, *, actor: Actor, now: datetime) -> bytes:
    """The same as a PDF to sign, with the box of the archives' visa: as it was prepared.

    Raises:
        NotFound: `elimination.not_found`.
    """
    actor.require(Permission.ADMINISTER)
    elimination = await eliminations.get(elimination_id, actor.service_id)

    async def said() -> Content:
        service = await services.get(actor.service_id)
        return compose_elimination_list(elimination, service, actor.civil_date(now))

    about = (ActKind.ELIMINATION, elimination.id, said)
    return await read_act(*about, services=(actor.service_id,), actor=actor, now=now)


async def _launch(elimination: Elimination, actor: Actor, now: datetime) -> Job:
    payload = msgspec.json.encode({"elimination": elimination.id}).decode()
    job = await jobs.enqueue(
        actor.service_id, KIND, payload, total=elimination.files, created_by=actor.id, created_at=now
    )
    await eliminations.set_job(elimination.id, job.id)
    return job


async def _job_of(elimination: Elimination) -> Job | None:
    """The work last launched; None before, and once housekeeping has forgotten it."""
    if elimination.job_id is None:
        return None
    try:
        return await jobs.get(elimination.job_id, elimination.service_id)
    except NotFound:
        return None


def _may_resume(elimination: Elimination, job: Job | None) -> bool:
    is_working = job is not None and job.state in (JobState.QUEUED, JobState.RUNNING)
    return elimination.visa is not None and elimination.finished_at is None and not is_working


def _cells(rank: int, line: InventoryLine, elimination: Elimination, service: ManagingService) -> Sequence[Cell]:
    years = elimination.years_of(line.nature)
    start = "le dernier acte" if line.nature == "pupil" else "la restitution ou la fin du prêt"
    return [
        rank,
        service.name,
        service.code,
        line.nature,
        line.year,
        line.first_on,
        line.last_on,
        line.files,
        line.documents,
        megabytes(line.size),
        "électronique",
        f"{years} an{'s' if years > 1 else ''} après {start}",
        service.retention_reference or LAW,
    ]
