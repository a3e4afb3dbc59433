"""Which running loan each line of a park makes: a new one, one more item of a former line's, or one known already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import blake2b
from uuid import UUID

import msgspec

from materiel.domain.accounts.roles import Actor
from materiel.domain.accounts.service import ManagingService
from materiel.domain.imports.import_file import RecordKind, WrittenRecord
from materiel.domain.item.item import HELD, Item
from materiel.domain.language.french import long_date
from materiel.domain.language.values import replace
from materiel.domain.loan.loan import Loan, LoanItem
from materiel.domain.papers.old_paper import OldPaper
from materiel.domain.places.school import School
from materiel.domain.usage import Basis, Custody, Usage
from materiel.errors import FieldError, MaterielError, RuleBroken
from materiel.exchange.inventory import LOAN_HEADINGS, ParkLine
from materiel.exchange.report import FileReport
from materiel.store.loan import loan as loans
from materiel.store.places.place import place_of
from materiel.use_cases.imports.park.line_pupils import Who
from materiel.use_cases.imports.prepared import Batches
from materiel.use_cases.imports.written_school import WrittenSchools
from materiel.use_cases.loan.takeover import RunningLoan, TakeOverLoan, enter, running_loan
from materiel.use_cases.process.packed import Packed

LoanKey = tuple[UUID | None, str, Custody, date | None, date, date | None, OldPaper | None, Basis | None]
"""What one agreement covers: whose, where, since when, until when, under which paper."""

HANDED = "remis_le"


@dataclass(slots=True)
class LineLoans:
    """Some lines: the loans that they make, the items that they add to former ones, and which lines do either."""

    report: FileReport
    actor: Actor
    made: dict[LoanKey, RunningLoan] = field(default_factory=dict)
    extended: dict[UUID, tuple[Loan, list[LoanItem]]] = field(default_factory=dict)
    digests: dict[bytes, UUID] = field(default_factory=dict)
    """Those that they make, by the digest of their keys."""

    first: dict[UUID, int] = field(default_factory=dict)
    lines: dict[int, Loan] = field(default_factory=dict)

    @property
    def written(self) -> list[WrittenRecord]:
        """The loans that they make, as an import remembers them."""
        return [
            WrittenRecord(
                kind=RecordKind.LOAN,
                subject=each.loan.id,
                before=None,
                version=each.loan.version,
                line=self.first[each.loan.id],
            )
            for each in self.made.values()
        ]

    async def write(self, at: datetime) -> None:
        """Enter them, in a transaction and at its instant; their items are written already."""
        await enter(list(self.made.values()), actor=self.actor, now=at)
        for loan, more in self.extended.values():
            await loans.add_items(loan, more)


class LoansOfFile:
    """The running loans of one file."""

    def __init__(self, service: ManagingService, actor: Actor, now: datetime, schools: WrittenSchools) -> None:
        """For the service whose file it is."""
        self._service, self._actor, self._now = service, actor, now
        self._written_schools = schools
        self._places: dict[str, School] = {}
        self._made = Packed()
        """The loans of the batches before, by the digest of their keys; in a dry run they are nowhere else."""

    async def part(
        self,
        lines: Sequence[ParkLine],
        items: Mapping[int, Item],
        who: Mapping[int, Who],
        *,
        batches: Batches,
        dry_run: bool,
    ) -> LineLoans:
        """The loans of some lines; the same ones may be asked again until `keep` is told.

        Args:
            items, who: of the lines, as they are known or going to be registered.
        """
        found = LineLoans(FileReport(dry_run=dry_run), self._actor)
        held = await loans.open_of_items([item.id for item in items.values() if item.status in HELD], self._service.id)
        free = [line for line in lines if (item := items.get(line.line)) is not None and item.id not in held]
        former = {} if dry_run or not free else await self._former(free, who, batches)
        for line in lines:
            item = items.get(line.line)
            try:
                if item is None:
                    self._leave(line, "Aucun matériel n'est dit sur cette ligne.", found.report)
                elif (open_loan := held.get(item.id)) is not None:
                    self._compare(line, item, open_loan, who.get(line.line), found.report)
                else:
                    await self._take_over(line, item, who.get(line.line), former, found)
            except MaterielError as fault:
                column = next((name for each in fault.errors if (name := _COLUMNS.get(each.pointer))), "")
                found.report.reject(
                    line.line,
                    fault.code,
                    fault.message,
                    column=LOAN_HEADINGS.get(column, ""),
                    cell=line.loan.cells.get(column, ""),
                    key=item.inventory_number if item else "",
                )
        return found

    def keep(self, found: LineLoans) -> None:
        """Remember the loans of the lines that go in."""
        for digest, loan_id in found.digests.items():
            self._made.put(digest, loan_id.bytes)

    async def _former(self, lines: Sequence[ParkLine], who: Mapping[int, Who], batches: Batches) -> dict[LoanKey, Loan]:
        """The loans that this very import has made before, in this attempt or in one that was interrupted."""
        # A pupil whom this very line registers has no loan.
        ids = list(dict.fromkeys(it.id for line in lines if (it := who.get(line.line)) is not None and not it.pupil))
        uais = list(dict.fromkeys([await self._meant(line) for line in lines if line.line not in who]))
        running = await loans.taken_over_of(self._service.id, ids, [uai for uai in uais if uai])
        made = await batches.made(RecordKind.LOAN, [each.id for each in running])
        keyed = [(_key_of(each), each) for each in running]
        return {key: each for key, each in keyed if each.id in made or self._made.get(_digest(key)) == each.id.bytes}

    async def _meant(self, line: ParkLine) -> str:
        """The school of a line without a pupil; none when it is refused for it, or says none."""
        if not (line.school or line.school_name):
            return ""
        try:
            return (await self._written_schools.meant(line.school, line.school_name, line.municipality))[0]
        except RuleBroken:
            return ""

    async def _take_over(
        self, line: ParkLine, item: Item, who: Who | None, former: Mapping[LoanKey, Loan], found: LineLoans
    ) -> None:
        facts = line.loan
        if facts.returned_on is not None and facts.returned_on <= self._actor.civil_date(self._now):
            self._leave(line, "Ce prêt est fini, dit sa date de retour : il n'est pas repris.", found.report)
            return
        is_placed = bool(line.school or line.school_name) and facts.handed_over_on is not None
        if who is None and not is_placed:
            self._leave(line, "La ligne ne dit pas qui a ce matériel : aucun prêt n'est repris.", found.report)
            return
        school = await self._school(line, who, found.report)
        command = self._command(line, item, who, school, found.report)
        running = running_loan(
            command,
            [item],
            school=school,
            pupil=who.pupil if who else None,
            service=self._service,
            actor=self._actor,
            now=self._now,
        )
        key, (loan_line,) = _key_of(running.loan), running.loan.items
        if (before := found.made.get(key)) is not None:
            loan = replace(before.loan, items=(*before.loan.items, loan_line))
            found.made[key] = replace(before, loan=loan)
        elif (known := former.get(key)) is not None:
            loan = known
            found.extended.setdefault(known.id, (known, []))[1].append(loan_line)
        else:
            loan = running.loan
            digest = _digest(key)
            found.digests[digest] = loan.id
            if self._made.get(digest) is None:
                found.report.made["loan"] = found.report.made.get("loan", 0) + 1
            found.made[key] = running
            found.first[loan.id] = line.line
        found.lines[line.line] = loan
        self._tell(line, command, found.report)

    async def _school(self, line: ParkLine, who: Who | None, report: FileReport) -> School:
        written = (line.school, line.school_name, line.municipality)
        uai = who.school_uai if who else (await self._written_schools.told(*written, line.line, report))[0]
        if uai not in self._places:
            self._places[uai] = (await place_of(uai, self._service.id)).school
        return self._places[uai]

    def _command(self, line: ParkLine, item: Item, who: Who | None, school: School, report: FileReport) -> TakeOverLoan:
        facts = line.loan
        handed = facts.handed_over_on or facts.starts_on or facts.paper.signed_on
        if handed is None:
            raise RuleBroken(
                "loan.handover_required",
                "La date de remise manque : le prêt ne peut pas être repris. Écrivez-la, ou videz les cases de l'élève "
                "si le matériel n'est pas sorti.",
                errors=[FieldError("/handed_over_on", "Écrivez la date de remise.")],
            )
        starts, ends = facts.starts_on or handed, facts.ends_on or facts.returned_on
        if ends is not None and ends < starts:
            why = f"Cette fin vient avant le début du prêt, le {long_date(starts)} : elle n'est pas prise."
            column = "rendu_le" if facts.ends_on is None else "fin_convention"
            report.leave(line.line, LOAN_HEADINGS[column], facts.cells[column], "cell.refused", why)
            ends = None
        signed_on = facts.paper.signed_on or (starts if facts.is_signed else None)
        return TakeOverLoan(
            usage=Usage.SHARED if who is None else Usage.INDIVIDUAL,
            custody=Custody.SCHOOL if who is None else facts.custody,
            school=school.uai,
            items=(item.id,),
            handed_over_on=handed,
            paper=replace(facts.paper, signed_on=signed_on, ends_on=ends),
            unsigned=signed_on is None,
            starts_on=starts,
            ends_on=ends,
            pupil=who.id if who else None,
            basis=None if who is None else facts.basis,
        )

    def _tell(self, line: ParkLine, command: TakeOverLoan, report: FileReport) -> None:
        """What was worked out, and what nobody knows."""
        facts, number = line.loan, line.line
        day = long_date(command.handed_over_on)
        if facts.about:
            written = facts.cells[HANDED][:30]
            report.warn(number, "loan.day_worked_out", f"« {written} » est lu comme une remise le {day}.")
        elif facts.handed_over_on is None:
            report.warn(
                number,
                "loan.handover_from_paper",
                f"Sans date de remise, celle de la convention est prise : le {day}.",
            )
        if facts.is_signed and facts.paper.signed_on is None:
            report.warn(
                number,
                "loan.signature_day_unknown",
                "Convention dite signée, sans date de signature : celle du début du prêt est prise.",
            )
        elif facts.is_signed is None:
            report.warn(
                number,
                "loan.signature_unknown",
                "Rien ne dit que la convention est signée : le prêt est montré comme remis sans convention.",
            )

    def _compare(self, line: ParkLine, item: Item, known: Loan, who: Who | None, report: FileReport) -> None:
        """An item in an open loan already: the same one, or somebody else's."""
        if who is None and not line.loan.cells:
            return
        if known.pupil_id != (who.id if who else None):
            raise RuleBroken(
                "loan.held_by_another",
                f"Le matériel {item.inventory_number} est déjà dans un autre prêt en cours : ouvrez ce prêt depuis sa "
                "fiche, ou enregistrez son retour.",
            )
        facts = line.loan
        if facts.returned_on is not None:
            report.warn(
                line.line,
                "loan.known_returned",
                "Ce prêt court encore ici, et le fichier lui donne une date de retour : enregistrez son retour depuis "
                "sa fiche.",
            )
        pairs = ((facts.handed_over_on, known.handed_over_on), (facts.ends_on, known.ends_on))
        if any(said is not None and said != kept for said, kept in pairs):
            report.warn(
                line.line,
                "loan.known_differs",
                "Ce prêt est déjà en cours, avec d'autres dates : un import ne les corrige pas.",
            )

    def _leave(self, line: ParkLine, why: str, report: FileReport) -> None:
        """Tell the cells of a loan that is none."""
        for name, cell in line.loan.cells.items():
            report.leave(line.line, LOAN_HEADINGS[name], cell, "cell.unused", why)


_COLUMNS = {"/handed_over_on": HANDED, "/paper/signed_on": "convention_signee_le"}
"""The column that a refusal of a loan is about, by its pointer."""


def _key_of(loan: Loan) -> LoanKey:
    place = (loan.pupil_id, loan.school_uai, loan.custody)
    return (*place, loan.handed_over_on, loan.starts_on, loan.ends_on, loan.paper, loan.basis)


def _digest(key: LoanKey) -> bytes:
    """A key in sixteen bytes: a file may hold a hundred thousand loans."""
    return blake2b(msgspec.json.encode(key), digest_size=16).digest()
