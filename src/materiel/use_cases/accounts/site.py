"""What the site says of itself: read by everybody, set by the administrators of one service.

An installation may serve several services and has one legal notice: with several, the installer names the service whose
administrators set it (`materiel site entrust`); with one, it is that one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlsplit

from materiel.domain.accounts.roles import PERMISSIONS, Actor, Permission
from materiel.domain.accounts.site import SiteFacts, may_set
from materiel.domain.language.fields import Fields
from materiel.errors import PermissionDenied
from materiel.store.accounts import service as services
from materiel.store.accounts import site as sites
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateSite:
    """What the site says, whole; an empty text leaves the default of the settings."""

    version: int
    organisation: str = ""
    publication_director: str = ""
    hosting: str = ""
    contact: str = ""
    dpo: str = ""
    audit_on: date | None = None
    audit_rate: int = 0
    audit_by: str = ""
    accessibility_plan: str = ""


async def read_site() -> SiteFacts:
    """What is kept; anybody reads it on the public pages, hence without an actor."""
    return await sites.read()


async def sets_site(*, actor: Actor) -> bool:
    """Whether the actor may set the site."""
    if Permission.ADMINISTER not in PERMISSIONS[actor.role]:
        return False
    known = [service.id for service in await services.all()]
    return may_set(await sites.read(), actor.service_id, known)


@in_one_visit
async def update_site(command: UpdateSite, *, actor: Actor, now: datetime) -> None:
    """Set what the site says of itself.

    Raises:
        PermissionDenied: `site.not_entrusted`, another service sets this site.
        RuleBroken: `site.invalid`, with every field at fault.
        Conflict: `site.changed`.
    """
    actor.require(Permission.ADMINISTER)
    if not await sets_site(actor=actor):
        raise PermissionDenied(
            "site.not_entrusted",
            "Les réglages du site reviennent à un autre service. L'administrateur de l'installation peut les confier "
            "au vôtre, par la commande « materiel site entrust ».",
        )
    checked = _checked(command, today=actor.civil_date(now))
    async with write_transaction():
        before = await sites.read()
        await sites.save(checked)
        names = [name for name in UpdateSite.__dataclass_fields__ if name != "version"]
        changed = [name for name in names if getattr(before, name) != getattr(checked, name)]
        await journal.by(actor, now).note("site.updated", actor.service_id, {"fields": changed}, of="service")


@in_one_visit
async def entrust_site(code: str, *, actor_id: str, now: datetime) -> str:
    """Name the service whose administrators set the site, by its code; the installer's. Returns its name.

    Raises:
        NotFound: `service.not_found`.
    """
    async with write_transaction():
        service = await services.by_code(code.strip().upper())
        await sites.entrust(service.id)
        await journal.By(service.id, actor_id, now).note("site.entrusted", service.id, of="service")
    return service.name


def _checked(command: UpdateSite, *, today: date) -> SiteFacts:
    fields = Fields("site.invalid")

    def lines(name: str, text: str, *, longest: int) -> str:
        several = [fields.text(f"/{name}", line, longest=longest) for line in text.strip().splitlines()]
        told = "\n".join(several)
        if len(told) > longest:
            fields.add(f"/{name}", f"Ce texte compte {len(told)} caractères ; {longest} au plus.")
        return told

    checked = SiteFacts(
        organisation=lines("organisation", command.organisation, longest=1000),
        publication_director=fields.text("/publication_director", command.publication_director, longest=200),
        hosting=lines("hosting", command.hosting, longest=1000),
        contact=fields.email("/contact", command.contact),
        dpo=fields.text("/dpo", command.dpo, longest=500),
        audit_on=command.audit_on,
        audit_rate=command.audit_rate if command.audit_on else 0,
        audit_by=fields.text("/audit_by", command.audit_by, longest=200),
        accessibility_plan=fields.text("/accessibility_plan", command.accessibility_plan, longest=500),
        version=command.version,
    )
    if checked.audit_on is not None and checked.audit_on > today:
        fields.add("/audit_on", "Cet audit est dans l'avenir : corrigez sa date.")
    plan = urlsplit(checked.accessibility_plan)
    if checked.accessibility_plan and not (plan.scheme in {"http", "https"} and plan.hostname):
        fields.add("/accessibility_plan", "Indiquez une adresse entière, qui commence par https://.")
    fields.check()
    return checked
