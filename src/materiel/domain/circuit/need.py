"""A need (« besoin »): what was decided for a pupil, in the words of the decision, until the pupil has it.

Law: Code de l'éducation, art. D351-7 (the commission decides, and binds); circulaire n° 2016-117, § 2.5: the
commission names equipment generically, the service chooses it. Hence neither a score nor a priority: the queue is by
age, counted from the notification, and a need is met by the hand-over, not by the agreement (domain § 8.2).

A trial (« essai ») is asked by a pôle d'appui à la scolarité (circulaire du 1er septembre 2025) for some weeks: its end
is known before it begins, and it ends in a loan or in a return.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID

from materiel.domain.item.family import ItemFamily
from materiel.domain.language import states
from materiel.domain.language.bounds import filled, line
from materiel.domain.language.fields import Fields
from materiel.domain.language.folding import fold
from materiel.domain.language.labelled import LabelledEnum
from materiel.domain.language.states import StateEnum
from materiel.domain.language.values import replace
from materiel.domain.papers.annex_rules import ClauseRule, pointed_out
from materiel.domain.usage import Basis, BasisKind
from materiel.errors import Conflict, FieldError, RuleBroken

WORDING_MAX = 300
REASON_MAX = 300
OLDEST = timedelta(days=3650)
LATEST = timedelta(days=3650)
"""How far back a decision may have been notified, and how far ahead it may end."""

TRIAL_MAX = timedelta(days=200)
"""A trial lasts some weeks; beyond, it is a loan that does not say so."""


FORGOTTEN_AFTER = timedelta(days=730)
"""A need that has waited so long is told again: the record of its pupil is kept because of it."""

TRIAL_TOLD = timedelta(days=21)
"""How long before its end a trial is told: it becomes a loan, by a new agreement, or a return."""


class NeedKind(LabelledEnum):
    """What is asked: equipment for as long as it is needed, or for a try."""

    NEED = "need", "Besoin"
    TRIAL = "trial", "Essai"


class NeedState(StateEnum):
    """Whether somebody still waits."""

    ASKED = "asked", states.TO_CONFIRM
    OPEN = "open", states.QUEUED
    MET = "met", states.MET
    CLOSED = "closed", states.CLOSED


STILL_WAITED = frozenset({NeedState.ASKED, NeedState.OPEN})
"""Somebody waits for it, in the queue or to get there."""


class NeedStage(StateEnum):
    """How far a need has come."""

    ASKED = "asked", states.TO_CONFIRM
    TO_FIND = "to_find", states.TO_FIND
    ORDERED = "ordered", states.ORDERED
    RECEIVED = "received", states.RECEIVED
    PREPARED = "prepared", states.LOAN_PREPARED
    MET = "met", states.MET
    CLOSED = "closed", states.CLOSED


NeedKey = tuple[UUID, NeedKind, date, str]
"""The pupil, the kind, the day of the notification and the words, folded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedAsked:
    """What somebody tells of a need, each field once. `wording`: the generic words of the decision, never a diagnosis.

    `notified_on`: the day of the notification, or of the request where nobody notifies. `valid_until`: the end of the
    decision; of a trial, the day on which it ends. `family` and `category` narrow what fits.
    """

    wording: Annotated[str, filled(WORDING_MAX)]
    notified_on: date
    kind: NeedKind = NeedKind.NEED
    basis: Basis | None = None
    valid_until: date | None = None
    family: ItemFamily | None = None
    category: Annotated[str, line(60)] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need(NeedAsked):
    """One need of a pupil.

    `order_reference`, `expected_on`, `received_on`: where the stock did not suffice. `loan_id`: the loan that is to
    meet it. `met_on`: the day of the hand-over. `closed_on` and `close_reason`: where nothing is to be lent any more.
    `asked_by`: `referent:<id>` for one that a référent has asked; it is in the queue once the service confirms it.
    """

    id: UUID
    service_id: UUID
    pupil_id: UUID
    basis: Basis
    created_at: datetime
    state: NeedState = NeedState.OPEN
    order_reference: str = ""
    expected_on: date | None = None
    received_on: date | None = None
    loan_id: UUID | None = None
    met_on: date | None = None
    closed_on: date | None = None
    close_reason: str = ""
    asked_by: str = ""
    version: int = 1

    @property
    def key(self) -> NeedKey:
        """What tells it from the other needs of the pupil: written down twice, it would wait twice."""
        return self.pupil_id, self.kind, self.notified_on, " ".join(fold(self.wording).split())

    @property
    def is_open(self) -> bool:
        """Whether the pupil still waits."""
        return self.state is NeedState.OPEN

    @property
    def waits(self) -> bool:
        """Whether somebody waits for it, in the queue or to get there."""
        return self.state in STILL_WAITED

    @property
    def stage(self) -> NeedStage:
        """How far it has come."""
        if not self.is_open:
            return NeedStage(self.state.value)
        if self.loan_id is not None:
            return NeedStage.PREPARED
        if self.received_on is not None:
            return NeedStage.RECEIVED
        return NeedStage.ORDERED if self.order_reference else NeedStage.TO_FIND

    def is_over(self, today: date) -> bool:
        """Whether the decision has ended while the pupil still waits: nothing can rest upon it any more (E18)."""
        return self.is_open and self.valid_until is not None and self.valid_until < today

    def waiting_days(self, today: date) -> int:
        """Days from the notification to the hand-over or the closing, or to today; none for what came before it."""
        return max(0, ((self.met_on or self.closed_on or today) - self.notified_on).days)


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedLine:
    """A need as a list of the service shows it: whose it is, and where the pupil is schooled."""

    need: Need
    last_name: str
    first_name: str
    school_uai: str
    school_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedFilter:
    """Which needs are listed; an empty filter lists all. `q`: words of the pupil's name, all of which must be found."""

    state: NeedState | None = None
    stage: NeedStage | None = None
    kind: NeedKind | None = None
    since: date | None = None
    pupil_id: UUID | None = None
    q: str = ""


