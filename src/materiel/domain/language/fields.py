"""Check what a person typed, field by field, so that every fault is told at once, each beside its field.

Texts are trimmed, rid of the characters that nobody sees, and their inner blanks made single spaces; control characters
are refused, since neither a letter nor a label can print them and PostgreSQL keeps no NUL.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from materiel.domain.address import Address
from materiel.domain.language.folding import name_key, visible
from materiel.domain.language.french import long_date
from materiel.errors import FieldError, RuleBroken

EMAIL_MAX = 254
PHONE_MAX = 40
ADDRESS_LINES_MAX = 4
ADDRESS_LINE_MAX = 100
COUNTRY_MAX = 60

_EMAIL = re.compile(r"[^\s@<>\"(),;:]+@[^\s@<>\"(),;:.]+(\.[^\s@<>\"(),;:.]+)+")
_PHONE = re.compile(r"\+?[0-9][0-9 .()-]*")
_POSTCODE = re.compile(r"[0-9]{5}")
_FOREIGN_POSTCODE = re.compile(r"[A-Za-z0-9 -]{0,12}")


class Fields:
    """The faults found so far; `check` raises them together, as a `RuleBroken` of the code given."""

    def __init__(self, code: str) -> None:
        self._code = code
        self.errors: list[FieldError] = []

    def add(self, pointer: str, detail: str) -> None:
        """Note a fault. `pointer` is a JSON pointer into the request, `detail` French."""
        self.errors.append(FieldError(pointer, detail))

    def check(self) -> None:
        """Raise what was noted, if anything.

        Raises:
            RuleBroken: the code given at construction, one error for each fault in the order of the form.
        """
        if self.errors:
            raise RuleBroken(self._code, " ".join(each.detail for each in self.errors), errors=tuple(self.errors))

    def text(self, pointer: str, value: str, *, longest: int, required: bool = False, name: str = "") -> str:
        """The value cleaned. `name` is how the sentence calls the field, « le nom » for example."""
        if not value and not required:
            return ""
        text = clean_text(value)
        called = name or "ce champ"
        if required and not text:
            self.add(pointer, f"Indiquez {called}.")
        elif len(text) > longest:
            counts = "comptent" if _are_several(called) else "compte"
            self.add(pointer, f"{_capital(called)} {counts} {len(text)} caractères ; {longest} au plus.")
        elif not text.isprintable() and any(unicodedata.category(each) in {"Cc", "Cs", "Co", "Cn"} for each in text):
            self.add(
                pointer,
                f"{_capital(called)} {'contiennent' if _are_several(called) else 'contient'} un caractère invisible ou "
                "illisible. Saisissez ce champ de nouveau.",
            )
        return text

    def email(self, pointer: str, value: str) -> str:
        """An e-mail address, or `""`."""
        email = self.text(pointer, value, longest=EMAIL_MAX, name="l'adresse électronique")
        if email and not _EMAIL.fullmatch(email):
            self.add(pointer, f"« {email[:60]} » n'est pas une adresse électronique, telle que nom@exemple.fr.")
        return email

    def phone(self, pointer: str, value: str) -> str:
        """A telephone number as it is usually written, or `""`."""
        phone = self.text(pointer, value, longest=PHONE_MAX, name="le téléphone")
        if phone and not _PHONE.fullmatch(phone):
            self.add(pointer, f"« {phone[:40]} » n'est pas un numéro de téléphone, tel que 02 99 00 00 00.")
        return phone

    def postcode(self, pointer: str, value: str, *, abroad: bool = False) -> str:
        """Five digits. `abroad`: the address may have a country, and the sentence says so."""
        postcode = "".join(value.split())
        if not _POSTCODE.fullmatch(postcode):
            hint = " Pour une adresse à l'étranger, indiquez le pays." if abroad else ""
            self.add(pointer, f"Le code postal a cinq chiffres, par exemple 35000.{hint}")
        return postcode

    def foreign_postcode(self, pointer: str, value: str) -> str:
        """The code of another country, or `""`: some have none."""
        postcode = clean_text(value)
        if not _FOREIGN_POSTCODE.fullmatch(postcode):
            self.add(
                pointer,
                "Un code postal étranger a douze caractères au plus : chiffres, lettres, espaces et traits d'union.",
            )
        return postcode

    def country(self, pointer: str, value: str) -> str:
        """The name of a foreign country; `""` for France, however written."""
        country = self.text(pointer, value, longest=COUNTRY_MAX, name="le pays")
        if country and not any(each.isalpha() for each in country):
            self.add(pointer, "Écrivez le nom du pays en toutes lettres, par exemple Belgique.")
        return "" if name_key(country) == "france" else country

    def day(self, pointer: str, value: date, *, first: date, last: date, name: str) -> date:
        """A civil date within two bounds, both included.

        Bounds that leave no day come of another date: when that one is at fault, it alone is told.
        """
        if first <= value <= last:
            return value
        within = "compris" if name.startswith("le ") else "comprise"
        if first <= last:
            bounds = f"entre le {long_date(first)} et le {long_date(last)}"
            self.add(pointer, f"{_capital(name)} doit être {within} {bounds}.")
        elif not self.errors:
            self.add(pointer, f"{_capital(name)} ne peut pas précéder le {long_date(first)}.")
        return value

    def address(self, pointer: str, value: Address, *, abroad: bool = False) -> Address:
        """A postal address: one to four lines, a postcode of five digits, a city.

        `abroad`: it may have a country, and then the postcode of that country or none. Elsewhere a country is refused.
        """
        if not 1 <= len(value.lines) <= ADDRESS_LINES_MAX:
            self.add(f"{pointer}/lines", f"L'adresse a une à {ADDRESS_LINES_MAX} lignes.")
        lines = tuple(
            self.text(f"{pointer}/lines/{rank}", line, longest=ADDRESS_LINE_MAX, required=True, name="cette ligne")
            for rank, line in enumerate(value.lines)
        )
        city = self.text(f"{pointer}/city", value.city, longest=ADDRESS_LINE_MAX, required=True, name="la ville")
        country = self.country(f"{pointer}/country", value.country)
        if country and not abroad:
            self.add(f"{pointer}/country", "Cette adresse est en France : n'indiquez pas de pays.")
        if country and abroad:
            postcode = self.foreign_postcode(f"{pointer}/postcode", value.postcode)
        else:
            postcode = self.postcode(f"{pointer}/postcode", value.postcode, abroad=abroad)
        return Address(lines=lines, postcode=postcode, city=city, country=country)


def clean_text(value: str) -> str:
    """Composed characters (NFC), none that nobody sees, no blank at the ends, one space for any run of blanks."""
    return " ".join(visible(value).split())


def _are_several(name: str) -> bool:
    """Whether the verb of a field is plural: « les mots de la décision contiennent »."""
    return name.startswith("les ")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
