"""A loan between services (« prêt entre services »): a transfer with a day of return, which both agree upon.

Until then the service that receives holds the item and lends it; the other one keeps it on its inventory. It comes back
by a transfer the other way, which both say too. Both are the State: what they agree upon is told as a loan for use is.
Source: domain E13, § 8.2 (« transfer or loan between services »); Code civil, art. 1875, 1888.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from materiel.domain.circuit.transfer import Transfer
from materiel.domain.item.item import TERMINAL, Item
from materiel.domain.language.fields import Fields
from materiel.domain.language.french import long_date
from materiel.errors import Conflict, PermissionDenied, RuleBroken

SOON = timedelta(days=30)
"""How long before its last day both services are reminded."""

LONGEST = timedelta(days=3653)
"""Ten years: beyond, a year is mistyped, or the items are meant to pass for good."""

GIVING_BACK = "Retour d'un prêt entre services"
"""The reason of the transfer that gives back."""


def check_until(transfer: Transfer, today: date) -> None:
    """Refuse a loan between services that would be over at once, or that an open loan would follow.

    Raises:
        RuleBroken: `transfer.invalid`; `transfer.loan_until`.
    """
    if transfer.until is None:
        return
    fields = Fields("transfer.invalid")
    if transfer.until <= today:
        fields.add("/until", "Le jour du retour est à venir : indiquez une date après aujourd'hui.")
    _check_near(fields, transfer.until, today)
    fields.check()
    if transfer.loans:
        raise RuleBroken(
            "transfer.loan_until",
            "Un prêt en cours ne suit que pour de bon : son prêteur ne change pas pour un temps. Retirez le jour du "
            "retour, ou ne choisissez que du matériel en réserve.",
        )


def _check_near(fields: Fields, until: date, today: date) -> None:
    if until > today + LONGEST:
        told = (
            f"Un prêt entre services finit dans les dix ans, au plus tard le {long_date(today + LONGEST)} : vérifiez "
        )
        fields.add("/until", f"{told}l'année, ou demandez un transfert pour de bon.")


def extension_asked(transfer: Transfer, until: date, service_id: UUID, today: date) -> Transfer:
    """The loan between services, one of both asking for a later day.

    Raises:
        Conflict: `transfer.not_lent`; `transfer.extension_waits`, the other has asked already.
        RuleBroken: `transfer.invalid`.
    """
    check_lent(transfer)
    fields = Fields("transfer.invalid")
    if transfer.until is not None and until <= transfer.until:
        fields.add(
            "/until", f"Le retour est convenu le {long_date(transfer.until)} : indiquez une date plus lointaine."
        )
    _check_near(fields, until, today)
    fields.check()
    if transfer.until_asked is not None and transfer.until_asked_by != service_id:
        raise Conflict("transfer.extension_waits", "L'autre service a déjà demandé une prolongation : répondez-lui.")
    return replace(transfer, until_asked=until, until_asked_by=service_id)


def extension_answered(transfer: Transfer, service_id: UUID, *, accepted: bool) -> Transfer:
    """The same once the other has answered.

    Raises:
        Conflict: `transfer.not_lent`; `transfer.no_extension`.
        PermissionDenied: `transfer.not_yours`.
    """
    check_lent(transfer)
    if transfer.until_asked is None:
        raise Conflict("transfer.no_extension", "Aucune prolongation n'attend de réponse.")
    if transfer.until_asked_by == service_id:
        raise PermissionDenied("transfer.not_yours", "Cette prolongation attend la réponse de l'autre service.")
    until = transfer.until_asked if accepted else transfer.until
    return replace(transfer, until=until, until_asked=None, until_asked_by=None)


def check_lent(transfer: Transfer) -> None:
    """Refuse what is asked of a transfer that lends nothing now (`transfer.not_lent`)."""
    if not transfer.is_lent:
        raise Conflict("transfer.not_lent", "Ce transfert n'est pas un prêt entre services en cours.")


def still_there(things: Iterable[Item]) -> list[Item]:
    """What is still to give back: neither given back already, lost nor written off."""
    return [each for each in things if each.status not in TERMINAL]
