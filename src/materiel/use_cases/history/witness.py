"""The head of a journal's chain, sent each day to an address of the service: a witness outside the database.

Whoever has the database in hand could write the whole chain again, and `verify` would find it whole. A head that left
before tells it: its number and its digest are no longer in the chain. When an authority dates it, nobody can say that
the message itself was made afterwards.
"""

from __future__ import annotations

import asyncio
import base64
import re
from dataclasses import dataclass
from datetime import datetime

from materiel.domain.accounts.service import ManagingService
from materiel.domain.calendar.civil_day import local_time
from materiel.domain.signing.daily import REMINDED_FROM
from materiel.domain.work.outbox import Impulse, Purpose
from materiel.errors import BadInput, MaterielError, Unavailable
from materiel.seal.on_demand import time_stamp
from materiel.store.accounts import service as services
from materiel.store.engine.database import write_transaction
from materiel.store.history import journal
from materiel.store.history.journal import Head
from materiel.store.work import outbox
from materiel.use_cases.process.loop import Beat, Loop
from materiel.use_cases.work.job import Clock
from materiel.use_cases.work.outbox import MessageText, post

EVERY_SECONDS = 60.0
LINE = 76
_WRITTEN = re.compile(r"(?P<chain>[0-9a-f-]{36}|system):(?P<sequence>[0-9]{1,18}):(?P<digest>[0-9a-f]{64})")


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessedHead:
    """A head that left some day, as its message writes it: `chain:sequence:digest`."""

    chain: str
    sequence: int
    digest: str


def read_head(text: str) -> WitnessedHead:
    """What a message of the past wrote.

    Raises:
        BadInput: `head.invalid`.
    """
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        raise BadInput(
            "head.invalid",
            "Recopiez la ligne du message entière : la chaîne, le numéro et l'empreinte, séparés par « : ».",
        )
    return WitnessedHead(chain=found["chain"], sequence=int(found["sequence"]), digest=found["digest"])


async def fault_of_head(head: WitnessedHead) -> str:
    """What is wrong with the chain, of which a head left some day; empty when it still holds it."""
    kept = await journal.digest_at(head.chain, head.sequence)
    if kept is None:
        return f"l’écriture n° {head.sequence}, publiée, n’y est plus"
    return "" if kept == head.digest else f"l’écriture n° {head.sequence} n’est plus celle qui a été publiée"


def witness_loop(*, clock: Clock, base_url: str, tsa_url: str = "") -> Loop:
    """The loop that sends the heads, once a day from seven o'clock where each service is."""

    async def turn(beat: Beat) -> bool:
        await publish_heads(clock(), base_url=base_url, tsa_url=tsa_url, beat=beat)
        return False

    return Loop(name="witness", turn=turn, every_seconds=EVERY_SECONDS, late_after=10 * EVERY_SECONDS)


async def publish_heads(now: datetime, *, base_url: str, tsa_url: str = "", beat: Beat = lambda: None) -> int:
    """Write the message of each service that asks for one and has not had today's; how many."""
    written = 0
    for service in await services.witnessed():
        beat()
        key = f"witness:{service.id}:{service.civil_date(now)}"
        if local_time(now, service.zone).time() < REMINDED_FROM or await outbox.written_at(key) is not None:
            continue
        head = await journal.head(service.id)
        if head is None:
            continue
        try:
            token = await asyncio.to_thread(time_stamp, bytes.fromhex(head.digest), tsa_url) if tsa_url else b""
        except Unavailable:
            # Tried again at the next turn: a day without its time-stamp would be a weaker witness.
            continue
        written += await _write(service, head, token, key, base_url=base_url, now=now)
    return written


async def _write(service: ManagingService, head: Head, token: bytes, key: str, *, base_url: str, now: datetime) -> bool:
    letter = MessageText(
        purpose=Purpose.WITNESS,
        impulse=Impulse.OWN,
        template="witness",
        to_address=service.witness_email,
        service=service,
        values={
            "head": f"{service.id}:{head.sequence}:{head.digest}",
            "entries": head.sequence,
            "token": _in_lines(base64.b64encode(token).decode()),
        },
        unique_key=key,
    )
    try:
        async with write_transaction():
            return await post(letter, base_url=base_url, now=now)
    except MaterielError:
        return False


def _in_lines(text: str) -> str:
    return "\n".join(text[start : start + LINE] for start in range(0, len(text), LINE))
