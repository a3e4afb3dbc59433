"""The route sheet (« feuille de route ») of a round of hand-overs: by school, what to leave, to whom, who signs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from materiel.documents.content import Block, Content, Heading, Paragraph, Run, Table
from materiel.documents.lists.listed import TO_TICK, listed
from materiel.documents.typography import NBSP
from materiel.documents.variables import address_lines, sender_of
from materiel.domain.accounts.service import ManagingService
from materiel.domain.item.item import Item
from materiel.domain.language.french import long_date
from materiel.domain.papers.document import Party
from materiel.domain.papers.signatories import Signatory
from materiel.domain.places.school import School

KIND = "route_sheet"
HEADER = ("N° d'inventaire", "Désignation", "Accessoires à laisser", "Laissé")
WIDTHS = (2.0, 3.4, 4.4, 0.9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One hand-over: for whom, under which agreement, what is still to leave, and who signs its receipt.

    `stays` tells that the items stay at the school; `nobody` says why nobody may sign, empty otherwise.
    """

    who: str
    agreement_number: str
    stays: bool
    items: tuple[Item, ...]
    signatories: tuple[Signatory, ...]
    nobody: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolStop:
    """A school of the round, and its hand-overs."""

    school: School
    stops: tuple[Stop, ...]


def compose_route_sheet(schools: Sequence[SchoolStop], *, service: ManagingService, day: date) -> Content:
    """Compose the sheet, in the order of the schools given."""
    count = sum(len(stop.items) for each in schools for stop in each.stops)
    places = f"{len(schools)} établissement{'s' if len(schools) > 1 else ''}"
    what = f"{count} matériel{'s' if count > 1 else ''} à remettre dans {places}."
    blocks: list[Block] = [Paragraph(role="lead", text=(Run(what),))]
    for each in schools:
        blocks += _school(each)
    return listed(
        KIND,
        "Feuille de route",
        f"Remises préparées le {long_date(day)}",
        blocks,
        sender=sender_of(service),
        day=day,
        footer="Feuille de travail, à détruire après la tournée : elle nomme des élèves.",
    )


def _school(each: SchoolStop) -> list[Block]:
    school = each.school
    where = ", ".join((*address_lines(school.address), school.phone) if school.phone else address_lines(school.address))
    blocks: list[Block] = [Heading(level=2, text=school.name), Paragraph(text=(Run(where),))]
    for stop in each.stops:
        blocks += _stop(stop)
    return blocks


def _stop(stop: Stop) -> list[Block]:
    custody = "reste sur place" if stop.stays else "va au domicile"
    title = f"{stop.who}, convention n° {stop.agreement_number}, {custody}"
    rows = tuple((item.inventory_number, item.designation, _accessories(item), TO_TICK) for item in stop.items)
    named = [_named(each) for each in stop.signatories if each.party is not Party.MANAGING_SERVICE]
    signing = stop.nobody or f"Signe{'nt' if len(named) > 1 else ''} le bon avec vous : {' ; '.join(named)}."
    return [
        Heading(level=3, text=title),
        Paragraph(text=(Run(signing),)),
        Table(caption=title, header=HEADER, rows=rows, widths=WIDTHS),
    ]


def _accessories(item: Item) -> str:
    """Each with its own box: one word and its box stay on one line."""
    return "  ".join(f"{TO_TICK}{NBSP}{name.replace(' ', NBSP)}" for name in item.accessories) or "Aucun"


def _named(signatory: Signatory) -> str:
    said = ", ".join(part for part in (signatory.name, signatory.capacity) if part)
    return f"{said} (facultatif)" if signatory.optional else said
