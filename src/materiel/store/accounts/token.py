"""API tokens: only their SHA-256 is stored, and compared in constant time."""

from __future__ import annotations

import hmac
from dataclasses import replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from materiel.domain.accounts.roles import Role
from materiel.domain.accounts.token import Token
from materiel.domain.calendar.civil_day import zone_of
from materiel.errors import NotFound
from materiel.store.engine.database import Row
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.statement import Statement
from materiel.store.tables import TokenRow

# Asked at every request of the API.
_BY_HASH = Statement(
    "SELECT t.id, t.service, t.token_hash, t.label, t.role, t.expires_on, t.revoked_at, t.created_at, s.departement"
    " FROM api_token t JOIN managing_service s ON s.id = t.service WHERE t.token_hash = {}"
)


async def insert(token: Token, token_hash: str) -> None:
    """Add a token by the hexadecimal SHA-256 of its secret."""
    await insert_rows(
        TokenRow,
        {
            "id": token.id,
            "service": token.service_id,
            "token_hash": token_hash,
            "label": token.label,
            "role": token.role.value,
            "expires_on": token.expires_on,
            "revoked_at": token.revoked_at,
            "created_at": token.created_at,
        },
    )


async def by_hash(token_hash: str) -> tuple[Token, ZoneInfo] | None:
    """The token of a hexadecimal SHA-256, valid or not, with the time zone of its service's territory; or None."""
    row = await _BY_HASH.fetch_one(token_hash)
    # The index has found it; what decides takes the same time whatever the first differing character.
    if row is None or not hmac.compare_digest(row["token_hash"], token_hash):
        return None
    return _token(row), zone_of(row["departement"])


async def get(token_id: UUID, service_id: UUID) -> Token:
    """The token of an id in a service.

    Raises:
        NotFound: `token.not_found`.
    """
    rows = await TokenRow.select().where((TokenRow.id == token_id) & (TokenRow.service == service_id))
    if not rows:
        raise NotFound("token.not_found", "Ce jeton n’existe pas dans votre service.")
    return _token(rows[0])


async def of_service(service_id: UUID) -> list[Token]:
    """The tokens of a service, oldest first, revoked ones included."""
    rows = await TokenRow.select().where(TokenRow.service == service_id).order_by(TokenRow.id)
    return [_token(row) for row in rows]


async def revoke(token: Token, at: datetime) -> Token:
    """End a token at an instant."""
    await TokenRow.update({TokenRow.revoked_at: at}).where(TokenRow.id == token.id)
    return replace(token, revoked_at=at)


def _token(row: Row) -> Token:
    return Token(
        id=row["id"],
        service_id=row["service"],
        label=row["label"],
        role=Role(row["role"]),
        created_at=row["created_at"],
        expires_on=row["expires_on"],
        revoked_at=row["revoked_at"],
    )
