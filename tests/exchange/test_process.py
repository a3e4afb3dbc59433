"""Workbooks: read in another process, the same lines as from a CSV, and a sentence for what cannot be read."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import sys
import zipfile
from datetime import date
from pathlib import Path

import msgspec
import pytest
import xlsxwriter

from materiel import isolated
from materiel.errors import BadInput
from materiel.exchange import __main__ as opener
from materiel.exchange import item, process, pupil, workbook
from materiel.exchange.process import opened, readable, reading
from materiel.exchange.reading import Cells, Source
from materiel.exchange.table import BadLine, TableLayout
from materiel.isolated import Child, framed

FILES = Path(__file__).parent / "files"
NAMES = TableLayout(item.LAYOUT.columns, lambda line: line)


async def lines_of(source: Source, layout=item.LAYOUT):
    async with reading(source, layout) as lines:
        return list(lines)


async def refused(source: Source) -> BadInput:
    with pytest.raises(BadInput) as refusal:
        await lines_of(source)
    return refusal.value


async def test_an_inventory_kept_in_excel_is_read() -> None:
    async with reading(FILES / "inventaire.xlsx", item.LAYOUT) as lines:
        assert lines.ignored == ()
        assert lines.total >= 300
        found = list(lines)
    assert len(found) == 300
    assert not any(isinstance(line, BadLine) for line in found)
    first, left = found[0], [(line.line, each.column, each.detail) for line in found for each in line.set_aside]
    assert (first.line, first.inventory_number, first.acquired_on) == (5, "XL-0060", date(2024, 1, 1))
    assert (first.serial_number, first.purchase_price_cents) == ("356938035643000", 49050)
    assert found[1].accessories == ("Housse", "Chargeur")
    assert found[17].inventory_number == "35"
    assert left == [
        (
            10,
            "serial_number",
            "«\u00a03,56938E+15\u00a0»\u00a0: le tableur a détruit ce numéro. Mettez la colonne au format Texte.",
        ),
        (14, "acquired_on", "La date «\u00a031/02/2024\u00a0» n'existe pas."),
    ]


async def test_pupils_kept_in_libreoffice_are_read() -> None:
    found = await lines_of(FILES / "eleves.ods", pupil.LAYOUT)
    assert len(found) == 300
    first = found[0]
    assert (first.last_name, first.first_name, first.birth_date) == ("Morvan Aa", "Léo", date(2012, 1, 1))
    assert first.homes[0].address.postcode == "1000"
    assert first.representatives[0].phone == "0612345600"


async def test_what_is_merged_downwards_stands_in_each_row() -> None:
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.merge_range("A1:C1", "Inventaire")
    for column, heading in enumerate(("Désignation", "N° inventaire", "Marque")):
        sheet.write(1, column, heading)
    for row, number in enumerate(("T12-001", "T12-002", "T12-003", "T12-004"), 2):
        sheet.write(row, 1, number)
    sheet.merge_range("A3:A5", "Loupe électronique")
    sheet.write("A6", "Clavier")
    sheet.merge_range("C4:C6", "Optelec")
    book.close()
    read = await lines_of(made.getvalue())
    assert [(line.inventory_number, line.designation, line.brand) for line in read] == [
        ("T12-001", "Loupe électronique", ""),
        ("T12-002", "Loupe électronique", "Optelec"),
        ("T12-003", "Loupe électronique", "Optelec"),
        ("T12-004", "Clavier", "Optelec"),
    ]


async def test_an_old_workbook_is_read_whatever_its_name_and_way_in() -> None:
    data = (FILES / "inventaire.xls").read_bytes()
    for source in (data, io.BytesIO(data), FILES / "inventaire.xls"):
        found = await lines_of(source)
        assert [line.acquired_on for line in found] == [date(2024, 1, 12)] * 5


async def test_a_csv_goes_the_same_way() -> None:
    found = await lines_of("Numéro d'inventaire;Désignation\nMPA-1;Loupe\n".encode())
    assert [line.inventory_number for line in found] == ["MPA-1"]


async def test_a_protected_workbook_says_so() -> None:
    assert (await refused(FILES / "protege.xlsx")).code == "import.workbook_locked"


async def test_a_protected_ods_says_so() -> None:
    assert (await refused(an_archive({"META-INF/manifest.xml": b"<manifest:encryption-data/>"}))).code == (
        "import.workbook_locked"
    )


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04rest",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 2_000,
        (FILES / "inventaire.xlsx").read_bytes()[:9_000],
        (FILES / "loin.xlsx").read_bytes(),
    ],
    ids=["no archive", "no compound file", "cut", "a cell at the far end of the grid"],
)
async def test_a_workbook_that_cannot_be_read_is_refused(data: bytes) -> None:
    refusal = await refused(data)
    assert refusal.code == "import.workbook_unreadable"
    assert "enregistrez-le de nouveau" in refusal.message


async def test_another_document_in_an_archive_is_no_workbook() -> None:
    assert (await refused(an_archive({"word/document.xml": b"<a/>"}))).code == "import.workbook_unreadable"


def an_archive(parts: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def test_a_bomb_is_not_even_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "LARGEST_UNPACKED", 1_000_000)
    bomb = an_archive({"xl/worksheets/sheet1.xml": b"0" * 2_000_000})
    assert len(bomb) < 5_000
    with pytest.raises(workbook.WorkbookRefused, match="too_large"):
        list(workbook.worksheets(bomb)[1])


@pytest.mark.parametrize(("bound", "value"), [("MOST_ROWS", 100), ("MOST_COLUMNS", 3), ("MOST_PARTS", 2)])
def test_a_sheet_is_bounded(monkeypatch: pytest.MonkeyPatch, bound: str, value: int) -> None:
    monkeypatch.setattr(workbook, bound, value)
    with pytest.raises(workbook.WorkbookRefused, match="too_large"):
        list(workbook.worksheets((FILES / "inventaire.xlsx").read_bytes())[1])


async def test_a_file_too_large_is_not_given_to_its_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "LARGEST_WORKBOOK", 1_000)
    refusal = await refused(FILES / "inventaire.xlsx")
    assert refusal.code == "import.workbook_too_large"
    assert "50\u00a0Mo" in refusal.message or "50 Mo" in refusal.message


async def test_the_headings_that_are_missing_are_those_of_the_nearest_sheet() -> None:
    with pytest.raises(BadInput) as refusal:
        await lines_of(FILES / "inventaire.xlsx", pupil.LAYOUT)
    assert refusal.value.code == "import.missing_column"
    assert "«\u00a0UAI\u00a0»" in refusal.value.message


async def test_a_file_that_kills_its_reader_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    async def killed(self: Child, *, within: float) -> bytes:
        os.kill(self.process.pid, signal.SIGKILL)
        return await receive(self, within=within)

    receive = Child.receive
    monkeypatch.setattr(Child, "receive", killed)
    assert (await refused(FILES / "inventaire.xlsx")).code == "import.workbook_unreadable"


async def test_a_file_that_is_read_for_ever_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    async def stopped(self: Child, data: bytes) -> None:
        os.kill(self.process.pid, signal.SIGSTOP)

    monkeypatch.setattr(Child, "send", stopped)
    monkeypatch.setattr(process, "LONGEST_WAIT", 0.2)
    assert (await refused(FILES / "inventaire.xlsx")).code == "import.workbook_unreadable"


async def test_the_reader_is_bounded_and_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATERIEL_SECRET_KEY", "s" * 40)
    async with isolated.child("materiel.exchange") as child:
        await child.send((FILES / "inventaire.xls").read_bytes())
        await child.receive(within=30)
        environ = Path(f"/proc/{child.process.pid}/environ").read_bytes()
        limits = Path(f"/proc/{child.process.pid}/limits").read_text()
    assert b"MATERIEL_" not in environ
    bounded = {line.split("  ")[0]: line.split()[-3] for line in limits.splitlines() if line.startswith("Max ")}
    assert bounded["Max address space"] == str(opener.MOST_MEMORY)
    assert bounded["Max cpu time"] == str(opener.MOST_SECONDS)


async def test_the_reader_ends_with_its_parent() -> None:
    reader = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "materiel.exchange", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert reader.stdin is not None
    reader.stdin.close()
    async with asyncio.timeout(20):
        await reader.communicate()
    assert reader.returncode == 0


def test_the_other_side_shows_each_sheet_until_one_is_taken() -> None:
    data = (FILES / "inventaire.xlsx").read_bytes()
    sink = io.BytesIO()
    opener.answer(io.BytesIO(framed(data) + framed(b"next") + framed(b"take")), sink)
    sink.seek(0)
    frames = []
    while frame := isolated.read_frame(sink):
        frames.append(frame)
    assert msgspec.json.decode(frames[0])["names"] == ["Lisez-moi", "Inventaire"]
    assert b"ne pas modifier" in frames[0]
    assert "N° d'inventaire".encode() in frames[1]
    assert len(frames) > 2


async def test_the_cells_are_given_back_as_they_came() -> None:
    async with opened(FILES / "inventaire.xlsx", item.LAYOUT.columns) as table:
        assert table.header[:3] == ("N° d'inventaire", "Libellé", "Catégorie")
        rows = [line.row for line in table.lines]
    assert rows[3][9] == "=à revoir"


async def test_a_workbook_becomes_cells_and_a_csv_stays_what_it_is() -> None:
    async with readable(FILES / "inventaire.xls", item.LAYOUT.columns) as cells:
        assert isinstance(cells, Cells)
        assert next(cells.rows())[1] == ["Numéro d'inventaire", "Désignation", "Date d'acquisition", "Prix d'achat"]
    async with readable(b"a;b\n1;2\n", item.LAYOUT.columns) as text:
        assert not isinstance(text, Cells)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("texte", "texte"),
        (35.0, "35"),
        (490.5, "490,5"),
        (0.1 + 0.2, "0,3"),
        (356938035643809.0, "356938035643809"),
        (3569380356438091.0, "3,56938E+15"),
        (True, "oui"),
        (date(2024, 1, 12), "12/01/2024"),
    ],
)
def test_a_cell_reads_as_the_csv_would_hold_it(value: str | float, text: str) -> None:
    assert workbook.cell_text(value) == text
