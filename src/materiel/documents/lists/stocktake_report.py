"""The report of a stocktake (« procès-verbal de récolement »), its draft, the page of its seal: they name nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from materiel.documents.content import (
    Block,
    Content,
    Details,
    Heading,
    Paragraph,
    Run,
    SignatureBox,
    Signatures,
    Table,
)
from materiel.documents.lists.listed import listed
from materiel.documents.variables import sender_of
from materiel.domain.accounts.service import ManagingService
from materiel.domain.circuit.stocktake import (
    PlaceFigures,
    Stocktake,
    StocktakeFigures,
    StocktakeLine,
    StocktakeResult,
    UnknownReading,
)
from materiel.domain.language.french import enumeration, long_date
from materiel.domain.papers.signatories import state_signatory

KIND = "stocktake_report"
SEAL_KIND = "stocktake_seal"
SEAL_TITLE = "Page de cachet"
MOST_LISTED = 1_000
"""Lines of a table of the report; the others are in the table of the results."""

PLACES = ("Lieu", "Attendus", "Trouvés", "Ailleurs", "Manquants", StocktakeResult.SILENT.label)
PLACE_WIDTHS = (4.2, 1.2, 1.2, 1.2, 1.4, 1.6)
LINES = ("N° d'inventaire", "Désignation", "Attendu", "Ce qui est su", "Suite")
LINE_WIDTHS = (1.9, 2.6, 2.6, 2.4, 2.4)
READINGS = ("Ce qui a été lu", "Où", "Le")
READING_WIDTHS = (3.6, 3.2, 1.6)


def compose_stocktake_report(
    stocktake: Stocktake,
    figures: StocktakeFigures,
    places: Sequence[PlaceFigures],
    gaps: Mapping[StocktakeResult, Sequence[StocktakeLine]],
    readings: Sequence[UnknownReading],
    service: ManagingService,
    *,
    day: date,
) -> Content:
    """Compose the report as it is frozen, with the box of the State; of a stocktake that goes on, a draft, which says
    so and has nothing to sign.

    Args:
        gaps: the first lines of what is missing and of what was found elsewhere.
        readings: the first codes that name nothing.
        day: when it is drawn, that of the closing for a report.
    """
    is_draft = stocktake.closed_on is None
    blocks: list[Block] = [Paragraph(role="note", text=(Run(_DRAFT),))] if is_draft else []
    blocks += [
        Paragraph(role="lead", text=(Run(_opening(stocktake, figures, day)),)),
        Paragraph(text=(Run(f"Lieux vérifiés : {_scope(stocktake)}."),)),
        _totals(figures),
    ]
    blocks += [Heading(level=2, text="Lieu par lieu"), *_by_place(places)]
    for result, title in (
        (StocktakeResult.MISSING, "Manquants"),
        (StocktakeResult.ELSEWHERE, "Trouvés ailleurs"),
    ):
        blocks += _listed(title, gaps[result], getattr(figures, result.value))
    if readings:
        rows = tuple((each.reading, each.place or "—", f"{each.read_on:%d/%m/%Y}") for each in readings)
        blocks += [
            Heading(level=2, text="Codes inconnus"),
            Table(caption="Codes inconnus", header=READINGS, rows=rows, widths=READING_WIDTHS),
            *_others(figures.unknown, len(readings)),
        ]
    if stocktake.closed_on is not None:
        blocks += [Heading(level=2, text="Clôture"), Paragraph(text=(Run(_SILENCE),))]
        blocks.append(Signatures(made_at=f"Clos le {long_date(stocktake.closed_on)}.", boxes=(_box(service),)))
    title = "Projet de procès-verbal de récolement" if is_draft else "Procès-verbal de récolement"
    return listed(
        KIND,
        title,
        stocktake.name,
        blocks,
        sender=sender_of(service),
        day=day,
        footer=f"{title} : il ne nomme ni élève ni famille.",
    )


def compose_seal_page(stocktake: Stocktake, sha256: str, service: ManagingService, *, worthless: bool) -> Content:
    """Compose the page that follows a sealed report: what the seal is put on.

    Args:
        sha256: of the report as it was drawn.
        worthless: sealed by a demonstration.
    """
    assert stocktake.closed_on is not None, "a report is made once the stocktake is closed"
    rows = (
        ("Récolement", stocktake.name),
        ("Ouvert le", long_date(stocktake.opened_on)),
        ("Clos le", long_date(stocktake.closed_on)),
        ("SHA-256 du procès-verbal", sha256),
    )
    blocks: list[Block] = [Paragraph(role="note", text=(Run(_WORTHLESS),))] if worthless else []
    blocks += [
        Paragraph(role="lead", text=(Run("Cette page suit le procès-verbal, tel qu'il a été établi à la clôture."),)),
        Details(caption="Ce qui est scellé", rows=tuple((name, (Run(value),)) for name, value in rows)),
        Paragraph(role="small", text=(Run(_SEALED),)),
    ]
    return listed(
        SEAL_KIND,
        SEAL_TITLE,
        "Procès-verbal de récolement",
        blocks,
        sender=sender_of(service),
        day=stocktake.closed_on,
        footer="Page de cachet du procès-verbal de récolement",
    )


_DRAFT = (
    "Projet : ce récolement n'est pas clos. Ces résultats changent encore, ce papier ne se signe pas et ne prouve "
    "rien. Le procès-verbal s'établit à la clôture."
)
_SILENCE = (
    "Ce qui est sans réponse n'est pas perdu : le lieu où il est attendu n'a rien dit avant la clôture. Un manquant a "
    "été cherché et n'a pas été vu. La liste de tous les matériels, un par un, est gardée avec ce procès-verbal."
)
_SEALED = (
    "Le cachet électronique porte sur le fichier entier : le procès-verbal, cette page et le fichier « preuve.json » "
    "qui y est joint. Un fichier modifié, même d'un seul signe, n'est plus reconnu par son cachet."
)
_WORTHLESS = (
    "Démonstration : le certificat de ce cachet a été fabriqué par le logiciel lui-même. Ni cette page ni ce cachet ne "
    "prouvent quoi que ce soit."
)


def _opening(stocktake: Stocktake, figures: StocktakeFigures, day: date) -> str:
    until = "jusqu'à la clôture" if stocktake.closed_on is not None else f"jusqu'au {long_date(day)}"
    return (
        f"Matériels attendus au {long_date(stocktake.opened_on)}, lieu par lieu, et ce qui en a été vu {until} : "
        f"{figures.seen} sur {figures.expected}."
    )


def _scope(stocktake: Stocktake) -> str:
    """What was looked at: a report that says nothing of the homes must not pass for one of the whole stock."""
    kinds = enumeration([each.label.lower() for each in stocktake.kinds])
    limits = [
        f"{len(named)} {word}{'s' if len(named) > 1 else ''}"
        for named, word in ((stocktake.schools, "établissement"), (stocktake.municipalities, "commune"))
        if named
    ]
    return f"{kinds} (limités à {enumeration(limits)})" if limits else kinds


def _totals(figures: StocktakeFigures) -> Details:
    rows = [
        ("Attendus", figures.expected),
        ("Trouvés à leur place", figures.found),
        ("Trouvés ailleurs", figures.elsewhere),
        ("Manquants", figures.missing),
        (StocktakeResult.SILENT.label, figures.silent),
        ("Codes inconnus", figures.unknown),
    ]
    if figures.extra:
        rows.insert(3, ("Dont vus sans être attendus", figures.extra))
    return Details(caption="Résultats", rows=tuple((name, (Run(str(number)),)) for name, number in rows))


def _by_place(places: Sequence[PlaceFigures]) -> list[Block]:
    shown = places[:MOST_LISTED]
    rows = tuple(
        (
            each.title,
            *(
                str(number)
                for number in (
                    each.figures.expected,
                    each.figures.found,
                    each.figures.elsewhere,
                    each.figures.missing,
                    each.figures.silent,
                )
            ),
        )
        for each in shown
    )
    if not rows:
        return [Paragraph(text=(Run("Rien n'était attendu."),))]
    table = Table(caption="Lieu par lieu", header=PLACES, rows=rows, widths=PLACE_WIDTHS)
    return [table, *_others(len(places), len(shown))]


def _listed(title: str, lines: Sequence[StocktakeLine], number: int) -> list[Block]:
    if not lines:
        return []
    rows = tuple(
        (each.inventory_number, each.designation, each.place_title, _known(each), _after(each)) for each in lines
    )
    table = Table(caption=title, header=LINES, rows=rows, widths=LINE_WIDTHS)
    return [Heading(level=2, text=title), table, *_others(number, len(lines))]


def _known(each: StocktakeLine) -> str:
    if each.seen is None or each.seen_on is None or each.seen_by is None:
        return each.status.label
    where = f" : {each.seen_place}" if each.seen_place else ""
    return f"{each.seen.label}{where}, par {each.seen_by.label}, le {each.seen_on:%d/%m/%Y}"


def _after(each: StocktakeLine) -> str:
    if each.settled is None:
        return "À suivre" if each.waits else each.status.label
    return f"{each.settled.label} : {each.note}" if each.note else each.settled.label


def _others(number: int, shown: int) -> list[Block]:
    left = number - shown
    if left <= 0:
        return []
    return [Paragraph(role="small", text=(Run(f"Et {left} autres, dans la liste des résultats."),))]


def _box(service: ManagingService) -> SignatureBox:
    state = state_signatory(service)
    return SignatureBox(party="Pour l'État", name=state.name, capacity=state.capacity, mention="Datez et signez.")
