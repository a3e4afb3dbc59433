"""Elimination under the archives' visa: what goes, what stays, what the database refuses, and a worker killed."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import signal
import sqlite3
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from tests.stage import family_cast
from tests.stage import retention_cast as old
from tests.stage.refusals import refused
from tests.stage.retention_cast import ADMIN, LONG_AFTER, NAMES, SURNAME
from tests.use_cases import loan_cast as cast

from materiel.domain.calendar.civil_day import MAINLAND, civil_date
from materiel.domain.circuit.condition.remark import ConditionRemark
from materiel.domain.circuit.condition.state import ConditionMoment, ConditionState
from materiel.domain.history.correction import Correction, CorrectionKind, CorrectionSubject
from materiel.domain.incident.photo import Photo, PhotoOccasion
from materiel.domain.loan.loan import LoanStatus
from materiel.domain.papers.scan_pile import BoxState, InkVerdict, PageState, PileState, ScanBox, ScanPage, ScanPile
from materiel.domain.retention.retention import Nature
from materiel.domain.signing.one_time_code import OneTimeCode
from materiel.domain.work.job import JobState
from materiel.domain.work.outbox import About, Message, Purpose
from materiel.errors import BadInput, Conflict, NotFound, PermissionDenied, RuleBroken
from materiel.store.accounts import service as services
from materiel.store.circuit.condition import remark as remarks
from materiel.store.circuit.condition import state as states
from materiel.store.engine.database import DatabaseEngine, fetch, is_postgres, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.engine.sqlite import PooledSQLiteEngine
from materiel.store.engine.statement import Statement
from materiel.store.history import journal
from materiel.store.incident import photo as photos
from materiel.store.links import access_link as links
from materiel.store.papers import correction as corrections
from materiel.store.papers import document as documents
from materiel.store.papers import scan_pile as piles
from materiel.store.people import pupil as pupils
from materiel.store.retention import eliminated as remains
from materiel.store.retention import elimination as eliminations
from materiel.store.retention import erasure
from materiel.store.signing import one_time_code as codes
from materiel.store.tables import ALL_TABLES
from materiel.store.work import outbox
from materiel.use_cases.history.item import item_history
from materiel.use_cases.history.journal import verify_history
from materiel.use_cases.history.list import tell_journal
from materiel.use_cases.people.pupil import get_pupil
from materiel.use_cases.retention.elimination import (
    GiveVisa,
    abandon_elimination,
    current_elimination,
    elimination_list,
    give_visa,
    list_listed,
    megabytes,
    prepare_elimination,
    read_elimination,
    resume_elimination,
)
from materiel.use_cases.retention.retention import hold_loan, lift_hold, list_over, read_loan_retention, read_overview
from materiel.use_cases.work.job import LEASE, get_job, run_next
from materiel.use_cases.worker import HANDLERS

DAY = civil_date(LONG_AFTER, MAINLAND)


@pytest.fixture(autouse=True)
async def _cast(db: DatabaseEngine) -> None:
    await old.set_up()


async def count(table: str) -> int:
    found: int = (await fetch(f"SELECT count(*) AS found FROM {table}"))[0]["found"]
    return found


async def change(sql: str) -> None:
    """What a program that is not ours would try."""
    async with write_transaction():
        await fetch(sql)


async def test_pages_boxes_and_photographs_go_with_their_loan(db: DatabaseEngine) -> None:
    loan_id = await old.an_old_loan()
    paper = next(each for each in await documents.of_loan(loan_id) if each.signatures)
    line = (await fetch(f"SELECT item FROM loan_item WHERE loan = '{loan_id}'"))[0]
    pile = ScanPile(
        id=new_id(),
        service_id=paper.service_id,
        job_id=new_id(),
        sha256="0" * 64,
        files=1,
        state=PileState.READ,
        created_by="tests",
        created_at=cast.NOW,
    )
    page = ScanPage(
        id=new_id(),
        pile_id=pile.id,
        rank=1,
        state=PageState.WAITING,
        problem=None,
        sha256="",
        document_id=paper.id,
        number=1,
    )
    box = ScanBox(
        id=new_id(),
        page_id=page.id,
        signature_id=paper.signatures[0].id,
        verdict=InkVerdict.INK,
        state=BoxState.WAITING,
    )
    photo = Photo(
        id=new_id(),
        service_id=paper.service_id,
        item_id=line["item"],
        occasion=PhotoOccasion.RETURN,
        taken_on=cast.TODAY,
        sha256="0" * 64,
        added_by="tests",
        added_at=cast.NOW,
        loan_id=loan_id,
    )
    seen = ConditionState(
        id=new_id(),
        service_id=paper.service_id,
        item_id=line["item"],
        moment=ConditionMoment.RETURN,
        seen_on=cast.TODAY,
        noted_by="tests",
        noted_at=cast.NOW,
        loan_id=loan_id,
    )
    said = ConditionRemark(
        id=new_id(),
        service_id=paper.service_id,
        loan_id=loan_id,
        item_id=line["item"],
        moment=ConditionMoment.RETURN,
        text="Elle grince",
        said_on=cast.TODAY,
        said_at=cast.NOW,
        said_by="tests",
        said_link=new_id(),
    )
    async with write_transaction():
        await states.insert(seen)
        await remarks.insert(said)
        await piles.insert_pile(pile)
        await piles.insert_page(page, paper.service_id, content=b"x", preview=b"x")
        await piles.insert_box(box, b"x")
        await photos.insert(photo, large=b"x", small=b"x")
        for more in ({"state_id": seen.id}, {"remark_id": said.id}):
            await photos.insert(replace(photo, id=new_id(), **more), large=b"x", small=b"x")
    await old.eliminated()
    for table in ("scan_page", "scan_box", "photo", "condition_state", "condition_remark"):
        assert await fetch(f"SELECT id FROM {table}") == []


async def test_everything_that_names_somebody_is_gone_and_the_rest_stays(db: DatabaseEngine) -> None:
    loan_id = await old.an_old_loan()
    papers = await documents.of_loan(loan_id)
    assert {"pupil", "document", "signature", "signature_evidence", "document_scan", "incident_file", "home"} < set(
        await old.rows_that_say(NAMES)
    )
    elimination = await old.eliminated()

    assert await old.rows_that_say(NAMES) == []
    if isinstance(db, PooledSQLiteEngine):
        # Neither the free pages nor the write-ahead log still hold what was deleted.
        for file in (db.path, f"{db.path}-wal"):
            data = Path(file).read_bytes() if Path(file).exists() else b""
            assert [name for name in NAMES if name.encode() in data or name.lower().encode() in data] == []
    sheet = await read_elimination(elimination.id, actor=ADMIN)
    assert (sheet.loans_done, sheet.documents_done, sheet.left, sheet.elimination.pupils) == (1, len(papers), 0, 3)
    assert sheet.elimination.finished_at is not None
    assert not sheet.may_resume
    kept = [await remains.paper_by_code(paper.code) for paper in papers]
    assert [(each.number, each.kind, each.sha256, each.issued_on) for each in kept if each] == [
        (paper.number, paper.kind, paper.sha256, paper.issued_on) for paper in papers
    ]
    (loan,) = await fetch("SELECT * FROM eliminated_loan")
    assert (loan["school_kind"], loan["departement"], loan["closed_on"]) == (
        "private_under_contract",
        "035",
        old.RETURNED_ON,
    )
    (incident,) = await fetch("SELECT * FROM incident")
    assert (incident["kind"], incident["loan"], incident["description"], incident["state"]) == (
        "breakdown",
        None,
        "",
        "closed",
    )
    history = [line.sentence for line in await item_history(cast.LAPTOP, actor=ADMIN)]
    assert any("Réservé pour un prêt éliminé depuis" in line and "département 35" in line for line in history)
    assert "Rendu, état : usagé." in history or any(line.startswith("Rendu") for line in history)


async def test_why_acts_were_taken_back_goes_with_what_they_were_about() -> None:
    loan_id = await old.an_old_loan()
    paper = (await documents.of_loan(loan_id))[0]
    about = {
        (CorrectionSubject.LOAN, CorrectionKind.RETURN): loan_id,
        (CorrectionSubject.DOCUMENT, CorrectionKind.SIGNATURE): paper.id,
        (CorrectionSubject.PUPIL, CorrectionKind.DEATH): cast.TWO_HOMES,
    }
    kept = new_id()
    async with write_transaction():
        for (subject, kind), subject_id in (*about.items(), ((CorrectionSubject.LOAN, CorrectionKind.RECALL), kept)):
            await corrections.insert(
                Correction(
                    id=new_id(),
                    service_id=cast.SERVICE,
                    subject_kind=subject,
                    subject_id=subject_id,
                    kind=kind,
                    reason=f"Noté par erreur pour {old.FIRST_NAME}",
                    corrected_by="tests",
                    corrected_at=cast.NOW,
                )
            )
    assert await count("correction") == 4
    await old.eliminated()
    assert [row["subject"] for row in await fetch("SELECT subject FROM correction")] == [kept]


async def test_verify_stays_true_and_tells_how_many_papers_are_lawfully_gone() -> None:
    loan_id = await old.an_old_loan()
    number = len(await documents.of_loan(loan_id))
    await old.eliminated()
    found = await verify_history()
    assert (found.fault, found.documents, found.eliminated) == (None, 0, number)


async def test_the_journal_tells_it_without_a_name() -> None:
    await old.an_old_loan()
    await old.eliminated()
    told = [entry.sentence for entry in await tell_journal(actor=ADMIN, limit=8)]
    assert told == [
        "Élimination terminée : 1 prêts, 4 documents, 3 élèves.",
        *["Données d'un élève éliminées sous visa des archives."] * 3,
        "Prêt éliminé sous visa des archives.",
        "Visa des archives enregistré : visa du 10 janvier 2033, 3 dossiers.",
        "Bordereau d'élimination établi, et gardé tel quel.",
        "Bordereau d'élimination préparé.",
    ]
    assert (await journal.verify()).fault is None


async def test_another_loan_of_the_pupil_keeps_the_pupil() -> None:
    await old.an_old_loan()
    await old.an_old_loan(cast.SPARE, returned_on=date(2032, 6, 30))
    await old.eliminated()
    assert (await count("loan"), await count("eliminated_loan")) == (1, 1)
    kept = await pupils.get(cast.TWO_HOMES, cast.SERVICE)
    assert (kept.last_name, len(kept.homes), len(kept.representatives)) == (SURNAME, 1, 1)
    assert await count("access_link") > 0
    assert (await verify_history()).fault is None


async def test_a_pupil_looked_after_since_is_kept_without_his_loan() -> None:
    await old.an_old_loan()
    async with write_transaction():
        await journal.By(cast.SERVICE, "user:1", LONG_AFTER - timedelta(days=30)).note("pupil.updated", cast.TWO_HOMES)
    await old.eliminated()
    assert (await pupils.get(cast.TWO_HOMES, cast.SERVICE)).last_name == SURNAME
    assert await count("eliminated_loan") == 1


async def test_pupils_who_were_lent_nothing_go_with_the_same_list() -> None:
    # The three of the cast were never lent anything either.
    await old.a_pupil_without_loan(created_at=LONG_AFTER - timedelta(days=300))
    overview = await read_overview(DAY, actor=ADMIN)
    assert (overview.loans, overview.pupils) == (0, 3)
    elimination = await old.eliminated()
    assert [(line.nature, line.files, line.size) for line in elimination.inventory] == [(Nature.PUPIL, 3, 0)]
    assert await count("pupil") == 1
    with refused(NotFound, "pupil.not_found"):
        await get_pupil(cast.CHILD, actor=ADMIN)


@pytest.mark.parametrize("status", [each for each in LoanStatus if each not in {LoanStatus.CLOSED}])
async def test_only_what_is_closed_or_cancelled_is_over(status: LoanStatus) -> None:
    await old.a_bare_loan(1, status=status)
    overview = await read_overview(DAY, actor=ADMIN)
    assert overview.loans == (1 if status is LoanStatus.CANCELLED else 0)
    assert overview.returned == (1 if status is LoanStatus.RETURNED else 0)


async def test_a_loan_is_over_the_day_after_its_last_day_kept() -> None:
    loan = await old.a_bare_loan(1)
    last = (await read_loan_retention(loan.id, actor=ADMIN)).last_day
    assert last == date(2032, 6, 30)
    assert [len(await list_over(day, actor=ADMIN, limit=5)) for day in (last, last + timedelta(days=1))] == [0, 1]
    service = await services.get(cast.SERVICE)
    async with write_transaction():
        await services.save(replace(service, loan_years=6))
    assert await list_over(last + timedelta(days=1), actor=ADMIN, limit=5) == []


async def test_the_pages_of_a_list_follow_each_other() -> None:
    made = [(await old.a_bare_loan(number)).id for number in range(3)]
    first = await list_over(DAY, actor=ADMIN, limit=2)
    rest = await list_over(DAY, actor=ADMIN, limit=2, after=first[-1].id)
    assert [each.id for each in (*first, *rest)] == sorted(made)
    elimination = await prepare_elimination(DAY, actor=ADMIN, now=LONG_AFTER)
    listed = await list_listed(elimination.id, actor=ADMIN, limit=2, after=first[-1].id)
    assert [each.id for each in listed] == [rest[0].id]


async def test_what_is_held_or_has_an_open_incident_is_left() -> None:
    held, hurt, free = [(await old.a_bare_loan(number)).id for number in range(3)]
    await hold_loan(held, "Plainte en cours", actor=cast.MANAGER, now=cast.NOW)
    await old.an_incident(hurt, cast.SPARE)
    overview = await read_overview(DAY, actor=ADMIN)
    assert (overview.loans, overview.held) == (3, 2)
    assert [each.id for each in await list_over(DAY, actor=ADMIN, held=True, limit=5)] == [held, hurt]
    assert [each.id for each in await list_over(DAY, actor=ADMIN, held=False, limit=5)] == [free]
    await old.eliminated()
    assert {row["id"] for row in await fetch("SELECT id FROM loan")} == {held, hurt}
    await lift_hold(held, actor=cast.MANAGER, now=cast.NOW)
    with refused(Conflict, "loan_hold.none"):
        await lift_hold(held, actor=cast.MANAGER, now=cast.NOW)
    await old.eliminated(LONG_AFTER + timedelta(days=30))
    assert {row["id"] for row in await fetch("SELECT id FROM loan")} == {hurt}


async def test_a_hold_put_after_the_visa_still_saves_the_loan() -> None:
    held, free = [(await old.a_bare_loan(number)).id for number in range(2)]
    elimination = await prepare_elimination(DAY, actor=ADMIN, now=LONG_AFTER)
    job = await old.a_visa(elimination)
    await hold_loan(held, "Recours reçu ce matin", actor=cast.MANAGER, now=LONG_AFTER)
    await run_next("worker", HANDLERS, clock=lambda: LONG_AFTER)
    ended = await get_job(job.id, actor=ADMIN)
    assert (ended.state, '"left":1' in (ended.result or "")) == (JobState.DONE, True)
    assert [row["id"] for row in await fetch("SELECT id FROM loan")] == [held]
    assert (await count("elimination_loan"), await count("eliminated_loan")) == (0, 1)
    assert free != held


async def test_a_hold_has_a_reason_replaced_by_the_next_and_is_the_services_own() -> None:
    loan = await old.a_bare_loan(1)
    with refused(RuleBroken, "loan_hold.invalid"):
        await hold_loan(loan.id, " ", actor=cast.MANAGER, now=cast.NOW)
    for reason in ("Vol", "Vol, jugement attendu"):
        await hold_loan(loan.id, reason, actor=cast.MANAGER, now=cast.NOW)
    hold = (await read_loan_retention(loan.id, actor=cast.READER)).hold
    assert hold is not None
    assert (hold.reason, hold.placed_by) == ("Vol, jugement attendu", cast.MANAGER.id)
    with pytest.raises(PermissionDenied):
        await hold_loan(loan.id, "Vol", actor=cast.READER, now=cast.NOW)
    for act in (
        hold_loan(loan.id, "Vol", actor=cast.STRANGER, now=cast.NOW),
        lift_hold(loan.id, actor=cast.STRANGER, now=cast.NOW),
        read_loan_retention(loan.id, actor=cast.STRANGER),
    ):
        with refused(NotFound, "loan.not_found"):
            await act


async def test_two_services_never_mix() -> None:
    await old.a_bare_loan(1)
    elimination = await prepare_elimination(DAY, actor=ADMIN, now=LONG_AFTER)
    theirs = await read_overview(DAY, actor=cast.STRANGER)
    assert (theirs.loans, theirs.pupils, theirs.current) == (0, 0, None)
    for act in (
        read_elimination(elimination.id, actor=cast.STRANGER),
        elimination_list(elimination.id, actor=cast.STRANGER),
        list_listed(elimination.id, actor=cast.STRANGER, limit=5),
        abandon_elimination(elimination.id, actor=cast.STRANGER, now=LONG_AFTER),
        resume_elimination(elimination.id, actor=cast.STRANGER, now=LONG_AFTER),
        give_visa(GiveVisa(elimination_id=elimination.id, on=DAY, reference="1"), actor=cast.STRANGER, now=LONG_AFTER),
    ):
        with refused(NotFound, "elimination.not_found"):
            await act
    with refused(RuleBroken, "elimination.nothing_over"):
        await prepare_elimination(DAY, actor=cast.STRANGER, now=LONG_AFTER)
    assert await current_elimination(actor=cast.STRANGER) is None


async def test_only_administrators_eliminate() -> None:
    for act in (
        read_overview(DAY, actor=cast.MANAGER),
        list_over(DAY, actor=cast.MANAGER, limit=5),
        prepare_elimination(DAY, actor=cast.MANAGER, now=LONG_AFTER),
        read_elimination(new_id(), actor=cast.MANAGER),
        give_visa(GiveVisa(elimination_id=new_id(), on=DAY, reference="1"), actor=cast.MANAGER, now=LONG_AFTER),
    ):
        with pytest.raises(PermissionDenied):
            await act


async def test_one_list_at_a_time_of_what_is_over_and_it_may_be_given_up() -> None:
    await old.a_bare_loan(1)
    with refused(BadInput, "elimination.day_in_future"):
        await prepare_elimination(DAY + timedelta(days=1), actor=ADMIN, now=LONG_AFTER)
    first = await prepare_elimination(DAY, actor=ADMIN, now=LONG_AFTER)
    with refused(Conflict, "elimination.under_way"):
        await prepare_elimination(DAY, actor=ADMIN, now=LONG_AFTER)
    with refused(Conflict, "elimination.not_stopped"):
        await resume_elimination(first.id, actor=ADMIN, now=LONG_AFTER)
    await abandon_elimination(first.id, actor=ADMIN, now=LONG_AFTER)
    with refused(NotFound, "elimination.not_found"):
        await read_elimination(first.id, actor=ADMIN)
    second = await prepare_elimination(DAY, actor=ADMIN, now=LONG_AFTER)
    await old.a_visa(second)
    with refused(Conflict, "elimination.already_visaed"):
        await abandon_elimination(second.id, actor=ADMIN, now=LONG_AFTER)
    with refused(Conflict, "elimination.already_visaed"):
        await old.a_visa(second)
    assert await count("loan") == 1


async def test_the_list_for_the_archives_counts_and_names_nobody() -> None:
    await old.an_old_loan()
    service = await services.get(cast.SERVICE)
    async with write_transaction():
        await services.save(replace(service, retention_reference="Tableau de gestion 2030, ligne 12"))
    elimination = await prepare_elimination(DAY, actor=ADMIN, now=LONG_AFTER)
    before = await elimination_list(elimination.id, actor=ADMIN)
    head, loans_line, pupils_line = before.decode("utf-8-sig").splitlines()
    assert head.startswith("N° d'ordre;Service producteur;Code du service;Nature des documents")
    (line, _) = elimination.inventory
    assert loans_line.split(";")[4:] == [
        *("2027", "07/09/2026", "30/06/2027", "1", str(line.documents), megabytes(line.size), "électronique"),
        *("5 ans après la restitution ou la fin du prêt", "Tableau de gestion 2030, ligne 12"),
    ]
    assert line.size > 10 * len(old.PDF)
    assert [megabytes(size) for size in (0, 1, 1_499_999, 12_000_000)] == ["0,0", "0,1", "1,5", "12,0"]
    assert "Fiches d'élèves sans prêt;2026" in pupils_line
    assert not any(name in before.decode() for name in NAMES)
    await old.a_visa(elimination)
    await run_next("worker", HANDLERS, clock=lambda: LONG_AFTER)
    assert await elimination_list(elimination.id, actor=ADMIN) == before


FORGED = [
    ("DELETE FROM document", "document_kept"),
    ("DELETE FROM document_file", "document_file_kept"),
    ("DELETE FROM document_scan", "document_scan_kept"),
    ("DELETE FROM recipient", "recipient_kept"),
    ("DELETE FROM signature_evidence", "signature_evidence_kept"),
    ("UPDATE document SET content = ''", "document_frozen"),
    ("UPDATE elimination_loan SET elimination = elimination", "elimination_loan_frozen"),
    (
        "INSERT INTO eliminated_loan (id, service, elimination, usage, custody, school_kind, departement, status)"
        " SELECT loan.id, loan.service, listed.elimination, loan.usage, loan.custody, 'eple', '035', loan.status"
        " FROM loan JOIN elimination_loan AS listed ON listed.loan = loan.id",
        "eliminated_loan_lawful",
    ),
    ("DELETE FROM loan", "loan_kept"),
]
"""What is refused before the visa, even of what is on a list."""


@pytest.mark.parametrize(("sql", "trigger"), FORGED)
async def test_without_the_visa_the_database_refuses(sql: str, trigger: str) -> None:
    await old.an_old_loan()
    await prepare_elimination(DAY, actor=ADMIN, now=LONG_AFTER)
    with pytest.raises((sqlite3.IntegrityError, asyncpg.IntegrityConstraintViolationError), match=trigger):
        await change(sql)


async def test_after_the_visa_the_list_and_the_visa_are_frozen() -> None:
    await old.a_bare_loan(1)
    elimination = await prepare_elimination(DAY, actor=ADMIN, now=LONG_AFTER)
    await old.a_visa(elimination)
    other = await old.a_bare_loan(2)
    for sql, trigger in (
        (
            f"INSERT INTO elimination_loan (loan, elimination) VALUES ('{other.id}', '{elimination.id}')",
            "elimination_loan_listed",
        ),
        (
            f"INSERT INTO elimination_pupil (pupil, elimination) VALUES ('{other.pupil_id}', '{elimination.id}')",
            "elimination_pupil_listed",
        ),
        ("UPDATE elimination SET visa_reference = 'autre'", "elimination_frozen"),
        ("DELETE FROM elimination", "elimination_kept"),
    ):
        with pytest.raises((sqlite3.IntegrityError, asyncpg.IntegrityConstraintViolationError), match=trigger):
            await change(sql)


@pytest.mark.parametrize("what", ["held", "open incident", "other list", "open loan"])
async def test_no_visa_lets_the_database_lose_what_must_be_kept(what: str) -> None:
    kept = await old.a_bare_loan(1, status=LoanStatus.RETURNED if what == "open loan" else LoanStatus.CLOSED)
    await old.a_bare_loan(2)
    elimination = await prepare_elimination(DAY, actor=ADMIN, now=LONG_AFTER)
    await old.a_visa(elimination)
    listed = elimination.id if what != "other list" else new_id()
    if what == "held":
        await hold_loan(kept.id, "Recours", actor=cast.MANAGER, now=LONG_AFTER)
    elif what == "open incident":
        await old.an_incident(kept.id, cast.SPARE)
    forged = (
        "INSERT INTO eliminated_loan (id, service, elimination, usage, custody, school_kind, departement, status)"
        f" VALUES ('{kept.id}', '{cast.SERVICE}', '{listed}', 'individual', 'home', 'eple', '035', 'closed')"
    )
    with pytest.raises(
        (sqlite3.IntegrityError, asyncpg.IntegrityConstraintViolationError), match="eliminated_loan_lawful"
    ):
        await change(forged)


@pytest.mark.parametrize("table", ["eliminated_loan", "eliminated_loan_item", "eliminated_document", "elimination"])
async def test_what_remains_is_frozen_too(table: str) -> None:
    await old.an_old_loan()
    await old.eliminated()
    refusals = (sqlite3.IntegrityError, asyncpg.IntegrityConstraintViolationError)
    with pytest.raises(refusals, match=f"{table}_kept"):
        await change(f"DELETE FROM {table}")
    with pytest.raises(refusals, match=f"{table}_(frozen|over)"):
        await change(f"UPDATE {table} SET id = id")


async def drop_triggers(*tables: str) -> None:
    """Whoever owns the database can do that; `verify` must see what follows."""
    for table in tables:
        if is_postgres():
            await fetch(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        else:
            for row in await fetch("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", [table]):
                await fetch(f"DROP TRIGGER {row['name']}")


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("UPDATE eliminated_document SET sha256 = " + repr("f" * 64), "ce qu’il en reste"),
        ("DELETE FROM eliminated_document", "il a disparu"),
        ("UPDATE elimination SET visa_reference = 'autre'", "le visa ou la liste"),
    ],
)
async def test_verify_sees_what_was_forged_behind_the_triggers(sql: str, reason: str) -> None:
    await old.an_old_loan()
    await old.eliminated()
    await drop_triggers("eliminated_document", "elimination")
    await change(sql)
    fault = (await verify_history()).fault
    assert fault is not None
    assert reason in fault


async def test_verify_sees_a_paper_eliminated_without_the_journal() -> None:
    await old.an_old_loan()
    kept = await old.an_old_loan(cast.SPARE, returned_on=date(2032, 6, 30))
    elimination = await old.eliminated()
    await drop_triggers("eliminated_loan", "eliminated_document", "document", "document_file", "signature", "recipient")
    statements = [
        "INSERT INTO eliminated_loan (id, service, elimination, usage, custody, school_kind, departement, status)"
        f" VALUES ('{kept}', '{cast.SERVICE}', '{elimination.id}', 'individual', 'home', 'eple', '035', 'closed')",
        "INSERT INTO eliminated_document (id, service, loan, kind, number, issued_on, code, sha256, pages)"
        " SELECT id, service, loan, kind, number, issued_on, code, sha256, pages FROM document"
        " WHERE kind = 'handover_receipt'",
        *(
            f"DELETE FROM {table} WHERE document IN (SELECT id FROM eliminated_document)"
            for table in ("document_file", "signature", "recipient")
        ),
        "DELETE FROM document WHERE id IN (SELECT id FROM eliminated_document)",
    ]
    for sql in statements:
        await change(sql)
    fault = (await verify_history()).fault
    assert fault is not None
    assert "éliminé sans que le journal le dise" in fault


WORKER = """
import asyncio, sys
from datetime import datetime
from materiel.use_cases.process.running import running
from materiel.use_cases.worker import run_worker

