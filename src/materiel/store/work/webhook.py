"""Webhooks and their calls. A call is made from the journal, claimed for a lease, written back while it is one's own.

The journal is the outbox: an entry is written in the transaction of the act, and a webhook remembers up to which one
it was told. Nothing that was acknowledged is lost, and no act waits for a webhook.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from materiel.domain.work.webhook import MOST_TRIES, Call, Webhook, WebhookState
from materiel.errors import NotFound
from materiel.store.engine.lease import ENDED, bounds
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.rows import placeholders
from materiel.store.engine.statement import Statement
from materiel.store.tables import WebhookCallRow, WebhookRow

_WEBHOOK = Mapper(Webhook, WebhookRow)
_CALL = Mapper(Call, WebhookCallRow)
_OF_SERVICE = Statement("SELECT * FROM webhook WHERE service = {} ORDER BY id")
_BY_ID = Statement("SELECT * FROM webhook WHERE id = {} AND service = {}")
_ANY = Statement("SELECT * FROM webhook WHERE id = {}")
_ACTIVE = Statement(
    "SELECT webhook.* FROM webhook JOIN journal_head ON journal_head.chain = CAST(webhook.service AS VARCHAR(40))"
    " WHERE webhook.state = 'active' AND journal_head.sequence > webhook.told_to ORDER BY webhook.id"
)
# Two workers: the second finds the entry told already.
_ADVANCE = Statement("UPDATE webhook SET told_to = {} WHERE id = {} AND told_to = {} AND state = 'active' RETURNING id")
_SET_STATE = Statement("UPDATE webhook SET state = {} WHERE id = {}")
_DELETE_CALLS = Statement("DELETE FROM webhook_call WHERE webhook = {}")
_DELETE = Statement("DELETE FROM webhook WHERE id = {}")
_LAST = Statement(
    f"SELECT {_CALL.selected('webhook_call')} FROM webhook_call WHERE webhook = {{}} ORDER BY id DESC LIMIT {{}}"
)
_DUE = (
    "((webhook_call.state = 'queued' AND webhook_call.next_attempt_at <= {})"
    f" OR (webhook_call.state = 'sending' AND {ENDED}))"
)
_RECEIVERS = Statement(
    "SELECT webhook.id FROM webhook WHERE webhook.state = 'active' AND EXISTS (SELECT 1 FROM webhook_call"
    f" WHERE webhook_call.webhook = webhook.id AND webhook_call.state IN ('queued', 'sending') AND {_DUE})"
    " ORDER BY webhook.id"
)
_CLAIM = (
    "UPDATE webhook_call SET state = 'sending', worker = {}, lease_until = {}, attempts = attempts + 1 WHERE id = ("
    " SELECT webhook_call.id FROM webhook_call JOIN webhook ON webhook.id = webhook_call.webhook"
    f" WHERE webhook.id = {{}} AND webhook.state = 'active' AND {_DUE}"
    " ORDER BY webhook_call.next_attempt_at, webhook_call.id LIMIT 1%s) RETURNING " + _CALL.selected("webhook_call")
)
_CLAIM_NEXT = Statement(_CLAIM % "", postgres=_CLAIM % " FOR UPDATE OF webhook_call SKIP LOCKED")
_FREE = "worker = NULL, lease_until = NULL"
_MINE = "WHERE id = {} AND worker = {} AND state = 'sending' RETURNING id"
_SENT = Statement(f"UPDATE webhook_call SET state = 'sent', sent_at = {{}}, error = '', {_FREE} {_MINE}")
_LATER = Statement(f"UPDATE webhook_call SET state = 'queued', next_attempt_at = {{}}, error = {{}}, {_FREE} {_MINE}")
_DEAD = Statement(f"UPDATE webhook_call SET state = 'dead', next_attempt_at = {{}}, error = {{}}, {_FREE} {_MINE}")
_GIVE_BACK = Statement(
    f"UPDATE webhook_call SET state = 'queued', attempts = attempts - 1, {_FREE}"
    " WHERE worker = {} AND state = 'sending'"
)
_REVIVE = Statement(
    "UPDATE webhook_call SET state = 'queued', attempts = 0, next_attempt_at = {}"
    " WHERE webhook = {} AND state IN ('queued', 'dead')"
)
_NUMBERS = {
    "loan": "SELECT loan AS id, number FROM document WHERE kind IN"
    " ('loan_agreement', 'tripartite_agreement', 'deposit_agreement') AND loan IN (%s) ORDER BY issued_at",
    "document": "SELECT id, number FROM document WHERE id IN (%s)",
    "item": "SELECT id, inventory_number AS number FROM item WHERE id IN (%s)",
}


async def insert(webhook: Webhook) -> None:
    """Add a webhook."""
    await insert_rows(WebhookRow, _WEBHOOK.row(webhook))


async def of_service(service_id: UUID) -> list[Webhook]:
    """The webhooks of a service, the first added first."""
    return [_WEBHOOK.value(row) for row in await _OF_SERVICE.fetch(service_id)]


async def get(webhook_id: UUID, service_id: UUID) -> Webhook:
    """The webhook of an id in a service.

    Raises:
        NotFound: `webhook.not_found`.
    """
    row = await _BY_ID.fetch_one(webhook_id, service_id)
    if row is None:
        raise NotFound("webhook.not_found", "Ce webhook n’existe pas, ou plus, dans votre service.")
    return _WEBHOOK.value(row)


async def of_call(call: Call) -> Webhook | None:
    """The webhook of a call, whatever the service; None once it is deleted."""
    row = await _ANY.fetch_one(call.webhook_id)
    return _WEBHOOK.value(row) if row is not None else None


async def untold() -> list[Webhook]:
    """The active webhooks of every service whose journal has entries that they were not told."""
    return [_WEBHOOK.value(row) for row in await _ACTIVE.fetch()]


async def advance(webhook: Webhook, to: int) -> bool:
    """Note that a webhook was told up to an entry; False when another worker was faster, or it was set aside."""
    return await _ADVANCE.fetch_one(to, webhook.id, webhook.told_to) is not None


async def add_calls(calls: Sequence[Call]) -> None:
    """Add calls, in the transaction that notes up to where they tell."""
    await insert_rows(WebhookCallRow, *(_CALL.row(each, worker=None, lease_until=None) for each in calls))


async def numbers(kind: str, ids: Sequence[UUID]) -> dict[UUID, str]:
    """The public numbers of loans (that of the first agreement), documents or items; others have none."""
    if kind not in _NUMBERS or not ids:
        return {}
    rows = await Statement(_NUMBERS[kind] % placeholders(ids)).fetch(*ids)
    return {row["id"]: row["number"] for row in reversed(rows)}


async def set_state(webhook_id: UUID, state: WebhookState) -> None:
    """Set a webhook aside, stop it, or let it be called again."""
    await _SET_STATE.fetch(state.value, webhook_id)


async def revive(webhook_id: UUID, now: datetime) -> None:
    """Try again, now, every call of a webhook that was not answered."""
    await _REVIVE.fetch(now, webhook_id)


async def delete(webhook_id: UUID) -> None:
    """Delete a webhook and its calls."""
    await _DELETE_CALLS.fetch(webhook_id)
    await _DELETE.fetch(webhook_id)


async def last_calls(webhook_id: UUID, *, limit: int) -> list[Call]:
    """The last calls of a webhook, the newest first."""
    return [_CALL.value(row) for row in await _LAST.fetch(webhook_id, limit)]


async def receivers(*, now: datetime, lease: timedelta) -> list[UUID]:
    """The active webhooks for which a call is due, a dead worker's included."""
    return [row["id"] for row in await _RECEIVERS.fetch(now, *bounds(now, lease))]


