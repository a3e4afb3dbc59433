"""The sheet of a device prepared for an examination: what is done, what is left to tick. It names no pupil."""

from __future__ import annotations

from materiel.documents.blocks import NONE_GIVEN
from materiel.documents.content import Block, Content, Heading, Paragraph, Run, SignatureBox, Signatures, Table
from materiel.documents.lists.listed import TO_TICK, listed
from materiel.documents.variables import contact_of, sender_of
from materiel.domain.accounts.service import ManagingService
from materiel.domain.item.examination import ExaminationSheet
from materiel.domain.item.item import Item
from materiel.domain.language.french import long_date
from materiel.domain.papers.signatories import state_signatory

KIND = "examination_sheet"
HEADER = ("À vérifier", "Par le service", "Sur place")
WIDTHS = (6.0, 2.0, 1.4)


def compose_examination_sheet(sheet: ExaminationSheet, item: Item, service: ManagingService) -> Content:
    """Compose the sheet, dated from the day of the checks; its last column is ticked where the examination is held."""
    done = f"Fait le {sheet.done_on:%d/%m/%Y}"
    rows = tuple(
        (what, done if is_done else TO_TICK, TO_TICK)
        for what, is_done in (
            ("Vidé : aucun fichier, document ni message de l'élève", sheet.emptied),
            ("Liaisons coupées : Wi-Fi, Bluetooth, réseau mobile", sheet.radio_off),
            (f"Seuls logiciels utiles à l'épreuve : {sheet.software or NONE_GIVEN}", bool(sheet.software)),
        )
    )
    caption = f"{item.designation}, n° {item.inventory_number}"
    blocks: list[Block] = [
        Paragraph(role="lead", text=(Run(_opening(sheet)),)),
        Heading(level=2, text=caption),
        Table(caption=caption, header=HEADER, rows=rows, widths=WIDTHS),
        Paragraph(
            text=(
                Run(
                    "Cette fiche n'accorde aucun aménagement : l'organisateur de l'examen décide, et peut vérifier le "
                    f"matériel à tout moment. Une question ? {contact_of(service)}."
                ),
            )
        ),
        Signatures(made_at="Vérifié le ____________________ .", boxes=_boxes(service)),
    ]
    return listed(
        KIND,
        "Matériel préparé pour un examen",
        f"N° d'inventaire {item.inventory_number}",
        blocks,
        sender=sender_of(service),
        day=sheet.done_on,
        footer="Fiche de travail : elle ne change rien à la convention.",
    )


def _opening(sheet: ExaminationSheet) -> str:
    sits = f" pour un examen qui commence le {long_date(sheet.sits_on)}" if sheet.sits_on is not None else ""
    return f"Préparé le {long_date(sheet.done_on)}{sits}. Cochez ce qui est constaté sur place."


def _boxes(service: ManagingService) -> tuple[SignatureBox, SignatureBox]:
    mine = state_signatory(service)
    mention = "Nom, qualité, date et signature."
    return (
        SignatureBox(party="Pour l'État", name=mine.name, capacity="", mention="Datez et signez."),
        SignatureBox(party="Pour l'organisateur de l'examen", name="", capacity="", mention=mention),
    )
