"""Ends of life: propose, attest that data are erased, decide or refuse, withdraw, keep what was signed, note as done.

A manager proposes and notes; only who signs for the State decides (`domain.accounts.roles`). No pupil is named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.accounts.user import check_may_sign_for_state
from materiel.domain.circuit.disposal.disposal import (
    MOST_ITEMS,
    REASON_MAX,
    REFERENCE_MAX,
    AppraisedItem,
    Disposal,
    DisposalAsked,
    DisposalOutcome,
    DisposalPaper,
    DisposalState,
    DisposedItem,
    ErasureAttested,
)
from materiel.domain.circuit.disposal.proposal import check_may_leave_stock, checked_proposal
from materiel.domain.circuit.disposal.steps import (
    attested,
    check_paper_awaited,
    decided,
    done,
    left,
    refused,
    withdrawn,
)
from materiel.domain.language.bounds import filled, line, several
from materiel.domain.papers.act import ActKind
from materiel.store.circuit import disposal as disposals
from materiel.store.circuit.disposal import DisposalScan
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.item import item as items
from materiel.use_cases.accounts.signatory import signatory_of
from materiel.use_cases.circuit.disposal_paper import keep_disposal_paper
from materiel.use_cases.papers.document import media_type_of_scan
from materiel.use_cases.papers.printable import printable


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeDisposal(DisposalAsked):
    """Items of the actor's service, each with what it is worth, and where they would go."""

    items: Annotated[tuple[AppraisedItem, ...], several(MOST_ITEMS)]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestErasure(ErasureAttested):
    """That the data of the items of an end of life are erased."""

    disposal_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseDisposal:
    """An end of life that does not go on, and why."""

    disposal_id: UUID
    reason: Annotated[str, filled(REASON_MAX)]


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishDisposal:
    """The items have left. `labels_off`: their labels were taken off first; `reference`: that of who took them."""

    disposal_id: UUID
    done_on: date
    labels_off: bool
    reference: Annotated[str, line(REFERENCE_MAX)] = ""


@in_one_visit
async def propose_disposal(command: ProposeDisposal, *, actor: Actor, now: datetime) -> Disposal:
    """Propose where items go; nothing leaves before it is decided, then done.

    Raises:
        NotFound: `item.not_found`.
        RuleBroken: `disposal.invalid`, `disposal.not_state_property`, `disposal.not_computing`,
            `disposal.too_valuable`; `text.not_printable`.
        Conflict: `disposal.already_proposed`; what `check_may_leave_stock` refuses.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        wanted = list(dict.fromkeys(each.item_id for each in command.items))
        found = await disposals.what_keeps(await items.get_many(wanted, actor.service_id))
        asked = {each.name: getattr(command, each.name) for each in fields(DisposalAsked)}
        disposal = Disposal(id=new_id(), service_id=actor.service_id, proposed_at=now, **asked)
        disposal = printable(checked_proposal(disposal, found, command.items))
        await disposals.insert(disposal)
        facts = {"outcome": disposal.outcome.value, "items": len(disposal.items)}
        await journal.by(actor, now).note("disposal.proposed", disposal.id, facts)
        if disposal.outcome is DisposalOutcome.ASSOCIATION:
            await keep_disposal_paper(disposal, ActKind.COMMITMENT, actor=actor, now=now)
    return disposal


@in_one_visit
async def attest_erasure(command: AttestErasure, *, actor: Actor, now: datetime) -> Disposal:
    """Note when the data were erased, by whom and by which method; the act says it.

    Raises:
        NotFound: `disposal.not_found`.
        Conflict: `disposal.over`, `disposal.already_decided`, `disposal.changed`.
        RuleBroken: `disposal.invalid`; `text.not_printable`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        known = await disposals.get(command.disposal_id, actor.service_id)
        saved = await disposals.save(printable(attested(known, command, actor.civil_date(now))))
        facts = {"on": command.erased_on.isoformat()}
        await journal.by(actor, now).note("disposal.erased", saved.id, facts)
    return saved


@in_one_visit
async def decide_disposal(disposal_id: UUID, *, actor: Actor, now: datetime) -> Disposal:
    """Decide an end of life, in the name and the quality of the account: its act may then be signed.

    Raises:
        PermissionDenied: the role does not sign; `state_signature.person_only`.
        NotFound: `disposal.not_found`.
        RuleBroken: `state_signature.no_quality`, `state_signature.delegation_over`; `disposal.not_erased`,
            `disposal.not_state_property`.
        Conflict: `disposal.over`, `disposal.already_decided`, `disposal.changed`; what `check_may_leave_stock` refuses.
    """
    account = await signatory_of(actor=actor)
    today = actor.civil_date(now)
    check_may_sign_for_state(account, today)
    async with write_transaction():
        known = await disposals.get(disposal_id, actor.service_id)
        decision = decided(known, name=account.name, title=account.quality, today=today)
        await _check_still_here(known)
        saved = await disposals.save(decision)
        await journal.by(actor, now).note("disposal.decided", saved.id, {"items": len(saved.items)})
        await keep_disposal_paper(saved, ActKind.DISPOSAL, actor=actor, now=now)
    return saved


