"""Asking for a new link with the address that received the former one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.stage import family_cast as family
from tests.stage.family_cast import BASE_URL, LISE, PAUL, Clock, messages
from tests.use_cases import loan_cast as cast
from tests.use_cases.visitors.institution_cast import SIVOS, code_sent_to, entrust, set_up_mailbox

from materiel.domain.work.outbox import Purpose
from materiel.store.links import access_link as links
from materiel.store.people import pupil as pupils
from materiel.use_cases.links.access_link import open_link, revoke_link
from materiel.use_cases.links.institution import InviteInstitution
from materiel.use_cases.links.institution_link import invite_institution, open_institution_link
from materiel.use_cases.links.link_request import request_links_of
from materiel.use_cases.links.mailbox import confirm_mailbox
from materiel.use_cases.papers.issuer import Issuer

BAULON = "35016"


@pytest.fixture
async def clock(db: object) -> Clock:
    await family.set_up()
    return Clock()


async def ask(email: str, clock: Clock) -> list[str]:
    """To whom new links leave."""
    before = len(await messages())
    await request_links_of(email, base_url=BASE_URL, now=clock.now)
    return [each.to_address for each in (await messages())[before:]]


async def test_each_parent_is_sent_a_link_of_their_own_that_works(clock: Clock) -> None:
    former = await family.send(await family.an_agreement())
    clock.later(days=70)
    assert await ask(f" {LISE.upper()} ", clock) == [LISE]
    (letter,) = await messages(Purpose.NEW_LINK)
    assert await open_link(family.token_in(family.link_in(letter)), now=clock.now) is not None
    assert await open_link(family.token_in(former[LISE]), now=clock.now) is None
    assert await ask(PAUL, clock) == [PAUL]


async def test_an_unknown_address_is_sent_nothing(clock: Clock) -> None:
    await family.send(await family.an_agreement())
    clock.later(days=1)
    assert await ask("personne@exemple.fr", clock) == []
    assert await ask("%", clock) == []


async def test_one_link_leaves_in_an_hour(clock: Clock) -> None:
    await family.send(await family.an_agreement())
    clock.later(minutes=59)
    assert await ask(LISE, clock) == []
    clock.later(minutes=1)
    assert await ask(LISE, clock) == [LISE]
    assert await ask(LISE, clock) == []


async def test_a_link_closed_by_the_service_is_not_given_again(clock: Clock) -> None:
    await family.send(await family.an_agreement())
    for link in await links.of_pupil(cast.TWO_HOMES):
        await revoke_link(link.id, actor=cast.MANAGER, now=clock.now)
    clock.later(days=1)
    assert await ask(LISE, clock) == []


async def test_somebody_no_longer_on_file_is_sent_nothing(clock: Clock) -> None:
    await family.send(await family.an_agreement())
    noe = await pupils.get(cast.TWO_HOMES, cast.SERVICE)
    await family.change_pupil(representatives=(replace(noe.representatives[0], email="autre@exemple.fr"),))
    clock.later(days=1)
    assert await ask(LISE, clock) == []
    assert await ask(PAUL, clock) == []


async def test_the_former_mailbox_of_a_school_is_not_written_to_again(clock: Clock) -> None:
    await set_up_mailbox()
    await entrust()
    for command in (InviteInstitution(insee_code=BAULON), InviteInstitution(insee_code=BAULON, of_authority=True)):
        await invite_institution(command, issuer=Issuer(actor=cast.MANAGER, now=clock.now, base_url=BASE_URL))
    clock.later(days=1)
    assert await ask(SIVOS, clock) == [SIVOS]
    letter = (await messages())[-1]
    token = letter.text.partition("/e/")[2].split()[0]
    opened = await open_institution_link(token, now=clock.now)
    assert opened is not None
    assert opened.link.of_authority
    await entrust(email="nouvelle@sivos.example")
    await confirm_mailbox(
        InviteInstitution(insee_code=BAULON, of_authority=True),
        await code_sent_to("nouvelle@sivos.example"),
        actor=cast.MANAGER,
        now=cast.NOW,
    )
    clock.later(days=1)
    # The message goes to the address on file, never to the one typed.
    assert await ask(SIVOS, clock) == ["nouvelle@sivos.example"]
    assert clock.now - cast.NOW == timedelta(days=2)
