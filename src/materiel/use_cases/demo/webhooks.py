"""The webhook of the demonstration: set aside, so that nothing leaves, with what would be told when it is resumed."""

from __future__ import annotations

from materiel.domain.work.webhook import WebhookEvent
from materiel.use_cases.demo.teller import Teller
from materiel.use_cases.work.webhook import AddWebhook, add_webhook, pause_webhook, try_webhook


async def tell_webhooks(teller: Teller) -> None:
    """One address that belongs to nobody, told of hand-overs and returns; its first call waits."""
    command = AddWebhook(
        url="https://inventaire.exemple.invalid/materiel",
        events=(WebhookEvent.LOAN_HANDED_OVER, WebhookEvent.LOAN_RETURNED, WebhookEvent.DOCUMENT_SIGNED),
    )
    added = await add_webhook(command, networks="", secret_key="", actor=teller.actor, now=teller.at(3))
    await try_webhook(added.webhook.id, actor=teller.actor, now=teller.at(3))
    await pause_webhook(added.webhook.id, actor=teller.actor, now=teller.at(2))
