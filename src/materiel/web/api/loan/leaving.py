"""HTTP for a pupil who leaves the académie: note it, record the contact with the other one, take it back."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from litestar import Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from materiel.domain.accounts.roles import Actor
from materiel.domain.loan.elsewhere.leaving import Fate, Leaving
from materiel.use_cases.loan.elsewhere import leaving as use_cases
from materiel.use_cases.loan.elsewhere import liaison
from materiel.use_cases.loan.elsewhere.leaving import ReachedLoan, RecordLeaving
from materiel.use_cases.loan.elsewhere.liaison import RecordContact
from materiel.use_cases.papers.issuer import Issuer
from materiel.web.acting import provide_issuer
from materiel.web.api.body import CommandBody
from materiel.web.api.examples import example_of
from materiel.web.api.people.correction import ReasonBody
from materiel.web.api.problems import READ, WRITE, problems


class LeavingBody(CommandBody[RecordLeaving], given=("pupil_id",)):
    """Un départ de l'académie. `kept_until` laisse à l'élève ce qui va au domicile, d'accord entre les deux services :
    `contact_on` et `contact_with` disent alors quand, et avec lequel."""


class ContactBody(CommandBody[RecordContact], given=("pupil_id", "leaving_id")):
    """Quand le contact a été pris, et avec quel service ; l'académie, si elle n'était pas connue."""


class LeavingLoanOut(Struct):
    """Un prêt de l'élève, et ce qu'il en advient."""

    loan: UUID
    number: str
    fate: Fate

    @classmethod
    def of(cls, reached: ReachedLoan) -> LeavingLoanOut:
        """The wire form of a loan that a departure reaches."""
        agreement = reached.case.agreement
        return cls(loan=reached.case.loan.id, number=agreement.number if agreement else "", fate=reached.fate)


class LeavingOut(Struct):
    """Un départ noté sur la fiche d'un élève. `withdrawn_at` : il l'avait été par erreur."""

    id: UUID
    pupil: UUID
    left_on: date
    academie: str
    departement: str
    school: str
    kept_until: date | None
    contact_on: date | None
    contact_with: str
    withdrawn_at: datetime | None

    @classmethod
    def of(cls, noted: Leaving) -> LeavingOut:
        """The wire form of a departure."""
        same = {name: getattr(noted, name) for name in cls.__struct_fields__ if name != "pupil"}
        return cls(pupil=noted.pupil_id, **same)


class NotedOut(Struct):
    """Un départ, ce que devient chaque prêt, et à qui l'on écrit ou qui reste à prévenir par la poste."""

    leaving: LeavingOut
    loans: list[LeavingLoanOut]
    written_to: list[str]
    to_print: list[str]

    @classmethod
    def of(cls, left: use_cases.NotedLeaving) -> NotedOut:
        """The wire form of what a departure did."""
        return cls(
            leaving=LeavingOut.of(left.leaving),
            loans=[LeavingLoanOut.of(each) for each in left.loans],
            written_to=list(left.letters.written_to),
            to_print=list(left.letters.to_print),
        )


class LeavingList(Struct):
    """Les départs d'un élève, le plus ancien d'abord."""

    items: list[LeavingOut]


EXAMPLES = {404: ("leaving.not_found", "Ce départ n'est pas noté sur la fiche de cet élève.")}


@get(
    "/{pupil_id:uuid}/leavings",
    operation_id="ListLeavings",
    summary="Lire les départs d'un élève",
    tags=["Élèves"],
    responses=problems(*READ, examples={404: ("pupil.not_found", "Aucun élève de votre service n'a cet identifiant.")}),
)
async def list_leavings(pupil_id: FromPath[UUID], actor: NamedDependency[Actor]) -> LeavingList:
    """Y compris ceux qui ont été notés par erreur."""
    return LeavingList(items=[LeavingOut.of(each) for each in await liaison.leavings_of(pupil_id, actor=actor)])


@post(
    "/{pupil_id:uuid}/leavings",
    operation_id="RecordLeaving",
    summary="Noter qu'un élève quitte l'académie",
    tags=["Élèves"],
    responses=problems(
        *WRITE, examples={409: ("leaving.already_noted", "Un départ est déjà noté, et le contact reste à prendre.")}
    ),
)
async def record_leaving(
    pupil_id: FromPath[UUID], data: JSONBody[LeavingBody], issuer: NamedDependency[Issuer]
) -> NotedOut:
    """Chaque prêt en cours est redemandé, avec sa lettre, ou annulé si rien n'est remis : tous, ou aucun.

    Rien n'est envoyé à l'autre académie : le contact est pris par le service, qui le note ensuite.
    """
    return NotedOut.of(await use_cases.record_leaving(data.command(pupil_id=pupil_id), issuer=issuer))


@post(
    "/{pupil_id:uuid}/leavings/{leaving_id:uuid}/contact",
    status_code=200,
    operation_id="RecordLiaison",
    summary="Noter le contact pris avec l'autre académie",
    tags=["Élèves"],
    responses=problems(*WRITE, examples=EXAMPLES | {409: ("leaving.contacted", "Ce contact est déjà noté.")}),
)
async def record_contact(
    pupil_id: FromPath[UUID],
    leaving_id: FromPath[UUID],
    data: JSONBody[ContactBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> LeavingOut:
    """Le service contacté, jamais une donnée de santé."""
    command = data.command(pupil_id=pupil_id, leaving_id=leaving_id)
    return LeavingOut.of(await liaison.record_contact(command, actor=actor, now=now))


@post(
    "/{pupil_id:uuid}/leavings/{leaving_id:uuid}/withdraw",
    status_code=200,
    operation_id="WithdrawLeaving",
    summary="Retirer un départ noté par erreur",
    tags=["Élèves"],
    opt={"example": {"leaving": example_of(LeavingOut) | {"withdrawn_at": "2026-11-25T09:00:00Z"}}},
    responses=problems(*WRITE, examples=EXAMPLES | {409: ("leaving.withdrawn", "Ce départ est déjà retiré.")}),
)
async def withdraw_leaving(
    pupil_id: FromPath[UUID],
    leaving_id: FromPath[UUID],
    data: JSONBody[ReasonBody],
    issuer: NamedDependency[Issuer],
) -> NotedOut:
    """Les retours demandés pour ce départ ne le sont plus ; un prêt annulé reste à refaire."""
    command = use_cases.WithdrawLeaving(pupil_id=pupil_id, leaving_id=leaving_id, reason=data.reason)
    return NotedOut.of(await use_cases.withdraw_leaving(command, issuer=issuer))


router = Router(
    "/pupils",
    route_handlers=[list_leavings, record_leaving, record_contact, withdraw_leaving],
    dependencies={"issuer": Provide(provide_issuer)},
)
