"""HTTP for the transfers of items between services: parse, call one use case, answer."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Struct

from materiel.domain.accounts.roles import Actor
from materiel.domain.circuit.transfer import Transfer, TransferItem, TransferLine, TransferLoan, TransferState
from materiel.domain.usage import Custody, Usage
from materiel.use_cases.circuit import service_loan as service_loans
from materiel.use_cases.circuit import transfer as transfers
from materiel.use_cases.circuit.service_loan import AnswerExtension, ExtendTransfer
from materiel.use_cases.circuit.transfer import RefuseTransfer
from materiel.use_cases.loan.elsewhere import accepting, asking
from materiel.use_cases.loan.elsewhere.accepting import AcceptTransfer
from materiel.use_cases.loan.elsewhere.asking import AskTransfer
from materiel.use_cases.papers.issuer import Issuer
from materiel.web.acting import provide_issuer
from materiel.web.api.body import CommandBody
from materiel.web.api.circuit.act import PDF, act_answer
from materiel.web.api.problems import LIST, READ, WRITE, problems
from materiel.web.http.paging import Cursor, Limit, cut, read_cursor

TAGS = ["Transferts"]
EXAMPLES = {
    403: ("transfer.not_yours", "Ce transfert attend la réponse de l'autre service. Vous pouvez le retirer."),
    404: ("transfer.not_found", "Ce transfert n'existe pas, ou ne concerne pas votre service."),
    409: ("transfer.over", "Ce transfert n'attend plus de réponse (transfert accepté)."),
}
ASKING = {
    404: ("service.not_found", "Aucun service gestionnaire « DSDEN22 ». Vérifiez son code."),
    409: ("transfer.item_lent", "35-2026-00042 : dans un prêt ou un brouillon en cours."),
    422: ("transfer.invalid", "Indiquez le motif."),
}
NOT_ACCEPTED = {
    409: ("transfer.not_accepted", "Ce transfert n'est pas accepté : son acte se fait une fois qu'il l'est."),
}
LENT = {409: ("transfer.not_lent", "Ce transfert n'est pas un prêt entre services en cours.")}
TAKEN = {409: ("transfer.number_taken", "Le service qui reçoit a déjà donné ce numéro : 35-2026-00042.")}


class TransferBody(CommandBody[AskTransfer]):
    """Des matériels du service, proposés à un autre. `to` : le code de cet autre service.

    `with_loans` : un matériel d'un prêt en cours est proposé avec ce prêt, et tout ce que ce prêt comprend avec lui.
    `until` : prêté à l'autre service jusqu'à ce jour, et non transféré pour de bon.
    """


class RefusalBody(CommandBody[RefuseTransfer], given=("transfer_id",)):
    """Pourquoi le transfert est refusé ; les deux services le lisent."""


class ExtensionBody(CommandBody[ExtendTransfer], given=("transfer_id",)):
    """Un jour de retour plus lointain, que l'autre service accepte ou non."""


class ExtensionAnswerBody(CommandBody[AnswerExtension], given=("transfer_id",)):
    """Oui ou non à la prolongation demandée."""


class TransferItemOut(Struct):
    """Un matériel du transfert, tel qu'il était à la demande.

    `id` : celui qu'il a, ou avait, au service qui cède ; `received_as` : celui qu'il a depuis au service qui reçoit.
    `left_out` : il est resté au service qui cède.
    """

    id: UUID
    inventory_number: str
    designation: str
    serial_number: str
    funding_service: str
    left_out: bool
    received_as: UUID | None


RENAMED = {"giver": "from", "receiver": "to", "giver_name": "from_name", "receiver_name": "to_name"}
"""Both services of a transfer, as the wire calls them."""


class TransferLoanOut(Struct):
    """Un prêt en cours proposé avec ses matériels : rien de l'élève, ni de l'établissement.

    `loan` : l'identifiant qu'il a pour votre service, s'il y est. `items` : ses matériels, par leur `id`.
    """

    loan: UUID | None
    usage: Usage
    custody: Custody
    departement: str
    ends_on: date | None
    items: list[UUID]


_SAME = (
    *("state", "reason", "asked_at", "answered_at", "answer_reason", "done_on", "version"),
    *("until", "until_asked", "returned_on", "returns"),
)


