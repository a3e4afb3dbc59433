"""The route sheet of a round: what loans have still to hand over, gathered by school."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from materiel.documents.lists.route_sheet import SchoolStop, Stop, compose_route_sheet
from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.language.folding import fold
from materiel.domain.loan.plan import check_issued
from materiel.domain.papers.required import handover_receipt
from materiel.domain.papers.signatories import signatories_of
from materiel.domain.people.death import check_living
from materiel.domain.usage import Custody
from materiel.domain.visitors.institution import DEPOSITARIES
from materiel.errors import BadInput, MaterielError
from materiel.use_cases.loan.case import Case, load_cases
from materiel.use_cases.work.drawing import draw_paper

MOST_STOPS = 100
"""Loans of one sheet: their numbers stand in its address."""


async def route_sheet(loan_ids: Sequence[UUID], *, actor: Actor, now: datetime) -> bytes:
    """Draw the sheet of the loans that have something to hand over; the others are left out. Nothing is written.

    Raises:
        NotFound: `loan.not_found`.
        BadInput: `route_sheet.empty`, `route_sheet.too_long`.
    """
    cases = await to_hand_over(loan_ids, actor=actor)
    day = actor.civil_date(now)
    gathered: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        gathered[case.place.school.uai].append(case)
    schools = [
        SchoolStop(
            school=some[0].place.school,
            stops=tuple(_stop(case, day) for case in sorted(some, key=lambda case: fold(_who(case)))),
        )
        for some in gathered.values()
    ]
    schools.sort(key=lambda each: (fold(each.school.municipality_name), fold(each.school.name)))
    content = compose_route_sheet(schools, service=cases[0].service, day=day)
    return await draw_paper(content)


async def to_hand_over(loan_ids: Sequence[UUID], *, actor: Actor) -> list[Case]:
    """Those of the loans that have something to hand over, at least one.

    Raises:
        NotFound: `loan.not_found`.
        BadInput: `route_sheet.empty`, none of them has anything to hand over; `route_sheet.too_long`.
    """
    actor.require(Permission.READ)
    wanted = list(dict.fromkeys(loan_ids))
    if len(wanted) > MOST_STOPS:
        raise BadInput(
            "route_sheet.too_long", f"Une feuille de route compte {MOST_STOPS} prêts au plus : faites-en plusieurs."
        )
    found = [case for case in await load_cases(wanted, actor) if _is_to_hand_over(case)]
    if not found:
        raise BadInput(
            "route_sheet.empty", "Aucun de ces prêts n'a de matériel à remettre : choisissez des prêts émis, pas remis."
        )
    return found


def _is_to_hand_over(case: Case) -> bool:
    """Issued, not all handed over, its pupil alive: what the form of a hand-over asks too."""
    try:
        check_issued(case.loan)
        check_living(case.pupil)
    except MaterielError:
        return False
    return bool(case.loan.lines_to_hand_over)


def _stop(case: Case, day: date) -> Stop:
    required = handover_receipt(case.loan.usage, case.loan.custody, case.place.school.kind)
    custodian = case.place.custodian if any(party in required.signatories for party in DEPOSITARIES) else None
    try:
        signatories = signatories_of(required, service=case.service, pupil=case.pupil, custodian=custodian, on=day)
        nobody = ""
    except MaterielError as refusal:
        signatories, nobody = (), refusal.message
    return Stop(
        who=_who(case),
        agreement_number=case.reference,
        stays=case.loan.custody is Custody.SCHOOL,
        items=tuple(case.item(line.item_id) for line in case.loan.lines_to_hand_over),
        signatories=signatories,
        nobody=nobody,
    )


def _who(case: Case) -> str:
    return case.pupil.full_name if case.pupil is not None else case.loan.usage.label
