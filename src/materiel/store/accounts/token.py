"""API tokens: only their SHA-256 is stored, and compared in constant time."""

from __future__ import annotations

import hmac
from dataclasses import replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from materiel.domain.accounts.delays import Delays
from materiel.domain.accounts.roles import Role
from materiel.domain.accounts.token import Token
from materiel.domain.calendar.civil_day import zone_of
from materiel.errors import NotFound
from materiel.store.engine.database import Row
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.statement import Statement
from materiel.store.tables import TokenRow

# As an account, a coordinator is kept as a reader with a mark: earlier releases know three roles.
_TOKEN = Mapper(Token, TokenRow, given=("role",))
_SELECT = f"SELECT {_TOKEN.selected('api_token')}, api_token.role, api_token.coordinates FROM api_token"
_BY_ID = Statement(f"{_SELECT} WHERE id = {{}} AND service = {{}}")
_OF_SERVICE = Statement(f"{_SELECT} WHERE service = {{}} ORDER BY id")
_REVOKE = Statement("UPDATE api_token SET revoked_at = {} WHERE id = {}")
# Asked at every request of the API.
_BY_HASH = Statement(
    f"SELECT {_TOKEN.selected('t')}, t.role, t.coordinates, t.token_hash, s.departement, s.amber_days, s.red_days"
    " FROM api_token t JOIN managing_service s ON s.id = t.service WHERE t.token_hash = {}"
)


async def insert(token: Token, token_hash: str) -> None:
    """Add a token by the hexadecimal SHA-256 of its secret."""
    coordinates = token.role is Role.COORDINATOR
    kept = Role.READER if coordinates else token.role
    await insert_rows(TokenRow, _TOKEN.row(token, token_hash=token_hash, role=kept.value, coordinates=coordinates))


async def by_hash(token_hash: str) -> tuple[Token, ZoneInfo, Delays] | None:
    """The token of a hexadecimal SHA-256, valid or not, with the time zone and the delays of its service; or None."""
    row = await _BY_HASH.fetch_one(token_hash)
    # The index has found it; what decides takes the same time whatever the first differing character.
    if row is None or not hmac.compare_digest(row["token_hash"], token_hash):
        return None
    return _token(row), zone_of(row["departement"]), Delays(row["amber_days"], row["red_days"])


async def get(token_id: UUID, service_id: UUID) -> Token:
    """The token of an id in a service.

    Raises:
        NotFound: `token.not_found`.
    """
    row = await _BY_ID.fetch_one(token_id, service_id)
    if row is None:
        raise NotFound("token.not_found", "Ce jeton n’existe pas dans votre service.")
    return _token(row)


async def of_service(service_id: UUID) -> list[Token]:
    """The tokens of a service, oldest first, revoked ones included."""
    return [_token(row) for row in await _OF_SERVICE.fetch(service_id)]


async def revoke(token: Token, at: datetime) -> Token:
    """End a token at an instant."""
    await _REVOKE.fetch(at, token.id)
    return replace(token, revoked_at=at)


def _token(row: Row) -> Token:
    return _TOKEN.value(row, role=Role.COORDINATOR if row["coordinates"] else Role(row["role"]))
