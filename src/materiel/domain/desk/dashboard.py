"""What needs a hand today (« tableau de bord »): the concerns, when each begins, and which alerts explain it.

The alerts of a loan are ruled in `loan.alerts`; a concern gathers those that the same person settles in the same way.
Pure: `today` is a parameter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from materiel.domain.accounts.delays import Delays
from materiel.domain.calendar.school_year import add_months, last_day_for_term_from
from materiel.domain.language import states
from materiel.domain.language.french import long_date
from materiel.domain.language.labelled import LabelledEnum
from materiel.domain.loan.alerts import BASIS_WARNING_MONTHS, ENDING_SOON_MONTHS, Alert
from materiel.domain.people.pupil import Pupil
from materiel.domain.people.standing import MAJORITY, came_of_age_on, pupil_acts

IDLE_MONTHS = 6
"""An item in the stock that nobody has held since then sleeps there."""

MONTHS_SHOWN = 12
"""How many months the chart of loans goes back, the present one included."""


class Concern(LabelledEnum):
    """One thing to settle, in the order in which the dashboard shows them; the value is in its page's address."""

    UNSIGNED = "remis-sans-convention", "Remis sans convention signée"
    VOICE = "contacts-de-vive-voix", "Contacts à reprendre de vive voix"
    OWN_SIGNATURE = "nos-signatures", "Nos signatures à enregistrer"
    SIGNATURE = "signatures-attendues", "Signatures attendues"
    NOTICE = "notifications-a-envoyer", "Notifications à envoyer"
    MAIL = "courriels-refuses", "Courriels refusés"
    RETURN = "retours-attendus", "Retours attendus"
    SCANS = "numerisations-a-relire", "Numérisations à relire"
    LIAISON = "contacts-avec-une-academie", "Contacts à prendre avec une autre académie"
    INCIDENT = "incidents-ouverts", "Incidents ouverts"
    REPAIR_LATE = "reparations-en-retard", "Réparations en retard"
    STOCKTAKE = "recolements-en-cours", "Récolements en cours"
    LICENCE = "licences-a-voir", "Licences à voir"
    SERVICE_LOAN = "prets-entre-services", "Prêts entre services à rendre"
    REMARKS = "remarques-a-lire", "Remarques à lire"
    ENDING = "conventions-a-terme", "Conventions échues ou bientôt à terme"
    BASIS = "notifications-a-renouveler", "Notifications échues ou bientôt échues"
    CAPPED = "termes-a-revoir", "Prêts qui dépassent ce qui les borne"
    NEED_RECEIVED = "recus-non-remis", "Reçus pour un besoin, non remis"
    TRIAL = "essais-bientot-finis", "Essais bientôt finis"
    NEED_ASKED = "besoins-a-confirmer", "Besoins demandés, à confirmer"
    NEED_FORGOTTEN = "besoins-a-revoir", "Besoins à revoir"
    TO_HAND_OVER = "a-remettre", "Signés, à remettre"
    REFERENCE = "changements-de-l-annuaire", "Changements de l'annuaire à régler"
    CAME_OF_AGE = "devenus-majeurs", "Devenus majeurs"
    UNUSED = "sans-usage", "Matériels notés sans usage deux fois de suite"
    DRAFT = "brouillons", "Brouillons de prêt"
    TO_PREPARE = "a-preparer", states.TO_PREPARE.label
    IDLE = "jamais-pretes", "Matériels qui dorment en réserve"


@dataclass(frozen=True, slots=True)
class Duty:
    """The act that settles what a concern lists, and why it waits; `theirs` when somebody else has the ball."""

    verb: str
    why: str
    theirs: bool = False


