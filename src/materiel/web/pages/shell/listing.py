"""One page of a list of the desk, as an address asks for it, and the tables that are made of its view.

Everything that shapes it is in the address, so that it can be kept, sent and gone back to.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from time import thread_time
from typing import Any, Generic
from urllib.parse import parse_qsl, urlencode

from litestar import Request
from litestar.response import Stream

from materiel.domain.accounts.roles import Actor
from materiel.domain.accounts.saved_view import KeptList, kept_query
from materiel.domain.language.order import LinePlace, Order
from materiel.domain.language.typography import count, money
from materiel.exchange.tabular import Rows, TableFormat, written
from materiel.use_cases.accounts.saved_view import my_views
from materiel.use_cases.process.turns import rest_since
from materiel.use_cases.search.total import Total
from materiel.web.http.forms import Form, read_query
from materiel.web.http.paging import cut, read_cursor
from materiel.web.pages.shell.filters import plural
from materiel.web.pages.shell.query import query
from materiel.web.pages.shell.view import Line, ListColumn, ListFilter, View, ViewTab

PAGE = 30
EXPORT_PAGE = 200


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
        of_columns = orders_of(self.view.columns, self.total.count)
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
    def current(self) -> ViewTab | None:
        """The view that is shown, by its name: one that the reader keeps before the others."""
        here = {name: value for name, value in self.asked.items() if name != "tri"}
        saved = next((tab for tab in self.tabs if tab.saved and self._is(tab)), None)
        return saved or next((tab for tab in self.tabs if not tab.saved and tab.asked == here), None)

    def _is(self, tab: ViewTab) -> bool:
        """Whether the address asks for a view; it may ask for what the list knows no more."""
        return self.asked.keys() <= tab.asked.keys() and all(
            self.form.typed(name) == value for name, value in tab.asked.items()
        )

    @property
    def shown_tabs(self) -> list[tuple[str, str, str, bool]]:
        """For each view: its name, its query, how many lines it has, and whether it is this one."""
        told, current = [], self.current
        for tab in self.tabs:
            number = self.total.count if tab is current else tab.count
            told.append((tab.title, query(**tab.asked), "" if number is None else count(number), tab is current))
        return told

    @property
    def kept_list(self) -> str:
        """The list as the views kept of it name it."""
        return self.view.path.removeprefix("/")

    @property
    def may_be_kept(self) -> bool:
        """Whether there is something to keep that the reader does not keep yet."""
        known = {tuple(sorted(tab.asked.items())) for tab in self.tabs if tab.saved}
        kept = dict(parse_qsl(kept_query(KeptList(self.kept_list), urlencode(self.asked))))
        return bool(kept) and tuple(sorted(kept.items())) not in known

    def _heading(self, column: ListColumn[Line]) -> ColumnHead:
        return heading_of(column, self.order, self.view.usual(self.form), self.asked, self.total.count)

    def _chips(self) -> list[tuple[str, Chip]]:
        return chips_of(self.filters, self.form, self.asked)


def heading_of(column: ListColumn[Any], order: Order, usual: Order, asked: dict[str, str], lines: int) -> ColumnHead:
    """The head of a column of a view of so many lines, as it is sorted."""
    here = order.column == column.name
    follows = Order(column.name, not order.descending if here else column.last_first)
    href = query(**{**asked, "tri": "" if follows == usual else str(follows)})
    return ColumnHead(
        title=column.title,
        width=column.width,
        href=href if column.sorts_by(lines) else "",
        sorted=("descending" if order.descending else "ascending") if here else "",
    )


def orders_of(columns: Sequence[ListColumn[Any]], lines: int) -> list[tuple[str, str]]:
    """Every order by the columns of a view of so many lines, with its words."""
    return [
        (str(order), f"{each.title}, {'à rebours' if down else 'dans l’ordre'}")
        for each in columns
        if each.sorts_by(lines)
        for down in (False, True)
        for order in (Order(each.name, down),)
    ]


def chips_of(filters: Sequence[ListFilter], form: Form, asked: dict[str, str]) -> list[tuple[str, Chip]]:
    """What narrows a list, by the name of each filter, the words first."""
    told = [("q", f"« {asked['q']} »")] if "q" in asked else []
    told += [(each.name, f"{each.title} : {found[1]}") for each in filters if (found := each.told(form))]
    return [(name, Chip(words=words, href=query(**{**asked, name: ""}))) for name, words in told]


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
    order, notice = view.order_of(form, total)
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
        tabs=[*(await view.tabs(actor, now) if view.tabs else ()), *await _saved(view, actor)],
        without=without,
    )


async def export_of(view: View[Line], request: Request[Any, Any, Any], *, actor: Actor, now: datetime) -> Stream:
    """All the lines of the view that an address asks for, in the format of its name: with the columns of its page, or
    more where the view says so.
    """
    form = read_query(request)
    made = TableFormat(request.url.path.rpartition(".")[2])
    clean = _form_of(_asked(form, await view.filters(form, actor)))
    total = await view.total(view.read(clean, view.order), actor=actor, now=now)
    order, _ = view.order_of(form, total)
    wanted = view.read(clean, order)
    columns = view.exported or view.columns

    async def pages() -> AsyncIterator[Rows]:
        after: LinePlace | None = None
        while lines := await view.page(wanted, actor=actor, now=now, limit=EXPORT_PAGE, after=after):
            began = thread_time()
            yield [[column.cell(line, actor) for column in columns] for line in lines]
            await rest_since(began)
            after = view.place(lines[-1])

    headers = {"Content-Disposition": f'attachment; filename="{view.file}.{made}"'}
    pieces = written(made, [column.title for column in columns], pages())
    return Stream(pieces, media_type=made.media_type, headers=headers)


async def asked_of(view: View[Line], form: Form, actor: Actor) -> Any:
    """What a form asks of a list, in the order of the list; a value that is no choice asks nothing."""
    return view.read(_form_of(_asked(form, await view.filters(form, actor))), view.order)


async def query_of(view: View[Line], form: Form, actor: Actor) -> str:
    """The query by which the list of a form is shown again in its order, at its first page."""
    return query(**_asked(form, await view.filters(form, actor)), tri=form.text("tri"))


async def _saved(view: View[Line], actor: Actor) -> list[ViewTab]:
    kept = await my_views(KeptList(view.path.removeprefix("/")), actor=actor)
    return [ViewTab(each.name, dict(parse_qsl(each.query)), saved=each.id) for each in kept]


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
