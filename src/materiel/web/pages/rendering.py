"""Templates to HTML: one strict, self-escaping environment."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from materiel.settings import resource_dir


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(resource_dir("templates") / "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(name: str, **context: object) -> str:
    """The HTML of `templates/pages/<name>`; an unknown variable is an error, every value is escaped."""
    return _environment().get_template(name).render(context)
