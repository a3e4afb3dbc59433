"""The acts that are done in number, what each is about, and what has to be said for it."""

from __future__ import annotations

from materiel.domain.language.labelled import LabelledEnum


class LotSubject(LabelledEnum):
    """What the references of a lot are."""

    ITEM = "item", "Matériels"
    LOAN = "loan", "Prêts"
    DOCUMENT = "document", "Documents"
    PUPIL = "pupil", "Élèves"


class LotAct(LabelledEnum):
    """What is done to each thing of a lot."""

    REMIND = "remind", "Relancer"
    SEND = "send", "Envoyer pour signature"
    NOTIFY = "notify", "Envoyer des notifications"
    SIGN = "sign", "Enregistrer des signatures sur papier"
    ISSUE = "issue", "Émettre les documents de prêts"
    HAND_OVER = "hand_over", "Remettre"
    TAKE_BACK = "take_back", "Reprendre"
    PREPARE = "prepare", "Préparer"
    SET_STATUS = "set_status", "Changer d'état"
    SET_FAMILY = "set_family", "Changer de famille"
    SET_PLACE = "set_place", "Changer de rangement"
    MOVE = "move", "Changer d'établissement"


ABOUT: dict[LotAct, LotSubject] = {
    LotAct.REMIND: LotSubject.DOCUMENT,
    LotAct.SEND: LotSubject.DOCUMENT,
    LotAct.NOTIFY: LotSubject.DOCUMENT,
    LotAct.SIGN: LotSubject.DOCUMENT,
    LotAct.ISSUE: LotSubject.LOAN,
    LotAct.HAND_OVER: LotSubject.ITEM,
    LotAct.TAKE_BACK: LotSubject.ITEM,
    LotAct.PREPARE: LotSubject.ITEM,
    LotAct.SET_STATUS: LotSubject.ITEM,
    LotAct.SET_FAMILY: LotSubject.ITEM,
    LotAct.SET_PLACE: LotSubject.ITEM,
    LotAct.MOVE: LotSubject.PUPIL,
}
"""What each act is done to."""

NEEDED: dict[LotAct, tuple[str, ...]] = {
    LotAct.SEND: ("party",),
    LotAct.NOTIFY: ("channel",),
    LotAct.SIGN: ("party", "on"),
    LotAct.HAND_OVER: ("on",),
    LotAct.TAKE_BACK: ("on",),
    LotAct.PREPARE: ("on", "condition"),
    LotAct.SET_STATUS: ("status", "reason"),
    LotAct.SET_FAMILY: ("family",),
    LotAct.SET_PLACE: ("storage_place",),
    LotAct.MOVE: ("on",),
}
"""The values without which an act cannot be asked."""

TAKEN: dict[LotAct, tuple[str, ...]] = {
    LotAct.HAND_OVER: ("condition",),
    LotAct.TAKE_BACK: ("condition",),
    LotAct.PREPARE: ("erased", "uninstalled"),
    LotAct.MOVE: ("school",),
}
"""Those that it takes besides: any other is refused, since it would do nothing."""
