"""Click in French: its help pages and its complaints about a wrong usage."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TypeVar

import click

from materiel.domain.language.labelled import LabelledEnum

E = TypeVar("E", bound=LabelledEnum)

HEADINGS = {"Commands": "Commandes"}
EXTRAS = {"[required]": "[obligatoire]", "; required]": "; obligatoire]", "[default: ": "[par défaut : "}
HELP_OPTION = "Show this message and exit."


class FrenchFormatter(click.HelpFormatter):
    """The help page, headings and marks in French."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """The first line of a help page."""
        super().write_usage(prog, args, prefix or "Utilisation : ")

    def write_heading(self, heading: str) -> None:
        """The title of a list of options or commands."""
        self.write(f"{'':>{self.current_indent}}{HEADINGS.get(heading, heading)} :\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """A list of options or commands."""
        super().write_dl([(name, _translate(text)) for name, text in rows], col_max, col_spacing)


class FrenchContext(click.Context):
    """A context whose help is in French."""

    formatter_class = FrenchFormatter


class Command(click.Command):
    """One command of `materiel`."""

    context_class = FrenchContext


class Group(click.Group):
    """A family of commands; listed in the order they were added, which is the order of use."""

    context_class = FrenchContext
    command_class = Command
    group_class = type

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order they were added."""
        return list(self.commands)


class Labelled(click.Choice[E]):
    """One member of an enumeration, written as its stored value."""

    def __init__(self, members: Iterable[E]) -> None:
        super().__init__(tuple(members))

    def normalize_choice(self, choice: object, ctx: click.Context | None) -> str:
        """What the person types for a member."""
        return choice.value if isinstance(choice, LabelledEnum) else str(choice)


class Day(click.ParamType[date]):
    """A civil date, `AAAA-MM-JJ`."""

    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The date, or a refusal that shows the form."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail("écrivez la date AAAA-MM-JJ, par exemple 2027-06-30.", param, ctx)


def _translate(text: str) -> str:
    if text == HELP_OPTION:
        return "Affiche cette aide."
    for english, french in EXTRAS.items():
        text = text.replace(english, french)
    return text


def sentence(error: click.ClickException) -> str:
    """What is wrong with the command line, in French."""
    match error:
        case click.NoSuchOption():
            return f"Option inconnue : {error.option_name}.{_closest(error.possibilities)}"
        case click.exceptions.NoSuchCommand():
            return f"Commande inconnue : {error.command_name}.{_closest(error.possibilities)}"
        case click.MissingParameter():
            return f"Il manque {_name(error)}."
        case click.BadParameter():
            return f"Valeur refusée pour {_name(error)} : {_expectation(error)}"
        case click.BadOptionUsage():
            return f"L'option {error.option_name} attend une valeur."
        case click.UsageError() if error.message.startswith("Got unexpected extra argument"):
            return f"Argument en trop : {error.message.partition('(')[2].rstrip(').')}."
        case _:
            return error.message


def _closest(possibilities: Sequence[str] | None) -> str:
    return f" Vouliez-vous dire {' ou '.join(possibilities)} ?" if possibilities else ""


def _name(error: click.BadParameter) -> str:
    if error.param is None:
        return "un argument"
    name = error.param.opts[-1] if isinstance(error.param, click.Option) else error.param.make_metavar(_context(error))
    return f"l'option {name}" if isinstance(error.param, click.Option) else f"l'argument {name}"


def _context(error: click.BadParameter) -> click.Context:
    return error.ctx or click.get_current_context()


def _expectation(error: click.BadParameter) -> str:
    kind = error.param.type if error.param is not None else None
    match kind:
        case click.Choice():
            return f"choisissez parmi {', '.join(kind.normalize_choice(each, None) for each in kind.choices)}."
        case click.IntRange(max=None):
            return f"un nombre entier d'au moins {kind.min} est attendu."
        case click.IntRange():
            return f"un nombre entier entre {kind.min} et {kind.max} est attendu."
        case click.types.UUIDParameterType():
            return "un identifiant est attendu, tel que l'affiche la liste."
        case click.Path():
            return "ce fichier n'existe pas ou ne peut pas être lu."
        case _:
            return error.message
