"""Référents: a sector, a link that lasts as long, closed at once, renewed to the address on file alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.stage import referent_cast as stage
from tests.stage.family_cast import messages
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast

from materiel.domain.links.referent import Referent
from materiel.domain.work.outbox import MessageState, Purpose
from materiel.errors import Conflict, NotFound, PermissionDenied, RuleBroken
from materiel.store.engine.database import fetch, write_transaction
from materiel.store.links import referent as referents
from materiel.store.work import outbox
from materiel.use_cases.links.access_link import enter_by
from materiel.use_cases.links.link_request import request_link, request_links_of
from materiel.use_cases.links.referent import (
    ChangeReferent,
    change_referent,
    close_referent_links,
    list_referents,
    open_referent_link,
    read_referent,
    reader_of_link,
    send_referent_link,
)
from materiel.use_cases.mail.departure import LINK_CLOSED, LINK_OVER, MOVED, why_not
from materiel.use_cases.mail.resending import resend
from materiel.use_cases.mail.status import mail_to_referent
from materiel.use_cases.papers.issuer import Issuer

BASE = "https://pret.example.fr"
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
async def _cast(db: None) -> None:
    await cast.set_up()


def written_again(referent: Referent, **changes: object) -> ChangeReferent:
    asked: dict[str, object] = {
        **{name: getattr(referent, name) for name in ("name", "email", "ends_on", "schools", "version")},
        **changes,
    }
    return ChangeReferent(referent_id=referent.id, **asked)  # type: ignore[arg-type]


async def test_a_sector_is_given_changed_and_read_by_its_service_alone() -> None:
    referent = await stage.a_referent(cast.COLLEGE, cast.BAULON)
    sheet = await read_referent(referent.id, actor=cast.READER)
    assert [each.uai for each in sheet.schools] == [cast.BAULON, cast.COLLEGE]
    changed = await change_referent(written_again(referent, schools=(cast.CARDROC,)), actor=cast.MANAGER, now=cast.NOW)
    assert (await list_referents(actor=cast.READER)) == [changed]
    assert changed.schools == (cast.CARDROC,)
    with refused(Conflict, "referent.changed"):
        await change_referent(written_again(referent), actor=cast.MANAGER, now=cast.NOW)
    with refused(NotFound, "referent.not_found"):
        await read_referent(referent.id, actor=cast.STRANGER)
    with pytest.raises(PermissionDenied):
        await change_referent(written_again(changed), actor=cast.READER, now=cast.NOW)
    assert await list_referents(actor=cast.STRANGER) == []


async def test_a_link_opens_until_the_sector_ends_and_its_secret_is_kept_nowhere() -> None:
    referent = await stage.a_referent()
    link_id = await stage.a_link(referent)
    token = await stage.last_token()
    opened = await open_referent_link(token, now=cast.NOW)
    assert opened is not None
    assert opened.referent.id == referent.id
    assert await open_referent_link("x" * 32, now=cast.NOW) is None
    assert await open_referent_link("court", now=cast.NOW) is None
    over = opened.link.expires_at
    assert await open_referent_link(token, now=over, looks_only=True) is None
    with refused(NotFound, "access_link.closed"):
        await reader_of_link(link_id, now=over)
    for table in ("referent_link", "journal", "referent"):
        assert token not in str([dict(row) for row in await fetch(f"SELECT * FROM {table}")])
    (message,) = await messages(Purpose.REFERENT)
    for pupil in ("Zoé", "Exemple", "Ordinateur"):
        assert pupil not in message.subject + message.text


async def test_a_later_link_replaces_the_former_once_it_is_used() -> None:
    referent = await stage.a_referent()
    await stage.a_link(referent)
    former = await stage.last_token()
    with refused(RuleBroken, "referent.just_written"):
        await stage.a_link(referent)
    later = cast.NOW + HOUR
    link_id = await stage.a_link(referent, now=later)
    assert await open_referent_link(former, now=later) is not None
    async with write_transaction():
        await enter_by(link_id, later)
    assert await open_referent_link(former, now=later) is None
    assert await open_referent_link(await stage.last_token(), now=later) is not None


async def test_closing_and_another_address_let_nobody_in() -> None:
    referent = await stage.a_referent()
    link_id = await stage.a_link(referent)
    with refused(NotFound, "referent.not_found"):
        await close_referent_links(referent.id, actor=cast.STRANGER, now=cast.NOW)
    moved = await change_referent(written_again(referent, email="autre@exemple.fr"), actor=cast.MANAGER, now=cast.NOW)
    with refused(NotFound, "access_link.closed"):
        await reader_of_link(link_id, now=cast.NOW)
    back = await change_referent(written_again(moved, email=referent.email), actor=cast.MANAGER, now=cast.NOW)
    assert (await reader_of_link(link_id, now=cast.NOW)).referent.version == back.version
    await close_referent_links(referent.id, actor=cast.MANAGER, now=cast.NOW)
    await close_referent_links(referent.id, actor=cast.MANAGER, now=cast.NOW)
    with refused(NotFound, "access_link.closed"):
        await reader_of_link(link_id, now=cast.NOW)
    assert len(await fetch("SELECT id FROM journal WHERE action = 'referent.link_revoked'")) == 1


async def test_a_sector_that_is_over_is_written_to_no_more() -> None:
    referent = await stage.a_referent()
    late = cast.NOW + timedelta(days=400)
    issuer = Issuer(actor=cast.MANAGER, now=late, base_url=BASE)
    with refused(RuleBroken, "referent.over"):
        await send_referent_link(referent.id, issuer=issuer)


async def test_a_new_link_is_asked_by_the_former_or_by_the_address_once_an_hour() -> None:
    referent = await stage.a_referent()
    await stage.a_link(referent)
    token = await stage.last_token()
    await request_link(token, base_url=BASE, now=cast.NOW)
    assert len(await messages(Purpose.REFERENT)) == 1
    await request_link(token, base_url=BASE, now=cast.NOW + HOUR)
    await request_links_of(stage.EMAIL.upper(), base_url=BASE, now=cast.NOW + 2 * HOUR)
    await request_links_of("inconnue@exemple.fr", base_url=BASE, now=cast.NOW + 3 * HOUR)
    await request_link("x" * 32, base_url=BASE, now=cast.NOW + 3 * HOUR)
    assert len(await messages(Purpose.REFERENT)) == 3
    await close_referent_links(referent.id, actor=cast.MANAGER, now=cast.NOW)
    await request_link(token, base_url=BASE, now=cast.NOW + 5 * HOUR)
    assert len(await messages(Purpose.REFERENT)) == 3


async def test_a_message_is_judged_again_when_it_leaves() -> None:
    referent = await stage.a_referent()
    await stage.a_link(referent)
    (message,) = await messages(Purpose.REFERENT)
    assert await why_not(message, now=cast.NOW) == ""
    assert await why_not(replace(message, to_address="x@exemple.fr"), now=cast.NOW) == MOVED
    assert await why_not(message, now=cast.NOW + timedelta(days=400)) == LINK_OVER
    await close_referent_links(referent.id, actor=cast.MANAGER, now=cast.NOW)
    assert await why_not(message, now=cast.NOW) == LINK_CLOSED


async def test_a_refused_message_goes_again_to_the_address_on_file() -> None:
    referent = await stage.a_referent()
    link_id = await stage.a_link(referent)
    claimed = await outbox.claim("w", now=cast.NOW, lease=HOUR)
    assert claimed is not None
    async with write_transaction():
        await outbox.mark_failed(claimed.id, "w", error="550 inconnue")
    (line,) = await mail_to_referent(referent.id, actor=cast.READER)
    assert line.message.state is MessageState.FAILED
    assert (line.name, line.correct) == (referent.name, f"/referents/{referent.id}/modifier#f-email")
    await change_referent(written_again(referent, email="juste@exemple.fr"), actor=cast.MANAGER, now=cast.NOW)
    await resend(claimed.id, actor=cast.MANAGER, now=cast.NOW)
    found = await referents.find_link(link_id)
    assert found is not None
    assert found.email == "juste@exemple.fr"
