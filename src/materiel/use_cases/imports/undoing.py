"""Undo an import while nothing depends on what it made: what it registered goes, what it corrected is as before.

It is refused as a whole when a record is used or was changed since; then a job takes it back by batches, each in a
transaction of its own that looks again. A record that somebody uses while the job runs is left as it is, and told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from time import perf_counter
from uuid import UUID

import msgspec

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.imports.import_file import Dependence, ImportFile, InUse, RecordKind, WrittenRecord
from materiel.domain.loan.loan import Loan, name_without_agreement
from materiel.domain.work.job import Job, JobState
from materiel.errors import Conflict
from materiel.store.circuit import need as needs
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.store.imports import import_change as import_changes
from materiel.store.imports import import_file as import_files
from materiel.store.imports.import_change import SHOWN, ImportFigures, Line, item_of
from materiel.store.item import item as items
from materiel.store.loan import loan as loans
from materiel.store.people import pupil as pupils
from materiel.store.retention.erasure import delete_pupil_rows
from materiel.store.work import job as jobs
from materiel.use_cases.imports.import_file import UNDO, Asked
from materiel.use_cases.imports.prepared import FEWEST_AT_ONCE, LINES_AT_ONCE
from materiel.use_cases.process.turns import Pace, Stretch
from materiel.use_cases.work.job import JobOutcome, JobRun

NOUNS = {
    RecordKind.ITEM: ("matériel", "matériels"),
    RecordKind.PUPIL: ("élève", "élèves"),
    RecordKind.LOAN: ("prêt repris", "prêts repris"),
    RecordKind.NEED: ("besoin", "besoins"),
}
IN_ORDER = ((RecordKind.LOAN, RecordKind.NEED), (RecordKind.ITEM, RecordKind.PUPIL))
"""Loans and needs go before what they stand on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBack:
    """One reason for which records of an import cannot be taken back: how many, and how the first ones are called."""

    why: Dependence
    kind: RecordKind
    count: int
    named: tuple[tuple[UUID, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoLook:
    """What undoing an import would take back, or has; and what keeps it from being undone."""

    figures: ImportFigures
    held_back: tuple[HeldBack, ...]
    until: datetime | None

    @property
    def is_offered(self) -> bool:
        """Whether anything is left to take back, and nothing depends on it."""
        return bool(self.figures.written) and not self.held_back


async def look_at_undo(file_id: UUID, *, actor: Actor, now: datetime) -> UndoLook:
    """What undoing an import would take back, and what keeps it from being undone.

    Raises:
        NotFound: `import.expired`.
    """
    actor.require(Permission.WRITE)
    file = await import_files.get(file_id, actor.service_id, now=now)
    figures = await import_changes.figures(file.id)
    found = await _in_use(file, figures) if figures.written else []
    return UndoLook(figures=figures, held_back=tuple(await _named(found, actor.service_id)), until=file.kept_until)


async def undo_import(file_id: UUID, *, actor: Actor, now: datetime) -> UUID:
    """Have an import undone by a job, and give its identifier; asking twice gives the same one.

    What depends on it is looked at before anybody else has to wait, and by the job again when it begins.

    Raises:
        NotFound: `import.expired`.
        Conflict: `import.in_use`, with the fact `in_use`; `import.under_way`; `import.nothing_to_undo`.
    """
    actor.require(Permission.WRITE)
    file = await import_files.get(file_id, actor.service_id, now=now)
    figures = await import_changes.figures(file.id)
    if await _same(file) is None and not (figures.removed or figures.restored):
        await _check(file, figures)
    return await _enqueue(file_id, figures, actor, now)


@in_one_visit
async def _enqueue(file_id: UUID, figures: ImportFigures, actor: Actor, now: datetime) -> UUID:
    async with write_transaction():
        file = await import_files.get(file_id, actor.service_id, now=now, lock=True)
        if (known := await _same(file)) is not None:
            return known
        if file.job is not None and not (await jobs.get(file.job, actor.service_id)).is_over:
            raise Conflict("import.under_way", "Ce fichier est en cours d'import. Attendez la fin de l'import.")
        if not figures.written:
            raise Conflict(
                "import.nothing_to_undo", "Cet import n'a rien créé ni corrigé qui puisse être défait : il reste tel."
            )
        payload = msgspec.json.encode(Asked(file=file.id)).decode()
        job = await jobs.enqueue(
            actor.service_id, UNDO, payload, total=figures.written, created_by=actor.id, created_at=now
        )
        await import_files.set_undo_job(file.id, job.id)
    return job.id


async def undo(run: JobRun) -> JobOutcome:
    """Handler of the job; its result counts what is `removed`, `restored` and `left`.

    Raises:
        NotFound: `import.expired`.
        Conflict: `import.in_use`; nothing was taken back.
    """
    job = run.job
    file = await import_files.get(msgspec.json.decode(job.payload, type=Asked).file, job.service_id, now=job.created_at)
    figures = await import_changes.figures(file.id)
    done = figures.removed + figures.restored + figures.left
    total = done + figures.written
    if not done:
        await _check(file, figures)
    pace = Pace(FEWEST_AT_ONCE, LINES_AT_ONCE)
    for kinds in IN_ORDER:
        after: UUID | None = None
        while lines := await import_changes.written(file.id, kinds, limit=pace.size, after=after):
            stretch = Stretch()
            done, after = done + len(lines), lines[-1].id
            pace.took(await _take_back(run, file, lines, done, total))
            await stretch.rest()
    ended = await import_changes.figures(file.id)
    told = {"removed": ended.removed, "restored": ended.restored, "left": ended.left}

    async def write(at: datetime) -> None:
        details = {"import": file.kind.value, **told}
        await journal.By(job.service_id, job.created_by, at).note(
            "import.undone", job.service_id, details, of="service"
        )

    return JobOutcome({"file": str(file.id), "import": file.kind.value, "undone": True, **told}, write)


@in_one_visit
async def _take_back(run: JobRun, file: ImportFile, lines: Sequence[Line], done: int, total: int) -> float:
    """Take some back, and tell for how many seconds nobody else could write."""
    began = perf_counter()
    async with run.step(done, total):
        for kind in RecordKind:
            await import_changes.lock(kind, [each.record.subject for each in lines if each.record.kind is kind])
        held = {
            subject for found in await import_changes.in_use(file.id, lines) for subject in found.subjects
        } | await _labelled(file, [each.record for each in lines])
        free = [each for each in lines if each.record.subject not in held]
        await _restore([each.record for each in free])
        await import_changes.mark([each.id for each in free], "undone")
        await import_changes.mark([each.id for each in lines if each.record.subject in held], "left")
    return perf_counter() - began


async def _restore(records: Sequence[WrittenRecord]) -> None:
    """Delete the records that the import made, and give those that it corrected their former values."""
    made = [each for each in records if each.before is None]
    await loans.take_back([each.subject for each in made if each.kind is RecordKind.LOAN])
    await needs.take_back([each.subject for each in made if each.kind is RecordKind.NEED])
    await items.take_back([each.subject for each in made if each.kind is RecordKind.ITEM])
    for each in made:
        if each.kind is RecordKind.PUPIL:
            await delete_pupil_rows(each.subject)
    for each in records:
        if each.before is not None:
            former, version = await _put_back(each, each.before)
            await import_changes.follow(each.subject, former, version)


async def _put_back(record: WrittenRecord, before: str) -> tuple[int, int]:
    """Give a record its former values; the version that it had then, and the one that it has now."""
    if record.kind is RecordKind.PUPIL:
        pupil = import_changes.pupil_of(before)
        return pupil.version, (await pupils.save(replace(pupil, version=record.version))).version
    item = item_of(before)
    return item.version, (await items.save(replace(item, version=record.version))).version


def _called(loan: Loan) -> str:
    """What a loan taken over is called by: its old reference."""
    return (loan.paper.reference if loan.paper is not None else "") or name_without_agreement(loan)


async def _same(file: ImportFile) -> UUID | None:
    """The job that undoes the import already, or has."""
    if file.undo_job is None or (await jobs.get(file.undo_job, file.service_id)).state is JobState.FAILED:
        return None
    return file.undo_job


async def _check(file: ImportFile, figures: ImportFigures) -> None:
    """Refuse to undo an import of which something is used.

    Raises:
        Conflict: `import.in_use`.
    """
    held_back = await _named(await _in_use(file, figures), file.service_id)
    if not held_back:
        return
    raise Conflict(
        "import.in_use",
        f"Cet import ne se défait plus : {' ; '.join(map(_sentence, held_back))}. "
        "Corrigez à la main ce qui doit l'être.",
        in_use=[
            {
                "why": each.why.value,
                "kind": each.kind.value,
                "count": each.count,
                "ids": [str(subject) for subject, _ in each.named],
            }
            for each in held_back
        ],
    )


def _sentence(held: HeldBack) -> str:
    one, several = NOUNS[held.kind]
    named = [] if held.kind is RecordKind.PUPIL else [name for _, name in held.named]
    more = "…" if len(named) < held.count else ""
    told = f" ({', '.join(named)}{more})" if named else ""
    return f"{held.count} {one if held.count == 1 else several}{told} : {held.why.label}"


async def _in_use(file: ImportFile, figures: ImportFigures) -> list[InUse]:
    found = await import_changes.in_use(file.id)
    if not figures.made or (began := await _began(file)) is None:
        return found
    named, has_unnamed = await import_changes.labelled_since(file.service_id, began)
    count, subjects = await import_changes.made_items(file.id, named)
    if count:
        found.append(InUse(why=Dependence.LABEL, kind=RecordKind.ITEM, count=count, subjects=subjects))
    elif has_unnamed:
        count, subjects = await import_changes.made_items(file.id, None)
        if count:
            found.append(InUse(why=Dependence.UNNAMED_LABEL, kind=RecordKind.ITEM, count=count, subjects=subjects))
    return found


async def _labelled(file: ImportFile, records: Sequence[WrittenRecord]) -> set[UUID]:
    """Those of these records that are items, made by the import, whose labels were printed since."""
    made = [each.subject for each in records if each.kind is RecordKind.ITEM and each.before is None]
    if not made or (began := await _began(file)) is None:
        return set()
    named, _ = await import_changes.labelled_since(file.service_id, began)
    return named.intersection(made)


async def _began(file: ImportFile) -> datetime | None:
    job: Job | None = await jobs.get(file.job, file.service_id) if file.job else None
    return None if job is None else job.created_at


async def _named(found: Sequence[InUse], service_id: UUID) -> list[HeldBack]:
    told = []
    for each in found:
        shown = each.subjects[:SHOWN]
        if each.kind is RecordKind.ITEM:
            names = {item.id: item.inventory_number for item in await items.get_many(shown, service_id)}
        elif each.kind is RecordKind.LOAN:
            names = {loan.id: _called(loan) for loan in await loans.get_many(shown, service_id)}
        elif each.kind is RecordKind.NEED:
            # By its day, not by its words, nor by the pupil's name: the refusal may be read in a log.
            asked = await needs.get_many(shown, service_id)
            names = {need.id: f"notifié le {need.notified_on:%d/%m/%Y}" for need in asked}
        else:
            known = await pupils.get_many(shown, service_id)
            names = {pupil.id: f"{pupil.first_name} {pupil.last_name}" for pupil in known.values()}
        named = tuple((subject, names[subject]) for subject in shown if subject in names)
        told.append(HeldBack(why=each.why, kind=each.kind, count=each.count, named=named))
    return told
