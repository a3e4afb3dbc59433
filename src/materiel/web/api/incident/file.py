"""HTTP for the files that a link sent for an incident: listed, downloaded, deleted when sent by mistake."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from materiel.domain.accounts.roles import Actor
from materiel.domain.incident.file import EXTENSIONS
from materiel.use_cases.incident import file as files
from materiel.web.api.incident.incident import IncidentFileOut, IncidentFiles, RemoveFileBody
from materiel.web.api.problems import READ, WRITE, problems

BYTES = "application/octet-stream"
REMOVED = {
    "removed_at": "2026-11-23T08:00:00Z",
    "removed_by": "user:0197b0c4-7d2e-7aaa-8000-7b7b7b7b7b7b",
    "removed_reason": "Un certificat médical, envoyé par erreur.",
}
NO_INCIDENT = {404: ("incident.not_found", "Cet incident n'existe pas dans votre service.")}
NO_FILE = {404: ("incident_file.removed", "Ce fichier a été supprimé : il n'en reste que la trace.")}
NOT_THERE = {404: ("incident_file.not_found", "Cet incident n’a pas de fichier de cet identifiant.")}
TAGS = ["Incidents"]


@get(
    "/{incident_id:uuid}/files",
    operation_id="ListIncidentFiles",
    summary="Lister les fichiers d'un incident",
    tags=TAGS,
    responses=problems(*READ, examples=NO_INCIDENT),
)
async def list_files(incident_id: FromPath[UUID], actor: NamedDependency[Actor]) -> IncidentFiles:
    """Photos et pièces que la famille ou l'établissement a envoyées par son lien."""
    found = await files.list_files(incident_id, actor=actor)
    return IncidentFiles(items=[IncidentFileOut.of(each) for each in found])


@get(
    "/{incident_id:uuid}/files/{part_id:uuid}/content",
    operation_id="ReadIncidentFile",
    summary="Télécharger un fichier d'un incident",
    tags=TAGS,
    media_type=BYTES,
    responses=problems(*READ, examples=NO_FILE),
)
async def read_file(
    incident_id: FromPath[UUID], part_id: FromPath[UUID], actor: NamedDependency[Actor]
) -> Response[bytes]:
    """Les octets reçus, que le serveur n'a pas ouverts ; leur format est `media_type` dans la liste."""
    file, content = await files.read_file(incident_id, part_id, actor=actor)
    name = f"{file.kind.value}-{file.id}.{EXTENSIONS[file.media_type]}"
    return Response(content, media_type=BYTES, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@post(
    "/{incident_id:uuid}/files/{part_id:uuid}/remove",
    status_code=200,
    operation_id="RemoveIncidentFile",
    summary="Supprimer un fichier envoyé par erreur",
    tags=TAGS,
    opt={"example": REMOVED},
    responses=problems(*WRITE, examples=NOT_THERE),
)
async def remove_file(
    incident_id: FromPath[UUID],
    part_id: FromPath[UUID],
    data: JSONBody[RemoveFileBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> IncidentFileOut:
    """Son contenu est effacé, sa trace reste ; une pièce que lui seul apportait est de nouveau attendue."""
    removed = await files.remove_file(incident_id, part_id, reason=data.reason, actor=actor, now=now)
    return IncidentFileOut.of(removed)


router = Router("/incidents", route_handlers=[list_files, read_file, remove_file])
