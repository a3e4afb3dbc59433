"""The one list of states: the French word of each, the shape drawn beside it, and the tone of both.

A state is a word with a shape, never a colour alone (WCAG 2.2, criterion 1.4.1): pages, the description of the API,
tables, messages and papers read the word here and nowhere else, a test sees to it. Stored values are those of the
enumerations, and of the API; they do not follow the words.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from materiel.domain.language.labelled import LabelledEnum


class Tone(StrEnum):
    """What a state asks of its reader: nothing, an act, or an act before the law or a refusal bites."""

    CALM = "calm"
    CARE = "care"
    BAD = "bad"


class Shape(StrEnum):
    """What is drawn before a word; the stored value ends the class of the page's element, `m-state--half`."""

    FREE = "free"
    """○ nothing is under way: at rest, or not begun."""
    OUT = "out"
    """● in somebody's hands, in effect."""
    HALF = "half"
    """◐ under way."""
    END = "end"
    """– over."""
    CARE = "care"
    """◆ a hand is needed."""
    BAD = "bad"
    """▲ at risk, or refused."""
    DUE = "due"
    """◇ a signature that may still come."""
    DATED = "dated"
    """✓ a signature that has come, with its date."""


TONES = {Shape.CARE: Tone.CARE, Shape.BAD: Tone.BAD, Shape.DUE: Tone.CARE}
"""The tone of a shape; that of the others is calm."""


@dataclass(frozen=True, slots=True)
class State:
    """One state as people read it. `label`: its French word. `asks`: its tone, None for that of its shape."""

    label: str
    shape: Shape
    asks: Tone | None = None

    @property
    def tone(self) -> Tone:
        """Calm, care or bad."""
        return self.asks or TONES.get(self.shape, Tone.CALM)


class StateEnum(LabelledEnum):
    """A `LabelledEnum` of states, declared as `NAME = "stored_value", STATE`: its labels are words of this list."""

    shown: State

    # The default has the use of that of `LabelledEnum`.
    def __new__(cls, value: str, shown: State = State("", Shape.FREE)) -> StateEnum:
        member = str.__new__(cls, value)
        member._value_ = value
        member.shown = shown
        member.label = shown.label
        return member

    @property
    def shape(self) -> Shape:
        """The shape of the state."""
        return self.shown.shape

    @property
    def tone(self) -> Tone:
        """The tone of the state."""
        return self.shown.tone


# Items.
IN_STOCK = State("En réserve", Shape.FREE)
RESERVED = State("Réservé", Shape.HALF)
ON_LOAN = State("Prêté", Shape.OUT)
DEPOSITED = State("Déposé", Shape.OUT)
DUE_BACK = State("Retour attendu", Shape.CARE)
TO_PREPARE = State("À préparer", Shape.CARE)
IN_REPAIR = State("En réparation", Shape.CARE)
LOST = State("Perdu", Shape.BAD)
STOLEN = State("Volé", Shape.BAD)
WRITTEN_OFF = State("Réformé", Shape.END)
TRANSFERRED = State("Transféré", Shape.END)

# Loans and deposits.
DRAFT = State("Brouillon", Shape.FREE)
ISSUED = State("Émis", Shape.FREE)
PARTIALLY_SIGNED = State("Partiellement signé", Shape.HALF)
SIGNED = State("Signé", Shape.HALF)
HANDED_OVER = State("Remis", Shape.OUT)
RETURNED = State("Restitué", Shape.END)
CLOSED = State("Clos", Shape.END)
CANCELLED = State("Annulé", Shape.END)
RENEWAL_TO_SIGN = State("Prolongation à signer", Shape.CARE)

# The lines of a loan; what is out is « Remis », as the loan.
TO_HAND_OVER = State("À remettre", Shape.HALF)
GIVEN_BACK = State("Rendu", Shape.END)

# What is lent, for those who hold it.
TO_GIVE_BACK = State("À rendre", Shape.CARE)
OVER_TO_GIVE_BACK = State("Prêt terminé, à rendre", Shape.CARE)
PRESENT = State("Présent", Shape.OUT)
ABSENT = State("Signalé absent", Shape.CARE)
NOT_CONFIRMED = State("Pas encore confirmée", Shape.FREE)

# Papers; a loan and its paper share « Émis », « Partiellement signé » and « Annulé ».
SIGNED_BY_ALL = State("Signé par tous", Shape.HALF)
IN_FORCE = State("En vigueur", Shape.OUT)
NOT_PAST = State("Émis ou en vigueur", Shape.OUT)
REPLACED = State("Remplacé", Shape.END)
ENDED = State("Terminé", Shape.END)
SIGNATURE_AWAITED = State("Signature attendue", Shape.CARE)

# Signatures.
AWAITED = State("Attendue", Shape.DUE)
WELCOME = State("Facultative", Shape.DUE, Tone.CALM)
DATED = State("Signée", Shape.DATED)
NEVER_SIGNED = State("Pas signée", Shape.END)

