"""HTTP for the pupils whom a file says to be in another school: what each move asks for, and the moves, as a lot."""

from __future__ import annotations

from uuid import UUID

from litestar import Router, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from materiel.domain.loan.moves import MoveOutcome
from materiel.domain.papers.document import DocumentKind
from materiel.use_cases.desk.lots.lot import start_moves
from materiel.use_cases.desk.pupil_moves import OfferedMove, StartMoves, moves_wanted
from materiel.use_cases.imports.import_file import get_import
from materiel.use_cases.papers.issuer import Issuer
from materiel.web.acting import provide_issuer
from materiel.web.api.body import CommandBody
from materiel.web.api.problems import WRITE, problems
from materiel.web.api.work.job import JobReference


class ImportMove(Struct, rename={"former": "from", "school": "to"}):
    """Un élève connu que le fichier dit dans un autre établissement ; l'import n'y change rien.

    `outcome` et `why` : ce que son changement demande aujourd'hui, ou pourquoi il est refusé ; `documents` : ceux
    qu'il établit.
    """

    line: int
    pupil: UUID
    former: str
    school: str
    outcome: MoveOutcome
    why: str
    documents: list[DocumentKind]

    @classmethod
    def of(cls, move: OfferedMove) -> ImportMove:
        """The wire form of a move."""
        asked = move.planned.asked
        return cls(
            line=move.line,
            pupil=asked.pupil_id,
            former=asked.former,
            school=asked.school,
            outcome=move.outcome,
            why=move.why,
            documents=list(move.documents),
        )


class MovesBody(CommandBody[StartMoves]):
    """Le jour du changement, qui est venu, et les élèves ; sans eux, tous ceux que les règles laissent changer."""


NOT_MOVING = {
    404: ("import.expired", "Ce fichier n'est plus gardé. Envoyez-le de nouveau."),
    422: ("import.not_moving", "Ce fichier ne dit pas que cet élève change d'établissement."),
}


@post(
    "/{import_id:uuid}/moves",
    status_code=202,
    operation_id="MovePupilsOfImport",
    summary="Changer d'établissement les élèves d'un fichier",
    tags=["Imports"],
    dependencies={"issuer": Provide(provide_issuer)},
    responses=problems(*WRITE, examples=NOT_MOVING),
)
async def move(import_id: FromPath[UUID], data: JSONBody[MovesBody], issuer: NamedDependency[Issuer]) -> JobReference:
    """Un acte en nombre (`move`) : chaque élève suit avec ses prêts et leurs documents, ou dit pourquoi il ne peut pas.

    Ce que l'import a créé se défait sans toucher à ces changements.
    """
    found = await get_import(import_id, actor=issuer.actor, now=issuer.now)
    wanted = await moves_wanted(found.moves, data.command(), actor=issuer.actor, today=issuer.today)
    return JobReference(job=(await start_moves(wanted, issuer=issuer)).id)


router = Router("/imports", route_handlers=[move])
