"""Import a park as it is kept: items, the pupils who have them and their running loans, each on one line.

A line goes in whole or not at all: an item whose pupil is refused would be told to be in stock. Lines of one pupil
handed over on one day, under one paper, make one loan. It is written by batches (see `prepared`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from materiel.domain.accounts.roles import Actor
from materiel.domain.accounts.service import ManagingService
from materiel.domain.imports.import_file import ReadingOptions, RecordKind
from materiel.domain.item.item import Item
from materiel.domain.language.identifiers import clean_inventory_number
from materiel.domain.language.values import replace
from materiel.domain.loan.loan import held_status
from materiel.errors import Conflict
from materiel.exchange.inventory import HEADINGS, LAYOUT, LOANS_LAYOUT, NUMBER, ParkLine, heading_of
from materiel.exchange.item import ItemLine
from materiel.exchange.pupil import PupilLine
from materiel.exchange.reading import Source
from materiel.exchange.report import FileReport
from materiel.exchange.table import BadLine
from materiel.store.accounts import service as services
from materiel.use_cases.imports.items import ItemComparison, ItemPart
from materiel.use_cases.imports.park.line_loans import LineLoans, LoansOfFile
from materiel.use_cases.imports.park.line_pupils import LinePupils, PupilsOfFile
from materiel.use_cases.imports.prepared import (
    READ_AS_IT_IS,
    Batches,
    Compared,
    Overtaken,
    PreparedImport,
    Progress,
    batches_of_request,
    import_lines,
    import_now,
    noted_end,
    untold,
)
from materiel.use_cases.imports.pupils import PupilComparison
from materiel.use_cases.imports.written_school import WrittenSchools


async def prepare_inventory(
    source: Source,
    *,
    actor: Actor,
    now: datetime,
    dry_run: bool,
    progress: Progress = untold,
    batches: Batches | None = None,
    options: ReadingOptions = READ_AS_IT_IS,
    registers_items: bool = True,
) -> PreparedImport:
    """Read, compare and write a park, and leave the end of the import to be written.

    Args:
        registers_items: False for a list of loans, whose items are known and left as they are.
    """
    report = FileReport(dry_run=dry_run)
    batches = batches or batches_of_request.get()
    service = await services.get(actor.service_id)
    comparison = InventoryComparison(
        service, actor, now, options, batches, dry_run=dry_run, registers_items=registers_items
    )
    await import_lines(
        source,
        LAYOUT if registers_items else LOANS_LAYOUT,
        report,
        comparison.compare,
        batches=batches,
        now=now,
        progress=progress,
        options=options,
    )
    return noted_end("inventory.imported", report, actor)


prepare_loans = partial(prepare_inventory, registers_items=False)

import_inventory = partial(import_now, prepare_inventory)
import_loans = partial(import_now, prepare_loans)


@dataclass(slots=True)
class _Attempt:
    """What some lines would write, each thing of its own kind."""

    items: ItemPart
    pupils: LinePupils
    loans: LineLoans

    @property
    def reports(self) -> tuple[FileReport, ...]:
        return self.items.report, self.pupils.part.report, self.loans.report

    async def write(self, at: datetime) -> None:
        try:
            await self.items.write(at)
            await self.pupils.part.write(at)
            await self.loans.write(at)
        except Conflict as conflict:
            raise Overtaken from conflict


class InventoryComparison:
    """The lines of a park beside what is known, and beside each other."""

    def __init__(
        self,
        service: ManagingService,
        actor: Actor,
        now: datetime,
        options: ReadingOptions,
        batches: Batches,
        *,
        dry_run: bool,
        registers_items: bool,
    ) -> None:
        """For the service whose park it is."""
        self._dry_run, self._registers_items, self._batches = dry_run, registers_items, batches
        today = actor.civil_date(now)
        self._items = ItemComparison(service, actor, today, dry_run)
        schools = WrittenSchools(service.id, options.schools)
        self._pupils = PupilsOfFile(PupilComparison(actor, today, dry_run, schools, options.school), schools)
        self._loans = LoansOfFile(service, actor, now, schools)

    async def compare(self, lines: Sequence[ParkLine | BadLine]) -> Compared:
        """Some lines; the same ones may be compared anew.

        One that is refused for its pupil or its loan registers no item: the others are compared again without it.
        """
        report = FileReport(dry_run=self._dry_run, read=len(lines))
        good: list[ParkLine] = []
        for line in lines:
            if isinstance(line, BadLine):
                report.reject(line.number, line.code, line.detail, column=line.column, cell=line.cell, key=line.key)
            else:
                good.append(line)
        while True:
            attempt = await self._attempt(good, report)
            # Of several faults the first is told: the item's, then the pupil's.
            refused = {each.line: each for part in reversed(attempt.reports) for each in part.rejected}
            if not refused:
                break
            report.rejected += refused.values()
            # Those that are open are of refused lines alone.
            for asked in (each for part in attempt.reports for each in part.schools if not each.said):
                report.ask_school(asked)
            for line in good:
                if line.line in refused and isinstance(line.pupil, PupilLine):
                    self._pupils.forget(line.pupil)
            good = [line for line in good if line.line not in refused]
        self._pupils.keep(attempt.pupils)
        self._loans.keep(attempt.loans)
        self._count(good, attempt, report)
        written = [*attempt.items.written, *attempt.pupils.part.written, *attempt.loans.written]
        return Compared(report, attempt.write, [] if self._dry_run else written)

    async def _attempt(self, lines: Sequence[ParkLine], report: FileReport) -> _Attempt:
        told = [line.item for line in lines if line.item is not None]
        known_items = await self._items.known(told)
        part = await self._items.part(self._items_of(told, known_items), known_items)
        pupils = await self._pupils.part(lines)
        refused = {each.line for each in (*report.rejected, *part.report.rejected, *pupils.part.report.rejected)}
        known: dict[int, Item] = {**part.new_lines, **part.known_lines}
        loans = await self._loans.part(
            [line for line in lines if line.line not in refused],
            known,
            pupils.who,
            batches=self._batches,
            dry_run=self._dry_run,
        )
        for line, loan in loans.lines.items():
            part.hand_over(line, held_status(loan.custody))
        return _Attempt(part, pupils, loans)

    def _items_of(self, told: Sequence[ItemLine], known: Mapping[str, Item]) -> list[ItemLine | BadLine]:
        """The items of some lines; a known one keeps its designation where the line says none."""
        found: list[ItemLine | BadLine] = []
        for item in told:
            number = clean_inventory_number(item.inventory_number)
            same = known.get(number)
            if same is not None and not (self._registers_items and item.designation):
                item = replace(item, designation=same.designation)
            if self._registers_items and (item.designation or not number):
                found.append(item)
            elif same is None:
                why = f"Le matériel « {number[:40]} » n'est pas connu : " + (
                    "il faut sa désignation, ou importer d'abord l'inventaire."
                    if self._registers_items
                    else "importez d'abord l'inventaire."
                )
                found.append(
                    BadLine(
                        item.line, "item.unknown", why, key=number, column=HEADINGS[NUMBER], cell=item.inventory_number
                    )
                )
            else:
                found.append(replace(item, said=frozenset(), cells={}, set_aside=(), family=None, family_cell=""))
        return found

    def _count(self, lines: Sequence[ParkLine], attempt: _Attempt, report: FileReport) -> None:
        """Figures count lines: one is new by its item, its pupil or its loan."""
        new = {*attempt.items.new_lines, *attempt.pupils.part.new, *attempt.loans.lines}
        corrected = {each.line for each in attempt.items.report.changes} | attempt.pupils.part.completed.keys()
        for part in attempt.reports:
            part.read = part.created = part.updated = part.unchanged = 0
            report.add(part)
        report.created, report.updated = len(new), len(corrected - new)
        made = ((RecordKind.ITEM, attempt.items.new_lines), (RecordKind.PUPIL, attempt.pupils.part.new))
        report.made |= {kind.value: len(numbers) for kind, numbers in made if numbers}
        for line in lines:
            if line.is_named_by_brand and line.line in attempt.items.new_lines:
                assert line.item is not None
                report.warn(
                    line.line,
                    "item.named_by_brand",
                    f"Sans désignation, la marque et le modèle en tiennent lieu : « {line.item.designation[:60]} ».",
                )
            for each in line.set_aside:
                report.leave(line.line, heading_of(each.column), each.cell, each.code, each.detail)
