"""How pages speak of mail: to be sent, sent, or refused; never « gone » because a message was written."""

from __future__ import annotations

from materiel.domain.language.french import enumeration
from materiel.settings import Settings

NO_SERVER = (
    "Aucun serveur de courriel n'est réglé : rien ne part. Prévenez l'administrateur de l'installation, "
    "ou remettez les documents sur papier."
)


class Warned(str):
    """A sentence to show as a warning: what was asked is not done, or not yet."""


def queued(to: list[str], settings: Settings, *, more: str = "") -> str:
    """What is said once messages are written to these people or addresses."""
    if not to:
        return Warned(more or "Aucun message n'est écrit.")
    said = f"Message à envoyer à {enumeration(to)}, avec un lien personnel.{' ' if more else ''}{more}"
    return said if settings.mail_server else Warned(f"{said} {NO_SERVER}")


def kind_of(said: str) -> str:
    """The kind of the message to show."""
    return "warning" if isinstance(said, Warned) else "success"