DUTIES: dict[Concern, Duty] = {
    Concern.UNSIGNED: Duty("Faire signer avant tout", "remis sans convention signée"),
    Concern.TO_HAND_OVER: Duty("Remettre", "tout est signé, le matériel est en réserve"),
    Concern.NEED_RECEIVED: Duty("Prêter ce qui est reçu", "commandé pour un élève, arrivé, et pas encore remis"),
    Concern.RETURN: Duty("Reprendre", "le retour est demandé, ou le terme est passé"),
    Concern.VOICE: Duty("Reprendre contact de vive voix", "après un décès, plus rien ne part : le retour se convient"),
    Concern.OWN_SIGNATURE: Duty("Signer pour l'État", "les papiers attendent notre signature"),
    Concern.SCANS: Duty("Relire des numérisations", "des papiers reviennent : signatures à confirmer, pages à classer"),
    Concern.INCIDENT: Duty("Décider de la suite d'un incident", "signalé, et pas encore traité"),
    Concern.REPAIR_LATE: Duty("Relancer un réparateur", "le retour annoncé est passé, ou un mois sans date"),
    Concern.STOCKTAKE: Duty("Suivre un récolement", "ouvert, et pas encore clos"),
    Concern.REMARKS: Duty("Lire une remarque", "écrite en signant, par qui signe pour l'État, ou sur l'état reçu"),
    Concern.LICENCE: Duty("Voir une licence", "elle finit bientôt, ou un logiciel est à désinstaller"),
    Concern.SERVICE_LOAN: Duty(
        "Rendre, reprendre ou prolonger", "un prêt entre services finit dans le mois, ou est fini"
    ),
    Concern.LIAISON: Duty("Prendre contact avec une académie", "l'élève est parti, nos lettres l'ont promis"),
    Concern.REFERENCE: Duty("Régler un changement de l'annuaire", "il touche un prêt en cours"),
    Concern.CAME_OF_AGE: Duty("Écrire à l'élève devenu majeur", "lui seul signe désormais"),
    Concern.CAPPED: Duty("Revoir un terme", "une location ou l'année scolaire finit avant le prêt"),
    Concern.TRIAL: Duty("Décider de la suite d'un essai", "il devient un prêt, ou un retour"),
    Concern.NEED_ASKED: Duty("Confirmer un besoin", "demandé par un enseignant référent"),
    Concern.ENDING: Duty("Renouveler, ou préparer le retour", "la convention est échue ou bientôt à terme"),
    Concern.BASIS: Duty("Demander la nouvelle notification", "l'actuelle est échue ou bientôt échue"),
    Concern.UNUSED: Duty("Parler d'une reprise", "noté sans usage à deux réunions de suite"),
    Concern.NOTICE: Duty("Envoyer les notifications", "faites, et pas encore parties"),
    Concern.MAIL: Duty("Corriger une adresse", "le courriel est revenu"),
    Concern.NEED_FORGOTTEN: Duty("Revoir un besoin", "sa décision est échue, ou il attend depuis deux ans"),
    Concern.TO_PREPARE: Duty("Préparer ce qui est revenu", "à vérifier avant d'être prêté de nouveau"),
    Concern.DRAFT: Duty("Finir ou abandonner un brouillon", "il réserve du matériel"),
    Concern.SIGNATURE: Duty(
        "Signatures attendues", "des familles, des communes, des chefs d'établissement", theirs=True
    ),
}
"""What each concern asks for, in the order of the page: what the law is late with, then what moves, then the rest.

What sleeps in the stock asks for nothing today.
"""

ABOUT_LOANS = frozenset(
    {
        *(Concern.UNSIGNED, Concern.TO_HAND_OVER, Concern.RETURN, Concern.ENDING, Concern.BASIS, Concern.CAPPED),
        *(Concern.VOICE, Concern.CAME_OF_AGE, Concern.DRAFT, Concern.REMARKS, Concern.UNUSED),
    }
)
"""Whose list is one of loans, in the order of a day."""


ABOUT_NEEDS = frozenset({Concern.NEED_RECEIVED, Concern.TRIAL, Concern.NEED_ASKED, Concern.NEED_FORGOTTEN})
"""Whose list is one of needs, in the order of a day."""


BY_DAY = ABOUT_LOANS | ABOUT_NEEDS | {Concern.REPAIR_LATE}
"""Whose pages end at a day and an identifier."""


class Weight(LabelledEnum):
    """How much the age of a thing weighs."""

    CALM = "", "Récent"
    CARE = "care", "À suivre"
    BAD = "bad", "En retard"


