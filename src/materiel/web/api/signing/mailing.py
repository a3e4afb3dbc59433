"""HTTP for what is done in number: notices sent, signatures of a pile recorded, all or none."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from litestar import Router, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Struct

from materiel.domain.accounts.roles import Actor
from materiel.domain.papers.document import NoticeChannel
from materiel.settings import Settings
from materiel.use_cases.desk.notice import SendNotices, send_notices
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.signing.batch import RecordBatch, record_batch
from materiel.web.api.body import CommandBody
from materiel.web.api.problems import WRITE, problems


class NoticesBody(CommandBody[SendNotices]):
    """Les notifications à envoyer, et comment : `email` ou `post`."""


class NotSentOut(Struct):
    """Une notification qui ne peut pas partir ainsi, et pourquoi."""

    document: UUID
    recipient: str
    reason: str


class NoticesOut(Struct):
    """`queued` : messages à envoyer, un par destinataire ; `posted` : documents notés postés ; `left` : le reste."""

    channel: NoticeChannel
    queued: int
    posted: int
    left: list[NotSentOut]


class BatchBody(CommandBody[RecordBatch]):
    """Les documents d'une pile signée sur papier par la même partie, le même jour."""


class BatchOut(Struct):
    """Combien de signatures sont enregistrées, et de quels documents."""

    signed: int
    documents: list[UUID]


UNKNOWN = {404: ("document.not_found", "Ce document n'existe pas dans votre service. Vérifiez le lien.")}


@post(
    "/notices/send",
    status_code=200,
    operation_id="SendNotices",
    summary="Envoyer des notifications en nombre",
    tags=["Documents"],
    responses=problems(*WRITE, examples=UNKNOWN),
)
async def send(
    data: JSONBody[NoticesBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> NoticesOut:
    """Un message par destinataire, avec un lien vers ses notifications ; ou la poste, que quelqu'un atteste."""
    command = data.command()
    done = await send_notices(
        command, issuer=Issuer(actor=actor, now=now, base_url=settings.base_url, label_url=settings.label_url)
    )
    left = [NotSentOut(document=each.document_id, recipient=each.name, reason=each.reason) for each in done.left]
    return NoticesOut(channel=command.channel, queued=done.queued, posted=done.posted, left=left)


@post(
    "/signatures",
    status_code=200,
    operation_id="RecordSignatures",
    summary="Enregistrer les signatures d'une pile",
    tags=["Documents"],
    responses=problems(*WRITE, examples=UNKNOWN),
)
async def sign(data: JSONBody[BatchBody], actor: NamedDependency[Actor], now: NamedDependency[datetime]) -> BatchOut:
    """Toutes ou aucune. Une signature électronique demande sa preuve : elle n'entre pas par ici."""
    command = data.command()
    done = await record_batch(command, actor=actor, now=now)
    return BatchOut(signed=done, documents=list(dict.fromkeys(command.document_ids)))


router = Router("/", route_handlers=[send, sign])
