"""Who declared an incident by a link, and telling them that the service has answered."""

from __future__ import annotations

from materiel.domain.incident.incident import Incident
from materiel.domain.links.access_link import AccessLink, LinkKind
from materiel.domain.work.outbox import About, Impulse, Purpose
from materiel.errors import NotFound
from materiel.store.accounts import service as services
from materiel.store.links import access_link as links
from materiel.use_cases.links.access_link import link_url, renew_link
from materiel.use_cases.links.institution_link import institution_url, renew_institution_link
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.work.outbox import MessageText, post


async def link_behind(incident: Incident) -> AccessLink | None:
    """The link through which an incident was declared; None when a manager wrote it down."""
    if incident.declared_link is None:
        return None
    try:
        link = await links.get(incident.declared_link)
    except NotFound:
        return None
    return link if link.service_id == incident.service_id else None


async def tell_declarer(incident: Incident, *, issuer: Issuer) -> bool:
    """Write to whoever declared that an answer waits, and nothing of it; in the write transaction of the closing.

    Returns:
        False when nobody can be written to: it was told by telephone, the person is no longer on file, or the service
        closed their link.
    """
    link = await link_behind(incident)
    if link is None:
        return False
    is_family = link.kind is LinkKind.FAMILY
    renew = renew_link if is_family else renew_institution_link
    new = await renew(link, actor_id=issuer.actor.id, now=issuer.now)
    if new is None:
        return False
    service = await services.get(incident.service_id)
    return await post(
        MessageText(
            purpose=Purpose.INCIDENT_ANSWER,
            impulse=Impulse.HAND,
            template="incident_answer",
            to_address=new.link.email,
            service=service,
            values={
                "name": new.link.name,
                "declared_on": service.civil_date(incident.declared_at),
                "link": (link_url if is_family else institution_url)(issuer.base_url, new.token),
                "expires_on": service.civil_date(new.link.expires_at),
            },
            about=About(
                incident_id=incident.id,
                loan_id=incident.loan_id,
                pupil_id=new.link.pupil_id,
                person_id=new.link.representative_id,
                link_id=new.link.id,
            ),
            # A second answer, after a reopening, is another letter.
            unique_key=f"incident-answer:{incident.id}:{incident.version}",
        ),
        base_url=issuer.base_url,
        now=issuer.now,
    )