async def claim(worker: str, webhook_id: UUID, *, now: datetime, lease: timedelta) -> Call | None:
    """Take the call of an active webhook that has waited longest, a dead worker's included; None when none is due."""
    row = await _CLAIM_NEXT.fetch_one(worker, now + lease, webhook_id, now, *bounds(now, lease))
    return _CALL.value(row) if row is not None else None


async def mark_sent(call: Call, worker: str, now: datetime) -> bool:
    """End a call that was answered; False when it was no longer this worker's."""
    return await _SENT.fetch_one(now, call.id, worker) is not None


async def put_off(call: Call, worker: str, *, until: datetime, error: str) -> bool:
    """Queue a call again; False when it was no longer this worker's."""
    return await _LATER.fetch_one(until, error, call.id, worker) is not None


async def give_up(call: Call, worker: str, *, now: datetime, error: str) -> bool:
    """End a call that nobody answers; False when it was no longer this worker's."""
    return await _DEAD.fetch_one(now, error, call.id, worker) is not None


async def give_back(worker: str) -> None:
    """Queue again what a worker that stops has claimed and not ended."""
    await _GIVE_BACK.fetch(worker)


def is_last_try(call: Call) -> bool:
    """Whether a call that fails once more is given up."""
    return call.attempts >= MOST_TRIES
