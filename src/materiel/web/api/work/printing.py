"""HTTP for documents printed together: the file at once, or a job that draws it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import FromPath, JSONBody
from litestar.response import Stream
from msgspec import Meta

from materiel.domain.accounts.roles import Actor
from materiel.domain.papers.printing import MOST_PRINTED, PrintOrder
from materiel.domain.work.job import Job
from materiel.use_cases.desk.print_together import print_documents_together, printed_file
from materiel.use_cases.papers.printing import PrintDocuments
from materiel.web.api.body import Body
from materiel.web.api.problems import READ, WRITE, problems
from materiel.web.api.work.job import JobReference

PDF = "application/pdf"


class PrintBody(Body):
    """Des documents à imprimer ensemble, chacun sur un recto.

    `copies` : autant d'exemplaires que chacun en annonce (`announced`), ou un seul (`1`). Avec `sort`, en piles, et
    devant chacune, si `separators` le demande, une feuille qui dit ce qu'elle contient ; sans lui, dans leur ordre.
    `letters_by` : pour la poste, une lettre devant ce que reçoit chaque destinataire, qui demande une réponse avant ce
    jour ; `copies` est alors `announced`. Il faut pouvoir écrire, et l'historique de chaque prêt le garde.
    """

    documents: Annotated[list[UUID], Meta(min_length=1, max_length=MOST_PRINTED)]
    copies: Literal["announced"] | Literal[1] = "announced"
    sort: PrintOrder | None = None
    separators: bool = False
    letters_by: date | None = None


UNKNOWN = {404: ("document.not_found", "Ce document n'existe pas dans votre service.")}
EXPIRED = {404: ("print.expired", "Ce fichier n'est pas encore prêt, ou n'est plus gardé.")}
STARTED = ResponseSpec(
    JobReference,
    generate_examples=False,
    description="Plus de cinquante documents : le travail qui dessine le fichier",
    examples=[Example(summary="exemple", value={"job": "0197b0c4-7d2e-7aaa-8000-3f3f3f3f3f3f"})],
)


@post(
    "/documents/print",
    status_code=200,
    operation_id="PrintDocuments",
    summary="Imprimer des documents ensemble",
    tags=["Documents"],
    media_type=PDF,
    responses=problems(*WRITE, examples=UNKNOWN) | {202: STARTED},
)
async def print_together(
    data: JSONBody[PrintBody], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[Any]:
    """Un PDF ; au-delà de cinquante documents, 202 et le travail qui le dessine : lisez alors `/api/jobs/{id}/file`."""
    command = PrintDocuments(
        document_ids=tuple(data.documents),
        announced=data.copies == "announced",
        order=data.sort,
        separators=data.separators,
        letters_by=data.letters_by,
    )
    made = await print_documents_together(command, actor=actor, now=now)
    if isinstance(made, Job):
        return Response(JobReference(job=made.id), status_code=202, media_type="application/json")
    return Response(made, media_type=PDF)


@get(
    "/jobs/{job_id:uuid}/file",
    operation_id="ReadJobFile",
    summary="Télécharger le fichier d'un travail",
    tags=["Travaux"],
    media_type=PDF,
    responses=problems(*READ, examples=EXPIRED),
)
async def show_file(job_id: FromPath[UUID], actor: NamedDependency[Actor], now: NamedDependency[datetime]) -> Stream:
    """Le PDF, gardé un jour."""
    file = await printed_file(job_id, actor=actor, now=now)
    headers = {"Content-Disposition": f'inline; filename="{file.name}"', "Cache-Control": "private, no-store"}
    return Stream(file.pieces, media_type=PDF, headers=headers)


router = Router("/", route_handlers=[print_together, show_file])
