"""The passport of an item, to keep with its file or to hand on with it: its life, without anybody's name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from materiel.documents.content import Block, BulletList, Content, Heading, Paragraph, Run, Table
from materiel.documents.lists.listed import listed
from materiel.documents.variables import sender_of
from materiel.domain.accounts.service import ManagingService
from materiel.domain.circuit.workshop.passport import CountRow, Passport
from materiel.domain.language.french import long_date
from materiel.domain.language.typography import money

KIND = "passport"
NOT_KNOWN = "non renseigné"
LIFE, LIFE_WIDTHS = ("Quoi", "Du", "Au", "Constat"), (2.2, 1.4, 1.4, 3.4)
REPAIRS = ("Panne", "Réparateur", "Envoyé le", "Revenu le", "Résultat", "Garantie", "Coût")
MENDED = "Réparations, de la plus ancienne à la dernière"
REPAIR_WIDTHS = (2.6, 2.2, 1.4, 1.4, 1.6, 1.4, 1.4)
WARRANTY = {True: "oui", False: "non", None: "inconnue"}


def compose_passport(passport: Passport, service: ManagingService) -> Content:
    """Compose the passport of an item as it is on its day."""
    item = passport.item
    blocks: list[Block] = [
        Paragraph(role="lead", text=(Run(_opening(passport)),)),
        Heading(level=2, text="Identité et achat"),
        BulletList(items=tuple((Run(line),) for line in _identity(passport))),
        Heading(level=2, text="Faut-il le remplacer ?"),
    ]
    if passport.reasons:
        blocks.append(BulletList(items=tuple((Run(line),) for line in passport.reasons)))
    else:
        blocks.append(_said("Aucun seuil du service n'est atteint."))
    blocks += _tables(passport)
    return listed(
        KIND,
        f"Passeport du matériel {item.inventory_number}",
        item.designation,
        blocks,
        sender=sender_of(service),
        day=passport.day,
        footer="Relevé de l'inventaire : il ne nomme personne et ne vaut pas convention.",
    )


def _tables(passport: Passport) -> Sequence[Block]:
    life = tuple((each.what, _day(each.since), _day(each.until), each.seen or "–") for each in passport.rows)
    repairs = tuple(
        (
            each.fault,
            each.provider,
            _day(each.sent_on),
            _day(each.returned_on),
            each.outcome.label if each.outcome is not None else "Pas encore revenu",
            WARRANTY[each.under_warranty],
            "–" if each.cost_cents is None else money(each.cost_cents),
        )
        for each in passport.repairs
    )
    blocks: list[Block] = [Heading(level=2, text="Vie du matériel")]
    blocks.append(
        Table(caption="Vie du matériel, du plus récent au plus ancien", header=LIFE, rows=life, widths=LIFE_WIDTHS)
        if life
        else _said("Jamais prêté, aucun incident.")
    )
    blocks.append(Heading(level=2, text="Réparations"))
    blocks.append(
        Table(caption=MENDED, header=REPAIRS, rows=repairs, widths=REPAIR_WIDTHS)
        if repairs
        else _said("Aucune réparation n'est notée.")
    )
    blocks.append(Heading(level=2, text="Usage"))
    if passport.uses:
        blocks.append(_listed([f"{long_date(each.said_on)} : {each.level.label.lower()}" for each in passport.uses]))
    else:
        blocks.append(_said("Aucun usage n'est noté."))
    blocks.append(Heading(level=2, text="Récolements"))
    if passport.counts:
        blocks.append(_listed([_counted(each) for each in passport.counts]))
    else:
        blocks.append(_said("Il n'a été d'aucun récolement."))
    blocks.append(Heading(level=2, text="Rappels de sécurité"))
    if passport.recalls:
        told = tuple((Run(f"{each.title.rstrip('.')} : {each.done}"),) for each in passport.recalls)
        blocks.append(BulletList(items=told))
    else:
        blocks.append(_said("Aucun rappel d'un fabricant ne l'a concerné."))
    return blocks


def _opening(passport: Passport) -> str:
    loans, days = passport.loans, passport.lent_days
    lent = f"{loans} prêt{'s' if loans > 1 else ''}, {days} jour{'s' if days > 1 else ''} en mains"
    return f"Au {long_date(passport.day)} : {passport.item.status.label.lower()} ; {lent}."


def _no_cost(passport: Passport) -> str:
    return "aucun coût n'est noté" if passport.repairs else "aucune"


def _identity(passport: Passport) -> list[str]:
    item, wear = passport.item, passport.wear
    age = wear.age(passport.day)
    known = [
        ("Famille", item.family.label),
        ("Marque et modèle", f"{item.brand} {item.model}".strip()),
        ("Numéro de série", item.printed_serial),
        ("Acquis le", "" if item.acquired_on is None else f"{long_date(item.acquired_on)} ({_years(age)})"),
        ("Prix", "" if item.purchase_price_cents is None else money(item.purchase_price_cents)),
        ("Payé par", item.funding_service),
        (
            "Garantie",
            "non renseignée" if item.warranty_ends_on is None else f"jusqu'au {long_date(item.warranty_ends_on)}",
        ),
        ("Réparations", f"{money(wear.repair_cents)} en tout" if wear.repair_cents else _no_cost(passport)),
    ]
    return [f"{label} : {value or NOT_KNOWN}" for label, value in known]


def _counted(each: CountRow) -> str:
    seen = f", le {long_date(each.seen_on)}" if each.seen_on is not None else ""
    return f"Récolement ouvert le {long_date(each.opened_on)} : {each.result.label.lower()}{seen}"


def _listed(lines: Sequence[str]) -> BulletList:
    return BulletList(items=tuple((Run(line),) for line in lines))


def _said(text: str) -> Paragraph:
    return Paragraph(text=(Run(text),))


def _years(age: int | None) -> str:
    return "moins d'un an" if not age else f"{age} an{'s' if age > 1 else ''}"


def _day(day: date | None) -> str:
    return "" if day is None else f"{day:%d/%m/%Y}"
