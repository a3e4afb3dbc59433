"""What becomes of a loan for a school year, as a jurist reads it: one outcome, its why, the papers it would make.

Law: circulaire n° 2016-117, § 2.5 (the term, the académie, the notification); circulaire n° 2001-061 (the item follows
the pupil); circulaire n° 2001-221 and its table (which paper); Code civil, art. 388 (majority), 1944 (deposits).
Domain § 2.3, E5, E9-E14, E18. Pure: the plan of the renewal, or its refusal, is that of `loan.changes.plan_renewal`.

Nobody records a pupil's class. That one leaves the last class of a school is presumed of the usual age: it only asks a
question, and does nothing by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from materiel.domain.academies import same_academie
from materiel.domain.accounts.service import ManagingService
from materiel.domain.accounts.territory import departement_in_words, is_outside_territory
from materiel.domain.calendar.school_year import first_day
from materiel.domain.desk.campaign import RenewalOutcome
from materiel.domain.language.french import long_date
from materiel.domain.loan.decision import DecisionFacts, basis_has_expired, decide
from materiel.domain.loan.elsewhere.leaving import Leaving
from materiel.domain.loan.loan import Loan
from materiel.domain.loan.plan import Plan
from materiel.domain.papers.document import AGREEMENTS, Document, DocumentKind, in_force
from materiel.domain.papers.required import Moment, required_documents
from materiel.domain.people.death import is_silenced
from materiel.domain.people.pupil import ProtectionRegime, Pupil
from materiel.domain.people.standing import came_of_age_on, is_adult, pupil_acts
from materiel.domain.places.school import School
from materiel.domain.usage import Custody, Usage
from materiel.errors import MaterielError

NURSERY, COLLEGE, SEGPA = "101", "340", "390"
LYCEES = frozenset({"300", "301", "302", "306", "320", "334"})
"""Codes of the annuaire (`code_nature`): what a school teaches."""

PAPERS = (*AGREEMENTS, DocumentKind.AMENDMENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalFacts:
    """A loan and all that its outcome depends on.

    `school` is that of the loan, `new_school` that of the pupil's record when it is another one. `departure` is the
    last departure from the académie that stands and was noted since the loan was made. `renewal` is the plan of a
    renewal until the last day asked, or the error that refuses it.
    """

    loan: Loan
    documents: Sequence[Document]
    service: ManagingService
    school: School
    pupil: Pupil | None = None
    new_school: School | None = None
    departure: Leaving | None = None
    renewal: Plan | MaterielError


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """The outcome of a loan. `why` is a French sentence without the pupil's name; `code` that of a refusal."""

    outcome: RenewalOutcome
    why: str
    documents: tuple[DocumentKind, ...] = ()
    ends_on: date | None = None
    code: str = ""


def outcome_of(facts: RenewalFacts, school_year: int, today: date) -> Foreseen:
    """The outcome of an open loan for the school year that begins on 1 September of `school_year`.

    What ends a loan comes before what changes it, and that before a plain renewal: departure from the académie (E14),
    another service (E13), what the texts refuse (E11), no decision any more (E18), another school (E9, E10, E12), an
    unknown one (E12), majority (E5).

    Source: circulaire n° 2016-117, § 2.5; domain § 2.3, E5, E9-E14, E18.
    """
    for rule in _RULES:
        found = next(rule(facts, school_year, today), None)
        if found is not None:
            return found
    return _renewed(facts)


def begins_on(loan: Loan, today: date) -> date:
    """The first day of the new term."""
    return max(loan.ends_on + timedelta(days=1), today) if loan.ends_on is not None else today