class TransferOut(Struct, rename=RENAMED):
    """Un transfert, que les deux services lisent. `awaits_us` : c'est à votre service d'y répondre.

    `until` : prêt entre services, à rendre ce jour-là ; `until_asked` : la prolongation qui attend une réponse ;
    `returned_on` : tout est rendu. `returns` : le prêt entre services que ce transfert rend.
    """

    id: UUID
    giver: str
    giver_name: str
    receiver: str
    receiver_name: str
    asked_by: str
    awaits_us: bool
    state: TransferState
    reason: str
    asked_at: datetime
    answered_at: datetime | None
    answer_reason: str
    done_on: date | None
    items: list[TransferItemOut]
    loans: list[TransferLoanOut]
    version: int
    until: date | None
    until_asked: date | None
    returned_on: date | None
    returns: UUID | None

    @classmethod
    def of(cls, line: TransferLine, actor: Actor) -> TransferOut:
        """The wire form of a transfer, for one of both services."""
        told = line.transfer
        return cls(
            id=told.id,
            giver=line.giver_code,
            giver_name=line.giver_name,
            receiver=line.receiver_code,
            receiver_name=line.receiver_name,
            asked_by=line.giver_code if told.asked_by == told.giver_id else line.receiver_code,
            awaits_us=told.awaits(actor.service_id),
            items=[_item(each) for each in told.items],
            loans=[_loan(each, told, actor) for each in told.loans],
            **{name: getattr(told, name) for name in _SAME},
        )


class TransferPage(Struct):
    """Une page de transferts, les plus récents d'abord."""

    items: list[TransferOut]
    next_cursor: str | None


def _item(each: TransferItem) -> TransferItemOut:
    shown = {name: getattr(each, name) for name in TransferItemOut.__struct_fields__ if name != "id"}
    return TransferItemOut(id=each.item_id, **shown)


def _loan(each: TransferLoan, told: Transfer, actor: Actor) -> TransferLoanOut:
    """Each service has a loan of its own, and knows it alone."""
    return TransferLoanOut(
        loan=each.loan_id if actor.service_id == told.giver_id else each.received_as,
        usage=each.usage,
        custody=each.custody,
        departement=each.departement,
        ends_on=each.ends_on,
        items=[item.item_id for item in told.items_of(each.loan_id)],
    )


