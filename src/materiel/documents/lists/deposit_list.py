"""What a school or a local authority keeps for the service, to check on the spot. It names no pupil."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from materiel.documents.blocks import NONE_GIVEN
from materiel.documents.content import Block, Content, Heading, Paragraph, Run, SignatureBox, Signatures, Table
from materiel.documents.lists.listed import TO_TICK, listed
from materiel.documents.variables import contact_of, sender_of
from materiel.domain.accounts.service import ManagingService
from materiel.domain.language.french import long_date
from materiel.domain.papers.signatories import state_signatory
from materiel.domain.visitors.institution import Deposited, Institution

KIND = "deposit_list"
HEADER = ("N° d'inventaire", "Désignation", "Accessoires", "Déposé le", "Convention", "Vu")
WIDTHS = (2.0, 2.8, 2.6, 1.5, 2.2, 1.2)


def compose_deposit_list(institution: Institution, held: Sequence[Deposited], day: date) -> Content:
    """Compose the list of what is kept, school by school.

    Args:
        institution: whose link would show the same.
        held: school by school, as `held_by` gives them; it may be empty.
        day: when it is printed.
    """
    service = institution.service
    blocks: list[Block] = [Paragraph(role="lead", text=(Run(_opening(len(held), day)),))]
    schools = list(dict.fromkeys(each.school_id for each in held))
    for school_id in schools:
        school = institution.school(school_id)
        name = f"{school.name}, {school.municipality_name}"
        rows = tuple(_row(each) for each in held if each.school_id == school_id)
        blocks += [Heading(level=2, text=name), Table(caption=name, header=HEADER, rows=rows, widths=WIDTHS)]
    blocks.append(Heading(level=2, text="Constat"))
    blocks.append(Paragraph(text=(Run(_how(service)),)))
    blocks.append(Signatures(made_at="Constaté le ____________________ .", boxes=_boxes(institution)))
    return listed(
        KIND,
        "Matériel de l'État gardé sur place",
        institution.name,
        blocks,
        sender=sender_of(service),
        day=day,
        footer="Liste de travail : elle ne change rien aux conventions.",
    )


def _row(each: Deposited) -> tuple[str, ...]:
    item = each.item
    return (
        item.inventory_number,
        item.designation,
        ", ".join(item.accessories) or NONE_GIVEN,
        f"{each.since:%d/%m/%Y}",
        each.agreement_number,
        TO_TICK,
    )


def _opening(count: int, day: date) -> str:
    what = f"{count} matériel{'s' if count > 1 else ''}" if count else "Aucun matériel"
    return f"{what} au {long_date(day)}. Cochez ce qui est là, notez à côté ce qui manque ou ne marche plus."


def _how(service: ManagingService) -> str:
    return f"Rendez cette liste au service, ou dites-le-lui : {contact_of(service)}."


def _boxes(institution: Institution) -> tuple[SignatureBox, SignatureBox]:
    mention = "Nom, qualité, date et signature."
    service = state_signatory(institution.service)
    return (
        SignatureBox(party="Pour l'État", name=service.name, capacity="", mention="Datez et signez."),
        SignatureBox(party="Pour qui garde le matériel", name=institution.name, capacity="", mention=mention),
    )
