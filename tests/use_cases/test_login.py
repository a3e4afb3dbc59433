"""Who is recognised: by a password, a one-time code, or an identity at a provider."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.refusals import refused
from tests.use_cases import account_cast as cast

from materiel.domain.attempt import CODE_BY_ACCOUNT, OWN_PASSWORD
from materiel.domain.roles import Role
from materiel.errors import RuleBroken
from materiel.store import credential as credentials
from materiel.use_cases.credential import change_password, choose_password, read_invitation
from materiel.use_cases.login import Identity, check_code, check_password, recognise_identity
from materiel.use_cases.second_factor import confirm_enrolment, remove_second_factor, renew_recovery_codes
from materiel.use_cases.user import disable_user

pytestmark = pytest.mark.usefixtures("db")

ADDRESS = "192.0.2.1"
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
            await check_password(email, password, address=ADDRESS, now=cast.NOW)
        sentences.add(caught.value.message)
    assert len(sentences) == 1
    recognised = await check_password(camille.email, cast.PASSWORD, address=ADDRESS, now=cast.NOW)
    assert (recognised.user, recognised.asks_code) == (camille, False)


async def test_a_code_is_accepted_once() -> None:
    camille = await cast.set_up()
    await cast.give_password(camille)
    phone = await cast.activate(camille.id)
    later = cast.NOW + timedelta(minutes=1)

    async def give(code: str) -> None:
        await check_code(camille.id, code, secret_key=cast.SECRET_KEY, address=ADDRESS, now=later)

    await give(phone.at(later))
    with refused(RuleBroken, "login.code_refused"):
        await give(phone.at(later))


async def test_of_simultaneous_uses_of_one_code_one_comes_in() -> None:
    camille = await cast.set_up()
    phone = await cast.a_phone(camille.id)
    recovery = await confirm_enrolment(camille.id, phone.at(cast.NOW), secret_key=cast.SECRET_KEY, now=cast.NOW)
    later = cast.NOW + timedelta(minutes=1)
    for code in (phone.at(later), recovery[0]):
        answers = await asyncio.gather(
            *(
                check_code(camille.id, code, secret_key=cast.SECRET_KEY, address=ADDRESS, now=later)
                for _ in range(CODE_BY_ACCOUNT.most)
            ),
            return_exceptions=True,
        )
        refusals = [each for each in answers if each != camille]
        assert {getattr(each, "code", each) for each in refusals} == {"login.code_refused"}
        assert len(refusals) == CODE_BY_ACCOUNT.most - 1
        later += CODE_BY_ACCOUNT.window
    assert await credentials.recovery_codes_left(camille.id) == len(recovery) - 1


async def test_a_password_chosen_twice_at_once_is_chosen_once() -> None:
    camille = await cast.set_up()
    invited = await read_invitation(await cast.a_link(camille), secret_key=cast.SECRET_KEY, now=cast.NOW)
    passwords = [f"{cast.PASSWORD} {number}" for number in range(4)]
    answers = await asyncio.gather(
        *(choose_password(camille.id, invited.proof, each, each, now=cast.NOW) for each in passwords),
        return_exceptions=True,
    )
    assert sorted(getattr(each, "code", "chosen") for each in answers) == ["chosen", *["invitation.not_found"] * 3]


async def test_a_new_password_leaves_the_second_factor_as_it_is() -> None:
    camille = await cast.set_up()
    await cast.give_password(camille)
    await cast.activate(camille.id)
    before = await credentials.get(camille.id)
    await change_password(
        camille.id, cast.PASSWORD, cast.PASSWORD + "s", cast.PASSWORD + "s", keep_session="", now=cast.NOW
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
    for _ in range(OWN_PASSWORD.most):
        with refused(RuleBroken, "credential.wrong_password"):
            await remove_second_factor(camille.id, "pas le bon", now=cast.NOW)
    with refused(RuleBroken, "login.too_many"):
        await renew_recovery_codes(camille.id, cast.PASSWORD, now=cast.NOW)
    await renew_recovery_codes(camille.id, cast.PASSWORD, now=cast.NOW + OWN_PASSWORD.window)


async def test_after_too_many_tries_the_right_code_waits_too() -> None:
    camille = await cast.set_up()
    await cast.give_password(camille)
    phone = await cast.activate(camille.id)
    later = cast.NOW + timedelta(minutes=1)
    for _ in range(CODE_BY_ACCOUNT.most):
        with refused(RuleBroken, "login.code_refused"):
            await check_code(camille.id, "wrong", secret_key=cast.SECRET_KEY, address=ADDRESS, now=later)
    with refused(RuleBroken, "login.too_many") as caught:
        await check_code(camille.id, phone.at(later), secret_key=cast.SECRET_KEY, address=ADDRESS, now=later)
    assert "Attendez 15 minutes" in caught.value.message
    later += CODE_BY_ACCOUNT.window
    user = await check_code(camille.id, phone.at(later), secret_key=cast.SECRET_KEY, address=ADDRESS, now=later)
    assert user == camille


async def test_an_identity_without_an_account_is_let_in_nowhere() -> None:
    with refused(RuleBroken, "login.unknown_identity"):
        await recognise_identity(AGENT, now=cast.NOW)
    assert await credentials.account_of_identity(AGENT.issuer, AGENT.subject) is None


async def test_the_identity_of_a_closed_account_is_unknown() -> None:
    camille = await cast.set_up()
    assert (await recognise_identity(AGENT, now=cast.NOW)).user == camille
    await disable_user(camille.email, actor=cast.ADMIN, now=cast.NOW)
    with refused(RuleBroken, "login.unknown_identity"):
        await recognise_identity(AGENT, now=cast.NOW)
