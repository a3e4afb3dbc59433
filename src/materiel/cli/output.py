"""What the command prints: results on the standard output, messages and progress on the error output."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

Advance = Callable[[int, int], None]
"""Told how many are done, of how many."""

json_option = click.option("--json", "as_json", is_flag=True, help="Donne le résultat en JSON.")
force_option = click.option("--force", is_flag=True, help="Remplace le fichier à écrire s'il existe déjà.")
written_path = click.Path(path_type=Path)
"""Where a command writes: `materiel.files` says what may be there."""


def say(message: str) -> None:
    """One message for a person, never part of the result."""
    click.echo(message, err=True)


def show(text: str) -> None:
    """One line of result."""
    click.echo(text)


def show_json(value: object) -> None:
    """A value of the product as indented JSON; dates are ISO, enumerations their stored value."""
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def show_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Rows as a table on a terminal, as tab-separated lines elsewhere, easy to cut and to count."""
    console = Console()
    if not console.is_terminal:
        for row in rows:
            click.echo("\t".join(row))
        return
    table = Table(*columns)
    for row in rows:
        # `Text` keeps the brackets of a value, that rich would read as markup.
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)


@contextmanager
def progress(label: str) -> Iterator[Advance]:
    """A progress bar on a terminal; elsewhere nothing is printed."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda done, total: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
