"""HTTP for the ends of life of items: parse, call one use case, answer. No program decides one: a person does."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, MultipartBody, QueryParameter
from msgspec import Struct

from materiel.domain.accounts.roles import Actor
from materiel.domain.circuit.disposal.disposal import (
    AppraisedItem,
    AssociationKind,
    Disposal,
    DisposalItem,
    DisposalOutcome,
    DisposalPaper,
    DisposalState,
)
from materiel.domain.item.item import Condition
from materiel.use_cases.circuit import disposal as disposals
from materiel.use_cases.circuit.disposal import AttestErasure, CloseDisposal, FinishDisposal, ProposeDisposal
from materiel.use_cases.circuit.disposal_paper import disposal_act
from materiel.web.api.body import CommandBody
from materiel.web.api.circuit.act import PDF, act_answer
from materiel.web.api.problems import LIST, READ, WRITE, problems
from materiel.web.http.paging import Cursor, Limit, cut, read_cursor

TAGS = ["Fins de vie"]
EXAMPLES = {
    404: ("disposal.not_found", "Cette fin de vie n'existe pas dans votre service."),
    409: ("disposal.over", "Cette fin de vie ne change plus (réforme faite)."),
    422: ("disposal.invalid", "Indiquez le motif."),
}
PROPOSING = {
    404: ("item.not_found", "Aucun matériel de votre service n'a cet identifiant."),
    409: ("disposal.item_lent", "35-2026-00042 : dans un prêt ou un brouillon en cours."),
    422: ("disposal.too_valuable", "35-2026-00042 : estimé à plus de 300 €."),
}
UNDECIDED = {
    409: ("disposal.no_act", "Cette fin de vie n'est pas décidée : son acte se fait une fois qu'elle l'est."),
}
FINISHING = {
    409: ("disposal.not_decided", "Cette fin de vie n'est pas décidée : rien ne sort avant la décision du signataire."),
    422: ("disposal.paper_missing", "Il manque : acte signé. Joignez sa numérisation, puis notez la sortie."),
}


class AppraisedItemBody(CommandBody[AppraisedItem]):
    """Un matériel, sa valeur estimée en centimes, et son état."""


class DisposalBody(CommandBody[ProposeDisposal]):
    """Des matériels du service qui sortiraient du parc. `association` : sa nature, pour une cession à une association.

    Seul du matériel informatique de 300 € au plus se donne (`association`, `staff`).
    """


class ErasureBody(CommandBody[AttestErasure], given=("disposal_id",)):
    """Quand les données ont été effacées, par qui, et par quelle méthode ; l'acte le dit."""


class CloseDisposalBody(CommandBody[CloseDisposal], given=("disposal_id",)):
    """Pourquoi la fin de vie est retirée."""


class FinishDisposalBody(CommandBody[FinishDisposal], given=("disposal_id",)):
    """La sortie. `labels_off` : les étiquettes sont retirées ; `reference` : celle de qui a pris les matériels."""


class DisposalPaperUpload(Struct):
    """Un papier signé, numérisé : PDF, JPEG, PNG ou TIFF."""

    file: UploadFile
    kind: DisposalPaper


class DisposalPaperOut(Struct):
    """Un papier joint."""

    id: UUID
    kind: DisposalPaper
    media_type: str
    sha256: str
    filed_at: datetime


class DisposalItemOut(Struct):
    """Un matériel d'une fin de vie, tel qu'il était à la proposition. `seen_at` : où on peut le voir."""

    id: UUID
    inventory_number: str
    designation: str
    brand: str
    model: str
    serial_number: str
    acquired_on: date | None
    purchase_price_cents: int | None
    funding_service: str
    seen_at: str
    condition: Condition
    value_cents: int


_SAME = (
    *("id", "outcome", "state", "reason", "beneficiary", "association", "agreement", "proposed_at", "erased_on"),
    *("erased_by", "erased_how", "decided_on", "answer_reason", "labels_off", "reference", "done_on", "version"),
)


class DisposalOut(Struct):
    """Une fin de vie. `decided_on` : le jour où un signataire l'a décidée ; `done_on` : celui de la sortie."""

    id: UUID
    outcome: DisposalOutcome
    state: DisposalState
    reason: str
    beneficiary: str
    association: AssociationKind | None
    agreement: str
    proposed_at: datetime
    erased_on: date | None
    erased_by: str
    erased_how: str
    decided_on: date | None
    answer_reason: str
    labels_off: bool
    reference: str
    done_on: date | None
    items: list[DisposalItemOut]
    version: int

    @classmethod
    def of(cls, disposal: Disposal) -> DisposalOut:
        """The wire form of an end of life."""
        return cls(items=[_item(each) for each in disposal.items], **{name: getattr(disposal, name) for name in _SAME})


class DisposalPage(Struct):
    """Une page de fins de vie, les plus récentes d'abord."""

    items: list[DisposalOut]
    next_cursor: str | None


def _item(each: DisposalItem) -> DisposalItemOut:
    shown = {name: getattr(each, name) for name in DisposalItemOut.__struct_fields__ if name != "id"}
    return DisposalItemOut(id=each.item_id, **shown)