def checked_need(need: Need, today: date) -> Need:
    """A need about to be written, its texts cleaned.

    Raises:
        RuleBroken: `need.invalid`, with one error for each field at fault; `need.health_words`, its words tell of the
            health of the pupil; `need.pap_only`, a PAP decides no loan (E20).
    """
    fields = Fields("need.invalid")
    wording = fields.text("/wording", need.wording, longest=WORDING_MAX, required=True, name="les mots de la décision")
    category = fields.text("/category", need.category, longest=60, name="la catégorie")
    reference = fields.text("/basis/reference", need.basis.reference, longest=100, name="la référence")
    fields.day("/notified_on", need.notified_on, first=today - OLDEST, last=today, name="la date de notification")
    _check_end(fields, need, today)
    fields.check()
    if need.basis.kind is BasisKind.PAP:
        raise RuleBroken(
            "need.pap_only",
            "Un plan d'accompagnement personnalisé ne décide aucun prêt : indiquez la notification de la CDAPH, ou la "
            "demande du pôle d'appui à la scolarité.",
        )
    _check_not_of_health(
        "/wording",
        wording,
        "Ces mots parlent de la santé de l'élève. Gardez ceux qui nomment le matériel, par exemple « ordinateur avec "
        "logiciel de synthèse vocale ».",
    )
    return replace(need, wording=wording, category=category, basis=replace(need.basis, reference=reference))


def speaks_of_health(text: str) -> bool:
    """Whether words tell of the health of a pupil: those are kept nowhere."""
    return any(each.rule is ClauseRule.HEALTH for each in pointed_out(text, ()))


def _check_not_of_health(pointer: str, text: str, told: str) -> None:
    if speaks_of_health(text):
        raise RuleBroken("need.health_words", told, errors=(FieldError(pointer, told),))


def check_written_once(need: Need, known: Iterable[Need]) -> None:
    """Refuse what is written down already and still waits: it would wait twice, and be ordered twice.

    Args:
        known: the needs of the same pupil. One that was met or closed may be born again.

    Raises:
        Conflict: `need.already_written`, with the fact `need`, the identifier of the other.
    """
    same = next((each for each in known if each.id != need.id and each.waits and each.key == need.key), None)
    if same is None:
        return
    where = "dans la file" if same.is_open else "demandé par un enseignant référent, et à confirmer"
    raise Conflict(
        "need.already_written",
        f"Cet élève attend déjà ce matériel, aux mêmes mots et à la même date : ce besoin est {where}. S'il en faut "
        "plusieurs, dites-le dans les mots.",
        need=str(same.id),
    )


