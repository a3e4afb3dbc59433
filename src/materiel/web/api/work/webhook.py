"""HTTP for webhooks: add one, read its calls, set it aside, try it, delete it; for administrators."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from litestar import Router, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from materiel.domain.accounts.roles import Actor
from materiel.domain.work.webhook import Call, CallState, Webhook, WebhookEvent, WebhookState
from materiel.settings import Settings
from materiel.use_cases.work import webhook as webhooks
from materiel.use_cases.work.webhook import AddWebhook
from materiel.web.api.body import CommandBody
from materiel.web.api.problems import LIST, READ, WRITE, problems

TAGS = ["Webhooks"]
UNKNOWN = {404: ("webhook.not_found", "Ce webhook n'existe pas, ou plus, dans votre service.")}
INVALID = {422: ("webhook.invalid", "Indiquez une adresse en https.")}
IDLE = {409: ("webhook.not_active", "Ce webhook n'est pas appelé : il n'y a rien à mettre en pause.")}


class WebhookBody(CommandBody[AddWebhook]):
    """Une adresse à prévenir, et de quoi. Une adresse à l'intérieur du réseau est refusée, sauf réglage."""


class WebhookOut(Struct):
    """Un webhook. `broken` : personne n'a répondu pendant un jour et demi ; il garde sa place, et se reprend."""

    id: UUID
    url: str
    events: list[WebhookEvent]
    state: WebhookState
    created_at: datetime

    @classmethod
    def of(cls, webhook: Webhook) -> WebhookOut:
        """The wire form of a webhook."""
        same = {name: getattr(webhook, name) for name in ("id", "url", "state", "created_at")}
        return cls(events=[WebhookEvent(each) for each in webhook.events], **same)


class WebhookMade(WebhookOut, kw_only=True):
    """Un webhook qui vient d'être ajouté, avec le secret qui signe ses appels : il n'est montré qu'ici."""

    secret: str


class WebhookList(Struct):
    """Les webhooks du service, le premier ajouté d'abord."""

    items: list[WebhookOut]


class CallOut(Struct):
    """Un appel. `body` : ce qui est envoyé, toujours le même ; `failure` : pourquoi le dernier essai a échoué."""

    id: UUID
    event: str
    state: CallState
    attempts: int
    created_at: datetime
    sent_at: datetime | None
    failure: str
    body: str

    @classmethod
    def of(cls, call: Call) -> CallOut:
        """The wire form of a call."""
        same = {name: getattr(call, name) for name in cls.__struct_fields__ if name != "failure"}
        return cls(failure=call.error, **same)


class CallList(Struct):
    """Les cinquante derniers appels d'un webhook, le plus récent d'abord ; gardés un mois."""

    items: list[CallOut]


@get("/", operation_id="ListWebhooks", summary="Lister les webhooks", tags=TAGS, responses=problems(*LIST))
async def list_webhooks(actor: NamedDependency[Actor]) -> WebhookList:
    """Ceux du service, sans leur secret."""
    return WebhookList(items=[WebhookOut.of(each) for each in await webhooks.list_webhooks(actor=actor)])


@post(
    "/",
    operation_id="AddWebhook",
    summary="Ajouter un webhook",
    tags=TAGS,
    responses=problems(*WRITE, examples=INVALID),
)
async def add_webhook(
    data: JSONBody[WebhookBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> WebhookMade:
    """Chaque appel porte `Materiel-Signature: t=<instant>,v1=<HMAC-SHA256 de "<instant>.<corps>">`, en hexadécimal.

    Un appel peut arriver deux fois, avec le même `id`, et hors de l'ordre ; une réponse 2xx le prend, 410 arrête tout.
    """
    added = await webhooks.add_webhook(
        data.command(), networks=settings.webhook_networks, secret_key=settings.secret_key, actor=actor, now=now
    )
    made = WebhookOut.of(added.webhook)
    return WebhookMade(secret=added.secret, **{name: getattr(made, name) for name in made.__struct_fields__})


@get(
    "/{webhook_id:uuid}",
    operation_id="ReadWebhook",
    summary="Lire un webhook",
    tags=TAGS,
    responses=problems(*READ, examples=UNKNOWN),
)
async def read_webhook(webhook_id: FromPath[UUID], actor: NamedDependency[Actor]) -> WebhookOut:
    """Sans son secret."""
    return WebhookOut.of((await webhooks.read_webhook(webhook_id, actor=actor)).webhook)


@get(
    "/{webhook_id:uuid}/calls",
    operation_id="ListWebhookCalls",
    summary="Lire les derniers appels d'un webhook",
    tags=TAGS,
    responses=problems(*READ, examples=UNKNOWN),
)
async def list_calls(webhook_id: FromPath[UUID], actor: NamedDependency[Actor]) -> CallList:
    """Ce qui est parti, ce qui attend, ce qui est abandonné."""
    found = await webhooks.read_webhook(webhook_id, actor=actor)
    return CallList(items=[CallOut.of(each) for each in found.calls])


@post(
    "/{webhook_id:uuid}/pause",
    status_code=200,
    operation_id="PauseWebhook",
    summary="Mettre un webhook en pause",
    tags=TAGS,
    responses=problems(*WRITE, examples=UNKNOWN | IDLE),
)
async def pause_webhook(
    webhook_id: FromPath[UUID], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> WebhookOut:
    """Ce qui arrive entre-temps est dit à la reprise."""
    return WebhookOut.of(await webhooks.pause_webhook(webhook_id, actor=actor, now=now))


@post(
    "/{webhook_id:uuid}/resume",
    status_code=200,
    operation_id="ResumeWebhook",
    summary="Reprendre un webhook",
    tags=TAGS,
    responses=problems(*WRITE, examples=UNKNOWN | {409: ("webhook.active", "Ce webhook est déjà appelé.")}),
)
async def resume_webhook(
    webhook_id: FromPath[UUID], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> WebhookOut:
    """Ce qui n'a pas eu de réponse est essayé de nouveau, et ce qui est arrivé depuis est dit."""
    return WebhookOut.of(await webhooks.resume_webhook(webhook_id, actor=actor, now=now))


@post(
    "/{webhook_id:uuid}/test",
    status_code=202,
    operation_id="TestWebhook",
    summary="Essayer un webhook",
    tags=TAGS,
    responses=problems(*WRITE, examples=UNKNOWN | IDLE),
)
async def try_webhook(
    webhook_id: FromPath[UUID], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> CallOut:
    """Un appel `webhook.test` part dans les secondes qui suivent ; ses appels disent ce qu'il est devenu."""
    return CallOut.of(await webhooks.try_webhook(webhook_id, actor=actor, now=now))


@delete(
    "/{webhook_id:uuid}",
    operation_id="DeleteWebhook",
    summary="Supprimer un webhook",
    tags=TAGS,
    responses=problems(*READ, examples=UNKNOWN),
)
async def delete_webhook(
    webhook_id: FromPath[UUID], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> None:
    """Ses appels partent avec lui ; plus rien n'y est dit."""
    await webhooks.delete_webhook(webhook_id, actor=actor, now=now)


router = Router(
    "/webhooks",
    route_handlers=[
        list_webhooks,
        add_webhook,
        read_webhook,
        list_calls,
        pause_webhook,
        resume_webhook,
        try_webhook,
        delete_webhook,
    ],
)
