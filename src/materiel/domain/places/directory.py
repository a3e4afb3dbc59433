"""The administration's directory (« annuaire de l'administration »): which office is the town hall of a commune, and
what is taken of what it says.

Source: « Annuaire de l'administration – base de données locales », DILA for Service-Public, Licence Ouverte 2.0, which
asks that the paternity and the date of the file go with what is reused (domain § 3.6 bis). It names no mayor: none is
ever taken from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from typing import Any

from materiel.domain.address import Address
from materiel.domain.language.fields import ADDRESS_LINES_MAX, Fields, clean_text
from materiel.domain.language.folding import fold, name_key
from materiel.domain.language.identifiers import is_insee_code, legal_commune
from materiel.domain.language.labelled import LabelledEnum
from materiel.domain.places.municipality import AuthorityKind, Municipality

PATERNITY = "Service-Public / DILA, Licence Ouverte 2.0"
"""What the licence asks to be told with the date of the file."""

TOWN_HALL, INTERCOMMUNAL = "mairie", "epci"
"""The kinds of office (`type_service_local` of a pivot) that are read."""

_PART_OF_A_COMMUNE = re.compile(r"\b(deleguee?s?|associee?s?|annexes?)\b|\bmairies? (de|du) (quartier|proximite)\b")
_OF_AN_ARRONDISSEMENT = re.compile(r"\barrondissements?\b|\bmairies? (de|du) secteur\b|\bmairies? des [0-9]+e et\b")
_EMAILS = re.compile(r"[;,\s]+")
SHOWN = 60
"""Characters of an odd value that a remark repeats."""


@dataclass(frozen=True, slots=True)
class Pivot:
    """What an office is, and for which communes, by INSEE code."""

    kind: str
    communes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedAddress:
    """One address of an office, its texts as they came."""

    kind: str = ""
    street: str = ""
    complements: tuple[str, ...] = ()
    box: str = ""
    postcode: str = ""
    city: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicOffice:
    """One record (« guichet ») of the directory; `line` is its rank in the file. Texts are as they came."""

    line: int
    name: str = ""
    pivots: tuple[Pivot, ...] = ()
    addresses: tuple[PostedAddress, ...] = ()
    phones: tuple[str, ...] = ()
    emails: str = ""
    modified_on: date | None = None


class OfficeUse(Enum):
    """What an office is to the communes: two uses are read, the others are left aside."""

    TOWN_HALL = "town_hall"
    INTERCOMMUNAL = "intercommunal"
    PART_OF_A_COMMUNE = "part"
    ARRONDISSEMENT = "arrondissement"
    SEVERAL_COMMUNES = "several"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeContact:
    """What one office offers, clean; `remarks` are (code, French detail) on what was left of it."""

    line: int
    name: str
    address: Address | None = None
    phone: str = ""
    email: str = ""
    remarks: tuple[tuple[str, str], ...] = ()


class SourcedField(LabelledEnum):
    """What may come from the directory, by the name of the field of a commune."""

    ADDRESS = "address", "Adresse de la mairie"
    PHONE = "phone", "Téléphone"
    EMAIL = "email", "Courriel"
    AUTHORITY_NAME = "authority_name", "Intercommunalité"
    AUTHORITY_ADDRESS = "authority_address", "Adresse de l'intercommunalité"
    AUTHORITY_EMAIL = "authority_email", "Courriel de l'intercommunalité"


MAILBOXES = (SourcedField.EMAIL, SourcedField.AUTHORITY_EMAIL)
"""The fields that are confirmed before they are used, when another mailbox was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A value of the directory beside the one known. `fills`: it is taken unless refused; else only where chosen."""

    field: SourcedField
    before: Address | str | None
    after: Address | str
    fills: bool


def use_of(office: PublicOffice) -> OfficeUse:
    """What an office is to the communes (domain § 3.6 bis).

    The town hall of a commune has a pivot « mairie » for exactly one INSEE code. « Mairies déléguées » of a commune
    nouvelle (CGCT, art. L2113-11), « mairies annexes » (art. L2144-2) and those of the arrondissements of Paris, Lyon
    and Marseille (art. L2511-3 and following) bear the same kind: none is where the mayor who signs is.
    """
    communes = communes_of(office, TOWN_HALL)
    if not communes:
        return OfficeUse.INTERCOMMUNAL if communes_of(office, INTERCOMMUNAL) else OfficeUse.OTHER
    name = fold(office.name)
    if _OF_AN_ARRONDISSEMENT.search(name) or any(legal_commune(code) != code for code in communes):
        return OfficeUse.ARRONDISSEMENT
    if _PART_OF_A_COMMUNE.search(name):
        return OfficeUse.PART_OF_A_COMMUNE
    return OfficeUse.TOWN_HALL if len(communes) == 1 else OfficeUse.SEVERAL_COMMUNES


def communes_of(office: PublicOffice, kind: str) -> tuple[str, ...]:
    """The INSEE codes for which an office is of a kind, each once."""
    codes = (code for pivot in office.pivots if fold(pivot.kind) == kind for code in pivot.communes)
    return tuple(dict.fromkeys(code for code in codes if is_insee_code(code)))


def contact_of(office: PublicOffice) -> OfficeContact:
    """The first address, telephone and mailbox of an office that can be used as they are.

    A postal address goes before the one where people come. A town hall whose address has no street, as in a hamlet,
    has « Mairie » for its line.
    """
    name = clean_text(office.name)
    address, address_remarks = _address(office)
    phone = next((each for each in map(_phone, office.phones) if each), "")
    email, email_remarks = _email(office)
    return OfficeContact(
        line=office.line,
        name=name[:200],
        address=address,
        phone=phone,
        email=email,
        remarks=(*address_remarks, *email_remarks),
    )


def offers(commune: Municipality, hall: OfficeContact | None, body: OfficeContact | None) -> tuple[Offer, ...]:
    """What the directory offers that a service does not have as such, in the order of the sheet of the commune.

    What is typed wins: only an empty field is filled. `body` is the EPCI of the commune; it is offered where the
    service has said that an EPCI runs the écoles (E35), and fills nothing when the one it named is another.
    """
    found: list[tuple[SourcedField, Address | str | None, bool]] = []
    if hall is not None:
        found += [(SourcedField.ADDRESS, hall.address, True), (SourcedField.PHONE, hall.phone, True)]
        found.append((SourcedField.EMAIL, hall.email, True))
    if body is not None and commune.authority_kind is AuthorityKind.EPCI:
        named = commune.authority_name
        same = not named or name_key(named) == name_key(body.name)
        found += [(SourcedField.AUTHORITY_NAME, body.name, same), (SourcedField.AUTHORITY_ADDRESS, body.address, same)]
        found.append((SourcedField.AUTHORITY_EMAIL, body.email, same))
    offered = []
    for field, after, may_fill in found:
        before = getattr(commune, field.value)
        if after and not _is_same(before, after):
            offered.append(Offer(field=field, before=before, after=after, fills=may_fill and not before))
    return tuple(offered)


def taken(commune: Municipality, accepted: Iterable[Offer], on: date) -> Municipality:
    """The commune with what was accepted, and where it comes from: the paternity and the date of the file."""
    values: dict[str, Any] = {each.field.value: each.after for each in accepted}
    if not values:
        return commune
    fields = [each.value for each in SourcedField if each.value in values or each.value in commune.source_fields]
    on = on if commune.source_on is None else max(on, commune.source_on)
    return replace(commune, **values, source=PATERNITY, source_on=on, source_fields=tuple(fields))


def typed_over(before: Municipality, after: Municipality) -> Municipality:
    """The commune once somebody typed: what no longer is as the directory said does not come from it any more."""
    fields = tuple(name for name in before.source_fields if getattr(before, name) == getattr(after, name))
    if fields:
        return replace(after, source=before.source, source_on=before.source_on, source_fields=fields)
    return replace(after, source="", source_on=None, source_fields=())


def date_of_file(modified: date | None, today: date) -> date:
    """The date told with what is taken: the newest change of the file, else the day it was given."""
    return today if modified is None else min(modified, today)


def _address(office: PublicOffice) -> tuple[Address | None, Sequence[tuple[str, str]]]:
    if not office.addresses:
        return None, ()
    is_hall = bool(communes_of(office, TOWN_HALL))
    for each in sorted(office.addresses, key=lambda each: "postale" not in fold(each.kind)):
        texts = map(clean_text, (*each.complements, each.street, each.box))
        lines = tuple(dict.fromkeys(text for text in texts if text)) or (("Mairie",) if is_hall else ())
        fields = Fields("municipality.invalid")
        address = fields.address("", Address(lines=lines, postcode=each.postcode, city=each.city))
        if not fields.errors and len(lines) <= ADDRESS_LINES_MAX:
            return address, ()
    return None, [
        (
            "directory.address_unusable",
            f"« {clean_text(office.name)[:SHOWN]} » : son adresse est incomplète ou trop longue, et n'est pas reprise.",
        )
    ]


def _phone(text: str) -> str:
    """A telephone as it is usually written in France: `02 99 00 00 00`; `""` when it is none."""
    fields = Fields("municipality.invalid")
    phone = fields.phone("", text.replace("/", " "))
    digits = _digits(phone)
    if fields.errors or not digits:
        return ""
    if len(digits) == 10 and digits.startswith("0"):
        return " ".join(digits[start : start + 2] for start in range(0, 10, 2))
    return phone


def _digits(phone: str) -> str:
    digits = "".join(each for each in phone if each.isdigit())
    return f"0{digits[2:]}" if phone.lstrip().startswith("+33") and len(digits) == 11 else digits


def _email(office: PublicOffice) -> tuple[str, Sequence[tuple[str, str]]]:
    name = clean_text(office.name)[:SHOWN]
    texts = [text for text in _EMAILS.split(clean_text(office.emails)) if text]
    if not texts:
        return "", [("directory.no_email", f"« {name} » n'a pas de courriel dans ce fichier.")]
    valid = list(dict.fromkeys(text for text in texts if _is_mailbox(text)))
    if not valid:
        return "", [("directory.email_unusable", f"« {name} » : « {texts[0][:SHOWN]} » n'est pas un courriel.")]
    others = [text[:SHOWN] for text in dict.fromkeys(texts) if text != valid[0]]
    if not others:
        return valid[0], ()
    left = ", ".join(others[:3])
    return valid[0], [("directory.other_emails", f"« {name} » : {valid[0]} est repris, et non {left}.")]


def _is_mailbox(text: str) -> bool:
    """An address that any mail server takes: the directory also holds addresses of forms, and accents."""
    fields = Fields("municipality.invalid")
    fields.email("", text)
    local = text.partition("@")[0]
    return not fields.errors and text.isascii() and len(local) <= 64 and ".." not in local


def _is_same(before: Address | str | None, after: Address | str) -> bool:
    """Whether two values say the same: capitals, accents and blanks make no difference, nor the writing of a number."""
    if isinstance(before, Address) and isinstance(after, Address):
        return _place(before) == _place(after)
    if not isinstance(before, str) or not isinstance(after, str):
        return False
    if "@" in after or "@" in before:
        return before.lower() == after.lower()
    if before and after and not any(each.isalpha() for each in before + after):
        return _digits(before) == _digits(after)
    return name_key(before) == name_key(after)


def _place(address: Address) -> tuple[str, str, str]:
    return name_key(" ".join(address.lines)), address.postcode, name_key(address.city)
