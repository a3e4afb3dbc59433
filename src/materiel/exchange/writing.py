"""Write a CSV that a French spreadsheet opens as it should: BOM, semicolons, CRLF, dates dd/mm/yyyy, no
formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from materiel.domain.language.labelled import LabelledEnum
from materiel.exchange.cells import protected

BOM = b"\xef\xbb\xbf"


class AsTyped(str):
    """A text given back as somebody typed it, line ends included."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Euros:
    """An amount in cents."""

    cents: int


Cell = str | int | bool | date | LabelledEnum | Euros | None


def csv_start(columns: Sequence[str]) -> bytes:
    """The beginning of the file: the byte-order mark and the header."""
    return BOM + csv_lines([columns])


def csv_lines(rows: Sequence[Sequence[Cell]]) -> bytes:
    """Some lines, in UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerows([printed(cell) for cell in row] for row in rows)
    # A byte that no encoding explained is given back as a question mark.
    return text.getvalue().encode(errors="replace")


def euros(cents: int | None) -> str:
    """`1234,50`, or `""` for an unknown amount; a decimal comma and no thousands, so that it stays a number."""
    return "" if cents is None else f"{cents // 100},{cents % 100:02}"


def printed(cell: Cell) -> str:
    """A cell as the text that a CSV holds; none is taken for a formula."""
    if cell is None:
        return ""
    if isinstance(cell, LabelledEnum):
        return cell.label
    if isinstance(cell, bool):
        return "oui" if cell else "non"
    if isinstance(cell, date):
        return f"{cell:%d/%m/%Y}"
    if isinstance(cell, int):
        return str(cell)
    if isinstance(cell, Euros):
        return euros(cell.cents)
    if isinstance(cell, AsTyped):
        return protected(cell)
    return protected(" ".join(cell.split()))
