"""« Premier jour »: what is missing before the first loan, until a first document is issued."""

from __future__ import annotations

from collections.abc import Mapping

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.accounts.service import missing_for_papers
from materiel.domain.desk.first_day import FirstStep
from materiel.store.accounts import service as services
from materiel.store.desk import first_day as store


async def first_steps(*, actor: Actor, sends_mail: bool) -> Mapping[FirstStep, bool]:
    """Each step with whether it is done, in order; empty once the service has issued a document."""
    actor.require(Permission.READ)
    found = await store.present(actor.service_id)
    if found.issued:
        return {}
    service = await services.get(actor.service_id)
    return {
        FirstStep.SERVICE: not missing_for_papers(service) and bool(service.signatory_name),
        FirstStep.SCHOOLS: found.schools,
        FirstStep.ITEMS: found.items,
        FirstStep.PUPILS: found.pupils,
        FirstStep.MAYORS: found.mayors,
        FirstStep.MAIL: sends_mail,
        FirstStep.COLLEAGUES: found.colleagues,
    }
