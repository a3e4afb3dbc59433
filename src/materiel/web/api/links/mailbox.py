"""HTTP for the mailboxes of schools and communes: read what is in use, confirm a new one by its code."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta, Struct

from materiel.domain.accounts.roles import Actor
from materiel.use_cases.links import mailbox as mailboxes
from materiel.use_cases.links.institution import InviteInstitution
from materiel.web.api.body import Body
from materiel.web.api.problems import READ, WRITE, problems

Code = Annotated[
    str,
    Meta(min_length=1, max_length=20, examples=["012345"], description="Les six chiffres lus dans la nouvelle boîte."),
]


class MailboxCode(Body):
    """Le code lu dans la nouvelle boîte."""

    code: Code


class MunicipalityMailboxCode(Body):
    """Le code lu dans la nouvelle boîte de la mairie, ou de la collectivité qui gère ses écoles."""

    code: Code
    of_authority: bool = False


class MailboxOut(Struct):
    """La boîte employée par le service, celle de l'annuaire pour un établissement, et celle qui attend son code."""

    email: str
    published_email: str
    pending_email: str | None
    expires_at: datetime | None

    @classmethod
    def of(cls, mailbox: mailboxes.Mailbox) -> MailboxOut:
        """The wire form of a mailbox."""
        waiting = mailbox.pending
        return cls(
            email=mailbox.email,
            published_email=mailbox.published,
            pending_email=waiting.email if waiting else None,
            expires_at=waiting.expires_at if waiting else None,
        )


CONFIRMED = {"email": "accueil@example.org", "pending_email": None, "expires_at": None}
EXAMPLES = {
    404: ("mailbox.nothing_pending", "Aucune nouvelle adresse n'attend de code pour cette institution."),
    409: ("idempotency.key_reused", "Cette clé Idempotency-Key a déjà servi pour une autre demande."),
}


@get(
    "/schools/{uai:str}/mailbox",
    operation_id="ReadSchoolMailbox",
    summary="Lire la boîte d'un établissement",
    tags=["Établissements"],
    responses=problems(*READ, examples={404: ("school.not_found", "Aucun établissement ne porte cet UAI.")}),
)
async def show_school_mailbox(uai: FromPath[str], actor: NamedDependency[Actor]) -> MailboxOut:
    """Telle que votre service la connaît ; un autre service a la sienne."""
    return MailboxOut.of(await mailboxes.read_mailbox(InviteInstitution(uai=uai), actor=actor))


@post(
    "/schools/{uai:str}/mailbox/confirm",
    status_code=200,
    operation_id="ConfirmSchoolMailbox",
    summary="Confirmer la nouvelle boîte d'un établissement",
    tags=["Établissements"],
    opt={"example": CONFIRMED},
    responses=problems(*WRITE, examples=EXAMPLES),
)
async def confirm_school_mailbox(
    uai: FromPath[str], data: JSONBody[MailboxCode], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> MailboxOut:
    """Jusque-là, l'ancienne boîte sert."""
    command = InviteInstitution(uai=uai)
    return MailboxOut.of(await mailboxes.confirm_mailbox(command, data.code, actor=actor, now=now))


@get(
    "/municipalities/{insee:str}/mailbox",
    operation_id="ReadMunicipalityMailbox",
    summary="Lire la boîte d'une mairie",
    tags=["Service"],
    responses=problems(*READ, examples={404: ("municipality.not_found", "Aucune commune ne porte ce code INSEE.")}),
)
async def show_municipality_mailbox(
    insee: FromPath[str], actor: NamedDependency[Actor], of_authority: FromQuery[bool] = False
) -> MailboxOut:
    """Celle de la mairie, ou par `of_authority` celle de la collectivité qui gère ses écoles."""
    command = InviteInstitution(insee_code=insee, of_authority=of_authority)
    return MailboxOut.of(await mailboxes.read_mailbox(command, actor=actor))


@post(
    "/municipalities/{insee:str}/mailbox/confirm",
    status_code=200,
    operation_id="ConfirmMunicipalityMailbox",
    summary="Confirmer la nouvelle boîte d'une mairie",
    tags=["Service"],
    opt={"example": CONFIRMED},
    responses=problems(*WRITE, examples=EXAMPLES),
)
async def confirm_municipality_mailbox(
    insee: FromPath[str],
    data: JSONBody[MunicipalityMailboxCode],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> MailboxOut:
    """Jusque-là, l'ancienne boîte sert."""
    command = InviteInstitution(insee_code=insee, of_authority=data.of_authority)
    return MailboxOut.of(await mailboxes.confirm_mailbox(command, data.code, actor=actor, now=now))


router = Router(
    "/",
    route_handlers=[
        show_school_mailbox,
        confirm_school_mailbox,
        show_municipality_mailbox,
        confirm_municipality_mailbox,
    ],
)
