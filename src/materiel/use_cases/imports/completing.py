"""Complete, in an import of pupils, the records of those who are known: what is empty is filled, nothing replaced."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from materiel.domain.accounts.roles import Actor
from materiel.domain.imports.import_file import RecordKind, WrittenRecord
from materiel.domain.people.completing import FIELDS, completed, in_words, is_told_otherwise
from materiel.domain.people.pupil import Pupil
from materiel.exchange.report import CellChange, FileReport
from materiel.store.history import journal
from materiel.store.imports.import_change import before_of
from materiel.store.people import pupil as pupils
from materiel.store.people.pupil import PupilIdentity

Completed = dict[int, tuple[Pupil, Pupil]]
"""By line: a known pupil as the record was, and as it is going to be."""


async def completions(
    known: Mapping[int, PupilIdentity], told: Mapping[int, Pupil], report: FileReport, service_id: UUID
) -> Completed:
    """Which of the known pupils of some lines have something to gain, told in the report.

    Args:
        told: of the same lines, the pupils as they are read.
    """
    speaking = {
        line: who
        for line, who in known.items()
        if (said := told[line]).homes or said.representatives or said.email or said.phone
    }
    records = await pupils.get_many([who.id for who in speaking.values()], service_id)
    found: Completed = {}
    for line, who in speaking.items():
        before = records[who.id]
        after = completed(before, told[line])
        if after != before:
            found[line] = (before, after)
            report.unchanged -= 1
            report.updated += 1
            if report.dry_run:
                # The report of an import is kept a month: it repeats neither names nor addresses.
                report.correct(_cells(line, before, after))
        if is_told_otherwise(before, told[line]):
            report.warn(
                line,
                "pupil.known_differs",
                "La fiche de cet élève a une autre adresse, ou d'autres responsables : un import ne les remplace pas.",
            )
    return found


def written(found: Completed) -> list[WrittenRecord]:
    """The records that are completed, as an import remembers them."""
    return [
        WrittenRecord(
            kind=RecordKind.PUPIL,
            subject=before.id,
            before=before_of(before),
            version=before.version + 1,
            line=line,
        )
        for line, (before, _) in found.items()
    ]


async def write(found: Completed, *, actor: Actor, at: datetime) -> None:
    """Complete them, in the caller's transaction.

    Raises:
        Conflict: `pupil.changed`, somebody wrote one of them meanwhile.
    """
    for before, after in found.values():
        await pupils.save(after)
        await journal.by(actor, at).note("pupil.updated", after.id, {"fields": _changed(before, after)})


def _changed(before: Pupil, after: Pupil) -> list[str]:
    return sorted(name for name in FIELDS if getattr(before, name) != getattr(after, name))


def _cells(line: int, before: Pupil, after: Pupil) -> list[CellChange]:
    return [
        CellChange(
            line=line,
            key=f"{before.first_name} {before.last_name}",
            subject=str(before.id),
            field=FIELDS[name],
            old=in_words(name, before),
            new=in_words(name, after),
            kind=RecordKind.PUPIL.value,
        )
        for name in _changed(before, after)
    ]
