"""Telling webhooks, by a loop of the worker: new entries of the journal become calls, each tried until it is answered.

Both steps are taken up again after a kill: entries are told in the transaction that notes up to where, a call claimed
by a dead worker is claimed again. A call may thus arrive twice, under one identifier, and is never lost.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from materiel.domain.work.webhook import Call, Webhook, WebhookState, body_of, call_again_in, signature
from materiel.mail.webhook import CallAnswer, send_call
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.history.journal import Entry
from materiel.store.work import webhook as webhooks
from materiel.use_cases.process.loop import Beat, Loop, ended
from materiel.use_cases.work.job import Clock
from materiel.use_cases.work.webhook import secret_of

LEASE = timedelta(minutes=2)
"""Far longer than one try: see `mail.webhook.WHOLE_SECONDS`."""
POLL_SECONDS = 2.0
BATCH = 200
"""Entries told in one transaction."""
BY_WEBHOOKS = "webhooks"
"""What the journal keeps of the loop that calls."""

_log = logging.getLogger("materiel.webhook")


def webhook_loop(*, secret_key: str, networks: str, clock: Clock, poll_seconds: float = POLL_SECONDS) -> Loop:
    """The loop that tells webhooks.

    Args:
        secret_key: the installation's, which the secret of each webhook is made of.
        networks: those inside that the settings allow.
    """
    worker = f"webhooks:{secrets.token_hex(8)}"

    async def turn(beat: Beat) -> bool:
        for webhook in await webhooks.untold():
            await tell(webhook, now=clock())
            beat()
        await call_due(worker=worker, secret_key=secret_key, networks=networks, clock=clock, beat=beat)
        return False

    async def give_back() -> None:
        await webhooks.give_back(worker)

    return Loop(
        name="webhooks", turn=turn, every_seconds=poll_seconds, late_after=2 * LEASE.total_seconds(), at_stop=give_back
    )


@in_one_visit
async def tell(webhook: Webhook, *, now: datetime) -> int:
    """Make calls of the entries that a webhook was not told; how many. The rest is for the next turn."""
    async with write_transaction():
        entries = await journal.after(webhook.service_id, webhook.told_to, limit=BATCH)
        if not entries or not await webhooks.advance(webhook, entries[-1].sequence):
            return 0
        calls = await _calls(webhook, [each for each in entries if each.action in webhook.events], now)
        if calls:
            await webhooks.add_calls(calls)
    return len(calls)


async def _calls(webhook: Webhook, entries: Sequence[Entry], now: datetime) -> list[Call]:
    by_kind: dict[str, set[UUID]] = {}
    for entry in entries:
        by_kind.setdefault(entry.subject_kind, set()).add(UUID(entry.subject_id))
    numbers = {kind: await webhooks.numbers(kind, sorted(ids)) for kind, ids in by_kind.items()}
    calls = []
    for entry in entries:
        call_id = new_id()
        number = numbers[entry.subject_kind].get(UUID(entry.subject_id))
        body = body_of(call_id, entry.action, entry.at, entry.subject_kind, entry.subject_id, number)
        calls.append(
            Call(
                id=call_id,
                webhook_id=webhook.id,
                event=entry.action,
                body=body,
                created_at=now,
                next_attempt_at=now,
            )
        )
    return calls


async def call_due(
    *, worker: str, secret_key: str, networks: str, clock: Clock, beat: Beat = lambda: None
) -> dict[str, int]:
    """Try every call that is due, one after another; how many were answered, put off and given up.

    Args:
        worker: a name that no other worker has.
        beat: called before each call.
    """
    tally = {"sent": 0, "put_off": 0, "dead": 0}
    while (call := await webhooks.claim(worker, now=clock(), lease=LEASE)) is not None:
        beat()
        webhook = await webhooks.of_call(call)
        if webhook is None:
            continue
        headers = {
            "Materiel-Signature": signature(secret_of(webhook.id, secret_key), call.body, clock()),
            "Materiel-Event": call.event,
            "Materiel-Delivery": str(call.id),
            "User-Agent": "materiel-webhook/1",
        }
        answer = await send_call(webhook.url, call.body, headers, allowed=networks)
        await ended(_note(call, webhook, answer, worker, clock(), tally))
    return tally


async def _note(
    call: Call, webhook: Webhook, answer: CallAnswer, worker: str, now: datetime, tally: dict[str, int]
) -> None:
    if not answer.error:
        await webhooks.mark_sent(call, worker, now)
        tally["sent"] += 1
    elif answer.is_final or webhooks.is_last_try(call):
        await _stop(call, webhook, answer, worker, now)
        tally["dead"] += 1
    else:
        until = now + call_again_in(call.attempts, secrets.randbelow(1000) / 1000)
        await webhooks.put_off(call, worker, until=until, error=answer.error)
        tally["put_off"] += 1


@in_one_visit
async def _stop(call: Call, webhook: Webhook, answer: CallAnswer, worker: str, now: datetime) -> None:
    """Nobody answers any more: the webhook stops, and keeps its place in the journal until somebody resumes it."""
    async with write_transaction():
        if not await webhooks.give_up(call, worker, now=now, error=answer.error):
            return
        await webhooks.set_state(webhook.id, WebhookState.BROKEN)
        await journal.By(webhook.service_id, BY_WEBHOOKS, now).note("webhook.stopped", webhook.id, of="webhook")
    _log.warning("webhook %s is stopped: call %s was not answered", webhook.id, call.id)
