from dataclasses import replace

import pytest
from tests.use_cases.loan_cast import BAULON, MANAGER, NOW, a_child, a_request, set_up

from materiel.domain.address import Address
from materiel.domain.people.pupil import Home
from materiel.errors import RuleBroken
from materiel.use_cases.loan.loan import create_loan
from materiel.use_cases.papers.printable import printable
from materiel.use_cases.people.pupil import RegisterPupil, RepresentativeInput, register_pupil


def faults(error):
    return [each.pointer for each in error.value.errors]


def test_what_the_fonts_draw_passes_unchanged():
    child = replace(a_child(), last_name="Łódź-Nguyễn", first_name="Ольга")
    assert printable(child) is child


def test_a_name_from_right_to_left_asks_for_the_latin_spelling():
    child = replace(
        a_child(),
        last_name="محمد",
        homes=(Home(address=Address(lines=("1 rue 山",), postcode="35000", city="Rennes")),),
    )
    with pytest.raises(RuleBroken) as error:
        printable(child)
    assert error.value.code == "text.not_printable"
    assert faults(error) == ["/last_name", "/homes/0/lines/0"]
    assert "lettres latines" in error.value.message


async def test_a_pupil_whose_name_cannot_be_printed_is_not_registered(db):
    await set_up()
    command = RegisterPupil(
        last_name="שלום",
        first_name="Noam",
        birth_date=a_child().birth_date,
        school=BAULON,
        homes=a_child().homes,
        representatives=(RepresentativeInput(last_name="Exemple", first_name="Anne", capacity="mother"),),
    )
    with pytest.raises(RuleBroken) as error:
        await register_pupil(command, actor=MANAGER, now=NOW)
    assert faults(error) == ["/last_name"]


async def test_a_purpose_that_cannot_be_printed_prepares_no_loan(db):
    await set_up()
    with pytest.raises(RuleBroken, match=r"text\.not_printable"):
        await create_loan(a_request(purpose="Lire 😀"), actor=MANAGER, now=NOW)
