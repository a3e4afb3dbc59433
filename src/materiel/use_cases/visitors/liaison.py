"""The liaison sheet of a departure, read by the family that carries it."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from materiel.documents.lists.liaison_sheet import LentLine, compose_liaison_sheet
from materiel.domain.links.access_link import FamilyPerson
from materiel.domain.loan.elsewhere.leaving import Leaving
from materiel.errors import NotFound
from materiel.store.loan import leaving as leavings
from materiel.use_cases.visitors.family import family_home
from materiel.use_cases.work.drawing import draw_paper


async def leaving_of(person: FamilyPerson) -> Leaving | None:
    """The last departure noted of this person's child that stands; None for who does not act for the child."""
    if not person.acts:
        return None
    noted = await leavings.of_pupil(person.pupil.id, person.pupil.service_id)
    return next((each for each in reversed(noted) if each.stands), None)


async def family_liaison_sheet(leaving_id: UUID, person: FamilyPerson, today: date) -> bytes:
    """The sheet of that departure: what this person's child holds, and since when.

    Raises:
        NotFound: `leaving.not_found`, for any other departure.
    """
    noted = await leaving_of(person)
    if noted is None or noted.id != leaving_id:
        raise NotFound("leaving.not_found", "Cette fiche n'existe pas, ou ne vous concerne pas.")
    home = await family_home(person)
    lent = [
        LentLine(designation=held.item.designation, since=held.line.handed_over_on)
        for shown in home.loans
        for held in shown.items
        if held.line.handed_over_on is not None
    ]
    return await draw_paper(compose_liaison_sheet(noted, person.pupil, lent, service=home.service, day=today))
