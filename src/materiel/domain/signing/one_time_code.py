"""One-time codes (« codes à usage unique »): six digits sent to the address of a link, for one act.

The code proves that whoever signs reads the mailbox on file. What is counted is what fails, never what succeeds: a
code that signed costs nothing, and forty papers may be signed one after the other. Few tries and few codes left unused
leave nothing to guess: fifty tries an hour at most find one code in twenty thousand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from materiel.domain.calendar.waiting import is_too_soon
from materiel.domain.signing.evidence import Means
from materiel.errors import Conflict, RuleBroken

DIGITS = 6
LIFETIME = timedelta(minutes=10)
MOST_TRIES = 5
MOST_WASTED = 5
"""Codes of a link whose tries were all wrong, in an hour."""
MOST_UNUSED = 10
"""Codes of a link that signed nothing, in an hour: nobody fills a mailbox with them."""
RESEND_AFTER = timedelta(seconds=30)
MOST_SMS = 10
"""Codes by SMS to one number in a day, whichever links ask for them: each costs something, and rings somewhere."""
SMS_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class OneTimeCode:
    """One code without its digits; only the latest of a link and a purpose counts. Instants are UTC.

    `sent_to` is the number to which it went by SMS; empty for the address of its link.
    """

    id: UUID
    link_id: UUID
    purpose: str
    attempts: int
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    means: Means = Means.EMAIL
    sent_to: str = ""


def digits_of(typed: str) -> str:
    """The digits of a code typed with spaces, as a mail client shows them."""
    return "".join(typed.split())


def check_may_send(
    sent: Sequence[OneTimeCode], purpose: str, now: datetime, means: Means = Means.EMAIL, *, sms_to_number: int = 0
) -> None:
    """Refuse one code too many.

    Args:
        sent: the codes of the link in the last hour, oldest first, whatever their purpose.
        sms_to_number: how many went by SMS to the same number in a day, whatever their links.

    Raises:
        RuleBroken: `code.too_soon`, the last code of this purpose has just left by the same means; `code.too_many`,
            too many codes were tried in vain, or sent and left unused; `code.too_many_sms`.
    """
    unused = [each for each in sent if each.used_at is None]
    same = [each for each in unused if each.purpose == purpose]
    if same and same[-1].means is means and is_too_soon(same[-1].created_at, now, RESEND_AFTER):
        where = (
            "Regardez votre téléphone"
            if means is Means.SMS
            else "Regardez votre boîte de réception et vos courriers indésirables"
        )
        raise RuleBroken(
            "code.too_soon", f"Un code vient d'être écrit. {where}, puis redemandez-en un dans une demi-minute."
        )
    if sum(each.attempts >= MOST_TRIES for each in unused) >= MOST_WASTED:
        raise RuleBroken(
            "code.too_many",
            f"{MOST_WASTED} codes ont été essayés sans succès en une heure. Attendez une heure avant d'en demander un "
            "autre, ou signez sur papier.",
        )
    if len(unused) >= MOST_UNUSED:
        raise RuleBroken(
            "code.too_many",
            f"Vous avez demandé {MOST_UNUSED} codes en une heure sans vous en servir. Servez-vous du dernier reçu, ou "
            "attendez une heure avant d'en demander un autre, ou signez sur papier.",
        )
    if means is Means.SMS and sms_to_number >= MOST_SMS:
        raise RuleBroken(
            "code.too_many_sms",
            f"{MOST_SMS} codes sont partis à ce numéro en un jour. Recevez le code par courriel, attendez demain, ou "
            "signez sur papier.",
        )


def check_usable(code: OneTimeCode | None, now: datetime) -> OneTimeCode:
    """Give back a code that may still be tried.

    Raises:
        RuleBroken: `code.never_sent`, none for this purpose; `code.expired`, ten minutes have passed;
            `code.exhausted`, tried too often.
        Conflict: `code.used`.
    """
    if code is not None and code.used_at is not None:
        raise Conflict("code.used", "Ce code a déjà servi. Si vous avez encore à signer, demandez un nouveau code.")
    if code is None:
        raise RuleBroken(
            "code.never_sent",
            "Aucun code n'a été demandé pour ce que vous signez. Demandez un code : "
            "celui d'autres documents ne sert pas.",
        )
    if now >= code.expires_at:
        raise RuleBroken("code.expired", "Ce code n'est plus valable : il dure dix minutes. Demandez un nouveau code.")
    if code.attempts >= MOST_TRIES:
        raise RuleBroken(
            "code.exhausted", f"Ce code a été essayé {MOST_TRIES} fois et ne sert plus. Demandez un nouveau code."
        )
    return code


def wrong_code(tries_left: int) -> RuleBroken:
    """What to say of a wrong code, with how many tries are left."""
    if tries_left <= 0:
        return RuleBroken("code.exhausted", "Ce code n'est pas le bon et ne sert plus. Demandez un nouveau code.")
    left = "Il vous reste un essai." if tries_left == 1 else f"Il vous reste {tries_left} essais."
    return RuleBroken(
        "code.wrong", f"Ce code n'est pas celui du dernier message reçu. Vérifiez les {DIGITS} chiffres. {left}"
    )
