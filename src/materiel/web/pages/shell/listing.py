"""The lists of the desk, all told alike: what a list shows is described once, its page and its tables follow.

A `View` describes a list: its columns, its filters, how it is read. A `Listing` is one page of it, as an address asks
for it: everything that shapes it is in the address, so that it can be kept, sent and gone back to.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import astuple, dataclass, field
from datetime import datetime
from enum import Enum
from time import thread_time
from typing import Any, Generic, TypeVar
from uuid import UUID

from litestar import Request
from litestar.response import Stream

from materiel.domain.accounts.roles import Actor
from materiel.domain.language.order import LinePlace, Order
from materiel.exchange.tabular import Rows, TableFormat, written
from materiel.exchange.writing import Cell
from materiel.use_cases.process.turns import rest_since
from materiel.use_cases.search.total import Total
from materiel.web.http.forms import Form, read_query
from materiel.web.http.paging import cut, read_cursor
from materiel.web.pages.shell.filters import count, money, plural
from materiel.web.pages.shell.query import query

PAGE = 30
EXPORT_PAGE = 200
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
    """A view by its name, with the filters that make it, and how many lines it has when that is known."""

    title: str
    asked: dict[str, str]
    count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class View(Generic[Line]):
    """What a list is. `noun` and `nouns` name one line and several; `nobody` begins « Aucun … ».

    `other_order`: where the usual order depends on what is asked. `read` makes what is asked of a form and an order;
    `page` reads lines after a place, `total` all that they add up to. `extra`: orders that no column shows, with their
    words. `former`: what `?tri=` said before for an order.
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

    def order_of(self, form: Form, total: int) -> tuple[Order, str]:
        """The order that a form asks for, or that of the list, and then why in a sentence."""
        typed, usual = form.text("tri"), self.usual(form)
        if not typed:
            return usual, ""
        asked = self.former.get(typed) or Order.read(typed)
        if asked.column in {each.column for each, _, _ in self.extra}:
            return asked, ""
        column = next((each for each in self.columns if each.name == asked.column), None)
        if column is None or column.sorts is Sorts.NEVER:
            return usual, ""
        if not column.sorts_by(total):
            most = f"Filtrez-la d'abord : {count(column.few)} au plus."
            return usual, f"Une vue de {count(total)} lignes ne se trie pas par « {column.title} ». {most}"
        return asked, ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnHead:
    """The head of a column: `href` sorts by it, empty where nothing does; `sorted` is its `aria-sort`."""

    title: str
    width: str
    href: str
    sorted: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A filter that is on: its words, and the address without it."""

    words: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Generic[Line]):
    """One page of a list. `asked` is all that its address says but the place, and nothing that asks nothing.

    `without`: for a list that is empty, each filter that empties it and how many lines come back without it.
    """

    view: View[Line]
    form: Form
    order: Order
    notice: str
    filters: Sequence[ListFilter]
    asked: dict[str, str]
    lines: Sequence[Line]
    total: Total
    following: str
    is_first: bool
    tabs: Sequence[ViewTab]
    without: Sequence[tuple[Chip, int]]

    @property
    def q(self) -> str:
        """The words that are looked for."""
        return self.asked.get("q", "")

    @property
    def is_filtered(self) -> bool:
        """Whether anything but an order is asked."""
        return bool(self.asked.keys() - {"tri"})

    @property
    def search(self) -> str:
        """The query of this view, from its first page."""
        return query(**self.asked)

    @property
    def next(self) -> str:
        """The query of the next page, empty on the last one."""
        return query(**self.asked, **{self.view.cursor: self.following}) if self.following else ""

    @property
    def first(self) -> str:
        """The query of the first page, empty on it."""
        return "" if self.is_first else self.search

    @property
    def headings(self) -> list[ColumnHead]:
        """The head of each column."""
        return [self._heading(each) for each in self.view.columns]

    @property
    def chips(self) -> list[Chip]:
        """What narrows the list, the words aside: they stand in their field."""
        return [chip for name, chip in self._chips() if name != "q"]

    @property
    def orders(self) -> list[tuple[str, str]]:
        """Every order that may be asked for, with its words: where no head of a column is in sight."""
        of_columns = [
            (str(order), f"{each.title}, {'à rebours' if down else 'dans l’ordre'}")
            for each in self.view.columns
            if each.sorts_by(self.total.count)
            for down in (False, True)
            for order in (Order(each.name, down),)
        ]
        return [*of_columns, *((str(order), words) for order, words, _ in self.view.extra)]

    @property
    def counted(self) -> str:
        """« 214 matériels », for the whole view; « Aucun matériel »."""
        if not self.total.count:
            return f"{'Aucune' if self.view.feminine else 'Aucun'} {self.view.noun}"
        told = plural(self.total.count, self.view.noun, self.view.nouns)
        return f"Plus de {told}" if self.total.more else told

    @property
    def sums(self) -> dict[str, str]:
        """What the whole view adds up to, by the name of the column."""
        euros = {each.name for each in self.view.columns if each.euros}
        return {
            name: money(added) if name in euros else count(added) for name, added in self.total.sums.items() if added
        }

    @property
    def shown_tabs(self) -> list[tuple[str, str, str, bool]]:
        """For each view: its name, its query, how many lines it has, and whether it is this one."""
        here = {name: value for name, value in self.asked.items() if name != "tri"}
        told = []
        for tab in self.tabs:
            current = tab.asked == here
            number = self.total.count if current else tab.count
            told.append((tab.title, query(**tab.asked), "" if number is None else count(number), current))
        return told

    def _heading(self, column: ListColumn[Line]) -> ColumnHead:
        here = self.order.column == column.name
        follows = Order(column.name, not self.order.descending if here else column.last_first)
        href = query(**{**self.asked, "tri": "" if follows == self.view.usual(self.form) else str(follows)})
        return ColumnHead(
            title=column.title,
            width=column.width,
            href=href if column.sorts_by(self.total.count) else "",
            sorted=("descending" if self.order.descending else "ascending") if here else "",
        )

    def _chips(self) -> list[tuple[str, Chip]]:
        return chips_of(self.filters, self.form, self.asked)


def chips_of(filters: Sequence[ListFilter], form: Form, asked: dict[str, str]) -> list[tuple[str, Chip]]:
    """What narrows a list, by the name of each filter, the words first."""
    told = [("q", f"« {asked['q']} »")] if "q" in asked else []
    told += [(each.name, f"{each.title} : {found[1]}") for each in filters if (found := each.told(form))]
    return [(name, Chip(words=words, href=query(**{**asked, name: ""}))) for name, words in told]


async def no_filters(_: Form, __: Actor) -> Sequence[ListFilter]:
    """The filters of a list that words alone narrow."""
    return ()


async def listing_of(
    view: View[Line],
    request: Request[Any, Any, Any],
    *,
    actor: Actor,
    now: datetime,
    page: int = PAGE,
) -> Listing[Line]:
    """The page of a list that an address asks for.

    Raises:
        BadInput: `request.invalid_cursor`, a place that this list never gave.
    """
    form = read_query(request)
    filters = await view.filters(form, actor)
    asked = _asked(form, filters)
    clean = _form_of(asked)
    total = await view.total(view.read(clean, view.order), actor=actor, now=now)
    order, notice = view.order_of(form, total.count)
    if order != view.usual(clean):
        asked["tri"] = str(order)
    cursor = form.text(view.cursor) or None
    after = _read_place(view, order, cursor)
    found = await view.page(view.read(clean, order), actor=actor, now=now, limit=page + 1, after=after)
    lines, following = cut(found, page, lambda line: astuple(view.place(line)))
    without: list[tuple[Chip, int]] = []
    if not found and not cursor:
        for name, chip in chips_of(filters, form, asked):
            wider = _form_of({**asked, name: ""})
            counted = await view.total(view.read(wider, view.order), actor=actor, now=now)
            if counted.count:
                without.append((chip, counted.count))
    return Listing(
        view=view,
        form=form,
        order=order,
        notice=notice,
        filters=filters,
        asked=asked,
        lines=lines,
        total=total,
        following=following or "",
        is_first=cursor is None,
        tabs=await view.tabs(actor, now) if view.tabs else (),
        without=without,
    )


async def export_of(view: View[Line], request: Request[Any, Any, Any], *, actor: Actor, now: datetime) -> Stream:
    """All the lines of the view that an address asks for, with the columns of its page, in the format of its name."""
    form = read_query(request)
    made = TableFormat(request.url.path.rpartition(".")[2])
    clean = _form_of(_asked(form, await view.filters(form, actor)))
    total = await view.total(view.read(clean, view.order), actor=actor, now=now)
    order, _ = view.order_of(form, total.count)
    wanted = view.read(clean, order)

    async def pages() -> AsyncIterator[Rows]:
        after: LinePlace | None = None
        while lines := await view.page(wanted, actor=actor, now=now, limit=EXPORT_PAGE, after=after):
            began = thread_time()
            yield [[column.cell(line, actor) for column in view.columns] for line in lines]
            await rest_since(began)
            after = view.place(lines[-1])

    headers = {"Content-Disposition": f'attachment; filename="{view.file}.{made}"'}
    pieces = written(made, [column.title for column in view.columns], pages())
    return Stream(pieces, media_type=made.media_type, headers=headers)


async def asked_of(view: View[Line], form: Form, actor: Actor) -> Any:
    """What a form asks of a list, in the order of the list; a value that is no choice asks nothing."""
    return view.read(_form_of(_asked(form, await view.filters(form, actor))), view.order)


def _asked(form: Form, filters: Sequence[ListFilter]) -> dict[str, str]:
    asked = {"q": form.text("q")[:200]}
    asked |= {each.name: found[0] for each in filters if (found := each.told(form))}
    return {name: value for name, value in asked.items() if value}


def _form_of(asked: dict[str, str]) -> Form:
    return Form({name: [value] for name, value in asked.items() if value})


def _read_place(view: View[Line], order: Order, cursor: str | None) -> LinePlace | None:
    kind: Any = view.kind_of(order)
    read = read_cursor(cursor, tuple[kind | None, view.id_kind])  # type: ignore[name-defined]
    return None if read is None else LinePlace(*read)
