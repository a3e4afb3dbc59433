"""Who is recognised: by a password, a one-time code, or an identity at a provider."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.stage.refusals import refused
from tests.use_cases.accounts import account_cast as cast

from materiel.domain.accounts.attempt import CODE, OWN_PASSWORD, PAIR
from materiel.domain.accounts.roles import Role
from materiel.domain.accounts.user import User
from materiel.errors import MaterielError, RuleBroken, TooManyRequests
from materiel.store.accounts import credential as credentials
from materiel.store.accounts import known_device
from materiel.use_cases.accounts.credential import change_password, choose_password, read_invitation
from materiel.use_cases.accounts.login import Identity, check_code, check_password, note_login, recognise_identity
from materiel.use_cases.accounts.second_factor import confirm_enrolment, remove_second_factor, renew_recovery_codes
from materiel.use_cases.accounts.user import disable_user

pytestmark = pytest.mark.usefixtures("db")

AGENT = Identity(issuer="https://fca.exemple.fr", subject="agent-1", email="camille@exemple.fr", has_two_factors=False)


async def test_whatever_is_wrong_is_refused_in_the_same_words() -> None:
    camille = await cast.set_up()
    await cast.give_password(camille)
    closed = await cast.an_account("ferme@exemple.fr", Role.READER)
    await cast.give_password(closed)
    await disable_user(closed.email, actor=cast.ADMIN, now=cast.NOW)
    await cast.an_account("jamais@exemple.fr", Role.READER)
    sentences = set()
    for email, password in (
        (camille.email, "pas le bon mot de passe"),
        (closed.email, cast.PASSWORD),
        ("jamais@exemple.fr", cast.PASSWORD),
        ("inconnu@exemple.fr", cast.PASSWORD),
    ):
        with refused(RuleBroken, "login.refused") as caught:
            await check_password(email, password, visit=cast.VISIT, now=cast.NOW)
        sentences.add(caught.value.message)
    assert len(sentences) == 1
    recognised = await check_password(camille.email, cast.PASSWORD, visit=cast.VISIT, now=cast.NOW)
    assert (recognised.user, recognised.asks_code) == (camille, False)


async def test_a_code_is_accepted_once() -> None:
    camille = await cast.set_up()
    await cast.give_password(camille)
    phone = await cast.activate(camille.id)
    later = cast.NOW + timedelta(minutes=1)

    async def give(code: str) -> None:
        await check_code(camille.id, code, secret_key=cast.SECRET_KEY, visit=cast.VISIT, now=later)

    await give(phone.at(later))
    with refused(RuleBroken, "login.code_refused"):
        await give(phone.at(later))


async def test_of_simultaneous_uses_of_one_code_one_comes_in() -> None:
    camille = await cast.set_up()
    phone = await cast.a_phone(camille.id)
    code = phone.at(cast.NOW)
    recovery = await confirm_enrolment(camille.id, code, secret_key=cast.SECRET_KEY, visit=cast.VISIT, now=cast.NOW)
    later = cast.NOW + timedelta(minutes=1)
    for code in (phone.at(later), recovery[0]):
        answers = await asyncio.gather(
            *(
                check_code(camille.id, code, secret_key=cast.SECRET_KEY, visit=cast.VISIT, now=later)
                for _ in range(PAIR.free)
            ),
            return_exceptions=True,
        )
        refusals = [each for each in answers if each != camille]
        assert {getattr(each, "code", each) for each in refusals} == {"login.code_refused"}
        assert len(refusals) == PAIR.free - 1
        later += CODE.pair.window
    assert await credentials.recovery_codes_left(camille.id) == len(recovery) - 1


async def test_a_password_chosen_twice_at_once_is_chosen_once() -> None:
    camille = await cast.set_up()
    invited = await read_invitation(await cast.a_link(camille), secret_key=cast.SECRET_KEY, now=cast.NOW)
    passwords = [f"{cast.PASSWORD} {number}" for number in range(4)]
    answers = await asyncio.gather(
        *(choose_password(camille.id, invited.proof, each, each, visit=cast.VISIT, now=cast.NOW) for each in passwords),
        return_exceptions=True,
    )
    assert sorted(getattr(each, "code", "chosen") for each in answers) == ["chosen", *["invitation.not_found"] * 3]


async def test_a_new_password_leaves_the_second_factor_as_it_is() -> None:
    camille = await cast.set_up()
    await cast.give_password(camille)
    await cast.activate(camille.id)
    before = await credentials.get(camille.id)
    await change_password(
        camille.id,
        cast.PASSWORD,
        cast.PASSWORD + "s",
        cast.PASSWORD + "s",
        keep_session="",
        visit=cast.VISIT,
        now=cast.NOW,
    )
    after = await credentials.get(camille.id)
    assert before is not None
    assert after is not None
    assert after.password_hash != before.password_hash
    assert replace(after, password_hash="") == replace(before, password_hash="")


async def test_ones_own_password_is_not_tried_for_ever_in_an_open_session() -> None:
    camille = await cast.set_up()
    await cast.give_password(camille)
    await cast.activate(camille.id)
    for _ in range(OWN_PASSWORD.pair.free):
        with refused(RuleBroken, "credential.wrong_password"):
            await remove_second_factor(camille.id, "pas le bon", visit=cast.VISIT, now=cast.NOW)
    with refused(TooManyRequests, "login.too_many"):
        await renew_recovery_codes(camille.id, cast.PASSWORD, visit=cast.VISIT, now=cast.NOW)
    await renew_recovery_codes(camille.id, cast.PASSWORD, visit=cast.VISIT, now=cast.NOW + OWN_PASSWORD.pair.first)


async def test_after_too_many_tries_the_right_code_waits_too() -> None:
    camille = await cast.set_up()
    await cast.give_password(camille)
    phone = await cast.activate(camille.id)
    later = cast.NOW + timedelta(minutes=1)
    for _ in range(PAIR.free):
        with refused(RuleBroken, "login.code_refused"):
            await check_code(camille.id, "wrong", secret_key=cast.SECRET_KEY, visit=cast.VISIT, now=later)
    with refused(TooManyRequests, "login.too_many") as caught:
        await check_code(camille.id, phone.at(later), secret_key=cast.SECRET_KEY, visit=cast.VISIT, now=later)
    assert "Attendez 30 secondes" in caught.value.message
    assert caught.value.facts == {"retry_after": 30}
    later += PAIR.first
    user = await check_code(camille.id, phone.at(later), secret_key=cast.SECRET_KEY, visit=cast.VISIT, now=later)
    assert user == camille


async def try_password(account: User, network: str, device: str = "", password: str = "pas le bon") -> str:
    """What a try answers, from a network and a device, at a fixed hour."""
    visit = replace(cast.VISIT, network=network, device=device)
    try:
        await check_password(account.email, password, visit=visit, now=cast.NOW)
    except MaterielError as refusal:
        return refusal.code
    return "recognised"


async def test_a_stranger_who_tries_passwords_keeps_nobody_else_out() -> None:
    camille = await cast.set_up()
    await cast.give_password(camille)
    tries = [await try_password(camille, "192.0.2.66") for _ in range(11)]
    assert tries == ["login.refused"] * PAIR.free + ["login.too_many"] * (11 - PAIR.free)
    assert await try_password(camille, "192.0.2.66", password=cast.PASSWORD) == "login.too_many"
    assert await try_password(camille, "198.51.100.7", password=cast.PASSWORD) == "recognised"


async def test_a_known_device_is_slowed_down_alone() -> None:
    camille = await cast.set_up()
    await cast.give_password(camille)
    own = "a" * 64
    await note_login(camille, "password", visit=replace(cast.VISIT, device=own), now=cast.NOW)
    tries = [await try_password(camille, "192.0.2.1", own) for _ in range(PAIR.free + 1)]
    assert tries[-1] == "login.too_many"
    assert await try_password(camille, "192.0.2.1", "", cast.PASSWORD) == "recognised"


async def test_a_new_password_leaves_no_other_device_known() -> None:
    camille = await cast.set_up()
    await cast.give_password(camille)
    other = "b" * 64
    await note_login(camille, "password", visit=replace(cast.VISIT, device=other), now=cast.NOW)
    await change_password(
        camille.id,
        cast.PASSWORD,
        cast.PASSWORD + "s",
        cast.PASSWORD + "s",
        keep_session="",
        visit=cast.VISIT,
        now=cast.NOW,
    )
    assert await known_device.is_known(camille.id, cast.VISIT.device)
    assert not await known_device.is_known(camille.id, other)


async def test_an_identity_without_an_account_is_let_in_nowhere() -> None:
    with refused(RuleBroken, "login.unknown_identity"):
        await recognise_identity(AGENT, visit=cast.VISIT, now=cast.NOW)
    assert await credentials.account_of_identity(AGENT.issuer, AGENT.subject) is None


async def test_the_identity_of_a_closed_account_is_unknown() -> None:
    camille = await cast.set_up()
    assert (await recognise_identity(AGENT, visit=cast.VISIT, now=cast.NOW)).user == camille
    await disable_user(camille.email, actor=cast.ADMIN, now=cast.NOW)
    with refused(RuleBroken, "login.unknown_identity"):
        await recognise_identity(AGENT, visit=cast.VISIT, now=cast.NOW)
