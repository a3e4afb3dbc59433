"""Printing labels: what they say, whose items, and what is kept of it."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from tests.documents.printing import pages, rasterised, read_codes, words

from materiel.documents.labels.formats import load_formats
from materiel.documents.labels.labels import Offset
from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.accounts.service import NO_ADDRESS, ServiceKind
from materiel.domain.item.item import Item
from materiel.errors import BadInput, NotFound, PermissionDenied, RuleBroken
from materiel.settings import resource_dir
from materiel.store.history import journal
from materiel.store.history.search import search
from materiel.use_cases.accounts.service import CreateService, create_service
from materiel.use_cases.item.item import RegisterItem, register_item
from materiel.use_cases.item.label import MOST_LABELS, PrintLabels, make_calibration_page, make_labels

pytestmark = pytest.mark.usefixtures("db")

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
BASE_URL = "https://materiel.ac-exemple.fr"


async def a_manager(code: str = "DSDEN35", name: str = "DSDEN d'Ille-et-Vilaine") -> Actor:
    command = CreateService(
        code=code, name=name, kind=ServiceKind.DSDEN, academie="14", departement="35", address=NO_ADDRESS
    )
    service = await create_service(command, actor_id="cli", now=NOW)
    return Actor("token:manager", Role.MANAGER, service.id)


async def an_item(actor: Actor, number: str = "35-2026-00001", designation: str = "Plage braille") -> Item:
    command = RegisterItem(
        inventory_number=number,
        designation=designation,
        category="Matériel adapté",
        brand="Freedom Scientific",
        model="Focus 40",
        serial_number="FS-4711",
    )
    return await register_item(command, actor=actor, now=NOW)


async def printed(actor: Actor, *items: Item, sheet: str = "a4_3x8", first_cell: int = 1) -> bytes:
    command = PrintLabels(item_ids=[item.id for item in items], sheet=sheet, first_cell=first_cell)
    return await make_labels(command, actor=actor, now=NOW, base_url=BASE_URL)


async def entries(actor: Actor) -> list[journal.Entry]:
    return [entry for entry in await search(actor.service_id, limit=50) if entry.action == "label.printed"]


async def test_a_label_leads_to_its_item_and_says_whose_it_is() -> None:
    actor = await a_manager()
    item = await an_item(actor)
    pdf = await printed(actor, item)
    assert read_codes(rasterised(pdf, 200)) == {f"HTTPS://MATERIEL.AC-EXEMPLE.FR/Q/{item.public_code}"}
    assert words(pdf) == "35-2026-00001 DSDEN d’Ille-et-Vilaine Trouvé ? Scannez le code."


@pytest.mark.parametrize("key", load_formats(resource_dir("templates") / "labels"))
async def test_a_label_reveals_no_disability(key: str) -> None:
    actor = await a_manager(name="DSDEN 35, pôle ASH, matériel pédagogique adapté (MPA)")
    text = words(await printed(actor, await an_item(actor), sheet=key)).casefold()
    assert "35-2026-00001" in text.replace(" ", "")
    for word in ("adapt", "mpa", "ash", "handicap", "braille", "freedom", "focus", "4711", "inclusi"):
        assert word not in text


async def test_labels_follow_the_order_asked() -> None:
    actor = await a_manager()
    first, second = await an_item(actor, "B-1"), await an_item(actor, "A-1")
    assert await printed(actor, first, second) != await printed(actor, second, first)
    assert words(await printed(actor, second, first)).startswith("A-1")


async def test_a_print_run_is_in_the_journal() -> None:
    actor = await a_manager()
    item = await an_item(actor)
    await printed(actor, item)
    (entry,) = await entries(actor)
    assert entry.details == {"sheet": "a4_3x8", "labels": 1, "items": [str(item.id)]}
    assert (await journal.verify()).fault is None


async def test_another_services_item_is_not_found_and_leaves_no_trace() -> None:
    actor, other = await a_manager(), await a_manager("DSDEN22")
    item = await an_item(actor)
    with pytest.raises(NotFound) as refusal:
        await printed(other, item)
    assert refusal.value.code == "item.not_found"
    assert await entries(other) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"sheet": "a4_9x9"}, "label.unknown_sheet"),
        ({"first_cell": 25}, "label.first_cell"),
        ({"offset": Offset(right_mm=40)}, "label.offset"),
        ({"item_ids": []}, "label.none"),
        ({"item_ids": [UUID(int=1)] * (MOST_LABELS + 1)}, "label.too_many"),
    ],
)
async def test_a_refusal_leaves_no_trace(changes: dict[str, object], code: str) -> None:
    actor = await a_manager()
    item = await an_item(actor)
    command = PrintLabels(**{"item_ids": [item.id], "sheet": "a4_3x8"} | changes)
    with pytest.raises((RuleBroken, NotFound, BadInput)) as refusal:
        await make_labels(command, actor=actor, now=NOW, base_url=BASE_URL)
    assert refusal.value.code == code
    assert await entries(actor) == []


async def test_an_address_too_long_for_a_code_is_refused() -> None:
    actor = await a_manager()
    command = PrintLabels(item_ids=[(await an_item(actor)).id], sheet="a4_3x8")
    with pytest.raises(RuleBroken) as refusal:
        await make_labels(command, actor=actor, now=NOW, base_url="https://materiel.academie-de-rennes.fr")
    assert refusal.value.code == "label.address_too_long"


async def test_a_reader_prints_nothing() -> None:
    actor = await a_manager()
    item = await an_item(actor)
    with pytest.raises(PermissionDenied):
        await printed(Actor("token:reader", Role.READER, actor.service_id), item)


async def test_labels_start_at_the_first_free_cell() -> None:
    actor = await a_manager()
    assert pages(await printed(actor, *[await an_item(actor, f"N-{n}") for n in range(2)], first_cell=24)) == 2


async def test_the_calibration_page_of_a_sheet_is_made() -> None:
    actor = await a_manager()
    pdf = await make_calibration_page("a4_4x10", actor=actor, offset=Offset(down_mm=2))
    assert "A4, 40 étiquettes de 45,7 × 25,4 mm" in words(pdf)
