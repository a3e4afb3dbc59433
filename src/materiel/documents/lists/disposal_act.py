"""The act of an end of life, and what an association signs before it takes anything. Neither names a pupil."""

from __future__ import annotations

from datetime import date

from materiel.documents.blocks import NONE_GIVEN
from materiel.documents.content import (
    Block,
    BulletList,
    Content,
    Details,
    Heading,
    Paragraph,
    Run,
    SignatureBox,
    Signatures,
    Table,
)
from materiel.documents.lists.listed import listed
from materiel.documents.variables import contact_of, sender_of
from materiel.domain.accounts.service import ManagingService
from materiel.domain.circuit.disposal.disposal import Disposal, DisposalItem, DisposalOutcome
from materiel.domain.language.french import long_date
from materiel.domain.language.typography import money

ACT = "disposal_act"
COMMITMENT = "disposal_commitment"
HEADER = ("N° d'inventaire", "Désignation", "N° de série", "État", "Valeur estimée")
WIDTHS = (2.0, 3.2, 2.0, 1.6, 1.5)

EFFECTS = {
    DisposalOutcome.DOMAINE: (
        "Ces matériels, dont le service n'a plus l'emploi, sont remis au Domaine, qui seul les vend (Code général de "
        "la propriété des personnes publiques, art. L3211-18)."
    ),
    DisposalOutcome.ASSOCIATION: (
        "Ces matériels informatiques, dont le service n'a plus l'emploi et dont aucun ne vaut plus de 300 €, sont "
        "cédés gratuitement à l'association désignée (Code général de la propriété des personnes publiques, "
        "art. L3212-2, 3° et D3212-3). Elle s'est engagée à les employer à son objet et à ne pas les revendre."
    ),
    DisposalOutcome.STAFF: (
        "Ces matériels informatiques, dont le service n'a plus l'emploi et dont aucun ne vaut plus de 300 €, sont "
        "cédés gratuitement à l'agent désigné (Code général de la propriété des personnes publiques, art. L3212-2, 5°)."
    ),
    DisposalOutcome.DESTRUCTION: (
        "Ces matériels, hors d'usage ou sans valeur, sont remis pour être détruits à l'organisme désigné, qui en donne "
        "un certificat de reprise (Code de l'environnement, art. R543-172 et suivants)."
    ),
}
"""What the act does, by outcome, as it is worded since 2026-11-30."""


def compose_disposal_act(disposal: Disposal, service: ManagingService, day: date) -> Content:
    """Compose the act of an end of life, as it was decided.

    Args:
        day: when it is printed.

    Raises:
        LookupError: it was not decided.
    """
    if disposal.decided_on is None:
        raise LookupError("an act tells what was decided")
    count = f"{len(disposal.items)} matériel{'s' if len(disposal.items) > 1 else ''}"
    blocks: list[Block] = [
        Details(
            caption="La décision",
            rows=tuple((label, (Run(value),)) for label, value in _facts(disposal, service) if value),
        ),
        Heading(level=2, text=f"Ce qui sort du parc : {count}, {money(disposal.value_cents)} en tout"),
        Table(
            caption="Ce qui sort du parc",
            header=HEADER,
            rows=tuple(_row(each) for each in disposal.items),
            widths=WIDTHS,
        ),
        Heading(level=2, text="Effets"),
        Paragraph(text=(Run(EFFECTS[disposal.outcome]),)),
        Paragraph(text=(Run(_common(disposal)),)),
        Signatures(made_at=f"Établi le {long_date(day)}.", boxes=_boxes(disposal)),
    ]
    return listed(
        ACT,
        "Acte de fin de vie de matériel",
        disposal.outcome.label,
        blocks,
        sender=sender_of(service),
        day=day,
        footer="Acte de fin de vie : il ne nomme aucun élève.",
    )


