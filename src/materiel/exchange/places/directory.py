"""Read the « Annuaire de l'administration » (DILA, `api-lannuaire-administration`), exported in JSON or in CSV.

The CSV, and often the JSON too, hold lists written as JSON in a text. An office that is neither a town hall nor an EPCI
is given with its date alone: nobody asks more of it. Domain § 3.6 bis.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from datetime import date
from itertools import islice
from typing import BinaryIO

import msgspec

from materiel.domain.language.folding import fold
from materiel.domain.places.directory import INTERCOMMUNAL, TOWN_HALL, Pivot, PostedAddress, PublicOffice
from materiel.errors import BadInput
from materiel.exchange.cells import read_date
from materiel.exchange.json_records import json_records, looks_like_json
from materiel.exchange.process import reading
from materiel.exchange.reading import Source, seekable
from materiel.exchange.table import BadLine, Columns, TableLayout, TableLine

COLUMNS = Columns(required=("nom", "pivot", "adresse", "telephone", "adresse_courriel"))
FIELDS = (*COLUMNS.required, "date_modification")
READ = frozenset({TOWN_HALL, INTERCOMMUNAL})
HEAD = 4096


class Offices:
    """The records of an open file, once, some at a time; `done` of `total` tells how far, in lines or thousands of
    bytes."""

    def __init__(self, records: Iterator[PublicOffice | BadLine], total: int, stream: BinaryIO | None) -> None:
        """Use `reading_offices` to make one."""
        self.total = total
        self._records, self._stream, self._given = records, stream, 0

    @property
    def done(self) -> int:
        """How far the reading is."""
        return self._given if self._stream is None else min(self._stream.tell() // 1000, self.total)

    def take(self, count: int) -> list[PublicOffice | BadLine]:
        """The next records, at most so many; none at the end."""
        taken = list(islice(self._records, count))
        self._given += len(taken)
        return taken


@asynccontextmanager
async def reading_offices(source: Source) -> AsyncIterator[Offices]:
    """The records of a file, JSON or table.

    Raises:
        BadInput: `import.json_broken`, at once or while it is read; for a table see `process.reading`.
    """
    with ExitStack() as stack:
        stream = await asyncio.to_thread(stack.enter_context, seekable(source))
        is_json = looks_like_json(stream.read(HEAD))
        size = stream.seek(0, 2)
        stream.seek(0)
        if is_json:
            yield Offices(_offices(stream), size // 1000, stream)
            return
        async with reading(stream, LAYOUT) as lines:
            yield Offices(iter(lines), lines.total, None)


def check_beginning(data: bytes) -> bool:
    """Whether a file is JSON, whose first record is then read; a table is left to be opened as one.

    Raises:
        BadInput: `import.json_broken`, `import.not_directory`.
    """
    if not looks_like_json(data[:HEAD]):
        return False
    with seekable(data) as stream:
        first = next(json_records(stream), None)
    if not isinstance(first, Mapping) or "pivot" not in first:
        raise BadInput(
            "import.not_directory",
            "Ce fichier JSON n'est pas l'annuaire de l'administration : ses fiches n'ont pas de « pivot ». "
            "Prenez l'export « api-lannuaire-administration » de service-public.",
        )
    return True


def office_of(line: int, record: Mapping[str, object]) -> PublicOffice | BadLine:
    """One record, its lists read wherever they are: as such, or as JSON in a text."""
    name = _text(record.get("nom"))
    try:
        pivots = tuple(_pivots(record.get("pivot")))
        modified = _modified(record.get("date_modification"))
        if not any(fold(each.kind) in READ for each in pivots):
            return PublicOffice(line=line, modified_on=modified)
        return PublicOffice(
            line=line,
            name=name,
            pivots=pivots,
            addresses=tuple(_address(each) for each in _listed(record.get("adresse"))),
            phones=tuple(_text(each.get("valeur")) for each in _listed(record.get("telephone"))),
            emails=_emails(record.get("adresse_courriel")),
            modified_on=modified,
        )
    except ValueError:
        return BadLine(
            line,
            "directory.unreadable",
            f"La fiche « {name[:60]} » ne peut pas être lue : une de ses listes est abîmée. "
            "Reprenez le fichier d'origine.",
        )


def _offices(stream: BinaryIO) -> Iterator[PublicOffice | BadLine]:
    for line, record in enumerate(json_records(stream), 1):
        if isinstance(record, Mapping):
            yield office_of(line, record)
        else:
            yield BadLine(line, "directory.unreadable", "Cette fiche n'en est pas une : ce n'est pas un objet JSON.")


def _of_line(line: TableLine) -> PublicOffice | BadLine:
    return office_of(line.number, {field: line.get(field) for field in FIELDS})


LAYOUT: TableLayout[PublicOffice] = TableLayout(COLUMNS, _of_line)


def _listed(value: object) -> list[Mapping[str, object]]:
    """The objects of a list, of a text that holds one, or of one alone; a `ValueError` when the text holds none."""
    if isinstance(value, str):
        if not value.strip():
            return []
        try:
            value = msgspec.json.decode(value)
        except (msgspec.DecodeError, RecursionError) as fault:
            raise ValueError("no JSON") from fault
    if value is None:
        return []
    each = value if isinstance(value, list) else [value]
    objects = [one for one in each if isinstance(one, Mapping)]
    if len(objects) != len(each):
        raise ValueError("no list of objects")
    return objects


def _pivots(value: object) -> Iterator[Pivot]:
    for each in _listed(value):
        codes = each.get("code_insee_commune")
        listed = codes if isinstance(codes, list) else [codes]
        yield Pivot(_text(each.get("type_service_local")), tuple(text for code in listed if (text := _text(code))))


def _address(each: Mapping[str, object]) -> PostedAddress:
    return PostedAddress(
        kind=_text(each.get("type_adresse")),
        street=_text(each.get("numero_voie")),
        complements=(_text(each.get("complement1")), _text(each.get("complement2"))),
        box=_text(each.get("service_distribution")),
        postcode=_text(each.get("code_postal")),
        city=_text(each.get("nom_commune")),
    )


def _emails(value: object) -> str:
    """The mailboxes in one text: some exports have a list of them, some a text."""
    each = value if isinstance(value, list) else [value]
    return ";".join(_text(one.get("valeur")) if isinstance(one, Mapping) else _text(one) for one in each)


def _modified(value: object) -> date | None:
    """The day of a record; None when it says none that can be read, which changes nothing of what it says."""
    try:
        return read_date(_text(value)[:40])
    except ValueError:
        return None


def _text(value: object) -> str:
    """A text, without the halves of signs that JSON may hold and no database keeps; `""` for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value).encode("utf-8", "replace").decode().strip()
