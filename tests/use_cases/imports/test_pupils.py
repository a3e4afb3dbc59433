"""Tables of pupils as they are kept: names in one cell, schools by a name that leaves a doubt."""

from __future__ import annotations

from typing import Any

import pytest
from tests.use_cases import loan_cast as cast

from materiel.domain.imports.import_file import ReadingOptions
from materiel.exchange.report import FileReport
from materiel.store.places import school as schools
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


SCHOOLS = f"""Nom;Prénom;Né(e) le;Établissement;Commune de l'établissement
A;B;04/03/2015;Jeanne d'Arc;
C;D;04/03/2015;Jeanne   d'Arc;
E;F;04/03/2015;Sirènes;Rennes
G;H;04/03/2015;{cast.BAULON};
"""


async def test_a_school_in_doubt_is_asked_once_for_all_its_lines() -> None:
    report = await take(SCHOOLS, dry_run=True)
    assert codes(report) == [(line, "pupil.school_unknown") for line in (2, 3, 4)]
    assert [(each.written, each.lines, each.line, each.said) for each in report.schools] == [
        ("Jeanne d'Arc", 2, 2, None),
        ("Sirènes, Rennes", 1, 4, None),
    ]


async def test_a_school_that_was_chosen_serves_the_examination_and_the_import() -> None:
    options = ReadingOptions(schools={"Jeanne d'Arc": cast.CARDROC, "Sirènes, Rennes": ""})
    for dry_run in (True, False):
        report = await take(SCHOOLS, dry_run=dry_run, options=options)
        assert (report.created, codes(report)) == (3, [(4, "pupil.school_unknown")])
        # Only an examination asks; what was chosen may be chosen anew.
        said = [(each.written, each.said) for each in report.schools]
        assert said == ([("Jeanne d'Arc", cast.CARDROC), ("Sirènes, Rennes", "")] if dry_run else [])


async def test_the_schools_that_a_text_may_mean_are_offered() -> None:
    report = await take("Nom;Prénom;Né(e) le;Établissement\nA;B;04/03/2015;École\n", dry_run=True)
    assert [each.choices for each in report.schools] == [()]
    school = await schools.by_uai(cast.COLLEGE, cast.SERVICE)
    report = await take(f"Nom;Prénom;Né(e) le;Établissement\nA;B;04/03/2015;{school.name}\n", dry_run=True)
    (asked,) = report.schools
    assert [(each.uai, each.name, each.municipality) for each in asked.choices] == [
        (cast.COLLEGE, school.name, school.municipality_name)
    ]


async def test_a_pupil_near_to_a_known_one_or_to_another_line_is_told_before() -> None:
    header = "Nom;Prénom;Né(e) le;UAI\n"
    await take(f"{header}Kervella;Maëlle;04/03/2015;{cast.BAULON}\n")
    (known,) = await list_pupils(actor=cast.READER, q="kervella")
    table = (
        f"{header}Kervela;Maëlle;04/03/2015;{cast.BAULON}\nKERVELLA;Maelle;03/04/2015;{cast.BAULON}\n"
        f"Morvan;Tom;05/05/2014;{cast.BAULON}\nMorvan;Tomm;05/05/2014;{cast.BAULON}\n"
        f"Kervella;Maëlle;04/03/2015;{cast.BAULON}\n"
    )
    report = await take(table, dry_run=True)
    assert [(each.line, each.kind, each.twin, each.subject) for each in report.twins] == [
        (2, "pupil", "Maëlle Kervella", str(known.id)),
        (3, "pupil", "Maëlle Kervella", str(known.id)),
        (5, "pupil", "Tom Morvan", ""),
    ]
    assert "ligne 4" in report.twins[2].detail
    assert (report.created, report.unchanged) == (4, 1)
    # It is a question: they go in, and the report that is kept names nobody.
    assert ((await take(table)).created, (await take(table, dry_run=True)).twins) == (4, [])


async def test_pupils_of_another_service_are_nobody_s_twins() -> None:
    table = f"Nom;Prénom;Né(e) le;UAI\nKervella;Maëlle;04/03/2015;{cast.BAULON}\n"
    await import_pupils(table.encode(), actor=cast.STRANGER, now=cast.NOW)
    assert (await take(table.replace("Kervella", "Kervela"), dry_run=True)).twins == []


async def test_lines_that_are_shorter_than_the_titles_are_told() -> None:
    report = await take(
        f"Nom;Prénom;Né(e) le;UAI;Adresse;Code postal;Ville\nA;B;04/03/2015;{cast.BAULON};;;\n"
        f"C;D;04/03/2015;{cast.BAULON}\nE;F;04/03/2015;{cast.BAULON}\n"
    )
    assert [(each.code, each.line, each.lines) for each in report.warnings] == [("line.short", 3, 2)]
    assert report.created == 3
