"""The attestation of what a pupil has, for whoever organises an examination, in one click. Nothing is kept of it."""

from __future__ import annotations

from uuid import UUID

from materiel.documents.kinds.cover_letter import CoverLetterFacts, compose_cover_letter
from materiel.domain.accounts.roles import Permission
from materiel.domain.accounts.service import check_complete
from materiel.domain.language.french import long_date
from materiel.domain.papers.cover_letter import CoverLetterKind
from materiel.domain.people.death import check_living
from materiel.errors import Conflict
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.store.papers import letterhead as letterheads
from materiel.use_cases.desk.addressee import letter_facts
from materiel.use_cases.loan.case import Case, load_case
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.work.drawing import draw_paper

TO = ("À l'organisateur de l'examen",)


async def print_attestation(loan_id: UUID, *, issuer: Issuer) -> bytes:
    """What is out of an individual loan, since when, in one page; the journal says that it was printed.

    Raises:
        NotFound: `loan.not_found`.
        Conflict: `attestation.nothing_lent`, the pupil has nothing of this loan, or it is no pupil's.
        RuleBroken: `pupil.deceased`, `service.incomplete`.
    """
    issuer.actor.require(Permission.WRITE)
    case = await load_case(loan_id, issuer.actor)
    check_living(case.pupil)
    lines = _lines(case)
    if case.pupil is None or not lines:
        raise Conflict("attestation.nothing_lent", "Aucun matériel de ce prêt n'est chez un élève : rien à attester.")
    check_complete(case.service)
    letter = CoverLetterFacts(
        kind=CoverLetterKind.EXAMINATION,
        recipient=TO,
        sections=frozenset({"attested_family", "no_arrangement"}),
        lines=lines,
    )
    content = compose_cover_letter(letter_facts(case, to_institution=False, on=issuer.today), letter)
    pdf = await draw_paper(content, await letterheads.find(case.service.letterhead))
    await _note(case, issuer)
    return pdf


def _lines(case: Case) -> tuple[str, ...]:
    found = []
    for line in case.loan.lines_out:
        item = case.item(line.item_id)
        since = f", depuis le {long_date(line.handed_over_on)}" if line.handed_over_on is not None else ""
        found.append(f"{item.designation}, n° {item.inventory_number}{since}")
    return tuple(found)


@in_one_visit
async def _note(case: Case, issuer: Issuer) -> None:
    async with write_transaction():
        facts = {"kind": CoverLetterKind.EXAMINATION.value, "letters": 1}
        await journal.by(issuer.actor, issuer.now).note("loan.letters_printed", case.loan.id, facts)
