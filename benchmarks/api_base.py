"""A base of many items, filled by SQL: every index, trigger and constraint is the product's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.accounts.service import ServiceKind
from materiel.domain.address import Address
from materiel.store.engine.database import fetch, is_postgres
from materiel.use_cases.accounts.service import CreateService, create_service
from materiel.use_cases.accounts.token import CreateToken, create_token
from materiel.use_cases.imports.schools import import_schools
from materiel.use_cases.process.running import running

ANNUAIRE = Path(__file__).parents[1] / "src/materiel/demo_data/annuaire-education-35.csv"

COLUMNS = (
    "id, service, inventory_number, designation, category, brand, model, serial_number, accessories, ownership,"
    " lessor, lease_ends_on, acquired_on, purchase_price_cents, funding_service, status, public_code, search,"
    " created_at, version"
)
# One item in a thousand is of the same model: what a search finds.
VALUES = """
    {id}, {service}, 'B-' || {digits}, 'Ordinateur portable', 'Informatique', 'Exemple',
    'X' || {model}, 'SN' || {digits}, '["Chargeur"]', 'state', '', NULL, NULL, 64900, '', 'in_stock',
    'B' || {code}, 'b-' || {digits} || ' ordinateur portable informatique exemple x' || {model} || ' sn' || {digits},
    {now}, 1
"""


@dataclass(frozen=True, slots=True)
class Base:
    """A filled base: its address, its size, and tokens of a manager."""

    url: str
    size: int
    tokens: tuple[str, ...]


async def fill(url: str, size: int, tokens: int) -> Base:
    """Make the schema, one service, the schools of a département and `size` items."""
    now = datetime.now(UTC)
    async with running(url, migrate=True):
        service = await create_service(
            CreateService(
                code="DSDEN35",
                name="DSDEN d'Ille-et-Vilaine",
                kind=ServiceKind.DSDEN,
                academie="14",
                departement="35",
                address=Address(lines=("1 quai Dujardin",), postcode="35000", city="Rennes"),
                phone="02 99 25 10 20",
                signatory_name="Camille Durand",
                signatory_title="Inspectrice d'académie",
            ),
            actor_id="bench",
            now=now,
        )
        actor = Actor("bench", Role.ADMIN, service.id)
        await import_schools(ANNUAIRE, actor=actor, now=now)
        await fetch(_insert(service.id, size))
        await fetch("ANALYZE")
        made = [await create_token(CreateToken(role=Role.MANAGER), actor=actor, now=now) for _ in range(tokens)]
    return Base(url, size, tuple(each.secret for each in made))


def item_id(rank: int) -> UUID:
    """The id of the item of a rank, from 1: in the order of the inventory, as the product's own ids are."""
    return UUID(int=(0x0190000000007000 << 64) | (0x8000 << 48) | rank)


def _insert(service: UUID, size: int) -> str:
    if is_postgres():
        values = VALUES.format(
            id="('01900000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid",
            service=f"'{service}'::uuid",
            digits="lpad(i::text, 7, '0')",
            code="lpad(i::text, 12, '0')",
            model="lpad((i % 1000)::text, 3, '0')",
            now="now() - interval '1 year'",
        )
        return f"INSERT INTO item ({COLUMNS}) SELECT {values} FROM generate_series(1, {size}) AS i"
    values = VALUES.format(
        id="printf('01900000-0000-7000-8000-%012x', i)",
        service=f"'{service}'",
        digits="printf('%07d', i)",
        code="printf('%012d', i)",
        model="printf('%03d', i % 1000)",
        now="'2025-11-21 09:00:00+00:00'",
    )
    return (
        f"INSERT INTO item ({COLUMNS}) WITH RECURSIVE ranks(i) AS"
        f" (SELECT 1 UNION ALL SELECT i + 1 FROM ranks WHERE i < {size}) SELECT {values} FROM ranks"
    )
