"""Nobody waits long for a long work: what it writes is cut into short transactions, however long it is."""

from __future__ import annotations

import csv
import io

import pytest
from tests.conftest import Weight
from tests.use_cases import loan_cast as cast

from materiel.store.engine import fetch
from materiel.use_cases.item_import import import_items
from materiel.use_cases.prepared import LINES_AT_ONCE
from materiel.use_cases.pupil_import import import_pupils
from materiel.use_cases.school_import import import_schools

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
    assert len(named) > 3 * LINES_AT_ONCE
    assert heaviest(transactions).statements <= LINES_AT_ONCE + 10


def as_csv(rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0], delimiter=";")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
