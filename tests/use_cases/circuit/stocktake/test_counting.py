"""A stocktake: what is expected on its opening day, what is seen of it by the service, by acts, by whoever keeps it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast
from tests.use_cases.circuit.stocktake.stocktake_cast import LATER, UNTIL, counted, figures, opened, result
from tests.use_cases.visitors.institution_cast import a_deposit, a_tripartite, an_institution, set_up_institutions

from materiel.domain.circuit.stocktake import (
    NO_PLACE,
    LineFilter,
    OpenStocktake,
    SightedBy,
    StocktakePlace,
    StocktakeResult,
    closed,
)
from materiel.domain.incident.incident import IncidentKind
from materiel.domain.item.item import Condition, ItemStatus
from materiel.domain.loan.steps import HandedItem, ReturnedItem
from materiel.errors import Conflict, NotFound, PermissionDenied, RuleBroken
from materiel.store.circuit.stocktake import stocktake as stocktakes
from materiel.store.engine.database import write_transaction
from materiel.store.history.search import search
from materiel.use_cases.circuit.stocktake.counting import CountCodes, count_codes
from materiel.use_cases.circuit.stocktake.opening import (
    list_lines,
    list_stocktakes,
    list_unknown,
    open_stocktake,
    read_line,
    read_stocktake,
)
from materiel.use_cases.incident.incident import DeclareIncident
from materiel.use_cases.item.item import RegisterItem, SetItemStatus, get_item, register_item, set_item_status
from materiel.use_cases.item.label import replace_label
from materiel.use_cases.item.place import set_places
from materiel.use_cases.loan.loan import get_loan
from materiel.use_cases.loan.steps import HandOver, TakeBack, hand_over, issue_loan, take_back
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.visitors.presence import confirm_presence, declare_by_institution


@pytest.fixture
async def _cast(db: object) -> None:
    await set_up_institutions()


pytestmark = pytest.mark.usefixtures("_cast")


async def lent_home() -> UUID:
    loan_id = await cast.a_draft()
    await issue_loan(loan_id, issuer=cast.ISSUER)
    await handed(loan_id, cast.TODAY)
    return loan_id


async def handed(loan_id: UUID, on: date) -> None:
    lines = (await get_loan(loan_id, actor=cast.MANAGER)).loan.open_items
    command = HandOver(
        loan_id=loan_id, handed_over_on=on, items=tuple(HandedItem(item_id=each.item_id) for each in lines)
    )
    issuer = cast.ISSUER if on == cast.TODAY else later_issuer()
    await hand_over(command, issuer=issuer)


def later_issuer() -> Issuer:
    return replace(cast.ISSUER, now=LATER)


async def test_what_is_expected_is_where_it_is_on_the_opening_day() -> None:
    await lent_home()
    await a_deposit()
    await set_places([cast.SPARE], "Réserve A", actor=cast.MANAGER, now=cast.NOW)
    stocktake = await opened()
    sheet = await read_stocktake(stocktake.id, actor=cast.READER)
    assert (sheet.figures.expected, sheet.figures.silent) == (8, 8)
    places = {each.title: each.figures.expected for each in sheet.places}
    assert places[NO_PLACE] == 4
    assert places["Réserve A"] == 1
    assert sum(number for title, number in places.items() if title.startswith("Domiciles : ")) == 1
    assert {each.kind for each in sheet.places} == set(StocktakePlace)
    (entry,) = [each for each in await search(cast.SERVICE, limit=50) if each.action == "stocktake.opened"]
    assert entry.details == {"expected": 8}


async def test_schools_that_are_named_leave_out_the_store_and_the_others() -> None:
    await lent_home()
    await a_deposit()
    stocktake = await opened(schools=(cast.COLLEGE,))
    assert (await figures(stocktake)).expected == 2
    commune = await opened(municipalities=("35016",))
    assert (await figures(commune)).expected == 1
    store = await opened(kinds=(StocktakePlace.STORE,))
    assert (await figures(store)).expected == 5
    with refused(NotFound, "school.not_found"):
        await opened(schools=("0350000Z",))


async def test_what_is_read_counts_once_and_says_where() -> None:
    await set_places([cast.SPARE], "Réserve A", actor=cast.MANAGER, now=cast.NOW)
    stocktake = await opened()
    for _ in range(2):
        done = await counted(stocktake, "35-2026-00007", "https://x.example/Q/ABCDEFGHJKM01", place="réserve a")
    assert [each.result for each in done.codes] == [StocktakeResult.FOUND, StocktakeResult.FOUND]
    elsewhere = await counted(stocktake, "35-2026-00007", place="Réserve B")
    assert (elsewhere.codes[0].result, elsewhere.codes[0].inventory_number) == (
        StocktakeResult.ELSEWHERE,
        "35-2026-00007",
    )
    found = await figures(stocktake)
    assert (found.found, found.elsewhere, found.undecided, found.silent) == (1, 1, 1, 6)
    line = await read_line(stocktake.id, cast.SPARE, actor=cast.READER)
    assert (line.seen_place, line.seen_by, line.waits) == ("Réserve B", SightedBy.ACCOUNT, True)
    entries = [each for each in await search(cast.SERVICE, limit=50) if each.action == "stocktake.counted"]
    assert len(entries) == 2


async def test_a_place_looked_at_whole_tells_what_is_missing() -> None:
    await set_places([cast.SPARE, cast.LAST], "Réserve A", actor=cast.MANAGER, now=cast.NOW)
    stocktake = await opened()
    done = await counted(stocktake, "35-2026-00007", place="Réserve A", complete=True)
    assert done.missing == 1
    assert await result(stocktake, cast.LAST) is StocktakeResult.MISSING
    assert (await figures(stocktake)).silent == 6
    with refused(RuleBroken, "stocktake.no_place"):
        await counted(stocktake, "35-2026-00007", complete=True)
    assert (await counted(stocktake, place=NO_PLACE, complete=True)).missing == 6


async def test_a_school_is_counted_too_and_what_goes_home_comes_to_school() -> None:
    await lent_home()
    await a_deposit()
    stocktake = await opened()
    done = await counted(stocktake, "35-2026-00002", place=cast.COLLEGE)
    assert done.codes[0].result is StocktakeResult.FOUND
    done = await counted(stocktake, "35-2026-00001", place=cast.BAULON)
    assert done.codes[0].result is StocktakeResult.FOUND
    done = await counted(stocktake, "35-2026-00001", place=cast.COLLEGE)
    assert done.codes[0].result is StocktakeResult.ELSEWHERE


async def test_codes_that_name_nothing_are_unknown_and_tell_nothing_of_another_service() -> None:
    theirs = await register_item(
        RegisterItem(inventory_number="29-1", designation="Loupe"), actor=cast.STRANGER, now=cast.NOW
    )
    item = await get_item(cast.LAPTOP, actor=cast.MANAGER)
    await replace_label(cast.LAPTOP, item.version, actor=cast.MANAGER, now=cast.NOW)
    stocktake = await opened()
    done = await counted(stocktake, theirs.public_code, "29-1", "ABCDEFGHJKM01", "bonjour")
    assert {each.result for each in done.codes} == {StocktakeResult.UNKNOWN}
    whys = [each.detail for each in done.codes]
    assert whys[0] == whys[1] == whys[3]
    assert "Étiquette remplacée" in whys[2]
    assert "35-2026-00001" in whys[2]
    await counted(stocktake, "bonjour")
    assert (await figures(stocktake)).unknown == 4
    kept = await list_unknown(stocktake.id, actor=cast.READER, limit=10)
    assert [each.reading for each in kept] == [theirs.public_code, "29-1", "ABCDEFGHJKM01", "bonjour"]


async def test_what_was_not_expected_is_seen_elsewhere() -> None:
    lost = await get_item(cast.LAST, actor=cast.MANAGER)
    command = SetItemStatus(item_id=lost.id, status=ItemStatus.LOST, reason="Introuvable", version=lost.version)
    await set_item_status(command, actor=cast.MANAGER, now=cast.NOW)
    stocktake = await opened()
    for _ in range(2):
        assert (await counted(stocktake, "35-2026-00008")).codes[0].result is StocktakeResult.ELSEWHERE
    found = await figures(stocktake)
    assert (found.expected, found.elsewhere, found.extra, found.seen) == (7, 1, 1, 0)


async def test_what_an_act_lends_or_takes_back_meanwhile_is_found() -> None:
    loan_id = await lent_home()
    stocktake = await opened()
    assert await result(stocktake, cast.LAPTOP) is StocktakeResult.SILENT
    back = TakeBack(
        loan_id=loan_id, returned_on=cast.TODAY, items=(ReturnedItem(item_id=cast.LAPTOP, condition=Condition.GOOD),)
    )
    await take_back(back, issuer=cast.ISSUER)
    assert await result(stocktake, cast.LAPTOP) is StocktakeResult.FOUND
    lent = await cast.a_draft(items=(cast.SPARE,))
    await issue_loan(lent, issuer=cast.ISSUER)
    assert await result(stocktake, cast.SPARE) is StocktakeResult.SILENT
    await handed(lent, LATER.date())
    assert await result(stocktake, cast.SPARE) is StocktakeResult.FOUND


async def test_what_is_taken_back_after_a_place_was_looked_at_is_no_longer_missing() -> None:
    loan_id = await a_deposit()
    stocktake = await opened()
    await counted(stocktake, place=cast.COLLEGE, complete=True)
    assert await result(stocktake, cast.BRAILLE) is StocktakeResult.MISSING
    back = TakeBack(
        loan_id=loan_id, returned_on=LATER.date(), items=(ReturnedItem(item_id=cast.BRAILLE, condition=Condition.GOOD),)
    )
    await take_back(back, issuer=later_issuer())
    assert await result(stocktake, cast.BRAILLE) is StocktakeResult.FOUND
    assert await result(stocktake, cast.KEYBOARD) is StocktakeResult.MISSING


async def test_whoever_keeps_items_answers_by_the_link_and_an_absence_is_a_gap() -> None:
    await a_deposit()
    stocktake = await opened()
    college = await an_institution(cast.COLLEGE)
    await confirm_presence([cast.BRAILLE], institution=college, now=LATER)
    line = await read_line(stocktake.id, cast.BRAILLE, actor=cast.READER)
    assert (line.result, line.seen_by, line.seen_on) == (
        StocktakeResult.FOUND,
        SightedBy.INSTITUTION,
        LATER.date(),
    )
    gone = DeclareIncident(kind=IncidentKind.ABSENCE, description="Plus dans l'armoire.")
    await declare_by_institution(
        gone, item_id=cast.KEYBOARD, institution=college, base_url=cast.ISSUER.base_url, now=LATER
    )
    assert await result(stocktake, cast.KEYBOARD) is StocktakeResult.MISSING
    (gap,) = await list_lines(stocktake.id, LineFilter(waits=True), actor=cast.READER, limit=10)
    assert gap.item_id == cast.KEYBOARD


async def test_a_confirmation_before_the_opening_says_nothing_of_it() -> None:
    await a_tripartite()
    college = await an_institution(cast.BAULON)
    await confirm_presence([cast.LAPTOP], institution=college, now=cast.NOW)
    stocktake = await opened()
    assert await result(stocktake, cast.LAPTOP) is StocktakeResult.SILENT
    await confirm_presence([cast.LAPTOP], institution=college, now=cast.NOW)
    assert await result(stocktake, cast.LAPTOP) is StocktakeResult.FOUND


async def test_lines_come_page_by_page_of_a_result_or_a_place() -> None:
    await set_places([cast.SPARE, cast.LAST], "Réserve A", actor=cast.MANAGER, now=cast.NOW)
    stocktake = await opened()
    silent = LineFilter(result=StocktakeResult.SILENT)
    first = await list_lines(stocktake.id, silent, actor=cast.READER, limit=5)
    rest = await list_lines(stocktake.id, silent, actor=cast.READER, limit=5, after=first[-1].item_id)
    assert [each.item_id for each in (*first, *rest)] == list(cast.ITEMS)
    there = await list_lines(stocktake.id, LineFilter(place="store:Réserve A"), actor=cast.READER, limit=9)
    assert [each.item_id for each in there] == [cast.SPARE, cast.LAST]
    assert there[0].place_title == "Réserve A"


async def test_a_stocktake_that_was_closed_meanwhile_is_not_closed_again() -> None:
    stocktake = await opened()
    as_closed = closed(stocktake, by="tests", on=cast.TODAY, at=cast.NOW)
    async with write_transaction():
        await stocktakes.save(as_closed)
        with refused(Conflict, "stocktake.changed"):
            await stocktakes.save(as_closed)


async def test_who_may_not_and_what_lacks() -> None:
    stocktake = await opened()
    with refused(RuleBroken, "stocktake.invalid"):
        await opened(name=" ", closes_on=cast.TODAY - timedelta(days=1))
    with refused(RuleBroken, "stocktake.nothing_counted"):
        await counted(stocktake, " ")
    with refused(NotFound, "stocktake.line_not_found"):
        await read_line(stocktake.id, stocktake.id, actor=cast.READER)
    with pytest.raises(PermissionDenied):
        await open_stocktake(OpenStocktake(name="N", closes_on=UNTIL), actor=cast.READER, now=cast.NOW)
    with pytest.raises(PermissionDenied):
        await count_codes(CountCodes(stocktake_id=stocktake.id, codes=("1",)), actor=cast.READER, now=cast.NOW)
    with refused(NotFound, "stocktake.not_found"):
        await read_stocktake(stocktake.id, actor=cast.STRANGER)
    assert await list_stocktakes(actor=cast.STRANGER, limit=5) == []
    assert [each.id for each in await list_stocktakes(actor=cast.READER, limit=5)] == [stocktake.id]
