"""Webhooks of a service: add one and show its secret once, set it aside, try it, delete it; what became of its calls.

The secret that signs is made of the installation's and of the webhook's identifier: it is kept nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated
from urllib.parse import urlsplit
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.language.bounds import filled, several
from materiel.domain.work.webhook import (
    TEST_EVENT,
    URL_MAX,
    Call,
    Webhook,
    WebhookEvent,
    WebhookState,
    body_of,
    check_not_too_many,
    checked_webhook,
)
from materiel.errors import Conflict
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.work import webhook as webhooks
from materiel.use_cases.process.secrecy import key_for

CALLS_SHOWN = 50
PREFIX = "webhook_"
"""Lets a leaked secret be recognised in a file or a log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddWebhook:
    """An address to call, and the events that it is told of."""

    url: Annotated[str, filled(URL_MAX)]
    events: Annotated[tuple[WebhookEvent, ...], several(len(WebhookEvent), least=1)]


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """A webhook just added, with the `secret` that signs its calls: it is shown now."""

    webhook: Webhook
    secret: str


@dataclass(frozen=True, slots=True)
class WebhookCalls:
    """A webhook and its last calls, the newest first."""

    webhook: Webhook
    calls: tuple[Call, ...]


def secret_of(webhook_id: UUID, secret_key: str) -> str:
    """What signs the calls of a webhook."""
    return PREFIX + key_for(secret_key, f"webhook:{webhook_id}").hex()


async def list_webhooks(*, actor: Actor) -> list[Webhook]:
    """The webhooks of the actor's service, the first added first."""
    actor.require(Permission.ADMINISTER)
    return await webhooks.of_service(actor.service_id)


async def read_webhook(webhook_id: UUID, *, actor: Actor) -> WebhookCalls:
    """A webhook, and what became of its last calls.

    Raises:
        NotFound: `webhook.not_found`.
    """
    actor.require(Permission.ADMINISTER)
    webhook = await webhooks.get(webhook_id, actor.service_id)
    return WebhookCalls(webhook, tuple(await webhooks.last_calls(webhook.id, limit=CALLS_SHOWN)))


@in_one_visit
async def add_webhook(
    command: AddWebhook, *, networks: str, secret_key: str, actor: Actor, now: datetime
) -> NewWebhook:
    """Add a webhook, told of what happens from now on. The journal keeps its host alone: an address may hold a token.

    Args:
        networks: those inside that the settings allow.
        secret_key: the installation's.

    Raises:
        RuleBroken: `webhook.invalid`, `webhook.too_many`.
    """
    actor.require(Permission.ADMINISTER)
    url, events = checked_webhook(command.url, command.events, networks)
    async with write_transaction():
        check_not_too_many(len(await webhooks.of_service(actor.service_id)))
        last = await journal.head(actor.service_id)
        webhook = Webhook(
            id=new_id(),
            service_id=actor.service_id,
            url=url,
            events=events,
            state=WebhookState.ACTIVE,
            told_to=last.sequence if last is not None else 0,
            created_at=now,
        )
        await webhooks.insert(webhook)
        await _note("webhook.added", webhook, actor, now)
    return NewWebhook(webhook, secret_of(webhook.id, secret_key))


@in_one_visit
async def pause_webhook(webhook_id: UUID, *, actor: Actor, now: datetime) -> Webhook:
    """Set a webhook aside: what happens meanwhile is told when it is resumed.

    Raises:
        NotFound: `webhook.not_found`.
        Conflict: `webhook.not_active`.
    """
    actor.require(Permission.ADMINISTER)
    async with write_transaction():
        webhook = await webhooks.get(webhook_id, actor.service_id)
        if webhook.state is not WebhookState.ACTIVE:
            raise Conflict("webhook.not_active", "Ce webhook n'est pas appelé : il n'y a rien à mettre en pause.")
        await webhooks.set_state(webhook.id, WebhookState.PAUSED)
        await _note("webhook.paused", webhook, actor, now)
    return replace(webhook, state=WebhookState.PAUSED)


@in_one_visit
async def resume_webhook(webhook_id: UUID, *, actor: Actor, now: datetime) -> Webhook:
    """Call a webhook again: what was not answered is tried anew, and what happened since is told.

    Raises:
        NotFound: `webhook.not_found`.
        Conflict: `webhook.active`.
    """
    actor.require(Permission.ADMINISTER)
    async with write_transaction():
        webhook = await webhooks.get(webhook_id, actor.service_id)
        if webhook.state is WebhookState.ACTIVE:
            raise Conflict("webhook.active", "Ce webhook est déjà appelé.")
        await webhooks.set_state(webhook.id, WebhookState.ACTIVE)
        await webhooks.revive(webhook.id, now)
        await _note("webhook.resumed", webhook, actor, now)
    return replace(webhook, state=WebhookState.ACTIVE)


@in_one_visit
async def try_webhook(webhook_id: UUID, *, actor: Actor, now: datetime) -> Call:
    """Queue a call that tells of nothing, to see that it arrives and that its signature is checked.

    Raises:
        NotFound: `webhook.not_found`.
        Conflict: `webhook.not_active`.
    """
    actor.require(Permission.ADMINISTER)
    async with write_transaction():
        webhook = await webhooks.get(webhook_id, actor.service_id)
        if webhook.state is not WebhookState.ACTIVE:
            raise Conflict("webhook.not_active", "Ce webhook n'est pas appelé : reprenez-le, puis essayez-le.")
        call_id = new_id()
        call = Call(
            id=call_id,
            webhook_id=webhook.id,
            event=TEST_EVENT,
            body=body_of(call_id, TEST_EVENT, now, "webhook", str(webhook.id), None),
            created_at=now,
            next_attempt_at=now,
        )
        await webhooks.add_calls([call])
    return call


@in_one_visit
async def delete_webhook(webhook_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Delete a webhook and its calls: nothing is told there any more.

    Raises:
        NotFound: `webhook.not_found`.
    """
    actor.require(Permission.ADMINISTER)
    async with write_transaction():
        webhook = await webhooks.get(webhook_id, actor.service_id)
        await webhooks.delete(webhook.id)
        await _note("webhook.deleted", webhook, actor, now)


async def _note(action: str, webhook: Webhook, actor: Actor, now: datetime) -> None:
    host = urlsplit(webhook.url).hostname or ""
    await journal.by(actor, now).note(action, webhook.id, {"host": host}, of="webhook")
