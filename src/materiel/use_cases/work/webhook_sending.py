"""Telling webhooks, by a loop of the worker: new entries of the journal become calls, each tried until it is answered.

Each program has a lane of its own: one that stalls delays nobody else. Both steps are taken up again after a kill:
entries are told in the transaction that notes up to where, a call claimed by a dead worker is claimed again. A call may
thus arrive twice, under one identifier, and is never lost.
"""

from __future__ import annotations

import asyncio
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
MOST_LANES = 32
"""Programs called at once: more than a site has that stall together."""
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
    lanes = Lanes(worker=worker, secret_key=secret_key, networks=networks, clock=clock)

    async def turn(beat: Beat) -> bool:
        for webhook in await webhooks.untold():
            await tell(webhook, now=clock())
            beat()
        await lanes.open(beat)
        return False

    async def give_back() -> None:
        try:
            await lanes.close(within=0)
        finally:
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


class Lanes:
    """One lane for each program that is called: its calls go one after another, and wait for nobody else's.

    A program that stalls holds its own lane for as long as one try lasts, and none of the others; a lane ends when
    nothing is due in it. `tally`: how many calls were answered, put off and given up.
    """

    def __init__(self, *, worker: str, secret_key: str, networks: str, clock: Clock) -> None:
        self._worker, self._secret_key, self._networks, self._clock = worker, secret_key, networks, clock
        self._running: dict[UUID, asyncio.Task[None]] = {}
        self.tally = {"sent": 0, "put_off": 0, "dead": 0}

    async def open(self, beat: Beat = lambda: None) -> None:
        """Begin a lane for each program that waits and has none, and return at once.

        Args:
            beat: called before each call.
        """
        self._check_ended()
        for webhook_id in await webhooks.receivers(now=self._clock(), lease=LEASE):
            if len(self._running) >= MOST_LANES:
                break
            if webhook_id not in self._running:
                self._running[webhook_id] = asyncio.create_task(self._follow(webhook_id, beat))

    async def close(self, *, within: float) -> None:
        """Wait for the lanes, for some seconds; what is not ended then is cancelled, and is called again later."""
        if not self._running:
            return
        _, late = await asyncio.wait(self._running.values(), timeout=within)
        for each in late:
            each.cancel()
        if late:
            await asyncio.wait(late)
        self._check_ended()

    def _check_ended(self) -> None:
        """Forget the lanes that have ended; what broke one is raised here, where the loop tells it."""
        over = {webhook_id: task for webhook_id, task in self._running.items() if task.done()}
        for webhook_id in over:
            del self._running[webhook_id]
        for task in over.values():
            if not task.cancelled():
                task.result()

    async def _follow(self, webhook_id: UUID, beat: Beat) -> None:
        while (call := await webhooks.claim(self._worker, webhook_id, now=self._clock(), lease=LEASE)) is not None:
            beat()
            webhook = await webhooks.of_call(call)
            if webhook is None:
                continue
            headers = {
                "Materiel-Signature": signature(secret_of(webhook.id, self._secret_key), call.body, self._clock()),
                "Materiel-Event": call.event,
                "Materiel-Delivery": str(call.id),
                "User-Agent": "materiel-webhook/1",
            }
            answer = await send_call(webhook.url, call.body, headers, allowed=self._networks)
            await ended(_note(call, webhook, answer, self._worker, self._clock(), self.tally))


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
