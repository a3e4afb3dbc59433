"""HTTP for pauses: the days on which the service sends nothing by itself, and a disagreement about one loan."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from litestar import Router, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from materiel.domain.accounts.roles import Actor
from materiel.domain.work.pause import LoanPause, PauseReason, ServicePause
from materiel.use_cases.work import pause as pauses
from materiel.use_cases.work.pause import AddPause, PauseLoan
from materiel.web.api.body import CommandBody
from materiel.web.api.problems import LIST, READ, WRITE, problems

INVALID = {422: ("pause.invalid", "Le dernier jour ne peut pas précéder le premier.")}
UNKNOWN = {404: ("pause.not_found", "Cette pause n'existe pas, ou plus, dans votre service.")}
NO_LOAN = {404: ("loan.not_found", "Aucun prêt de votre service n'a cet identifiant.")}


class PauseBody(CommandBody[AddPause]):
    """Des jours, compris l'un et l'autre, où rien ne part de soi-même ; `yearly` : les mêmes chaque année."""


class LoanPauseBody(CommandBody[PauseLoan], given=("loan_id",)):
    """Pourquoi rien ne part de soi-même pour ce prêt. Sans `ends_on`, jusqu'à ce que la pause soit levée."""


class PauseOut(Struct):
    """Une pause du service."""

    id: UUID
    name: str
    starts_on: date
    ends_on: date
    yearly: bool

    @classmethod
    def of(cls, pause: ServicePause) -> PauseOut:
        """The wire form of a pause."""
        return cls(**{name: getattr(pause, name) for name in cls.__struct_fields__})


class PauseList(Struct):
    """Les pauses du service, la première d'abord."""

    items: list[PauseOut]


class LoanPauseOut(Struct):
    """La pause d'un prêt. `reason` est nul quand rien n'est arrêté."""

    loan: UUID
    reason: PauseReason | None
    starts_on: date | None
    ends_on: date | None

    @classmethod
    def of(cls, loan_id: UUID, pause: LoanPause | None) -> LoanPauseOut:
        """The wire form of the pause of a loan, or of none."""
        if pause is None:
            return cls(loan=loan_id, reason=None, starts_on=None, ends_on=None)
        return cls(loan=loan_id, reason=pause.reason, starts_on=pause.starts_on, ends_on=pause.ends_on)


@get("/", operation_id="ListPauses", summary="Lire les pauses du service", tags=["Service"], responses=problems(*LIST))
async def list_pauses(actor: NamedDependency[Actor]) -> PauseList:
    """Ces jours-là, rien ne part de soi-même ; ce qu'une personne envoie exprès part."""
    return PauseList(items=[PauseOut.of(each) for each in await pauses.list_pauses(actor=actor)])


@post(
    "/",
    operation_id="AddPause",
    summary="Noter une pause du service",
    tags=["Service"],
    responses=problems(*WRITE, examples=INVALID),
)
async def add_pause(
    data: JSONBody[PauseBody], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> PauseOut:
    """Ce qui attend alors part à la reprise ; les relances reprennent d'elles-mêmes, une par personne."""
    return PauseOut.of(await pauses.add_pause(data.command(), actor=actor, now=now))


@delete(
    "/{pause_id:uuid}",
    operation_id="RemovePause",
    summary="Retirer une pause du service",
    tags=["Service"],
    responses=problems(*READ, examples=UNKNOWN),
)
async def remove_pause(pause_id: FromPath[UUID], actor: NamedDependency[Actor], now: NamedDependency[datetime]) -> None:
    """Ce qu'elle retenait part."""
    await pauses.remove_pause(pause_id, actor=actor, now=now)


@get(
    "/{loan_id:uuid}/pause",
    operation_id="ReadLoanPause",
    summary="Lire la pause d'un prêt",
    tags=["Prêts"],
    responses=problems(*READ, examples=NO_LOAN),
)
async def read_loan_pause(
    loan_id: FromPath[UUID], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> LoanPauseOut:
    """La pause qui vaut aujourd'hui."""
    return LoanPauseOut.of(loan_id, await pauses.loan_pause(loan_id, actor=actor, now=now))


@put(
    "/{loan_id:uuid}/pause",
    operation_id="PauseLoan",
    summary="Arrêter les messages automatiques d'un prêt",
    tags=["Prêts"],
    responses=problems(*WRITE, examples=NO_LOAN | INVALID | {409: ("loan.over", "Ce prêt est terminé.")}),
)
async def pause_loan(
    loan_id: FromPath[UUID],
    data: JSONBody[LoanPauseBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> LoanPauseOut:
    """Un désaccord : rien ne part de soi-même, ni en nombre ; ce qu'une personne envoie exprès part."""
    return LoanPauseOut.of(loan_id, await pauses.pause_loan(data.command(loan_id=loan_id), actor=actor, now=now))


@delete(
    "/{loan_id:uuid}/pause",
    operation_id="LiftLoanPause",
    summary="Laisser repartir les messages d'un prêt",
    tags=["Prêts"],
    responses=problems(
        *READ, 409, examples=NO_LOAN | {409: ("pause.none", "Les messages de ce prêt ne sont pas arrêtés.")}
    ),
)
async def lift_loan_pause(
    loan_id: FromPath[UUID], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> None:
    """Ce qu'elle retenait part, s'il est encore vrai."""
    await pauses.lift_loan_pause(loan_id, actor=actor, now=now)


of_service = Router("/service/pauses", route_handlers=[list_pauses, add_pause, remove_pause])
of_loan = Router("/loans", route_handlers=[read_loan_pause, pause_loan, lift_loan_pause])