async def main():
    async with running(sys.argv[1], migrate=False):
        await run_worker(asyncio.Event(), clock=lambda: datetime.fromisoformat(sys.argv[2]))

asyncio.run(main())
"""
MANY = 300


async def test_a_worker_killed_in_the_middle_leaves_nothing_half_done(migrated_url: str) -> None:
    for number in range(MANY):
        await old.a_bare_loan(number)
    elimination = await prepare_elimination(DAY, actor=ADMIN, now=LONG_AFTER)
    job = await old.a_visa(elimination)
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WORKER, migrated_url, LONG_AFTER.isoformat(), env=dict(os.environ)
    )
    async with asyncio.timeout(60):
        while await count("eliminated_loan") < 5:
            assert worker.returncode is None
            await asyncio.sleep(0.01)
    worker.send_signal(signal.SIGKILL)
    await worker.wait()
    gone, left = await count("eliminated_loan"), await count("loan")
    assert gone + left == MANY
    assert 0 < left < MANY
    assert await count("loan_item") == await count("elimination_loan") == await count("loan_school") == left
    assert await count("pupil") == left + 3
    assert (await journal.verify()).fault is None
    assert (await read_elimination(elimination.id, actor=ADMIN)).left == left + 3

    lease_is_over = LONG_AFTER + LEASE + timedelta(seconds=1)
    assert await run_next("w2", HANDLERS, clock=lambda: lease_is_over)
    ended = await get_job(job.id, actor=ADMIN)
    assert (ended.state, ended.attempts) == (JobState.DONE, 2)
    sheet = await read_elimination(elimination.id, actor=ADMIN)
    assert (sheet.loans_done, sheet.elimination.pupils, sheet.left) == (MANY, MANY + 3, 0)
    assert (await verify_history()).fault is None
    assert await old.rows_that_say((SURNAME,)) == []


async def test_a_work_that_failed_is_launched_again() -> None:
    await old.a_bare_loan(1)
    elimination = await prepare_elimination(DAY, actor=ADMIN, now=LONG_AFTER)
    first = await old.a_visa(elimination)
    later = LONG_AFTER
    for _ in range(5):
        # A worker that dies each time it takes the job.
        later += LEASE + timedelta(minutes=10)
        await Statement(
            "UPDATE job SET state = 'running', worker = 'dead', lease_until = {}, attempts = attempts + 1 WHERE id = {}"
        ).fetch(later - timedelta(minutes=1), first.id)
    assert not await run_next("worker", HANDLERS, clock=lambda: later)
    assert (await get_job(first.id, actor=ADMIN)).state is JobState.FAILED
    assert (await read_elimination(elimination.id, actor=ADMIN)).may_resume
    second = await resume_elimination(elimination.id, actor=ADMIN, now=later)
    assert await run_next("worker", HANDLERS, clock=lambda: later)
    assert (await get_job(second.id, actor=ADMIN)).state is JobState.DONE
    assert await count("eliminated_loan") == 1


async def test_the_messages_to_a_mailbox_that_another_pupil_shares_are_kept() -> None:
    await old.an_old_loan()
    child = await pupils.get(cast.CHILD, cast.SERVICE)
    async with write_transaction():
        await pupils.save(replace(child, representatives=(replace(child.representatives[0], email=old.MAIL),)))
    agreement = await family_cast.an_agreement(pupil=cast.CHILD, item=cast.BRAILLE)
    await family_cast.send(agreement, now=LONG_AFTER - timedelta(days=30))
    await old.eliminated()
    assert await old.rows_that_say((old.MAIL,)) == ["access_link", "outbox", "representative"]
    assert await old.rows_that_say((SURNAME,)) == []


async def test_a_message_goes_with_whom_it_is_about_whatever_its_address() -> None:
    await old.an_old_loan()
    pupil = await pupils.get(cast.TWO_HOMES, cast.SERVICE)
    about_him = a_message(About(person_id=pupil.representatives[0].id), LONG_AFTER)
    await family_cast.an_agreement(pupil=cast.CHILD, item=cast.BRAILLE)
    # The mailbox of the former family, that a brother's parent has left since.
    about_another = replace(a_message(About(pupil_id=cast.CHILD), LONG_AFTER), to_address=old.MAIL, text="Autre")
    async with write_transaction():
        for message in (about_him, about_another):
            assert await outbox.add(message)
    await old.eliminated()
    assert [each.id for each in await outbox.page(cast.SERVICE, limit=99)] == [about_another.id]


async def test_unsent_messages_of_the_last_months_go_with_what_they_are_about() -> None:
    service = await services.get(cast.SERVICE)
    async with write_transaction():
        await services.save(replace(service, loan_years=1))
    loan_id = await old.an_old_loan(returned_on=date(2026, 10, 1))
    receipt = (await documents.of_loan(loan_id))[-1]
    link = (await links.of_pupil(cast.TWO_HOMES))[-1]
    late = datetime(2027, 9, 1, 9, 0, tzinfo=UTC)
    code = OneTimeCode(
        id=new_id(), link_id=link.id, purpose="sign", attempts=0, created_at=late, expires_at=late + timedelta(days=60)
    )
    async with write_transaction():
        await codes.insert(code, "0" * 64)
        for about in (
            About(signature_id=receipt.signatures[-1].id, document_id=receipt.id, loan_id=loan_id),
            About(document_id=receipt.id),
            About(pupil_id=cast.TWO_HOMES),
            About(link_id=link.id, code_id=code.id),
        ):
            assert await outbox.add(a_message(about, late))
        # Those of the loan's first days, the incident's among them, as if nothing had been sent since.
        await Statement("UPDATE outbox SET created_at = {}").fetch(late)
    await old.eliminated(datetime(2027, 10, 5, 9, 0, tzinfo=UTC))
    assert await old.rows_that_say(NAMES) == []


def a_message(about: About, now: datetime) -> Message:
    """To the service, so that its address tells nothing of whom it is about."""
    return Message(
        id=new_id(),
        service_id=cast.SERVICE,
        purpose=Purpose.INCIDENT,
        to_address="service@exemple.fr",
        subject="Message",
        text=f"{SURNAME} n'a pas encore signé.",
        html="",
        message_id=f"<{new_id()}@exemple.fr>",
        created_at=now,
        next_attempt_at=now,
        about=about,
    )


def test_every_table_that_hangs_from_a_loan_or_a_pupil_is_erased() -> None:
    """A table added later fails here until the erasure deals with it."""
    hanging = {"pupil", "loan", "document"}
    while True:
        more = {
            table._meta.tablename
            for table in ALL_TABLES
            for column in table._meta.foreign_key_columns
            if column._foreign_key_meta.resolved_references._meta.tablename in hanging
        }
        if more <= hanging:
            break
        hanging |= more
    told = Path(erasure.__file__).read_text(encoding="utf-8")
    erased = set(re.findall(r"(?:DELETE FROM|UPDATE) (\w+)", told)) | set(re.findall(r'"(\w+)"', told))
    # Nobody holds back what is erased.
    assert hanging - erased == {"loan_hold"}


async def test_the_digest_of_a_visa_covers_the_list() -> None:
    await old.a_bare_loan(1)
    elimination = await prepare_elimination(DAY, actor=ADMIN, now=LONG_AFTER)
    assert eliminations.digest(elimination) != eliminations.digest(replace(elimination, inventory=()))
    assert len(eliminations.digest(elimination)) == len(hashlib.sha256().hexdigest())
