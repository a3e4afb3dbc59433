"""Items that are likely to be the same as those of a file."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from materiel.domain.item.twin import looks
from materiel.store.engine.rows import placeholders
from materiel.store.engine.statement import Statement

_LOOKS = "ltrim(replace(replace(replace(upper(inventory_number), 'O', '0'), 'I', '1'), 'L', '1'), '0')"
"""As `domain.item.twin.looks` works it out; an index holds it."""


async def numbers_like(service_id: UUID, numbers: Collection[str]) -> dict[str, str]:
    """By what they look like (`looks`), the first number of the service that looks as one of these."""
    wanted = sorted({looks(number) for number in numbers} - {""})
    if not wanted:
        return {}
    rows = await Statement(
        f"SELECT {_LOOKS} AS looks, min(inventory_number) AS number FROM item WHERE service = {{}}"
        f" AND {_LOOKS} IN ({placeholders(wanted)}) GROUP BY {_LOOKS}"
    ).fetch(service_id, *wanted)
    return {row["looks"]: row["number"] for row in rows}


async def numbers_of_serials(service_id: UUID, serials: Collection[str]) -> dict[str, str]:
    """By serial number, in capitals, the first number of the service that has it."""
    wanted = sorted({serial.upper() for serial in serials} - {""})
    if not wanted:
        return {}
    rows = await Statement(
        "SELECT upper(serial_number) AS serial, min(inventory_number) AS number FROM item WHERE service = {}"
        f" AND serial_number <> '' AND upper(serial_number) IN ({placeholders(wanted)}) GROUP BY upper(serial_number)"
    ).fetch(service_id, *wanted)
    return {row["serial"]: row["number"] for row in rows}
