"""Contents read as a person reads them: every text in order, and a plain page for the golden files."""

from collections.abc import Iterator

from materiel.documents.compose import compose
from materiel.documents.content import (
    BulletList,
    Content,
    Details,
    Heading,
    Paragraph,
    Signatures,
    Table,
    WritingSpace,
)
from materiel.documents.wording import wording_on


def composed(facts):
    return compose(facts, wording_on(facts.kind, facts.issued_on))


def plain(text):
    return "".join(run.text for run in text)


def block_texts(block) -> Iterator[str]:
    match block:
        case Heading():
            yield block.text
        case Paragraph():
            yield plain(block.text)
        case BulletList():
            yield from map(plain, block.items)
        case Details():
            yield block.caption
            for label, value in block.rows:
                yield label
                yield plain(value)
        case Table():
            yield block.caption
            yield from block.header
            for row in block.rows:
                yield from row
        case WritingSpace():
            yield block.label
        case Signatures():
            yield block.made_at
            for box in block.boxes:
                yield from (part for part in (box.party, box.name, box.capacity, box.mention) if part)


def texts(content: Content) -> list[str]:
    found = list(content.sender)
    letter = content.letter
    if letter:
        found += [*letter.recipient, letter.place_and_date, letter.reference, letter.subject, letter.salutation]
    else:
        found += [content.number, content.title, content.subtitle]
    for block in content.blocks:
        found += block_texts(block)
    if letter:
        found += [letter.closing, *letter.signatory]
    return [*found, content.footer, content.verify_url]


def body(content: Content) -> str:
    return readable("\n".join(texts(content)))


def readable(text: str) -> str:
    """One kind of space and of apostrophe."""
    return text.replace("\u00a0", " ").replace("’", "'")


def page(content: Content) -> str:
    lines = [f"[{content.kind}] {content.title} – wording of {content.wording.isoformat()}", content.subtitle, ""]
    lines += [f"    {line}" for line in content.sender]
    letter = content.letter
    if letter:
        lines += ["", *(f"        > {line}" for line in letter.recipient), "", letter.place_and_date]
        lines += [f"Réf. {letter.reference}", f"Objet {letter.subject}", "", letter.salutation]
    for block in content.blocks:
        lines += ["", *_block_lines(block)]
    if letter:
        lines += ["", letter.closing, "", *(f"    {line}" for line in letter.signatory)]
    return "\n".join([*lines, "", content.footer, content.verify_url, ""])


def _block_lines(block) -> list[str]:
    match block:
        case Heading():
            return [f"{'#' * block.level} {block.text}"]
        case Paragraph():
            return [f"({block.role}) {plain(block.text)}" if block.role != "body" else plain(block.text)]
        case BulletList():
            return [f"- {plain(item)}" for item in block.items]
        case Details():
            return [f"[{block.caption}]", *(f"{label} = {plain(value)}" for label, value in block.rows)]
        case Table():
            return [f"[{block.caption}]", *(" | ".join(row) for row in (block.header, *block.rows))]
        case WritingSpace():
            return [f"{block.label} {'_ ' * block.lines}".rstrip()]
        case Signatures():
            boxes = [
                f"[ {box.party} / {box.name} / {box.capacity} / {box.mention}{' / facultative' * box.optional} ]"
                for box in block.boxes
            ]
            return [block.made_at, *boxes]
