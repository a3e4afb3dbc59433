"""HTTP for référents, their sectors and their links: parse, call one use case, answer. No secret leaves by here."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from materiel.domain.accounts.roles import Actor
from materiel.domain.links.referent import Referent, ReferentLink
from materiel.use_cases.links import referent as referents
from materiel.use_cases.links.referent import ChangeReferent, RecordReferent, referents_page
from materiel.use_cases.papers.issuer import Issuer
from materiel.web.acting import provide_issuer
from materiel.web.api.body import CommandBody
from materiel.web.api.problems import LIST, READ, WRITE, problems
from materiel.web.http.paging import Cursor, Limit, cut, read_cursor

TAGS = ["Enseignants référents"]
EXAMPLES = {
    404: ("referent.not_found", "Cet enseignant référent n'est pas dans votre service."),
    409: ("referent.changed", "Cette fiche a été modifiée entre-temps. Rechargez-la, puis recommencez."),
}
INVALID = {422: ("referent.invalid", "Indiquez un établissement au moins, par son code UAI.")}
NOT_SENT = {
    422: ("referent.over", "Ce secteur est terminé : changez sa fin, si la même personne le garde cette année.")
}


class ReferentBody(CommandBody[RecordReferent]):
    """À qui un secteur est confié : `schools`, les UAI de ses établissements. `email` : l'adresse professionnelle.

    `ends_on` : le dernier jour du secteur, le plus souvent celui de l'année scolaire.
    """


class ReferentCorrectionBody(CommandBody[ChangeReferent], given=("referent_id",)):
    """La même fiche écrite de nouveau ; une autre adresse ferme ce que l'ancienne a reçu."""


class ReferentLinkOut(Struct):
    """Le dernier lien envoyé, sans son secret. `open` : il laisse entrer."""

    email: str
    sent_at: datetime
    last_opened_at: datetime | None
    closed_at: datetime | None
    open: bool

    @classmethod
    def of(cls, link: ReferentLink, now: datetime) -> ReferentLinkOut:
        """The wire form of a link."""
        return cls(
            email=link.email,
            sent_at=link.created_at,
            last_opened_at=link.last_opened_at,
            closed_at=link.revoked_at,
            open=link.opens(now),
        )


class ReferentSummary(Struct):
    """Un enseignant référent et son secteur, par les UAI. `current` : le secteur dure encore."""

    id: UUID
    name: str
    email: str
    ends_on: date
    schools: list[str]
    current: bool
    created_at: datetime
    version: int

    @classmethod
    def of(cls, referent: Referent, today: date) -> ReferentSummary:
        """The wire form of a référent, without the link."""
        return cls(**_told(referent, today))


class ReferentOut(ReferentSummary, kw_only=True):
    """La même fiche, et le dernier lien envoyé ; nul tant que rien n'est parti."""

    link: ReferentLinkOut | None


class ReferentPage(Struct):
    """Une page d'enseignants référents, dans l'ordre où ils ont été inscrits."""

    items: list[ReferentSummary]
    next_cursor: str | None


def _told(referent: Referent, today: date) -> dict[str, Any]:
    apart = ("schools", "current")
    same = {name: getattr(referent, name) for name in ReferentSummary.__struct_fields__ if name not in apart}
    return same | {"schools": list(referent.schools), "current": referent.is_current(today)}


async def _shown(referent_id: UUID, actor: Actor, now: datetime) -> ReferentOut:
    sheet = await referents.read_referent(referent_id, actor=actor)
    last = ReferentLinkOut.of(sheet.links[-1], now) if sheet.links else None
    return ReferentOut(**_told(sheet.referent, actor.civil_date(now)), link=last)


@post(
    "/",
    operation_id="RecordReferent",
    summary="Confier un secteur",
    tags=TAGS,
    responses=problems(*WRITE, examples=EXAMPLES | INVALID),
)
async def record(
    data: JSONBody[ReferentBody], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> ReferentOut:
    """Rien ne part : le lien s'envoie par `POST /api/referents/{id}/link`."""
    made = await referents.record_referent(data.command(), actor=actor, now=now)
    return await _shown(made.id, actor, now)


@get(
    "/",
    operation_id="ListReferents",
    summary="Lister les enseignants référents",
    tags=TAGS,
    responses=problems(*LIST),
)
async def list_page(
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    current: FromQuery[bool | None] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> ReferentPage:
    """`current` : ceux dont le secteur dure encore, ou ceux dont il est terminé."""
    after = read_cursor(cursor, UUID)
    found = await referents_page(actor=actor, now=now, current=current, limit=limit + 1, after=after)
    shown, following = cut(found, limit, lambda each: each.id)
    today = actor.civil_date(now)
    return ReferentPage(items=[ReferentSummary.of(each, today) for each in shown], next_cursor=following)


@get(
    "/{referent_id:uuid}",
    operation_id="ReadReferent",
    summary="Lire un enseignant référent",
    tags=TAGS,
    responses=problems(*READ, examples=EXAMPLES),
)
async def read(
    referent_id: FromPath[UUID], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> ReferentOut:
    """Son secteur, et où en est son lien."""
    return await _shown(referent_id, actor, now)


@post(
    "/{referent_id:uuid}/correct",
    status_code=200,
    operation_id="CorrectReferent",
    summary="Modifier un secteur",
    tags=TAGS,
    responses=problems(*WRITE, examples=EXAMPLES | INVALID),
)
async def correct(
    referent_id: FromPath[UUID],
    data: JSONBody[ReferentCorrectionBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> ReferentOut:
    """Le lien suit : ce qui n'est plus du secteur ne s'y voit plus."""
    await referents.change_referent(data.command(referent_id=referent_id), actor=actor, now=now)
    return await _shown(referent_id, actor, now)


@post(
    "/{referent_id:uuid}/link",
    status_code=200,
    operation_id="SendReferentLink",
    summary="Envoyer un lien à un enseignant référent",
    tags=TAGS,
    responses=problems(*WRITE, examples=EXAMPLES | NOT_SENT),
)
async def send(referent_id: FromPath[UUID], issuer: NamedDependency[Issuer]) -> ReferentOut:
    """Par courriel, à lui seul : le lien n'est dans aucune réponse. Il remplace le précédent une fois ouvert."""
    await referents.send_referent_link(referent_id, issuer=issuer)
    return await _shown(referent_id, issuer.actor, issuer.now)


@post(
    "/{referent_id:uuid}/link/close",
    status_code=200,
    operation_id="CloseReferentLink",
    summary="Fermer le lien d'un enseignant référent",
    tags=TAGS,
    responses=problems(*WRITE, examples=EXAMPLES),
)
async def close(
    referent_id: FromPath[UUID], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> ReferentOut:
    """Aussitôt, sessions ouvertes comprises. Une seconde fois ne change rien."""
    await referents.close_referent_links(referent_id, actor=actor, now=now)
    return await _shown(referent_id, actor, now)


router = Router(
    path="/referents",
    route_handlers=[record, list_page, read, correct, send, close],
    dependencies={"issuer": Provide(provide_issuer)},
)
