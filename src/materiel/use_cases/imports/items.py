"""Import items from a table: a new number is registered, a known one is corrected by what its line says.

It is written by batches (see `prepared`); lines that cannot go in are reported with their number and their faults.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from functools import partial
from typing import Any

from materiel.domain.accounts.roles import Actor
from materiel.domain.accounts.service import ManagingService
from materiel.domain.imports.import_file import ReadingOptions, RecordKind, WrittenRecord
from materiel.domain.item.family import ItemFamily, guess_family
from materiel.domain.item.item import Item, ItemStatus
from materiel.domain.item.registration import checked_item
from materiel.domain.item.twin import Twin, looks
from materiel.domain.language.identifiers import clean_inventory_number
from materiel.domain.language.values import replace
from materiel.errors import Conflict, RuleBroken
from materiel.exchange.item import HEADINGS, LAYOUT, NEEDED, ItemLine
from materiel.exchange.reading import Source
from materiel.exchange.report import FileReport
from materiel.exchange.table import BadLine, CellSetAside
from materiel.store.accounts import service as services
from materiel.store.history import journal
from materiel.store.imports.import_change import before_of
from materiel.store.item import item as items
from materiel.store.item import twin as twins
from materiel.use_cases.imports.prepared import (
    READ_AS_IT_IS,
    Batches,
    Compared,
    Overtaken,
    PreparedImport,
    Progress,
    import_lines,
    import_now,
    noted_end,
    untold,
)
from materiel.use_cases.imports.told import cell_of_item, corrected_cells
from materiel.use_cases.item.item import item_of
from materiel.use_cases.papers.printable import printable
from materiel.use_cases.process.packed import Packed


async def prepare_items(
    source: Source,
    *,
    actor: Actor,
    now: datetime,
    dry_run: bool,
    progress: Progress = untold,
    batches: Batches | None = None,
    options: ReadingOptions = READ_AS_IT_IS,
) -> PreparedImport:
    """Read, compare and write the items, and leave the end of the import to be written; empty cells change nothing."""
    report = FileReport(dry_run=dry_run)
    comparison = ItemComparison(await services.get(actor.service_id), actor, actor.civil_date(now), dry_run)
    await import_lines(
        source,
        LAYOUT,
        report,
        comparison.compare,
        batches=batches,
        now=now,
        progress=progress,
        options=options,
    )
    return noted_end("item.imported", report, actor)


import_items = partial(import_now, prepare_items)


@dataclass(slots=True)
class ItemComparison:
    """The items of a file beside those that are known, and beside each other."""

    service: ManagingService
    actor: Actor
    today: date
    dry_run: bool
    _seen: Packed = field(default_factory=Packed)
    """The line of each number of the file."""

    _looks: Packed = field(default_factory=Packed)
    """The first number of the file that looks so."""

    _serials: Packed = field(default_factory=Packed)
    """The first number of the file that has this serial number."""

    async def compare(self, lines: Sequence[ItemLine | BadLine]) -> Compared:
        """Some lines; the same ones may be compared anew."""
        part = await self.part(lines, await self.known(lines))
        return Compared(part.report, part.write, part.written)

    async def known(self, lines: Sequence[ItemLine | BadLine]) -> dict[str, Item]:
        """Those that some lines are about, by number."""
        numbers = [clean_inventory_number(line.inventory_number) for line in lines if isinstance(line, ItemLine)]
        return await items.by_inventory_numbers(self.service.id, list(dict.fromkeys(numbers)))

    async def part(self, lines: Sequence[ItemLine | BadLine], known: dict[str, Item]) -> ItemPart:
        """The same, item by item, beside those that they are about."""
        part = ItemPart(self, FileReport(dry_run=self.dry_run))
        for line in lines:
            part.take(line, known)
        await self._tell_twins(part)
        return part

    async def _tell_twins(self, part: ItemPart) -> None:
        """Say which of the new items may be known ones, or others of the file, under another number."""
        new = part.new_lines
        like = await twins.numbers_like(self.service.id, [item.inventory_number for item in new.values()])
        serials = await twins.numbers_of_serials(self.service.id, [item.serial_number for item in new.values()])
        for line, item in new.items():
            number, look, serial = item.inventory_number, looks(item.inventory_number), item.serial_number.upper()
            others = []
            if look:
                own = self._looks.put_first(look.encode(), number.encode()).decode()
                others.append((like.get(look, own), False))
            if serial:
                same = self._serials.put_first(serial.encode(), number.encode()).decode()
                others.append((serials.get(serial, same), True))
            for other, by_serial in others:
                if other != number:
                    part.report.resemble(line, number, other, Twin(other, by_serial).told(number))

    def first_line_of(self, number: str, line: int) -> int:
        """The line of the file that bears a number first."""
        first = self._seen.get(number.encode())
        return line if first is None else int.from_bytes(first, "big")

    def keep_line(self, number: str, line: int) -> None:
        """Note the line of a number that goes in."""
        self._seen.put(number.encode(), line.to_bytes(4, "big"))


@dataclass(slots=True)
class ItemPart:
    """Some lines of the table.

    `new_lines` and `known_lines`: the items of the lines that go in, as they were known or are going to be registered.
    """

    of: ItemComparison
    report: FileReport
    new_lines: dict[int, Item] = field(default_factory=dict)
    known_lines: dict[int, Item] = field(default_factory=dict)
    corrected: list[tuple[Item, Item]] = field(default_factory=list)
    """As it was, and as it is going to be."""

    written: list[WrittenRecord] = field(default_factory=list)

    def take(self, line: ItemLine | BadLine, known_items: dict[str, Item]) -> None:
        """Compare one line, and count it."""
        self.report.read += 1
        if isinstance(line, BadLine):
            self.report.reject(line.number, line.code, line.detail, column=line.column, cell=line.cell, key=line.key)
            return
        number = clean_inventory_number(line.inventory_number)
        if (first := self.of.first_line_of(number, line.line)) != line.line:
            self.report.reject(
                line.line,
                "item.duplicate_number",
                f"Le numéro « {number[:40]} » figure déjà à la ligne {first} : celle-ci est laissée.",
                column=HEADINGS["inventory_number"],
                cell=line.inventory_number,
                key=number,
            )
            return
        known = known_items.get(number)
        guessed = self._guess(line, known)
        said = {name: getattr(line, name) for name in line.said}
        said |= {"inventory_number": number, "designation": line.designation}
        try:
            item, left = self._kept(said if guessed is None else said | {"family": guessed}, known, line)
        except RuleBroken as fault:
            self.report.reject(line.line, fault.code, fault.message, key=number, **cell_of_item(fault, line))
            return
        for each in (*line.set_aside, *left):
            self.report.leave(line.line, HEADINGS[each.column], each.cell, each.code, each.detail)
        self.of.keep_line(number, line.line)
        if guessed is not None:
            self._tell_guess(line, guessed)
        if known is None:
            self.report.created += 1
            self.new_lines[line.line] = item
            self._remember(line.line, item, None, item.version)
            return
        self.known_lines[line.line] = known
        if item == known:
            self.report.unchanged += 1
        else:
            self.report.updated += 1
            self.report.correct(corrected_cells(line.line, known, item))
            self.corrected.append((known, item))
            self._remember(line.line, known, before_of(known), known.version + 1)

    def _remember(self, line: int, item: Item, before: str | None, version: int) -> None:
        if not self.of.dry_run:
            self.written.append(
                WrittenRecord(kind=RecordKind.ITEM, subject=item.id, before=before, version=version, line=line)
            )

    def _guess(self, line: ItemLine, known: Item | None) -> ItemFamily | None:
        """The family of a line that does not say it in one of the six words; None when it does, or keeps its own."""
        if line.family is not None or (known is not None and not line.family_cell):
            return None
        category = line.category or (known.category if known else "")
        return guess_family(line.designation, f"{line.family_cell} {category}".strip())

    def _tell_guess(self, line: ItemLine, guessed: ItemFamily) -> None:
        self.report.warn(
            line.line,
            f"item.guessed_{guessed.value}",
            f"Famille « {guessed.word} » devinée d'après les mots de la ligne (« {line.designation[:60]} »). C'est "
            "tout ce que la mairie ou l'établissement lit d'un prêt : corrigez-la si elle ne convient pas.",
        )
        if line.family_cell:
            families = ", ".join(each.word for each in ItemFamily)
            self.report.warn(
                line.line,
                "item.family_unknown",
                f"« {line.family_cell[:40]} » n'est pas une famille ({families}) : elle est devinée.",
            )

    def _kept(
        self, values: dict[str, Any], known: Item | None, line: ItemLine
    ) -> tuple[Item, tuple[CellSetAside, ...]]:
        """The item of a line, without the fields that it may do without and whose values are refused."""
        try:
            return self._checked(dict(values), known), ()
        except RuleBroken as fault:
            refused = {each.pointer.split("/")[1]: each.detail for each in fault.errors}
            if not refused or refused.keys() & NEEDED or not refused.keys() <= values.keys():
                raise
            rest = {name: value for name, value in values.items() if name not in refused}
            item, left = self._kept(rest, known, line)
            return item, (
                *(CellSetAside(name, line.cells.get(name, ""), fault.code, why) for name, why in refused.items()),
                *left,
            )

    def _checked(self, values: dict[str, Any], known: Item | None) -> Item:
        if known and "accessories" in values:
            # A table written before an accessory went missing does not bring it back.
            gone = {name.casefold() for name in known.missing_accessories}
            values["accessories"] = tuple(name for name in values["accessories"] if name.casefold() not in gone)
        draft = replace(known, **values) if known else item_of(values, self.of.service.id)
        return printable(
            checked_item(
                draft,
                pattern="" if known else self.of.service.inventory_pattern,
                departement=self.of.service.departement,
                today=self.of.today,
            )
        )

    async def write(self, at: datetime) -> None:
        """Write them, in a transaction and at its instant."""
        try:
            await items.insert_many(list(self.new_lines.values()), at)
            for _, item in self.corrected:
                await items.save(item)
        except Conflict as conflict:
            raise Overtaken from conflict
        by = journal.By(self.of.service.id, self.of.actor.id, at)
        for item in self.new_lines.values():
            await by.note("item.registered", item.id, {"inventory_number": item.inventory_number})
        for known, item in self.corrected:
            if changed := _changed(known, item):
                await by.note("item.updated", item.id, {"fields": changed})

    def hand_over(self, line: int, status: ItemStatus) -> None:
        """Write the item of a line as held by the loan that the same line makes."""
        if (new := self.new_lines.get(line)) is not None:
            self.new_lines[line] = replace(new, status=status)
            return
        known = self.known_lines[line]
        for rank, (before, item) in enumerate(self.corrected):
            if item.id == known.id:
                self.corrected[rank] = (before, replace(item, status=status))
                return
        self.corrected.append((known, replace(known, status=status)))
        self._remember(line, known, before_of(known), known.version + 1)


def _changed(before: Item, after: Item) -> list[str]:
    """What is told of a correction: the status is told by the loan that moves it."""
    return sorted(
        each.name
        for each in fields(Item)
        if each.name != "status" and getattr(before, each.name) != getattr(after, each.name)
    )
