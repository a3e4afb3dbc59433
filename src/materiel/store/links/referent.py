"""Référents, their sectors and their links: only the SHA-256 of a link is stored, and compared in constant time."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from materiel.domain.links.referent import Referent, ReferentLink
from materiel.errors import Conflict, NotFound
from materiel.store.engine.database import Row
from materiel.store.engine.ids import new_row_id
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.rows import placeholders, update_version
from materiel.store.engine.statement import Statement
from materiel.store.places import school as schools
from materiel.store.tables import ReferentLinkRow, ReferentRow, ReferentSchoolRow

_REFERENT = Mapper(Referent, ReferentRow, given=("schools",))
_LINK = Mapper(ReferentLink, ReferentLinkRow)

_BY_ID = Statement("SELECT * FROM referent WHERE id = {} AND service = {}")
_ALL = Statement("SELECT * FROM referent WHERE service = {} ORDER BY ends_on DESC, name, id")
_SECTORS = (
    "SELECT referent_school.referent, school.uai FROM referent_school JOIN school ON school.id = referent_school.school"
    " WHERE referent_school.referent IN ({}) ORDER BY school.uai"
)
_CLEAR = Statement("DELETE FROM referent_school WHERE referent = {}")
_LINK_BY_HASH = Statement("SELECT * FROM referent_link WHERE token_hash = {}")
_LINK_BY_ID = Statement("SELECT * FROM referent_link WHERE id = {}")
_LINKS = Statement("SELECT * FROM referent_link WHERE referent = {} ORDER BY id")
_OF_EMAIL = Statement("SELECT * FROM referent_link WHERE lower(email) = {} ORDER BY id DESC LIMIT {}")
_OPENED = Statement("UPDATE referent_link SET last_opened_at = {} WHERE id = {}")
_ENTER = Statement(
    "UPDATE referent_link SET entered_at = {} WHERE id = {} AND entered_at IS NULL RETURNING referent, created_at"
)
_REPLACE = Statement(
    "UPDATE referent_link SET replaced_at = {} WHERE referent = {} AND id < {} AND replaced_at IS NULL"
)
_REVOKE = Statement("UPDATE referent_link SET revoked_at = {} WHERE referent = {} AND revoked_at IS NULL RETURNING id")
_READDRESS = Statement("UPDATE referent_link SET email = {} WHERE id = {} AND entered_at IS NULL")


async def insert(referent: Referent) -> None:
    """Add a référent and the sector."""
    await insert_rows(ReferentRow, _REFERENT.row(referent))
    await _write_sector(referent.id, referent.schools)


async def save(referent: Referent) -> Referent:
    """Write a référent and the sector back, and return it with its version raised.

    Raises:
        Conflict: `referent.changed`.
    """
    version = await update_version(ReferentRow, _REFERENT.row(referent))
    if version is None:
        raise Conflict("referent.changed", "Cette fiche a été modifiée entre-temps. Rechargez-la, puis recommencez.")
    await _CLEAR.fetch(referent.id)
    await _write_sector(referent.id, referent.schools)
    return replace(referent, version=version)


async def get(referent_id: UUID, service_id: UUID) -> Referent:
    """The référent of an id in a service.

    Raises:
        NotFound: `referent.not_found`.
    """
    row = await _BY_ID.fetch_one(referent_id, service_id)
    if row is None:
        raise NotFound("referent.not_found", "Cet enseignant référent n’est pas dans votre service.")
    return (await _referents([row]))[0]


async def of_service(service_id: UUID) -> list[Referent]:
    """Every référent of a service, those whose sector lasts longest first."""
    return await _referents(await _ALL.fetch(service_id))


async def page(
    service_id: UUID, today: date, *, current: bool | None, limit: int, after: UUID | None = None
) -> list[Referent]:
    """At most `limit` référents of a service by their identifiers, after one of them; see `referents_page`."""
    narrowed = {None: "", True: " AND ends_on >= {}", False: " AND ends_on < {}"}[current]
    asked = Statement(f"SELECT * FROM referent WHERE service = {{}}{narrowed} AND id > {{}} ORDER BY id LIMIT {{}}")
    days = () if current is None else (today,)
    return await _referents(await asked.fetch(service_id, *days, after or UUID(int=0), limit))


async def insert_link(link: ReferentLink, token_hash: str) -> None:
    """Add a link by the hexadecimal SHA-256 of its token."""
    await insert_rows(ReferentLinkRow, _LINK.row(link, token_hash=token_hash))


async def link_by_hash(token_hash: str) -> ReferentLink | None:
    """The link of a hexadecimal SHA-256, valid or not, or None."""
    row = await _LINK_BY_HASH.fetch_one(token_hash)
    # The index has found it; what decides takes the same time whatever the first differing character.
    if row is None or not hmac.compare_digest(row["token_hash"], token_hash):
        return None
    return _LINK.value(row)


async def find_link(link_id: UUID) -> ReferentLink | None:
    """The link of an id, valid or not, whatever its service; None when it is no link of a référent."""
    row = await _LINK_BY_ID.fetch_one(link_id)
    return _LINK.value(row) if row is not None else None


async def links_of(referent_id: UUID) -> list[ReferentLink]:
    """Every link sent to a référent, oldest first."""
    return [_LINK.value(row) for row in await _LINKS.fetch(referent_id)]


async def links_of_email(email: str, *, limit: int = 20) -> list[ReferentLink]:
    """The links sent to an address, whatever its case and the service, newest first."""
    return [_LINK.value(row) for row in await _OF_EMAIL.fetch(email.strip().lower(), limit)]


async def mark_opened(link_id: UUID, at: datetime) -> None:
    """Note that a link was opened, by its person or by a mail scanner: nobody can tell."""
    await _OPENED.fetch(at, link_id)


async def enter(link_id: UUID, at: datetime) -> None:
    """Note that the first page behind a link is shown: the former links of the same person open nothing any more."""
    row = await _ENTER.fetch_one(at, link_id)
    if row is not None:
        await _REPLACE.fetch(at, row["referent"], link_id)


async def revoke(referent_id: UUID, at: datetime) -> bool:
    """Close every link of a référent; False when none was open."""
    return bool(await _REVOKE.fetch(at, referent_id))


async def readdress(link_id: UUID, email: str) -> None:
    """Give a link that nobody received the address to which it now goes."""
    await _READDRESS.fetch(email, link_id)


async def _write_sector(referent_id: UUID, uais: Iterable[str]) -> None:
    for uai in uais:
        row = {"id": new_row_id(), "referent": referent_id, "school": await schools.id_of(uai)}
        await insert_rows(ReferentSchoolRow, row)


async def _referents(rows: Sequence[Row]) -> list[Referent]:
    """They with their sectors, read together."""
    if not rows:
        return []
    ids = [row["id"] for row in rows]
    sectors: dict[UUID, list[str]] = {each: [] for each in ids}
    for each in await Statement(_SECTORS.format(placeholders(ids))).fetch(*ids):
        sectors[each["referent"]].append(each["uai"])
    return [_REFERENT.value(row, schools=tuple(sectors[row["id"]])) for row in rows]