@post(
    "/",
    operation_id="AskTransfer",
    summary="Demander un transfert",
    tags=TAGS,
    responses=problems(*WRITE, examples=ASKING),
)
async def ask_transfer(
    data: JSONBody[TransferBody], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> TransferOut:
    """Rien ne passe avant l'accord de l'autre service, qui lit le numéro et la désignation de chaque matériel."""
    return TransferOut.of(await asking.ask_transfer(data.command(), actor=actor, now=now), actor)


@get("/", operation_id="ListTransfers", summary="Lister les transferts", tags=TAGS, responses=problems(*LIST))
async def list_transfers(
    actor: NamedDependency[Actor],
    state_: Annotated[TransferState | None, QueryParameter(name="state")] = None,
    awaits_us: FromQuery[bool] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> TransferPage:
    """Ceux que le service a demandés et ceux qui lui sont demandés ; `awaits_us` : ceux auxquels il doit répondre."""
    found = await transfers.list_transfers(
        actor=actor,
        states=() if state_ is None else (state_,),
        awaits=awaits_us,
        limit=limit + 1,
        after=read_cursor(cursor, UUID),
    )
    shown, following = cut(found, limit, lambda each: each.transfer.id)
    return TransferPage(items=[TransferOut.of(each, actor) for each in shown], next_cursor=following)


@get(
    "/{transfer_id:uuid}",
    operation_id="ReadTransfer",
    summary="Lire un transfert",
    tags=TAGS,
    responses=problems(*READ, examples={404: EXAMPLES[404]}),
)
async def read_transfer(transfer_id: FromPath[UUID], actor: NamedDependency[Actor]) -> TransferOut:
    """Un transfert demandé par le service, ou qui lui est demandé."""
    return TransferOut.of(await transfers.read_transfer(transfer_id, actor=actor), actor)


@get(
    "/{transfer_id:uuid}/act",
    operation_id="ReadTransferAct",
    summary="Télécharger l'acte d'un transfert",
    tags=TAGS,
    media_type=PDF,
    responses=problems(*READ, 409, examples={404: EXAMPLES[404]} | NOT_ACCEPTED),
)
async def read_act(
    transfer_id: FromPath[UUID], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[bytes]:
    """À signer, tel qu'il a été accepté : les deux services lisent les mêmes octets."""
    return act_answer(await transfers.transfer_act(transfer_id, actor=actor, now=now), "acte-de-transfert")


@post(
    "/{transfer_id:uuid}/accept",
    status_code=200,
    operation_id="AcceptTransfer",
    summary="Accepter un transfert",
    tags=TAGS,
    responses=problems(*WRITE, examples=EXAMPLES | TAKEN),
)
async def accept_transfer(
    transfer_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    issuer: NamedDependency[Issuer],
    leave_out: FromQuery[list[UUID] | None] = None,
    with_loans: FromQuery[bool] = False,
) -> TransferOut:
    """Le numéro, l'étiquette et l'histoire suivent. `leave_out` : les matériels, par leur `id`, qui ne passent pas.

    `with_loans` : les prêts proposés passent aussi, et un avenant au nom de votre service est établi pour chacun.
    """
    command = AcceptTransfer(transfer_id=transfer_id, leave_out=tuple(leave_out or ()), with_loans=with_loans)
    return TransferOut.of(await accepting.accept_transfer(command, issuer=issuer), actor)


@post(
    "/{transfer_id:uuid}/refuse",
    status_code=200,
    operation_id="RefuseTransfer",
    summary="Refuser un transfert",
    tags=TAGS,
    responses=problems(*WRITE, examples=EXAMPLES),
)
async def refuse_transfer(
    transfer_id: FromPath[UUID],
    data: JSONBody[RefusalBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> TransferOut:
    """Rien ne passe ; le motif est lu par les deux services."""
    command = data.command(transfer_id=transfer_id)
    return TransferOut.of(await transfers.refuse_transfer(command, actor=actor, now=now), actor)


@post(
    "/{transfer_id:uuid}/withdraw",
    status_code=200,
    operation_id="WithdrawTransfer",
    summary="Retirer un transfert demandé",
    tags=TAGS,
    responses=problems(*WRITE, examples=EXAMPLES),
)
async def withdraw_transfer(
    transfer_id: FromPath[UUID], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> TransferOut:
    """Par le service qui l'a demandé, tant que l'autre n'a pas répondu."""
    return TransferOut.of(await transfers.withdraw_transfer(transfer_id, actor=actor, now=now), actor)


@post(
    "/{transfer_id:uuid}/return",
    status_code=200,
    operation_id="ReturnTransfer",
    summary="Rendre un prêt entre services",
    tags=TAGS,
    responses=problems(*WRITE, examples=EXAMPLES | LENT),
)
async def return_transfer(
    transfer_id: FromPath[UUID], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> TransferOut:
    """Par l'un ou l'autre : le transfert en retour, que l'autre accepte ; ce prêt même, si plus rien n'est à rendre."""
    return TransferOut.of(await service_loans.ask_return(transfer_id, actor=actor, now=now), actor)


@post(
    "/{transfer_id:uuid}/extension",
    status_code=200,
    operation_id="ExtendTransfer",
    summary="Demander de prolonger un prêt entre services",
    tags=TAGS,
    responses=problems(*WRITE, examples=EXAMPLES | LENT),
)
async def extend_transfer(
    transfer_id: FromPath[UUID],
    data: JSONBody[ExtensionBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> TransferOut:
    """Le jour convenu reste celui-là tant que l'autre service n'a pas accepté."""
    command = data.command(transfer_id=transfer_id)
    return TransferOut.of(await service_loans.ask_extension(command, actor=actor, now=now), actor)


@post(
    "/{transfer_id:uuid}/extension/answer",
    status_code=200,
    operation_id="AnswerExtension",
    summary="Répondre à une prolongation",
    tags=TAGS,
    responses=problems(*WRITE, examples=EXAMPLES | LENT),
)
async def answer_extension(
    transfer_id: FromPath[UUID],
    data: JSONBody[ExtensionAnswerBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> TransferOut:
    """Par l'autre service que celui qui l'a demandée."""
    command = data.command(transfer_id=transfer_id)
    return TransferOut.of(await service_loans.answer_extension(command, actor=actor, now=now), actor)


router = Router(
    path="/transfers",
    dependencies={"issuer": Provide(provide_issuer)},
    route_handlers=[
        ask_transfer,
        list_transfers,
        read_transfer,
        read_act,
        accept_transfer,
        refuse_transfer,
        withdraw_transfer,
        return_transfer,
        extend_transfer,
        answer_extension,
    ],
)
