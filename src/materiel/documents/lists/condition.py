"""A hand-over and a return side by side, for a file or an insurance: marks in words, photographs in pairs, no name.

What the family said is printed as it said it. Nothing here says whose fault a mark is, nor whether it is wear.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest

from materiel.documents.content import (
    Block,
    BulletList,
    Content,
    Heading,
    Paragraph,
    Photograph,
    Photographs,
    Run,
    Table,
)
from materiel.documents.lists.listed import listed
from materiel.documents.typography import capitalised
from materiel.documents.variables import sender_of
from materiel.domain.accounts.service import ManagingService
from materiel.domain.circuit.condition.comparison import ConditionSide, Difference
from materiel.domain.circuit.condition.remark import ConditionRemark
from materiel.domain.item.item import Item
from materiel.domain.language.french import enumeration, long_date

KIND = "condition"
HEADER, WIDTHS = ("Quoi", "À la remise", "Au retour"), (1.4, 3.0, 3.0)
NOT_NOTED = "Non noté"
Pictured = tuple[tuple[str, bytes], ...]
"""Photographs: what each shows, and its JPEG file."""


@dataclass(frozen=True, slots=True)
class PairTold:
    """Photographs of one side of an item, at the hand-over and at the return."""

    title: str
    out: Pictured
    back: Pictured


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionTold:
    """All that the paper says."""

    item: Item
    day: date
    difference: Difference
    out: ConditionSide
    back: ConditionSide
    pairs: tuple[PairTold, ...]
    remarks: tuple[tuple[ConditionRemark, Pictured], ...]


def compose_condition(told: ConditionTold, service: ManagingService) -> Content:
    """Compose what was seen of an item at both ends of a loan."""
    blocks: list[Block] = [
        Heading(level=2, text="Ce qui diffère"),
        BulletList(items=tuple((Run(each),) for each in told.difference.sentences)),
        Heading(level=2, text="Ce qui a été vu"),
        Table(caption="À la remise et au retour", header=HEADER, rows=_rows(told.out, told.back), widths=WIDTHS),
    ]
    if told.pairs:
        blocks.append(Heading(level=2, text="Photos : à gauche la remise, à droite le retour"))
    for pair in told.pairs:
        blocks.append(Heading(level=3, text=pair.title))
        blocks += [
            Photographs(shown=(_photo("À la remise", out), _photo("Au retour", back)))
            for out, back in zip_longest(pair.out, pair.back)
        ]
    blocks += _remarks(told.remarks)
    return listed(
        KIND,
        f"État du matériel {told.item.inventory_number}",
        told.item.designation,
        blocks,
        sender=sender_of(service),
        day=told.day,
        footer="Constat de faits : il ne dit ni faute, ni usure, et ne nomme personne.",
    )


def _rows(out: ConditionSide, back: ConditionSide) -> tuple[tuple[str, ...], ...]:
    return (
        ("Jour", _day(out.on), _day(back.on)),
        ("État du bon", *(NOT_NOTED if each.condition is None else each.condition.label for each in (out, back))),
        ("Accessoires", "–", f"Manque : {enumeration(back.missing)}" if back.missing else "–"),
        ("Constat du", *(NOT_NOTED if each.state is None else _day(each.state.seen_on) for each in (out, back))),
        ("Marques", *(_marks(each) for each in (out, back))),
        ("Note", *((each.state.note if each.state is not None else "") or "–" for each in (out, back))),
    )


def _marks(side: ConditionSide) -> str:
    if side.state is None:
        return NOT_NOTED
    return capitalised(" ; ".join(each.words for each in side.state.marks)) or "Aucune marque"


def _remarks(said: Sequence[tuple[ConditionRemark, Pictured]]) -> list[Block]:
    blocks: list[Block] = [Heading(level=2, text="Ce que dit la famille")]
    if not said:
        return [*blocks, Paragraph(text=(Run("La famille n'a fait aucune remarque."),))]
    for remark, pictured in said:
        when = f"{remark.moment.label}, dit le {long_date(remark.said_on)} : "
        blocks.append(Paragraph(text=(Run(when, bold=True), Run(remark.text))))
        for left, right in zip_longest(pictured[::2], pictured[1::2]):
            blocks.append(Photographs(shown=(_photo("", left), _photo("", right))))
    return blocks


def _photo(moment: str, pictured: tuple[str, bytes] | None) -> Photograph | None:
    if pictured is None:
        return None
    said, jpeg = pictured
    return Photograph(alt=f"{moment} : {said}" if moment else said, jpeg=jpeg)


def _day(day: date | None) -> str:
    return NOT_NOTED if day is None else long_date(day)
