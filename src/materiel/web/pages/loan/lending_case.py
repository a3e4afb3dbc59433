"""The case that the lending page is about, read from its address or its form: who, what, where, on what terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from urllib.parse import urlencode
from uuid import UUID

from materiel.domain.accounts.roles import Actor
from materiel.domain.circuit.need import Need, NeedKind
from materiel.domain.circuit.workshop.kit import Kit, Together, kit_of, together, why_not_lent
from materiel.domain.item.item import Item, check_can_be_lent
from materiel.domain.loan.alternative import Alternative
from materiel.domain.loan.decision import Schooling
from materiel.domain.loan.request import NO_LAST_DAY
from materiel.domain.people.pupil import Pupil
from materiel.domain.places.school import School
from materiel.domain.usage import Basis, Custody, Usage
from materiel.errors import MaterielError, NotFound
from materiel.use_cases.circuit.need import read_need
from materiel.use_cases.circuit.workshop.kit import kits_of_items
from materiel.use_cases.item.item import get_item
from materiel.use_cases.loan.lending import AskDecision, Examination, examine, last_basis
from materiel.use_cases.people.pupil import get_pupil
from materiel.use_cases.places.school import get_school
from materiel.web.http.forms import Form
from materiel.web.pages.acting import uuid_of
from materiel.web.pages.loan.change import read_basis

PATH = "/preter"
EXAMINATION = "examen"
EXAMINATION_PURPOSE = "Épreuves d'un examen : matériel mis à la disposition du centre pour des candidats"
PURPOSES = {
    Usage.INDIVIDUAL: "Travail en classe et travail personnel",
    Usage.SHARED: "Usage pédagogique par les élèves de l'établissement",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LendingCase:
    """What is chosen so far. `lost` are sentences about what the address named and that does not exist.

    `need`: the need of the pupil that the loan is to meet. `for_examination`: a deposit at a centre of
    examination, whose last day is required. `kits`: those of the items chosen, and of those that a search found.
    """

    usage: Usage
    custody: Custody | None = None
    pupil: Pupil | None = None
    school: School | None = None
    items: tuple[Item, ...] = ()
    examined: Examination | None = None
    today: date
    lost: tuple[str, ...] = ()
    need: Need | None = None
    for_examination: bool = False
    kits: tuple[Kit, ...] = ()

    @property
    def is_incomplete(self) -> bool:
        """Something must still be chosen before the terms."""
        lacks_pupil = self.usage is Usage.INDIVIDUAL and self.pupil is None
        return lacks_pupil or not self.items or self.school is None or self.custody is None

    @property
    def obstacles(self) -> tuple[MaterielError, ...]:
        """What issuing would refuse, as far as the case is known."""
        return self.examined.obstacles if self.examined else ()

    @property
    def address(self) -> str:
        """The page of this case; what it holds is chosen, nothing is written."""
        chosen: list[tuple[str, str]] = [("usage", self.usage.value)]
        if self.pupil is not None:
            chosen.append(("pupil", str(self.pupil.id)))
        if self.school is not None:
            chosen.append(("school", self.school.uai))
        if self.custody is not None:
            chosen.append(("custody", self.custody.value))
        if self.need is not None:
            chosen.append(("besoin", str(self.need.id)))
        if self.for_examination:
            chosen.append(("occasion", EXAMINATION))
        chosen += [("item", str(item.id)) for item in self.items]
        return f"{PATH}?{urlencode(chosen)}"

    @property
    def at_examination(self) -> LendingCase:
        """The same deposit, for a centre of examination."""
        return replace(self, for_examination=True)

    def with_pupil(self, pupil: Pupil) -> LendingCase:
        """The same case for a pupil, at the school of the pupil's record."""
        return replace(self, usage=Usage.INDIVIDUAL, pupil=pupil, school=None, need=None)

    def with_item(self, item: Item) -> LendingCase:
        """The same case with one more item, and with it all of its kit that may be lent; twice the same is once."""
        kit = kit_of(self.kits, item.id)
        more = [item] if kit is None else [item, *kit.available(self.today)]
        return replace(self, items=tuple(dict.fromkeys((*self.items, *more))))

    def with_kit(self, kit: Kit) -> LendingCase:
        """The same case with all of a kit that may be lent."""
        return replace(self, items=tuple(dict.fromkeys((*self.items, *kit.available(self.today)))))

    def without(self, *gone: Item) -> LendingCase:
        """The same case with these items less."""
        ids = {each.id for each in gone}
        return replace(self, items=tuple(each for each in self.items if each.id not in ids))

    @property
    def in_kits(self) -> list[Together[Item]]:
        """The items chosen, those of a kit put together."""
        return together(self.items, self.kits, lambda each: each.id)

    def left_of(self, kit: Kit) -> list[tuple[Item, str]]:
        """The parts of a kit that are not chosen, each with why it cannot be; no reason for one that could."""
        left = kit.but({each.id for each in self.items})
        return [(each, why_not_lent(each, self.today)) for each in left]

    def with_school(self, school: School) -> LendingCase:
        """The same case in another school."""
        return replace(self, school=school)

    def kept(self, usage: Usage) -> LendingCase:
        """The same case for the other usage: a shared item has no pupil and stays at school."""
        if usage is Usage.SHARED:
            return replace(self, usage=usage, pupil=None, custody=Custody.SCHOOL, need=None)
        return replace(self, usage=usage, custody=None, for_examination=False)

    def in_custody(self, custody: Custody) -> LendingCase:
        """The same case, the items staying there."""
        return replace(self, custody=custody)

    def changed_by(self, alternative: Alternative) -> str:
        """The address of the lawful alternative."""
        usage = alternative.usage or self.usage
        pupil = self.pupil if usage is Usage.INDIVIDUAL else None
        changed = replace(self, usage=usage, custody=alternative.custody or self.custody, pupil=pupil)
        basis = f"&{urlencode({'basis/kind': alternative.basis.value})}" if alternative.basis else ""
        return changed.address + basis

    def obstacle(self, item: Item) -> str:
        """Why an item cannot be lent now; empty when it can."""
        try:
            check_can_be_lent(item, self.today)
        except MaterielError as refusal:
            return refusal.message
        return ""


