"""Readings of pupils' data are noted, whatever the door, and nobody waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextvars import Context
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from litestar import Litestar
from tests.use_cases import loan_cast as cast
from tests.web.conftest import StoppedClock
from tests.web.pages.cast import Accounts, browser, make_accounts, text_of
from tests.web.test_route_matrix import address, cells, our_records

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.history.reading import Reading, ReadingKind
from materiel.errors import Unavailable
from materiel.store.engine.database import fetch, write_transaction
from materiel.use_cases.accounts.token import CreateToken, create_token
from materiel.use_cases.history import reading as use_case
from materiel.use_cases.history.reading import ReadingBuffer, list_readings
from materiel.use_cases.loan.steps import issue_loan
from materiel.use_cases.process.loop import Watch
from materiel.use_cases.process.noting import Notebook, notes_loop
from materiel.use_cases.retention.housekeeping import forget

READER_OF_ALL = Actor("tests", Role.ADMIN, cast.SERVICE)
NAMES = ("Zoé", "Noé", "Ilan", "Anne Exemple")


@pytest.fixture
async def people(app: Litestar, stopped_clock: StoppedClock) -> Accounts:
    stopped_clock.now = cast.NOW
    return await make_accounts(app)


def buffer_of(app: Litestar) -> ReadingBuffer:
    buffer: ReadingBuffer = app.state["readings"]
    return buffer


async def written(app: Litestar) -> list[Reading]:
    await buffer_of(app).flush()
    return [each.reading for each in await list_readings(actor=READER_OF_ALL, limit=200)]


async def of_token(app: Litestar, role: Role) -> dict[str, str]:
    made = await create_token(CreateToken(role=role, label="Tableau"), actor=READER_OF_ALL, now=cast.NOW)
    return {"Authorization": f"Bearer {made.secret}"}


async def test_every_answer_that_names_a_pupil_is_a_reading(
    app: Litestar, people: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The addresses are those that the application has: a new page that shows a name fails here until it is noted.

    What is noted is watched, and not what is left to write: the loop of the server empties that at its own hours.
    """
    watched, note = [], ReadingBuffer.note

    def noting(buffer: ReadingBuffer, actor: Actor, kind: ReadingKind, subject: UUID | None, *, at: datetime) -> None:
        watched.append(subject)
        note(buffer, actor, kind, subject, at=at)

    monkeypatch.setattr(ReadingBuffer, "note", noting)
    records = await our_records()
    client, headers = browser(app), await of_token(app, Role.ADMIN)
    silent, named = [], 0
    for cell in cells(app):
        if cell.method != "GET" or cell.line.audience not in {"account", "api"}:
            continue
        watched.clear()
        path = address(cell.path, records)
        answer = await (client.get(path, headers=headers) if cell.line.audience == "api" else people.admin.get(path))
        if answer.status_code == 200 and any(name in answer.text for name in NAMES):
            named += 1
            if not watched:
                silent.append(cell.path)
    assert silent == []
    assert named > 15


async def test_a_reading_says_who_whom_when_and_how_without_a_name(app: Litestar, people: Accounts) -> None:
    loan_id = await cast.a_draft()
    await people.reader.get(f"/eleves/{cast.CHILD}")
    await people.reader.get(f"/eleves/{cast.CHILD}")
    await people.manager.get(f"/prets/{loan_id}")
    client, headers = browser(app), await of_token(app, Role.READER)
    await client.get("/api/pupils", headers=headers)
    found = {(each.kind, each.pupil_id, each.times, each.channel.value) for each in await written(app)}
    assert found == {
        (ReadingKind.PUPIL, cast.CHILD, 2, "page"),
        (ReadingKind.LOAN, cast.CHILD, 1, "page"),
        (ReadingKind.PUPILS, None, 1, "api"),
    }
    rows = await fetch("SELECT * FROM reading")
    assert "Zoé" not in str([dict(row) for row in rows])
    assert "reading" not in str([row["action"] for row in await fetch("SELECT action FROM journal")])


async def test_what_holds_no_pupil_or_was_refused_is_no_reading(app: Litestar, people: Accounts) -> None:
    await people.admin.get(f"/materiels/{cast.SPARE}")
    await people.stranger.get(f"/eleves/{cast.CHILD}")
    await people.anonymous.get(f"/eleves/{cast.CHILD}")
    assert await written(app) == []


async def test_reading_does_not_wait_for_whoever_writes(app: Litestar, people: Accounts) -> None:
    client, headers = browser(app), await of_token(app, Role.READER)
    path = f"/api/pupils/{cast.CHILD}"
    assert (await client.get(path, headers=headers)).status_code == 200
    await buffer_of(app).flush()
    async with write_transaction():
        # In a context of its own: this one is inside the transaction.
        async with asyncio.timeout(2):
            answer = await asyncio.create_task(client.get(path, headers=headers), context=Context())
    assert answer.status_code == 200
    assert len(buffer_of(app)) == 1


