"""The table of a park as it is kept: an item, the pupil who has it and what is known of the loan, on one line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from materiel.domain.language.folding import fold
from materiel.domain.language.identifiers import is_placeholder
from materiel.domain.papers.old_paper import OldPaper
from materiel.domain.usage import Basis, BasisKind, Custody
from materiel.exchange import item, pupil
from materiel.exchange.cells import read_date, read_past_day, read_text
from materiel.exchange.guessing import CellContent, guesses
from materiel.exchange.item import ItemLine
from materiel.exchange.pupil import PupilLine
from materiel.exchange.table import (
    BadCell,
    BadLine,
    CellReader,
    CellSetAside,
    Columns,
    TableLayout,
    TableLine,
    column_name,
)

NUMBER = "inventory_number"
HOME_CITY = "commune"
"""That of the family where its address is given, else that of the school, beside it."""

LOAN_HEADINGS = {
    "remis_le": "Date de remise",
    "debut_convention": "Début de la convention",
    "fin_convention": "Fin de la convention",
    "rendu_le": "Date de retour",
    "numero_convention": "Numéro de la convention",
    "convention_signee": "Convention signée (oui ou non)",
    "convention_signee_le": "Convention signée le",
    "convention_signee_par": "Convention signée par",
    "notification_du": "Notification du",
    "fin_notification": "Fin de la notification",
    "numero_notification": "Numéro de la notification",
    "fondement": "Fondement",
    "garde": "Domicile ou école",
}

_BASIS = frozenset({"notification_du", "fin_notification", "numero_notification", "fondement"})

LOAN_ALIASES = {
    **dict.fromkeys(
        ("date_de_remise", "date_remise", "remise_le", "remise", "date_de_pret", "date_du_pret"), "remis_le"
    ),
    **dict.fromkeys(("date_pret", "prete_le", "pret_le", "mis_a_disposition_le", "depuis"), "remis_le"),
    **dict.fromkeys(("date_de_mise_a_disposition", "date_mise_a_disposition", "attribue_le"), "remis_le"),
    **dict.fromkeys(("date_d_attribution", "date_attribution", "date_de_livraison", "livre_le"), "remis_le"),
    **dict.fromkeys(("debut_de_convention", "debut_de_la_convention", "debut_du_pret"), "debut_convention"),
    **dict.fromkeys(("date_de_debut", "date_debut", "debut"), "debut_convention"),
    **dict.fromkeys(("fin_de_convention", "fin_de_la_convention", "fin_du_pret", "fin_de_pret"), "fin_convention"),
    **dict.fromkeys(("date_de_fin", "date_fin", "fin", "echeance", "date_d_echeance"), "fin_convention"),
    **dict.fromkeys(("retour_prevu", "retour_prevu_le", "date_de_retour_prevue"), "fin_convention"),
    **dict.fromkeys(("date_de_retour", "date_retour", "retour_le", "retour", "rendu", "restitue_le"), "rendu_le"),
    **dict.fromkeys(("date_de_restitution", "date_restitution", "date_de_rendu_definitive"), "rendu_le"),
    **dict.fromkeys(("numero_de_convention", "numero_de_la_convention", "n_convention"), "numero_convention"),
    **dict.fromkeys(("n_de_convention", "no_convention", "ref_convention", "convention"), "numero_convention"),
    **dict.fromkeys(("reference_convention", "reference_de_la_convention"), "numero_convention"),
    **dict.fromkeys(("convention_signee_o_n", "convention_signee_oui_non", "signee", "signature"), "convention_signee"),
    **dict.fromkeys(("convention_signee_oui_ou_non", "signee_o_n", "convention_rendue"), "convention_signee"),
    **dict.fromkeys(("signee_le", "date_de_signature", "date_signature"), "convention_signee_le"),
    **dict.fromkeys(("date_de_convention", "date_convention", "date_de_la_convention"), "convention_signee_le"),
    **dict.fromkeys(("signee_par", "signataire", "signataires"), "convention_signee_par"),
    **dict.fromkeys(("notif_mdph_du", "notif_du", "notification_mdph_du", "notification_mdph"), "notification_du"),
    **dict.fromkeys(("notification_cdaph_du", "notif_cdaph_du", "notification_cdaph"), "notification_du"),
    **dict.fromkeys(("date_de_notification", "date_notification", "date_notif", "notification"), "notification_du"),
    **dict.fromkeys(("fin_de_notification", "fin_de_la_notification", "fin_notif"), "fin_notification"),
    **dict.fromkeys(("notification_jusqu_au", "fin_de_droits", "fin_des_droits"), "fin_notification"),
    **dict.fromkeys(("validite_notification", "fin_de_validite", "fin_validite"), "fin_notification"),
    **dict.fromkeys(("numero_de_notification", "n_notification", "reference_notification"), "numero_notification"),
    **dict.fromkeys(("type_de_notification", "dispositif", "decision"), "fondement"),
    **dict.fromkeys(("garde_du_materiel", "lieu_d_usage", "domicile_ecole", "domicile_ou_etablissement"), "garde"),
}
_OF_ITEM = {alias: name for alias, name in item.ALIASES.items() if alias not in ("nom", "name", *pupil.ALIASES)}
ALIASES = {
    **LOAN_ALIASES,
    **{alias: name for alias, name in pupil.ALIASES.items() if alias != HOME_CITY},
    **_OF_ITEM,
    # What is lent is told by its number where no other column is called so.
    **dict.fromkeys(("materiel_prete", "numero_du_materiel", "materiel_numero"), NUMBER),
}
HEADINGS = {**item.HEADINGS, **pupil.HEADINGS, **LOAN_HEADINGS, HOME_CITY: "Commune"}
"""How each column is called to a person."""

_YES = frozenset({"o", "oui", "x", "1", "vrai", "true", "yes", "ok", "signe", "signee", "fait"})
_NO = frozenset({"n", "non", "0", "faux", "false", "no", "en attente", "en cours", "a signer", "non signee"})
_NOBODY = frozenset(
    (
        *("stock", "en stock", "au stock", "reserve", "en reserve", "disponible", "dispo", "libre", "non attribue"),
        *("aucun", "aucune", "personne", "a preter", "service", "rendu", "retour", "en panne", "en reparation"),
    )
)
"""What stands under « Élève » of an item that nobody has."""
BASES = {"cdaph": BasisKind.CDAPH, "mdph": BasisKind.CDAPH, "pas": BasisKind.PAS, "pap": BasisKind.PAP}
"""Words that say on what a loan or a need rests."""

_AT_SCHOOL = re.compile(r"\b(?:ecole|etablissement|college|lycee|classe|scolaire)\b")
_AT_HOME = re.compile(r"\b(?:domicile|maison|famille)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class PupilNamed:
    """A pupil whom the line names without the date of birth: only a known one can be meant.

    `written`: both names as one cell holds them, empty when each has its own.
    """

    last_name: str
    first_name: str
    written: str
    school: str
    school_name: str
    municipality: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanFacts:
    """What a line says of its loan, unchecked.

    `about`: the day of the hand-over was worked out from its cell. `is_signed`: None when nothing tells. `cells`: those
    that are filled, as they are written.
    """

    handed_over_on: date | None
    about: bool
    starts_on: date | None
    ends_on: date | None
    returned_on: date | None
    is_signed: bool | None
    paper: OldPaper
    basis: Basis | None
    custody: Custody
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkLine:
    """One line of the table, unchecked: an item, a pupil, or both, and what is said of their loan.

    `school`, `school_name` and `municipality` are where the item is, also on a line without a pupil. `set_aside`:
    cells that say nothing of the loan; those of the item and of the pupil are theirs.
    """

    line: int
    item: ItemLine | None
    pupil: PupilLine | PupilNamed | None
    loan: LoanFacts
    school: str
    school_name: str
    municipality: str
    is_named_by_brand: bool = False
    set_aside: tuple[CellSetAside, ...] = ()


def _read(line: TableLine) -> ParkLine | BadLine:
    number = line.get(NUMBER)
    if column_name(number) in ("total", "totaux", "sous_total"):
        return BadLine(line.number, "line.total", "Cette ligne est un total : elle n'est pas un matériel.")
    line = _with_city(line)
    by_brand = bool(number) and not line.get("designation") and bool(line.get("brand") or line.get("model"))
    if by_brand:
        line = _with(line, designation=f"{line.get('brand')} {line.get('model')}".strip())
    has_item = bool(number) or any(line.get(name) for name in ("designation", "serial_number"))
    read_item = item.LAYOUT.read(line) if has_item else None
    if isinstance(read_item, BadLine):
        return read_item
    cells = CellReader(line)
    read_pupil = _pupil(line, cells)
    if isinstance(read_pupil, BadLine):
        return read_pupil
    return ParkLine(
        line=line.number,
        item=read_item,
        pupil=read_pupil,
        loan=_loan(line, cells),
        school=cells.read("uai", read_text, ""),
        school_name=cells.read("etablissement", read_text, ""),
        municipality=line.get(pupil.COMMUNE),
        is_named_by_brand=by_brand,
        set_aside=tuple(cells.set_aside),
    )


def _with(line: TableLine, **cells: str) -> TableLine:
    return replace(line, cells={**line.cells, **cells})


def _with_city(line: TableLine) -> TableLine:
    """The column « Commune » is that of the address where there is one."""
    city = line.get(HOME_CITY)
    if not city:
        return line
    name = "ville_1" if line.get("adresse_1") or line.get("code_postal_1") else pupil.COMMUNE
    return line if line.get(name) else _with(line, **{name: city})


def _pupil(line: TableLine, cells: CellReader) -> PupilLine | PupilNamed | BadLine | None:
    said = {column: line.cells[column] for column in ("nom", "prenom", *pupil.IN_ONE_CELL) if column in line.cells}
    if all(is_placeholder(cell) or fold(cell).strip(" .") in _NOBODY for cell in said.values()):
        for column, cell in said.items():
            cells.leave(column, cell, "Ce n'est pas un élève : ce matériel n'est chez personne.")
        return None
    if line.get("date_de_naissance"):
        return pupil.LAYOUT.read(line)
    try:
        written, name = pupil.names_of(line)
    except BadCell as fault:
        heading = heading_of(fault.column)
        return BadLine(line.number, "pupil.unreadable", str(fault), column=heading, cell=fault.cell)
    return PupilNamed(
        last_name=name.last_name,
        first_name=name.first_name,
        written=written,
        school=line.get("uai"),
        school_name=line.get("etablissement"),
        municipality=line.get(pupil.COMMUNE),
    )


def _loan(line: TableLine, cells: CellReader) -> LoanFacts:
    unknown: tuple[date | None, bool] = (None, False)
    handed, about = cells.read("remis_le", read_past_day, unknown)
    starts, ends = cells.read("debut_convention", read_date, None), cells.read("fin_convention", read_date, None)
    unsaid: tuple[bool | None, date | None] = (None, None)
    is_signed, signed_on = cells.read("convention_signee", _signed, unsaid)
    signed_on = cells.read("convention_signee_le", read_date, None) or signed_on
    paper = OldPaper(
        reference=cells.read("numero_convention", read_text, ""),
        signed_on=signed_on,
        signed_by=cells.read("convention_signee_par", read_text, ""),
    )
    return LoanFacts(
        handed_over_on=handed,
        about=about,
        starts_on=starts,
        ends_on=ends,
        returned_on=cells.read("rendu_le", read_date, None),
        is_signed=True if signed_on is not None else is_signed,
        paper=paper,
        basis=_basis(cells) if line.fills_one_of(_BASIS) else None,
        custody=cells.read("garde", _custody, Custody.HOME),
        cells={name: line.cells[name] for name in LOAN_HEADINGS if name in line.cells},
    )


def _signed(cell: str) -> tuple[bool | None, date | None]:
    said = fold(cell).strip(" .")
    if not said or (is_placeholder(cell) and said not in _NO):
        return None, None
    if said in _YES or said in _NO:
        return said in _YES, None
    try:
        return True, read_date(cell)
    except ValueError:
        raise ValueError(
            f"« {cell[:30]} » ne dit pas si la convention est signée : écrivez oui, non ou la date."
        ) from None


def _basis(cells: CellReader) -> Basis | None:
    decided = cells.read("notification_du", read_date, None)
    until = cells.read("fin_notification", read_date, None)
    reference = cells.read("numero_notification", read_text, "")
    kind = cells.read("fondement", _basis_kind, None)
    if not (decided or until or reference or kind):
        return None
    return Basis(kind=kind or BasisKind.CDAPH, reference=reference, decided_on=decided, valid_until=until)


def _basis_kind(cell: str) -> BasisKind | None:
    words = fold(cell).split()
    if not words:
        return None
    return next((BASES[word] for word in words if word in BASES), BasisKind.OTHER)


def _custody(cell: str) -> Custody:
    said = fold(cell)
    if _AT_HOME.search(said) or not said.strip():
        return Custody.HOME
    if _AT_SCHOOL.search(said):
        return Custody.SCHOOL
    raise ValueError(f"« {cell[:30]} » ne dit pas où reste le matériel : écrivez « domicile » ou « école ».")


LAYOUT = TableLayout(
    Columns(
        required=(NUMBER,),
        aliases=ALIASES,
        headings=HEADINGS,
        read=frozenset({*item.HEADINGS, *pupil.LAYOUT.columns.read, *LOAN_HEADINGS, HOME_CITY}),
        # Of a date, nothing tells whose it is.
        guess=partial(
            guesses,
            fields={
                CellContent.NUMBER: NUMBER,
                CellContent.UAI: "uai",
                CellContent.PEOPLE: f"responsable_1_{pupil.WHOLE}",
                CellContent.MAILBOX: "responsable_1_courriel",
                CellContent.AMOUNT: "purchase_price_cents",
            },
        ),
    ),
    _read,
)
"""The table of a park: the number of the item is required; the pupil and the loan may be missing on a line."""

LOANS_LAYOUT = TableLayout(
    replace(LAYOUT.columns, read=frozenset({NUMBER, *pupil.LAYOUT.columns.read, *LOAN_HEADINGS, HOME_CITY})), _read
)
"""The table of running loans: of its items, which are known, the number alone is read."""

_BOTH = {**pupil.CHOICES, HOME_CITY: "Commune de la famille ou, sans adresse, de l'établissement", **LOAN_HEADINGS}
CHOICES: Mapping[str, str] = {**item.CHOICES, **_BOTH}
"""What a column may be said to be, with its heading."""

LOANS_CHOICES: Mapping[str, str] = {NUMBER: item.HEADINGS[NUMBER], **_BOTH}

MODEL = (
    *(item.HEADINGS[name] for name in (NUMBER, "designation", "brand", "model", "serial_number", "acquired_on")),
    *(item.HEADINGS["purchase_price_cents"], pupil.HEADINGS["nom"], pupil.HEADINGS["prenom"]),
    *(pupil.HEADINGS[name] for name in ("date_de_naissance", "uai", "etablissement", pupil.COMMUNE)),
    *LOAN_HEADINGS.values(),
)
"""The headings of a table to be filled."""

LOANS_MODEL = (item.HEADINGS[NUMBER], *MODEL[7:])


def heading_of(column: str) -> str:
    """How a column is called to a person."""
    return HEADINGS.get(column) or pupil.heading_of(column)
