from __future__ import annotations

from datetime import timedelta

import pytest
from tests.refusals import refused

from materiel.domain.outbox import LONGEST_RETRY, check_envelope, retry_delay
from materiel.errors import RuleBroken


@pytest.mark.parametrize(
    "address",
    [
        "",
        "sans-arobase",
        "a@b",
        "a@exemple.fr\nBcc: b@exemple.fr",
        "a@exemple.fr, b@exemple.fr",
        "a b@exemple.fr",
        "<a@exemple.fr>",
        "a@exemple.fr\r",
        "a" * 250 + "@exemple.fr",
    ],
)
def test_an_address_that_could_add_a_header_is_refused(address: str) -> None:
    with refused(RuleBroken, "mail.address_invalid"):
        check_envelope(address, "Objet")


@pytest.mark.parametrize("subject", ["", "Objet\nBcc: b@exemple.fr", "Objet\r", "Objet\u2028suite", "o" * 201])
def test_a_subject_that_could_add_a_header_is_refused(subject: str) -> None:
    with refused(RuleBroken, "mail.subject_invalid"):
        check_envelope("a@exemple.fr", subject)


def test_french_typography_is_no_injection() -> None:
    check_envelope("prénom.nom+prêt@éducation.exemple.fr", "Rappel\u00a0: un document – n°\u00a035")


def test_the_delay_doubles_up_to_a_bound() -> None:
    assert [retry_delay(attempts, 0.5) for attempts in (1, 2, 3)] == [timedelta(minutes=each) for each in (1, 2, 4)]
    assert retry_delay(30, 0.5) == LONGEST_RETRY


def test_the_delay_is_spread_by_a_fifth() -> None:
    assert retry_delay(1, 0) == timedelta(seconds=48)
    assert retry_delay(1, 1) == timedelta(seconds=72)
