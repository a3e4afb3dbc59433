"""Tries counted across processes: by pair, by account from elsewhere, by network; a right one counts for nothing."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from tests.stage.refusals import refused
from tests.use_cases.loan_cast import NOW

from materiel.domain.accounts.attempt import CODE, MAILBOX_CODE, PASSWORD, Guard
from materiel.domain.accounts.visit import Visit
from materiel.errors import TooManyRequests
from materiel.use_cases.accounts.attempt import Trial, begin_trial

pytestmark = pytest.mark.usefixtures("db")

DEVICE = "a" * 64


async def attempt(
    network: str, *, account: str = "camille", is_known: bool = False, guard: Guard = PASSWORD, later: float = 0
) -> Trial:
    visit = Visit(network=network, base_url="https://pret.example.fr", device=DEVICE)
    return await begin_trial(guard, account, visit, is_known=is_known, now=NOW + timedelta(seconds=later))


@pytest.mark.parametrize("guard", [PASSWORD, CODE], ids=["password", "code"])
async def test_many_networks_do_not_guess_faster_and_keep_no_known_device_out(guard: Guard) -> None:
    assert guard.strangers is not None
    for number in range(guard.strangers.free):
        await attempt(f"10.0.{number}.1", guard=guard)
    with refused(TooManyRequests, "login.too_many") as caught:
        await attempt("203.0.113.9", guard=guard)
    assert caught.value.facts == {"retry_after": 60}
    await attempt("203.0.113.9", guard=guard, is_known=True)
    await attempt("203.0.113.9", guard=guard, account="alix")
    await attempt("203.0.113.9", guard=guard, later=60)


async def test_a_refused_try_counts_for_nobody_else() -> None:
    assert PASSWORD.strangers is not None
    for _ in range(PASSWORD.pair.free):
        await attempt("192.0.2.66")
    for _ in range(PASSWORD.strangers.free):
        with refused(TooManyRequests, "login.too_many"):
            await attempt("192.0.2.66")
    await attempt("198.51.100.7")


async def test_right_tries_of_a_whole_office_count_for_nothing() -> None:
    assert PASSWORD.network is not None
    for number in range(PASSWORD.network.most + 1):
        trial = await attempt("192.0.2.1", account=f"agent {number}")
        await trial.succeeded()


async def test_many_accounts_are_not_tried_from_one_network() -> None:
    assert PASSWORD.network is not None
    for number in range(PASSWORD.network.most):
        await attempt("192.0.2.1", account=f"agent {number}")
    with refused(TooManyRequests, "login.too_many") as caught:
        await attempt("192.0.2.1", account="another")
    assert "Attendez 15 minutes" in caught.value.message
    await attempt("192.0.2.1", account="another", is_known=True)
    await attempt("192.0.2.2", account="another")
    await attempt("192.0.2.1", account="another", later=PASSWORD.network.window.total_seconds())


async def test_of_simultaneous_tries_no_more_pass_than_one_after_the_other() -> None:
    answers = await asyncio.gather(*(attempt("192.0.2.1") for _ in range(12)), return_exceptions=True)
    assert len([each for each in answers if isinstance(each, Trial)]) == PASSWORD.pair.free
    assert {type(each) for each in answers} == {Trial, TooManyRequests}


async def test_once_right_the_count_starts_again() -> None:
    for _ in range(PASSWORD.pair.free - 1):
        await attempt("192.0.2.1")
    await (await attempt("192.0.2.1")).succeeded()
    for _ in range(PASSWORD.pair.free):
        await attempt("192.0.2.1")
    with refused(TooManyRequests, "login.too_many"):
        await attempt("192.0.2.1")


async def test_a_count_is_over_after_a_day_and_when_the_clock_went_back() -> None:
    for _ in range(PASSWORD.pair.free):
        await attempt("192.0.2.1")
    await attempt("192.0.2.1", later=PASSWORD.pair.window.total_seconds())
    await attempt("192.0.2.1", later=-3600)


async def test_codes_of_mailboxes_are_tried_by_each_account_apart() -> None:
    for _ in range(MAILBOX_CODE.pair.free):
        await begin_trial(MAILBOX_CODE, "user:1", now=NOW)
    with refused(TooManyRequests, "login.too_many"):
        await begin_trial(MAILBOX_CODE, "user:1", now=NOW)
    await begin_trial(MAILBOX_CODE, "user:2", now=NOW)
