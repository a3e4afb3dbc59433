"""The elimination list (« bordereau d'élimination ») that the service signs and the archives visa. It names nobody.

Law: Code du patrimoine, art. L212-2 (public archives are eliminated with the visa of the archives).
"""

from __future__ import annotations

from datetime import date

from materiel.documents.content import Content, Details, Heading, Paragraph, Run, SignatureBox, Signatures, Table
from materiel.documents.lists.listed import listed
from materiel.documents.variables import contact_of, sender_of
from materiel.domain.accounts.service import ManagingService
from materiel.domain.language.french import long_date
from materiel.domain.papers.signatories import state_signatory
from materiel.domain.retention.retention import LAW, Elimination, megabytes

KIND = "elimination_list"
HEADER = (
    "N°",
    "Nature des documents",
    "Terminés en",
    "Dates extrêmes",
    "Dossiers",
    "Documents",
    "Volume",
    "Durée",
)
WIDTHS = (0.5, 3.6, 1.0, 1.9, 1.0, 1.2, 1.1, 1.0)


def compose_elimination_list(elimination: Elimination, service: ManagingService, day: date) -> Content:
    """Compose the list as it was prepared, with the boxes of the service and of the archives."""
    rows = tuple(
        (
            str(rank),
            line.nature.label,
            str(line.year),
            f"{line.first_on:%d/%m/%Y} – {line.last_on:%d/%m/%Y}",
            str(line.files),
            str(line.documents),
            f"{megabytes(line.size)} Mo",
            _years(elimination.years_of(line.nature)),
        )
        for rank, line in enumerate(elimination.inventory, 1)
    )
    about = (
        ("Service producteur", service.name),
        ("Code du service", service.code),
        ("Pour le joindre", contact_of(service)),
        ("Arrêté au", long_date(elimination.due_on)),
        ("Dossiers", str(elimination.files)),
        ("Support", "Numérique"),
        ("Fondement", LAW),
        ("Règle du service", service.retention_reference),
    )
    return listed(
        KIND,
        "Bordereau d'élimination",
        "Archives publiques dont la durée d'utilité administrative est échue",
        (
            Details(
                caption="Ce qui est proposé à l'élimination",
                rows=tuple((label, (Run(value),)) for label, value in about if value),
            ),
            Heading(level=2, text="Ce qui est proposé à l'élimination"),
            Table(caption="Ce qui est proposé à l'élimination", header=HEADER, rows=rows, widths=WIDTHS),
            Heading(level=2, text="Demande et visa"),
            Paragraph(
                text=(
                    Run(
                        "Le service producteur certifie que ces documents ne servent plus et qu'aucun n'est retenu "
                        "pour un litige. Rien n'est éliminé avant le visa."
                    ),
                )
            ),
            Signatures(made_at=f"Établi le {long_date(day)}, en deux exemplaires.", boxes=_boxes(service)),
        ),
        sender=sender_of(service),
        day=day,
        footer="Bordereau d'élimination : il ne nomme personne.",
    )


def _boxes(service: ManagingService) -> tuple[SignatureBox, SignatureBox]:
    state = state_signatory(service)
    return (
        SignatureBox(
            party="Le service producteur",
            name=state.name,
            capacity=service.signatory_title,
            mention="Datez et signez.",
        ),
        SignatureBox(
            party="Les Archives départementales",
            name="Le directeur, ou la directrice",
            capacity="",
            mention="Visa, ou refus motivé : datez, signez et mettez votre référence.",
        ),
    )


def _years(years: int) -> str:
    return f"{years}\u00a0an{'s' if years > 1 else ''}"
