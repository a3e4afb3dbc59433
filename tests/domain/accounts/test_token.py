"""A token: its last day, its revocation, who acts through it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

from materiel.domain.accounts.delays import Delays
from materiel.domain.accounts.roles import Role
from materiel.domain.accounts.token import Token
from materiel.domain.calendar.civil_day import zone_of

TOKEN = Token(
    id=UUID(int=1),
    service_id=UUID(int=2),
    label="Tableau de bord",
    role=Role.READER,
    created_at=datetime(2026, 9, 1, 8, tzinfo=UTC),
    expires_on=date(2026, 12, 31),
)


def test_a_token_holds_through_its_last_day() -> None:
    assert TOKEN.is_valid(date(2026, 12, 31))
    assert not TOKEN.is_valid(date(2027, 1, 1))


def test_a_token_without_a_last_day_holds() -> None:
    assert replace(TOKEN, expires_on=None).is_valid(date(2099, 1, 1))


def test_a_revoked_token_no_longer_holds() -> None:
    revoked = replace(TOKEN, revoked_at=datetime(2026, 10, 1, tzinfo=UTC))
    assert not revoked.is_valid(date(2026, 10, 1))


def test_the_actor_of_a_token_has_its_role_and_scope() -> None:
    actor = TOKEN.actor(zone_of("988"), Delays(1, 2))
    assert (actor.id, actor.role, actor.service_id) == (f"token:{TOKEN.id}", Role.READER, TOKEN.service_id)
    assert actor.zone is zone_of("988")
