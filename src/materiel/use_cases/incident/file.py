"""Files sent by a link for an incident that it declared, and read by the managers of the service alone."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.history.correction import checked_reason
from materiel.domain.incident.file import (
    LARGEST_BYTES,
    TO_CONVERT,
    FileKind,
    IncidentFile,
    media_type_of,
    with_file,
    without_file,
)
from materiel.domain.incident.incident import Incident
from materiel.domain.incident.photo import Photo, PhotoOccasion
from materiel.domain.links.access_link import AccessLink
from materiel.domain.work.outbox import Purpose
from materiel.errors import BadInput
from materiel.store.accounts import service as services
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.incident import file as files
from materiel.store.incident import incident as incidents
from materiel.store.incident import photo as photos
from materiel.store.item import item as items
from materiel.use_cases.incident.incident import note_in_journal, tell_service
from materiel.use_cases.incident.photo import Picture, pictures_of


@dataclass(frozen=True, slots=True, kw_only=True)
class SendFile:
    """One file as received. `largest`: what this installation accepts, in bytes."""

    kind: FileKind
    data: bytes
    largest: int = LARGEST_BYTES


async def send_file(
    command: SendFile, *, incident: Incident, link: AccessLink, base_url: str, now: datetime
) -> IncidentFile:
    """Keep a file for an incident, note its paper as received and tell the service; the same one is kept once.

    The caller has made sure that this link told the incident: see `told_by_family` and `told_by_institution`.

    Raises:
        BadInput: `incident_file.too_large`, `incident_file.unreadable`.
        Conflict: `incident.already_closed`, `incident.changed`.
        RuleBroken: `incident_file.too_many`.
    """
    media_type = media_type_of(command.data, largest=min(command.largest, LARGEST_BYTES))
    picture = await _picture(command.data, media_type)
    data = command.data
    if picture is not None and media_type in TO_CONVERT:
        data, media_type = picture.large, "image/jpeg"
    kept = replace(command, data=data)
    return await _keep(kept, media_type, picture, incident=incident, link=link, base_url=base_url, now=now)


async def _picture(data: bytes, media_type: str) -> Picture | None:
    """What is shown of a photograph; None for a PDF, and for an image that is kept though it cannot be shown.

    Raises:
        BadInput: `incident_file.unreadable`, it had to be converted and cannot be read.
    """
    if media_type == "application/pdf":
        return None
    try:
        (picture,) = await pictures_of([data])
    except BadInput as error:
        if media_type not in TO_CONVERT:
            return None
        raise BadInput("incident_file.unreadable", error.message) from error
    return picture


@in_one_visit
async def _keep(
    command: SendFile,
    media_type: str,
    picture: Picture | None,
    *,
    incident: Incident,
    link: AccessLink,
    base_url: str,
    now: datetime,
) -> IncidentFile:
    service = await services.get(incident.service_id)
    file = IncidentFile(
        id=new_id(),
        incident_id=incident.id,
        kind=command.kind,
        media_type=media_type,
        size=len(command.data),
        sha256=hashlib.sha256(command.data).hexdigest(),
        received_on=service.civil_date(now),
        received_at=now,
        sent_by=link.actor_id,
        sent_link=link.id,
    )
    async with write_transaction():
        current = await incidents.get(incident.id, incident.service_id)
        known = await files.of_incident(incident.id)
        for each in known:
            if each.is_kept and (each.sha256, each.kind, each.sent_by) == (file.sha256, file.kind, file.sent_by):
                return each
        saved = await incidents.save(with_file(current, file.kind, known, received_on=file.received_on))
        await files.insert(file, command.data)
        if picture is not None:
            await photos.insert(_photo_of(file, saved), large=picture.large, small=picture.small)
        await note_in_journal(
            saved, action="incident.file_received", actor_id=link.actor_id, now=now, paper=file.kind.value
        )
        item = await items.get(saved.item_id, saved.service_id)
        await tell_service(
            saved, item, purpose=Purpose.INCIDENT_FILE, about=file.id, base_url=base_url, now=now, file=file
        )
    return file


def _photo_of(file: IncidentFile, incident: Incident) -> Photo:
    return Photo(
        id=new_id(),
        service_id=incident.service_id,
        item_id=incident.item_id,
        occasion=PhotoOccasion.INCIDENT,
        taken_on=file.received_on,
        sha256=file.sha256,
        added_by=file.sent_by,
        added_at=file.received_at,
        loan_id=incident.loan_id,
        incident_id=incident.id,
        file_id=file.id,
    )


async def list_files(incident_id: UUID, *, actor: Actor) -> list[IncidentFile]:
    """The files of an incident of the actor's service, those deleted too, oldest first.

    Raises:
        NotFound: `incident.not_found`.
    """
    actor.require(Permission.READ)
    incident = await incidents.get(incident_id, actor.service_id)
    return await files.of_incident(incident.id)


async def find_file(incident_id: UUID, file_id: UUID, *, actor: Actor) -> IncidentFile:
    """One of them, without its bytes.

    Raises:
        NotFound: `incident.not_found`, `incident_file.not_found`.
    """
    for each in await list_files(incident_id, actor=actor):
        if each.id == file_id:
            return each
    raise files.unknown()


@in_one_visit
async def remove_file(incident_id: UUID, file_id: UUID, *, reason: str, actor: Actor, now: datetime) -> IncidentFile:
    """Delete a file that was sent by mistake, open or closed: its bytes go, its trace and the reason stay.

    The reason goes with the file of the loan, and not to the journal. Deleting twice deletes once.

    Raises:
        NotFound: `incident.not_found`, `incident_file.not_found`.
        RuleBroken: `correction.invalid`.
        Conflict: `incident.changed`.
    """
    actor.require(Permission.WRITE)
    kept_reason = checked_reason(reason)
    async with write_transaction():
        file = await find_file(incident_id, file_id, actor=actor)
        if not file.is_kept:
            return file
        removed = replace(file, removed_at=now, removed_by=actor.id, removed_reason=kept_reason)
        await files.remove(removed)
        await photos.delete_of_file(file.id)
        incident = await incidents.get(incident_id, actor.service_id)
        saved = await incidents.save(without_file(incident, file, await files.of_incident(incident.id)))
        await note_in_journal(
            saved, action="incident.file_removed", actor_id=actor.id, now=now, paper=file.kind.value, file=str(file.id)
        )
    return removed


async def read_file(incident_id: UUID, file_id: UUID, *, actor: Actor) -> tuple[IncidentFile, bytes]:
    """A file of an incident of the actor's service, and its bytes.

    Raises:
        NotFound: `incident.not_found`, `incident_file.not_found`, `incident_file.removed`.
    """
    actor.require(Permission.READ)
    incident = await incidents.get(incident_id, actor.service_id)
    return await files.content(incident.id, file_id)
