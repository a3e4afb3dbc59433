"""The papers of an end of life: the act, the commitment of an association, the list for the Domaine, the scans kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime
from functools import partial
from uuid import UUID

from materiel.documents.content import Content
from materiel.documents.lists.disposal_act import compose_commitment, compose_disposal_act
from materiel.documents.lists.domaine_list import compose_domaine_list
from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.circuit.disposal.disposal import Disposal, DisposalOutcome
from materiel.domain.papers.act import ActKind
from materiel.errors import Conflict
from materiel.exchange.tabular import Rows, TableFormat, written
from materiel.exchange.writing import Cell, Euros
from materiel.store.accounts import service as services
from materiel.store.circuit import disposal as disposals
from materiel.store.circuit.disposal import DisposalScan
from materiel.use_cases.papers.act import keep_act, read_act
from materiel.use_cases.work.drawing import draw_paper

COLUMNS = (
    *("N° d'inventaire", "Désignation", "Marque", "Modèle", "N° de série", "Acheté le", "Prix d'achat"),
    *("Valeur estimée", "État", "Visible à", "Photo n°"),
)


async def disposal_act(disposal_id: UUID, *, actor: Actor, now: datetime) -> bytes:
    """The act of a decided end of life, to be signed: as it was decided.

    Raises:
        NotFound: `disposal.not_found`.
        Conflict: `disposal.no_act`.
    """
    actor.require(Permission.READ)
    disposal = await disposals.get(disposal_id, actor.service_id)
    if disposal.decided_on is None:
        raise Conflict(
            "disposal.no_act", "Cette fin de vie n'est pas décidée : son acte se fait une fois qu'elle l'est."
        )
    return await _read(disposal, ActKind.DISPOSAL, actor, now)


async def keep_disposal_paper(disposal: Disposal, kind: ActKind, *, actor: Actor, now: datetime) -> None:
    """Keep the act of an end of life as it is decided, or a commitment as it is proposed, in the same transaction."""
    said = await _said(disposal, kind, actor.civil_date(now))
    await keep_act(kind, disposal.id, said, services=(disposal.service_id,), actor=actor, now=now)


async def disposal_commitment(disposal_id: UUID, *, actor: Actor, now: datetime) -> bytes:
    """What an association signs before it takes the items: as it was proposed.

    Raises:
        NotFound: `disposal.not_found`.
        Conflict: `disposal.no_commitment`.
    """
    actor.require(Permission.READ)
    disposal = await disposals.get(disposal_id, actor.service_id)
    if disposal.outcome is not DisposalOutcome.ASSOCIATION:
        raise Conflict("disposal.no_commitment", "Seule une association signe un engagement.")
    return await _read(disposal, ActKind.COMMITMENT, actor, now)


async def domaine_list(disposal_id: UUID, *, actor: Actor, now: datetime) -> bytes:
    """The list for the Domaine, as a PDF. Nothing is written.

    Raises:
        NotFound: `disposal.not_found`.
        Conflict: `disposal.not_for_domaine`.
    """
    disposal = await _for_domaine(disposal_id, actor)
    service = await services.get(disposal.service_id)
    return await draw_paper(compose_domaine_list(disposal, service, actor.civil_date(now)))


async def domaine_table(disposal_id: UUID, *, actor: Actor, form: TableFormat) -> AsyncIterator[bytes]:
    """The same as a table.

    Raises:
        NotFound: `disposal.not_found`.
        Conflict: `disposal.not_for_domaine`.
    """
    disposal = await _for_domaine(disposal_id, actor)

    async def pages() -> AsyncIterator[Rows]:
        yield [_cells(disposal, rank) for rank in range(len(disposal.items))]

    return written(form, COLUMNS, pages())


async def disposal_scans(disposal_id: UUID, *, actor: Actor) -> list[DisposalScan]:
    """The scans of an end of life of the service.

    Raises:
        NotFound: `disposal.not_found`.
    """
    actor.require(Permission.READ)
    disposal = await disposals.get(disposal_id, actor.service_id)
    return await disposals.scans(disposal.id)


async def read_disposal_scan(disposal_id: UUID, scan_id: UUID, *, actor: Actor) -> tuple[str, bytes]:
    """The media type and the bytes of one of them.

    Raises:
        NotFound: `disposal.paper_not_found`.
    """
    actor.require(Permission.READ)
    return await disposals.scan_content(disposal_id, scan_id, actor.service_id)


async def _read(disposal: Disposal, kind: ActKind, actor: Actor, now: datetime) -> bytes:
    said = partial(_said, disposal, kind, actor.civil_date(now))
    return await read_act(kind, disposal.id, said, services=(disposal.service_id,), actor=actor, now=now)


async def _said(disposal: Disposal, kind: ActKind, day: date) -> Content:
    service = await services.get(disposal.service_id)
    compose = compose_commitment if kind is ActKind.COMMITMENT else compose_disposal_act
    return compose(disposal, service, day)


async def _for_domaine(disposal_id: UUID, actor: Actor) -> Disposal:
    actor.require(Permission.READ)
    disposal = await disposals.get(disposal_id, actor.service_id)
    if disposal.outcome is not DisposalOutcome.DOMAINE:
        raise Conflict(
            "disposal.not_for_domaine",
            f"Ces matériels ne vont pas au Domaine ({disposal.outcome.label.lower()}) : cette liste ne les "
            "concerne pas.",
        )
    return disposal


def _cells(disposal: Disposal, rank: int) -> list[Cell]:
    each = disposal.items[rank]
    price = each.purchase_price_cents
    return [
        each.inventory_number,
        each.designation,
        each.brand,
        each.model,
        each.serial_number,
        each.acquired_on,
        None if price is None else Euros(price),
        Euros(each.value_cents),
        each.condition.label,
        each.seen_at,
        disposal.photo_number(rank),
    ]
