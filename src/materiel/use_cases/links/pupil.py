"""Writing to the pupil himself, who has come of age or is emancipated: a link of one's own, with nothing to sign.

The eighteenth birthday closes nothing by itself and needs no nightly job: whoever acts is asked of the day. What the
manager has left to do is to know the pupil's address, and to write to it.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from materiel.domain.accounts.roles import Permission
from materiel.domain.calendar.waiting import is_too_soon
from materiel.domain.people.standing import may_be_written_to
from materiel.domain.work.outbox import About, Impulse, Purpose
from materiel.errors import RuleBroken
from materiel.store.accounts import service as services
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.links import access_link as links
from materiel.store.people import pupil as pupils
from materiel.use_cases.links.access_link import LinkHolder, link_url, make_link
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.work.outbox import MessageText, post

AGAIN_AFTER = timedelta(minutes=2)
"""A second click on the button sends nothing more."""


@in_one_visit
async def write_to_pupil(pupil_id: UUID, *, issuer: Issuer) -> None:
    """Send a pupil who acts for himself a link to what is lent and to its papers.

    Raises:
        NotFound: `pupil.not_found`.
        RuleBroken: `pupil.acts_through_others`, a minor, a pupil under guardianship or deceased; `pupil.no_address`.

    Source: Code civil, art. 388, 413-6; E5-E7.
    """
    issuer.actor.require(Permission.WRITE)
    async with write_transaction():
        pupil = await pupils.get(pupil_id, issuer.actor.service_id)
        if not may_be_written_to(pupil.id, pupil, issuer.today):
            raise RuleBroken(
                "pupil.acts_through_others",
                "Cet élève ne signe pas lui-même : écrivez à la personne qui le représente.",
            )
        if not pupil.email:
            raise RuleBroken(
                "pupil.no_address",
                "L'adresse électronique de l'élève n'est pas connue : demandez-la-lui, puis ajoutez-la sur sa fiche.",
            )
        own = [link for link in await links.of_pupil(pupil.id) if link.representative_id is None]
        if own and own[-1].revoked_at is None and is_too_soon(own[-1].created_at, issuer.now, AGAIN_AFTER):
            return
        service = await services.get(pupil.service_id)
        holder = LinkHolder(service_id=pupil.service_id, email=pupil.email, name=pupil.full_name, pupil_id=pupil.id)
        new = await make_link(holder, actor_id=issuer.actor.id, now=issuer.now)
        await post(
            MessageText(
                purpose=Purpose.NEW_LINK,
                impulse=Impulse.HAND,
                template="pupil_link",
                to_address=pupil.email,
                service=service,
                values={
                    "name": pupil.full_name,
                    "link": link_url(issuer.base_url, new.token),
                    "expires_on": service.civil_date(new.link.expires_at),
                },
                about=About(pupil_id=pupil.id, person_id=pupil.id, link_id=new.link.id),
            ),
            base_url=issuer.base_url,
            now=issuer.now,
        )
