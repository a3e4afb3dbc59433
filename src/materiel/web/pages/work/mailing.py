"""How pages speak of mail: to be sent, sent, or refused; never « gone » because a message was written."""

from __future__ import annotations

from typing import Any, Self

from litestar import Request

from materiel.domain.language.french import enumeration
from materiel.settings import Settings
from materiel.use_cases.desk.awaited import AskedGroup
from materiel.web.http.session import session_of

NO_SERVER = (
    "Aucun serveur de courriel n'est réglé : rien ne part. Prévenez l'administrateur de l'installation, "
    "ou remettez les documents sur papier."
)

ON_PAPER = ("/signatures", "Les imprimer, ou noter ce qui est signé sur papier")
MOST_TOLD = 5
"""Documents that could not leave, named in the message; the list shows all of them."""


class Result(str):
    """A sentence that says what was done, and where and until when it is undone; what remains and why (`left`), and
    where it is settled.
    """

    left: str
    undo: tuple[str, str]
    settle: tuple[str, str]

    def __new__(
        cls, done: str, *, left: str = "", undo: tuple[str, str] = ("", ""), settle: tuple[str, str] = ("", "")
    ) -> Self:
        """The sentence, and what goes with it."""
        said = super().__new__(cls, done)
        said.left, said.undo, said.settle = left, undo, settle
        return said


class Warned(Result):
    """A sentence to show as a warning: what was asked is not done, or not yet; `settle` says where it is."""


async def say(request: Request[Any, Any, Any], said: str) -> None:
    """Say on the next page what was done, in green, and below what remains; a warning when nothing was."""
    result = said if isinstance(said, Result) else Result(said)
    settle = result.settle if result.left or isinstance(result, Warned) else ("", "")
    await session_of(request).flash(said, kind_of(said), left=result.left, undo=result.undo, settle=settle)


def queued(
    to: list[str], settings: Settings, *, more: str = "", left: str = "", settle: tuple[str, str] = ("", "")
) -> str:
    """What is said once messages are written to these people or addresses; `left` remains to be done by hand."""
    if not to:
        return Warned(left or more or "Aucun message n'est écrit.", settle=settle)
    said = f"Message à envoyer à {enumeration(to)}, avec un lien personnel.{' ' if more else ''}{more}"
    if settings.mail_server:
        return Result(said, left=left, settle=settle)
    return Warned(" ".join(each for each in (said, left, NO_SERVER) if each), settle=settle)


def told_asked(done: AskedGroup, settings: Settings) -> str:
    """What is said once people were written to about documents; those that could not leave are named."""
    said = f"Message à envoyer pour {done.asked} document{'s' if done.asked > 1 else ''}." if done.asked else ""
    left = ""
    if done.left:
        named = " ".join(f"N° {number} : {why}" for number, why in done.left[:MOST_TOLD])
        more = f" Et {len(done.left) - MOST_TOLD} de plus." if len(done.left) > MOST_TOLD else ""
        left = f"Rien ne part pour : {named}{more}"
    if not settings.mail_server or not done.asked:
        told = " ".join(each for each in (said, left, "" if settings.mail_server else NO_SERVER) if each)
        return Warned(told or "Aucun message n'est écrit.", settle=ON_PAPER)
    return Result(said, left=left, settle=ON_PAPER)


def kind_of(said: str) -> str:
    """The kind of the message to show."""
    return "warning" if isinstance(said, Warned) else "success"
