from dataclasses import replace

import pytest
from tests.scans.test_photo import saved, shelf
from tests.use_cases.loan_cast import ISSUER, LAPTOP, READER, SERVICE, STRANGER, a_draft, set_up

from materiel.errors import NotFound
from materiel.store.item import item as items
from materiel.use_cases.item.code import find_document, find_meant_item, read_photo
from materiel.use_cases.loan.steps import issue_loan


@pytest.fixture(autouse=True)
async def cast(db):
    await set_up()
    await items.save(replace(await items.get(LAPTOP, SERVICE), serial_number="5CD1234XYZ"))


@pytest.mark.parametrize(
    "text",
    [
        "HTTPS://PRET.EXAMPLE.FR/Q/ABCDEFGHJKM01",
        "https://pret.example.fr/q/abcdefghjkm01",
        "abcdefghjkm01",
        "35-2026-00001",
        " 35-2026-00001\r\n",
        '"()éàé-)àààà&',
        "5CD1234XYZ",
        "4xy",
    ],
)
async def test_the_item_meant_is_found(text):
    assert (await find_meant_item(text, actor=READER)).id == LAPTOP


@pytest.mark.parametrize("text", ["", "ordinateur", "99-9999", "x" * 5000, "https://pret.example.fr/v/ABCDEFGHJKM01/1"])
async def test_what_means_nothing_or_several_is_refused(text):
    with pytest.raises(NotFound) as refusal:
        await find_meant_item(text, actor=READER)
    assert refusal.value.code == "item.not_found"


async def test_another_service_finds_nothing():
    for text in ("abcdefghjkm01", "35-2026-00001", "5CD1234XYZ"):
        with pytest.raises(NotFound):
            await find_meant_item(text, actor=STRANGER)


async def test_the_code_of_a_document_leads_to_it():
    document = (await issue_loan(await a_draft(), issuer=ISSUER)).made[0]
    address = f"HTTPS://PRET.EXAMPLE.FR/V/{document.code}/1"
    assert await find_document(address, actor=READER) == document.id
    assert await find_document(address, actor=STRANGER) is None
    assert await find_document("35-2026-00001", actor=READER) is None


async def test_a_photograph_is_read():
    addresses = ["HTTPS://PRET.EXAMPLE.FR/Q/ABCDEFGHJKM01", "HTTPS://PRET.EXAMPLE.FR/Q/ABCDEFGHJKM02"]
    assert await read_photo(saved(shelf(addresses)), actor=READER) == addresses
