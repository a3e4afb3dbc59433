"""Tables of pupils as they are kept: names in one cell."""

from __future__ import annotations

from typing import Any

import pytest
from tests.use_cases import loan_cast as cast

from materiel.exchange.report import FileReport
from materiel.use_cases.imports.pupils import import_pupils
from materiel.use_cases.people.pupil import list_pupils


@pytest.fixture(autouse=True)
async def known_world(db: object) -> None:
    await cast.set_up()


async def take(text: str, **options: Any) -> FileReport:
    return await import_pupils(text.encode(), actor=cast.MANAGER, now=cast.NOW, **options)


def codes(report: FileReport) -> list[tuple[int, str]]:
    return [(each.line, each.code) for each in report.rejected]


TITLES = ["Élève", "Nom et prénom", "Nom Prénom", "NOM Prénom de l’élève", "Bénéficiaire"]


@pytest.mark.parametrize("title", TITLES)
async def test_both_names_may_stand_in_one_cell(title: str) -> None:
    report = await take(f"{title};Né(e) le;UAI\nKERVELLA Maëlle;04/03/2015;{cast.BAULON}\n")
    assert (report.created, report.warnings) == (1, [])
    (pupil,) = await list_pupils(actor=cast.READER, q="kervella")
    assert (pupil.last_name, pupil.first_name) == ("KERVELLA", "Maëlle")


async def test_what_was_read_of_a_cell_is_shown_and_a_doubt_is_told() -> None:
    table = (
        f"Élève;Né(e) le;UAI\nKERVELLA Maëlle;04/03/2015;{cast.BAULON}\nKervella Tom;05/03/2015;{cast.BAULON}\n"
        f"LE BERRE Jean-Marc;06/03/2015;{cast.BAULON}\n"
    )
    report = await take(table, dry_run=True)
    assert [(each.last_name, each.first_name, each.is_sure) for each in report.names] == [
        ("KERVELLA", "Maëlle", True),
        ("Kervella", "Tom", False),
        ("LE BERRE", "Jean-Marc", True),
    ]
    (remark,) = report.warnings
    assert (remark.code, remark.line, remark.lines) == ("pupil.name_unclear", 3, 1)
    assert "nom « Kervella », prénom « Tom »" in remark.detail
    # The report of an import is kept a month: it repeats no name.
    assert (await take(table)).names == []


async def test_the_order_of_names_may_be_that_of_the_title() -> None:
    await take(f"Prénom Nom;Né(e) le;UAI\nMaëlle Kervella;04/03/2015;{cast.BAULON}\n")
    (pupil,) = await list_pupils(actor=cast.READER, q="kervella")
    assert (pupil.last_name, pupil.first_name) == ("Kervella", "Maëlle")


async def test_a_cell_that_does_not_name_one_pupil_is_refused_with_what_is_in_it() -> None:
    lines = (f"{name};04/03/2015;{cast.BAULON}\n" for name in ("KERVELLA Maëlle et Tom", "KERVELLA", ""))
    report = await take("Élève;Né(e) le;UAI\n" + "".join(lines))
    assert codes(report) == [(2, "pupil.unreadable"), (3, "pupil.unreadable"), (4, "pupil.invalid")]
    assert [(each.column, each.cell) for each in report.rejected[:2]] == [
        ("Élève (nom et prénom)", "KERVELLA Maëlle et Tom"),
        ("Élève (nom et prénom)", "KERVELLA"),
    ]


async def test_names_in_their_own_columns_come_first() -> None:
    header = "Nom;Prénom;Élève;Né(e) le;UAI\n"
    report = await take(
        f"{header}Kervella;Maëlle;KERVELLA Maelle;04/03/2015;{cast.BAULON}\n"
        f"Kervella;Tom;MORVAN Ana;04/03/2015;{cast.BAULON}\n;;LE BERRE Ana;04/03/2015;{cast.BAULON}\n"
    )
    assert (report.created, [(each.line, each.cell) for each in report.left]) == (3, [(3, "MORVAN Ana")])


async def test_the_birth_date_stays_needed() -> None:
    report = await take(f"Élève;Né(e) le;UAI\nKERVELLA Maëlle;;{cast.BAULON}\n")
    assert (codes(report), report.rejected[0].column) == ([(2, "pupil.unreadable")], "Date de naissance")
