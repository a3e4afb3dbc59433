"""What a service checks of an item, to tick on paper: before it is lent, or when it comes back. It names nobody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from materiel.documents.content import Block, Content, Heading, Paragraph, Run, SignatureBox, Signatures, Table
from materiel.documents.lists.listed import TO_TICK, listed
from materiel.documents.variables import sender_of
from materiel.domain.accounts.service import ManagingService
from materiel.domain.item.checklist import CheckMoment
from materiel.domain.item.item import Item
from materiel.domain.item.preparation import checks_of

KIND = "check_list"
HEADER = ("À vérifier", "Fait")
WIDTHS = (8.0, 1.0)


def compose_check_list(
    item: Item, moment: CheckMoment, lines: Sequence[str], service: ManagingService, *, day: date
) -> Content:
    """Compose the sheet: the proofs that every service owes, the accessories, then the lines of the service."""
    needed = checks_of(item)
    owed = [
        what
        for what, is_owed in (
            ("Les données sont effacées", needed.erased),
            ("Le logiciel est désinstallé de l'appareil où il servait", needed.uninstalled),
        )
        if is_owed and moment is CheckMoment.PREPARATION
    ]
    there = [f"Accessoire présent : {name}" for name in item.accessories]
    caption = f"{item.designation}, n° {item.inventory_number}"
    rows = tuple((each, TO_TICK) for each in (*owed, *there, *lines, "État constaté, à écrire au dos s'il a changé"))
    blocks: list[Block] = [
        Paragraph(role="lead", text=(Run("Cochez ce qui est constaté, puis reportez-le sur la fiche du matériel."),)),
        Heading(level=2, text=caption),
        Table(caption=caption, header=HEADER, rows=rows, widths=WIDTHS),
        Signatures(
            made_at="Vérifié le ____________________ .",
            boxes=(SignatureBox(party="Vérifié par", name="", capacity="", mention="Nom et visa."),),
        ),
    ]
    return listed(
        KIND,
        f"Vérifications : {moment.label[:1].lower()}{moment.label[1:]}",
        f"N° d'inventaire {item.inventory_number}",
        blocks,
        sender=sender_of(service),
        day=day,
        footer="Fiche de travail : elle ne retient ni le reçu du retour, ni le matériel.",
    )
