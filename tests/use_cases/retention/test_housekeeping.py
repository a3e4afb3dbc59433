"""What is technical and over is forgotten, at its time and not before; what the archives decide about never is."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from tests.stage import family_cast, referent_cast
from tests.use_cases import loan_cast as cast
from tests.use_cases.accounts.account_cast import VISIT

from materiel.domain.accounts.attempt import LONGEST_WINDOW, PAIR
from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.accounts.session import LIFETIMES, SubjectKind
from materiel.domain.calendar.civil_day import MAINLAND, first_instant
from materiel.domain.history.reading import ReadingKind
from materiel.domain.imports.import_file import ImportKind
from materiel.domain.papers.document import Signature
from materiel.domain.signing.evidence import Evidence
from materiel.domain.signing.one_time_code import LIFETIME, OneTimeCode
from materiel.domain.work.housekeeping import KEPT, Remnant, needless_since
from materiel.domain.work.webhook import WebhookEvent
from materiel.store.engine import database as engines
from materiel.store.engine.database import fetch, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.links import access_link as links
from materiel.store.signing import electronic_signature as evidences
from materiel.store.signing import one_time_code as codes
from materiel.store.work import idempotency, outbox
from materiel.store.work import job as jobs
from materiel.store.work import output as outputs
from materiel.store.work import webhook as webhooks
from materiel.use_cases.accounts.attempt import count_tries
from materiel.use_cases.accounts.login import note_login
from materiel.use_cases.accounts.session import open_session
from materiel.use_cases.accounts.user import CreateUser, create_user
from materiel.use_cases.history.reading import record_reading
from materiel.use_cases.imports.import_file import examine_file
from materiel.use_cases.links.access_link import LinkHolder, make_link
from materiel.use_cases.process.loop import Watch
from materiel.use_cases.retention.housekeeping import forget, housekeeping_loop
from materiel.use_cases.work.webhook import AddWebhook, add_webhook, try_webhook

SECOND = timedelta(seconds=1)
ITEMS = b"Num\xc3\xa9ro d'inventaire;D\xc3\xa9signation\nA-1;Ordinateur\n"
JOB_FILE = b"une pile"


async def everything_technical() -> dict[Remnant, datetime]:
    """One of each, and the instant when each is over."""
    await family_cast.set_up()
    now = cast.NOW
    await open_session(SubjectKind.ACCOUNT, new_id(), cast.SERVICE, now=now)
    await count_tries("essai", [("quelqu'un", PAIR)], now=now)
    account = CreateUser(email="claire@exemple.fr", name="Claire", role=Role.MANAGER)
    user = await create_user(account, actor=Actor("cli", Role.ADMIN, cast.SERVICE), now=now)
    await note_login(user, "password", visit=VISIT, now=now)
    agreement = await family_cast.an_agreement()
    await family_cast.send(agreement)
    async with write_transaction():
        await idempotency.claim("token:1", "clé", "0" * 64, at=now)
        link = (await make_link(a_holder("Marthe"), actor_id="tests", now=now)).link
        await codes.insert(a_code(link.id, now), "0" * 64)
        await jobs.enqueue(cast.SERVICE, "essay", "{}", created_by="tests", created_at=now)
    job = await jobs.claim("w", now=now, lease=LIFETIME)
    assert job is not None
    async with write_transaction():
        await jobs.add_file(job.id, "text/plain", JOB_FILE)
        await jobs.fail(job, worker="w", result="{}", now=now, retry=False)
        await outputs.keep(job.id, "documents.pdf", JOB_FILE, expires_at=now + LIFETIME)
        # A failed job whose file was left behind by an older release.
        await jobs.add_file(job.id, "text/plain", JOB_FILE)
    for _ in range(2):
        message = await outbox.claim("w", now=now, lease=LIFETIME)
        assert message is not None
        await outbox.mark_sent(message.id, "w", now)
    await a_call(now)
    await record_reading(ReadingKind.PUPILS, actor=cast.MANAGER, now=now)
    sent = await examine_file(ImportKind.ITEMS, "parc.csv", ITEMS, actor=cast.MANAGER, now=now)
    referent = await referent_cast.a_referent()
    sector_link = (await referent_cast.a_reader(referent)).link
    return {
        Remnant.SESSION: now + LIFETIMES[SubjectKind.ACCOUNT].total,
        Remnant.CODE: now + LIFETIME,
        Remnant.LINK: link.expires_at,
        Remnant.REFERENT_LINK: sector_link.expires_at,
        # By then its links are gone too.
        Remnant.REFERENT: first_instant(referent.ends_on, MAINLAND),
        Remnant.ATTEMPT: now,
        Remnant.DEVICE: now,
        Remnant.KEY: now,
        Remnant.JOB: now,
        Remnant.MESSAGE: now,
        Remnant.IMPORT: sent.expires_at,
        Remnant.PRINTED: now + LIFETIME,
        Remnant.CALL: now,
        Remnant.READING: now,
    }


async def a_call(now: datetime) -> None:
    """A call of a webhook, answered."""
    admin = Actor("tests", Role.ADMIN, cast.SERVICE)
    command = AddWebhook(url="https://outil.exemple.fr/", events=(WebhookEvent.LOAN_ISSUED,))
    added = await add_webhook(command, networks="", secret_key="", actor=admin, now=now)
    await try_webhook(added.webhook.id, actor=admin, now=now)
    call = await webhooks.claim("w", added.webhook.id, now=now, lease=LIFETIME)
    assert call is not None
    await webhooks.mark_sent(call, "w", now)


def a_holder(name: str) -> LinkHolder:
    return LinkHolder(service_id=cast.SERVICE, email="marthe@exemple.fr", name=name, pupil_id=cast.CHILD)


def a_code(link_id: object, now: datetime) -> OneTimeCode:
    return OneTimeCode(
        id=new_id(),
        link_id=link_id,  # type: ignore[arg-type]
        purpose="sign",
        attempts=0,
        created_at=now,
        expires_at=now + LIFETIME,
    )


@pytest.mark.parametrize("remnant", list(Remnant))
async def test_each_is_forgotten_at_its_time_and_not_before(remnant: Remnant, db: engines.DatabaseEngine) -> None:
    over = await everything_technical()
    due = over[remnant] + KEPT[remnant]
    early = await forget(now=due - SECOND, dry_run=True)
    late = await forget(now=due, dry_run=True)
    many = {Remnant.MESSAGE: 4, Remnant.LINK: 3}.get(remnant, 1)
    if remnant is Remnant.REFERENT:
        # Its links go first.
        await forget(now=due - SECOND)
        return
    if remnant is Remnant.LINK:
        # Its code, and those of the letters, go first.
        early, late = await forget(now=due - SECOND), await forget(now=due)
    assert (early.counts[remnant], late.counts[remnant]) == (0, many)
    await forget(now=due)
    assert (await forget(now=due)).counts[remnant] == 0


async def test_a_dry_run_deletes_nothing(db: engines.DatabaseEngine) -> None:
    await everything_technical()
    later = cast.NOW + timedelta(days=3000)
    told = await forget(now=later, dry_run=True)
    assert (await forget(now=later)).counts == told.counts | {Remnant.LINK: 3, Remnant.REFERENT: 1}
    assert await forget(now=later) == replace(told, dry_run=False, counts=dict.fromkeys(Remnant, 0))
    assert await fetch("SELECT * FROM job_file") == []


async def test_what_waits_or_runs_is_kept(db: engines.DatabaseEngine) -> None:
    await cast.set_up()
    async with write_transaction():
        await jobs.enqueue(cast.SERVICE, "essay", "{}", created_by="tests", created_at=cast.NOW)
    await family_cast.change_pupil(cast.ADULT, email=family_cast.ILAN)
    agreement = await family_cast.an_agreement(pupil=cast.ADULT)
    await family_cast.send(agreement)
    report = await forget(now=cast.NOW + KEPT[Remnant.MESSAGE] - SECOND)
    assert (report.counts[Remnant.JOB], report.counts[Remnant.MESSAGE]) == (0, 0)
    # What found no way out in a year would keep its text for ever.
    report = await forget(now=cast.NOW + KEPT[Remnant.MESSAGE])
    assert (report.counts[Remnant.JOB], report.counts[Remnant.MESSAGE]) == (0, 1)


async def test_the_link_behind_a_signature_is_kept(db: engines.DatabaseEngine) -> None:
    await everything_technical()
    agreement = await family_cast.an_agreement(pupil=cast.CHILD, item=cast.SPARE)
    async with write_transaction():
        link = (await make_link(a_holder("Anne Exemple"), actor_id="tests", now=cast.NOW)).link
        await evidences.insert(an_evidence(agreement.id, agreement.signatures[0], link.id))
    later = cast.NOW + timedelta(days=3000)
    await forget(now=later)
    assert [row["id"] for row in await fetch("SELECT id FROM access_link")] == [link.id]
    assert await links.get(link.id) == link


def an_evidence(document_id: object, box: Signature, link_id: object) -> Evidence:
    return Evidence(
        signature_id=box.id,
        document_id=document_id,  # type: ignore[arg-type]
        link_id=link_id,  # type: ignore[arg-type]
        sha256="0" * 64,
        typed_name="Anne Exemple",
        capacity="mère",
        email="anne@exemple.fr",
        shown_at=cast.NOW,
        consented_at=cast.NOW,
        code_sent_at=cast.NOW,
        code_checked_at=cast.NOW,
    )


async def test_the_worker_forgets_regularly_until_it_is_stopped(db: engines.DatabaseEngine) -> None:
    loop = housekeeping_loop(clock=lambda: cast.NOW + LONGEST_WINDOW, every_seconds=0.01)
    async with asyncio.timeout(20), Watch().running(loop):
        for _ in range(2):
            await count_tries("essai", [("quelqu'un", PAIR)], now=cast.NOW)
            while await fetch("SELECT * FROM attempt"):
                await asyncio.sleep(0.01)


def test_an_instant_is_told_for_each() -> None:
    assert {needless_since(remnant, cast.NOW) for remnant in Remnant} == {cast.NOW - delay for delay in KEPT.values()}
    assert set(KEPT) == set(Remnant)
