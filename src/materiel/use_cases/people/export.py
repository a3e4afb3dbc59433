"""One person's data, all that the base holds, in one file to hand over (« droit d'accès »)."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from materiel.documents.html.person import person_html
from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.history.filter import JournalFilter, Target, TargetKind
from materiel.domain.history.reading import Reading
from materiel.domain.incident.file import FileKind
from materiel.domain.people.confidential_home import tells_any
from materiel.domain.people.export import (
    LABELS,
    TITLES,
    WITHHELD,
    cleared,
    told_agent,
    withheld_homes,
    withheld_words,
)
from materiel.domain.people.pupil import Pupil
from materiel.errors import NotFound
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.store.history import reading as readings
from materiel.store.incident import file as incident_files
from materiel.store.incident import photo as photos
from materiel.store.papers import document as documents
from materiel.store.papers import scan as scans
from materiel.store.people import data as person_data
from materiel.store.people import pupil as pupils
from materiel.store.people.data import Records
from materiel.use_cases.history.list import tell_journal

PAGE = 500
_ACTORS = frozenset(
    {
        "recorded_by",
        "declared_by",
        "written_by",
        "filed_by",
        "confirmed_by",
        "placed_by",
        "override_by",
        "sent_by",
        "noted_by",
        "said_by",
        "read_by",
        "added_by",
        "removed_by",
    }
)
_ENDINGS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png", "image/tiff": "tif"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportPerson:
    """Whose data: the pupil's, or those of one representative. `handed_to`: the representative who receives them."""

    pupil_id: UUID
    representative_id: UUID | None = None
    handed_to: UUID | None = None


@in_one_visit
async def export_person(command: ExportPerson, *, actor: Actor, now: datetime) -> bytes:
    """A ZIP: `donnees.json`, the same as a page to read, the papers as PDF, the scans. Noted in the journal.

    Raises:
        NotFound: `pupil.not_found`, `representative.not_found`.
    """
    actor.require(Permission.WRITE)
    pupil = await pupils.get(command.pupil_id, actor.service_id)
    for wanted in (command.representative_id, command.handed_to):
        if wanted is not None and wanted not in {each.id for each in pupil.representatives}:
            raise NotFound("representative.not_found", "Ce représentant légal n'est pas sur la fiche de cet élève.")
    handed_to = command.handed_to or command.representative_id
    if command.representative_id is None:
        found = await person_data.of_pupil(pupil.id, actor.service_id)
    else:
        found = await person_data.of_representative(command.representative_id, pupil.id, actor.service_id)
    data = await _told(found, pupil, command, handed_to, actor)
    files, kept_back = await _files(found, pupil, handed_to, actor)
    made = _zip(data, files, kept_back, _name(pupil, command.representative_id), actor.civil_date(now))
    async with write_transaction():
        await journal.by(actor, now).note(
            "pupil.data_exported",
            pupil.id,
            {
                name: str(value)
                for name, value in (("representative", command.representative_id), ("handed_to", handed_to))
                if value is not None
            },
        )
    return made


async def _told(
    found: Records, pupil: Pupil, command: ExportPerson, handed_to: UUID | None, actor: Actor
) -> dict[str, list[dict[str, Any]]]:
    """The records to read, in the order of the page, with the journal and the readings, without what is withheld."""
    about = (
        Target(TargetKind.PUPIL, str(pupil.id))
        if command.representative_id is None
        else Target(TargetKind.REPRESENTATIVE, str(command.representative_id))
    )
    told = {
        table: [
            {name: told_agent(value) if name in _ACTORS and value else value for name, value in row.items()}
            for row in rows
        ]
        for table, rows in (await person_data.readable(found)).items()
    }
    told["journal"] = await _journal(about, actor)
    told["reading"] = [
        {"kind": each.kind.label, "channel": each.channel.label, "times": each.times, "last_at": each.last_at}
        for each in await _readings(pupil.id, actor)
    ]
    ranks = withheld_homes(pupil, handed_to)
    hidden = {row["id"] for row in found.get("home", ()) if row["position"] in ranks}
    for home in told.get("home", ()):
        if home["id"] in hidden:
            home["address"] = WITHHELD
    ordered = [*(table for table in TITLES if told.get(table)), *(table for table in told if table not in TITLES)]
    words = withheld_words(pupil, handed_to)
    return {table: cleared(told[table], words) for table in ordered if told[table]}


