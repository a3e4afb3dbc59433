"""Which blocks of the agreement stand side by side, which in two columns: what every engine is asked for."""

from __future__ import annotations

from materiel.documents.content import Block, Content, Details, Heading

Zone = tuple[str, list[Block]]


def zones(content: Content) -> list[Zone]:
    """Runs of blocks, in order: `parties` beside each other, `articles` in two columns, `across` the page."""
    found: list[Zone] = []
    in_articles = False
    for block in content.blocks:
        if isinstance(block, Heading):
            in_articles = block.numbered
        kind = "parties" if isinstance(block, Details) else "articles" if in_articles else "across"
        if not found or found[-1][0] != kind:
            found.append((kind, []))
        found[-1][1].append(block)
    return found
