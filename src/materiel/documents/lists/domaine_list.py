"""The list of what is offered to the Domaine (« liste pour le Domaine »): what it is, and where to see it."""

from __future__ import annotations

from datetime import date

from materiel.documents.blocks import NONE_GIVEN
from materiel.documents.content import Block, Content, Details, Heading, Paragraph, Run, Table
from materiel.documents.lists.listed import listed
from materiel.documents.variables import contact_of, sender_of
from materiel.domain.accounts.service import ManagingService
from materiel.domain.circuit.disposal.disposal import Disposal
from materiel.domain.language.typography import money

KIND = "domaine_list"
HEADER = ("N° d'inventaire", "Désignation, marque, n° de série", "Achat", "État, valeur", "Visible à", "Photo")
WIDTHS = (2.0, 3.4, 1.7, 1.8, 2.0, 0.9)


def compose_domaine_list(disposal: Disposal, service: ManagingService, day: date) -> Content:
    """Compose the list; it names no pupil.

    Args:
        day: when it is printed.
    """
    count = f"{len(disposal.items)} matériel{'s' if len(disposal.items) > 1 else ''}"
    facts = (
        ("Service", f"{service.name} ({service.code})"),
        ("Pour le joindre", contact_of(service)),
        ("Motif", disposal.reason),
        ("Valeur estimée en tout", money(disposal.value_cents)),
    )
    rows = tuple(_row(disposal, rank) for rank in range(len(disposal.items)))
    blocks: list[Block] = [
        Details(caption="Le service", rows=tuple((label, (Run(value),)) for label, value in facts)),
        Heading(level=2, text=f"Ce qui est proposé : {count}"),
        Table(caption="Ce qui est proposé", header=HEADER, rows=rows, widths=WIDTHS),
        Paragraph(
            role="small", text=(Run("Le numéro d'une photo est celui de la ligne : le service la joint à la demande."),)
        ),
    ]
    return listed(
        KIND,
        "Matériel proposé au Domaine",
        "Matériel dont le service n'a plus l'emploi",
        blocks,
        sender=sender_of(service),
        day=day,
        footer="Liste pour le Domaine : elle ne nomme aucun élève.",
    )


def _row(disposal: Disposal, rank: int) -> tuple[str, ...]:
    each, number = disposal.items[rank], disposal.photo_number(rank)
    bought = [f"{each.acquired_on:%d/%m/%Y}"] if each.acquired_on else []
    if each.purchase_price_cents is not None:
        bought.append(money(each.purchase_price_cents))
    what = " ".join(filter(None, (each.designation, each.brand, each.model)))
    return (
        each.inventory_number,
        f"{what}, n° {each.serial_number}" if each.serial_number else what,
        ", ".join(bought) or NONE_GIVEN,
        f"{each.condition.label}, {money(each.value_cents)}",
        each.seen_at or "Au service",
        f"n° {number}" if number else NONE_GIVEN,
    )