async def _journal(about: Target, actor: Actor) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    before: int | None = None
    while page := await tell_journal(JournalFilter(target=about), actor=actor, before=before, limit=PAGE):
        lines += [{"at": line.at, "sentence": line.sentence, "thing": line.thing} for line in page]
        before = page[-1].sequence
    return lines


async def _readings(pupil_id: UUID, actor: Actor) -> list[Reading]:
    found: list[Reading] = []
    before: UUID | None = None
    while page := await readings.page(actor.service_id, pupil_id=pupil_id, before=before, limit=PAGE):
        found += page
        before = page[-1].id
    return found


async def _files(
    found: Records, pupil: Pupil, handed_to: UUID | None, actor: Actor
) -> tuple[dict[str, bytes], list[str]]:
    """The papers and the scans by their names; the numbers of those that tell a withheld address, kept back."""
    words = withheld_words(pupil, handed_to)
    files: dict[str, bytes] = {}
    kept_back: list[str] = []
    for document in await documents.get_many([row["id"] for row in found.get("document", ())], actor.service_id):
        if tells_any(document.content, words):
            kept_back.append(document.number)
            continue
        files[f"documents/{document.number}.pdf"] = await documents.pdf(document.id)
        for rank, scan in enumerate(await scans.of_document(document.id), 1):
            media_type, content = await scans.content(document.id, scan.id)
            files[f"numerisations/{document.number}-{rank}.{_ENDINGS.get(media_type, 'bin')}"] = content
    for rank, row in enumerate((row for row in found.get("photo", ()) if row["remark"] is not None), 1):
        files[f"remarques/{row['taken_on']}-{rank}.jpg"], _ = await photos.content(row["id"])
    for name, row in _sent_for_incidents(found):
        # Nobody reads inside: a complaint tells an address. Under a hidden one, each gets what they sent themselves.
        if words and row["sent_link"] not in _links_of(found, handed_to):
            kept_back.append(f"{FileKind(row['kind']).label} ({row['received_on'].isoformat()})")
            continue
        _, files[name] = await incident_files.content(row["incident"], row["id"])
    return files, kept_back


def _sent_for_incidents(found: Records) -> list[tuple[str, dict[str, Any]]]:
    """The files sent for incidents, each with its name in the archive."""
    return [
        (f"pieces/{row['kind']}-{row['received_on']}-{rank}.{_ENDINGS.get(row['media_type'], 'bin')}", row)
        for rank, row in enumerate(found.get("incident_file", ()), 1)
        if row["removed_at"] is None
    ]


def _links_of(found: Records, person: UUID | None) -> set[UUID]:
    return {row["id"] for row in found.get("access_link", ()) if person and row["representative"] == person}


def _zip(
    data: dict[str, list[dict[str, Any]]], files: dict[str, bytes], kept_back: list[str], name: str, today: date
) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        whole = {"exported_on": today, "withheld_documents": kept_back, **data}
        archive.writestr("donnees.json", json.dumps(whole, ensure_ascii=False, indent=2, default=str))
        sections = [(TITLES.get(table, table), rows) for table, rows in data.items()]
        archive.writestr("donnees.html", person_html(name, today, sections, LABELS, kept_back, sorted(files)))
        for path, content in files.items():
            archive.writestr(path, content)
    return held.getvalue()


def _name(pupil: Pupil, representative_id: UUID | None) -> str:
    return next((each.full_name for each in pupil.representatives if each.id == representative_id), pupil.full_name)
