"""The liaison sheet (« fiche de liaison ») that a family carries to another académie: what was lent, since when.

It never says why: the family does, if it wishes. Source: circulaire n° 2001-061; domain E14, § 8.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from materiel.documents.content import Block, Content, Heading, Paragraph, Run, Table
from materiel.documents.lists.listed import listed
from materiel.documents.variables import contact_of, sender_of
from materiel.domain.accounts.service import ManagingService
from materiel.domain.language.french import long_date
from materiel.domain.loan.elsewhere.leaving import Leaving
from materiel.domain.people.pupil import Pupil

KIND = "liaison_sheet"
HEADER = ("Matériel", "Remis le")
WIDTHS = (5.0, 2.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LentLine:
    """What is lent, in the words of its designation, and since when."""

    designation: str
    since: date


def compose_liaison_sheet(
    leaving: Leaving, pupil: Pupil, lent: Sequence[LentLine], *, service: ManagingService, day: date
) -> Content:
    """Compose the sheet of a departure, for the family of the pupil.

    Args:
        lent: what is out that day; it may be empty.
        day: when it is printed.
    """
    blocks: list[Block] = [Paragraph(role="lead", text=(Run(_opening(leaving, pupil, day)),))]
    if lent:
        rows = tuple((each.designation, f"{each.since:%d/%m/%Y}") for each in lent)
        blocks += [
            Heading(level=2, text="Ce qui est prêté"),
            Table(caption="Ce qui est prêté", header=HEADER, rows=rows, widths=WIDTHS),
        ]
    kept = leaving.kept_until
    until = f", au plus tard le {long_date(kept)} pour ce qui est au domicile" if kept is not None else ""
    closing = [
        f"Ce matériel revient à notre service{until}." if lent else "Aucun matériel ne lui est prêté en ce moment.",
        "Cette fiche dit ce qui est prêté, jamais pourquoi : c'est à la famille d'en parler, si elle le souhaite.",
        f"Pour préparer la suite et éviter une interruption, joignez notre service : {contact_of(service)}.",
    ]
    blocks += [Heading(level=2, text="La suite"), *(Paragraph(text=(Run(each),)) for each in closing)]
    return listed(
        KIND,
        "Fiche de liaison",
        "Matériel pédagogique prêté par l'État",
        blocks,
        sender=sender_of(service),
        day=day,
        footer="Fiche remise à la famille, qui la porte à l'académie d'accueil.",
    )


def _opening(leaving: Leaving, pupil: Pupil, day: date) -> str:
    leaves = "a quitté" if leaving.left_on < day else "quitte"
    return (
        f"{pupil.full_name} {leaves} notre académie le {long_date(leaving.left_on)}. "
        f"Voici le matériel qui lui est prêté au {long_date(day)}."
    )
