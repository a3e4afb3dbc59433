"""The figures of a school year for the hierarchy: no pupil, no school, small counts masked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from materiel.documents.content import Block, BulletList, Content, Heading, Paragraph, Run, Table
from materiel.documents.lists.listed import listed
from materiel.documents.variables import sender_of
from materiel.domain.accounts.service import ManagingService
from materiel.domain.calendar.school_year import label
from materiel.domain.circuit.figures import DELAY_TITLES, MASKED, TITLES, Delay, FigureLine, ServiceFigures
from materiel.domain.language.french import long_date

KIND = "yearly_report"

_SHOWN = ("loans", "deposits", "handed_over", "returned", "losses", "needs", "met", "waiting")
_SHORT = ("Prêts", "Dépôts", "Remises", "Retours", "Pertes", "Notifiés", "Satisfaits", "Attendent")


def compose_yearly_report(service: ManagingService, year: int, told: Sequence[ServiceFigures], day: date) -> Content:
    """Compose the report of a school year.

    Args:
        service: whose figures they are.
        year: the school year, by the year when it begins.
        told: one set of figures for each of the things they are told by, small counts masked.
        day: when it is made; a year that is not over is told up to that day.
    """
    whole = told[0].total
    ended = min(told[0].period.ends_on, day)
    blocks: list[Block] = [
        Paragraph(role="lead", text=(Run(f"Chiffres arrêtés au {long_date(ended)}."),)),
        Heading(level=2, text="L'essentiel"),
        BulletList(items=tuple((Run(line),) for line in _essentials(whole))),
    ]
    for figures in told:
        caption = f"Par {figures.grouping.label.lower()}"
        rows = tuple(_row(line) for line in figures.rows)
        blocks.append(Heading(level=2, text=caption))
        blocks.append(Table(caption=caption, header=("", *_SHORT), rows=rows, widths=(2.6, *[1.0] * len(_SHORT))))
    blocks.append(Heading(level=2, text="Ce que disent ces chiffres"))
    blocks.append(BulletList(items=tuple((Run(line),) for line in _definitions())))
    return listed(
        KIND,
        "Matériel pédagogique adapté : rapport annuel",
        f"Année scolaire {label(year)}",
        blocks,
        sender=sender_of(service),
        day=day,
        footer="Ne nomme aucun élève ; un nombre de un à quatre y est masqué.",
    )


def _row(line: FigureLine) -> tuple[str, ...]:
    return (line.label, *(_told(line, name) for name in _SHOWN))


def _told(line: FigureLine, name: str) -> str:
    return MASKED if name in line.masked else str(getattr(line, name) or 0)


def _essentials(whole: FigureLine) -> list[str]:
    lines = [f"{TITLES[name]} : {_told(whole, name)}." for name in (*_SHOWN, "items")]
    # How long each item slept on a former day is not kept: a report of last year may not pass today's figure for it.
    lines.append(f"{TITLES['idle']}, le jour de ce rapport : {_told(whole, 'idle')}.")
    if not {"met", "waiting"} & whole.masked and whole.coverage is not None:
        lines.append(f"Besoins satisfaits sur ceux de l'année : {whole.coverage} %.")
    for name, title in DELAY_TITLES.items():
        delay: Delay | None = getattr(whole, name)
        if delay is not None:
            lines.append(f"{title}, en jours : {delay.median} pour la moitié, {delay.p90} pour neuf sur dix.")
    return lines


def _definitions() -> tuple[str, ...]:
    return (
        "Un prêt ou un dépôt est compté si au moins un matériel était confié un jour de l'année.",
        "Une convention tripartite compte comme prêt et comme dépôt ; un matériel partagé par une école, comme dépôt.",
        "Un besoin est notifié le jour de la décision, et satisfait le jour de la remise.",
        f"Un nombre de un à quatre est écrit « {MASKED} », et d'autres avec lui quand une soustraction "
        "le rendrait ; les groupes trop petits sont réunis.",
        "Un prêt de plusieurs catégories compte dans chacune, et une seule fois dans l'ensemble.",
    )
