"""Who is recognised: by a password, a one-time code, or an identity at a provider."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.refusals import refused
from tests.use_cases import account_cast as cast

from materiel.domain.attempt import CODE_BY_ACCOUNT
from materiel.domain.roles import Role
from materiel.errors import RuleBroken
from materiel.store import credential as credentials
from materiel.use_cases.login import Identity, check_code, check_password, recognise_identity
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
