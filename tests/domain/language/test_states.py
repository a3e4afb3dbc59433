from __future__ import annotations

import pytest

from materiel.domain.circuit.disposal.disposal import DisposalState
from materiel.domain.circuit.need import NeedStage, NeedState
from materiel.domain.circuit.stocktake import StocktakeResult, StocktakeState
from materiel.domain.circuit.transfer import TransferState
from materiel.domain.circuit.use import UseLevel
from materiel.domain.circuit.workshop.kit import KitState
from materiel.domain.circuit.workshop.licence import LicenceStage, SeatStage
from materiel.domain.circuit.workshop.repair import RepairStage
from materiel.domain.circuit.workshop.safety import SafetyStage
from materiel.domain.incident.incident import IncidentState
from materiel.domain.item.item import ItemStatus
from materiel.domain.language import states
from materiel.domain.language.states import Shape, State, StateEnum, Tone
from materiel.domain.loan.loan import LoanStatus
from materiel.domain.papers.document import DocumentState, DocumentStatus, SignatureStatus
from materiel.domain.work.job import JobState
from materiel.domain.work.outbox import MessageState
from materiel.domain.work.webhook import CallState, WebhookState

KNOWN = {name: value for name, value in vars(states).items() if isinstance(value, State)}

SAID: dict[type[StateEnum], str] = {
    ItemStatus: """
        in_stock     free  calm  En réserve
        reserved     half  calm  Réservé
        on_loan      out   calm  Prêté
        deposited    out   calm  Déposé
        due_back     care  care  Retour attendu
        to_prepare   care  care  À préparer
        in_repair    care  care  En réparation
        lost         bad   bad   Perdu
        stolen       bad   bad   Volé
        written_off  end   calm  Réformé
        transferred  end   calm  Transféré""",
    LoanStatus: """
        draft             free  calm  Brouillon
        issued            free  calm  Émis
        partially_signed  half  calm  Partiellement signé
        signed            half  calm  Signé
        handed_over       out   calm  Remis
        returned          end   calm  Restitué
        cancelled         end   calm  Annulé
        closed            end   calm  Clos""",
    DocumentState: """
        issued    free  calm  Émis
        agreed    half  calm  Signé par tous
        in_force  out   calm  En vigueur
        replaced  end   calm  Remplacé
        ended     end   calm  Terminé
        void      end   calm  Annulé""",
    DocumentStatus: """
        in_force  out   calm  Émis ou en vigueur
        replaced  end   calm  Remplacé
        ended     end   calm  Terminé
        void      end   calm  Annulé""",
    SignatureStatus: """
        pending   due    care  Attendue
        optional  due    calm  Facultative
        signed    dated  calm  Signée""",
    IncidentState: """
        open    half  calm  Incident signalé, en cours de traitement
        closed  end   calm  Incident traité""",
    NeedState: """
        asked   care  care  Demandé, à confirmer
        open    free  calm  En attente
        met     end   calm  Satisfait
        closed  end   calm  Clos""",
    NeedStage: """
        asked     care  care  Demandé, à confirmer
        to_find   care  care  À chercher
        ordered   half  calm  Commandé
        received  care  care  Reçu, non remis
        prepared  half  calm  Attend la remise
        met       end   calm  Satisfait
        closed    end   calm  Clos""",
    StocktakeState: """
        running  half  calm  En cours
        closed   end   calm  Clos""",
    StocktakeResult: """
        found      out   calm  Trouvé à sa place
        elsewhere  care  care  Trouvé ailleurs
        missing    care  care  Manquant
        unknown    care  care  Code inconnu
        silent     free  calm  Sans réponse""",
    TransferState: """
        asked      half  calm  Réponse attendue
        accepted   end   calm  Transfert accepté
        refused    end   calm  Transfert refusé
        withdrawn  end   calm  Demande retirée""",
    SafetyStage: """
        to_tell       care  care  À prévenir
        told          care  care  Prévenu, sans réponse
        read          half  calm  A lu, ne l'utilise plus
        held_back     care  care  Retenu au service
        out_of_stock  end   calm  Sorti du parc
        at_maker      half  calm  Chez le fabricant
        treated       end   calm  Traité""",
    DisposalState: """
        proposed   care  care  Réforme à décider
        decided    half  calm  Réforme décidée
        done       end   calm  Réforme faite
        refused    end   calm  Réforme refusée
        withdrawn  end   calm  Réforme retirée""",
    LicenceStage: """
        ended      end   calm  Licence finie
        ends_soon  care  care  Finit bientôt
        full       out   calm  Sans place libre
        open       free  calm  Places libres""",
    SeatStage: """
        installed     out   calm  Installé
        to_uninstall  care  care  À désinstaller
        freed         free  calm  Place libérée
        spent         end   calm  Place perdue""",
    KitState: """
        whole       free  calm  Au complet
        incomplete  care  care  Incomplet
        lent        out   calm  Kit prêté ou réservé
        dissolved   end   calm  Dissous""",
    RepairStage: """
        at_provider  half  calm  Chez le réparateur
        late         care  care  Réparation en retard
        back         end   calm  Revenu de réparation""",
    UseLevel: """
        used    out   calm  Utilisé
        little  half  calm  Peu utilisé
        unused  free  calm  Pas utilisé""",
    JobState: """
        queued   free  calm  En attente
        running  half  calm  En cours
        done     end   calm  Terminée
        failed   bad   bad   Échouée""",
    MessageState: """
        queued     free  calm  À envoyer
        sending    free  calm  À envoyer
        sent       end   calm  Envoyé
        failed     bad   bad   Refusé
        cancelled  end   calm  Annulé""",
    WebhookState: """
        active  out   calm  Actif
        paused  half  calm  En pause
        broken  bad   bad   Arrêté, sans réponse""",
    CallState: """
        queued   free  calm  À envoyer
        sending  free  calm  À envoyer
        sent     end   calm  Envoyé
        dead     bad   bad   Abandonné""",
}


