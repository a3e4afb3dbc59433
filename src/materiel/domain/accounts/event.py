"""What happens to an account that its owner is told by e-mail: whoever did not do it can then say so. Pure.

Source: CNIL, délibération n° 2022-100 du 21 juillet 2022; OWASP Authentication Cheat Sheet (telling the owner of a
changed password, and of a log-in from a new device).
"""

from __future__ import annotations

from materiel.domain.language.labelled import LabelledEnum


class AccountEvent(LabelledEnum):
    """One event; its label is the subject of the message."""

    PASSWORD_SET = "password_set", "Mot de passe choisi pour votre compte"
    PASSWORD_CHANGED = "password_changed", "Mot de passe de votre compte changé"
    FACTOR_SET = "factor_set", "Second facteur activé sur votre compte"
    FACTOR_REMOVED = "factor_removed", "Second facteur retiré de votre compte"
    FACTOR_FORGOTTEN = "factor_forgotten", "Second facteur retiré de votre compte par l'administrateur"
    CODES_RENEWED = "codes_renewed", "Nouveaux codes de secours de votre compte"
    NEW_DEVICE = "new_device", "Connexion à votre compte depuis un nouvel appareil"
    IDENTITY_ATTACHED = "identity_attached", "Identité rattachée à votre compte"

    @property
    def sentence(self) -> str:
        """What happened, as the message says it before the day and the hour."""
        return _SENTENCES[self]


_SENTENCES = {
    AccountEvent.PASSWORD_SET: "Un mot de passe a été choisi pour votre compte, par un lien donné par l'administrateur",
    AccountEvent.PASSWORD_CHANGED: "Le mot de passe de votre compte a été changé",
    AccountEvent.FACTOR_SET: "Un second facteur a été activé sur votre compte",
    AccountEvent.FACTOR_REMOVED: "Le second facteur de votre compte a été retiré",
    AccountEvent.FACTOR_FORGOTTEN: "Le second facteur de votre compte a été retiré par l'administrateur",
    AccountEvent.CODES_RENEWED: "De nouveaux codes de secours ont été demandés pour votre compte",
    AccountEvent.NEW_DEVICE: "Votre compte a été ouvert depuis un appareil que ce site ne connaissait pas encore",
    AccountEvent.IDENTITY_ATTACHED: "Une identité du service d'identification ouvre désormais votre compte",
}
