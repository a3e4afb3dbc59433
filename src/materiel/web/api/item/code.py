"""HTTP for the code of a label, read by a manager: the item, its loan, its papers and what is missing."""

from __future__ import annotations

from uuid import UUID

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct

from materiel.domain.accounts.roles import Actor
from materiel.use_cases.item.code import ItemOfCode, item_of_code
from materiel.web.api.item import quick
from materiel.web.api.item.item import ItemOut
from materiel.web.api.loan.loan import LoanSummary
from materiel.web.api.papers.document import PaperOut
from materiel.web.api.problems import READ, problems


class MissingOut(Struct):
    """Une signature attendue : l'identifiant du document et celui de la case."""

    document: UUID
    signatory: UUID


class ScannedOut(Struct):
    """Ce qu'un gestionnaire lit derrière une étiquette."""

    item: ItemOut
    loan: LoanSummary | None
    documents: list[PaperOut]
    missing: list[MissingOut]

    @classmethod
    def of(cls, scanned: ItemOfCode) -> ScannedOut:
        """The wire form of a scanned label."""
        return cls(
            item=ItemOut.of(scanned.item),
            loan=LoanSummary.of(scanned.loan) if scanned.loan else None,
            documents=[PaperOut.of(document) for document in scanned.documents],
            missing=[MissingOut(each.document.id, each.signature.id) for each in scanned.missing],
        )


@get(
    "/{code:str}",
    operation_id="ScanCode",
    summary="Lire le code d'une étiquette",
    tags=["Étiquettes"],
    opt={"quick": quick.scan},
    responses=problems(*READ),
)
async def scan(code: FromPath[str], actor: NamedDependency[Actor]) -> ScannedOut:
    """Le code est celui de l'adresse de l'étiquette, en majuscules ou en minuscules."""
    return ScannedOut.of(await item_of_code(code, actor=actor))


router = Router("/scan", route_handlers=[scan])
