"""How an account proves itself: a password, and a one-time code once that is set up. Pure; hashing is elsewhere.

Source: CNIL, délibération n° 2022-100 du 21 juillet 2022, for the strength of passwords.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from materiel.domain.accounts.user import User
from materiel.domain.language.fields import Fields

PASSWORD_MIN = 14
PASSWORD_MAX = 200
DISTINCT_MIN = 7
"""A password of one repeated sign is long and worth nothing."""

RECOVERY_CODES = 10
INVITATION_DAYS = 7
HALF_LOGIN = timedelta(minutes=10)
"""How long a right password waits for its one-time code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """The proofs of one account. Instants are UTC.

    `password_hash` is empty for an account that only a provider lets in. `totp_secret` is encrypted, empty without a
    second factor; the factor counts once `totp_confirmed_at` is set. `totp_last_step` is the last period of thirty
    seconds whose code was accepted: it never is again.
    """

    account_id: UUID
    password_hash: str
    changed_at: datetime
    totp_secret: str = ""
    totp_confirmed_at: datetime | None = None
    totp_last_step: int = 0

    @property
    def has_second_factor(self) -> bool:
        """Whether a login asks for a one-time code."""
        return self.totp_confirmed_at is not None


def checked_password(password: str, again: str, *, user: User, pointers: tuple[str, str]) -> str:
    """A new password in composed characters (NFC), so that every keyboard types the same one.

    Args:
        pointers: of the two fields, for the faults.

    Raises:
        RuleBroken: `credential.invalid`, with one error for each field at fault.
    """
    fields = Fields("credential.invalid")
    normal = unicodedata.normalize("NFC", password)
    local_part = user.email.partition("@")[0]
    if not PASSWORD_MIN <= len(normal) <= PASSWORD_MAX:
        fields.add(pointers[0], f"Choisissez un mot de passe de {PASSWORD_MIN} caractères au moins.")
    elif len(set(normal)) < DISTINCT_MIN:
        fields.add(pointers[0], "Ce mot de passe répète trop les mêmes caractères. Choisissez par exemple une phrase.")
    elif len(local_part) >= 4 and local_part.lower() in normal.lower():
        fields.add(pointers[0], "Ce mot de passe contient votre adresse électronique. Choisissez-en un autre.")
    if unicodedata.normalize("NFC", again) != normal:
        fields.add(pointers[1], "Les deux saisies diffèrent. Saisissez deux fois le même mot de passe.")
    fields.check()
    return normal
