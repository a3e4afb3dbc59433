"""Complete the communes of a service from the administration's directory; what was typed by hand wins.

The file is read whole before anything is written: a commune that it has twice, or a file that is cut, changes nothing.
Then the communes are compared and written some at a time (see `prepared`), each as it is at that instant.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from time import thread_time

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.accounts.territory import departements_of
from materiel.domain.address import Address
from materiel.domain.places.directory import (
    MAILBOXES,
    PATERNITY,
    Offer,
    OfficeContact,
    SourcedField,
    date_of_file,
    offers,
    taken,
)
from materiel.domain.places.municipality import Municipality
from materiel.errors import RuleBroken
from materiel.exchange.places.directory import Offices, reading_offices
from materiel.exchange.reading import Source
from materiel.exchange.report import FileReport, ReportedCommune, ReportedContact
from materiel.store.accounts import service as services
from materiel.store.history import journal
from materiel.store.links import mailbox as mailboxes
from materiel.store.places import municipality as municipalities
from materiel.use_cases.imports.directory import Directory
from materiel.use_cases.imports.prepared import (
    Batches,
    PreparedImport,
    Progress,
    batches_of_request,
    noted_end,
    some_at_a_time,
    untold,
    write_now,
)
from materiel.use_cases.links.municipality import mailboxes_taken, save_contacts
from materiel.use_cases.papers.printable import printable
from materiel.use_cases.process.turns import rest_since

OFFICES_AT_ONCE = 200
EVERY = "*"
"""Chosen instead of a token: every difference is taken."""

TAKEN, ASKED = "taken", "asked"


async def import_municipalities(
    source: Source,
    *,
    actor: Actor,
    now: datetime,
    dry_run: bool = False,
    progress: Progress = untold,
    chosen: Collection[str] = (),
    base_url: str = "",
) -> FileReport:
    """Complete the communes of a service: those of its territory, and those where it has loans or pupils.

    Args:
        source: the directory exported in JSON or in CSV, whole or of a département.
        dry_run: compare and report, write nothing.
        chosen: the tokens of the differences to take over what is typed, or `EVERY`.
        base_url: the public address, for the messages sent to new mailboxes.

    Raises:
        PermissionDenied: the actor may not write.
        BadInput: the file cannot be read; see `exchange.places.directory.reading_offices`.
    """
    actor.require(Permission.READ if dry_run else Permission.WRITE)
    prepared = await prepare_municipalities(
        source, actor=actor, now=now, dry_run=dry_run, progress=progress, chosen=chosen, base_url=base_url
    )
    return await write_now(prepared, now=now)


async def prepare_municipalities(
    source: Source,
    *,
    actor: Actor,
    now: datetime,
    dry_run: bool,
    progress: Progress = untold,
    batches: Batches | None = None,
    chosen: Collection[str] = (),
    base_url: str = "",
) -> PreparedImport:
    """Read, compare and write the communes, and leave the end of the import; see `import_municipalities`."""
    batches = batches or batches_of_request.get()
    report = FileReport(dry_run=dry_run, created=batches.created, updated=batches.updated)
    service = await services.get(actor.service_id)
    directory = Directory(await municipalities.within(service.id, departements_of(service)), report)
    async with reading_offices(source) as offices:
        await _read(offices, directory, progress)
        report.source_on = date_of_file(directory.newest, actor.civil_date(now))
        completing = _Completing(directory, actor, report.source_on, frozenset(chosen), base_url)
        async for codes in some_at_a_time(sorted(directory.wanted)):
            compared = await completing.compare(codes, now=now)
            if not dry_run and any(each.is_due for each in compared):
                async with batches.batch(offices.total, offices.total):
                    compared = await completing.compare(codes, now=now)
                    await completing.write(compared, at=batches.at(now))
                    await batches.keep(*_counted(compared))
            completing.tell(compared)
    report.absent = len(directory.absent)
    report.settle()
    return noted_end(
        "municipality.imported", report, actor, absent=report.absent, source=PATERNITY, source_on=str(report.source_on)
    )


@dataclass(slots=True)
class _Compared:
    """A commune, what the directory offers of it, and what became of each by field; `accepted` are to be written."""

    commune: Municipality
    offered: Sequence[Offer]
    accepted: Sequence[Offer]
    outcomes: dict[str, str] = field(default_factory=dict)

    @property
    def is_due(self) -> bool:
        """Whether there is something to write."""
        return bool(self.accepted)


@dataclass(frozen=True, slots=True)
class _Completing:
    """The second half of an import: communes compared with the directory, and written."""

    directory: Directory
    actor: Actor
    on: date
    chosen: Collection[str]
    base_url: str
    _contacts: dict[str, tuple[OfficeContact | None, OfficeContact | None]] = field(default_factory=dict)

    async def compare(self, codes: Sequence[str], *, now: datetime) -> list[_Compared]:
        """Some communes as they are now; those of which the directory says nothing else are left out."""
        known = await municipalities.get_many(codes, self.actor.service_id)
        found = []
        for code in codes:
            if code in known:
                offered = [each for each in offers(known[code], *self._offices(code)) if _is_printable(each)]
                if offered:
                    found.append(await self._compared(known[code], offered, now))
        return found

    async def write(self, compared: Iterable[_Compared], *, at: datetime) -> None:
        """Write what is accepted, in the transaction of a batch."""
        for each in compared:
            if each.is_due:
                await self._write(each, at)

    def tell(self, compared: Iterable[_Compared]) -> None:
        """Say in the report what became, or would become, of each commune."""
        report = self.directory.report
        for each in compared:
            created, updated = _counted([each])
            report.created += created
            report.updated += updated
            contacts = [_told(each, offer) for offer in each.offered]
            code, name = each.commune.insee_code, each.commune.name
            report.communes.append(ReportedCommune(code=code, name=name, contacts=contacts))

    def _offices(self, code: str) -> tuple[OfficeContact | None, OfficeContact | None]:
        """The town hall and the EPCI of a commune, whose remarks are told once."""
        if code not in self._contacts:
            both = self.directory.hall(code), self.directory.body(code)
            self._contacts[code] = both
            for contact in filter(None, both):
                for remark, sentence in contact.remarks:
                    self.directory.report.warn(contact.line, remark, sentence)
        return self._contacts[code]

    async def _compared(self, commune: Municipality, offered: Sequence[Offer], now: datetime) -> _Compared:
        accepted, outcomes = [], {}
        for offer in offered:
            if not (offer.fills or EVERY in self.chosen or token_of(commune, offer) in self.chosen):
                continue
            if offer.field in MAILBOXES and await self._is_asked(commune, offer, now):
                outcomes[offer.field.value] = ASKED
            else:
                accepted.append(offer)
        return _Compared(commune, offered, accepted, outcomes)

    async def _is_asked(self, commune: Municipality, offer: Offer, now: datetime) -> bool:
        """Whether a code was sent to this very mailbox, and still serves."""
        waiting = await mailboxes.pending(
            self.actor.service_id,
            insee_code=commune.insee_code,
            of_authority=offer.field is SourcedField.AUTHORITY_EMAIL,
        )
        return waiting is not None and waiting.email == offer.after and waiting.expires_at > now

    async def _write(self, each: _Compared, at: datetime) -> None:
        commune, actor = each.commune, self.actor
        boxes = {offer.field.value: str(offer.after) for offer in each.accepted if offer.field in MAILBOXES}
        at_once = await mailboxes_taken(commune, boxes, actor=actor, now=at)
        awaited = {name: email for name, email in boxes.items() if name not in at_once}
        now_taken = [offer for offer in each.accepted if offer.field.value not in awaited]
        await save_contacts(
            taken(commune, now_taken, self.on),
            awaited,
            actor=actor,
            now=at,
            base_url=self.base_url,
            source_on=self.on,
        )
        each.outcomes |= {offer.field.value: TAKEN for offer in now_taken} | dict.fromkeys(awaited, ASKED)
        await journal.by(actor, at).note(
            "municipality.completed",
            commune.insee_code,
            {"fields": sorted(offer.field.value for offer in each.accepted), "source_on": str(self.on)},
        )


def token_of(commune: Municipality, offer: Offer) -> str:
    """What names a difference to whoever chooses it: once somebody else wrote the commune, it names nothing."""
    return f"{commune.insee_code}:{offer.field.value}:{commune.version}"


async def _read(offices: Offices, directory: Directory, progress: Progress) -> None:
    """Read the file whole; others get their turn in between."""
    await progress(0, offices.total)
    while some := await asyncio.to_thread(offices.take, OFFICES_AT_ONCE):
        began = thread_time()
        directory.take(some)
        await progress(offices.done, offices.total)
        await rest_since(began)


def _counted(compared: Iterable[_Compared]) -> tuple[int, int]:
    """How many communes are written for the first time, and how many others."""
    due = [each.commune.contact_id is None for each in compared if each.is_due]
    return sum(due), len(due) - sum(due)


def _told(each: _Compared, offer: Offer) -> ReportedContact:
    before = "" if offer.before is None else _as_line(offer.before)
    return ReportedContact(
        token=token_of(each.commune, offer),
        field=offer.field.value,
        label=offer.field.label,
        before=before,
        after=_as_line(offer.after),
        fills=offer.fills,
        asks_code=offer.field in MAILBOXES and bool(before),
        outcome=each.outcomes.get(offer.field.value, ""),
    )


def _as_line(value: Address | str) -> str:
    return value if isinstance(value, str) else ", ".join((*value.lines, *value.place))


def _is_printable(offer: Offer) -> bool:
    """Whether documents can print it: what they cannot is not taken."""
    try:
        printable(offer.after)
    except RuleBroken:
        return False
    return True
