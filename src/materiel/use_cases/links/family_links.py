"""Everything that a mailbox and a person may see behind the links of a family: several children on one page.

A session gathers the links opened in one browser, each with its own rights. To them are added the links sent to the
same person, in the same mailbox, for other children of the same service: whoever opened one of them reads that mailbox,
and would open the others from it. Another service's records never show, nor do those of somebody else who shares the
mailbox.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from materiel.domain.links.access_link import AccessLink, FamilyPerson, LinkKind, is_same_reader, may_stand_together
from materiel.errors import NotFound
from materiel.store.links import access_link as links
from materiel.use_cases.links.access_link import person_of_link


async def readers_behind(link_ids: Sequence[UUID], *, now: datetime) -> tuple[FamilyPerson, ...]:
    """Who stands today behind the links of a session, in their order, then behind those that the mailbox holds.

    A link that was closed, that has expired or whose person is no longer on file drops out alone.

    Raises:
        NotFound: `access_link.closed`, none lets anybody in any more.
    """
    found: list[FamilyPerson] = []
    closed: NotFound | None = None
    for link_id in link_ids:
        try:
            reader = await person_of_link(link_id, now=now)
        except NotFound as refusal:
            closed = refusal
            continue
        if all(may_stand_together(reader, each) for each in found):
            found.append(reader)
    if not found:
        assert closed is not None
        raise closed
    for opened in tuple(found):
        found += await _of_the_mailbox(opened, found, now=now)
    return tuple(found)


async def opened_together(link: AccessLink, former: Sequence[UUID], *, now: datetime) -> list[UUID]:
    """Which of the links opened before in a browser stay beside one just opened."""
    reader = await person_of_link(link.id, now=now)
    kept: list[UUID] = []
    for link_id in former:
        try:
            other = await person_of_link(link_id, now=now)
        except NotFound:
            continue
        if may_stand_together(reader, other):
            kept.append(link_id)
    return kept


async def _of_the_mailbox(opened: FamilyPerson, known: Sequence[FamilyPerson], *, now: datetime) -> list[FamilyPerson]:
    """The same person for other children, by the last link of each that was sent to the same mailbox."""
    pupils = {each.pupil.id for each in known}
    more: list[FamilyPerson] = []
    for link in await links.of_email(opened.link.email):
        same_service = link.service_id == opened.link.service_id
        if link.kind is not LinkKind.FAMILY or not same_service or not link.is_valid(now) or link.pupil_id in pupils:
            continue
        try:
            reader = await person_of_link(link.id, now=now)
        except NotFound:
            continue
        if reader.acts and is_same_reader(opened, reader):
            pupils.add(reader.pupil.id)
            more.append(reader)
    return more
