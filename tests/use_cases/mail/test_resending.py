"""What was refused is sent again to the address on file, or settled otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.mail.conftest import Postman, serving
from tests.stage import family_cast as family
from tests.stage.family_cast import BASE_URL, LISE, PAUL, Clock
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast
from tests.use_cases.visitors import institution_cast as places

from materiel.domain.work.outbox import REFUSED_TEXT_KEPT, Message, MessageState, Purpose
from materiel.errors import Conflict, NotFound, PermissionDenied, RuleBroken
from materiel.store.accounts import service as services
from materiel.store.engine.database import write_transaction
from materiel.store.links import access_link as links
from materiel.store.people import pupil as pupils
from materiel.store.work import outbox
from materiel.use_cases.links.access_link import open_link
from materiel.use_cases.links.institution import InviteInstitution
from materiel.use_cases.links.institution_link import invite_institution
from materiel.use_cases.mail.resending import resend, resend_refused, settle
from materiel.use_cases.mail.sending import send_due
from materiel.use_cases.retention.housekeeping import forget

NEW = "lise.nouvelle@exemple.fr"


@pytest.fixture
def postman() -> Iterator[Postman]:
    made = Postman()
    controller = serving(made)
    controller.start()
    yield made
    controller.stop()


@pytest.fixture
async def clock(db: object) -> Clock:
    await family.set_up()
    return Clock()


async def refused_of_lise(postman: Postman, clock: Clock) -> Message:
    """A request for a signature that bounced: Lise's; Paul's left."""
    await family.send(await family.an_agreement())
    postman.answers = {LISE: "550 5.1.1 unknown"}
    await send_due(postman.server, worker="w", base_url=BASE_URL, clock=clock)
    (message,) = await outbox.refused(cast.SERVICE, limit=9)
    return message


async def correct_the_address(email: str = NEW) -> None:
    """In the database itself: the identifiers of the persons are kept."""
    async with write_transaction():
        pupil = await pupils.get(cast.TWO_HOMES, cast.SERVICE)
        lise, paul = pupil.representatives
        await pupils.save(replace(pupil, representatives=(replace(lise, email=email), paul)))


async def test_a_corrected_address_receives_the_very_link_that_bounced(clock: Clock, postman: Postman) -> None:
    message = await refused_of_lise(postman, clock)
    assert (message.to_address, message.reason) == (LISE, "cette adresse n'existe pas, ou n'existe plus")
    await correct_the_address()
    queued = await resend(message.id, actor=cast.MANAGER, now=clock.now)
    assert (queued.state, queued.to_address, queued.error) == (MessageState.QUEUED, NEW, "")
    await send_due(postman.server, worker="w", base_url=BASE_URL, clock=clock)
    assert postman.received[-1]["to"] == NEW
    token = family.token_in(family.link_in(message))
    link = await open_link(token, now=clock.now)
    assert link is not None
    assert link.email == NEW
    with refused(Conflict, "mail.not_refused"):
        await resend(message.id, actor=cast.MANAGER, now=clock.now)


async def test_what_is_no_longer_true_is_not_sent_again(clock: Clock, postman: Postman) -> None:
    message = await refused_of_lise(postman, clock)
    await family.change_pupil(died_on=cast.TODAY)
    with refused(RuleBroken, "mail.needless") as told:
        await resend(message.id, actor=cast.MANAGER, now=clock.now)
    assert "décès" in str(told.value)
    assert (await outbox.get(message.id, cast.SERVICE)).state is MessageState.FAILED


async def test_nothing_is_sent_again_without_an_address_or_once_its_text_is_forgotten(
    clock: Clock, postman: Postman
) -> None:
    await places.set_up_mailbox()
    invited = await invite_institution(InviteInstitution(insee_code=places.BAULON_INSEE), issuer=cast.ISSUER)
    postman.answers = {invited.link.email: "550 5.2.1 closed"}
    await send_due(postman.server, worker="w", base_url=BASE_URL, clock=clock)
    (message,) = await outbox.refused(cast.SERVICE, limit=9)
    assert message.reason == "cette boîte est fermée"
    await forget(now=clock.now + REFUSED_TEXT_KEPT - timedelta(days=1))
    assert (await outbox.get(message.id, cast.SERVICE)).text
    service = await services.get(cast.SERVICE)
    async with write_transaction():
        await services.save(replace(service, email=""))
    await forget(now=clock.now + REFUSED_TEXT_KEPT + timedelta(days=1))
    with refused(RuleBroken, "mail.forgotten"):
        await resend(message.id, actor=cast.MANAGER, now=clock.now)


async def test_whoever_has_no_address_any_more_is_handed_a_print(clock: Clock, postman: Postman) -> None:
    message = await refused_of_lise(postman, clock)
    await correct_the_address("")
    with refused(RuleBroken, "mail.no_address"):
        await resend(message.id, actor=cast.MANAGER, now=clock.now)


async def test_all_that_was_refused_is_queued_again_and_what_cannot_be_is_told(clock: Clock, postman: Postman) -> None:
    message = await refused_of_lise(postman, clock)
    foreseen = await resend_refused(actor=cast.MANAGER, now=clock.now, dry_run=True)
    assert (foreseen.queued, foreseen.left) == (1, [])
    assert (await outbox.get(message.id, cast.SERVICE)).state is MessageState.FAILED
    await correct_the_address("")
    report = await resend_refused(actor=cast.MANAGER, now=clock.now)
    assert (report.queued, [each.id for each in report.left]) == (0, [message.id])
    await correct_the_address(NEW)
    assert (await resend_refused(actor=cast.MANAGER, now=clock.now)).queued == 1
    assert (await links.of_pupil(cast.TWO_HOMES))[0].email == NEW


async def test_a_refusal_is_settled_without_a_message(clock: Clock, postman: Postman) -> None:
    message = await refused_of_lise(postman, clock)
    (to_paul,) = await family.messages(Purpose.SIGNATURE_REQUEST, PAUL)
    for _ in range(2):
        await settle(message.id, actor=cast.MANAGER, now=clock.now)
    assert await outbox.refused(cast.SERVICE, limit=9) == []
    with refused(Conflict, "mail.not_refused"):
        await settle(to_paul.id, actor=cast.MANAGER, now=clock.now)


async def test_rights_and_scope_are_checked(clock: Clock, postman: Postman) -> None:
    message = await refused_of_lise(postman, clock)
    for act in (resend, settle):
        with pytest.raises(PermissionDenied):
            await act(message.id, actor=cast.READER, now=clock.now)
        with refused(NotFound, "mail.not_found"):
            await act(message.id, actor=cast.STRANGER, now=clock.now)
