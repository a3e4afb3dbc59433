"""A service that requires a second factor: who owes one, and who may say so."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from tests.stage.refusals import refused
from tests.use_cases.accounts import account_cast as cast
from tests.use_cases.loan_cast import OTHER_SERVICE, a_service

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.accounts.session import Person, SubjectKind
from materiel.errors import PermissionDenied
from materiel.store.accounts import service as services
from materiel.store.history.search import search
from materiel.use_cases.accounts.second_factor_rule import read_second_factor_rule, set_second_factor_rule
from materiel.use_cases.accounts.session import TWO_FACTORS, open_session, person_of
from materiel.use_cases.accounts.token import CreateToken, authenticate, create_token
from materiel.use_cases.accounts.user import disable_user

pytestmark = pytest.mark.usefixtures("db")


async def person(account_id: UUID, **data: object) -> Person:
    opened = await open_session(SubjectKind.ACCOUNT, account_id, cast.SERVICE, now=cast.NOW, data=data)
    found = await person_of(opened.session)
    assert found is not None
    return found


async def require(is_required: bool = True) -> None:
    await set_second_factor_rule(is_required=is_required, actor=cast.ADMIN, now=cast.NOW)


async def test_nothing_is_required_before_it_is_asked() -> None:
    camille = await cast.set_up()
    assert (await person(camille.id)).actor == Actor(f"user:{camille.id}", Role.MANAGER, cast.SERVICE)
    assert not (await read_second_factor_rule(actor=cast.ADMIN)).is_required


async def test_an_account_acts_again_once_it_has_a_second_factor() -> None:
    camille = await cast.set_up()
    await require()
    assert (await person(camille.id)).actor is None
    await cast.a_phone(camille.id)
    assert (await person(camille.id)).actor is None, "a seed that no code confirmed counts for nothing"
    await cast.activate(camille.id)
    assert (await person(camille.id)).actor is not None


async def test_two_factors_at_the_provider_count_for_their_session_alone() -> None:
    camille = await cast.set_up()
    await require()
    assert (await person(camille.id, **{TWO_FACTORS: True})).actor is not None
    assert (await person(camille.id)).actor is None


async def test_the_rule_of_one_service_is_not_the_others() -> None:
    camille = await cast.set_up()
    await services.insert(a_service(OTHER_SERVICE, "DSDEN29", "29"))
    await set_second_factor_rule(is_required=True, actor=Actor("cli", Role.ADMIN, OTHER_SERVICE), now=cast.NOW)
    assert (await person(camille.id)).actor is not None


async def test_the_rule_counts_the_open_accounts_that_lack_a_second_factor() -> None:
    camille = await cast.set_up()
    alix = await cast.an_account("alix@exemple.fr", Role.ADMIN)
    closed = await cast.an_account("ferme@exemple.fr", Role.READER)
    await disable_user(closed.email, actor=cast.ADMIN, now=cast.NOW)
    assert (await read_second_factor_rule(actor=cast.ADMIN)).lacking == {camille.id, alix.id}
    await cast.activate(camille.id)
    assert (await read_second_factor_rule(actor=cast.ADMIN)).lacking == {alix.id}


async def test_only_an_administrator_reads_or_changes_the_rule() -> None:
    await cast.set_up()
    manager = Actor("user:x", Role.MANAGER, cast.SERVICE)
    with refused(PermissionDenied, "actor.forbidden"):
        await read_second_factor_rule(actor=manager)
    with refused(PermissionDenied, "actor.forbidden"):
        await set_second_factor_rule(is_required=True, actor=manager, now=cast.NOW)


async def test_each_change_is_in_the_journal_once() -> None:
    await cast.set_up()
    for is_required in (True, True, False):
        await require(is_required)
    told = [each.action for each in await search(cast.SERVICE, limit=9) if each.subject_kind == "service"]
    assert told == ["service.second_factor_optional", "service.second_factor_required"]


async def test_tokens_are_not_concerned() -> None:
    await cast.set_up()
    await require()
    until = (cast.NOW + timedelta(days=1)).date()
    made = await create_token(CreateToken(role=Role.READER, expires_on=until), actor=cast.ADMIN, now=cast.NOW)
    found = await authenticate(made.secret, cast.NOW)
    assert found is not None
    assert found.role is Role.READER
