"""One person's data as a page to read: it stands alone, without style sheet, script nor address of ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from materiel.domain.language.french import long_date
from materiel.settings import resource_dir

Rows = Sequence[Mapping[str, Any]]


def person_html(
    name: str,
    today: date,
    sections: Sequence[tuple[str, Rows]],
    labels: Mapping[str, str],
    kept_back: Sequence[str],
    files: Sequence[str],
) -> str:
    """The whole page.

    Args:
        sections: titles, and the records of each by column.
        labels: how each column is called in French.
        kept_back: numbers of the documents that are not joined, since they tell another home's hidden address.
        files: the paths of the papers, beside the page.
    """
    told = [(title, [_told(row, labels) for row in rows]) for title, rows in sections]
    values = {"name": name, "today": long_date(today), "sections": told, "kept_back": kept_back, "files": files}
    return _template().render(values)


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(resource_dir("templates") / "documents"), autoescape=True, undefined=StrictUndefined
    )
    return environment.get_template("person.html")


def _told(row: Mapping[str, Any], labels: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(labels.get(name, name), _value(value)) for name, value in row.items() if value not in (None, "", "[]")]


def _value(value: Any) -> str:
    if value is True or value is False:
        return "oui" if value else "non"
    if isinstance(value, datetime):
        return f"{value:%d/%m/%Y %H:%M} UTC"
    return long_date(value) if isinstance(value, date) else str(value)