# Messages, and notices that are sent for information; a message leaves by itself, a notice waits for us.
TO_SEND = State("À envoyer", Shape.FREE)
NOTICE_TO_SEND = replace(TO_SEND, shape=Shape.CARE)
SENT = State("Envoyé", Shape.END)
REFUSED = State("Refusé", Shape.BAD)
TO_READ = State("À lire", Shape.CARE)
NOT_YET_READ = State("Envoyée, pas encore lue", Shape.HALF)
READ = State("Lu", Shape.END)

# Incidents: what the service reads, then whoever told.
TO_TREAT = State("À traiter", Shape.CARE)
TREATED = State("Traité", Shape.END)
REPORTED = State("Incident signalé, en cours de traitement", Shape.HALF)
ANSWERED = State("Incident traité", Shape.END)
TOLD = State("Signalé au service", Shape.HALF)

# What a need awaits.
TO_CONFIRM = State("Demandé, à confirmer", Shape.CARE)
TO_FIND = State("À chercher", Shape.CARE)
ORDERED = State("Commandé", Shape.HALF)
RECEIVED = State("Reçu, non remis", Shape.CARE)
LOAN_PREPARED = State("Attend la remise", Shape.HALF)
MET = State("Satisfait", Shape.END)

# What a stocktake knows of an item; silence is no loss.
SEEN_THERE = State("Trouvé à sa place", Shape.OUT)
SEEN_ELSEWHERE = State("Trouvé ailleurs", Shape.CARE)
NOT_SEEN = State("Manquant", Shape.CARE)
NOT_RECOGNISED = State("Code inconnu", Shape.CARE)
NO_ANSWER = State("Sans réponse", Shape.FREE)
# Transfers between services.
ASKED = State("Réponse attendue", Shape.HALF)
ACCEPTED = State("Transfert accepté", Shape.END)
NOT_ACCEPTED = State("Transfert refusé", Shape.END)
WITHDRAWN = State("Demande retirée", Shape.END)
# An item that a safety recall concerns.
HOLDER_TO_TELL = State("À prévenir", Shape.CARE)
HOLDER_TOLD = State("Prévenu, sans réponse", Shape.CARE)
HOLDER_HAS_READ = State("A lu, ne l'utilise plus", Shape.HALF)
HELD_BACK = State("Retenu au service", Shape.CARE)
AT_MAKER = State("Chez le fabricant", Shape.HALF)
GONE = State("Sorti du parc", Shape.END)

# Where a repair stands.
AT_PROVIDER = State("Chez le réparateur", Shape.HALF)
REPAIR_LATE = State("Réparation en retard", Shape.CARE)
BACK_FROM_REPAIR = State("Revenu de réparation", Shape.END)
# The end of life of items.
DISPOSAL_PROPOSED = State("Réforme à décider", Shape.CARE)
DISPOSAL_DECIDED = State("Réforme décidée", Shape.HALF)
DISPOSED = State("Réforme faite", Shape.END)
DISPOSAL_REFUSED = State("Réforme refusée", Shape.END)
DISPOSAL_WITHDRAWN = State("Réforme retirée", Shape.END)

# Where a licence of software stands, and each of its seats.
SEATS_LEFT = State("Places libres", Shape.FREE)
NO_SEAT_LEFT = State("Sans place libre", Shape.OUT)
LICENCE_ENDS_SOON = State("Finit bientôt", Shape.CARE)
LICENCE_ENDED = State("Licence finie", Shape.END)
INSTALLED = State("Installé", Shape.OUT)
TO_UNINSTALL = State("À désinstaller", Shape.CARE)
SEAT_FREED = State("Place libérée", Shape.FREE)
SEAT_SPENT = State("Place perdue", Shape.END)

# Where a kit stands, from the states of its parts.
KIT_WHOLE = State("Au complet", Shape.FREE)
KIT_INCOMPLETE = State("Incomplet", Shape.CARE)
KIT_LENT = State("Kit prêté ou réservé", Shape.OUT)
KIT_DISSOLVED = State("Dissous", Shape.END)

# Whether what is lent serves: none of the three is a fault.
USED = State("Utilisé", Shape.OUT)
LITTLE_USED = State("Peu utilisé", Shape.HALF)
UNUSED = State("Pas utilisé", Shape.FREE)

# What the service keeps of itself, of schools and of communes.
ACTIVE = State("Actif", Shape.OUT)
EXPIRED = State("Expiré", Shape.END)
REVOKED = State("Révoqué", Shape.END)
SET_ASIDE = State("En pause", Shape.HALF)
UNANSWERED = State("Arrêté, sans réponse", Shape.BAD)
GIVEN_UP = State("Abandonné", Shape.BAD)
REQUIRED = State("Exigé", Shape.OUT)
AT_CHOICE = State("Au choix de chacun", Shape.FREE)
KNOWN = State("Connu", Shape.OUT)
TO_COMPLETE = State("À compléter", Shape.CARE)
SCHOOL_CLOSED = State("Fermé", Shape.END)
NOT_IN_ANNUAIRE = State("Absent de l’annuaire", Shape.CARE)
HELD = State("Retenu", Shape.HALF)

# Jobs (« tâches »).
QUEUED = State("En attente", Shape.FREE)
RUNNING = State("En cours", Shape.HALF)
DONE = State("Terminée", Shape.END)
FAILED = State("Échouée", Shape.BAD)
