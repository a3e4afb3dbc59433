"""Tables on their way out: refused lines given back, workbooks whose texts stay texts."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from materiel.exchange import item
from materiel.exchange.process import opened, reading
from materiel.exchange.rejected import rejected_lines
from materiel.exchange.table import Columns, TableLine
from materiel.exchange.tabular import Rows, TableFormat, nothing, written
from materiel.exchange.writing import AsTyped, Euros

FILES = Path(__file__).parent / "files"
ITEMS = """Inventaire de la DSDEN;;
Numéro d'inventaire;Désignation;Date d'acquisition;Erreur
MPA-1;Bon;12/01/2024;ancienne
MPA-2;=1+1;31/02/2024;ancienne
MPA-3;"deux
lignes";demain;
MPA-4;trop;;;x;y
"""


async def bytes_of(pieces: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])


def rows_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


async def given_back(form: TableFormat) -> bytes:
    faults = {4: "Date inconnue.", 5: "Date illisible.", 7: "Trop de colonnes."}
    return await bytes_of(rejected_lines(ITEMS.encode(), item.LAYOUT.columns, faults, form))


async def test_refused_lines_come_back_with_their_columns_and_their_fault() -> None:
    assert rows_of(await given_back(TableFormat.CSV)) == [
        ["Numéro d'inventaire", "Désignation", "Date d'acquisition", "Erreur"],
        ["MPA-2", "'=1+1", "31/02/2024", "Ligne 4\u00a0: Date inconnue."],
        ["MPA-3", "deux\nlignes", "demain", "Ligne 5\u00a0: Date illisible."],
        ["MPA-4", "trop", "", "x", "y", "Ligne 7\u00a0: Trop de colonnes."],
    ]


async def test_the_same_workbook_can_be_corrected_and_imported_again() -> None:
    content = await given_back(TableFormat.XLSX)
    async with reading(content, item.LAYOUT) as lines:
        assert lines.ignored == ()
        assert [getattr(line, "designation", "") for line in lines][2] == "trop"
    async with opened(content, item.LAYOUT.columns) as table:
        assert [list(line.row)[:2] for line in table.lines][:2] == [["MPA-2", "=1+1"], ["MPA-3", "deux\nlignes"]]


HOSTILE = ("=1+1", "+33 1", "@x", "0012", "356938035643809123", '<&">', "_x0041_", "a\x07b", "é\ud800", "x" * 40_000)


async def one_page() -> AsyncIterator[Rows]:
    yield [[AsTyped(text)] for text in HOSTILE]


async def test_a_workbook_holds_no_formula_and_loses_no_digit() -> None:
    content = await bytes_of(written(TableFormat.XLSX, ["Texte"], one_page()))
    sheet = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml")
    assert b"<f" not in sheet
    async with opened(content, Columns(required=("texte",))) as table:
        read = [line.get("texte") for line in table.lines if isinstance(line, TableLine)]
    assert read[:7] == list(HOSTILE[:7])
    assert read[7:9] == ["a?b", "é?"]
    assert len(read[9]) == 32_767


async def typed_page() -> AsyncIterator[Rows]:
    yield [[date(2026, 9, 1), Euros(349050), 3, True, None, "deux  mots"]]


@pytest.mark.parametrize("form", TableFormat)
async def test_dates_and_amounts_are_read_back(form: TableFormat) -> None:
    names = ("jour", "prix", "nombre", "vrai", "rien", "mots")
    content = await bytes_of(written(form, names, typed_page()))
    async with opened(content, Columns(required=names)) as table:
        (line,) = table.lines
    assert isinstance(line, TableLine)
    price = {TableFormat.CSV: "3490,50", TableFormat.XLSX: "3490,5"}[form]
    assert [line.get(name) for name in names] == ["01/09/2026", price, "3", "oui", "", "deux mots"]


async def test_a_model_is_an_empty_table() -> None:
    content = await bytes_of(written(TableFormat.XLSX, item.MODEL, nothing()))
    async with reading(content, item.LAYOUT) as lines:
        assert list(lines) == []
