"""A form read field by field, so that every fault is told at once, in French, beside what was typed.

A field is named like the JSON pointer of the use case's own faults, without its first slash: `address/lines/0`. What a
use case refuses is thus shown under the field it is about.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from litestar import Request
from litestar.datastructures import UploadFile

from materiel.domain.language.fields import clean_text
from materiel.domain.language.folding import visible
from materiel.domain.language.labelled import LabelledEnum
from materiel.errors import MaterielError, NeedsRepair, TooManyRequests, Unavailable
from materiel.web.http.kept_form import given_back

Choice = TypeVar("Choice", bound=LabelledEnum)

_FRENCH_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_PRICE = re.compile(r"([0-9]{1,9})(?:[.,]([0-9]{1,2}))?")
WHOLE_FORM = ""
RETRY_AFTER_SECONDS = 2
"""After which what could not be had may be asked for again."""


@dataclass(frozen=True, slots=True)
class FormFault:
    """One fault. `name` is the field's, empty for a fault of the whole form; `leads_to`: an address and its words."""

    name: str
    detail: str
    leads_to: tuple[str, str] = ("", "")


class Form:
    """What was typed and what is wrong with it."""

    def __init__(
        self, values: Mapping[str, Sequence[str]] | None = None, files: Mapping[str, Sequence[UploadFile]] | None = None
    ) -> None:
        self._values = {name: list(several) for name, several in (values or {}).items()}
        if (kept := given_back.get()) is not None:
            # The page of a form whose session was over when it was sent: its values come before those of the record.
            self._values |= {name: list(several) for name, several in kept.items()}
        self._files = dict(files or {})
        self.faults: list[FormFault] = []
        self.status = 422
        """Of the page that shows what is wrong."""
        self.retry_after: int | None = None

    @classmethod
    def filled(cls, **values: object) -> Form:
        """A form shown for the first time: texts, dates, enumerations, True for a ticked box, None for nothing."""
        return cls({name: _as_typed(value) for name, value in values.items()})

    def set(self, name: str, value: object) -> None:
        """Give a value to a field whose name is no Python word."""
        self._values[name] = _as_typed(value)

    def take(self, asked: Form) -> Form:
        """The same form with the values of another in place of its own: those of an address, for example."""
        self._values |= asked._values
        return self

    def typed(self, name: str) -> str:
        """The field as typed, without the characters that nobody sees; empty when absent."""
        return visible(self._typed(name))

    def _typed(self, name: str) -> str:
        several = self._values.get(name)
        return several[0] if several else ""

    def text(self, name: str, *, required: str = "") -> str:
        """The field cleaned: no blank at its ends, single spaces. `required` is the sentence when it is empty."""
        text = clean_text(self.typed(name))
        if required and not text:
            self.fault(name, required)
        return text

    def secret(self, name: str, *, required: str = "") -> str:
        """A password as typed, blanks included."""
        value = self._typed(name)
        if required and not value:
            self.fault(name, required)
        return value

    def lines(self, name: str) -> str:
        """A longer text: its lines kept, each without blanks at its ends."""
        return "\n".join(clean_text(line) for line in self.typed(name).strip().splitlines())

    def many(self, name: str) -> list[str]:
        """Every value of a field, in the order of the page."""
        return [visible(each) for each in self._values.get(name, ())]

    def ticked(self, name: str, value: str = "oui") -> bool:
        """Whether a box is ticked."""
        return value in self._values.get(name, ())

    def choice(self, name: str, kind: type[Choice], *, required: str = "Choisissez une réponse.") -> Choice | None:
        """The member chosen; None, with a fault, when none is, or one that is not in the list."""
        try:
            return kind(self.typed(name))
        except ValueError:
            self.fault(name, required)
            return None

    def day(self, name: str, *, required: str = "") -> date | None:
        """A date, as a date field sends it or as people write it (31/12/2026); None, with a fault, when unreadable."""
        typed = self.text(name, required=required)
        if not typed:
            return None
        written = _FRENCH_DAY.fullmatch(typed)
        try:
            if written:
                return date(int(written[3]), int(written[2]), int(written[1]))
            return date.fromisoformat(typed)
        except ValueError:
            self.fault(name, "Cette date n'existe pas. Écrivez-la ainsi : 31/12/2026.")
            return None

    def whole(self, name: str, *, lowest: int, highest: int, required: str = "") -> int | None:
        """A whole number within its bounds, both included; None, with a fault, otherwise."""
        typed = re.sub(r"\s", "", self.text(name, required=required))
        if not typed:
            return None
        if not (typed.isascii() and typed.isdigit()) or not lowest <= int(typed) <= highest:
            self.fault(name, f"Indiquez un nombre entier entre {lowest} et {highest}.")
            return None
        return int(typed)

    def cents(self, name: str, *, unread: str, required: str = "") -> int | None:
        """An amount as people write it, « 1 234,50 € », in cents; `unread` is the sentence when it cannot be read."""
        typed = re.sub(r"[\s€]", "", self.text(name, required=required))
        if not typed:
            return None
        price = _PRICE.fullmatch(typed)
        if price is None:
            self.fault(name, unread)
            return None
        return int(price[1]) * 100 + int((price[2] or "0").ljust(2, "0"))

    def version(self, current: int) -> int:
        """The version that was read with the form, so that nobody overwrites another; `current` without."""
        return self.whole("version", lowest=1, highest=2**31) or current

    def file(self, name: str) -> UploadFile | None:
        """The file sent, the first of several, or None when none was chosen."""
        several = self._files.get(name)
        return several[0] if several else None

    def several_files(self, name: str) -> Sequence[UploadFile]:
        """Every file sent in a field, in the order in which they were chosen."""
        return self._files.get(name, ())

    def fault(self, name: str, detail: str, leads_to: tuple[str, str] = ("", "")) -> None:
        """Note what is wrong with a field, and where it leads; an empty name stands for the whole form."""
        self.faults.append(FormFault(name, detail, leads_to))

    def refuse(self, error: MaterielError, name: str = WHOLE_FORM) -> None:
        """Note what a use case refused, under its fields when it names some, else under the field of a name.

        Raises:
            NeedsRepair: its sentence is for the administrator, not for whoever filled the form.
        """
        if isinstance(error, NeedsRepair):
            raise error
        if isinstance(error, TooManyRequests):
            self.status, self.retry_after = 429, int(str(error.facts["retry_after"]))
        elif isinstance(error, Unavailable):
            # The page keeps what was typed: it is sent again once the database is back.
            self.status, self.retry_after = 503, RETRY_AFTER_SECONDS
        if error.errors:
            for each in error.errors:
                self.fault(each.pointer.lstrip("/"), each.detail)
        else:
            self.fault(name, error.message)

    def detail(self, name: str) -> str:
        """The faults of a field, as one text; empty when there is none."""
        return " ".join(fault.detail for fault in self.faults if fault.name == name)


async def read_form(request: Request[Any, Any, Any]) -> Form:
    """The form of a POST, url-encoded or multipart."""
    values: dict[str, list[str]] = {}
    files: dict[str, list[UploadFile]] = {}
    for name, value in (await request.form()).multi_items():
        if isinstance(value, UploadFile):
            if value.filename:
                files.setdefault(name, []).append(value)
        else:
            values.setdefault(name, []).append(str(value))
    return Form(values, files)


def read_query(request: Request[Any, Any, Any]) -> Form:
    """The form of a search, in the query string."""
    values: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        values.setdefault(name, []).append(value)
    return Form(values)


def _as_typed(value: object) -> list[str]:
    match value:
        case None | False:
            return []
        case True:
            return ["oui"]
        case str():
            return [value]
        case date():
            return [value.isoformat()]
        case list() | tuple() | set() | frozenset():
            return [str(each) for each in value]
        case _:
            return [str(value)]
