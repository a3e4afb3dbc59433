"""Refused log-ins and accesses reach the journal together, without an address, and without a flood."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from tests.stage.refusals import refused
from tests.use_cases.accounts import account_cast as cast

from materiel.domain.accounts.attempt import PAIR
from materiel.domain.accounts.refused_access import EVERY, MANY_NOT_FOUND, RefusedAccess, RefusedKind
from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.accounts.user import User
from materiel.errors import MaterielError, RuleBroken
from materiel.store.engine.database import fetch
from materiel.store.history import journal
from materiel.store.history.search import search
from materiel.use_cases.accounts.login import Identity, check_code, check_password, recognise_identity
from materiel.use_cases.accounts.second_factor import remove_second_factor
from materiel.use_cases.accounts.user import disable_user
from materiel.use_cases.history.refusal import MOST_NOTED, STRANGER, RefusalBuffer, noting, refused_to

pytestmark = pytest.mark.usefixtures("db")


@dataclass
class Clock:
    now: datetime = cast.NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def buffer(clock: Clock) -> Iterator[RefusalBuffer]:
    made = RefusalBuffer(clock)
    token = noting.set(made)
    yield made
    noting.reset(token)


async def try_password(email: str, network: str = "192.0.2.66", password: str = "pas le bon") -> None:
    with pytest.raises(MaterielError):
        await check_password(email, password, visit=replace(cast.VISIT, network=network, device=""), now=cast.NOW)


async def told() -> list[tuple[str, str, int, int]]:
    """The refusals in the journal: what, by whom, how often, from how many networks."""
    entries = await search(cast.SERVICE, limit=100)
    return [
        (each.action, each.actor, each.details["times"], each.details["networks"])
        for each in reversed(entries)
        if "networks" in each.details
    ]


async def test_eleven_wrong_passwords_are_two_entries(buffer: RefusalBuffer) -> None:
    camille = await cast.set_up()
    await cast.give_password(camille)
    for number in range(11):
        await try_password(camille.email, f"192.0.2.{number % 2}")
    assert await buffer.flush() == 2
    expected = [("user.password_refused", STRANGER, 10, 2), ("user.slowed_down", STRANGER, 1, 1)]
    assert sorted(await told()) == expected
    assert (await journal.verify()).fault is None


async def test_a_flood_is_one_entry_an_hour(buffer: RefusalBuffer, clock: Clock) -> None:
    camille = await cast.set_up()
    wrong = RefusedAccess(RefusedKind.PASSWORD, cast.SERVICE, "user", camille.id)
    for minute in range(24 * 60):
        clock.now = cast.NOW + timedelta(minutes=minute)
        for second in range(10):
            buffer.note(wrong, f"10.0.{second}.1")
        await buffer.flush()
    await buffer.flush(all_of_it=True)
    lines = await told()
    assert len(lines) == 25
    assert sum(times for _, _, times, _ in lines) == 24 * 60 * 10


async def test_no_entry_holds_an_address_nor_what_was_typed(
    buffer: RefusalBuffer, caplog: pytest.LogCaptureFixture
) -> None:
    camille = await cast.set_up()
    await cast.give_password(camille)
    with caplog.at_level(logging.INFO):
        await try_password(camille.email)
        await try_password("inconnu@exemple.fr", password="secret typed")
        assert await buffer.flush() == 1
    entries = await search(cast.SERVICE, limit=100)
    kept = json.dumps([[each.actor, each.subject_id, dict(each.details)] for each in entries]) + caplog.text
    for secret in ("192.0.2.66", "inconnu", "exemple.fr", "pas le bon", "secret typed", camille.name):
        assert secret not in kept
    assert "log-ins to unknown accounts: 1" in caplog.text


async def refuse_code(user: User) -> None:
    await cast.activate(user.id)
    with refused(RuleBroken, "login.code_refused"):
        await check_code(user.id, "000", secret_key=cast.SECRET_KEY, visit=cast.VISIT, now=cast.NOW)


async def refuse_own_password(user: User) -> None:
    with refused(RuleBroken, "credential.wrong_password"):
        await remove_second_factor(user.id, "pas le bon", visit=cast.VISIT, now=cast.NOW)


async def refuse_closed(user: User) -> None:
    await disable_user(user.email, actor=cast.ADMIN, now=cast.NOW)
    await try_password(user.email, password=cast.PASSWORD)


async def refuse_identity(user: User) -> None:
    first = Identity(issuer="https://fca.exemple.fr", subject="1", email=user.email, has_two_factors=False)
    await recognise_identity(first, visit=cast.VISIT, now=cast.NOW)
    with refused(RuleBroken, "login.unknown_identity"):
        await recognise_identity(replace(first, subject="2"), visit=cast.VISIT, now=cast.NOW)


REFUSALS = {
    RefusedKind.CODE: refuse_code,
    RefusedKind.OWN_PASSWORD: refuse_own_password,
    RefusedKind.CLOSED: refuse_closed,
    RefusedKind.IDENTITY: refuse_identity,
}


@pytest.mark.parametrize("kind", REFUSALS)
async def test_each_refusal_of_a_known_account_is_told(kind: RefusedKind, buffer: RefusalBuffer) -> None:
    camille = await cast.set_up()
    await cast.give_password(camille)
    await REFUSALS[kind](camille)
    assert await buffer.flush() == 1
    ((action, _, times, networks),) = await told()
    assert (action, times, networks) == (kind.value, 1, 1)


async def test_records_not_found_are_told_from_many_on(buffer: RefusalBuffer, clock: Clock) -> None:
    camille = await cast.set_up()
    actor = Actor(f"user:{camille.id}", Role.READER, cast.SERVICE)
    missing = refused_to(actor, RefusedKind.NOT_FOUND)
    assert missing is not None
    for _ in range(MANY_NOT_FOUND - 1):
        buffer.note(missing, "192.0.2.1")
    assert await buffer.flush(all_of_it=True) == 0
    clock.now += EVERY
    assert await buffer.flush() == 0
    for _ in range(MANY_NOT_FOUND):
        buffer.note(missing, "192.0.2.1")
    await buffer.flush()
    assert await told() == [("access.not_found", actor.id, MANY_NOT_FOUND, 1)]


async def test_the_installer_and_the_holder_of_a_link_are_not_told_about() -> None:
    for actor_id in ("cli", "link:1", "demo"):
        assert refused_to(Actor(actor_id, Role.READER, cast.SERVICE), RefusedKind.FORBIDDEN) is None


async def test_what_could_not_be_written_is_not_lost(buffer: RefusalBuffer) -> None:
    camille = await cast.set_up()
    await cast.give_password(camille)
    await try_password(camille.email)
    await fetch("ALTER TABLE journal_head RENAME TO away")
    (answer,) = await asyncio.gather(buffer.flush(), return_exceptions=True)
    assert isinstance(answer, Exception)
    await try_password(camille.email)
    await fetch("ALTER TABLE away RENAME TO journal_head")
    assert await buffer.flush() == 1
    assert await told() == [("user.password_refused", STRANGER, 2, 1)]


async def test_memory_is_bounded(buffer: RefusalBuffer, caplog: pytest.LogCaptureFixture) -> None:
    camille = await cast.set_up()
    for number in range(MOST_NOTED + 3):
        buffer.note(RefusedAccess(RefusedKind.NOT_FOUND, cast.SERVICE, "token", camille.id.__class__(int=number)), "a")
    await buffer.flush()
    assert "refusals not kept: 3" in caplog.text


async def test_tries_go_on_being_slowed_down_where_nothing_is_noted() -> None:
    camille = await cast.set_up()
    for _ in range(PAIR.free + 1):
        await try_password(camille.email)
    assert await told() == []
