"""The address of a calendar is a secret of one account: unknown, forgotten or closed, it answers the same nothing."""

from __future__ import annotations

import pytest
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast

from materiel.domain.accounts.roles import Actor, Role
from materiel.errors import Conflict, NotFound
from materiel.store.accounts import calendar_feed as feeds
from materiel.store.history import journal
from materiel.use_cases.accounts.calendar_feed import calendar_made_at, make_calendar, revoke_calendar
from materiel.use_cases.accounts.user import CreateUser, create_user, disable_user
from materiel.use_cases.desk.agenda import read_calendar

ADMIN = Actor("tests", Role.ADMIN, cast.SERVICE)
EMAIL = "alix@exemple.fr"


@pytest.fixture(autouse=True)
async def known(db: object) -> None:
    await cast.set_up()


async def test_an_address_lives_as_long_as_its_account_wants() -> None:
    command = CreateUser(email=EMAIL, name="Alix", role=Role.READER)
    user = await create_user(command, actor=ADMIN, now=cast.NOW)
    with refused(Conflict, "calendar.none"):
        await revoke_calendar(user.id, now=cast.NOW)
    secret = await make_calendar(user.id, now=cast.NOW)
    assert await calendar_made_at(user.id) == cast.NOW
    assert (await read_calendar(secret, now=cast.NOW)).text.startswith("BEGIN:VCALENDAR\r\n")
    assert await feeds.account_of(secret) is None, "the secret itself is not what is kept"
    await revoke_calendar(user.id, now=cast.NOW)
    for unknown in (secret, "", "x" * 43):
        with refused(NotFound, "calendar.not_found"):
            await read_calendar(unknown, now=cast.NOW)
    secret = await make_calendar(user.id, now=cast.NOW)
    await disable_user(EMAIL, actor=ADMIN, now=cast.NOW)
    with refused(NotFound, "calendar.not_found"):
        await read_calendar(secret, now=cast.NOW)
    with refused(NotFound, "user.not_found"):
        await make_calendar(user.id, now=cast.NOW)
    entries = await journal.of_subject(cast.SERVICE, user.id)
    assert [each.action for each in entries if "calendar" in each.action] == [
        *("user.calendar_made", "user.calendar_revoked", "user.calendar_made")
    ]
    assert secret not in str([each.details for each in entries])
