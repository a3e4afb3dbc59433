"""HTTP for incidents: parse, call one use case, answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from materiel.domain.accounts.roles import Actor
from materiel.domain.incident.incident import DeclaredAs, IncidentFilter, IncidentKind, IncidentState
from materiel.use_cases.incident import incident as incidents
from materiel.use_cases.incident import treatment
from materiel.use_cases.incident.sheet import read_incident
from materiel.use_cases.papers.issuer import Issuer
from materiel.web.acting import provide_issuer
from materiel.web.api.incident.incident import (
    ClosedOut,
    CloseIncidentBody,
    FindingBody,
    IncidentBody,
    IncidentDetail,
    IncidentOut,
    IncidentPage,
    NoteBody,
    NoteOut,
    PapersBody,
    ReopenIncidentBody,
    fields_of,
)
from materiel.web.api.problems import LIST, READ, WRITE, problems
from materiel.web.http.paging import Cursor, Limit, Search, cut, read_cursor

DECIDED = {
    "fault": "none",
    "fault_reason": "Vol avec effraction, plainte déposée.",
    "decided_at": "2026-11-24T09:00:00Z",
}
CLOSED = DECIDED | {
    "state": "closed",
    "resolution": "Votre tablette est remplacée, sans frais.",
    "closed_at": "2026-11-25T09:00:00Z",
}
EXAMPLES = {
    404: ("incident.not_found", "Cet incident n'existe pas dans votre service."),
    409: ("incident.changed", "Cet incident a été modifié entre-temps. Rechargez-le."),
}
RESPONSES = problems(*WRITE, examples=EXAMPLES)
UNDECIDED = {422: ("incident.fault_undecided", "Dites d'abord si l'utilisateur a commis une faute, avec le motif.")}
NO_ITEM = {404: ("item.not_found", "Aucun matériel de votre service n'a cet identifiant.")}
TAGS = ["Incidents"]


@post(
    "/",
    operation_id="RecordIncident",
    summary="Signaler un incident",
    tags=TAGS,
    opt={"example": {"papers": []}},
    responses=problems(*WRITE, examples=NO_ITEM),
)
async def record_incident(
    data: JSONBody[IncidentBody], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> IncidentOut:
    """Sous le prêt qui détient le matériel, s'il y en a un. Le même, encore ouvert, n'est gardé qu'une fois."""
    return IncidentOut.of(await incidents.record_incident(data.command(), actor=actor, now=now))


@get(
    "/",
    operation_id="ListIncidents",
    summary="Lister les incidents",
    tags=TAGS,
    responses=problems(*LIST),
)
async def list_incidents(
    actor: NamedDependency[Actor],
    state_: Annotated[IncidentState | None, QueryParameter(name="state")] = None,
    kind: FromQuery[IncidentKind | None] = None,
    declared_as: FromQuery[DeclaredAs | None] = None,
    item: FromQuery[UUID | None] = None,
    q: Search = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> IncidentPage:
    """Tous les mots de `q` doivent figurer dans le numéro d'inventaire ou la désignation du matériel."""
    wanted = IncidentFilter(q=q or "", state=state_, kind=kind, declared_as=declared_as, item_id=item)
    after = read_cursor(cursor, UUID)
    found = await incidents.list_incidents(wanted, actor=actor, limit=limit + 1, after=after)
    shown, following = cut(found, limit, lambda incident: incident.id)
    return IncidentPage(items=[IncidentOut.of(each) for each in shown], next_cursor=following)


@get(
    "/{incident_id:uuid}",
    operation_id="ReadIncident",
    summary="Lire un incident et son suivi",
    tags=TAGS,
    responses=problems(*READ, examples=EXAMPLES),
)
async def show_incident(incident_id: FromPath[UUID], actor: NamedDependency[Actor]) -> IncidentDetail:
    """Un incident du service."""
    incident, notes = await read_incident(incident_id, actor=actor)
    return IncidentDetail(**fields_of(incident), notes=[NoteOut.of(each) for each in notes])


@post(
    "/{incident_id:uuid}/papers",
    status_code=200,
    operation_id="NoteIncidentPapers",
    summary="Noter les pièces reçues",
    tags=TAGS,
    responses=RESPONSES,
)
async def note_papers(
    incident_id: FromPath[UUID],
    data: JSONBody[PapersBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> IncidentOut:
    """Déclaration sur l'honneur, copie de la plainte, attestation de l'assureur."""
    papers = {each.paper: each.received_on for each in data.papers}
    command = treatment.NotePapers(incident_id=incident_id, papers=papers, version=data.version)
    return IncidentOut.of(await treatment.note_papers(command, actor=actor, now=now))


@post(
    "/{incident_id:uuid}/finding",
    status_code=200,
    operation_id="FindIncidentFault",
    summary="Apprécier la faute",
    tags=TAGS,
    opt={"example": DECIDED},
    responses=RESPONSES,
)
async def find_fault(
    incident_id: FromPath[UUID],
    data: JSONBody[FindingBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> IncidentOut:
    """Sans faute, l'État remplace le matériel ; l'usure normale n'est pas à la charge de l'emprunteur (art. 1884)."""
    return IncidentOut.of(await treatment.find_fault(data.command(incident_id=incident_id), actor=actor, now=now))


@post(
    "/{incident_id:uuid}/notes",
    operation_id="AddIncidentNote",
    summary="Ajouter une note au suivi",
    tags=TAGS,
    responses=RESPONSES,
)
async def add_note(
    incident_id: FromPath[UUID],
    data: JSONBody[NoteBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> NoteOut:
    """Pour le service seul : celui qui a signalé ne la lit pas."""
    return NoteOut.of(await treatment.add_note(incident_id, data.text, actor=actor, now=now))


@post(
    "/{incident_id:uuid}/close",
    status_code=200,
    operation_id="CloseIncident",
    summary="Répondre et clore",
    tags=TAGS,
    opt={"example": CLOSED},
    responses=problems(*WRITE, examples=EXAMPLES | UNDECIDED),
)
async def close_incident(
    incident_id: FromPath[UUID], data: JSONBody[CloseIncidentBody], issuer: NamedDependency[Issuer]
) -> ClosedOut:
    """Une perte, un vol ou un dommage ne se clôt pas sans avoir apprécié la faute."""
    done = await treatment.close_incident(data.command(incident_id=incident_id), issuer=issuer)
    return ClosedOut(**fields_of(done.incident), told=done.is_told)


@post(
    "/{incident_id:uuid}/reopen",
    status_code=200,
    operation_id="ReopenIncident",
    summary="Rouvrir un incident clos par erreur",
    tags=TAGS,
    responses=RESPONSES,
)
async def reopen_incident(
    incident_id: FromPath[UUID],
    data: JSONBody[ReopenIncidentBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> IncidentOut:
    """La réponse n'est plus montrée à celui qui a signalé ; elle reste dans le suivi."""
    return IncidentOut.of(await treatment.reopen_incident(data.command(incident_id=incident_id), actor=actor, now=now))


router = Router(
    "/incidents",
    route_handlers=[
        record_incident,
        list_incidents,
        show_incident,
        note_papers,
        find_fault,
        add_note,
        close_incident,
        reopen_incident,
    ],
    dependencies={"issuer": provide_issuer},
)