def weight_of_loan(found: Sequence[Alert], today: date, delays: Delays) -> Weight:
    """How much all that is missing to a loan weighs on its line: a legal risk as on the home page, else to follow."""
    unsigned = (each.since for each in found if each.code in ALERTS_OF[Concern.UNSIGNED])
    if any(since is not None and weight(Concern.UNSIGNED, since, today, delays) is Weight.BAD for since in unsigned):
        return Weight.BAD
    pressing = [each for each in found if each.code not in ALERTS_OF[Concern.VOICE]]
    return Weight.CARE if pressing else Weight.CALM


def weight(concern: Concern, since: date, today: date, delays: Delays) -> Weight:
    """How much a thing of a concern weighs today, by the day since when it waits; a day to come weighs nothing.

    What waits for us weighs from the first delay of the service; what left without a signed agreement is a legal risk
    from the second. After a death nothing is late.
    """
    if concern is Concern.VOICE:
        return Weight.CALM
    days = (today - since).days
    if concern is Concern.UNSIGNED and days >= delays.red_days:
        return Weight.BAD
    duty = DUTIES.get(concern)
    return Weight.CARE if days >= delays.amber_days and duty is not None and not duty.theirs else Weight.CALM


FOR_WRITERS = frozenset({Concern.NOTICE, Concern.MAIL})
"""Whose list serves only those who may write."""

ALERTS_OF: dict[Concern, tuple[str, ...]] = {
    Concern.VOICE: ("manual_return",),
    Concern.UNSIGNED: ("handed_over_unsigned",),
    Concern.RETURN: ("recalled", "expired"),
    Concern.ENDING: ("expired", "ending_soon"),
    Concern.BASIS: ("basis_expired", *(f"basis_expiring_{months}_months" for months in BASIS_WARNING_MONTHS)),
    Concern.CAPPED: ("lease_ends_first", "passes_school_year"),
    Concern.TO_HAND_OVER: ("not_handed_over",),
}
"""The codes of `loan.alerts` that say why a loan is in the list of a concern."""


@dataclass(frozen=True, slots=True)
class Horizon:
    """The days that decide what is listed, all of them included: up to them, it needs a hand."""

    ended_by: date
    ending_by: date
    basis_by: date
    idle_since: date
    today: date
    year_ends_on: date
    next_year_ends_on: date
    adult_born_by: date

    @classmethod
    def of(cls, today: date) -> Horizon:
        """The horizon of a day."""
        return cls(
            ended_by=date.fromordinal(today.toordinal() - 1),
            ending_by=_last_day_within(today, ENDING_SOON_MONTHS),
            basis_by=_last_day_within(today, max(BASIS_WARNING_MONTHS)),
            idle_since=add_months(today, -IDLE_MONTHS),
            today=today,
            year_ends_on=last_day_for_term_from(today),
            next_year_ends_on=add_months(last_day_for_term_from(today), 12),
            adult_born_by=add_months(today, -12 * MAJORITY),
        )


def _last_day_within(today: date, months: int) -> date:
    """The last day whose alert, `months` before it, has begun: short months make several days begin at once."""
    last = add_months(today, months)
    while add_months(following := date.fromordinal(last.toordinal() + 1), -months) <= today:
        last = following
    return last


def coming_of_age(pupil: Pupil, today: date) -> tuple[str, ...]:
    """Why a loan is in the list of those whose pupil has come of age: since when, and what is left to do."""
    since = came_of_age_on(pupil)
    said = f"Majeur depuis le {long_date(since)}."
    if not pupil_acts(pupil, today):
        return (said,)
    if not pupil.email:
        return said, "Demandez-lui son adresse électronique, et ajoutez-la sur sa fiche."
    return (
        said,
        "Un document attend encore la signature d'un parent, qui ne signe plus : renouvelez ou modifiez le prêt.",
    )


def draft_age(since: date, today: date) -> str:
    """How long a draft has been kept, as a list says it."""
    days = (today - since).days
    if days < 1:
        return "préparé aujourd'hui"
    return "préparé hier" if days == 1 else f"préparé il y a {days} jours"


def months_shown(today: date) -> tuple[date, ...]:
    """The first days of the months of the chart, oldest first, the month of `today` last."""
    this_month = today.replace(day=1)
    return tuple(add_months(this_month, back - MONTHS_SHOWN + 1) for back in range(MONTHS_SHOWN))
