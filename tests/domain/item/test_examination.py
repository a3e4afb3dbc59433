"""What is checked of a device before an examination: a dated sheet, of a computer or a tablet alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast

from materiel.domain.item.examination import ExaminationSheet, checked_sheet, may_be_prepared
from materiel.domain.item.family import ItemFamily
from materiel.errors import RuleBroken

TODAY = date(2026, 9, 7)
LAPTOP = replace(cast.an_item(1, cast.LAPTOP), family=ItemFamily.COMPUTER)
SHEET = ExaminationSheet(
    id=UUID(int=1),
    service_id=cast.SERVICE,
    item_id=cast.LAPTOP,
    done_on=TODAY,
    noted_by="user:1",
    noted_at=datetime(2026, 9, 7, tzinfo=UTC),
)


def test_a_sheet_is_ready_once_nothing_is_left_to_do() -> None:
    assert not SHEET.is_ready
    done = replace(SHEET, emptied=True, radio_off=True, software=" Traitement   de texte ")
    assert checked_sheet(done, LAPTOP, TODAY).software == "Traitement de texte"
    assert done.is_ready


def test_only_a_device_is_emptied() -> None:
    book = replace(LAPTOP, family=ItemFamily.BOOK_OR_DOCUMENT)
    assert may_be_prepared(LAPTOP)
    assert not may_be_prepared(book)
    with refused(RuleBroken, "examination.no_device"):
        checked_sheet(SHEET, book, TODAY)


@pytest.mark.parametrize(
    ("sheet", "at_fault"),
    [
        (replace(SHEET, done_on=TODAY + timedelta(days=1)), "/done_on"),
        (replace(SHEET, sits_on=TODAY - timedelta(days=1)), "/sits_on"),
        (replace(SHEET, software="x" * 501), "/software"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field(sheet: ExaminationSheet, at_fault: str) -> None:
    with refused(RuleBroken, "examination.invalid") as caught:
        checked_sheet(sheet, LAPTOP, TODAY)
    assert [each.pointer for each in caught.value.errors] == [at_fault]