def _check_end(fields: Fields, need: Need, today: date) -> None:
    """The end of a decision follows its notification; that of a trial is near."""
    is_trial = need.kind is NeedKind.TRIAL
    if need.valid_until is None:
        if is_trial:
            fields.add("/valid_until", "Un essai a une fin : indiquez le jour où il se termine.")
        return
    name = "la fin de l'essai" if is_trial else "la fin de la décision"
    last = today + (TRIAL_MAX if is_trial else LATEST)
    fields.day("/valid_until", need.valid_until, first=need.notified_on, last=last, name=name)


def ordered(need: Need, reference: str, expected_on: date | None, today: date) -> Need:
    """A need whose equipment is ordered. `reference`: of the order, as its supplier or the service calls it.

    Raises:
        Conflict: `need.over`.
        RuleBroken: `need.invalid`.
    """
    check_open(need)
    fields = Fields("need.invalid")
    named = fields.text("/order_reference", reference, longest=60, required=True, name="la référence de la commande")
    if expected_on is not None:
        fields.day(
            "/expected_on", expected_on, first=need.notified_on, last=today + LATEST, name="la date de livraison prévue"
        )
    fields.check()
    return replace(need, order_reference=named, expected_on=expected_on)


def received(need: Need, received_on: date, today: date) -> Need:
    """A need whose equipment has come, and is not handed over yet: it ages from that day.

    Raises:
        Conflict: `need.over`.
        RuleBroken: `need.invalid`.
    """
    check_open(need)
    fields = Fields("need.invalid")
    fields.day("/received_on", received_on, first=need.notified_on, last=today, name="la date de réception")
    fields.check()
    return replace(need, received_on=received_on)


def taken_back(need: Need) -> Need:
    """A need whose last step was noted by mistake: its reception, or else its order.

    Raises:
        Conflict: `need.over`; `need.nothing_noted`.
    """
    check_open(need)
    if need.received_on is not None:
        return replace(need, received_on=None)
    if need.order_reference:
        return replace(need, order_reference="", expected_on=None)
    raise Conflict("need.nothing_noted", "Ni commande ni réception ne sont notées pour ce besoin : rechargez-le.")


def confirmed(need: Need) -> Need:
    """A need that a référent has asked, and that the service puts into the queue, at the day of its notification.

    Raises:
        Conflict: `need.not_asked`.
    """
    if need.state is not NeedState.ASKED:
        raise Conflict("need.not_asked", "Ce besoin n'attend pas de confirmation : il est déjà dans la file, ou clos.")
    return replace(need, state=NeedState.OPEN)


def closed(need: Need, reason: str, today: date) -> Need:
    """A need that nothing is to meet any more, and why.

    Raises:
        Conflict: `need.over`; `need.loan_prepared`, a loan is prepared for it.
        RuleBroken: `need.invalid`; `need.health_words`.
    """
    if need.state is not NeedState.ASKED:
        check_open(need)
    if need.loan_id is not None:
        raise Conflict(
            "need.loan_prepared",
            "Un prêt est préparé pour ce besoin : abandonnez-le d'abord, ou remettez le matériel.",
        )
    fields = Fields("need.invalid")
    why = fields.text("/reason", reason, longest=REASON_MAX, required=True, name="le motif")
    fields.check()
    _check_not_of_health(
        "/reason",
        why,
        "Ce motif parle de la santé de l'élève. Dites seulement ce qu'il advient du besoin, par exemple « la famille a "
        "son propre matériel ».",
    )
    return replace(need, state=NeedState.CLOSED, closed_on=today, close_reason=why)


def check_open(need: Need) -> None:
    """Raise `Conflict`: `need.over`, a need is met or closed; `need.to_confirm`, the service has not confirmed it."""
    if need.state is NeedState.ASKED:
        raise Conflict("need.to_confirm", "Ce besoin est demandé par un enseignant référent : confirmez-le d'abord.")
    if not need.is_open:
        raise Conflict("need.over", "Ce besoin est déjà satisfait ou clos : inscrivez-en un autre s'il en naît un.")


def check_takes(need: Need, pupil_id: UUID | None) -> None:
    """Refuse to prepare a loan for a need that waits for none, or for another pupil.

    Raises:
        Conflict: `need.over`; `need.loan_prepared`.
        RuleBroken: `need.other_pupil`.
    """
    check_open(need)
    if need.pupil_id != pupil_id:
        raise RuleBroken("need.other_pupil", "Ce besoin est celui d'un autre élève : choisissez l'un des siens.")
    if need.loan_id is not None:
        raise Conflict("need.loan_prepared", "Un prêt est déjà préparé pour ce besoin : ouvrez-le.")
