"""The table of needs: on each line a pupil whom the service knows, and what was decided for him."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from uuid import UUID

from materiel.domain.circuit.need import NeedKind
from materiel.domain.item.family import ItemFamily
from materiel.domain.language.folding import fold
from materiel.domain.usage import BasisKind
from materiel.exchange import inventory, item, pupil
from materiel.exchange.cells import read_choice, read_date, read_text
from materiel.exchange.guessing import CellContent, guesses
from materiel.exchange.table import (
    BadCell,
    BadLine,
    CellReader,
    CellSetAside,
    Columns,
    TableLayout,
    TableLine,
)

WORDING, NOTIFIED, KIND = "besoin", "notification_du", "nature"
UNTIL, GROUND, REFERENCE = "fin_notification", "fondement", "numero_notification"
FAMILY, CATEGORY = "famille", "categorie"
PUPIL_ID = "identifiant_eleve"

REQUIRED = (WORDING, NOTIFIED)
NAMED = (("nom", *pupil.IN_ONE_CELL, PUPIL_ID), ("prenom", *pupil.IN_ONE_CELL, PUPIL_ID))
_OF_PUPIL = ("nom", "prenom", "date_de_naissance", "uai")

HEADINGS = {
    **{name: pupil.HEADINGS[name] for name in _OF_PUPIL},
    WORDING: "Mots de la décision",
    NOTIFIED: "Notifié le",
    UNTIL: "Valable jusqu'au",
    KIND: "Besoin ou essai",
    GROUND: "Fondement",
    REFERENCE: "Numéro de la notification",
    FAMILY: "Famille",
    CATEGORY: "Catégorie",
    PUPIL_ID: "Identifiant de l'élève",
}

_LATER = frozenset({NOTIFIED, UNTIL, GROUND, REFERENCE})
ALIASES = {
    **{alias: name for alias, name in pupil.ALIASES.items() if name in (*_OF_PUPIL, *pupil.IN_ONE_CELL)},
    **{alias: name for alias, name in inventory.LOAN_ALIASES.items() if name in _LATER and alias != "decision"},
    **dict.fromkeys(("mots_de_la_decision", "besoin_notifie", "materiel_notifie", "materiel_preconise"), WORDING),
    **dict.fromkeys(("materiel_accorde", "materiel_attribue", "materiel_demande", "preconisation"), WORDING),
    **dict.fromkeys(("preconisations", "libelle_du_besoin", "libelle", "intitule", "objet", "besoins"), WORDING),
    **dict.fromkeys(("decision", "materiel", "equipement", "designation", "type_de_materiel"), WORDING),
    **dict.fromkeys(("notifie_le", "notifiee_le", "date_de_notif", "decision_du", "date_de_la_decision"), NOTIFIED),
    **dict.fromkeys(("date_de_decision", "date_decision", "demande_le", "demande_du", "date_de_la_demande"), NOTIFIED),
    **dict.fromkeys(("valable_jusqu_au", "valable_jusqu", "valide_jusqu_au", "jusqu_au", "echeance"), UNTIL),
    **dict.fromkeys(("fin_de_la_decision", "fin_de_l_essai", "date_de_fin", "date_fin"), UNTIL),
    **dict.fromkeys(("besoin_ou_essai", "nature_de_la_demande", "type_de_demande", "type"), KIND),
    **dict.fromkeys(("reference", "reference_de_la_decision", "numero_de_la_notification"), REFERENCE),
    **dict.fromkeys(("famille_de_materiel",), FAMILY),
    **dict.fromkeys(("categorie_de_materiel",), CATEGORY),
    **dict.fromkeys(("identifiant_de_l_eleve", "eleve_identifiant", "eleve_id", "id_eleve"), PUPIL_ID),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedTold:
    """One line of the table, unchecked.

    `pupil_id` or the names say whose it is; without `birth_date` only one known by these names can be meant.
    `written_name`: both names as one cell holds them, empty when each has its own. `school`: a UAI, which tells
    namesakes apart. `basis_kind`: None for the usual one. `cells`: those that are filled, as they are written.
    `set_aside`: those that say nothing of the need.
    """

    line: int
    pupil_id: UUID | None
    last_name: str
    first_name: str
    written_name: str
    birth_date: date | None
    school: str
    wording: str
    notified_on: date
    valid_until: date | None
    kind: NeedKind
    basis_kind: BasisKind | None
    reference: str
    family: ItemFamily | None
    category: str
    cells: Mapping[str, str]
    set_aside: tuple[CellSetAside, ...] = ()


def _read(line: TableLine) -> NeedTold | BadLine:
    try:
        pupil_id = line.read(PUPIL_ID, _identifier)
        birth_date = line.read("date_de_naissance", read_date)
        written_name, name = pupil.names_of(line)
    except BadCell as fault:
        column = heading_of(fault.column)
        return BadLine(line.number, "pupil.unreadable", str(fault), column=column, cell=fault.cell)
    try:
        wording = line.read(WORDING, _wording)
        notified_on = line.read(NOTIFIED, _notified)
        kind = line.read(KIND, _kind)
    except BadCell as fault:
        column = heading_of(fault.column)
        return BadLine(line.number, "need.unreadable", str(fault), column=column, cell=fault.cell)
    cells = CellReader(line)
    if not written_name:
        pupil.leave_other_names(line, name, cells)
    return NeedTold(
        line=line.number,
        pupil_id=pupil_id,
        last_name=name.last_name,
        first_name=name.first_name,
        written_name=written_name,
        birth_date=birth_date,
        school=cells.read("uai", read_text, ""),
        wording=wording,
        notified_on=notified_on,
        valid_until=cells.read(UNTIL, read_date, None),
        kind=kind,
        basis_kind=cells.read(GROUND, _ground, None),
        reference=cells.read(REFERENCE, read_text, ""),
        family=cells.read(FAMILY, _family, None),
        category=cells.read(CATEGORY, read_text, ""),
        cells=line.cells,
        set_aside=tuple(cells.set_aside),
    )


def _identifier(cell: str) -> UUID | None:
    try:
        return UUID(cell) if cell else None
    except ValueError:
        raise ValueError(
            f"« {cell[:40]} » n'est pas l'identifiant d'un élève : laissez cette case vide, ou copiez celui de l'API."
        ) from None


def _wording(cell: str) -> str:
    if not cell:
        raise ValueError("Écrivez les mots de la décision qui nomment le matériel.")
    return read_text(cell)


def _notified(cell: str) -> date:
    day = read_date(cell)
    if day is None:
        raise ValueError("Écrivez le jour de la notification, ou de la demande : l'attente se compte depuis ce jour.")
    return day


def _kind(cell: str) -> NeedKind:
    # « Essai de trois semaines » is a trial as well.
    return NeedKind.TRIAL if "essai" in fold(cell).split() else read_choice(cell, NeedKind, NeedKind.NEED)


def _ground(cell: str) -> BasisKind | None:
    known = next((inventory.BASES[word] for word in fold(cell).split() if word in inventory.BASES), None)
    if known is not None or not cell:
        return known
    return BasisKind.OTHER if fold(cell).strip(" .") == "autre" else read_choice(cell, BasisKind, BasisKind.OTHER)


def _family(cell: str) -> ItemFamily | None:
    family = item.read_family(cell)
    if cell and family is None:
        words = ", ".join(each.label for each in ItemFamily)
        raise ValueError(f"« {cell[:40]} » n'est pas une famille ({words}) : le besoin n'en dit aucune.")
    return family


LAYOUT = TableLayout(
    Columns(
        required=REQUIRED,
        either=NAMED,
        aliases=ALIASES,
        headings=HEADINGS,
        read=frozenset({*HEADINGS, *pupil.IN_ONE_CELL}),
        # Of a date, nothing tells whether it is that of a birth.
        guess=partial(guesses, fields={CellContent.UAI: "uai"}),
    ),
    _read,
)
"""The table of needs: `REQUIRED`, and the names of the pupil, with the date of birth where known, or `PUPIL_ID`."""

CHOICES: Mapping[str, str] = {**HEADINGS, **{name: pupil.CHOICES[name] for name in pupil.IN_ONE_CELL}}
"""What a column may be said to be, with its heading."""

MODEL = tuple(heading for name, heading in HEADINGS.items() if name != PUPIL_ID)
"""The headings of a table to be filled."""


def heading_of(column: str) -> str:
    """How a column is called to a person."""
    return CHOICES.get(column, column)
