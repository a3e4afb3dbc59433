"""The pool: what sleeps across the académie, nothing of pupils, and the demand of one item."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast
from tests.use_cases.circuit.disposal.disposal_cast import proposed

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.circuit.disposal.disposal import DisposalOutcome
from materiel.domain.circuit.need import NeedFilter
from materiel.domain.circuit.pool import MOST_SHOWN, PoolFilter
from materiel.domain.circuit.transfer import TransferState
from materiel.domain.item.family import ItemFamily
from materiel.domain.item.item import Condition, ItemStatus
from materiel.domain.loan.steps import HandedItem, ReturnedItem
from materiel.errors import Conflict, NotFound, PermissionDenied, RuleBroken
from materiel.store.accounts import service as services
from materiel.store.engine.database import write_transaction
from materiel.store.item import item as items
from materiel.use_cases.accounts.token import CreateToken, authenticate, create_token, list_tokens
from materiel.use_cases.accounts.user import CreateUser, create_user
from materiel.use_cases.circuit.need import list_needs
from materiel.use_cases.circuit.pool import (
    AskFromPool,
    ask_from_pool,
    pool_item,
    pool_items,
    pool_page,
    pool_services,
    pool_tally,
)
from materiel.use_cases.circuit.transfer import list_transfers
from materiel.use_cases.circuit.workshop.kit import MakeKit, make_kit
from materiel.use_cases.loan.elsewhere.accepting import AcceptTransfer, accept_transfer
from materiel.use_cases.loan.steps import HandOver, TakeBack, hand_over, issue_loan, take_back

COORDINATOR = Actor("user:coordinator", Role.COORDINATOR, cast.OTHER_SERVICE)
LATER = cast.NOW + timedelta(days=200)
ELSEWHERE = UUID(int=44)


@pytest.fixture(autouse=True)
async def _cast(db: object) -> None:
    await cast.set_up()
    far = replace(cast.a_service(ELSEWHERE, "DSDEN44", "44"), academie="17")
    await services.insert(far)
    async with write_transaction():
        laptop = await items.get(cast.LAPTOP, cast.SERVICE)
        there = replace(laptop, id=UUID(int=45), service_id=ELSEWHERE, public_code="ZZZZZZZZZZZ45")
        await items.insert(there, cast.NOW)


async def asked(item_id: UUID = cast.SPARE, to: str = "DSDEN29") -> UUID:
    command = AskFromPool(item_id=item_id, to=to, reason="Un élève attend")
    return (await ask_from_pool(command, actor=COORDINATOR, now=LATER)).transfer.id


async def test_what_sleeps_is_told_with_its_service_and_place_alone() -> None:
    loan_id = await cast.a_draft()
    await issue_loan(loan_id, issuer=cast.ISSUER)
    handed = HandedItem(item_id=cast.LAPTOP)
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=(handed,)), issuer=cast.ISSUER)
    found = await pool_items(PoolFilter(), actor=COORDINATOR, now=LATER)
    assert {each.id for each in found} == set(cast.ITEMS) - {cast.LAPTOP}
    spare = next(each for each in found if each.id == cast.SPARE)
    assert (spare.service_code, spare.place, spare.idle_since) == ("DSDEN35", "Rennes", cast.TODAY)
    assert "Zoé" not in repr(found)
    assert await pool_items(PoolFilter(months=12), actor=COORDINATOR, now=LATER) == []
    assert await pool_items(PoolFilter(), actor=COORDINATOR, now=cast.NOW) == []


async def test_the_longest_asleep_come_first_whatever_their_service_and_are_counted() -> None:
    async with write_transaction():
        fm, spare = await items.get(cast.FM, cast.SERVICE), await items.get(cast.SPARE, cast.SERVICE)
        theirs = replace(fm, id=UUID(int=46), service_id=cast.OTHER_SERVICE, public_code="ZZZZZZZZZZZ46")
        await items.insert(theirs, cast.NOW - timedelta(days=30))
    found = await pool_items(PoolFilter(), actor=COORDINATOR, now=LATER)
    assert found[0].id == theirs.id
    days = [each.idle_since for each in found]
    assert days == sorted(days)
    # Given back later than it was registered, it has slept less than all others.
    then = replace(cast.ISSUER, now=cast.NOW + timedelta(days=9))
    loan_id = await cast.a_draft(items=(spare.id,))
    await issue_loan(loan_id, issuer=then)
    handed = (HandedItem(item_id=spare.id),)
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=handed), issuer=then)
    back = (ReturnedItem(item_id=spare.id, condition=Condition.GOOD),)
    day = cast.TODAY + timedelta(days=9)
    await take_back(TakeBack(loan_id=loan_id, returned_on=day, items=back), issuer=then)
    async with write_transaction():
        await items.save(replace(await items.get(spare.id, cast.SERVICE), status=ItemStatus.IN_STOCK))
    found = await pool_items(PoolFilter(), actor=COORDINATOR, now=LATER)
    assert (found[-1].id, found[-1].idle_since) == (spare.id, day)
    tally = await pool_tally(PoolFilter(), actor=COORDINATOR, now=LATER)
    assert sum(each.found for each in tally) == len(found)
    assert {each.service_code for each in tally} == {"DSDEN29", "DSDEN35"}
    with pytest.raises(PermissionDenied):
        await pool_tally(PoolFilter(), actor=cast.MANAGER, now=LATER)


async def test_what_may_not_pass_is_not_offered() -> None:
    async with write_transaction():
        await items.save(replace(await items.get(cast.FM, cast.SERVICE), safety_hold=True))
    kit = MakeKit(number="KIT-1", designation="Poste complet", items=(cast.LAPTOP, cast.SOFTWARE))
    await make_kit(kit, actor=cast.MANAGER, now=cast.NOW)
    found = await pool_items(PoolFilter(), actor=COORDINATOR, now=LATER)
    assert {each.id for each in found} == set(cast.ITEMS) - {cast.FM}
    assert {each.id for each in found if each.is_in_kit} == {cast.LAPTOP, cast.SOFTWARE}
    with refused(NotFound, "item.not_found"):
        await pool_item(cast.FM, actor=COORDINATOR, now=LATER)


async def test_it_is_narrowed_by_family_service_and_words() -> None:
    software = await pool_items(PoolFilter(q="logiciel"), actor=COORDINATOR, now=LATER)
    assert [each.id for each in software] == [cast.SOFTWARE]
    assert await pool_items(PoolFilter(family=ItemFamily.TABLET), actor=COORDINATOR, now=LATER) == []
    assert await pool_items(PoolFilter(service_code="DSDEN29"), actor=COORDINATOR, now=LATER) == []
    assert await pool_items(PoolFilter(service_code="DSDEN44"), actor=COORDINATOR, now=LATER) == []
    assert [each.code for each in await pool_services(actor=COORDINATOR)] == ["DSDEN29", "DSDEN35"]
    assert len(await pool_items(PoolFilter(), actor=COORDINATOR, now=LATER)) < MOST_SHOWN


async def test_a_program_reads_it_page_after_page() -> None:
    whole = await pool_page(PoolFilter(), actor=COORDINATOR, now=LATER, limit=50)
    assert {each.id for each in whole} == set(cast.ITEMS)
    first = await pool_page(PoolFilter(), actor=COORDINATOR, now=LATER, limit=3)
    rest = await pool_page(PoolFilter(), actor=COORDINATOR, now=LATER, limit=50, after=first[-1].id)
    assert [*first, *rest] == whole
    only = await pool_page(PoolFilter(q="logiciel"), actor=COORDINATOR, now=LATER, limit=50)
    assert [each.id for each in only] == [cast.SOFTWARE]
    with pytest.raises(PermissionDenied):
        await pool_page(PoolFilter(), actor=cast.MANAGER, now=LATER, limit=1)


async def test_it_is_asked_in_the_name_of_who_needs_it_and_the_owner_answers() -> None:
    transfer_id = await asked()
    (line,) = await list_transfers(actor=cast.MANAGER, awaits=True)
    assert (line.transfer.id, line.transfer.asked_by) == (transfer_id, cast.OTHER_SERVICE)
    assert (await pool_item(cast.SPARE, actor=COORDINATOR, now=LATER)).is_asked
    with refused(Conflict, "transfer.already_asked"):
        await asked()
    done = await accept_transfer(AcceptTransfer(transfer_id=transfer_id), issuer=replace(cast.ISSUER, now=LATER))
    assert done.transfer.state is TransferState.ACCEPTED
    moved = done.transfer.items[0].received_as
    assert moved is not None
    assert (await items.get(moved, cast.OTHER_SERVICE)).inventory_number == "35-2026-00007"


async def test_what_is_refused() -> None:
    with refused(NotFound, "item.not_found"):
        await asked(UUID(int=45))
    with refused(NotFound, "service.not_found"):
        await asked(to="DSDEN44")
    with refused(RuleBroken, "transfer.same_service"):
        await asked(to="DSDEN35")
    await cast.a_draft(items=(cast.SPARE,))
    with refused(NotFound, "item.not_found"):
        await asked()


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.COORDINATOR])
async def test_the_pool_is_for_the_coordinator(role: Role) -> None:
    with pytest.raises(PermissionDenied):
        await pool_items(PoolFilter(), actor=Actor("user:1", role, cast.SERVICE), now=LATER)


async def test_a_coordinator_reads_nothing_else_by_an_account_or_a_token() -> None:
    with pytest.raises(PermissionDenied):
        await list_needs(NeedFilter(), actor=COORDINATOR, limit=5)
    with pytest.raises(PermissionDenied):
        await list_transfers(actor=COORDINATOR)
    admin = Actor("user:1", Role.ADMIN, cast.SERVICE)
    made = await create_token(CreateToken(role=Role.COORDINATOR, label="x"), actor=admin, now=cast.NOW)
    program = await authenticate(made.secret, cast.NOW)
    assert program is not None
    assert program.role is Role.COORDINATOR
    assert [each.role for each in await list_tokens(actor=admin)] == [Role.COORDINATOR]
    command = CreateUser(email="c@exemple.fr", name="C", role=Role.COORDINATOR)
    user = await create_user(command, actor=admin, now=cast.NOW)
    assert user.role is Role.COORDINATOR


async def test_what_an_end_of_life_takes_out_does_not_sleep() -> None:
    destroyed = {"outcome": DisposalOutcome.DESTRUCTION, "beneficiary": "Éco-organisme", "association": None}
    await proposed(cast.SPARE, **destroyed)
    found = await pool_items(PoolFilter(), actor=COORDINATOR, now=LATER)
    assert cast.SPARE not in {each.id for each in found}
    with refused(NotFound, "item.not_found"):
        await asked()