def _nothing(facts: RenewalFacts, school_year: int, today: date) -> Iterator[Foreseen]:
    """What awaits nothing of the campaign: open-ended, long enough, already offered, already claimed."""
    loan, begins = facts.loan, first_day(school_year)
    why = ""
    if not loan.is_open or loan.is_draft:
        why = f"Ce prêt n'est pas en cours : {loan.status.label.lower()}."
    elif is_silenced(facts.pupil):
        why = "Le décès de l'élève est enregistré : convenez du retour par un contact direct, rien ne part."
    elif loan.recalled_on is not None:
        why = f"Le retour est déjà demandé, depuis le {long_date(loan.recalled_on)}."
    elif not loan.lines_out:
        why = "Aucun matériel n'est remis : remettez-le ou annulez le prêt, il n'y a rien à renouveler."
    elif loan.ends_on is None:
        why = "Sans terme : il court jusqu'à ce qu'il soit rendu ou réclamé."
    elif loan.ends_on >= begins:
        why = f"Il court déjà jusqu'au {long_date(loan.ends_on)}."
    elif loan.renewal is not None and _is_offered(facts, begins):
        until = f"jusqu'au {long_date(loan.renewal_ends_on)}" if loan.renewal_ends_on else "sans terme"
        why = f"Son renouvellement {until} est établi : il attend ses signatures."
    if why:
        yield Foreseen(outcome=RenewalOutcome.NOTHING, why=why, ends_on=loan.renewal_ends_on or loan.ends_on)


def _is_offered(facts: RenewalFacts, begins: date) -> bool:
    """Whether the renewal that waits reaches the year, or as far as the rules let one reach today."""
    offered = facts.loan.renewal_ends_on
    reaches = offered is None or offered >= begins
    return reaches or (isinstance(facts.renewal, Plan) and facts.renewal.new_ends_on == offered)


def _leaves_academie(facts: RenewalFacts, school_year: int, today: date) -> Iterator[Foreseen]:
    """E14: the item stays with the académie that lends it."""
    new, service = facts.new_school, facts.service
    kept = facts.departure.kept_until if facts.departure is not None else None
    if facts.departure is not None:
        why = f"L'élève a quitté l'académie ({facts.departure.destination}) le {long_date(facts.departure.left_on)}"
        why += f" ; le matériel est laissé jusqu'au {long_date(kept)}." if kept else " : le matériel revient."
    elif new is not None and not same_academie(new.academie, service.academie):
        why = f"La fiche de l'élève indique {new.name}, dans une autre académie : le matériel revient au service."
    else:
        return
    yield Foreseen(outcome=RenewalOutcome.LEAVES_ACADEMIE, why=why, documents=(DocumentKind.RETURN_RECEIPT,))


def _other_service(facts: RenewalFacts, school_year: int, today: date) -> Iterator[Foreseen]:
    """E13: the loan goes on; the services may transfer it. A manager's reason once accepted a school beyond."""
    school = facts.new_school or facts.school
    accepted = facts.new_school is None and bool(facts.loan.override_reason)
    if is_outside_territory(school, facts.service) and not accepted:
        where = f"le département {departement_in_words(school.departement)}"
        yield Foreseen(
            outcome=RenewalOutcome.OTHER_SERVICE,
            why=f"{school.name} est dans {where}, hors de votre ressort : le prêt continue, et votre service peut le "
            "transférer à celui de ce département.",
            documents=_papers(facts),
            ends_on=_end(facts),
        )


def _refused_there(facts: RenewalFacts, school_year: int, today: date) -> Iterator[Foreseen]:
    """E11: the table refuses the school that the pupil attends now."""
    if facts.new_school is None:
        return
    loan = facts.loan
    there = DecisionFacts(usage=loan.usage, custody=loan.custody, school=facts.new_school, today=today)
    decision = decide(there)
    if not decision.permits_loan:
        yield Foreseen(
            outcome=RenewalOutcome.NOT_RENEWABLE,
            why=f"La fiche de l'élève indique {facts.new_school.name}. {decision.reason}",
            documents=(DocumentKind.RETURN_RECEIPT,),
            code="loan.refused",
        )


def _deposit(facts: RenewalFacts, school_year: int, today: date) -> Iterator[Foreseen]:
    """A shared deposit is claimed back at any time (C. civ. 1944): renewing it is the manager's to decide."""
    if facts.loan.usage is Usage.SHARED and isinstance(facts.renewal, Plan):
        until = f"Dépôt jusqu'au {long_date(facts.loan.ends_on)}" if facts.loan.ends_on else "Dépôt"
        yield Foreseen(
            outcome=RenewalOutcome.DEPOSIT,
            why=f"{until} : un avenant le prolonge{_until(facts)}, ou le matériel revient au service.",
            documents=_papers(facts),
            ends_on=_end(facts),
        )


