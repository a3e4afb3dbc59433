"""Links of families and institutions: only the SHA-256 of each is stored, and compared in constant time."""

from __future__ import annotations

import hmac
from datetime import datetime
from uuid import UUID

from materiel.domain.links.access_link import AccessLink
from materiel.errors import NotFound
from materiel.store.engine.database import Row
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.statement import Statement
from materiel.store.places import school as schools
from materiel.store.tables import AccessLinkRow

_LINK = Mapper(AccessLink, AccessLinkRow, given=("school_uai", "municipality_insee"))

_SELECT = "SELECT access_link.*, place.uai FROM access_link LEFT JOIN school AS place ON place.id = access_link.school"
_BY_HASH = Statement(f"{_SELECT} WHERE access_link.token_hash = {{}}")
_BY_ID = Statement(f"{_SELECT} WHERE access_link.id = {{}}")
_OPENED = Statement("UPDATE access_link SET last_opened_at = {} WHERE id = {}")
_REVOKE = Statement("UPDATE access_link SET revoked_at = {} WHERE id = {} AND revoked_at IS NULL")
_READDRESS = Statement("UPDATE access_link SET email = {} WHERE id = {} AND entered_at IS NULL")
_ENTER = Statement("UPDATE access_link SET entered_at = {} WHERE id = {} AND entered_at IS NULL RETURNING id")
_REPLACE = Statement("UPDATE access_link SET replaced_at = {} WHERE id = {} AND replaced_at IS NULL")
_OF_PUPIL = Statement(f"{_SELECT} WHERE access_link.pupil = {{}} ORDER BY access_link.id")
_OF_SCHOOL = Statement(f"{_SELECT} WHERE access_link.service = {{}} AND place.uai = {{}} ORDER BY access_link.id")
_OF_MUNICIPALITY = Statement(
    f"{_SELECT} WHERE access_link.service = {{}} AND access_link.municipality = {{}}"
    " AND access_link.of_authority = {} ORDER BY access_link.id"
)
_OF_EMAIL = Statement(f"{_SELECT} WHERE lower(access_link.email) = {{}} ORDER BY access_link.id DESC LIMIT {{}}")
_OF_INSTITUTIONS = Statement(
    f"{_SELECT} WHERE access_link.service = {{}} AND access_link.kind = 'institution' ORDER BY access_link.id"
)


async def insert(link: AccessLink, token_hash: str) -> None:
    """Add a link by the hexadecimal SHA-256 of its token.

    Raises:
        NotFound: `school.not_found`.
    """
    row = _LINK.row(link, municipality=link.municipality_insee, token_hash=token_hash)
    row["school"] = await schools.id_of(link.school_uai) if link.school_uai else None
    await insert_rows(AccessLinkRow, row)


async def by_hash(token_hash: str) -> AccessLink | None:
    """The link of a hexadecimal SHA-256, valid or not, or None."""
    row = await _BY_HASH.fetch_one(token_hash)
    # The index has found it; what decides takes the same time whatever the first differing character.
    if row is None or not hmac.compare_digest(row["token_hash"], token_hash):
        return None
    return _link(row)


async def get(link_id: UUID) -> AccessLink:
    """The link of an id, valid or not, whatever its service: the caller checks whose it is.

    Raises:
        NotFound: `access_link.not_found`.
    """
    row = await _BY_ID.fetch_one(link_id)
    if row is None:
        raise NotFound("access_link.not_found", "Ce lien n’existe pas.")
    return _link(row)


async def of_pupil(pupil_id: UUID) -> list[AccessLink]:
    """Every link made for a pupil, oldest first."""
    return [_link(row) for row in await _OF_PUPIL.fetch(pupil_id)]


async def of_institution(
    service_id: UUID, *, uai: str | None = None, insee_code: str | None = None, of_authority: bool = False
) -> list[AccessLink]:
    """Every link that a service sent to a school, to a commune or to the body that runs its écoles, oldest first."""
    if uai is not None:
        rows = await _OF_SCHOOL.fetch(service_id, uai)
    else:
        rows = await _OF_MUNICIPALITY.fetch(service_id, insee_code, of_authority)
    return [_link(row) for row in rows]


async def of_email(email: str, *, limit: int = 200) -> list[AccessLink]:
    """The links sent to an address, whatever its case and the service, newest first."""
    return [_link(row) for row in await _OF_EMAIL.fetch(email.strip().lower(), limit)]


async def of_institutions(service_id: UUID) -> list[AccessLink]:
    """Every link that a service sent to schools and local authorities, oldest first."""
    return [_link(row) for row in await _OF_INSTITUTIONS.fetch(service_id)]


async def same_holder(link: AccessLink) -> list[AccessLink]:
    """Every link of the pupil, school or authority of a link, oldest first, itself included once it is stored."""
    if link.pupil_id is not None:
        return await of_pupil(link.pupil_id)
    return await of_institution(
        link.service_id, uai=link.school_uai, insee_code=link.municipality_insee, of_authority=link.of_authority
    )


async def revoke(link_id: UUID, at: datetime) -> None:
    """Close a link at an instant; a second time changes nothing."""
    await _REVOKE.fetch(at, link_id)


async def readdress(link_id: UUID, email: str) -> None:
    """Give a link that nobody received the address to which it now goes."""
    await _READDRESS.fetch(email, link_id)


async def enter(link_id: UUID, at: datetime) -> bool:
    """Note that the first page behind a link is shown; False when one was already."""
    return await _ENTER.fetch_one(at, link_id) is not None


async def replace(link_id: UUID, at: datetime) -> None:
    """Note that a later link was used: this one opens nothing any more; a second time changes nothing."""
    await _REPLACE.fetch(at, link_id)


async def mark_opened(link_id: UUID, at: datetime) -> None:
    """Note that a link was opened, by its person or by a mail scanner: nobody can tell."""
    await _OPENED.fetch(at, link_id)


def _link(row: Row) -> AccessLink:
    return _LINK.value(row, school_uai=row["uai"], municipality_insee=row["municipality"])
