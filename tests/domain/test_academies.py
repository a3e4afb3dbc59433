import pytest

from materiel.domain.academies import ACADEMIES, academie_code, academie_of, departement_code, same_academie


def test_every_metropolitan_departement_has_one_academie():
    numbers = [departement_code(f"{n:02}") for n in range(1, 96) if n != 20] + ["02A", "02B"]
    listed = [code for each in ACADEMIES.values() for code in each.departements]
    assert set(numbers) <= set(listed)
    assert len(listed) == len(set(listed))


@pytest.mark.parametrize(
    ("departement", "name"), [("35", "Rennes"), ("2a", "Corse"), ("1", "Lyon"), ("976", "Mayotte")]
)
def test_the_academie_of_a_departement(departement, name):
    assert academie_of(departement).name == name


def test_an_unknown_departement_has_no_academie():
    assert academie_of("999") is None


@pytest.mark.parametrize("former", ["05", "5", "21"])
def test_caen_and_rouen_are_normandie(former):
    assert academie_code(former) == "70"
    assert same_academie(former, "70")


def test_two_academies_differ():
    assert not same_academie("14", "17")


@pytest.mark.parametrize(
    ("code", "of_name"),
    [("14", "de Rennes"), ("02", "d'Aix-Marseille"), ("28", "de la Réunion"), ("20", "d'Amiens")],
)
def test_the_name_reads_after_a_noun(code, of_name):
    assert ACADEMIES[code].of_name == of_name


def test_no_name_elides_wrongly():
    for each in ACADEMIES.values():
        assert each.of_name.startswith("d'") == (each.name[0] in "AEIOUO")
