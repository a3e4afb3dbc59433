"""Import the needs that were notified: each for a pupil whom the service knows, each once.

A need that is known already is left as it is: what the file says otherwise is told, not written. Nothing on health is
kept, nor repeated by a report.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from hashlib import blake2b
from uuid import UUID

from materiel.domain.accounts.roles import Actor
from materiel.domain.circuit.need import Need, NeedKey, NeedKind, NeedState, checked_need, speaks_of_health
from materiel.domain.imports.import_file import ReadingOptions, RecordKind, WrittenRecord
from materiel.domain.language.identifiers import clean_uai
from materiel.domain.people.death import check_living, is_silenced
from materiel.domain.people.person_name import Identity, identity_of, same_name
from materiel.domain.people.pupil import Pupil
from materiel.domain.usage import Basis, BasisKind
from materiel.errors import RuleBroken
from materiel.exchange import need as table
from materiel.exchange.need import LAYOUT, NeedTold, heading_of
from materiel.exchange.reading import Source
from materiel.exchange.report import FileReport
from materiel.exchange.table import BadLine
from materiel.store.circuit import need as needs
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.people import pupil as pupils
from materiel.store.people.pupil import PupilIdentity
from materiel.use_cases.imports.park.line_pupils import NAMED_ALONE, PupilsByName
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
from materiel.use_cases.papers.printable import printable
from materiel.use_cases.process.packed import Packed

ON_HEALTH = "Cette case parle de la santé de l'élève : elle n'est pas gardée."

_COLUMNS = {
    "need.health_words": table.WORDING,
    "need.pap_only": table.GROUND,
    "/wording": table.WORDING,
    "/notified_on": table.NOTIFIED,
    "/valid_until": table.UNTIL,
    "/category": table.CATEGORY,
    "/basis/reference": table.REFERENCE,
}
"""The column that a refusal is about, by its code or by what it points to."""


async def prepare_needs(
    source: Source,
    *,
    actor: Actor,
    now: datetime,
    dry_run: bool,
    progress: Progress = untold,
    batches: Batches | None = None,
    options: ReadingOptions = READ_AS_IT_IS,
) -> PreparedImport:
    """Read, compare and write the needs, and leave the end of the import to be written."""
    report = FileReport(dry_run=dry_run)
    comparison = NeedComparison(actor, now, dry_run=dry_run)
    await import_lines(
        source, LAYOUT, report, comparison.compare, batches=batches, now=now, progress=progress, options=options
    )
    return noted_end("need.imported", report, actor)


import_needs = partial(import_now, prepare_needs)


@dataclass(slots=True)
class NeedPart:
    """Some lines of the table: the needs to write down, by line."""

    report: FileReport
    actor: Actor
    new: dict[int, Need] = field(default_factory=dict)

    @property
    def written(self) -> list[WrittenRecord]:
        """They, as an import remembers them."""
        return [
            WrittenRecord(kind=RecordKind.NEED, subject=need.id, before=None, version=need.version, line=line)
            for line, need in self.new.items()
        ]

    async def write(self, at: datetime) -> None:
        """Write them down, in a transaction and at its instant.

        Raises:
            Overtaken: somebody has written one of them down, or a pupil is no longer there.
        """
        added = list(self.new.values())
        service_id, whose = self.actor.service_id, {need.pupil_id for need in added}
        await pupils.wait_for_other_imports(service_id)
        there = await pupils.get_many(whose, service_id)
        known = {need.key for need in await needs.of_pupils(whose, service_id)}
        if len(there) < len(whose) or any(map(is_silenced, there.values())) or known & {need.key for need in added}:
            raise Overtaken
        await needs.insert(*added)
        for need in added:
            details = {"pupil": str(need.pupil_id), "kind": need.kind.value}
            await journal.by(self.actor, at).note("need.recorded", need.id, details)


class NeedComparison:
    """The needs of a file beside those that are known."""

    def __init__(self, actor: Actor, now: datetime, *, dry_run: bool) -> None:
        """For the service of whoever imports."""
        self._actor, self._now, self._dry_run = actor, now, dry_run
        self._names = PupilsByName(actor.service_id)
        self._first = Packed()
        """By the digest of each need, the four bytes of its first line."""

    async def compare(self, lines: Sequence[NeedTold | BadLine]) -> Compared:
        """Some lines; the same ones may be compared anew."""
        part = NeedPart(FileReport(dry_run=self._dry_run, read=len(lines)), self._actor)
        good: list[NeedTold] = []
        for line in lines:
            if isinstance(line, BadLine):
                _refuse_cell(line, part.report)
            else:
                good.append(line)
        whose = await self._whose(good, part.report)
        known = {need.key: need for need in await needs.of_pupils(_ids(whose), self._actor.service_id)}
        for line in good:
            if (pupil := whose.get(line.line)) is not None:
                self._take(line, pupil, known, part)
        return Compared(part.report, part.write, part.written)

    def _take(self, line: NeedTold, pupil: Pupil, known: Mapping[NeedKey, Need], part: NeedPart) -> None:
        report = part.report
        try:
            check_living(pupil)
            need = self._need(line, pupil)
        except RuleBroken as fault:
            _refuse(line, fault, report)
            return
        own = line.line.to_bytes(4, "big")
        first = int.from_bytes(self._first.put_first(_digest(need), own), "big")
        if first != line.line:
            report.reject(line.line, "need.duplicate", f"Ce besoin figure déjà à la ligne {first} du fichier.")
            return
        for each in line.set_aside:
            _leave(line, each.column, each.cell, each.code, each.detail, report)
        self._tell_school(line, pupil, report)
        if (same := known.get(need.key)) is not None:
            report.unchanged += 1
            _tell_differences(line, need, same, report)
        else:
            report.created += 1
            part.new[line.line] = need

    def _need(self, line: NeedTold, pupil: Pupil) -> Need:
        usual = BasisKind.PAS if line.kind is NeedKind.TRIAL else BasisKind.CDAPH
        need = Need(
            id=new_id(),
            service_id=self._actor.service_id,
            pupil_id=pupil.id,
            kind=line.kind,
            wording=line.wording,
            notified_on=line.notified_on,
            valid_until=line.valid_until,
            basis=Basis(kind=line.basis_kind or usual, reference=line.reference, decided_on=line.notified_on),
            family=line.family,
            category=line.category,
            created_at=self._now,
        )
        return printable(checked_need(need, self._actor.civil_date(self._now)))

    async def _whose(self, lines: Sequence[NeedTold], report: FileReport) -> dict[int, Pupil]:
        """The pupil of each line, by its number; a line whose pupil is not known is refused."""
        service_id = self._actor.service_id
        ids: dict[int, UUID] = {}
        known = await self._identities(lines)
        for line in lines:
            try:
                ids[line.line] = line.pupil_id or (await self._named(line, known, report)).id
            except RuleBroken as fault:
                report.reject(line.line, fault.code, fault.message)
        there = await pupils.get_many(ids.values(), service_id)
        whose: dict[int, Pupil] = {}
        for line in lines:
            if line.line in ids:
                try:
                    whose[line.line] = _check_meant(line, there.get(ids[line.line]))
                except RuleBroken as fault:
                    cell = str(line.pupil_id or "")
                    column = heading_of(table.PUPIL_ID) if cell else ""
                    report.reject(line.line, fault.code, fault.message, column=column, cell=cell)
        return whose

    async def _identities(self, lines: Sequence[NeedTold]) -> dict[Identity, list[PupilIdentity]]:
        """Those whom the service knows by the names and the days of birth of some lines."""
        wanted = {identity for line in lines for identity in _identities_of(line)}
        known: dict[Identity, list[PupilIdentity]] = {}
        for each in await pupils.of_identities(self._actor.service_id, wanted):
            identity = identity_of(each.last_name, each.first_name, each.birth_date)
            if identity in wanted:
                known.setdefault(identity, []).append(each)
        return known

    async def _named(
        self, line: NeedTold, known: Mapping[Identity, Sequence[PupilIdentity]], report: FileReport
    ) -> PupilIdentity:
        if line.birth_date is None:
            alone = await self._names.only(line.last_name, line.first_name, line.written_name)
            report.warn(line.line, *NAMED_ALONE)
            return alone
        found = next((known[each] for each in _identities_of(line) if each in known), ())
        if len(found) > 1:
            found = [each for each in found if each.school_uai == clean_uai(line.school)]
            if len(found) != 1:
                raise RuleBroken(
                    "pupil.namesakes",
                    "Plusieurs élèves connus portent ces noms et cette date de naissance : écrivez l'UAI de "
                    "l'établissement du bon, ou réunissez-les s'ils sont le même.",
                )
        if not found:
            raise RuleBroken(
                "pupil.unknown",
                "Aucun élève du service ne porte ces noms et cette date de naissance : vérifiez-les, ou enregistrez "
                "d'abord cet élève, puis redonnez cette ligne.",
            )
        return found[0]

    def _tell_school(self, line: NeedTold, pupil: Pupil, report: FileReport) -> None:
        if line.school and clean_uai(line.school) != pupil.school_uai:
            why = f"Cet élève est connu dans l'établissement {pupil.school_uai} : l'import des besoins n'y change rien."
            report.leave(line.line, heading_of("uai"), line.school, "need.other_school", why)


def _ids(whose: Mapping[int, Pupil]) -> set[UUID]:
    return {pupil.id for pupil in whose.values()}


def _identities_of(line: NeedTold) -> tuple[Identity, ...]:
    """Whom a line may mean, the likeliest first: of two names in one cell, nothing may say which comes first."""
    if line.birth_date is None or line.pupil_id is not None:
        return ()
    likely = identity_of(line.last_name, line.first_name, line.birth_date)
    if not line.written_name:
        return (likely,)
    return likely, identity_of(line.first_name, line.last_name, line.birth_date)


def _check_meant(line: NeedTold, pupil: Pupil | None) -> Pupil:
    """Refuse an identifier that is nobody's of the service, or another pupil's than the one whom the line names.

    Raises:
        RuleBroken: `pupil.unknown`, `pupil.differs`.
    """
    if pupil is None:
        raise RuleBroken(
            "pupil.unknown",
            "Aucun élève du service n'a cet identifiant : vérifiez-le, ou enregistrez d'abord cet élève.",
        )
    written = line.written_name or f"{line.last_name} {line.first_name}".strip()
    is_named = not written or same_name(written, f"{pupil.last_name} {pupil.first_name}")
    if line.pupil_id is not None and not (is_named and line.birth_date in (None, pupil.birth_date)):
        raise RuleBroken(
            "pupil.differs",
            "Cet identifiant est celui d'un autre élève que celui que la ligne nomme : gardez le bon.",
        )
    return pupil


def _tell_differences(line: NeedTold, need: Need, known: Need, report: FileReport) -> None:
    """Say which cells say otherwise than the need that is known, which stays."""
    if known.state is NeedState.ASKED:
        report.warn(
            line.line,
            "need.asked",
            "Un enseignant référent a déjà demandé ce besoin : confirmez-le depuis sa fiche.",
        )
    said = {
        table.UNTIL: (need.valid_until, known.valid_until),
        table.GROUND: (need.basis.kind, known.basis.kind),
        table.REFERENCE: (need.basis.reference, known.basis.reference),
        table.FAMILY: (need.family, known.family),
        table.CATEGORY: (need.category, known.category),
    }
    for column, (told, kept) in said.items():
        if (cell := line.cells.get(column, "")) and told and told != kept:
            why = "Ce besoin est déjà inscrit, et sa fiche dit autre chose : elle reste telle. Corrigez-la si besoin."
            _leave(line, column, cell, "need.known", why, report)


def _leave(line: NeedTold, column: str, cell: str, code: str, detail: str, report: FileReport) -> None:
    """Set a cell aside, without repeating one that speaks of health: a report is kept a month."""
    if speaks_of_health(cell):
        cell, code, detail = "", "need.health_words", ON_HEALTH
    report.leave(line.line, heading_of(column), cell, code, detail)


def _refuse_cell(line: BadLine, report: FileReport) -> None:
    """Refuse a line that cannot be read; the same holds of the cell at fault."""
    if speaks_of_health(line.cell):
        report.reject(line.number, line.code, ON_HEALTH, column=line.column)
    else:
        report.reject(line.number, line.code, line.detail, column=line.column, cell=line.cell)


def _refuse(line: NeedTold, fault: RuleBroken, report: FileReport) -> None:
    columns = [column for each in fault.errors if (column := _COLUMNS.get(each.pointer))] or [
        _COLUMNS.get(fault.code, "")
    ]
    column = columns[0]
    cell = line.cells.get(column, "")
    told = "" if speaks_of_health(cell) else cell
    report.reject(line.line, fault.code, fault.message, column=heading_of(column) if column else "", cell=told)


def _digest(need: Need) -> bytes:
    return blake2b("\n".join(map(str, need.key)).encode(), digest_size=16).digest()