def test_every_enumeration_of_states_is_said() -> None:
    assert set(StateEnum.__subclasses__()) == set(SAID)


@pytest.mark.parametrize("states_of", SAID, ids=lambda each: each.__name__)
def test_each_state_has_its_word_its_shape_and_its_tone(states_of: type[StateEnum]) -> None:
    said = [tuple(line.split(maxsplit=3)) for line in SAID[states_of].strip().splitlines()]
    assert [(each.value, each.shape, each.tone, each.label) for each in states_of] == said


def test_a_state_of_an_enumeration_is_one_of_the_list() -> None:
    shown = {each.shown for states_of in SAID for each in states_of}
    assert shown <= set(KNOWN.values())


def test_a_word_has_one_shape_but_where_another_hand_must_send() -> None:
    shapes: dict[str, set[Shape]] = {}
    for state in KNOWN.values():
        shapes.setdefault(state.label, set()).add(state.shape)
    assert {label for label, found in shapes.items() if len(found) > 1} == {states.TO_SEND.label}
    assert states.TO_SEND.tone is Tone.CALM, "a message leaves by itself"
    assert states.NOTICE_TO_SEND.tone is Tone.CARE, "a notice waits for a manager"


def test_only_what_a_hand_must_settle_is_no_calm_state() -> None:
    assert {state.label for state in KNOWN.values() if state.tone is Tone.BAD} == {
        *("Perdu", "Volé", "Refusé", "Échouée", "Arrêté, sans réponse", "Abandonné"),
    }
    assert {state.label for state in KNOWN.values() if state.tone is Tone.CARE} == {
        *("Retour attendu", "À préparer", "En réparation", "Prolongation à signer"),
        *("À rendre", "Prêt terminé, à rendre", "Signalé absent", "Attendue", "À envoyer", "À lire", "À traiter"),
        *("À compléter", "Absent de l’annuaire", "Signature attendue", "À chercher", "Reçu, non remis"),
        *("Trouvé ailleurs", "Manquant", "Code inconnu"),
        "Réforme à décider",
        *("Finit bientôt", "À désinstaller"),
        *("À prévenir", "Prévenu, sans réponse", "Retenu au service", "Réparation en retard", "Incomplet"),
        *(
            "À compléter",
            "Absent de l’annuaire",
            "Signature attendue",
            "À chercher",
            "Reçu, non remis",
            "Demandé, à confirmer",
        ),
    }
