"""Nobody waits long for a long work: what it writes is cut into short transactions, however long it is."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.conftest import Weight
from tests.stage import retention_cast
from tests.use_cases import loan_cast as cast

from materiel.domain.accounts.roles import Actor
from materiel.domain.loan.steps import HandedItem
from materiel.domain.work.housekeeping import Remnant
from materiel.store.engine.database import DatabaseEngine, Row, fetch, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.engine.rows import ROWS_AT_ONCE
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.history.journal import verify_chain
from materiel.store.item import item as items
from materiel.store.places import school as schools
from materiel.store.retention import housekeeping
from materiel.store.tables import IdempotencyRow
from materiel.store.work import job as jobs
from materiel.use_cases.imports.exports import export_items
from materiel.use_cases.imports.items import import_items
from materiel.use_cases.imports.prepared import LINES_AT_ONCE
from materiel.use_cases.imports.pupils import import_pupils
from materiel.use_cases.imports.schools import import_schools
from materiel.use_cases.loan import renewal
from materiel.use_cases.loan.case import Case
from materiel.use_cases.loan.steps import HandOver, hand_over, issue_loan
from materiel.use_cases.retention.housekeeping import forget

LINES = 2_000
ITEMS = ["Numéro d'inventaire;Désignation", *(f"LONG-{n};Loupe" for n in range(LINES))]
PUPILS = [
    "Nom;Prénom;Date de naissance;UAI;Adresse;Code postal;Ville;Nom 1;Prénom 1",
    *(f"Nom{n};Zoé;{1 + n % 28:02}/03/2015;0350122T;3 rue;35580;Baulon;Nom{n};Anne" for n in range(LINES)),
]


@pytest.fixture(autouse=True)
async def known_world(db: object) -> None:
    await cast.set_up()


def heaviest(transactions: list[Weight]) -> Weight:
    """The most of each that one transaction asked."""
    return Weight(
        max(each.statements for each in transactions),
        max(each.values for each in transactions),
        max(each.rows for each in transactions),
    )


async def test_items_are_imported_by_short_transactions(transactions: list[Weight]) -> None:
    report = await import_items("\n".join(ITEMS).encode(), actor=cast.MANAGER, now=cast.NOW)
    assert report.created == LINES
    assert len(transactions) == LINES / LINES_AT_ONCE + 1
    assert heaviest(transactions).statements <= 10
    assert heaviest(transactions).values <= 50 * LINES_AT_ONCE


async def test_items_are_corrected_by_short_transactions(transactions: list[Weight]) -> None:
    await import_items("\n".join(ITEMS).encode(), actor=cast.MANAGER, now=cast.NOW)
    transactions.clear()
    report = await import_items(
        "\n".join(ITEMS).replace("Loupe", "Afficheur").encode(), actor=cast.MANAGER, now=cast.NOW
    )
    assert report.updated == LINES
    assert heaviest(transactions).statements <= LINES_AT_ONCE + 10


async def test_pupils_are_imported_by_short_transactions(transactions: list[Weight]) -> None:
    report = await import_pupils("\n".join(PUPILS).encode(), actor=cast.MANAGER, now=cast.NOW)
    assert report.created == LINES
    assert len(transactions) == LINES / LINES_AT_ONCE + 1
    assert heaviest(transactions).statements <= 15
    assert heaviest(transactions).values <= 60 * LINES_AT_ONCE


async def test_schools_and_what_comes_last_are_imported_by_short_transactions(transactions: list[Weight]) -> None:
    rows = list(csv.DictReader(cast.ANNUAIRE.read_text(encoding="utf-8-sig").splitlines(), delimiter=";"))
    await import_schools(as_csv(rows), actor=cast.MANAGER, now=cast.NOW)
    assert heaviest(transactions).statements <= 10
    transactions.clear()
    # Every commune takes another name, and forty lines are gone.
    renamed = [row | {"Nom_commune": f"{row['Nom_commune']} Neuve"} for row in rows[:-40]]
    report = await import_schools(as_csv(renamed), actor=cast.MANAGER, now=cast.NOW)
    assert report.absent > 30
    named = await fetch("SELECT insee_code FROM municipality WHERE name LIKE '% Neuve'")
    assert len(named) > 2 * LINES_AT_ONCE
    assert heaviest(transactions).statements <= LINES_AT_ONCE + 10


async def test_what_is_over_is_forgotten_by_short_transactions(transactions: list[Weight]) -> None:
    many = range(5_000)
    for start in range(0, 5_000, 500):
        async with write_transaction():
            await insert_rows(
                IdempotencyRow,
                *(
                    {"id": new_id(), "actor": "token:1", "key": f"k{n}", "request_hash": "0" * 64, "status_code": 200}
                    | {"body": "{}", "created_at": cast.NOW, "owner": None, "lease_until": None}
                    | {"created": 0, "updated": 0}
                    for n in many[start : start + 500]
                ),
            )
    async with write_transaction():
        for _ in range(12):
            job = await jobs.enqueue(cast.SERVICE, "essay", "{}", created_by="tests", created_at=cast.NOW)
            await jobs.add_file(job.id, "text/plain", b"une pile")
            await fetch(f"UPDATE job SET state = 'failed', finished_at = created_at WHERE id = '{job.id}'")
    transactions.clear()
    report = await forget(now=cast.NOW + timedelta(days=3_000))
    assert (report.counts[Remnant.KEY], report.counts[Remnant.JOB]) == (5_000, 12)
    assert await fetch("SELECT id FROM idempotency") == await fetch("SELECT id FROM job_file") == []
    assert heaviest(transactions).rows <= housekeeping.ROWS_AT_ONCE
    # The files of some jobs, their lines, then the jobs themselves; of imports, what they wrote, the bytes of the files
    # where either release keeps them, then the imports.
    assert heaviest(transactions).statements <= 4
    with_files = [each.rows for each in transactions if 0 < each.rows <= housekeeping.FILES_AT_ONCE]
    assert with_files == [5, 5, 2]


async def test_each_renewal_is_a_short_transaction_and_reads_its_case_once(
    transactions: list[Weight], monkeypatch: pytest.MonkeyPatch
) -> None:
    # One loan a page: the second page is found after the first loan was renewed.
    monkeypatch.setattr(renewal, "PAGE", 1)
    loan_ids = [await a_loan_that_is_out(item) for item in (cast.LAPTOP, cast.KEYBOARD)]
    read, loads = renewal.load_case, []

    async def counted(loan_id: UUID, actor: Actor) -> Case:
        loads.append(loan_id)
        return await read(loan_id, actor)

    monkeypatch.setattr(renewal, "load_case", counted)
    transactions.clear()
    seen: list[tuple[int, int]] = []
    report = await renewal.renew_school_year(
        2027, issuer=cast.ISSUER, progress=lambda done, total: seen.append((done, total))
    )
    assert [each.loan_id for each in report.renewed] == loads == loan_ids
    assert seen == [(1, 2), (2, 2)]
    assert len(transactions) == 2
    assert heaviest(transactions).statements <= 50


async def test_each_loan_of_an_elimination_is_a_short_transaction(transactions: list[Weight]) -> None:
    for number in range(30):
        await retention_cast.a_bare_loan(number)
    transactions.clear()
    await retention_cast.eliminated()
    assert len(await fetch("SELECT id FROM eliminated_loan")) == 30
    assert len(transactions) > 30
    assert heaviest(transactions).statements <= 62


async def a_loan_that_is_out(item: UUID) -> UUID:
    loan_id = await cast.a_draft(items=(item,))
    await issue_loan(loan_id, issuer=cast.ISSUER)
    handed = HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=(HandedItem(item_id=item),))
    await hand_over(handed, issuer=cast.ISSUER)
    return loan_id


async def test_a_long_list_is_read_some_rows_at_a_time(db: DatabaseEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is turned into values at once holds the event loop: labels of 3,000 items, an export, a known annuaire."""
    await import_items("\n".join(ITEMS).encode(), actor=cast.MANAGER, now=cast.NOW)
    ids = [row["id"] for row in await fetch("SELECT id FROM item ORDER BY inventory_number")]
    read, most = db.fetch, [0]

    async def counted(sql: str, args: Sequence[Any] = ()) -> Sequence[Row]:
        rows = await read(sql, args)
        most.append(len(rows))
        return rows

    monkeypatch.setattr(db, "fetch", counted)
    assert [item.id for item in await items.get_many(ids, cast.SERVICE)] == ids
    assert len([piece async for piece in export_items(actor=cast.MANAGER)]) > LINES / ROWS_AT_ONCE
    assert (await verify_chain(cast.SERVICE)).checked > LINES
    await import_schools(cast.ANNUAIRE, actor=cast.MANAGER, now=cast.NOW)
    assert len(await schools.known()) > ROWS_AT_ONCE
    assert max(most) <= ROWS_AT_ONCE


def as_csv(rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0], delimiter=";")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