@post(
    "/",
    operation_id="ProposeDisposal",
    summary="Proposer une fin de vie",
    tags=TAGS,
    responses=problems(*WRITE, examples=PROPOSING),
)
async def propose_disposal(
    data: JSONBody[DisposalBody], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> DisposalOut:
    """Rien ne sort avant la décision d'un signataire de l'État, qu'aucun programme ne prend."""
    return DisposalOut.of(await disposals.propose_disposal(data.command(), actor=actor, now=now))


@get("/", operation_id="ListDisposals", summary="Lister les fins de vie", tags=TAGS, responses=problems(*LIST))
async def list_disposals(
    actor: NamedDependency[Actor],
    state_: Annotated[DisposalState | None, QueryParameter(name="state")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> DisposalPage:
    """Celles du service, les plus récentes d'abord."""
    found = await disposals.list_disposals(
        actor=actor, states=() if state_ is None else (state_,), limit=limit + 1, after=read_cursor(cursor, UUID)
    )
    shown, following = cut(found, limit, lambda each: each.id)
    return DisposalPage(items=[DisposalOut.of(each) for each in shown], next_cursor=following)


@get(
    "/{disposal_id:uuid}",
    operation_id="ReadDisposal",
    summary="Lire une fin de vie",
    tags=TAGS,
    responses=problems(*READ, examples={404: EXAMPLES[404]}),
)
async def read_disposal(disposal_id: FromPath[UUID], actor: NamedDependency[Actor]) -> DisposalOut:
    """Ce qui sort, vers qui, et où elle en est."""
    return DisposalOut.of(await disposals.read_disposal(disposal_id, actor=actor))


@get(
    "/{disposal_id:uuid}/act",
    operation_id="ReadDisposalAct",
    summary="Télécharger l'acte d'une fin de vie",
    tags=TAGS,
    media_type=PDF,
    responses=problems(*READ, 409, examples=EXAMPLES | UNDECIDED),
)
async def read_act(
    disposal_id: FromPath[UUID], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[bytes]:
    """À signer, tel qu'il a été décidé : les mêmes octets à chaque lecture."""
    return act_answer(await disposal_act(disposal_id, actor=actor, now=now), "acte-de-fin-de-vie")


@post(
    "/{disposal_id:uuid}/erasure",
    status_code=200,
    operation_id="AttestErasure",
    summary="Attester l'effacement des données",
    tags=TAGS,
    responses=problems(*WRITE, examples=EXAMPLES),
)
async def attest_erasure(
    disposal_id: FromPath[UUID],
    data: JSONBody[ErasureBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> DisposalOut:
    """Avant la décision : rien de ce qui garde des données d'élèves ne sort sans cela."""
    command = data.command(disposal_id=disposal_id)
    return DisposalOut.of(await disposals.attest_erasure(command, actor=actor, now=now))


@post(
    "/{disposal_id:uuid}/withdraw",
    status_code=200,
    operation_id="WithdrawDisposal",
    summary="Retirer une fin de vie",
    tags=TAGS,
    responses=problems(*WRITE, examples=EXAMPLES),
)
async def withdraw_disposal(
    disposal_id: FromPath[UUID],
    data: JSONBody[CloseDisposalBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> DisposalOut:
    """Tant qu'elle n'est pas faite : les matériels restent au parc, tels qu'ils étaient."""
    command = data.command(disposal_id=disposal_id)
    return DisposalOut.of(await disposals.withdraw_disposal(command, actor=actor, now=now))


@post(
    "/{disposal_id:uuid}/done",
    status_code=200,
    operation_id="FinishDisposal",
    summary="Noter la sortie du parc",
    tags=TAGS,
    responses=problems(*WRITE, examples=EXAMPLES | FINISHING),
)
async def finish_disposal(
    disposal_id: FromPath[UUID],
    data: JSONBody[FinishDisposalBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> DisposalOut:
    """Une fois décidée, ses papiers signés joints : chaque matériel passe « Réformé », son numéro ne sert plus."""
    command = data.command(disposal_id=disposal_id)
    return DisposalOut.of(await disposals.finish_disposal(command, actor=actor, now=now))


@post(
    "/{disposal_id:uuid}/papers",
    status_code=201,
    operation_id="FileDisposalPaper",
    summary="Joindre un papier signé d'une fin de vie",
    tags=TAGS,
    responses=problems(*WRITE, examples=EXAMPLES | FINISHING),
)
async def file_paper(
    disposal_id: FromPath[UUID],
    data: MultipartBody[DisposalPaperUpload],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> DisposalPaperOut:
    """L'acte signé toujours ; l'engagement d'une association ; le certificat de reprise de ce qui est détruit."""
    sent = await data.file.read()
    scan = await disposals.file_disposal_paper(disposal_id, data.kind, sent, actor=actor, now=now)
    return DisposalPaperOut(**{name: getattr(scan, name) for name in DisposalPaperOut.__struct_fields__})


router = Router(
    path="/disposals",
    route_handlers=[
        propose_disposal,
        list_disposals,
        read_disposal,
        read_act,
        attest_erasure,
        withdraw_disposal,
        finish_disposal,
    ],
)
uploads = Router(path="/disposals", route_handlers=[file_paper])
