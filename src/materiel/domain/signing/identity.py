"""The identity that a provider gives of whoever signs behind a link, compared with the person whom the link is of.

The link stays what authorises: it says which papers. The identity replaces the code alone, for it tells who signs
better than a mailbox does. What the provider says is compared and forgotten: of it the evidence keeps the provider's
name and a digest of the identifier, which tells the same person again and nobody's name.

Law: règlement (UE) n° 910/2014, art. 3 (1) and 25; Code civil, art. 1367; règlement (UE) 2016/679, art. 5.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from materiel.domain.calendar.waiting import is_too_soon
from materiel.domain.links.access_link import FamilyPerson
from materiel.domain.people.person_name import is_named
from materiel.errors import BadInput, RuleBroken

LIFETIME = timedelta(minutes=10)
"""As long as a code: whoever leaves the screen identifies again."""

NAME_MAX = 60
SCOPES = "openid given_name family_name preferred_username"
FAMILY_NAMES = ("family_name", "preferred_username")
GIVEN_NAMES = "given_name"
_CLAIM = re.compile(r"[A-Za-z0-9_.:/#-]{1,200}")
_HERE = ("localhost", "127.0.0.1", "::1")
_TOGETHER = ("ISSUER", "CLIENT_ID", "CLIENT_SECRET", "NAME")


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyProvider:
    """The OpenID Connect provider of families, and in which claims it says who somebody is.

    `family_names`: each of these claims may hold one name: the birth name, the usual name. `birth_date` is empty when
    it is not asked for; it is compared where the person's own is on file, that of a pupil of age.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str
    scopes: str = SCOPES
    family_names: tuple[str, ...] = FAMILY_NAMES
    given_names: str = GIVEN_NAMES
    birth_date: str = ""
    acr_values: str = ""

    @classmethod
    def from_settings(cls, given: Mapping[str, str]) -> FamilyProvider | None:
        """Read the settings by what follows `MATERIEL_FAMILY_OIDC_` in their names; None when none is given.

        Raises:
            BadInput: `settings.missing`, `settings.invalid`.
        """
        if not any(given.values()):
            return None
        if not all(given[each] for each in _TOGETHER):
            raise BadInput(
                "settings.missing",
                "MATERIEL_FAMILY_OIDC_ISSUER, _CLIENT_ID, _CLIENT_SECRET et _NAME vont ensemble : donnez les quatre, "
                "ou aucun des réglages de ce nom.",
            )
        _check_given(given)
        return cls(
            issuer=given["ISSUER"].rstrip("/"),
            client_id=given["CLIENT_ID"],
            client_secret=given["CLIENT_SECRET"],
            name=given["NAME"],
            scopes=" ".join(given["SCOPES"].split()) or SCOPES,
            family_names=tuple(given["FAMILY_NAMES"].replace(",", " ").split()) or FAMILY_NAMES,
            given_names=given["GIVEN_NAMES"] or GIVEN_NAMES,
            birth_date=given["BIRTH_DATE"],
            acr_values=given["ACR"],
        )

    def identity(self, subject: str, person: Mapping[str, object]) -> ProvidedIdentity:
        """Who somebody is, in what the provider says of them."""
        return ProvidedIdentity(
            provider=self.name,
            digest=_digest(self.issuer, self.client_id, subject),
            family_names=tuple(name for each in self.family_names if (name := _text(person.get(each)))),
            given_names=_text(person.get(self.given_names)),
            birth_date=_text(person.get(self.birth_date)) if self.birth_date else "",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvidedIdentity:
    """Who a provider says that somebody is; nothing of it is kept but the provider's name and the digest."""

    provider: str
    digest: str
    family_names: tuple[str, ...] = field(repr=False)
    given_names: str = field(repr=False)
    birth_date: str = field(repr=False, default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """An identity that was found to be the signer's, for what `purpose` says and nothing else. `at` is in UTC."""

    purpose: str
    person_id: UUID
    provider: str
    digest: str
    at: datetime

    @property
    def kept(self) -> str:
        """What the evidence keeps of it."""
        return f"{self.provider}, identifiant opaque {self.digest}"


def check_identity(identity: ProvidedIdentity, person: FamilyPerson, printed: Sequence[str]) -> None:
    """Refuse the identity of somebody else.

    Args:
        printed: the names in the boxes to sign, which the record may have corrected since.

    Raises:
        RuleBroken: `identity.mismatch`.
    """
    right = _is_named(identity, person.name) or (bool(printed) and all(_is_named(identity, each) for each in printed))
    if right and identity.birth_date and person.representative is None:
        right = identity.birth_date == person.pupil.birth_date.isoformat()
    if not right:
        raise RuleBroken(
            "identity.mismatch",
            f"L'identité donnée par {identity.provider} n'est pas celle de {person.name}, à qui ce lien est adressé. "
            "Rien n'est signé. Si c'est bien vous, signez avec un code, ou appelez le service.",
        )


def check_identified(identified: Identified, purpose: str, person_id: UUID, now: datetime) -> None:
    """Refuse an identity given too long ago, or to sign something else.

    Raises:
        RuleBroken: `identity.expired`, `identity.elsewhere`.
    """
    if not is_too_soon(identified.at, now, LIFETIME):
        raise RuleBroken(
            "identity.expired",
            "Vous vous êtes identifié il y a plus de dix minutes. Recommencez, ou demandez un code.",
        )
    if (identified.purpose, identified.person_id) != (purpose, person_id):
        raise RuleBroken(
            "identity.elsewhere",
            "Vous vous êtes identifié pour signer autre chose. Identifiez-vous de nouveau, ou demandez un code.",
        )


def _check_given(given: Mapping[str, str]) -> None:
    issuer = urlsplit(given["ISSUER"])
    if issuer.scheme != "https" and issuer.hostname not in _HERE:
        raise _invalid("ISSUER", "attend une adresse en https, sauf sur cette machine")
    if len(given["NAME"]) > NAME_MAX:
        raise _invalid("NAME", f"attend au plus {NAME_MAX} caractères")
    if given["SCOPES"] and "openid" not in given["SCOPES"].split():
        raise _invalid("SCOPES", "attend une liste qui contient « openid »")
    for name in ("FAMILY_NAMES", "GIVEN_NAMES", "BIRTH_DATE"):
        if not all(_CLAIM.fullmatch(each) for each in given[name].replace(",", " ").split()):
            raise _invalid(name, "attend ce que le fournisseur appelle cette donnée, comme « family_name »")


def _is_named(identity: ProvidedIdentity, known: str) -> bool:
    return is_named(identity.given_names, identity.family_names, known)


def _digest(issuer: str, client_id: str, subject: str) -> str:
    return hashlib.sha256("\n".join((issuer, client_id, subject)).encode()).hexdigest()


def _text(claim: object) -> str:
    return " ".join(claim.split()) if isinstance(claim, str) else ""


def _invalid(name: str, expected: str) -> BadInput:
    return BadInput("settings.invalid", f"Réglage MATERIEL_FAMILY_OIDC_{name} : {expected}.")
