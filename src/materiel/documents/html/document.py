"""A content as an accessible HTML page: the same words as the PDF, in the same order (RGAA 13.3 and 13.4).

The page stands alone but for one style sheet, and holds no script and no inline style. Every string is escaped by
the template engine; a content holds text and never markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from materiel.documents.aids.aid import Aid
from materiel.documents.content import Block, Content, DrawnSignature
from materiel.documents.content_json import block_type
from materiel.settings import resource_dir

STYLESHEET = "/static/documents.css"
SAFE_SCHEMES = ("https://", "http://", "mailto:", "tel:")


def render_html(content: Content | Aid, *, pdf_url: str | None = None, stylesheet: str = STYLESHEET) -> str:
    """Draw a document, or what helps to read it, as a whole page.

    Args:
        content: composed now or read back from the store.
        pdf_url: address of the PDF of the same document, offered first; None for no link.
        stylesheet: address of `documents.css`, when the site serves it under another name.
    """
    template = _environment().get_template("document.html")
    aid = content if isinstance(content, Aid) else None
    said = content.content if isinstance(content, Aid) else content
    return template.render(content=said, aid=aid, pdf_url=pdf_url, stylesheet=stylesheet)


def render_fragment(content: Content, *, lowered_by: int = 1) -> Markup:
    """Draw what a document says for the inside of a page that has its own title.

    Args:
        lowered_by: how many levels its headings go down, to stand below those of the page.
    """
    template = _environment().get_template("fragment.html")
    return Markup(template.render(content=content, lowered_by=lowered_by))


def _parts(blocks: Sequence[Block]) -> list[tuple[str, Block]]:
    return [(block_type(block), block) for block in blocks]


def _is_safe(url: str) -> bool:
    """Only addresses that open a page, a message or a call become links."""
    return url.startswith(SAFE_SCHEMES)


def _frame(drawing: DrawnSignature) -> str:
    """What of the plane a drawing takes, with a margin for the width of the pen."""
    left, top, right, bottom = drawing.bounds
    return f"{left - 2} {top - 2} {right - left + 4} {bottom - top + 4}"


def _path(drawing: DrawnSignature) -> str:
    return " ".join("M" + " L".join(f"{x} {y}" for x, y in stroke) for stroke in drawing.strokes)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(resource_dir("templates") / "documents"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"parts": _parts, "frame": _frame, "path": _path}
    environment.tests["safe_url"] = _is_safe
    return environment
