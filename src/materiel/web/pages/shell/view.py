"""What a list of the desk is, said once: its columns, its filters, its usual views, how it is read and added up.

`listing` makes its pages and its tables of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Generic, TypeVar
from uuid import UUID

from materiel.domain.accounts.roles import Actor
from materiel.domain.language.order import LinePlace, Order
from materiel.domain.language.typography import count
from materiel.exchange.writing import Cell
from materiel.use_cases.search.total import Total
from materiel.web.http.forms import Form

MOST_SORTED = 2_000
"""A list that no index sorts is sorted whole for each of its pages: up to so many lines."""

Line = TypeVar("Line")


class Sorts(Enum):
    """Whether a list is sorted by a column: never, whatever its length, or as long as it has few lines."""

    NEVER = 0
    ALWAYS = 1
    FEW = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ListColumn(Generic[Line]):
    """One column. `name` is what `?tri=` says; `width`, the classes of its cells.

    `kind`: the type of the values that it is sorted by, which a link to the next page holds. `cell`: what an export
    writes. `euros`: its sum is an amount. `last_first`: a first press shows the greatest value first. `most`: how many
    lines are few, for what no index sorts, when it is not `MOST_SORTED`.
    """

    name: str
    title: str
    cell: Callable[[Line, Actor], Cell]
    width: str = ""
    sorts: Sorts = Sorts.NEVER
    kind: type = str
    last_first: bool = False
    euros: bool = False
    most: int = 0

    @property
    def few(self) -> int:
        """How many lines are sorted at most, without an index."""
        return self.most or MOST_SORTED

    def sorts_by(self, lines: int) -> bool:
        """Whether a list of so many lines is sorted by this column."""
        return self.sorts is Sorts.ALWAYS or (self.sorts is Sorts.FEW and lines <= self.few)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFilter:
    """One filter of the address: its name, what it is called, and its choices; any text without them.

    `any`: the words of no choice. `asked_elsewhere`: a link of another page asks for it, no field does.
    """

    name: str
    title: str
    options: Sequence[tuple[str, str]] | None = None
    any: str = "Tous"
    hint: str = ""
    asked_elsewhere: bool = False

    def told(self, form: Form) -> tuple[str, str] | None:
        """The value that is asked and its words; None when none is, or one that is no choice."""
        value = form.text(self.name)[:200]
        if self.options is None:
            return (value, value) if value else None
        return next(((each, words) for each, words in self.options if value and each == value), None)


@dataclass(frozen=True, slots=True)
class ViewTab:
    """A view by its name, with the filters that make it, and how many lines it has when that is known.

    `saved`: the id of one that the reader keeps, which an order makes too.
    """

    title: str
    asked: dict[str, str]
    count: int | None = None
    saved: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class View(Generic[Line]):
    """What a list is. `noun` and `nouns` name one line and several; `nobody` begins « Aucun … ».

    `other_order`: where the usual order depends on what is asked. `read` makes what is asked of a form and an order;
    `page` reads lines after a place, `total` all that they add up to. `extra`: orders that no column shows, with their
    words. `former`: what `?tri=` said before for an order. `exported`: the columns of its tables, where a spreadsheet
    has room for more than the page.
    """

    path: str
    noun: str
    nouns: str
    columns: tuple[ListColumn[Line], ...]
    order: Order
    read: Callable[[Form, Order], Any]
    page: Callable[..., Awaitable[list[Line]]]
    total: Callable[..., Awaitable[Total]]
    place: Callable[[Line], LinePlace]
    filters: Callable[[Form, Actor], Awaitable[Sequence[ListFilter]]]
    tabs: Callable[[Actor, datetime], Awaitable[Sequence[ViewTab]]] | None = None
    exported: tuple[ListColumn[Line], ...] = ()
    extra: tuple[tuple[Order, str, type], ...] = ()
    former: dict[str, Order] = field(default_factory=dict)
    id_kind: type = UUID
    file: str = "liste"
    cursor: str = "apres"
    feminine: bool = False
    other_order: Callable[[Form], Order] | None = None

    def usual(self, form: Form) -> Order:
        """The order of the list where none is asked."""
        return self.order if self.other_order is None else self.other_order(form)

    def kind_of(self, order: Order) -> type:
        """The type of the values of an order."""
        extra = {each.column: kind for each, _, kind in self.extra}
        return extra.get(order.column) or next(each.kind for each in self.columns if each.name == order.column)

    def order_of(self, form: Form, total: Total) -> tuple[Order, str]:
        """The order that a form asks for, or that of the list, and then why in a sentence."""
        typed, usual = form.text("tri"), self.usual(form)
        if not typed:
            return usual, ""
        asked = self.former.get(typed) or Order.read(typed)
        if asked.column in {each.column for each, _, _ in self.extra}:
            return asked, ""
        return order_among(self.columns, asked, usual, total)


def order_among(columns: Sequence[ListColumn[Any]], asked: Order, usual: Order, total: Total) -> tuple[Order, str]:
    """An order by one of the columns of a view, or the usual one: without a word where there is no such column."""
    column = next((each for each in columns if each.name == asked.column), None)
    if column is None or column.sorts is Sorts.NEVER:
        return usual, ""
    if not column.sorts_by(total.count):
        lines = f"{'plus de ' if total.more else ''}{count(total.count)}"
        most = f"Filtrez-la d'abord : {count(column.few)} au plus."
        return usual, f"Une vue de {lines} lignes ne se trie pas par « {column.title} ». {most}"
    return asked, ""


async def no_filters(_: Form, __: Actor) -> Sequence[ListFilter]:
    """The filters of a list that words alone narrow."""
    return ()
