"""Rows to values and back, by the types of the fields."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from tests.store.cast import ADDRESS, DSDEN_35, NOW, a_service, an_item

from materiel.domain.accounts.service import ManagingService
from materiel.domain.address import Address
from materiel.domain.item.family import ItemFamily
from materiel.domain.item.item import Condition, Item, ItemStatus, Ownership
from materiel.domain.papers.document import NoticeChannel, Party, Recipient
from materiel.domain.people.pupil import Home
from materiel.store.engine.ids import new_id
from materiel.store.engine.mapper import Mapper, Part
from materiel.store.engine.rows import insert
from materiel.store.engine.statement import Statement
from materiel.store.tables import DocumentFileRow, ItemRow, LoanItemRow, ManagingServiceRow, RecipientRow

LINE = UUID("00000000-0000-7000-8000-0000000000aa")
AT = datetime(2026, 9, 10, 8, 30, 0, 250_000, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A value of every type that a record has, as a join names its columns."""

    loan_id: UUID
    condition: Condition
    condition_in: Condition | None
    missing: tuple[str, ...]
    accessories: tuple[str, ...] | None
    counts: dict[str, int]
    address: Address
    seen_on: date | None
    seen_at: datetime
    is_out: bool
    price_cents: int | None


TOLD = Told(
    loan_id=LINE,
    condition=Condition.GOOD,
    condition_in=None,
    missing=("chargeur", "étui « bleu »"),
    accessories=None,
    counts={"Élève": 2},
    address=Address(lines=("1 quai Dujardin",), postcode="35000", city="Rennes"),
    seen_on=None,
    seen_at=AT,
    is_out=True,
    price_cents=12_000,
)


def test_a_value_becomes_columns_of_what_a_database_keeps():
    assert Mapper(Told).row(TOLD) == {
        "loan_id": LINE,
        "condition": "good",
        "condition_in": None,
        "missing": '["chargeur","étui « bleu »"]',
        "accessories": None,
        "counts": '{"Élève":2}',
        "address": '{"lines":["1 quai Dujardin"],"postcode":"35000","city":"Rennes"}',
        "seen_on": None,
        "seen_at": AT,
        "is_out": True,
        "price_cents": 12_000,
    }


def test_a_member_is_written_as_plain_text():
    assert type(Mapper(Told).row(TOLD)["condition"]) is str


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"condition_in": Condition.OUT_OF_ORDER, "accessories": (), "seen_on": date(2026, 9, 10)},
        {"accessories": ("souris",), "missing": (), "counts": {}, "price_cents": None},
    ],
)
def test_what_was_written_is_read_again(changes):
    told, mapper = replace(TOLD, **changes), Mapper(Told)
    assert mapper.value(mapper.row(told)) == told


def test_a_member_is_read_as_itself():
    mapper = Mapper(Told)
    assert mapper.value(mapper.row(TOLD) | {"condition_in": "worn"}).condition_in is Condition.WORN


def test_a_field_is_found_under_its_name_less_id():
    mapper = Mapper(Recipient, RecipientRow)
    recipient = Recipient(id=LINE, party=Party.MAYOR, name="La maire", channel=NoticeChannel.POST, message_id=DSDEN_35)
    row = mapper.row(recipient)
    assert (row["message"], "message_id" in row) == (DSDEN_35, False)
    assert mapper.value(row) == recipient


def test_a_prefix_names_the_columns_of_a_part():
    @dataclass(frozen=True)
    class Out:
        out: Condition | None

    mapper = Mapper(Out, LoanItemRow, prefix="condition_")
    assert mapper.row(Out(Condition.NEW)) == {"condition_out": "new"}
    assert mapper.value({"condition_out": "new", "condition_in": "worn"}) == Out(Condition.NEW)


def test_what_no_column_keeps_is_given():
    mapper = Mapper(Told, given=("counts", "address"))
    row = mapper.row(TOLD, city="Rennes")
    assert (row["city"], "address" in row) == ("Rennes", False)
    assert mapper.value(row, counts=TOLD.counts, address=TOLD.address) == TOLD


def test_the_columns_are_listed_for_a_select():
    assert Mapper(Told, given=("counts", "address")).selected("told").startswith("told.loan_id, told.condition, ")


def test_the_country_is_stored_and_rows_without_one_are_french():
    french = {"address": '{"lines":["1 rue"],"postcode":"35000","city":"Rennes"}', "confidential": False}
    homes = Mapper(Home)
    assert homes.value(french).address.country == ""
    assert homes.row(homes.value(french)) == french
    abroad = Home(address=Address(lines=("1 rue",), postcode="1201", city="Genève", country="Suisse"))
    assert homes.value(homes.row(abroad)) == abroad


def test_a_field_without_a_column_is_refused_at_once():
    with pytest.raises(LookupError, match="no column keeps counts"):
        Mapper(Told, ItemRow, given=("loan_id", "condition", "condition_in", "missing", "address", "seen_on"))