@in_one_visit
async def refuse_disposal(command: CloseDisposal, *, actor: Actor, now: datetime) -> Disposal:
    """Say no, and why: the items stay in the stock as they were.

    Raises:
        PermissionDenied: the role does not sign; `state_signature.person_only`.
        NotFound: `disposal.not_found`.
        Conflict: `disposal.over`, `disposal.already_decided`, `disposal.changed`.
        RuleBroken: `disposal.invalid`; `text.not_printable`.
    """
    await signatory_of(actor=actor)
    async with write_transaction():
        known = await disposals.get(command.disposal_id, actor.service_id)
        saved = await disposals.save(printable(refused(known, command.reason)))
        await journal.by(actor, now).note("disposal.refused", saved.id)
    return saved


@in_one_visit
async def withdraw_disposal(command: CloseDisposal, *, actor: Actor, now: datetime) -> Disposal:
    """Take back what is not done yet: the items stay in the stock as they were.

    Raises:
        NotFound: `disposal.not_found`.
        Conflict: `disposal.over`, `disposal.changed`.
        RuleBroken: `disposal.invalid`; `text.not_printable`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        known = await disposals.get(command.disposal_id, actor.service_id)
        saved = await disposals.save(printable(withdrawn(known, command.reason)))
        await journal.by(actor, now).note("disposal.withdrawn", saved.id)
    return saved


@in_one_visit
async def file_disposal_paper(
    disposal_id: UUID, kind: DisposalPaper, data: bytes, *, actor: Actor, now: datetime
) -> DisposalScan:
    """Keep the scan of what was signed or given; another of the same kind is kept beside it.

    Raises:
        NotFound: `disposal.not_found`.
        Conflict: `disposal.not_decided`, nothing is signed before; `disposal.over`; `disposal.paper_not_awaited`.
        BadInput: `scan.unreadable`, `scan.too_large`.
    """
    actor.require(Permission.WRITE)
    media_type = media_type_of_scan(data)
    async with write_transaction():
        known = await disposals.get(disposal_id, actor.service_id)
        check_paper_awaited(known, kind)
        scan = await disposals.file_scan(known.id, kind, data, media_type=media_type, filed_by=actor.id, filed_at=now)
        facts = {"paper": kind.value, "sha256": scan.sha256}
        await journal.by(actor, now).note("disposal.paper_filed", known.id, facts)
    return scan


@in_one_visit
async def finish_disposal(command: FinishDisposal, *, actor: Actor, now: datetime) -> Disposal:
    """Note that the items have left: each is « Réformé », its number never given again. All of them, or none.

    Raises:
        NotFound: `disposal.not_found`.
        RuleBroken: `disposal.invalid`, `disposal.labels_kept`, `disposal.paper_missing`,
            `disposal.not_state_property`; `text.not_printable`.
        Conflict: `disposal.over`, `disposal.not_decided`, `disposal.changed`; what `check_may_leave_stock` refuses.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        known = await disposals.get(command.disposal_id, actor.service_id)
        finished = done(
            known,
            on=command.done_on,
            labels_off=command.labels_off,
            reference=command.reference,
            papers=[each.kind for each in await disposals.scans(known.id)],
            today=actor.civil_date(now),
        )
        found = await _check_still_here(known)
        saved = await disposals.save(printable(finished))
        noted = journal.by(actor, now)
        facts = {"disposal": str(saved.id), "outcome": saved.outcome.value, "on": command.done_on.isoformat()}
        for each in found:
            gone = await items.save(left(each.item))
            change = {"from": each.item.status.value, "to": gone.status.value}
            await noted.note("item.disposed", gone.id, {**facts, **change})
        await noted.note("disposal.done", saved.id, {"items": len(found), "on": command.done_on.isoformat()})
    return saved


async def _check_still_here(disposal: Disposal) -> list[DisposedItem]:
    """The items as they are now, which may have been lent since they were proposed."""
    things = await items.get_many([each.item_id for each in disposal.items], disposal.service_id)
    found = await disposals.what_keeps(things)
    check_may_leave_stock(disposal.outcome, found)
    return found


async def read_disposal(disposal_id: UUID, *, actor: Actor) -> Disposal:
    """An end of life of the service.

    Raises:
        NotFound: `disposal.not_found`.
    """
    actor.require(Permission.READ)
    return await disposals.get(disposal_id, actor.service_id)


async def list_disposals(
    *, actor: Actor, states: Sequence[DisposalState] = (), limit: int = 50, after: UUID | None = None
) -> list[Disposal]:
    """The ends of life of the service, the newest first."""
    actor.require(Permission.READ)
    return await disposals.page(actor.service_id, states=states, limit=limit, after=after)


async def count_disposals(*, actor: Actor, states: Sequence[DisposalState] = ()) -> int:
    """How many there are."""
    actor.require(Permission.READ)
    return await disposals.count(actor.service_id, states=states)


async def items_to_dispose(item_ids: Sequence[UUID], *, actor: Actor) -> list[DisposedItem]:
    """The chosen items of the service, once none of them is kept by something else.

    Raises:
        NotFound: `item.not_found`.
        RuleBroken: `disposal.not_state_property`.
        Conflict: what `check_may_leave_stock` refuses.
    """
    actor.require(Permission.READ)
    found = await disposals.what_keeps(await items.get_many(item_ids, actor.service_id))
    check_may_leave_stock(None, found)
    return found
