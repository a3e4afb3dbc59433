"""The papers of an end of life: accessible, dated, naming no pupil; the list for the Domaine as a PDF and a table."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from tests.documents.gate import faults, reading_text
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast
from tests.use_cases.circuit.disposal import disposal_cast
from tests.use_cases.circuit.disposal.disposal_cast import PDF, decided, finished, proposed

from materiel.domain.circuit.disposal.disposal import DisposalOutcome, DisposalPaper
from materiel.errors import Conflict, NotFound
from materiel.exchange.tabular import TableFormat
from materiel.store.engine.database import write_transaction
from materiel.store.item import item as items
from materiel.use_cases.circuit.disposal_paper import (
    disposal_act,
    disposal_commitment,
    disposal_scans,
    domaine_list,
    domaine_table,
    read_disposal_scan,
)


@pytest.fixture(autouse=True)
async def _cast(db: object) -> None:
    await disposal_cast.set_up()


def told(paper: bytes) -> str:
    return " ".join(
        " ".join(reading_text(paper)).replace("\u00a0", " ").replace("\u202f", " ").replace("’", "'").split()
    )


async def test_the_act_says_who_decided_what_goes_where_and_that_the_data_are_erased() -> None:
    disposal = await proposed()
    with refused(Conflict, "disposal.no_act"):
        await disposal_act(disposal.id, actor=cast.READER, now=cast.NOW)
    await decided(disposal)
    act = await disposal_act(disposal.id, actor=cast.READER, now=cast.NOW)
    assert faults(act) == []
    text = told(act)
    for said in (
        "Acte de fin de vie de matériel",
        "Parents d'élèves d'Exemple",
        "Association de parents d'élèves",
        "Convention n° 12",
        "35-2026-00001",
        "35-2026-00002",
        "80,00 € en tout",
        "Le 7 septembre 2026, par Le service : Effacement complet",
        "Odile Vauquelin",
        "art. L3212-2, 3°",
    ):
        assert said in text, said
    assert "Exemple Zoé" not in text
    with refused(NotFound, "disposal.not_found"):
        await disposal_act(disposal.id, actor=cast.STRANGER, now=cast.NOW)


async def test_an_association_commits_itself_and_nobody_else_does() -> None:
    disposal = await proposed()
    paper = await disposal_commitment(disposal.id, actor=cast.READER, now=cast.NOW)
    assert faults(paper) == []
    assert "Ne pas les céder contre de l'argent" in told(paper)
    other = await proposed(cast.KEYBOARD, outcome=DisposalOutcome.STAFF)
    with refused(Conflict, "disposal.no_commitment"):
        await disposal_commitment(other.id, actor=cast.READER, now=cast.NOW)


async def test_the_domaine_reads_what_each_is_and_where_it_can_be_seen() -> None:
    async with write_transaction():
        known = await items.get(cast.BRAILLE, cast.SERVICE)
        await items.save(
            replace(
                known,
                brand="Exemple",
                serial_number="SN-2",
                acquired_on=date(2019, 9, 2),
                purchase_price_cents=389000,
                storage_place="Réserve, armoire 2",
            )
        )
    disposal = await proposed(cast.BRAILLE, outcome=DisposalOutcome.DOMAINE, beneficiary="Le Domaine", value=450_00)
    paper = await domaine_list(disposal.id, actor=cast.READER, now=cast.NOW)
    assert faults(paper) == []
    for said in ("35-2026-00002", "Exemple, n° SN-2", "02/09/2019, 3 890,00 €", "Usure normale, 450,00 €", "armoire 2"):
        assert said in told(paper), said
    pieces = [piece async for piece in await domaine_table(disposal.id, actor=cast.READER, form=TableFormat.CSV)]
    (row,) = csv.DictReader(io.StringIO(b"".join(pieces).decode("utf-8-sig")), delimiter=";")
    assert (row["N° d'inventaire"], row["Prix d'achat"], row["Valeur estimée"], row["Photo n°"]) == (
        "35-2026-00002",
        "3890,00",
        "450,00",
        "",
    )
    book = [piece async for piece in await domaine_table(disposal.id, actor=cast.READER, form=TableFormat.XLSX)]
    assert b"".join(book).startswith(b"PK")
    gift = await proposed(cast.KEYBOARD)
    with refused(Conflict, "disposal.not_for_domaine"):
        await domaine_list(gift.id, actor=cast.READER, now=cast.NOW)


async def test_what_was_signed_is_kept_as_it_came() -> None:
    disposal = await finished(await proposed())
    scans = await disposal_scans(disposal.id, actor=cast.READER)
    assert [each.kind for each in scans] == [DisposalPaper.ACT, DisposalPaper.COMMITMENT]
    kept = await read_disposal_scan(disposal.id, scans[0].id, actor=cast.READER)
    assert kept == ("application/pdf", PDF)
    for actor, scan_id in ((cast.STRANGER, scans[0].id), (cast.READER, UUID(int=1))):
        with refused(NotFound, "disposal.paper_not_found"):
            await read_disposal_scan(disposal.id, scan_id, actor=actor)