def test_a_given_field_that_the_class_has_not_is_refused_at_once():
    with pytest.raises(LookupError, match="Told has no field"):
        Mapper(Told, given=("colour",))


def test_a_row_without_a_column_is_refused():
    mapper = Mapper(Told)
    row = mapper.row(TOLD)
    del row["price_cents"]
    with pytest.raises(KeyError, match="price_cents"):
        mapper.value(row)


def test_a_value_that_the_enumeration_has_not_is_refused():
    mapper = Mapper(Told)
    with pytest.raises(KeyError, match="perfect"):
        mapper.value(mapper.row(TOLD) | {"condition": "perfect"})


async def test_every_type_comes_back_from_the_database(settled):
    mapper = Mapper(Item, ItemRow)
    item = replace(
        an_item(),
        family=ItemFamily.SOFTWARE,
        ownership=Ownership.RENTED,
        accessories=("chargeur", "clé « USB »"),
        lease_ends_on=date(2027, 7, 3),
        purchase_price_cents=89_900,
    )
    await insert(ItemRow, mapper.row(item, search="", labelled_on=None, created_at=AT))
    row = await Statement(f"SELECT {mapper.selected('kept')} FROM item AS kept WHERE id = {{}}").fetch_one(item.id)
    assert mapper.value(row) == item


async def test_addresses_truths_and_instants_come_back_from_the_database(settled):
    @dataclass(frozen=True)
    class Kept:
        service_id: UUID
        created_at: datetime

    service, mapper = replace(a_service(), id=new_id(), code="AUTRE", ask_both_parents=True), Mapper(Kept, ItemRow)
    of_services = Mapper(ManagingService, ManagingServiceRow)
    await insert(
        ManagingServiceRow,
        of_services.row(service) | {"reminded_on": None, "reminder_job": None, "letterhead_proposed": None},
    )
    await insert(
        ItemRow,
        Mapper(Item, ItemRow).row(
            replace(an_item(), service_id=service.id), search="", labelled_on=None, created_at=AT
        ),
    )
    read = await Statement("SELECT * FROM managing_service WHERE id = {}").fetch_one(service.id)
    found = of_services.value(read)
    assert (found, found.address) == (service, ADDRESS)
    kept = await Statement("SELECT * FROM item WHERE service = {}").fetch_one(service.id)
    assert mapper.value(kept) == Kept(service.id, AT)


@dataclass(frozen=True)
class Owned:
    """An item as its service's own row tells it."""

    inventory_number: str
    status: ItemStatus
    accessories: tuple[str, ...]
    lease_ends_on: date | None
    purchase_price_cents: int | None
    created_at: datetime


@dataclass(frozen=True)
class Owner:
    code: str
    items: tuple[Owned, ...]


async def test_the_parts_of_a_record_are_read_in_its_row_and_in_their_order(settled):
    owned = Mapper(Owned, ItemRow)
    owners = Mapper(Owner, ManagingServiceRow, parts={"items": Part(owned, of="service", order="inventory_number")})
    of_service = owners.statement(
        f"SELECT {owners.selected('service')} FROM managing_service AS service WHERE service.id = {{}}"
    )
    empty = await of_service.fetch_one(DSDEN_35)
    assert owners.value(empty).items == ()
    second = replace(an_item(), accessories=("étui « bleu »",), lease_ends_on=date(2027, 7, 3), purchase_price_cents=1)
    first = replace(an_item(), id=new_id(), inventory_number="0", public_code="ABCDEFGHJKMNP")
    for item, at in ((second, AT), (first, NOW)):
        await insert(ItemRow, Mapper(Item, ItemRow).row(item, search="", labelled_on=None, created_at=at))
    found = owners.value(await of_service.fetch_one(DSDEN_35))
    assert found.items == (
        Owned("0", first.status, first.accessories, first.lease_ends_on, first.purchase_price_cents, NOW),
        Owned(second.inventory_number, second.status, ("étui « bleu »",), date(2027, 7, 3), 1, AT),
    )
    assert owners.row(found) == {"code": found.code}


def test_a_part_that_no_table_keeps_or_that_json_does_not_hold_is_refused_at_once():
    @dataclass(frozen=True)
    class File:
        pdf: bytes

    with pytest.raises(LookupError, match="no table keeps Told"):
        Part(Mapper(Told), of="loan", order="id")
    with pytest.raises(LookupError, match="JSON does not hold document_file"):
        Part(Mapper(File, DocumentFileRow), of="document", order="document")


async def test_a_missing_or_an_unknown_column_is_not_written(settled):
    row = Mapper(Item, ItemRow).row(an_item(), search="", labelled_on=None, created_at=AT)
    with pytest.raises(LookupError, match="colour"):
        await insert(ItemRow, row | {"colour": "bleu"})
    del row["search"]
    with pytest.raises(LookupError, match="search"):
        await insert(ItemRow, row)
