"""The decision table: from a usage, a custody and a school to documents, or a refusal that cites its source.

Law: circulaire n° 2001-221 du 29 octobre 2001. Pure: `today` is a parameter; every input gives exactly one
outcome. Row numbers are those of the domain § 6.1. Refusals are worded in `refusal`, documents listed in
`papers.required`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from materiel.domain.accounts.service import ManagingService
from materiel.domain.accounts.territory import is_outside_territory, outside_territory_sentence
from materiel.domain.language import states
from materiel.domain.language.french import long_date
from materiel.domain.language.labelled import LabelledEnum
from materiel.domain.language.source import (
    CIRC_2001_221_INDIVIDUAL,
    CIRC_2001_221_SHARED,
    CIRC_2001_221_TABLE,
    Source,
)
from materiel.domain.loan import refusal
from materiel.domain.loan.refusal import Ground
from materiel.domain.papers.required import RequiredDocument, has_mayor, required_documents
from materiel.domain.people.pupil import Pupil
from materiel.domain.places.school import School, SchoolKind, Sector
from materiel.domain.usage import Basis, BasisKind, Custody, Usage

SCHOOL_OUTSIDE_TERRITORY = "SCHOOL_OUTSIDE_TERRITORY"
"""Code of the caution about a school beyond the département of a DSDEN or the académie of a rectorat."""

REGIONAL_PRIMARY_NATURE = "169"
"""« École régionale du premier degré » (ERPD), E24."""


class Outcome(LabelledEnum):
    """The four answers of the table."""

    ALLOWED = "allowed", "Autorisé"
    REFUSED = "refused", states.REFUSED.label
    BLOCKED = "blocked", "Bloqué : une information manque"
    MANUAL = "manual", "À décider par un gestionnaire, avec un motif"


class Schooling(LabelledEnum):
    """How the pupil attends the school, where the annuaire cannot tell (E21, E23, E24)."""

    ORDINARY = "ordinary", "Inscrit dans l'établissement, à temps plein ou partagé"
    SPECIALISED_UNIT = "specialised_unit", "Inscrit seulement dans un établissement médico-social (UEE, UEMA)"
    HOME_INSTRUCTION = "home_instruction", "Instruit à domicile ou par le CNED seulement"
    HOSPITAL_OR_CUSTODY = "hospital_or_custody", "École d'hôpital ou lieu de détention"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caution:
    """Something the manager must see or confirm; `code` such as `CLASSE_A_CONFIRMER`, `detail` in French."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionFacts:
    """What is asked and what is known.

    `school` is the school actually attended (E22), its `kind` already that of the mother school for a section. `pupil`
    is optional: the table answers before the pupil is known. `override_reason` is a manager's written reason; it lifts
    what awaits a person (`blocked`, `manual`), never what the texts forbid. `service` is who lends; without it the
    territory is not looked at.
    """

    usage: Usage
    custody: Custody
    school: School
    today: date
    basis: Basis | None = None
    pupil: Pupil | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    schooling: Schooling = Schooling.ORDINARY
    override_reason: str = ""
    service: ManagingService | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The outcome and why.

    `code` is None when allowed without reserve; an allowed decision may keep the code of what a manager lifted or must
    confirm. `next_step` says what is lawful instead, or what comes next. `documents` are, for `manual`, those that
    would be made if a manager accepts; none for `refused` and `blocked`.
    """

    outcome: Outcome
    code: str | None
    reason: str
    next_step: str
    source: Source
    warnings: tuple[Caution, ...] = ()
    documents: tuple[RequiredDocument, ...] = ()

    @property
    def permits_loan(self) -> bool:
        """A loan may be made now."""
        return self.outcome is Outcome.ALLOWED


def decide(facts: DecisionFacts) -> Decision:
    """Answer one request by the table.

    Grounds are examined in a fixed order, so that the most final one is given: what the texts refuse, then what is
    unknown, then what awaits a person. Among refusals the school comes first (medico-educational, out of scope, no
    contract), then the shared usage (private school before home), then the schooling and the basis.

    Source: circulaire n° 2001-221 du 29 octobre 2001; domain § 6.1 to § 6.3.
    """
    warnings = tuple(_warnings(facts))
    refused = next(_refusals(facts), None)
    if refused is not None:
        if facts.override_reason.strip():
            warnings = (*warnings, _override_is_vain())
        return _answer(Outcome.REFUSED, refused, warnings)
    documents = required_documents(facts.usage, facts.custody, facts.school.kind)
    reserves = [*_unknowns(facts), *_matters_for_a_person(facts)]
    if reserves and not _is_lifted(facts):
        first, *others = reserves
        warnings = (*warnings, *(Caution(code=each.code, detail=each.reason) for each in others))
        if first.code == refusal.CONTRAT_A_VERIFIER:
            return _answer(Outcome.BLOCKED, first, warnings)
        return _answer(Outcome.MANUAL, first, warnings, documents)
    accepted = tuple(
        Caution(code=each.code, detail=f"Accepté par décision motivée d'un gestionnaire. {each.reason}")
        for each in reserves
    )
    return _allowed(facts, (*accepted, *warnings), documents)


def _is_lifted(facts: DecisionFacts) -> bool:
    """A written reason lifts a reserve, but a shared deposit waits for the status: the school may be private."""
    if facts.usage is Usage.SHARED and facts.school.kind is SchoolKind.TO_CHECK:
        return False
    return bool(facts.override_reason.strip())


def _refusals(facts: DecisionFacts) -> Iterator[Ground]:
    kind = facts.school.kind
    shared = facts.usage is Usage.SHARED
    if kind is SchoolKind.MEDICO_EDUCATIONAL:  # Row 11: any usage, any custody.
        yield refusal.MEDICO_EDUCATIONAL_SCHOOL
    if kind in (SchoolKind.SERVICE, SchoolKind.POST_BAC):  # Row 16.
        yield refusal.OUT_OF_SCOPE_SCHOOL
    if kind is SchoolKind.PRIVATE_NO_CONTRACT:  # Row 12.
        yield refusal.SCHOOL_WITHOUT_CONTRACT
    if shared and _is_private(facts.school):  # Row 9: any custody.
        yield refusal.SHARED_IN_PRIVATE_SCHOOL
    if shared and facts.custody is Custody.HOME:  # Row 10.
        yield refusal.SHARED_AT_HOME
    if not shared and facts.schooling is Schooling.HOME_INSTRUCTION:  # E23.
        yield refusal.HOME_INSTRUCTION
    if not shared and facts.basis is not None and facts.basis.kind is BasisKind.PAP:  # E20.
        yield refusal.PAP_ONLY


def _is_private(school: School) -> bool:
    """Private for certain. A private school « à vérifier » is one: no contract would open a shared deposit to it."""
    if school.kind in (SchoolKind.PRIVATE_UNDER_CONTRACT, SchoolKind.AGRICULTURAL_PRIVATE):
        return True
    return school.kind is SchoolKind.TO_CHECK and school.sector is Sector.PRIVATE


def _unknowns(facts: DecisionFacts) -> Iterator[Ground]:
    if facts.school.kind is SchoolKind.TO_CHECK:  # Row 13.
        yield refusal.CONTRACT_UNKNOWN


def _matters_for_a_person(facts: DecisionFacts) -> Iterator[Ground]:
    shared = facts.usage is Usage.SHARED
    if facts.school.kind is SchoolKind.AGRICULTURAL_PUBLIC and shared:  # Row 15.
        yield refusal.SHARED_IN_AGRICULTURAL_SCHOOL
    elif facts.school.kind in (SchoolKind.AGRICULTURAL_PUBLIC, SchoolKind.AGRICULTURAL_PRIVATE):  # Row 14.
        yield refusal.AGRICULTURAL_SCHOOL
    if not shared and facts.schooling is Schooling.SPECIALISED_UNIT:  # E21.
        yield refusal.ENROLLED_IN_SPECIALISED_UNIT
    if facts.schooling is Schooling.HOSPITAL_OR_CUSTODY or facts.school.nature_code == REGIONAL_PRIMARY_NATURE:
        yield refusal.HOSPITAL_OR_CUSTODY_SCHOOL  # E24.
    if not shared and basis_has_expired(facts.basis, _reference_day(facts)):  # E18.
        yield refusal.BASIS_EXPIRED


def _reference_day(facts: DecisionFacts) -> date:
    """The day the basis must still run: the start of the loan, or today for one that should have started."""
    return max(facts.starts_on or facts.today, facts.today)


def basis_has_expired(basis: Basis | None, on: date) -> bool:
    """Whether the last day of the notification is before `on`; never true without a notified end (E18)."""
    return basis is not None and basis.valid_until is not None and basis.valid_until < on


def _warnings(facts: DecisionFacts) -> Iterator[Caution]:
    school = facts.school
    if school.kind is SchoolKind.PRIVATE_UNDER_CONTRACT and school.partial_contract:  # Row 3.
        yield Caution(
            code=refusal.CLASSE_A_CONFIRMER,
            detail="Une partie seulement des classes de cet établissement est sous contrat : confirmez que celle de "
            "l'élève l'est.",
        )
    if school.has_post_bac and school.kind is not SchoolKind.POST_BAC:  # Row 16, a lycée with STS or CPGE.
        yield Caution(
            code="POST_BAC_A_CONFIRMER",
            detail="Ce lycée a des classes après le baccalauréat : le prêt est fait pour les élèves ; pour un "
            "étudiant de STS ou de CPGE, la décision vous revient.",
        )
    if not school.is_open:
        yield Caution(code="ETABLISSEMENT_FERME", detail="L'annuaire donne cet établissement pour fermé.")
    if school.absent_since is not None:
        yield Caution(
            code="ETABLISSEMENT_ABSENT",
            detail=f"Cet établissement n'est plus dans l'annuaire importé depuis le "
            f"{long_date(school.absent_since)} : "
            "vérifiez qu'il existe encore.",
        )
    if facts.service is not None and is_outside_territory(school, facts.service):
        yield Caution(code=SCHOOL_OUTSIDE_TERRITORY, detail=outside_territory_sentence(school, facts.service))
    if facts.usage is Usage.INDIVIDUAL:
        yield from _individual_warnings(facts)


def _individual_warnings(facts: DecisionFacts) -> Iterator[Caution]:
    basis, pupil = facts.basis, facts.pupil
    if basis is None:
        yield Caution(
            code="FONDEMENT_ABSENT",
            detail="Aucun fondement n'est indiqué ; une notification n'est pas obligatoire, mais le terme du prêt "
            "devra alors être fixé autrement.",
        )
    elif basis.kind is BasisKind.PAS and facts.ends_on is None:  # E19.
        yield Caution(
            code="TERME_A_FIXER",
            detail="Une décision du pôle d'appui à la scolarité n'a pas de terme notifié : fixez la date de "
            "fin du prêt.",
        )
    if pupil is not None and pupil.school_uai not in (facts.school.uai, facts.school.section_of):  # E22.
        yield Caution(
            code="ETABLISSEMENT_DIFFERENT",
            detail="La fiche de l'élève indique un autre établissement : choisissez celui qu'il fréquente réellement.",
        )


def _override_is_vain() -> Caution:
    return Caution(
        code="DEROGATION_IMPOSSIBLE",
        detail="Le motif saisi n'y change rien : un gestionnaire peut décider là où les textes lui laissent le "
        "choix, pas autoriser ce qu'ils excluent.",
    )


def _answer(
    outcome: Outcome,
    ground: Ground,
    warnings: tuple[Caution, ...],
    documents: tuple[RequiredDocument, ...] = (),
) -> Decision:
    return Decision(
        outcome=outcome,
        code=ground.code,
        reason=ground.reason,
        next_step=ground.next_step,
        source=ground.source,
        warnings=warnings,
        documents=documents,
    )


def _allowed(facts: DecisionFacts, warnings: tuple[Caution, ...], documents: tuple[RequiredDocument, ...]) -> Decision:
    if facts.usage is Usage.SHARED:
        source = CIRC_2001_221_SHARED
        reason = "Matériel à usage collectif déposé dans l'établissement : une convention de dépôt suffit."
    elif facts.custody is Custody.HOME:
        source = CIRC_2001_221_INDIVIDUAL
        reason = "Prêt individuel ramené au domicile : une convention de prêt, et une simple notification " + (
            "au maire de la commune de l'école." if has_mayor(facts.school.kind) else "au chef d'établissement."
        )
    else:
        source = CIRC_2001_221_TABLE
        reason = (
            "Prêt individuel restant en permanence sur le lieu de scolarisation : une convention tripartite, "
            "de prêt et de dépôt."
        )
    reserved = [each.code for each in warnings if each.code in refusal.CODES]
    return Decision(
        outcome=Outcome.ALLOWED,
        code=reserved[0] if reserved else None,
        reason=reason,
        next_step="Créez le prêt, émettez ses documents, puis recueillez les signatures.",
        source=source,
        warnings=warnings,
        documents=documents,
    )
