"""The act of a transfer (« acte de transfert »): which items passed, from which service to which, on which day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from materiel.documents.blocks import NONE_GIVEN
from materiel.documents.content import Block, Content, Details, Heading, Paragraph, Run, SignatureBox, Signatures, Table
from materiel.documents.lists.listed import listed
from materiel.documents.variables import contact_of, sender_of
from materiel.domain.accounts.service import ManagingService
from materiel.domain.circuit.transfer import Transfer
from materiel.domain.language.french import long_date
from materiel.domain.papers.signatories import state_signatory

KIND = "transfer_act"
HEADER = ("N° d'inventaire", "Désignation", "N° de série", "Service financeur")
WIDTHS = (2.0, 3.4, 2.2, 2.4)


@dataclass(frozen=True, slots=True)
class _Told:
    """What an act is called, and what it does."""

    title: str
    day: str
    caption: str
    effects: str = ""


FOR_GOOD = _Told("Acte de transfert de matériel", "Date du transfert", "Ce qui est transféré")
LENT = _Told(
    "Acte de prêt entre services",
    "Date de la remise",
    "Ce qui est prêté",
    "Jusqu'au jour du retour, le service qui reçoit tient ces matériels, les prête et en répond. Ils restent à "
    "l'inventaire du service qui cède. Aucune convention avec un élève ou un établissement ne va "
    "au-delà de ce jour, que les deux services peuvent reporter d'un commun accord. Chaque matériel garde son numéro "
    "et son étiquette.",
)
GIVEN_BACK = _Told(
    "Acte de retour d'un prêt entre services",
    "Date du retour",
    "Ce qui est rendu",
    "Ces matériels, prêtés d'un service à l'autre, sont revenus à celui qui les a à son inventaire, qui les prête de "
    "nouveau. L'autre n'en répond plus.",
)


def compose_transfer_act(transfer: Transfer, giver: ManagingService, receiver: ManagingService, day: date) -> Content:
    """Compose the act of an accepted transfer, as it was accepted; it names no pupil.

    Args:
        day: when it is printed.

    Raises:
        LookupError: the transfer was not accepted.
    """
    if transfer.done_on is None:
        raise LookupError("an act tells a transfer that was accepted")
    moved = transfer.moved
    told = GIVEN_BACK if transfer.returns is not None else LENT if transfer.until is not None else FOR_GOOD
    rows = tuple(
        (
            each.inventory_number,
            each.designation,
            each.serial_number or NONE_GIVEN,
            each.funding_service or "Non renseigné",
        )
        for each in moved
    )
    parties = (
        ("Service qui cède", f"{giver.name} ({giver.code})"),
        ("Pour joindre celui qui cède", contact_of(giver)),
        ("Service qui reçoit", f"{receiver.name} ({receiver.code})"),
        ("Pour joindre celui qui reçoit", contact_of(receiver)),
        (told.day, long_date(transfer.done_on)),
        ("À rendre au plus tard le", long_date(transfer.until) if transfer.until is not None else ""),
        ("Motif", transfer.reason),
    )
    count = f"{len(moved)} matériel{'s' if len(moved) > 1 else ''}"
    blocks: list[Block] = [
        Details(caption="Les services", rows=tuple((label, (Run(value),)) for label, value in parties if value)),
        Heading(level=2, text=f"{told.caption} : {count}"),
        Table(caption=told.caption, header=HEADER, rows=rows, widths=WIDTHS),
        Heading(level=2, text="Effets"),
        Paragraph(text=(Run(_effects(len(moved), len(transfer.moved_loans)) if told is FOR_GOOD else told.effects),)),
        Signatures(
            made_at=f"Établi le {long_date(day)}, en deux exemplaires.",
            boxes=(_box("Le service qui cède", giver), _box("Le service qui reçoit", receiver)),
        ),
    ]
    return listed(
        KIND,
        told.title,
        "Entre services gestionnaires, propriété de l'État inchangée",
        blocks,
        sender=sender_of(giver),
        day=day,
        footer=f"{told.title} : il ne nomme aucun élève.",
    )


def _effects(items: int, loans: int) -> str:
    lent = ""
    if loans:
        which = "1 prêt en cours passe" if loans == 1 else f"{loans} prêts en cours passent"
        lent = (
            f" {which} aussi, par le choix des deux services : le service qui reçoit en devient le prêteur au nom de "
            "l'État, un avenant signé de l'emprunteur le nomme, et celui qui cède garde les papiers d'avant."
        )
    if items == 1:
        return (
            "La gestion de ce matériel passe au service qui reçoit à la date du transfert. Son propriétaire et le "
            "service qui l'a financé ne changent pas. Il garde son numéro d'inventaire et son étiquette ; le service "
            f"qui cède ne donne plus ce numéro.{lent}"
        )
    return (
        "La gestion de ces matériels passe au service qui reçoit à la date du transfert. Leur propriétaire et le "
        "service qui les a financés ne changent pas. Chacun garde son numéro d'inventaire et son étiquette ; le "
        f"service qui cède ne donne plus ces numéros.{lent}"
    )


def _box(party: str, service: ManagingService) -> SignatureBox:
    state = state_signatory(service)
    return SignatureBox(party=party, name=state.name, capacity=service.signatory_title, mention="Datez et signez.")
