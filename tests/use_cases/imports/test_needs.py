"""Needs imported: each for a known pupil, each once; nothing on health kept, nothing guessed, all of it undone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast
from tests.use_cases.import_cast import everything, imported, run, undone

from materiel.domain.circuit.need import Need, NeedKind, NeedState
from materiel.domain.imports.import_file import Dependence, ImportFile, ImportKind, ReadingOptions, RecordKind
from materiel.domain.item.family import ItemFamily
from materiel.domain.usage import Basis, BasisKind
from materiel.domain.work.job import JobState
from materiel.errors import Conflict
from materiel.exchange.report import FileReport
from materiel.store.circuit import need as needs
from materiel.store.engine.database import fetch, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.people import pupil as pupils
from materiel.use_cases.circuit.need import (
    CorrectNeed,
    OrderNeed,
    ReceiveNeed,
    RecordNeed,
    correct_need,
    order_need,
    receive_need,
    record_need,
)
from materiel.use_cases.imports.import_file import confirm_import, examine_file, get_import, model_headings
from materiel.use_cases.imports.needs import prepare_needs
from materiel.use_cases.imports.undoing import look_at_undo, undo_import
from materiel.use_cases.loan.loan import create_loan

TITLES = (
    "Nom;Prénom;Né(e) le;UAI;Mots de la décision;Notifié le;Valable jusqu'au;Besoin ou essai;Fondement;"
    "N° notification;Famille;Catégorie"
)
WORDS = "Ordinateur avec logiciel de synthèse vocale"
CHILD = "Exemple;Zoé;04/05/2016"
PLAIN = f"{CHILD};;{WORDS};01/06/2026;31/08/2028;;;;;"


@pytest.fixture(autouse=True)
async def known_world(db: object) -> None:
    await cast.set_up()


def table(*lines: str, titles: str = TITLES) -> bytes:
    return "\n".join((titles, *lines)).encode()


async def report_of(file: ImportFile) -> FileReport:
    report = (await get_import(file.id, actor=cast.MANAGER, now=cast.NOW)).report
    assert report is not None
    return report


async def take(*lines: str, titles: str = TITLES) -> tuple[ImportFile, FileReport]:
    file = await imported(table(*lines, titles=titles), ImportKind.NEEDS)
    return file, await report_of(file)


async def examined(*lines: str, titles: str = TITLES, **options: str) -> FileReport:
    said = ReadingOptions(**options)  # type: ignore[arg-type]
    data = table(*lines, titles=titles)
    file = await examine_file(ImportKind.NEEDS, "b.csv", data, actor=cast.MANAGER, now=cast.NOW, options=said)
    return await report_of(file)


async def needs_of(pupil: UUID = cast.CHILD) -> list[Need]:
    return await needs.of_pupil(pupil, cast.SERVICE)


def refusals(report: FileReport) -> list[tuple[int, str, str]]:
    return [(each.line, each.code, each.column) for each in report.rejected]


async def test_a_line_writes_the_need_of_a_known_pupil() -> None:
    _, report = await take(
        f"{CHILD};;{WORDS};01/06/2026;31/08/2028;Besoin;Notification MDPH;2026-17;Ordinateur;Portable",
        "MODELE;ilan;15/01/2008;0352958a;Clavier braille;2026-07-02;15/10/2026;Essai de trois semaines;;;;",
    )
    assert (report.read, report.created, report.rejected, report.left) == (2, 2, [], [])
    (need,) = await needs_of()
    assert (need.wording, need.notified_on, need.valid_until) == (WORDS, date(2026, 6, 1), date(2028, 8, 31))
    assert (need.kind, need.state) == (NeedKind.NEED, NeedState.OPEN)
    assert (need.family, need.category) == (ItemFamily.COMPUTER, "Portable")
    assert need.basis == Basis(kind=BasisKind.CDAPH, reference="2026-17", decided_on=date(2026, 6, 1))
    (trial,) = await needs_of(cast.ADULT)
    assert (trial.kind, trial.basis.kind, trial.family) == (NeedKind.TRIAL, BasisKind.PAS, None)
    entries = await fetch("SELECT action, details FROM journal WHERE action LIKE 'need.%' ORDER BY sequence")
    assert [each["action"] for each in entries] == ["need.recorded", "need.recorded", "need.imported"]
    assert WORDS not in str(entries)


async def test_it_is_examined_first_and_writes_nothing() -> None:
    before = await everything()
    report = await examined(PLAIN)
    assert (report.dry_run, report.created, [each.field for each in report.columns][:2]) == (True, 1, ["nom", "prenom"])
    assert await everything() == before


async def test_the_columns_are_known_by_usual_titles_and_told_otherwise_where_they_are_not() -> None:
    titles = "Élève;Date de naissance;Matériel notifié;Date de notification;Observations"
    report = await examined("EXEMPLE Zoé;04/05/2016;Loupe;01/06/2026;à rappeler", titles=titles)
    assert (report.created, report.ignored) == (1, ["Observations"])
    unknown = await examined("Exemple;Zoé;04/05/2016;Loupe;01/06/2026", titles="Nom;Prénom;Né le;Quoi;Quand")
    assert unknown.missing == ["Mots de la décision", "Notifié le"]
    chosen = ReadingOptions(chosen={"quoi": "besoin", "quand": "notification_du"})
    data = table("Exemple;Zoé;04/05/2016;Loupe;01/06/2026", titles="Nom;Prénom;Né le;Quoi;Quand")
    file = await examine_file(ImportKind.NEEDS, "b.csv", data, actor=cast.MANAGER, now=cast.NOW, options=chosen)
    assert (await report_of(file)).created == 1
    assert "Mots de la décision" in model_headings(ImportKind.NEEDS)


async def test_a_pupil_is_known_by_the_identifier_too_if_it_is_the_one_named() -> None:
    titles = "Identifiant de l'élève;Nom;Prénom;Date de naissance;Besoin;Notifié le"
    report = await examined(
        f"{cast.CHILD};;;;Loupe;01/06/2026",
        f"{cast.CHILD};Exemple;Zoé;04/05/2016;Clavier;01/06/2026",
        f"{cast.CHILD};Fictif;Noé;;Clavier;02/06/2026",
        f"{cast.CHILD};;;05/05/2016;Clavier;03/06/2026",
        f"{new_id()};;;;Clavier;01/06/2026",
        "35;;;;Clavier;01/06/2026",
        titles=titles,
    )
    assert report.created == 2
    column = "Identifiant de l'élève"
    assert refusals(report) == [
        (4, "pupil.differs", column),
        (5, "pupil.differs", column),
        (6, "pupil.unknown", column),
        (7, "pupil.unreadable", column),
    ]


async def test_an_unknown_pupil_is_refused_with_what_to_do() -> None:
    stranger = replace(cast.a_child(), id=new_id(), service_id=cast.OTHER_SERVICE, last_name="Ailleurs", homes=())
    async with write_transaction():
        await pupils.insert(replace(stranger, representatives=()), cast.NOW)
    _, report = await take(
        "Inconnu;Zoé;04/05/2016;;Loupe;01/06/2026;;;;;;",
        "Ailleurs;Zoé;04/05/2016;;Loupe;01/06/2026;;;;;;",
        "Inconnu;Zoé;;;Loupe;01/06/2026;;;;;;",
    )
    assert refusals(report) == [
        (2, "pupil.unknown", ""),
        (3, "pupil.unknown", ""),
        (4, "pupil.birth_date_required", ""),
    ]
    assert "enregistrez d'abord cet élève" in report.rejected[0].detail
    assert await fetch("SELECT id FROM need") == []


async def test_without_a_date_of_birth_the_only_pupil_of_the_name_is_meant_and_it_is_told() -> None:
    _, report = await take("Exemple;Zoé;;;Loupe;01/06/2026;;;;;;")
    assert (report.created, [each.code for each in report.warnings]) == (1, ["pupil.named_alone"])


async def test_namesakes_are_told_apart_by_their_school() -> None:
    twin = replace(cast.a_child(), id=new_id(), school_uai=cast.CARDROC, homes=(), representatives=())
    async with write_transaction():
        await pupils.insert(twin, cast.NOW)
    _, report = await take(
        f"{CHILD};;Loupe;01/06/2026;;;;;;",
        f"{CHILD};{cast.CARDROC};Loupe;01/06/2026;;;;;;",
        "Modèle;Ilan;15/01/2008;0350122T;Loupe;01/06/2026;;;;;;",
    )
    assert refusals(report) == [(2, "pupil.namesakes", "")]
    assert len(await needs_of(twin.id)) == 1
    assert [(each.column, each.cell, each.code) for each in report.left] == [("UAI", "0350122T", "need.other_school")]


@pytest.mark.parametrize(
    ("line", "code", "column"),
    [
        (f"{CHILD};;;01/06/2026;;;;;;", "need.unreadable", "Mots de la décision"),
        (f"{CHILD};;Loupe;;;;;;;", "need.unreadable", "Notifié le"),
        (f"{CHILD};;Loupe;juin;;;;;;", "need.unreadable", "Notifié le"),
        (f"{CHILD};;Loupe;01/06/2026;;Définitif;;;;", "need.unreadable", "Besoin ou essai"),
        ("Exemple;Zoé;04/05/2016 ?;;Loupe;01/06/2026;;;;;;", "pupil.unreadable", "Date de naissance"),
        (f"{CHILD};;Loupe;01/06/2027;;;;;;", "need.invalid", "Notifié le"),
        (f"{CHILD};;Loupe;01/06/2026;01/06/2025;;;;;", "need.invalid", "Valable jusqu'au"),
        (f"{CHILD};;Loupe;01/06/2026;;Essai;;;;", "need.invalid", "Valable jusqu'au"),
        (f"{CHILD};;Loupe;01/06/2026;;;;;;{'x' * 61}", "need.invalid", "Catégorie"),
        (f"{CHILD};;Loupe;01/06/2026;;;PAP;;;", "need.pap_only", "Fondement"),
        (f"{CHILD};;Loupe \u0b85;01/06/2026;;;;;;", "text.not_printable", "Mots de la décision"),
    ],
)
async def test_a_line_at_fault_is_refused_with_its_column(line: str, code: str, column: str) -> None:
    _, report = await take(line)
    assert refusals(report) == [(2, code, column)]
    assert await needs_of() == []


async def test_words_on_health_are_refused_and_repeated_nowhere() -> None:
    ill = "Ordinateur pour enfant dyslexique"
    file, report = await take(
        f"{CHILD};;{ill};01/06/2026;;;;;;",
        f"{CHILD};;Loupe;01/06/2026;;;Dyslexie;;Dyslexie;",
        f"{CHILD};;Clavier;01/06/2026;;Dyslexie;;;;",
    )
    assert refusals(report)[0] == (2, "need.health_words", "Mots de la décision")
    assert [(each.column, each.cell, each.code) for each in report.left] == [
        ("Fondement", "", "need.health_words"),
        ("Famille", "", "need.health_words"),
    ]
    kept = await fetch("SELECT report FROM import_file")
    assert "dysle" not in str(kept).lower()
    assert [each.wording for each in await needs_of()] == ["Loupe"]
    assert file.kind is ImportKind.NEEDS


async def test_a_cell_that_cannot_be_read_is_told_and_the_need_goes_in() -> None:
    _, report = await take(f"{CHILD};;Loupe;01/06/2026;bientôt;;Bulletin;1,2E+09;Divers;")
    assert [(each.column, each.cell, each.code) for each in report.left] == [
        ("Valable jusqu'au", "bientôt", "cell.unreadable"),
        ("Fondement", "Bulletin", "cell.unreadable"),
        ("Numéro de la notification", "1,2E+09", "cell.unreadable"),
        ("Famille", "Divers", "cell.unreadable"),
    ]
    (need,) = await needs_of()
    assert (need.valid_until, need.basis.kind, need.family) == (None, BasisKind.CDAPH, None)


async def test_the_same_file_twice_changes_nothing_and_a_known_need_stays() -> None:
    await take(PLAIN)
    before = await everything()
    file, report = await take(PLAIN)
    assert (report.created, report.updated, report.unchanged, report.rejected, report.left) == (0, 0, 1, [], [])
    assert await everything() == before
    with refused(Conflict, "import.nothing_to_undo"):
        await undo_import(file.id, actor=cast.MANAGER, now=cast.NOW)
    other = f"{CHILD};;ordinateur avec  LOGICIEL de synthèse vocale;01/06/2026;31/08/2029;;Autre;;Ordinateur;Fixe"
    _, report = await take(other, other)
    assert [(each.column, each.code) for each in report.left] == [
        ("Valable jusqu'au", "need.known"),
        ("Fondement", "need.known"),
        ("Famille", "need.known"),
        ("Catégorie", "need.known"),
    ]
    assert refusals(report) == [(3, "need.duplicate", "")]
    assert await everything() == before


async def test_a_need_that_a_referent_asked_is_told_and_waits_for_its_confirmation() -> None:
    need = await record_need(
        RecordNeed(pupil_id=cast.CHILD, wording=WORDS, notified_on=date(2026, 6, 1)), actor=cast.MANAGER, now=cast.NOW
    )
    async with write_transaction():
        await needs.save(replace(need, state=NeedState.ASKED))
    _, report = await take(PLAIN)
    assert (report.unchanged, [each.code for each in report.warnings]) == (1, ["need.asked"])
    assert len(await needs_of()) == 1


async def test_a_deceased_pupil_waits_for_nothing() -> None:
    async with write_transaction():
        await pupils.save(replace(await pupils.get(cast.CHILD, cast.SERVICE), died_on=cast.TODAY))
    _, report = await take(PLAIN)
    assert refusals(report) == [(2, "pupil.deceased", "")]


async def test_a_need_written_down_meanwhile_is_not_written_twice() -> None:
    file = await examine_file(ImportKind.NEEDS, "b.csv", table(PLAIN), actor=cast.MANAGER, now=cast.NOW)
    asked = RecordNeed(pupil_id=cast.CHILD, wording=WORDS, notified_on=date(2026, 6, 1))
    await record_need(asked, actor=cast.MANAGER, now=cast.NOW)
    await confirm_import(file.id, actor=cast.MANAGER, now=cast.NOW)
    assert await run()
    assert (await report_of(file)).created == 0
    assert len(await needs_of()) == 1


async def test_a_need_written_down_between_two_steps_of_a_batch_is_compared_anew(monkeypatch) -> None:
    wait = pupils.wait_for_other_imports
    asked = RecordNeed(pupil_id=cast.CHILD, wording=WORDS, notified_on=date(2026, 6, 1))

    async def overtake(service_id: UUID) -> None:
        monkeypatch.setattr(pupils, "wait_for_other_imports", wait)
        need = Need(
            id=new_id(),
            service_id=service_id,
            created_at=cast.NOW,
            basis=Basis(kind=BasisKind.CDAPH),
            pupil_id=asked.pupil_id,
            wording=asked.wording,
            notified_on=asked.notified_on,
        )
        await needs.insert(need)

    monkeypatch.setattr(pupils, "wait_for_other_imports", overtake)
    _, report = await take(PLAIN, f"{CHILD};;Loupe;01/06/2026;;;;;;")
    assert report.created == 2
    assert sorted(each.wording for each in await needs_of()) == ["Loupe", WORDS]


async def test_an_undone_import_leaves_the_base_as_it_was() -> None:
    before = await everything()
    file, _ = await take(PLAIN, f"{CHILD};;Loupe;01/06/2026;;;;;;")
    assert (await look_at_undo(file.id, actor=cast.MANAGER, now=cast.NOW)).is_offered
    job = await undone(file)
    assert job.state is JobState.DONE, job.result
    assert await everything() == before


async def _order(need: Need) -> None:
    command = OrderNeed(need_id=need.id, version=need.version, reference="BC 12")
    await order_need(command, actor=cast.MANAGER, now=cast.NOW)


async def _receive(need: Need) -> None:
    command = ReceiveNeed(need_id=need.id, version=need.version, received_on=cast.TODAY)
    await receive_need(command, actor=cast.MANAGER, now=cast.NOW)


async def _correct(need: Need) -> None:
    command = CorrectNeed(need_id=need.id, version=1, wording="Loupe", notified_on=need.notified_on)
    await correct_need(command, actor=cast.MANAGER, now=cast.NOW)


async def _lend(need: Need) -> None:
    await create_loan(cast.a_request(need=need.id), actor=cast.MANAGER, now=cast.NOW)


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (_order, Dependence.ORDER),
        (_receive, Dependence.ORDER),
        (_lend, Dependence.LOAN),
        (_correct, Dependence.CHANGED),
    ],
)
async def test_a_need_for_which_something_was_done_keeps_its_import(act, why: Dependence) -> None:
    file, _ = await take(PLAIN, "Modèle;Ilan;15/01/2008;;Loupe;01/06/2026;;;;;;")
    (need,) = await needs_of()
    await act(need)
    before = await everything()
    with refused(Conflict, "import.in_use") as caught:
        await undo_import(file.id, actor=cast.MANAGER, now=cast.NOW)
    (told,) = caught.value.facts["in_use"]
    assert (told["why"], told["kind"], told["count"], told["ids"]) == (why, RecordKind.NEED, 1, [str(need.id)])
    assert f"1 besoin (notifié le 01/06/2026) : {why.label}" in caught.value.message
    assert "Zoé" not in caught.value.message
    assert await everything() == before


async def test_a_pupil_imported_with_a_need_stays_while_the_need_does() -> None:
    pupil = b"Nom;Pr\xc3\xa9nom;N\xc3\xa9 le;UAI\nMorvan;Yann;05/03/2016;0350122T\n"
    file = await imported(pupil, ImportKind.PUPILS)
    later, _ = await take("Morvan;Yann;05/03/2016;;Loupe;01/06/2026;;;;;;")
    with refused(Conflict, "import.in_use") as caught:
        await undo_import(file.id, actor=cast.MANAGER, now=cast.NOW)
    assert caught.value.facts["in_use"][0]["why"] == Dependence.NEED
    await undone(later)
    assert (await undone(file)).state is JobState.DONE


async def test_a_dry_run_by_the_command_writes_nothing() -> None:
    prepared = await prepare_needs(table(PLAIN), actor=cast.MANAGER, now=cast.NOW, dry_run=True)
    assert prepared.report.created == 1
    assert await needs_of() == []