def where_to_mend(obstacle: MaterielError, pupil_id: UUID | None) -> str:
    """The page where what prevents issuing is mended: the service's settings, else the pupil's record."""
    if obstacle.code.startswith("service."):
        return "/reglages/service"
    if pupil_id is None:
        return ""
    # A death and a disagreement are told on the sheet itself; the others are fields of the record.
    told = obstacle.code in {"pupil.deceased", "pupil.disagreement"}
    return f"/eleves/{pupil_id}" if told else f"/eleves/{pupil_id}/modifier"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the last part of the page asks."""

    starts_on: date | None
    ends_on: date | None
    purpose: str
    basis: Basis | None
    schooling: Schooling
    override_reason: str


def read_terms(form: Form) -> Terms:
    """The terms typed, every fault noted."""
    typed = form.text("schooling")
    known = {each.value for each in Schooling}
    return Terms(
        starts_on=form.day("starts_on", required="Indiquez le premier jour du prêt."),
        ends_on=form.day("ends_on", required=NO_LAST_DAY if is_for_examination(form) else ""),
        purpose=form.text("purpose", required="Indiquez l'usage pour lequel le matériel est prêté."),
        basis=read_basis(form),
        schooling=Schooling(typed) if typed in known else Schooling.ORDINARY,
        override_reason=form.text("override_reason"),
    )


async def fill_terms(form: Form, need: Need | None, *, actor: Actor, today: date) -> None:
    """Give the terms that the address does not name: today, the usual purpose, the basis of the pupil's last loan."""
    usage = usage_of(form)
    for name, value in (
        ("starts_on", today),
        ("purpose", EXAMINATION_PURPOSE if is_for_examination(form) else PURPOSES[usage]),
        ("schooling", Schooling.ORDINARY),
    ):
        if not form.many(name):
            form.set(name, value)
    pupil_id = uuid_of(form.text("pupil"))
    if form.many("basis/kind") or pupil_id is None or usage is Usage.SHARED:
        return
    basis = _basis_of(need) if need is not None else await last_basis(pupil_id, actor=actor)
    if need is not None and need.kind is NeedKind.TRIAL and not form.many("ends_on"):
        form.set("ends_on", need.valid_until)
    if basis is not None:
        form.set("basis/kind", basis.kind)
        form.set("basis/reference", basis.reference)
        form.set("basis/decided_on", basis.decided_on)
        form.set("basis/valid_until", basis.valid_until)