async def test_an_administrator_filters_readings_and_nobody_else_sees_them(app: Litestar, people: Accounts) -> None:
    await people.reader.get(f"/eleves/{cast.CHILD}")
    await people.manager.get(f"/eleves/{cast.ADULT}")
    await written(app)
    page = text_of(await people.admin.get("/reglages/lectures"))
    assert "Zoé Exemple Alix Lecteur, par une page" in page
    assert "s'effacent après 365 jours" in page
    hers = text_of(await people.admin.get("/reglages/lectures", params={"q": "zoe"}))
    assert "Lectures des données de Zoé Exemple" in hers
    assert "Ilan" not in hers
    rows = await fetch("SELECT id FROM app_user WHERE email = 'gestion@exemple.fr'")
    managers = text_of(await people.admin.get("/reglages/lectures", params={"compte": f"user:{rows[0]['id']}"}))
    assert "Ilan Modèle Alix Gestionnaire" in managers
    assert "Zoé Exemple Alix" not in managers
    assert "ne répond à « personne »" in text_of(await people.admin.get("/reglages/lectures", params={"q": "personne"}))
    assert (await people.manager.get("/reglages/lectures")).status_code == 403
    assert "Zoé" not in text_of(await people.stranger.get("/reglages/lectures"))
    assert "365 jours" in text_of(await people.anonymous.get("/donnees-personnelles"))


async def test_readings_are_forgotten_after_a_year(app: Litestar, people: Accounts) -> None:
    await people.reader.get(f"/eleves/{cast.CHILD}")
    await written(app)
    await forget(now=cast.NOW + timedelta(days=364))
    assert len(await fetch("SELECT id FROM reading")) == 1
    await forget(now=cast.NOW + timedelta(days=365))
    assert await fetch("SELECT id FROM reading") == []


async def test_the_loop_writes_and_a_stop_loses_nothing(app: Litestar, people: Accounts) -> None:
    buffer = ReadingBuffer()
    async with Watch().running(notes_loop([buffer], every_seconds=0.01)):
        buffer.note(READER_OF_ALL, ReadingKind.PUPIL, cast.CHILD, at=cast.NOW)
        async with asyncio.timeout(20):
            while not await fetch("SELECT id FROM reading"):
                await asyncio.sleep(0.01)
        buffer.note(READER_OF_ALL, ReadingKind.PUPIL, cast.ADULT, at=cast.NOW)
    assert len(await fetch("SELECT id FROM reading")) == 2


async def test_what_cannot_be_written_waits(app: Litestar, people: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    buffer = ReadingBuffer()
    buffer.note(READER_OF_ALL, ReadingKind.PUPIL, cast.CHILD, at=cast.NOW)

    async def busy(noted: object) -> int:
        raise Unavailable("database.busy", "La base est occupée.")

    with monkeypatch.context() as patch:
        patch.setattr(use_case, "_write", busy)
        async with Watch().running(notes_loop([buffer], every_seconds=0.01)):
            await asyncio.sleep(0.05)
    assert (len(buffer), await buffer.flush(), len(buffer)) == (1, 1, 0)


async def test_what_was_perhaps_written_is_neither_lost_nor_written_twice(
    app: Litestar, people: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    buffer = ReadingBuffer()
    buffer.note(READER_OF_ALL, ReadingKind.PUPIL, cast.CHILD, at=cast.NOW)
    write = use_case._write

    async def unsure(noted: Sequence[Reading]) -> int:
        await write(noted)
        raise Unavailable("database.unsure", "La connexion s'est coupée.")

    with monkeypatch.context() as patch:
        patch.setattr(use_case, "_write", unsure)
        with pytest.raises(Unavailable):
            await buffer.flush()
    buffer.note(READER_OF_ALL, ReadingKind.PUPIL, cast.CHILD, at=cast.NOW)
    await buffer.flush()
    assert [row["times"] for row in await fetch("SELECT times FROM reading")] == [1, 1]


async def test_a_stop_lets_what_is_being_written_end(app: Litestar, people: Accounts) -> None:
    begun, may_end, ends = asyncio.Event(), asyncio.Event(), []

    class Slow(Notebook):
        async def flush(self) -> int:
            begun.set()
            await may_end.wait()
            ends.append("written")
            return 0

    async with Watch().running(notes_loop([Slow()])):
        await begun.wait()
        asyncio.get_running_loop().call_later(0.05, may_end.set)
    assert ends == ["written", "written"]


async def test_an_issued_document_is_read_as_its_pupils(app: Litestar, people: Accounts) -> None:
    await issue_loan(await cast.a_draft(), issuer=cast.ISSUER)
    rows = await fetch("SELECT id FROM document WHERE kind = 'loan_agreement'")
    assert (await people.reader.get(f"/documents/{rows[0]['id']}/pdf")).status_code == 200
    await people.reader.get(f"/materiels/{cast.LAPTOP}")
    found = {(each.kind, each.pupil_id) for each in await written(app)}
    assert found == {(ReadingKind.DOCUMENT, cast.CHILD), (ReadingKind.ITEM, cast.CHILD)}