def compose_commitment(disposal: Disposal, service: ManagingService, day: date) -> Content:
    """Compose what an association commits itself to, before it takes the items.

    Source: Code général de la propriété des personnes publiques, art. L3212-2, 3°.
    """
    kind = disposal.association.label if disposal.association else ""
    blocks: list[Block] = [
        Details(
            caption="L'association",
            rows=(
                ("Association", (Run(disposal.beneficiary),)),
                ("Nature", (Run(kind or NONE_GIVEN),)),
                ("Service qui cède", (Run(f"{service.name} ({service.code})"),)),
                ("Pour le joindre", (Run(contact_of(service)),)),
            ),
        ),
        Heading(level=2, text="Ce qui lui serait cédé"),
        Table(
            caption="Ce qui lui serait cédé",
            header=HEADER,
            rows=tuple(_row(each) for each in disposal.items),
            widths=WIDTHS,
        ),
        Heading(level=2, text="Ce à quoi elle s'engage"),
        BulletList(
            items=(
                (Run("N'employer ces matériels que pour ce que prévoient ses statuts."),),
                (Run("Ne pas les céder contre de l'argent."),),
                (Run("Les prendre dans l'état où ils sont, sans garantie, et les enlever à ses frais."),),
                (Run("Les faire reprendre comme déchets électriques quand ils ne serviront plus."),),
                (Run("Signaler au service, sans les lire ni les garder, des données qui y resteraient."),),
            )
        ),
        Signatures(
            made_at="Fait le ____________________ , en deux exemplaires.",
            boxes=(
                SignatureBox(
                    party="L'association",
                    name=disposal.beneficiary,
                    capacity="Nom et qualité de qui signe : ____________________",
                    mention="Datez et signez.",
                ),
            ),
        ),
    ]
    return listed(
        COMMITMENT,
        "Engagement d'une association qui reçoit du matériel",
        "Code général de la propriété des personnes publiques, art. L3212-2",
        blocks,
        sender=sender_of(service),
        day=day,
        footer="Engagement : il ne nomme aucun élève.",
    )


def _facts(disposal: Disposal, service: ManagingService) -> tuple[tuple[str, str], ...]:
    decided_on = disposal.decided_on or date.min
    erased = ""
    if disposal.erased_on is not None:
        erased = f"Le {long_date(disposal.erased_on)}, par {disposal.erased_by} : {disposal.erased_how}"
    funders = sorted({each.funding_service for each in disposal.items if each.funding_service})
    return (
        ("Service", f"{service.name} ({service.code})"),
        ("Pour le joindre", contact_of(service)),
        ("Financé par", " ; ".join(funders)),
        ("Destination", disposal.outcome.label),
        ("Bénéficiaire", disposal.beneficiary),
        ("Nature de l'association", disposal.association.label if disposal.association else ""),
        ("Accord ou convention", disposal.agreement),
        ("Motif", disposal.reason),
        ("Données effacées", erased),
        ("Décidé", f"Le {long_date(decided_on)}, par {disposal.decided_name}, {disposal.decided_title}"),
    )


def _row(each: DisposalItem) -> tuple[str, ...]:
    return (
        each.inventory_number,
        " ".join(filter(None, (each.designation, each.brand, each.model))),
        each.serial_number or NONE_GIVEN,
        each.condition.label,
        money(each.value_cents),
    )


def _common(disposal: Disposal) -> str:
    kept = "Chacun" if len(disposal.items) > 1 else "Il"
    return (
        f"{kept} sort du parc le jour de son enlèvement, étiquette retirée, et reste à l'inventaire comme réformé. Son "
        "numéro d'inventaire ne sera plus donné."
    )


def _boxes(disposal: Disposal) -> tuple[SignatureBox, ...]:
    ours = SignatureBox(
        party="Pour l'État",
        name=disposal.decided_name,
        capacity=disposal.decided_title,
        mention="Datez et signez.",
    )
    theirs = SignatureBox(
        party="Pour qui reçoit", name=disposal.beneficiary, capacity="", mention="Reçu ce jour : datez et signez."
    )
    return ours, theirs