def _basis_ended(facts: RenewalFacts, school_year: int, today: date) -> Iterator[Foreseen]:
    """E18: no renewal until a new decision, but a provisional extension with a reason."""
    loan = facts.loan
    if loan.usage is not Usage.INDIVIDUAL or not basis_has_expired(loan.basis, begins_on(loan, today)):
        return
    assert loan.basis is not None
    assert loan.basis.valid_until is not None
    ended = "a pris fin" if loan.basis.valid_until < today else "prend fin"
    also = f" L'élève va désormais à {facts.new_school.name}." if facts.new_school is not None else ""
    yield Foreseen(
        outcome=RenewalOutcome.BASIS_ENDED,
        why=f"La décision {ended} le {long_date(loan.basis.valid_until)}, avant le nouveau terme : enregistrez la "
        f"nouvelle décision.{also}",
        documents=(DocumentKind.AMENDMENT,),
    )


def _not_renewable(facts: RenewalFacts, school_year: int, today: date) -> Iterator[Foreseen]:
    """What the rule of a renewal refuses: a school that lost its contract, a lease that ends."""
    if isinstance(facts.renewal, MaterielError):
        yield Foreseen(outcome=RenewalOutcome.NOT_RENEWABLE, why=facts.renewal.message, code=facts.renewal.code)


def _other_school(facts: RenewalFacts, school_year: int, today: date) -> Iterator[Foreseen]:
    """E9, E10, E12: the pupil attends another school; at home a notice follows, a deposit needs a new agreement."""
    new, loan = facts.new_school, facts.loan
    if new is None:
        return
    if loan.custody is Custody.HOME:
        why = f"L'élève va désormais à {new.name} : changez l'établissement du prêt, une notification y part."
        documents: tuple[DocumentKind, ...] = (DocumentKind.NOTICE, DocumentKind.AMENDMENT)
    else:
        why = (
            f"L'élève va désormais à {new.name} : l'ancien dépositaire rend le matériel, et une nouvelle convention "
            "tripartite est établie."
        )
        documents = (DocumentKind.RETURN_RECEIPT, DocumentKind.TRIPARTITE_AGREEMENT)
    yield Foreseen(outcome=RenewalOutcome.CHANGE_OF_DOCUMENT, why=why, documents=documents, ends_on=_end(facts))


def _other_parties(facts: RenewalFacts, school_year: int, today: date) -> Iterator[Foreseen]:
    """The school changed its kind since: whoever has to sign is not whom the agreement binds (circ. 2001-221)."""
    agreements = in_force(facts.documents, *AGREEMENTS)
    if not agreements:
        return
    loan, agreement = facts.loan, agreements[-1]
    required = required_documents(loan.usage, loan.custody, facts.school.kind)[0]
    parties = {box.party for box in agreement.signatures}
    if agreement.kind is required.kind and (not parties or parties == set(required.signatories)):
        return
    yield Foreseen(
        outcome=RenewalOutcome.CHANGE_OF_DOCUMENT,
        why=f"{facts.school.name} a changé de nature depuis la convention {agreement.number} : une autre doit être "
        f"établie ({required.kind.label.lower()}).",
        documents=tuple(
            each.kind
            for each in required_documents(loan.usage, loan.custody, facts.school.kind)
            if each.made_at is Moment.ISSUE
        ),
        ends_on=_end(facts),
    )


def _last_class(facts: RenewalFacts, school_year: int, today: date) -> Iterator[Foreseen]:
    """E12: at the usual age, the pupil leaves this school, and no other is on record."""
    if facts.pupil is None:
        return
    enters = entered_at_usual_age(facts.pupil, facts.school, school_year)
    if enters:
        yield Foreseen(
            outcome=RenewalOutcome.SCHOOL_UNKNOWN,
            why=f"D'après son année de naissance, l'élève a l'âge d'{enters} à la rentrée {school_year}, et sa fiche "
            f"indique encore {facts.school.name} : notez son établissement, ou renouvelez s'il y reste.",
            documents=_papers(facts),
            ends_on=_end(facts),
        )


