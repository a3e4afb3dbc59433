"""Signing several papers at once behind a link: all that awaits the reader, chosen, read on one page, one code, done.

Families and institutions take these steps by the same handlers, each with its own `Lot`. Everything chosen was shown:
the page holds what each paper asks in a few lines, then its whole text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import SkipValidation
from litestar.response import Redirect

from materiel.documents.aids.summary import essentials
from materiel.documents.html.document import render_fragment
from materiel.domain.accounts.service import ManagingService
from materiel.domain.papers.document import RECEIPTS
from materiel.domain.signing.electronic_signature import Intent, TypedSignature
from materiel.domain.signing.evidence import Means
from materiel.domain.signing.lot import MOST_IN_LOT
from materiel.errors import MaterielError
from materiel.settings import Settings
from materiel.use_cases.signing.lot import ChosenPaper, SignLot, ask_lot_code, lot_code_sent, sign_lot
from materiel.use_cases.signing.telling_apart import Signer
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of
from materiel.web.pages.links.session import (
    Acting,
    KeptLot,
    acting_in,
    forget_identity,
    is_read,
    keep_acting,
    keep_lot,
    kept_identity,
    kept_lot,
    lot_signed,
    may_leave,
    note_lot_signed,
    note_shown,
    shown_at,
)
from materiel.web.pages.shell.filters import plural
from materiel.web.pages.shell.rendering import render, render_form
from materiel.web.pages.signing.offered import ONLY_MAIL, Offered, code_context
from materiel.web.pages.signing.signing import DocumentReading


@dataclass(frozen=True, kw_only=True)
class Lot:
    """The papers that await one person behind one mailbox, each as its own page reads it, in groups.

    `id` is that of the link of the first child, or of the institution; `title` says for whom.
    """

    id: UUID
    signer: Signer
    service: ManagingService
    root: str
    home: str
    address: str
    groups: tuple[tuple[str, tuple[DocumentReading, ...]], ...]
    on_behalf_of: str = ""
    shared_with: str = ""
    offered: Offered = ONLY_MAIL

    @property
    def readings(self) -> tuple[DocumentReading, ...]:
        """The papers of every group, as many as one page holds."""
        return tuple(reading for _, readings in self.groups for reading in readings)[:MOST_IN_LOT]

    @property
    def place(self) -> str:
        """Where the steps are."""
        return f"{self.root}/signer/{self.id}"

    @property
    def named(self) -> list[str]:
        """The persons whom the papers name, each once: whoever signs is one of them or stands in."""
        return list(dict.fromkeys(name for each in self.readings for name in each.named))

    def to(self, page: str = "") -> Redirect:
        """Lead to one of the steps, or to the list."""
        return Redirect(f"{self.place}{'/' if page else ''}{page}", status_code=303)


async def show_lot(
    request: Request[Any, Any, Any],
    lot: NamedDependency[SkipValidation[Lot]],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Everything that awaits the reader, all ticked, to read and to sign together."""
    if not lot.readings:
        return Redirect(lot.root, status_code=303)
    kept = kept_lot(request, lot.id)
    acting = acting_in(request)
    form = Form.filled(name=acting.name, capacity=acting.capacity, stands_in=acting.stands_in)
    if kept is not None:
        form = Form.filled(
            name=kept.name,
            capacity=kept.capacity,
            stands_in=kept.stands_in,
            person=kept.is_person,
            consent=True,
            means=kept.means,
        )
        for document_id, remarks in kept.remarks.items():
            form.set(f"remarks/{document_id}", remarks)
    lot.offered.choose(form)
    chosen = {each.document.id for each in lot.readings}
    chosen &= set(kept.documents) if kept is not None else chosen
    return render(request, "signing/lot.html", _to_read(request, lot, form, chosen or None, now))


