"""A campaign of renewals (« rentrée »): its record, what was found of each loan, what a manager chose for it.

Source: circulaire n° 2016-117, § 2.5; domain § 2.3. A renewal is a new term of the same loan, never a new loan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from uuid import UUID

from materiel.domain.calendar.school_year import first_day, label, last_day
from materiel.domain.language import states
from materiel.domain.language.french import long_date
from materiel.domain.language.labelled import LabelledEnum
from materiel.domain.loan.decision import basis_has_expired
from materiel.domain.loan.loan import Loan
from materiel.domain.loan.recall_ground import RecallGround
from materiel.domain.papers.document import DocumentKind
from materiel.domain.usage import Usage
from materiel.domain.work.lot import LineState
from materiel.errors import FieldError, RuleBroken

REASON_MAX = 500
TOLD_MAX = 1000
"""Characters kept of what is said of a loan, longer than any sentence of the product."""


class CampaignKind(LabelledEnum):
    """What a campaign does; one kind for now."""

    RENEWAL = "renewal", "Renouvellement de la rentrée"


class RenewalOutcome(LabelledEnum):
    """What the rules say of a loan for the coming school year; the order is that of the page."""

    CHANGE_OF_DOCUMENT = "change_of_document", "Autre établissement, ou autre papier"
    SCHOOL_UNKNOWN = "school_unknown", "Dernière classe : établissement suivant inconnu"
    BASIS_ENDED = "basis_ended", "Décision échue avant le nouveau terme"
    CAME_OF_AGE = "came_of_age", "Majorité avant le nouveau terme"
    LEAVES_ACADEMIE = "leaves_academie", "Départ de l'académie"
    OTHER_SERVICE = "other_service", "Ressort d'un autre service"
    NOT_RENEWABLE = "not_renewable", "Renouvellement impossible en l'état"
    DEPOSIT = "deposit", "Dépôt collectif dont le terme arrive"
    RENEW = "renew", "Renouvellement simple"
    NOTHING = "nothing", "Rien à faire"


class Choice(LabelledEnum):
    """What a manager has the campaign do with a loan."""

    RENEW = "renew", "Renouveler"
    MOVE = "move", "Changer d'établissement, puis renouveler"
    RETURN = "return", "Demander le retour"
    LATER = "later", "Laisser pour plus tard"


class FollowedState(LabelledEnum):
    """Where a loan is since the campaign acted on it; a message refused comes beside another one."""

    AWAITED = "awaited", states.SIGNATURE_AWAITED.label
    MAIL_REFUSED = "mail_refused", "Courriel refusé, à corriger"
    NOT_RETURNED = "not_returned", "Retour demandé, pas encore rendu"
    OVERTAKEN = "overtaken", "Changé depuis : le renouvellement ne vaut plus"
    SIGNED = "signed", "Signatures complètes"
    RETURNED = "returned", "Matériel revenu"


MAY_CHOOSE: Mapping[RenewalOutcome, tuple[Choice, ...]] = MappingProxyType(
    {
        RenewalOutcome.CHANGE_OF_DOCUMENT: (Choice.MOVE, Choice.LATER),
        RenewalOutcome.SCHOOL_UNKNOWN: (Choice.RENEW, Choice.RETURN, Choice.LATER),
        RenewalOutcome.BASIS_ENDED: (Choice.RENEW, Choice.RETURN, Choice.LATER),
        RenewalOutcome.CAME_OF_AGE: (Choice.RENEW, Choice.RETURN, Choice.LATER),
        RenewalOutcome.LEAVES_ACADEMIE: (Choice.RETURN, Choice.LATER),
        RenewalOutcome.OTHER_SERVICE: (Choice.RENEW, Choice.RETURN, Choice.LATER),
        RenewalOutcome.NOT_RENEWABLE: (Choice.RETURN, Choice.LATER),
        RenewalOutcome.DEPOSIT: (Choice.RENEW, Choice.RETURN, Choice.LATER),
        RenewalOutcome.RENEW: (Choice.RENEW, Choice.RETURN, Choice.LATER),
        RenewalOutcome.NOTHING: (),
    }
)
"""What may be asked of the loans of an outcome at once: the rules treat them alike."""

ASKS_REASON = frozenset({(RenewalOutcome.BASIS_ENDED, Choice.RENEW)})
"""A provisional extension is granted with a manager's reason (E18)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """A campaign of a service. `ends_on` is the last day asked for the new terms, which the rules may shorten.

    `job_id` is its last work, examination or run; `runs` and `examination` count them; the last examination ended at
    `examined_at`.
    """

    id: UUID
    service_id: UUID
    kind: CampaignKind
    school_year: int
    ends_on: date
    created_by: str
    created_at: datetime
    job_id: UUID | None = None
    runs: int = 0
    examination: int = 0
    examined_at: datetime | None = None

    @property
    def title(self) -> str:
        """« Rentrée 2027 »."""
        return f"Rentrée {self.school_year}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignLine:
    """A loan in a campaign. `why`, in French and without the pupil's name, says its outcome; `code` that of a refusal.

    `documents` are the kinds that it would make, `ends_on` the new last day. `state` is what the campaign did: `said`
    what is to know of it, `made` the papers, `renewal` the one that gives the new term. `to_send`: it is still to be
    sent for signature; `to_print`: somebody who signs it has no mailbox. `run` and `examination` are the last ones
    that saw the loan.
    """

    id: UUID
    campaign_id: UUID
    loan_id: UUID
    outcome: RenewalOutcome
    why: str
    code: str = ""
    documents: tuple[DocumentKind, ...] = ()
    ends_on: date | None = None
    choice: Choice | None = None
    reason: str = ""
    state: LineState = LineState.LEFT
    said: str = ""
    made: tuple[UUID, ...] = ()
    renewal: UUID | None = None
    to_send: bool = False
    to_print: bool = False
    run: int = 0
    examination: int = 0


def default_choice(outcome: RenewalOutcome) -> Choice | None:
    """What is done unless a manager says otherwise: only a plain renewal goes by itself."""
    return Choice.RENEW if outcome is RenewalOutcome.RENEW else None


def read_school_year(text: str) -> int:
    """The year of the 1st of September of « 2027-2028 ».

    Raises:
        RuleBroken: `campaign.school_year`.
    """
    first, _, second = text.partition("-")
    if not (first.isdigit() and second.isdigit() and label(int(first)) == text):
        told = "Écrivez l'année scolaire en deux années qui se suivent, par exemple « 2027-2028 »."
        raise RuleBroken("campaign.school_year", told, errors=(FieldError("/school_year", told),))
    return int(first)


def check_end(school_year: int, ends_on: date | None) -> date:
    """The last day asked for the new terms: 31 August that ends the year, unless told.

    Raises:
        RuleBroken: `campaign.end_outside_year`.
    """
    if ends_on is None:
        return last_day(school_year)
    if not first_day(school_year) <= ends_on <= last_day(school_year):
        told = (
            f"Le nouveau terme doit être dans l'année scolaire {label(school_year)}, au plus tard le "
            f"{long_date(last_day(school_year))}."
        )
        raise RuleBroken("campaign.end_outside_year", told, errors=(FieldError("/ends_on", told),))
    return ends_on


def check_choice(outcome: RenewalOutcome, choice: Choice, reason: str) -> str:
    """The reason of a choice, cleaned, once the outcome allows it.

    Raises:
        RuleBroken: `campaign.choice_not_allowed`, `campaign.reason_required`, `campaign.reason_too_long`.
    """
    if choice not in MAY_CHOOSE[outcome]:
        told = f"« {choice.label} » ne se choisit pas pour ces prêts : « {outcome.label} »."
        raise RuleBroken("campaign.choice_not_allowed", told)
    cleaned = " ".join(reason.split())
    if not cleaned and (outcome, choice) in ASKS_REASON:
        told = (
            "Sans décision en cours, un prêt n'est prolongé que provisoirement, pour un motif que vous indiquez "
            "(une demande de renouvellement déposée à la MDPH, par exemple)."
        )
        raise RuleBroken("campaign.reason_required", told, errors=(FieldError("/reason", told),))
    if len(cleaned) > REASON_MAX:
        told = f"Le motif compte {REASON_MAX} caractères au plus."
        raise RuleBroken("campaign.reason_too_long", told, errors=(FieldError("/reason", told),))
    return cleaned


def ground_of_return(outcome: RenewalOutcome, loan: Loan, today: date) -> RecallGround | None:
    """On what ground an individual loan of an outcome is claimed back today; None when nothing founds it yet.

    A loan is not recalled at will before its term: what no clause founds waits until the term is over (C. civ. 1888).

    Source: Code civil, art. 1888, 1889; domain E11, E14, E30.
    """
    if outcome is RenewalOutcome.LEAVES_ACADEMIE:
        return RecallGround.LEFT_ACADEMIE
    if basis_has_expired(loan.basis, today):
        return RecallGround.BASIS_ENDED
    if loan.ends_on is not None and loan.ends_on < today:
        return RecallGround.TERM_REACHED
    return None


def return_waits(outcome: RenewalOutcome, loan: Loan, today: date) -> str:
    """Why a return cannot be asked today, in French; empty when it can. A deposit is claimed at any time (1944)."""
    if loan.usage is Usage.SHARED or ground_of_return(outcome, loan, today) is not None:
        return ""
    until = f"le {long_date(loan.ends_on)}" if loan.ends_on is not None else "qui n'est pas fixé"
    return (
        f"Un prêt ne se reprend pas avant son terme, {until} (Code civil, art. 1888) : relancez la campagne après ce "
        "jour ; si l'emprunteur est d'accord, ou pour un autre motif des textes, demandez le retour depuis le prêt."
    )
