"""Blocks that several kinds of document draw from facts: the parties, the items, the signature boxes.

Nothing missing leaves a hole: a row without a value is left out, a cell without one says so in words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from materiel.documents.conditions import borrowers, families_of
from materiel.documents.content import (
    Block,
    BulletList,
    Details,
    Heading,
    Paragraph,
    Run,
    SignatureBox,
    Signatures,
    Table,
    Text,
)
from materiel.documents.draft import Draft
from materiel.documents.facts import Facts, ItemFacts, KitFacts
from materiel.documents.typography import NBSP, capitalised, typeset
from materiel.documents.variables import address_lines, contact_of
from materiel.domain.circuit.workshop.kit import named
from materiel.domain.item.item import Item
from materiel.domain.language import states
from materiel.domain.language.french import long_date
from materiel.domain.papers.annex import AnnexSection, passages
from materiel.domain.papers.document import RECEIPTS, Party
from materiel.domain.papers.signatories import Signatory
from materiel.domain.people.pupil import ProtectionRegime, Pupil, Representative
from materiel.domain.people.standing import is_adult

NOT_GIVEN = "Non renseigné"
NONE_GIVEN = "Aucun"
KNOWN_TO_SERVICE = "Adresse connue du service"
"""A home that is not to be told to whoever else reads the paper."""

NO_MENTION = "none"
"""Key of what a box says when the signatory has nothing to add to a date and a signature."""

ANNEX_RANK = (
    "Cette annexe complète les articles de la convention sans en changer aucun : s'ils disent autre chose, eux seuls "
    "s'appliquent."
)
"""What keeps an annex below the clauses of the law, whatever it says."""

ITEM_HEADER = ("Désignation", "Marque et modèle", typeset("N° de série"), typeset("N° d'inventaire"), "Accessoires")
ITEM_WIDTHS = (3.0, 2.4, 2.2, 2.2, 2.6)

PART_MARK = f"–{NBSP}"
"""What begins the designation of a part, under the line of its kit."""

BELOW = "Voir ses éléments"
WHOLE = states.KIT_WHOLE.label
NUMBER_AT = 3
"""The column of the inventory number in every table of items, where the number of the kit stands."""

Row = tuple[str, ...]


def lender(facts: Facts) -> Details:
    """The managing service, who represents it, under which delegation, and how to reach it."""
    service = facts.service
    represented_by = ", ".join(part for part in (service.signatory_name, service.signatory_title) if part)
    return _details(
        typeset("Le prêteur : l'État" if facts.pupil else "Le déposant : l'État"),
        ("Service gestionnaire", service.name),
        ("Adresse", ", ".join(address_lines(service.address))),
        ("Représenté par", represented_by),
        ("En vertu de", service.delegation),
        ("Pour nous joindre", ", ".join(part for part in (contact_of(service), service.opening_hours) if part)),
    )


def pupil(facts: Facts) -> tuple[Details, ...]:
    """The pupil with every home (P2), no hidden address among them, then the persons responsible for him (P1)."""
    child = facts.pupil
    if child is None:
        return ()
    homes = [KNOWN_TO_SERVICE if home.confidential else ", ".join(address_lines(home.address)) for home in child.homes]
    labels = ["Domicile"] if len(homes) == 1 else [f"{_ordinal(n)} domicile" for n in range(1, len(homes) + 1)]
    beneficiary = _details(
        "L'élève bénéficiaire du prêt",
        ("Nom", child.full_name),
        ("Date de naissance", long_date(child.birth_date)),
        *zip(labels, homes, strict=True),
        ("École ou établissement", _place(facts)),
    )
    people = responsible_people(facts)
    if not people:
        return (beneficiary,)
    many = len(people) > 1
    caption = "Les responsables de l'élève" if many else "La personne responsable"
    if is_adult(child, facts.issued_on):
        caption = "La personne qui assiste ou représente l'élève majeur"
    rows = [(capitalised(person.capacity.label), _person(person, child)) for person in people]
    return (beneficiary, _details(caption, *rows))


def responsible_people(facts: Facts) -> tuple[Representative, ...]:
    """Who is named beside the pupil: those responsible for a minor, the protector of a protected adult.

    A parent with sole authority is named alone (E3); the parents of an adult are not named (E5).
    """
    child = facts.pupil
    if child is None:
        return ()
    signing = {signatory.signer_id for signatory in borrowers(facts)}
    if is_adult(child, facts.issued_on) or child.protection is ProtectionRegime.EMANCIPATED:
        return tuple(person for person in child.representatives if person.id in signing)
    alone = tuple(person for person in child.representatives if person.sole_authority)
    return alone or child.representatives


def custodian(facts: Facts) -> Details:
    """The third party of a deposit: the body, who signs for it, its act, and where the items are kept."""
    third = facts.custodian
    if third is None:
        raise ValueError(f"{facts.kind.value}: facts hold no custodian")
    signing = ", ".join(part for part in (third.signatory_name, third.signatory_title) if part)
    return _details(
        "Le dépositaire",
        ("Nom", third.name),
        ("Adresse", ", ".join(address_lines(third.address))),
        ("Représenté par", signing),
        ("Au nom de", third.on_behalf_of),
        ("En vertu de", third.act),
        ("Lieu du dépôt", _place(facts)),
    )


def items_table(lines: Iterable[ItemFacts], caption: str) -> Table:
    """The items in full: designation, brand and model, serial and inventory numbers, accessories (P3, D1)."""
    return Table(
        caption=caption,
        header=ITEM_HEADER,
        rows=in_kits(tuple(lines), _item_cells),
        widths=ITEM_WIDTHS,
    )


def in_kits(lines: Sequence[ItemFacts], row: Callable[[ItemFacts], Row], *, left: str = "") -> tuple[Row, ...]:
    """The rows of lines, the parts of a kit together where the first of them stands.

    Args:
        lines: in the order in which they are told.
        row: the cells of one line, its designation first.
        left: how a receipt calls the parts of the loan that it is not about.
    """
    rows: list[Row] = []
    told: set[str] = set()
    for line in lines:
        if line.kit is None:
            rows.append(row(line))
            continue
        if line.kit.number in told:
            continue
        told.add(line.kit.number)
        parts = [row(each) for each in lines if each.kit is not None and each.kit.number == line.kit.number]
        rows.append(_kit_head(line.kit, len(parts), len(parts[0]), left))
        rows += [(f"{PART_MARK}{designation}", *cells) for designation, *cells in parts]
    return tuple(rows)


def _item_cells(line: ItemFacts) -> tuple[str, ...]:
    return (
        line.item.designation,
        brand_and_model(line.item),
        line.item.printed_serial or NOT_GIVEN,
        line.item.inventory_number,
        ", ".join(line.item.accessories) or NONE_GIVEN,
    )


def brand_and_model(item: Item) -> str:
    """Brand then model, or words for neither."""
    return f"{item.brand} {item.model}".strip() or NOT_GIVEN


def annex(facts: Facts) -> tuple[Block, ...]:
    """The service's own words, after the articles: what it says to everybody, then of the families on the list.

    Nothing where no part concerns what is lent. Its words are those that were typed: there is no markup in them.
    """
    version = facts.annex
    parts = version.printed(families_of(facts)) if version is not None else ()
    if version is None or not parts:
        return ()
    since = f"En vigueur depuis le {long_date(version.starts_on)}."
    return (
        Heading(level=2, text=f"Annexe{NBSP}: {version.title}"),
        Paragraph(text=_text(typeset(f"{since} {ANNEX_RANK}")), role="small"),
        *(block for part in parts for block in _annex_part(part)),
    )


def signatures(draft: Draft, made_at: str) -> Signatures:
    """One box per signatory, in the order of the facts, with the mention of the wording that applies."""
    return Signatures(
        made_at=made_at,
        boxes=tuple(_box(draft, signatory) for signatory in draft.facts.signatories),
    )


def _annex_part(part: AnnexSection) -> tuple[Block, ...]:
    return (
        Heading(level=3, text=part.heading),
        *(
            Paragraph(text=_text(passage))
            if isinstance(passage, str)
            else BulletList(items=tuple(_text(bullet) for bullet in passage))
            for passage in passages(part.text)
        ),
    )


def _box(draft: Draft, signatory: Signatory) -> SignatureBox:
    titles = {
        Party.MANAGING_SERVICE: typeset("Pour l'État"),
        Party.BORROWER: "L'emprunteur",
        Party.MUNICIPALITY: "Le dépositaire",
        Party.HEAD_OF_SCHOOL: "Le dépositaire",
    }
    capacity = capitalised(signatory.capacity)
    if signatory.party is Party.MANAGING_SERVICE:
        capacity = _state_capacity(draft.facts) or capacity
    if signatory.on_behalf_of and signatory.party is not Party.MANAGING_SERVICE:
        capacity = capitalised(", ".join(part for part in (capacity, _on_behalf_of(signatory.on_behalf_of)) if part))
    return SignatureBox(
        party=titles.get(signatory.party, signatory.party.label),
        name=signatory.name,
        capacity=capacity,
        mention=draft.wording.mentions[signatory.mention or NO_MENTION],
        optional=signatory.optional,
    )


def _state_capacity(facts: Facts) -> str:
    """Title of who signs for the State. The act of delegation is cited among the parties of the agreement."""
    title = capitalised(facts.service.signatory_title)
    delegated = title and facts.service.delegation and facts.kind not in RECEIPTS
    return f"{title}, par délégation" if delegated else title


def _person(person: Representative, child: Pupil) -> str:
    parts = [person.full_name]
    if person.on_behalf_of:
        parts.append(_on_behalf_of(person.on_behalf_of))
    if person.reference:
        parts.append(person.reference)
    if person.home is not None and len(child.homes) > 1 and person.home < len(child.homes):
        parts.append(f"{_ordinal(person.home + 1).lower()} domicile")
    return ", ".join(part for part in parts if part)


def _on_behalf_of(name: str) -> str:
    """A colon spares the article that the name of a body may or may not take."""
    return f"au nom de{NBSP}: {name}"


def _place(facts: Facts) -> str:
    return ", ".join((facts.school.name, *address_lines(facts.school.address)))


def _ordinal(number: int) -> str:
    return {1: "Premier", 2: "Deuxième", 3: "Troisième"}.get(number, f"{number}e")


def _kit_head(kit: KitFacts, parts: int, columns: int, left: str) -> Row:
    cells = [BELOW] * columns
    cells[0] = typeset(f"Kit : {kit.designation}")
    cells[1] = f"{parts}{NBSP}élément{'s' if parts > 1 else ''}"
    cells[NUMBER_AT] = kit.number
    lacks = [typeset(f"{word} : {named(items)}") for word, items in (("Sans", kit.without), (left, kit.left)) if items]
    if lacks or kit.is_told_whole:
        cells[-1] = ". ".join(lacks) or WHOLE
    return tuple(cells)


def _details(caption: str, *rows: tuple[str, str]) -> Details:
    return Details(caption=caption, rows=tuple((label, _text(value)) for label, value in rows if value.strip()))


def _text(value: str) -> Text:
    return (Run(value),)