def _came_of_age(facts: RenewalFacts, school_year: int, today: date) -> Iterator[Foreseen]:
    """E5: the agreement signed for a minor stays valid; from the birthday the pupil signs what comes."""
    pupil, loan = facts.pupil, facts.loan
    begins = begins_on(loan, today)
    if pupil is None or pupil.protection is ProtectionRegime.EMANCIPATED or not is_adult(pupil, begins):
        return
    if is_adult(pupil, _last_signed(facts)):
        return
    birthday = came_of_age_on(pupil)
    signs = "l'élève signe lui-même" if pupil_acts(pupil, begins) else "son tuteur signe"
    why = f"Majorité le {long_date(birthday)}, avant le nouveau terme : dès ce jour, {signs} l'avenant."
    if birthday > today:
        why += " Établi plus tôt, il est encore signé par ses responsables légaux."
    elif not pupil.email and pupil_acts(pupil, begins):
        why += " Aucune adresse électronique n'est notée pour lui."
    yield Foreseen(outcome=RenewalOutcome.CAME_OF_AGE, why=why, documents=_papers(facts), ends_on=_end(facts))


_RULES = (
    _nothing,
    _leaves_academie,
    _other_service,
    _refused_there,
    _deposit,
    _basis_ended,
    _not_renewable,
    _other_school,
    _other_parties,
    _last_class,
    _came_of_age,
)


def _renewed(facts: RenewalFacts) -> Foreseen:
    """A plain renewal: by an amendment, or by the agreement that a loan taken over has not had yet."""
    assert isinstance(facts.renewal, Plan), "refusals were told before"
    papers = _papers(facts)
    what = "un avenant le prolonge" if DocumentKind.AMENDMENT in papers else "sa première convention ici le prolonge"
    shortened = [each.detail for each in facts.renewal.cautions if each.code == "TERME_RAMENE"]
    why = " ".join((f"Même établissement, décision valable : {what}{_until(facts)}.", *shortened))
    return Foreseen(outcome=RenewalOutcome.RENEW, why=why, documents=papers, ends_on=_end(facts))


def entered_at_usual_age(pupil: Pupil, school: School, school_year: int) -> str:
    """What a pupil of this school enters that September at the usual age, as a sentence goes on; empty when nothing.

    The compulsory schooling begins in the year of six; a presumption, for many of these pupils are a year behind.
    """
    turns, nature = school_year - pupil.birth_date.year, school.nature_code
    if nature == NURSERY:
        return "entrer à l'école élémentaire" if turns >= 6 else ""
    if nature.startswith("1"):
        return "entrer au collège" if turns >= 11 else ""
    if nature in (COLLEGE, SEGPA):
        return "entrer au lycée" if turns >= 15 else ""
    if nature in LYCEES:
        return "avoir terminé le lycée" if turns >= 18 else ""
    return ""


def _last_signed(facts: RenewalFacts) -> date:
    """The day of the last paper that the borrower was asked to sign."""
    papers = in_force(facts.documents, *PAPERS)
    if papers:
        return max(each.issued_on for each in papers)
    loan = facts.loan
    old = loan.paper.signed_on if loan.paper is not None else None
    return old or loan.handed_over_on or loan.starts_on


def _papers(facts: RenewalFacts) -> tuple[DocumentKind, ...]:
    return tuple(each.required.kind for each in facts.renewal.make) if isinstance(facts.renewal, Plan) else ()


def _end(facts: RenewalFacts) -> date | None:
    return facts.renewal.new_ends_on if isinstance(facts.renewal, Plan) else None


def _until(facts: RenewalFacts) -> str:
    end = _end(facts)
    return f" jusqu'au {long_date(end)}" if end is not None else ""
