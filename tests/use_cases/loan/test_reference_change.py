"""The annuaire changes under running loans: each is named, put to a manager, and nothing moves before."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from tests.use_cases import loan_cast as cast

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.loan.reference_change import ChangeKind, Settlement
from materiel.domain.places.school import SchoolKind
from materiel.domain.usage import Custody
from materiel.errors import Conflict, NotFound, RuleBroken
from materiel.exchange.report import FileReport
from materiel.store.accounts import service as services
from materiel.store.places import municipality as municipalities
from materiel.store.places import school as schools
from materiel.store.places.place import place_of
from materiel.use_cases.imports.schools import import_schools
from materiel.use_cases.loan.changes import Amend, Renew, amend_loan, renew_loan
from materiel.use_cases.loan.reference_change import list_changes, settle_change
from materiel.use_cases.loan.steps import issue_loan
from materiel.use_cases.places.school import DecideSchoolKind, decide_school_kind

UAI = "Identifiant_de_l_etablissement"
THEIRS = Actor("token:theirs", Role.MANAGER, cast.OTHER_SERVICE)
WANTED = (cast.BAULON, cast.CARDROC, cast.COLLEGE, cast.PRIVATE, cast.IME)


@pytest.fixture(autouse=True)
async def people(db: object) -> None:
    await cast.set_up()


def rows() -> dict[str, dict[str, str]]:
    with cast.ANNUAIRE.open(encoding="utf-8-sig", newline="") as file:
        return {row[UAI]: row for row in csv.DictReader(file, delimiter=";") if row[UAI] in WANTED}


async def import_with(changes: dict[str, dict[str, str] | None], **options: object) -> FileReport:
    """Import the schools of the cast, some of them changed, or left out with None."""
    kept = [row | (changes.get(uai) or {}) for uai, row in rows().items() if changes.get(uai, {}) is not None]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(kept[0]), delimiter=";")
    writer.writeheader()
    writer.writerows(kept)
    return await import_schools(text.getvalue().encode(), actor=cast.MANAGER, now=cast.NOW, **options)  # type: ignore[arg-type]


MOVED = {cast.BAULON: {"Code_commune": "35238", "Nom_commune": "Rennes"}}
PRIVATE_NOW = {cast.BAULON: {"Statut_public_prive": "Privé", "Code_type_contrat_prive": "10"}}


async def a_tripartite() -> str:
    applied = await issue_loan(await cast.a_draft(custody=Custody.SCHOOL), issuer=cast.ISSUER)
    return str(applied.case.loan.id)


async def commune_of_papers() -> str:
    return (await place_of(cast.BAULON, cast.SERVICE)).custodian.name


async def test_papers_stay_at_the_former_commune_until_a_manager_follows() -> None:
    loan_id = await a_tripartite()
    report = await import_with(MOVED)
    assert [(each.loan, each.school, each.change) for each in report.loans_concerned] == [
        (loan_id, cast.BAULON, "municipality")
    ]
    assert report.loans_concerned[0].number
    assert await commune_of_papers() == "Commune de Baulon"
    (to_settle,) = await list_changes(actor=cast.READER, now=cast.NOW)
    assert to_settle.told == "Baulon jusqu'ici, Rennes désormais"
    assert [str(each.loan.id) for each in to_settle.loans] == [loan_id]
    await settle_change(to_settle.change.id, Settlement.ACCEPT, "Fusion confirmée", actor=cast.MANAGER, now=cast.NOW)
    assert await commune_of_papers() == "Commune de Rennes"
    assert await list_changes(actor=cast.READER, now=cast.NOW) == []


async def test_a_commune_that_is_kept_stays() -> None:
    await a_tripartite()
    await import_with(MOVED)
    (to_settle,) = await list_changes(actor=cast.READER, now=cast.NOW)
    await settle_change(to_settle.change.id, Settlement.KEEP, "Erreur", actor=cast.MANAGER, now=cast.NOW)
    await import_with(MOVED)
    assert await commune_of_papers() == "Commune de Baulon"


async def test_without_loans_the_new_commune_is_taken_at_once() -> None:
    assert (await import_with(MOVED)).loans_concerned == []
    assert await commune_of_papers() == "Commune de Rennes"
    assert await list_changes(actor=cast.READER, now=cast.NOW) == []


async def test_another_service_is_told_nothing() -> None:
    await a_tripartite()
    await import_with(MOVED)
    assert await list_changes(actor=THEIRS, now=cast.NOW) == []
    assert (await place_of(cast.BAULON, cast.OTHER_SERVICE)).custodian.name == "Commune de Rennes"
    (to_settle,) = await list_changes(actor=cast.MANAGER, now=cast.NOW)
    with pytest.raises(NotFound, match=r"reference_change\.not_found"):
        await settle_change(to_settle.change.id, Settlement.ACCEPT, "x", actor=THEIRS, now=cast.NOW)


async def test_a_school_that_loses_its_status_is_put_to_a_manager_with_what_the_table_says() -> None:
    await a_tripartite()
    report = await import_with(PRIVATE_NOW)
    assert [each.change for each in report.loans_concerned] == ["kind"]
    (to_settle,) = await list_changes(actor=cast.MANAGER, now=cast.NOW)
    (touched,) = to_settle.loans
    assert touched.decision.outcome.value == "refused"
    assert "retour" in touched.act
    await settle_change(to_settle.change.id, Settlement.KEEP, "Public en fait", actor=cast.MANAGER, now=cast.NOW)
    assert (await schools.by_uai(cast.BAULON, cast.SERVICE)).kind is SchoolKind.PUBLIC_PRIMARY
    assert (await schools.by_uai(cast.BAULON, cast.OTHER_SERVICE)).kind is SchoolKind.PRIVATE_NO_CONTRACT


@pytest.mark.parametrize(
    ("changes", "kind"),
    [({cast.BAULON: {"etat": "FERME"}}, ChangeKind.CLOSED), ({cast.BAULON: None}, ChangeKind.ABSENT)],
)
async def test_a_closed_or_absent_school_is_put_to_a_manager(
    changes: dict[str, dict[str, str] | None], kind: ChangeKind
) -> None:
    await a_tripartite()
    report = await import_with(changes)
    assert [each.change for each in report.loans_concerned] == [kind.value]
    (to_settle,) = await list_changes(actor=cast.MANAGER, now=cast.NOW)
    assert to_settle.change.kind is kind


async def test_a_trial_names_the_loans_and_keeps_nothing() -> None:
    loan_id = await a_tripartite()
    report = await import_with(MOVED, dry_run=True)
    assert [each.loan for each in report.loans_concerned] == [loan_id]
    assert await list_changes(actor=cast.MANAGER, now=cast.NOW) == []
    assert await commune_of_papers() == "Commune de Baulon"


async def test_a_reason_is_asked_and_a_change_is_settled_once() -> None:
    await a_tripartite()
    await import_with(MOVED)
    (to_settle,) = await list_changes(actor=cast.MANAGER, now=cast.NOW)
    with pytest.raises(RuleBroken, match=r"reference_change\.invalid"):
        await settle_change(to_settle.change.id, Settlement.ACCEPT, " ", actor=cast.MANAGER, now=cast.NOW)
    await settle_change(to_settle.change.id, Settlement.ACCEPT, "Vu", actor=cast.MANAGER, now=cast.NOW)
    with pytest.raises(Conflict, match=r"reference_change\.settled"):
        await settle_change(to_settle.change.id, Settlement.ACCEPT, "Vu", actor=cast.MANAGER, now=cast.NOW)


async def test_an_extract_makes_nobody_absent() -> None:
    report = await import_with(dict.fromkeys((cast.CARDROC, cast.COLLEGE, cast.PRIVATE, cast.IME)))
    assert (report.read, report.absent, report.complete_departements) == (1, 0, [])


async def test_a_whole_file_names_its_departement() -> None:
    report = await import_with({cast.CARDROC: None})
    assert (report.absent, report.complete_departements) == (1, ["035"])
    whole = await import_schools(cast.ANNUAIRE, actor=cast.MANAGER, now=cast.NOW)
    assert (whole.absent, whole.complete_departements) == (0, ["035"])


async def test_a_manager_writes_the_schools_of_the_own_academie_alone() -> None:
    elsewhere = {cast.CARDROC: {"Code_academie": "17", "Code_departement": "072", "Nom_etablissement": "Autre"}}
    before = await schools.by_uai(cast.CARDROC, cast.SERVICE)
    report = await import_with(elsewhere)
    assert (report.outside, report.updated) == (1, 0)
    assert report.read == report.created + report.updated + report.unchanged + report.outside
    assert await schools.by_uai(cast.CARDROC, cast.SERVICE) == replace(before, absent_since=cast.TODAY)
    installed = await import_with(elsewhere, everywhere=True)
    assert (installed.outside, installed.updated) == (0, 1)


async def test_the_academie_is_that_of_the_service() -> None:
    await services.save(replace(await services.get(cast.SERVICE), academie="17", departement="072"))
    report = await import_with({})
    assert (report.outside, report.unchanged) == (5, 0)
    assert "35016" in await municipalities.names()


PARTLY = {cast.PRIVATE: {"Code_type_contrat_prive": "31"}}


async def a_private_loan() -> str:
    draft = await cast.a_draft(pupil=cast.TWO_HOMES, school=cast.PRIVATE)
    return str((await issue_loan(draft, issuer=cast.ISSUER)).case.loan.id)


async def test_a_contract_that_no_longer_covers_every_class_is_put_to_a_manager() -> None:
    loan_id = await a_private_loan()
    report = await import_with(PARTLY)
    assert [(each.loan, each.change) for each in report.loans_concerned] == [(loan_id, "contract")]
    (to_settle,) = await list_changes(actor=cast.MANAGER, now=cast.NOW)
    assert to_settle.told == "toutes ses classes étaient sous contrat, une partie seulement désormais"
    (touched,) = to_settle.loans
    assert (touched.decision.outcome.value, touched.decision.warnings[0].code) == ("allowed", "CLASSE_A_CONFIRMER")
    assert "Vérifiez que la classe de l'élève est sous contrat" in touched.act
    # What the annuaire says of the contract cannot be kept away: the answer says so.
    with pytest.raises(RuleBroken) as fault:
        await settle_change(to_settle.change.id, Settlement.KEEP, "x", actor=cast.MANAGER, now=cast.NOW)
    assert [each.pointer for each in fault.value.errors] == ["/decision"]
    await settle_change(to_settle.change.id, Settlement.ACCEPT, "Classe vue", actor=cast.MANAGER, now=cast.NOW)
    assert await list_changes(actor=cast.MANAGER, now=cast.NOW) == []
    await import_with({})
    (back,) = await list_changes(actor=cast.MANAGER, now=cast.NOW)
    assert "n'est plus à confirmer" in back.loans[0].act


async def test_a_contract_that_is_as_before_again_leaves_nothing_to_settle() -> None:
    await a_private_loan()
    await import_with(PARTLY)
    await import_with({})
    assert await list_changes(actor=cast.MANAGER, now=cast.NOW) == []


async def decide(kind: SchoolKind | None) -> None:
    school = await schools.by_uai(cast.PRIVATE, cast.SERVICE)
    command = DecideSchoolKind(uai=cast.PRIVATE, kind=kind, reason="Contrat résilié", version=school.version)
    await decide_school_kind(command, actor=cast.MANAGER, now=cast.NOW)


async def test_a_kind_decided_by_hand_is_put_with_each_loan_that_it_touches() -> None:
    loan_id = await a_private_loan()
    await decide(SchoolKind.PRIVATE_NO_CONTRACT)
    (to_settle,) = await list_changes(actor=cast.MANAGER, now=cast.NOW)
    assert to_settle.change.kind is ChangeKind.DECIDED
    assert to_settle.told.endswith("par décision de votre service")
    assert [(str(each.loan.id), each.decision.outcome.value) for each in to_settle.loans] == [(loan_id, "refused")]
    await settle_change(to_settle.change.id, Settlement.KEEP, "Erreur", actor=cast.MANAGER, now=cast.NOW)
    school = await schools.by_uai(cast.PRIVATE, cast.SERVICE)
    assert (school.kind, await list_changes(actor=cast.MANAGER, now=cast.NOW)) == (school.computed_kind, [])


async def test_a_decision_taken_back_or_without_loans_leaves_nothing_to_settle() -> None:
    await decide(SchoolKind.PRIVATE_NO_CONTRACT)
    await decide(None)
    await a_private_loan()
    assert await list_changes(actor=cast.MANAGER, now=cast.NOW) == []
    await decide(SchoolKind.PRIVATE_NO_CONTRACT)
    await decide(None)
    assert await list_changes(actor=cast.MANAGER, now=cast.NOW) == []


async def test_nothing_is_renewed_where_the_table_no_longer_allows_it() -> None:
    loan_id = UUID(await a_private_loan())
    await decide(SchoolKind.PRIVATE_NO_CONTRACT)
    for act in (
        renew_loan(Renew(loan_id=loan_id, ends_on=date(2028, 7, 31)), issuer=cast.ISSUER),
        amend_loan(Amend(loan_id=loan_id, effective_on=cast.TODAY, add=(cast.SPARE,)), issuer=cast.ISSUER),
    ):
        with pytest.raises(RuleBroken) as fault:
            await act
        assert fault.value.code == "loan.refused"
