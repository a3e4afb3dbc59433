"""Accept a transfer: the items pass, and the open loans that both services want to follow change lender.

The service that gives keeps a closed loan, its papers and its journal; the other gets a loan of its own as it runs, a
record of the pupil, a copy of the papers that cover it, and draws the amendment that names it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated
from uuid import UUID

from materiel.documents.facts import Change, ItemFacts
from materiel.domain.accounts.roles import Permission
from materiel.domain.accounts.service import ManagingService
from materiel.domain.circuit.transfer import (
    MOST_ITEMS,
    Transfer,
    TransferLine,
    TransferLoan,
    check_answers,
    check_may_pass,
    without,
)
from materiel.domain.item.item import Item
from materiel.domain.language.bounds import several
from materiel.domain.loan.changes import amendment
from materiel.domain.loan.elsewhere.following import begun_there, ended_here, new_lender_sentence, papers_that_follow
from materiel.domain.loan.loan import Loan
from materiel.domain.people.death import check_living
from materiel.domain.people.person_name import identity_of
from materiel.domain.people.pupil import Pupil
from materiel.errors import Conflict, RuleBroken
from materiel.store.accounts import service as services
from materiel.store.circuit import transfer as transfers
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.item import item as items
from materiel.store.loan import loan as loans
from materiel.store.loan import old_scan
from materiel.store.papers import document as documents
from materiel.store.papers import scan as scans
from materiel.store.people import double as doubles
from materiel.store.people import pupil as pupils
from materiel.store.places.place import place_of
from materiel.store.signing import signed_copy as copies
from materiel.store.work import pause as pauses
from materiel.use_cases.circuit.service_loan import give_back
from materiel.use_cases.circuit.transfer import claim, pass_items, settle
from materiel.use_cases.loan.case import Case, load_cases
from materiel.use_cases.loan.elsewhere.asking import check_followed
from materiel.use_cases.loan.issuing import Wanted, draw_document, keep_documents
from materiel.use_cases.papers.issuer import Issuer

PDF = "application/pdf"


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptTransfer:
    """The answer of the other service. `leave_out`: the items that stay, by the identifiers of the transfer.

    `with_loans`: it takes the open loans offered with the items that pass.
    """

    transfer_id: UUID
    leave_out: Annotated[tuple[UUID, ...], several(MOST_ITEMS)] = ()
    with_loans: bool = False


@in_one_visit
async def accept_transfer(command: AcceptTransfer, *, issuer: Issuer) -> TransferLine:
    """Let the items pass: number, label and history follow. All those that are not left out, or none.

    Raises:
        NotFound: `transfer.not_found`.
        PermissionDenied: `transfer.not_yours`.
        RuleBroken: `transfer.invalid`, `transfer.loan_divided`, `transfer.loan_unaccepted`; `service.incomplete` and
            whatever an amendment cannot be drawn without.
        Conflict: `transfer.over`; `transfer.number_taken`, the service that receives gave a number to another item;
            `transfer.item_lent`, `transfer.item_gone`, `transfer.loan_changed`, an item or a loan is no longer what was
            offered; `transfer.changed`.
    """
    actor = issuer.actor
    actor.require(Permission.WRITE)
    async with write_transaction():
        transfer = (await transfers.line(command.transfer_id, actor.service_id)).transfer
        check_answers(transfer, actor.service_id)
        transfer = await claim(
            without(transfer, command.leave_out, with_loans=command.with_loans), actor=actor, now=issuer.now
        )
        cases = await _offered(transfer, issuer)
        things = await items.get_many([each.item_id for each in transfer.moved], transfer.giver_id)
        check_may_pass(things, [line.item_id for case in cases for line in case.loan.open_items])
        for case in cases:
            await _end(case, transfer, issuer)
        transfer = await pass_items(transfer, things, actor=actor, now=issuer.now)
        became = {each.item_id: each.received_as for each in transfer.moved if each.received_as is not None}
        followed = {case.loan.id: await _begin(case, transfer, became, issuer) for case in cases}
        done = replace(
            transfer, loans=tuple(replace(each, received_as=followed.get(each.loan_id)) for each in transfer.loans)
        )
        line = await settle(done, actor=actor, now=issuer.now)
        await give_back(done, actor=actor, now=issuer.now)
        return line


async def _offered(transfer: Transfer, issuer: Issuer) -> list[Case]:
    """The loans that pass, as they are at the service that gives: that service offered them, the other may take them.

    Raises:
        Conflict: `transfer.loan_changed`.
    """
    giver = replace(issuer.actor, service_id=transfer.giver_id)
    kept = await loans.get_many([each.loan_id for each in transfer.moved_loans], transfer.giver_id)
    known = {each.id: each for each in kept}
    for offered in transfer.moved_loans:
        lent = {line.item_id for line in known[offered.loan_id].open_items} if offered.loan_id in known else set()
        if lent != {each.item_id for each in transfer.items_of(offered.loan_id)}:
            raise _changed(transfer, offered)
    cases = await load_cases([each.id for each in kept], giver)
    receiver = await services.get(transfer.receiver_id)
    for offered, case in zip(transfer.moved_loans, cases, strict=True):
        try:
            await check_followed([case], receiver, actor=giver, now=issuer.now)
        except (Conflict, RuleBroken) as held:
            raise _changed(transfer, offered) from held
    return cases


def _changed(transfer: Transfer, loan: TransferLoan) -> Conflict:
    """What holds a loan since is told to the service that gives alone: an incident, a claim, a death."""
    numbers = ", ".join(each.inventory_number for each in transfer.items_of(loan.loan_id))
    return Conflict(
        "transfer.loan_changed",
        f"Le prêt de {numbers} a changé depuis la demande. Laissez ces matériels au service qui cède, ou refusez le "
        "transfert : il en demandera un autre.",
    )


async def _end(case: Case, transfer: Transfer, issuer: Issuer) -> None:
    """Close the loan at the service that gives; its papers stay as they are, for the agreement goes on."""
    await loans.save(ended_here(case.loan, issuer.today), was=case.loan)
    told = {"transfer": str(transfer.id), "effective_on": issuer.today.isoformat()}
    await journal.By(transfer.giver_id, issuer.actor.id, issuer.now).note("loan.transferred", case.loan.id, told)


async def _begin(case: Case, transfer: Transfer, became: dict[UUID, UUID], issuer: Issuer) -> UUID:
    """Write the loan at the service that receives, with its amendment; the identifier that it has there."""
    receiver = await services.get(transfer.receiver_id)
    pupil = await _known_there(case.pupil, receiver, issuer) if case.pupil is not None else None
    loan = begun_there(
        case.loan,
        case.documents,
        loan_id=new_id(),
        service_id=receiver.id,
        pupil_id=pupil.id if pupil is not None else None,
        became=became,
        now=issuer.now,
    )
    await loans.insert(
        loan, await loans.decision(case.loan.id), override_by=issuer.actor.id if loan.override_reason else ""
    )
    await _copy_papers(case, loan, issuer)
    if (paused := await pauses.of_loan(case.loan.id)) is not None:
        await pauses.put(replace(paused, loan_id=loan.id))
    arrived = await items.get_many([line.item_id for line in loan.items], receiver.id)
    there = Case(
        service=receiver,
        loan=loan,
        place=await place_of(loan.school_uai, receiver.id),
        pupil=pupil,
        items=tuple(arrived),
        documents=(),
    )
    drawn = await draw_document(there, _amendment(there, case.service, arrived, issuer), issuer)
    details = {"transfer": str(transfer.id), "effective_on": issuer.today.isoformat(), "documents": [drawn[0].number]}
    await journal.by(issuer.actor, issuer.now).note("loan.received", loan.id, details)
    await keep_documents([drawn], issuer)
    return loan.id


def _amendment(there: Case, giver: ManagingService, arrived: Sequence[Item], issuer: Issuer) -> Wanted:
    said = new_lender_sentence(giver, there.service, issuer.today, deposit=there.pupil is None)
    return Wanted(
        required=amendment(there.loan, there.place.school.kind),
        lines=tuple(ItemFacts(item=each) for each in arrived),
        change=Change(effective_on=issuer.today, statement=said),
        takes_effect_on=issuer.today,
    )


async def _known_there(pupil: Pupil, receiver: ManagingService, issuer: Issuer) -> Pupil:
    """The record of the pupil at the service that receives: the one that it has already, or a copy.

    A copy holds what an agreement needs (names, homes, persons responsible): nothing was ever kept of a need.
    """
    identity = identity_of(pupil.last_name, pupil.first_name, pupil.birth_date)
    for known_id in await doubles.ids_of(identity, receiver.id):
        known = await pupils.get(known_id, receiver.id)
        check_living(known)
        return known
    persons = tuple(replace(each, id=new_id()) for each in pupil.representatives)
    copy = replace(pupil, id=new_id(), service_id=receiver.id, representatives=persons, version=1)
    await pupils.insert(copy, issuer.now)
    await journal.by(issuer.actor, issuer.now).note("pupil.registered", copy.id)
    return copy


async def _copy_papers(case: Case, loan: Loan, issuer: Issuer) -> None:
    """Keep beside the loan what it stands upon: the papers of the first service, signed, and what was filed to them.

    That service eliminates its own in its time, and this one may still have to prove.
    """
    found: list[tuple[str, bytes]] = []
    for scan in await old_scan.of_loan(case.loan.id):
        found.append(await old_scan.content(case.loan.id, scan.id))
    for paper in papers_that_follow(case.documents):
        data = await documents.pdf(paper.id)
        sealed = await copies.latest(paper.id)
        found.append((PDF, data + await copies.tail(sealed.id) if sealed is not None and sealed.is_sealed else data))
        for filed in await scans.of_document(paper.id):
            found.append(await scans.content(paper.id, filed.id))
    for media_type, data in found:
        await old_scan.add(loan.id, data, media_type=media_type, filed_by=issuer.actor.id, filed_at=issuer.now)
