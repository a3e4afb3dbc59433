"""The sheet at the head of a run for the post: whose papers have no letter before them, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from materiel.documents.content import Content, Paragraph, Run, Table
from materiel.documents.lists.listed import listed
from materiel.domain.language.labelled import LabelledEnum

KIND = "unposted"


class NoLetter(LabelledEnum):
    """Why somebody is sent no letter, as the sheet says it."""

    NO_ADDRESS = "no_address", "Adresse postale inconnue : à saisir sur sa fiche."
    TOO_LONG = "too_long", "Adresse trop longue pour la fenêtre de l'enveloppe : à abréger sur sa fiche."
    DECEASED = "deceased", "Aucune lettre n'est écrite après le décès de l'élève."


@dataclass(frozen=True, slots=True)
class Unposted:
    """Somebody whose papers have no letter: who, why, and the numbers of the papers."""

    name: str
    why: NoLetter
    numbers: tuple[str, ...]


def compose_unposted(people: Sequence[Unposted], *, sender: tuple[str, ...], day: date) -> Content:
    """Compose the sheet of a run; it takes more pages when they are many."""
    rows = tuple((each.name, each.why.label, ", ".join(each.numbers)) for each in people)
    said = "Leurs papiers sont imprimés à leur place dans les piles, sans lettre devant eux."
    return listed(
        KIND,
        "Sans lettre",
        "À lire avant de mettre sous pli",
        (
            Paragraph(role="lead", text=(Run(said),)),
            Table(caption="Qui n'a pas de lettre", header=("Qui", "Pourquoi", "Papiers"), rows=rows, widths=(3, 4, 3)),
        ),
        sender=sender,
        day=day,
        footer="Feuille pour le service : elle n'est ni à signer ni à renvoyer.",
    )