async def receive_lot_code(
    request: Request[Any, Any, Any],
    lot: NamedDependency[SkipValidation[Lot]],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Check what was chosen and typed, then send one code."""
    form = await read_form(request)
    wanted = set(form.many("document"))
    chosen = [each for each in lot.readings if str(each.document.id) in wanted]
    if not chosen:
        form.fault("document", "Cochez au moins un document à signer.")
    kept = _typed(form, chosen, lot.offered.chosen(form), now)
    _check(request, form, chosen, kept)
    if not form.faults and kept.means is not Means.IDENTITY:
        try:
            await ask_lot_code(papers_of(chosen), means=kept.means, base_url=settings.base_url, now=now)
        except MaterielError as refusal:
            # The code on its way serves these papers as well: a page sent twice is not a fault.
            if refusal.code != "code.too_soon":
                form.refuse(refusal)
    if form.faults:
        ids = {each.document.id for each in chosen}
        return render_form(request, "signing/lot.html", form, _to_read(request, lot, form, ids, now))
    await keep_lot(request, lot.id, kept)
    await keep_acting(request, Acting(kept.name, kept.capacity, kept.stands_in))
    return lot.to("code")


async def resend_lot_code(
    request: Request[Any, Any, Any],
    lot: NamedDependency[SkipValidation[Lot]],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Send another code for the same papers; what was typed before is kept."""
    chosen, _ = still_chosen(request, lot)
    if not chosen:
        return lot.to()
    papers = papers_of(chosen)
    means = lot.offered.again(await read_form(request), await lot_code_sent(papers))
    try:
        await ask_lot_code(papers, means=means, base_url=settings.base_url, now=now)
        await session_of(request).flash("Un nouveau code est écrit. Le précédent ne sert plus.")
    except MaterielError as refusal:
        await session_of(request).flash(refusal.message, "warning")
    return lot.to("code")


async def show_lot_code(
    request: Request[Any, Any, Any],
    lot: NamedDependency[SkipValidation[Lot]],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Check what is about to be signed, and type the code."""
    kept = kept_lot(request, lot.id)
    chosen, gone = still_chosen(request, lot)
    if kept is None or not chosen:
        return lot.to("signe" if lot_signed(request, lot.id) else "")
    if gone:
        return await _say_gone(request, lot, gone)
    context = await _to_check(request, lot, kept, chosen, now)
    return render(request, "signing/lot_code.html", {"form": Form(), **context})


async def sign_all(
    request: Request[Any, Any, Any],
    lot: NamedDependency[SkipValidation[Lot]],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Sign all that was chosen with the code, or nothing; sent twice, it is signed once."""
    kept = kept_lot(request, lot.id)
    if kept is None:
        if lot_signed(request, lot.id):
            return lot.to("signe")
        await session_of(request).flash("Recommencez ici : votre nom et votre accord ont été oubliés.", "warning")
        return lot.to()
    chosen, gone = still_chosen(request, lot)
    if gone or not chosen:
        return await _say_gone(request, lot, gone)
    form = await read_form(request)
    identity = kept_identity(request, lot.id) if form.typed("given") == Means.IDENTITY else None
    typed = "" if identity else form.text("code", required="Tapez les six chiffres du code reçu.")
    if typed or identity:
        try:
            papers = [
                (paper, _intent(request, each, kept)) for paper, each in zip(papers_of(chosen), chosen, strict=True)
            ]
            command = SignLot(papers=tuple(papers), code=typed, identity=identity)
            await sign_lot(command, base_url=settings.base_url, now=now)
        except MaterielError as refusal:
            form.fault("code" if refusal.code.startswith("code.") else "", refusal.message)
            if identity:
                await forget_identity(request, lot.id)
        else:
            await note_lot_signed(request, lot.id, [(each.document.id, each.words) for each in chosen])
            return lot.to("signe")
    context = await _to_check(request, lot, kept, chosen, now)
    return render_form(request, "signing/lot_code.html", form, context)


async def show_lot_signed(request: Request[Any, Any, Any], lot: NamedDependency[SkipValidation[Lot]]) -> Response[Any]:
    """Confirm, and say what is left to sign."""
    signed = lot_signed(request, lot.id)
    if not signed:
        return Redirect(lot.root, status_code=303)
    return render(request, "signing/lot_signed.html", {"lot": lot, "signed": signed, "leaving": may_leave(request)})


def _typed(form: Form, chosen: Sequence[DocumentReading], means: Means, now: datetime) -> KeptLot:
    remarks = {str(each.document.id): form.lines(f"remarks/{each.document.id}") for each in chosen}
    return KeptLot(
        documents=[each.document.id for each in chosen],
        name=form.text("name"),
        capacity=form.text("capacity"),
        stands_in=form.ticked("stands_in"),
        is_person=form.ticked("person"),
        strokes=form.typed("strokes"),
        remarks={document_id: text for document_id, text in remarks.items() if text},
        consented_at=now,
        means=means,
    )


def _intent(
    request: Request[Any, Any, Any], reading: DocumentReading, kept: KeptLot, *, consents: bool = True
) -> Intent:
    """What was typed, for one paper.

    Raises:
        RuleBroken: `signature.invalid`.
    """
    typed = TypedSignature(
        name=kept.name,
        capacity=kept.capacity,
        stands_in=kept.stands_in,
        is_person=kept.is_person,
        consents=consents,
        strokes=kept.strokes,
        remarks=kept.remarks.get(str(reading.document.id), ""),
        means=kept.means,
    )
    shown = shown_at(request, reading.document.id, kept.consented_at)
    return reading.check(typed, shown_at=shown, now=kept.consented_at)


def _check(request: Request[Any, Any, Any], form: Form, chosen: Sequence[DocumentReading], kept: KeptLot) -> None:
    """Note every fault once, whatever the number of papers that it is about."""
    told: set[tuple[str, str]] = set()
    for each in chosen:
        try:
            _intent(request, each, kept, consents=form.ticked("consent"))
        except MaterielError as refusal:
            for error in refusal.errors:
                name = error.pointer.lstrip("/")
                told.add((f"remarks/{each.document.id}" if name == "remarks" else name, error.detail))
    for name, detail in sorted(told, key=_place):
        form.fault(name, detail)


def _place(fault: tuple[str, str]) -> tuple[int, str, str]:
    """The order of the page: the remarks of each paper, then who signs, then the box."""
    order = ("person", "name", "capacity", "consent")
    return (order.index(fault[0]) + 1 if fault[0] in order else 0, *fault)


def still_chosen(request: Request[Any, Any, Any], lot: Lot) -> tuple[list[DocumentReading], list[UUID]]:
    """Of the papers chosen, those that are still to sign, and those that are not any more."""
    kept = kept_lot(request, lot.id)
    known = {each.document.id: each for each in lot.readings}
    wanted = kept.documents if kept is not None else []
    return [known[each] for each in wanted if each in known], [each for each in wanted if each not in known]


async def _say_gone(request: Request[Any, Any, Any], lot: Lot, gone: Sequence[UUID]) -> Redirect:
    """Lead back to the list, from which what is not to sign any more is gone: another set needs another code."""
    said = f"Rien n'est signé : {plural(len(gone), 'document')} de votre choix ne se signe plus ici. "
    await session_of(request).flash(said + "Vérifiez la liste, puis demandez un code.", "warning")
    return lot.to() if lot.readings else Redirect(lot.root, status_code=303)


def papers_of(chosen: Sequence[DocumentReading]) -> list[ChosenPaper]:
    """The papers to sign, each behind its link."""
    return [ChosenPaper(document_id=each.document.id, signer=each.signer) for each in chosen]


def _to_read(
    request: Request[Any, Any, Any], lot: Lot, form: Form, chosen: set[UUID] | None, now: datetime
) -> dict[str, Any]:
    """The whole list, each paper with its text: showing it is noted."""
    shown = {each.document.id: each for each in lot.readings}
    for document_id in shown:
        note_shown(request, document_id, now)
    groups = [
        (
            label,
            [
                {
                    "reading": each,
                    "body": render_fragment(each.content, lowered_by=1),
                    "essentials": essentials(each.content),
                    "is_receipt": each.document.kind in RECEIPTS,
                    "is_read": is_read(request, each.document.id),
                    "is_chosen": chosen is None or each.document.id in chosen,
                }
                for each in readings
                if each.document.id in shown
            ],
        )
        for label, readings in lot.groups
    ]
    return {
        "lot": lot,
        "form": form,
        "offered": lot.offered,
        "groups": [(label, papers) for label, papers in groups if papers],
    }


async def _to_check(
    request: Request[Any, Any, Any], lot: Lot, kept: KeptLot, chosen: Sequence[DocumentReading], now: datetime
) -> dict[str, Any]:
    code = await lot_code_sent(papers_of(chosen))
    return {
        "lot": lot,
        "kept": kept,
        "chosen": chosen,
        "now": now,
        **code_context(lot.offered, code, kept_identity(request, lot.id), lot.address, now),
    }


def lot_steps(prefix: str) -> list[HTTPRouteHandler]:
    """The handlers of every step, for a router that provides `lot`; `prefix` begins the names of their routes."""
    place = "/signer/{lot_id:uuid}"
    return [
        get(place, name=f"{prefix}:lot")(show_lot),
        post(f"{place}/code", name=f"{prefix}:lot_ask_code")(receive_lot_code),
        post(f"{place}/code/renvoyer", name=f"{prefix}:lot_resend_code")(resend_lot_code),
        get(f"{place}/code", name=f"{prefix}:lot_code")(show_lot_code),
        post(f"{place}/signature", name=f"{prefix}:lot_sign")(sign_all),
        get(f"{place}/signe", name=f"{prefix}:lot_signed")(show_lot_signed),
    ]
