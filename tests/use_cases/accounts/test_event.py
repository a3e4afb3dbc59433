"""What happens to an account is told to its owner, by a message that lets nobody in."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.mail.conftest import Postman, serving
from tests.use_cases.accounts import account_cast as cast

from materiel.domain.accounts.event import AccountEvent
from materiel.domain.accounts.user import User
from materiel.domain.language.typography import bound, typeset
from materiel.store.engine.database import fetch
from materiel.use_cases.accounts.credential import change_password, invite_user
from materiel.use_cases.accounts.login import Identity, note_login, recognise_identity
from materiel.use_cases.accounts.second_factor import remove_second_factor, renew_recovery_codes
from materiel.use_cases.mail.sending import SendingTally, send_due

pytestmark = pytest.mark.usefixtures("db")

NEW = "une autre phrase de genêt"
AGENT = Identity(issuer="https://fca.exemple.fr", subject="agent-1", email="camille@exemple.fr", has_two_factors=False)
PHONE = replace(cast.VISIT, device="f" * 64, browser="Safari sur iPhone")


@pytest.fixture
def postman() -> Iterator[Postman]:
    made = Postman()
    controller = serving(made)
    controller.start()
    yield made
    controller.stop()


async def forget_factor(user: User) -> None:
    await cast.activate(user.id)
    await invite_user(
        user.email,
        actor=cast.ADMIN,
        base_url=cast.BASE_URL,
        secret_key=cast.SECRET_KEY,
        now=cast.NOW,
        forget_second_factor=True,
    )


async def remove_factor(user: User) -> None:
    await cast.activate(user.id)
    await remove_second_factor(user.id, cast.PASSWORD, visit=cast.VISIT, now=cast.NOW)


async def renew_codes(user: User) -> None:
    await cast.activate(user.id)
    await renew_recovery_codes(user.id, cast.PASSWORD, visit=cast.VISIT, now=cast.NOW)


async def change(user: User) -> None:
    await change_password(user.id, cast.PASSWORD, NEW, NEW, keep_session="", visit=cast.VISIT, now=cast.NOW)


EVENTS: dict[AccountEvent, Callable[[User], Awaitable[object]]] = {
    AccountEvent.PASSWORD_SET: cast.give_password,
    AccountEvent.PASSWORD_CHANGED: change,
    AccountEvent.FACTOR_SET: lambda user: cast.activate(user.id),
    AccountEvent.FACTOR_REMOVED: remove_factor,
    AccountEvent.FACTOR_FORGOTTEN: forget_factor,
    AccountEvent.CODES_RENEWED: renew_codes,
    AccountEvent.NEW_DEVICE: lambda user: note_login(user, "password", visit=PHONE, now=cast.NOW),
    AccountEvent.IDENTITY_ATTACHED: lambda user: recognise_identity(AGENT, visit=cast.VISIT, now=cast.NOW),
}


@pytest.mark.parametrize("event", AccountEvent)
async def test_the_owner_is_told(event: AccountEvent, postman: Postman) -> None:
    camille = await cast.set_up()
    await cast.give_password(camille)
    await EVENTS[event](camille)
    await send_due(postman.server, worker="w", base_url=cast.BASE_URL, clock=lambda: cast.NOW)
    arrived = postman.received[-1]
    label = event.label[0].lower() + event.label[1:]
    assert arrived["subject"].endswith(f"\u00a0: {typeset(label)}")
    assert arrived["to"] == camille.email
    for kind in ("plain", "html"):
        body = arrived.get_body((kind,))
        assert body is not None
        told = " ".join(re.sub(r"<[^>]+>", " ", body.get_content()).split())
        assert " ".join(bound(event.sentence).split()) in told
        assert "Demandez tout de suite à l’administrateur de votre service" in told
        assert camille.name not in told
        assert set(re.findall(r"https?://[^\s<\"]+", told)) == {"https://pret.example.fr/compte/connexions"}


async def test_a_device_is_new_once_and_its_browser_is_named(postman: Postman) -> None:
    camille = await cast.set_up()
    await cast.give_password(camille)
    for minutes in range(3):
        later = cast.NOW + timedelta(minutes=minutes)
        await note_login(camille, "password", visit=PHONE, now=later)
    await note_login(camille, "password", visit=cast.VISIT, now=cast.NOW)
    told = await send_due(postman.server, worker="w", base_url=cast.BASE_URL, clock=lambda: later)
    assert told == SendingTally(sent=2), "the password that was chosen, and the telephone"
    body = postman.received[-1].get_body(("plain",))
    assert body is not None
    assert ", avec Safari sur iPhone." in body.get_content()


async def test_nothing_of_a_device_is_kept_but_a_digest_and_two_instants() -> None:
    camille = await cast.set_up()
    await note_login(camille, "password", visit=PHONE, now=cast.NOW)
    (row,) = await fetch("SELECT * FROM known_device")
    assert set(dict(row)) == {"id", "account", "token_hash", "first_at", "last_at"}


async def test_an_address_that_cannot_be_written_to_prevents_nothing() -> None:
    camille = await cast.set_up()
    await cast.give_password(camille)
    await fetch("UPDATE app_user SET email = 'camille'")
    await change(camille)
    assert len(await fetch("SELECT id FROM outbox")) == 1, "the first password, when the address was right"