def is_for_examination(form: Form) -> bool:
    """Whether the address or the form asks for a deposit at a centre of examination."""
    return usage_of(form) is Usage.SHARED and form.text("occasion") == EXAMINATION


def usage_of(form: Form) -> Usage:
    """The usage asked; individual unless told."""
    return Usage.SHARED if form.text("usage") == Usage.SHARED else Usage.INDIVIDUAL


async def read_case(form: Form, need: Need | None, *, actor: Actor, now: datetime, today: date) -> LendingCase:
    """The case of a form, and what the table answers as soon as the school and the custody are known.

    What the form names and that does not exist in the service is told in `lost`, and left out.
    """
    lost: list[str] = []
    usage = usage_of(form)
    pupil = await _pupil(form, actor, lost) if usage is Usage.INDIVIDUAL else None
    school = await _school(form.text("school") or (pupil.school_uai if pupil else ""), actor, lost)
    custody = Custody(form.text("custody")) if form.text("custody") in {each.value for each in Custody} else None
    if usage is Usage.SHARED and custody is None:
        custody = Custody.SCHOOL
    case = LendingCase(
        usage=usage,
        custody=custody,
        pupil=pupil,
        school=school,
        items=await _items(form, actor, lost),
        today=today,
        lost=tuple(lost),
        need=need if pupil is not None else None,
        for_examination=is_for_examination(form),
    )
    case = await knowing_kits(case, (), actor=actor)
    if school is None or custody is None:
        return case
    terms = read_terms(Form({name: form.many(name) for name in TERM_FIELDS}))
    question = AskDecision(
        usage=usage,
        custody=custody,
        school=school.uai,
        basis=terms.basis,
        pupil=pupil.id if pupil else None,
        starts_on=terms.starts_on,
        ends_on=terms.ends_on,
        schooling=terms.schooling,
    )
    return replace(case, examined=await examine(question, actor=actor, now=now))


async def knowing_kits(case: LendingCase, found: Sequence[Item], *, actor: Actor) -> LendingCase:
    """The same case with the kits of the items chosen, and of those found."""
    chosen = [each.id for each in (*case.items, *found)]
    return replace(case, kits=tuple(await kits_of_items(chosen, actor=actor)))


TERM_FIELDS = (
    *("starts_on", "ends_on", "purpose", "schooling", "override_reason"),
    *("basis/kind", "basis/reference", "basis/decided_on", "basis/valid_until"),
)


async def asked_need(form: Form, actor: Actor) -> Need | None:
    """The need that the address names, of the pupil that it names, while it waits; None otherwise."""
    need_id = uuid_of(form.text("besoin"))
    if need_id is None:
        return None
    try:
        need = (await read_need(need_id, actor=actor)).need
    except NotFound:
        return None
    waits = need.is_open and need.loan_id is None and form.text("pupil") == str(need.pupil_id)
    return need if waits else None


def _basis_of(need: Need) -> Basis:
    """What a loan that meets a need rests upon: its decision, with the day it was notified and its end."""
    basis = need.basis
    return replace(
        basis, decided_on=basis.decided_on or need.notified_on, valid_until=basis.valid_until or need.valid_until
    )


async def _pupil(form: Form, actor: Actor, lost: list[str]) -> Pupil | None:
    pupil_id = uuid_of(form.text("pupil"))
    if pupil_id is None:
        return None
    try:
        return await get_pupil(pupil_id, actor=actor)
    except NotFound as unknown:
        lost.append(unknown.message)
        return None


async def _school(uai: str, actor: Actor, lost: list[str]) -> School | None:
    if not uai:
        return None
    try:
        return await get_school(uai, actor=actor)
    except NotFound as unknown:
        lost.append(unknown.message)
        return None


async def _items(form: Form, actor: Actor, lost: list[str]) -> tuple[Item, ...]:
    found: list[Item] = []
    for typed in dict.fromkeys(form.many("item")):
        item_id = uuid_of(typed)
        if item_id is None:
            continue
        try:
            found.append(await get_item(item_id, actor=actor))
        except NotFound as unknown:
            lost.append(unknown.message)
    return tuple(found)
