"""One search over what the actor's service holds: people, items, loans, papers, schools and communes.

An exact number leads straight to what bears it. Words are found as each list finds them. What was typed is kept nowhere
and told to no log.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from materiel.domain.accounts.roles import PERMISSIONS, Actor, Permission
from materiel.domain.desk.finding import (
    LONGEST,
    SHORTEST,
    SHOWN,
    Findings,
    Hit,
    HitGroup,
    HitKind,
    UsualAct,
    act_on_document,
    act_on_item,
    act_on_loan,
    meant_numbers,
)
from materiel.domain.item.code import document_code, readings
from materiel.domain.item.item import Item
from materiel.domain.language import states
from materiel.domain.language.folding import name_key, visible
from materiel.domain.language.french import long_date
from materiel.domain.language.identifiers import clean_inventory_number, clean_uai, uai_fault
from materiel.domain.papers.document import SignatureStatus, shown_state, state_of
from materiel.domain.people.death import is_silenced
from materiel.domain.people.pupil import Pupil, Representative
from materiel.domain.people.standing import age_on
from materiel.domain.places.municipality import Municipality
from materiel.domain.places.school import School
from materiel.domain.usage import Custody
from materiel.errors import BadInput, NotFound
from materiel.store.accounts import service as services
from materiel.store.desk import dashboard
from materiel.store.desk import finding as store
from materiel.store.engine.search import words_of
from materiel.store.item import item as items
from materiel.store.item import list as item_list
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.store.people import search as people
from materiel.store.places import municipality as municipalities
from materiel.store.places import school as schools
from materiel.use_cases.item.code import bearer_of, item_of_label
from materiel.use_cases.loan.list import DocumentLine, LoanLine, loan_lines

MOST_SERIALS = 20
"""Items that hold the word typed, looked at for the one whose serial number it is."""

_FIGURE = re.compile(r"[0-9]")


async def find(q: str, *, actor: Actor, now: datetime) -> Findings:
    """What the service holds that answers to the words or to the number typed.

    Raises:
        BadInput: `search.too_short`.
    """
    actor.require(Permission.READ)
    typed = visible(q).strip()[:LONGEST].strip()
    if len(name_key(typed)) < SHORTEST:
        raise BadInput("search.too_short", "Saisissez au moins deux lettres ou deux chiffres de ce que vous cherchez.")
    search = _Search(typed, actor, now)
    exact = await search.exact()
    if exact is not None:
        return Findings(q=typed, exact=exact, groups=())
    return Findings(q=typed, exact=None, groups=tuple(group for group in await search.groups() if group.hits))


class _Search:
    """The words of one search, and who asks."""

    def __init__(self, typed: str, actor: Actor, now: datetime) -> None:
        self._typed = typed
        self._words = words_of(typed)
        self._service = actor.service_id
        self._actor = actor
        self._now = now
        self._today: date = actor.civil_date(now)
        self._writes = Permission.WRITE in PERMISSIONS[actor.role]

    async def exact(self) -> Hit | None:
        """The only thing that bears the number typed; None for none, or for several."""
        found = await self._items_of_number()
        item_hits = await self._of_items(list(found.values()))
        papers = {hit.key: hit for hit in await self._documents_of_number()}
        school_hits = await self._schools_of_number()
        loan_hits = await self._loans_of_reference()
        borne = [*item_hits, *papers.values(), *school_hits, *loan_hits]
        return borne[0] if len(borne) == 1 else None

    async def groups(self) -> list[HitGroup]:
        """What answers to the words, kind after kind."""
        loans, papers = await self._loans_and_papers()
        return [
            await self._pupils(),
            await self._representatives(),
            await self._items(),
            loans,
            papers,
            await self._schools(),
            await self._municipalities(),
        ]

    async def _items_of_number(self) -> dict[UUID, Item]:
        found: dict[UUID, Item] = {}
        try:
            labelled = await item_of_label(self._typed, actor=self._actor)
        except NotFound as replaced:
            labelled = await bearer_of(replaced, actor=self._actor)
        if labelled is not None:
            found[labelled.id] = labelled
        for each in readings(self._typed):
            numbered = await items.by_inventory_number(self._service, clean_inventory_number(each))
            if numbered is not None:
                found[numbered.id] = numbered
        if _FIGURE.search(self._typed):
            for item in await items.page(self._service, q=self._typed, whole=True, limit=MOST_SERIALS):
                if name_key(item.serial_number) == name_key(self._typed):
                    found[item.id] = item
        return found

    async def _documents_of_number(self) -> list[Hit]:
        numbered = await store.documents_numbered(self._service, ["".join(self._typed.split()).upper()])
        wanted = [document_id for document_id, _ in numbered]
        for code in filter(None, map(document_code, readings(self._typed))):
            document = await documents.by_code(code)
            if document is not None and document.service_id == self._service:
                wanted.append(document.id)
        found = await documents.get_many(wanted, self._service)
        places = await dashboard.places(self._service, [each.loan_id for each in found])
        return [self._of_document(DocumentLine(document=each, place=places[each.loan_id])) for each in found]

    async def _loans_of_reference(self) -> list[Hit]:
        """Loans taken over, by what their old paper bore."""
        ids = await store.loans_of_reference(self._service, self._typed)
        return [self._of_loan(line) for line in await loan_lines(ids[:SHOWN], actor=self._actor, now=self._now)]

    async def _schools_of_number(self) -> list[Hit]:
        uai = clean_uai(self._typed)
        known = await schools.by_uais([uai], self._service) if uai_fault(uai) is None else {}
        return [_of_school(each) for each in known.values()]

    async def _pupils(self) -> HitGroup:
        ids = await people.pupils(self._service, self._words, limit=SHOWN + 1)
        found = await pupils.get_many(ids[:SHOWN], self._service)
        attended = await schools.by_uais((each.school_uai for each in found.values()), self._service)
        hits = [self._of_pupil(each, attended[each.school_uai]) for each in found.values()]
        return _group(HitKind.PUPIL, hits, more=len(ids) > SHOWN)

    async def _representatives(self) -> HitGroup:
        ids = await people.representatives(self._service, self._words, limit=SHOWN + 1)
        found = await pupils.get_many([pupil_id for pupil_id, _ in ids[:SHOWN]], self._service)
        wanted = {person_id for _, person_id in ids[:SHOWN]}
        hits = [
            _of_representative(person, pupil)
            for pupil in found.values()
            for person in pupil.representatives
            if person.id in wanted
        ]
        return _group(HitKind.REPRESENTATIVE, hits, more=len(ids) > SHOWN)

    async def _items(self) -> HitGroup:
        found = await items.page(self._service, q=self._typed, limit=SHOWN + 1)
        return _group(HitKind.ITEM, await self._of_items(found[:SHOWN]), more=len(found) > SHOWN)

    async def _loans_and_papers(self) -> tuple[HitGroup, HitGroup]:
        """By their names, and by the numbers of their papers; the papers are those of the loans shown."""
        service = await services.get(self._service)
        numbers = meant_numbers(self._typed, service.code, await store.numbered_years(self._service))
        numbered = [loan_id for _, loan_id in await store.documents_numbered(self._service, numbers)]
        named = await store.loans_named(self._service, self._words, limit=SHOWN + 1)
        taken_over = await store.loans_of_reference(self._service, self._typed)
        ids = list(dict.fromkeys([*numbered, *taken_over, *named]))
        more = len(ids) > SHOWN
        lines = await loan_lines(ids[:SHOWN], actor=self._actor, now=self._now)
        papers = [DocumentLine(document=paper, place=line.place) for line in lines for paper in line.papers]
        papers.sort(key=lambda line: line.document.id, reverse=True)
        papers.sort(key=lambda line: act_on_document(line.document, pupil_died=line.place.pupil_died) is None)
        shown = _group(HitKind.DOCUMENT, [self._of_document(each) for each in papers[:SHOWN]], sort=False)
        return (
            _group(HitKind.LOAN, [self._of_loan(line) for line in lines], more=more, sort=False),
            HitGroup(kind=shown.kind, hits=shown.hits, more=more or len(papers) > SHOWN),
        )

    async def _schools(self) -> HitGroup:
        found = await schools.page(self._service, words=self._words, limit=SHOWN + 1)
        return _group(HitKind.SCHOOL, [_of_school(each) for each in found[:SHOWN]], more=len(found) > SHOWN)

    async def _municipalities(self) -> HitGroup:
        found = await municipalities.page(self._service, words=self._words, limit=SHOWN + 1)
        hits = [_of_municipality(each) for each in found[:SHOWN]]
        return _group(HitKind.MUNICIPALITY, hits, more=len(found) > SHOWN)

    def _act(self, act: UsualAct | None) -> UsualAct | None:
        return act if self._writes else None

    def _of_pupil(self, pupil: Pupil, school: School) -> Hit:
        return Hit(
            kind=HitKind.PUPIL,
            key=str(pupil.id),
            name=f"{pupil.last_name} {pupil.first_name}",
            detail=f"{age_on(pupil, self._today)} ans",
            place=f"{school.name}, {school.municipality_name}",
            act=None if is_silenced(pupil) else self._act(UsualAct.LEND),
            pupil_id=pupil.id,
        )

    async def _of_items(self, found: Sequence[Item]) -> list[Hit]:
        holders = await item_list.holders([item.id for item in found])
        hits = []
        for item in found:
            holder = holders.get(item.id)
            held_by = holder.status if holder is not None else None
            act = act_on_item(item.status, held_by, is_out=holder is not None and holder.is_out)
            where = (holder.pupil_name, holder.school_name) if holder is not None else (item.storage_place,)
            hits.append(
                Hit(
                    kind=HitKind.ITEM,
                    key=str(item.id),
                    name=item.inventory_number,
                    detail=" ".join(filter(None, (item.designation, item.brand, item.model))),
                    place=", ".join(filter(None, where)),
                    state=item.status.value,
                    shown=item.status.shown,
                    act=self._act(act),
                    pupil_id=holder.pupil_id if holder is not None else None,
                    loan_id=holder.loan_id if holder is not None else None,
                )
            )
        return hits

    def _of_loan(self, line: LoanLine) -> Hit:
        loan, place = line.loan, line.place
        count = len(loan.open_items) if loan.is_open else len(loan.items)
        what = f"{count} matériel{'s' if count > 1 else ''}"
        home = loan.custody is Custody.HOME
        return Hit(
            kind=HitKind.LOAN,
            key=str(loan.id),
            name=line.number or f"{states.DRAFT.label} du {long_date(self._actor.civil_date(loan.created_at))}",
            detail=", ".join(filter(None, (what, place.pupil_name))),
            place=f"{place.school_name}, {loan.custody.label.lower()}" if home else place.school_name,
            state=loan.status.value,
            shown=loan.status.shown,
            act=self._act(act_on_loan(loan, pupil_died=place.pupil_died)),
            pupil_id=loan.pupil_id,
            loan_id=loan.id,
        )

    def _of_document(self, line: DocumentLine) -> Hit:
        paper, place = line.document, line.place
        act = act_on_document(paper, pupil_died=place.pupil_died)
        return Hit(
            kind=HitKind.DOCUMENT,
            key=str(paper.id),
            name=f"{paper.kind.label} {paper.number}",
            detail=f"du {long_date(paper.issued_on)}",
            place=place.pupil_name or place.school_name,
            state=(SignatureStatus.PENDING if act else state_of(paper, self._today)).value,
            shown=states.SIGNATURE_AWAITED if act else shown_state(paper, self._today),
            act=self._act(act),
            pupil_id=place.pupil_id,
            loan_id=paper.loan_id,
        )


def _of_representative(person: Representative, pupil: Pupil) -> Hit:
    home = pupil.homes[person.home] if person.home is not None else None
    return Hit(
        kind=HitKind.REPRESENTATIVE,
        key=str(person.id),
        name=f"{person.last_name} {person.first_name}".strip(),
        detail=f"{person.capacity.label} de l'élève {pupil.full_name}",
        place=home.address.city if home is not None and not home.confidential else "",
        pupil_id=pupil.id,
    )


def _of_school(school: School) -> Hit:
    return Hit(kind=HitKind.SCHOOL, key=school.uai, name=school.name, detail=school.uai, place=school.municipality_name)


def _of_municipality(municipality: Municipality) -> Hit:
    return Hit(
        kind=HitKind.MUNICIPALITY,
        key=municipality.insee_code,
        name=municipality.name,
        detail=municipality.insee_code,
        place=municipality.mayor_name,
    )


def _group(kind: HitKind, hits: Sequence[Hit], *, more: bool = False, sort: bool = True) -> HitGroup:
    shown = sorted(hits, key=lambda hit: (name_key(hit.name), hit.key)) if sort else hits
    return HitGroup(kind=kind, hits=tuple(shown), more=more)
