"""The head of the journal leaves each day, and tells that the whole chain was written again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.stage import family_cast as family
from tests.stage.family_cast import Clock, messages
from tests.stage.refusals import refused
from tests.stage.seal_cast import Authority, time_stamping
from tests.use_cases import loan_cast as cast

from materiel.domain.work.outbox import Message, Purpose
from materiel.errors import BadInput
from materiel.store.accounts import service as services
from materiel.store.engine.database import fetch, write_transaction
from materiel.store.history import journal
from materiel.use_cases.history.journal import verify_history
from materiel.use_cases.history.witness import publish_heads, read_head

WITNESS = "temoin@exemple.fr"


@pytest.fixture
async def clock(db: object) -> Clock:
    await family.set_up()
    async with write_transaction():
        await services.save(replace(await services.get(cast.SERVICE), witness_email=WITNESS))
    return Clock()


async def sent() -> list[Message]:
    return await messages(Purpose.WITNESS, WITNESS)


def head_in(message: Message) -> str:
    return next(line for line in message.text.splitlines() if line.startswith(f"{cast.SERVICE}:"))


async def test_the_head_leaves_once_a_day(clock: Clock) -> None:
    assert await publish_heads(clock.now, base_url=family.BASE_URL) == 1
    assert await publish_heads(clock.now, base_url=family.BASE_URL) == 0
    kept = await journal.head(cast.SERVICE)
    assert kept is not None
    (message,) = await sent()
    assert head_in(message) == f"{cast.SERVICE}:{kept.sequence}:{kept.digest}"
    assert await publish_heads(clock.later(days=1), base_url=family.BASE_URL) == 1
    # Six in the morning there.
    early = clock.now.replace(hour=4) + timedelta(days=1)
    assert await publish_heads(early, base_url=family.BASE_URL) == 0


async def test_a_chain_written_again_is_seen_by_what_left(clock: Clock) -> None:
    await family.an_agreement()
    await publish_heads(clock.now, base_url=family.BASE_URL)
    witnessed = read_head(head_in((await sent())[0]))
    await family.an_agreement(item=cast.KEYBOARD)
    assert (await verify_history(heads=[witnessed])).fault is None
    # A forger with the base in hand writes the whole chain again, digests and all.
    chain = str(cast.SERVICE)
    await fetch(f"DELETE FROM journal_head WHERE chain = '{chain}'")
    for row in (
        await fetch("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'journal'")
        if not (journal.is_postgres())
        else []
    ):
        await fetch(f"DROP TRIGGER {row['name']}")
    if journal.is_postgres():
        await fetch("ALTER TABLE journal DISABLE TRIGGER USER")
    await fetch(f"DELETE FROM journal WHERE chain = '{chain}'")
    await journal.By(cast.SERVICE, "forger", clock.now).note("service.created", cast.SERVICE, {"code": "X"})
    assert "publiée, n’y est plus" in ((await verify_history(heads=[witnessed])).fault or "")
    for _ in range(witnessed.sequence):
        await journal.By(cast.SERVICE, "forger", clock.now).note("service.created", cast.SERVICE, {"code": "X"})
    assert "n’est plus celle" in ((await verify_history(heads=[witnessed])).fault or "")
    with refused(BadInput, "head.invalid"):
        read_head("autre chose")


async def test_an_authority_dates_the_head(clock: Clock, tmp_path: Path) -> None:
    assert await publish_heads(clock.now, base_url=family.BASE_URL, tsa_url="http://127.0.0.1:9/") == 0
    with time_stamping(Authority(cast.NOW).stamper()) as url:
        assert await publish_heads(clock.now, base_url=family.BASE_URL, tsa_url=url) == 1
    (message,) = await sent()
    assert "Horodatage de ce repère" in message.text
