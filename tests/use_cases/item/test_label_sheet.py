"""Sheets of labels of a service's own: kept, tried, corrected, deleted, printed on; another service sees none."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from tests.documents.printing import pages, rasterised, read_codes, words
from tests.use_cases import loan_cast as cast

from materiel.documents.labels.labels import Offset
from materiel.domain.item.label_sheet import MOST_SHEETS, DescribedSheet
from materiel.errors import Conflict, MaterielError, NotFound, PermissionDenied, RuleBroken
from materiel.store.history import journal
from materiel.use_cases.item.label import PrintLabels, make_calibration_page, make_labels
from materiel.use_cases.item.label_sheet import (
    ChangeSheet,
    change_sheet,
    delete_sheet,
    get_own_sheet,
    keep_sheet,
    list_formats,
    list_own_sheets,
    try_sheet,
)

BASE_URL = "https://materiel.ac-exemple.fr"
ROUGE = DescribedSheet(
    title="Rouge",
    columns=3,
    rows=7,
    label_width_mm=63.5,
    label_height_mm=38.1,
    left_mm=7.2,
    top_mm=15.15,
    pitch_x_mm=66.0,
    pitch_y_mm=38.1,
    shift_right_mm=1.5,
)


@pytest.fixture(autouse=True)
async def _cast(db: object) -> None:
    await cast.set_up()


async def keep(described: DescribedSheet = ROUGE):
    return await keep_sheet(described, actor=cast.MANAGER, now=cast.NOW)


async def acts() -> list[str]:
    entries = await journal.of_subject(cast.SERVICE, (await list_own_sheets(actor=cast.MANAGER))[0].id)
    return [entry.action for entry in entries]


async def test_a_sheet_is_kept_and_printed_on_with_its_shift():
    sheet = await keep()
    assert await list_own_sheets(actor=cast.READER) == [sheet]
    assert (await list_formats(actor=cast.READER))[0].key == sheet.key
    command = PrintLabels(item_ids=cast.ITEMS, sheet=sheet.key, first_cell=15)
    pdf = await make_labels(command, actor=cast.MANAGER, now=cast.NOW, base_url=BASE_URL)
    assert pages(pdf) == 2
    assert len(read_codes(rasterised(pdf, 200))) == 7
    page = await make_calibration_page(sheet.key, actor=cast.READER, offset=Offset(right_mm=1))
    assert "Rouge" in words(page)
    assert "horizontal 2,5" in words(page).replace("\u00a0", " ")
    assert await acts() == ["label_sheet.kept"]


async def test_a_sheet_is_tried_before_it_is_kept():
    page = try_sheet(ROUGE, actor=cast.MANAGER)
    assert "horizontal 1,5" in words(page).replace("\u00a0", " ")
    assert await list_own_sheets(actor=cast.MANAGER) == []


async def test_a_sheet_is_corrected_then_deleted():
    sheet = await keep()
    command = ChangeSheet(sheet_id=sheet.id, version=1, changes={"title": " Rouge  vif ", "shift_right_mm": 0.0})
    saved = await change_sheet(command, actor=cast.MANAGER, now=cast.NOW)
    assert (saved.title, saved.measures.shift_right_mm, saved.measures.columns, saved.version) == ("Rouge vif", 0, 3, 2)
    assert await get_own_sheet(sheet.id, actor=cast.MANAGER) == saved
    with pytest.raises(Conflict) as refusal:
        await change_sheet(command, actor=cast.MANAGER, now=cast.NOW)
    assert refusal.value.code == "label_sheet.changed"
    assert await acts() == ["label_sheet.kept", "label_sheet.changed"]
    await delete_sheet(sheet.id, actor=cast.MANAGER, now=cast.NOW)
    assert await list_own_sheets(actor=cast.MANAGER) == []
    with pytest.raises(NotFound) as gone:
        await make_calibration_page(sheet.key, actor=cast.MANAGER, offset=Offset())
    assert gone.value.code == "label.unknown_sheet"


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        ({"title": " "}, ["/title"]),
        ({"columns": 0, "page_width_mm": 20.0}, ["/page_width_mm", "/columns"]),
        ({"left_mm": float("nan")}, ["/left_mm"]),
        ({"columns": 4, "rows": 8}, ["/columns", "/rows"]),
        ({"label_height_mm": 16.0}, ["/label_height_mm"]),
    ],
)
async def test_what_is_wrong_with_a_sheet_is_told_by_its_measure(changes, pointers):
    with pytest.raises(RuleBroken) as refusal:
        await keep(replace(ROUGE, **changes))
    assert refusal.value.code == "label_sheet.invalid"
    assert [each.pointer for each in refusal.value.errors] == pointers
    assert await list_own_sheets(actor=cast.MANAGER) == []


async def test_a_title_is_taken_once_and_printable():
    await keep()
    other = await keep(replace(ROUGE, title="Verte"))
    for taken in (
        keep(),
        change_sheet(
            ChangeSheet(sheet_id=other.id, version=1, changes={"title": "Rouge"}), actor=cast.MANAGER, now=cast.NOW
        ),
    ):
        with pytest.raises(Conflict) as refusal:
            await taken
        assert refusal.value.code == "label_sheet.title_taken"
    with pytest.raises(RuleBroken) as unprintable:
        await keep(replace(ROUGE, title="红色"))
    assert unprintable.value.code == "text.not_printable"


async def test_a_service_keeps_so_many_sheets():
    for number in range(MOST_SHEETS):
        await keep(replace(ROUGE, title=f"Planche {number}"))
    with pytest.raises(Conflict) as refusal:
        await keep()
    assert refusal.value.code == "label_sheet.too_many"


async def test_another_service_and_a_reader_have_nothing_to_do_with_it():
    sheet = await keep()
    assert await list_own_sheets(actor=cast.STRANGER) == []
    assert sheet.key not in {each.key for each in await list_formats(actor=cast.STRANGER)}
    command = ChangeSheet(sheet_id=sheet.id, version=1)
    for act in (
        get_own_sheet(sheet.id, actor=cast.STRANGER),
        change_sheet(command, actor=cast.STRANGER, now=cast.NOW),
        delete_sheet(sheet.id, actor=cast.STRANGER, now=cast.NOW),
        get_own_sheet(UUID(int=1), actor=cast.MANAGER),
    ):
        with pytest.raises(NotFound) as refusal:
            await act
        assert refusal.value.code == "label_sheet.not_found"
    with pytest.raises(MaterielError) as unknown:
        await make_calibration_page(sheet.key, actor=cast.STRANGER, offset=Offset())
    assert unknown.value.code == "label.unknown_sheet"
    for refused in (
        keep_sheet(ROUGE, actor=cast.READER, now=cast.NOW),
        change_sheet(command, actor=cast.READER, now=cast.NOW),
        delete_sheet(sheet.id, actor=cast.READER, now=cast.NOW),
    ):
        with pytest.raises(PermissionDenied):
            await refused
    with pytest.raises(PermissionDenied):
        try_sheet(ROUGE, actor=cast.READER)
