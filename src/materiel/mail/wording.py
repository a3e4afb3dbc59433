"""The words of a message: `templates/emails/<name>.txt`, whose first line is the subject, and `<name>.html`.

An unknown variable is an error. Values are escaped in the HTML part, and printed as they are in the text part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from materiel.domain.language.french import long_date, of_place
from materiel.domain.language.typography import bound, bound_html, typeset
from materiel.settings import resource_dir

SUBJECT = "Objet : "


@dataclass(frozen=True, slots=True)
class Words:
    """A message ready to be addressed: a subject of one line, a text, and the same as HTML."""

    subject: str
    text: str
    html: str


def words(name: str, values: Mapping[str, object]) -> Words:
    """Fill the two templates of a message.

    Raises:
        ValueError: the text template does not begin with its subject.
    """
    environment = _environment()
    first, _, text = environment.get_template(f"{name}.txt").render(values).partition("\n")
    if not first.startswith(SUBJECT):
        raise ValueError(f"templates/emails/{name}.txt must begin with « {SUBJECT}»")
    html = environment.get_template(f"{name}.html").render(values)
    subject = typeset(first.removeprefix(SUBJECT))
    return Words(subject=subject, text=bound(text.strip()) + "\n", html=bound_html(html))


def sms_words(name: str, values: Mapping[str, object]) -> str:
    """Fill the template of a message by SMS, `templates/sms/<name>.txt`; what it loses to fit is `mail.sms`'s."""
    return _environment("sms").get_template(f"{name}.txt").render(values)


@cache
def _environment(folder: str = "emails") -> Environment:
    environment = Environment(
        loader=FileSystemLoader(resource_dir("templates") / folder),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"long_date": long_date, "of_place": of_place}
    return environment
