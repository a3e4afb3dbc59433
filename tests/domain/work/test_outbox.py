from __future__ import annotations

from datetime import timedelta

import pytest
from tests.stage.refusals import refused

from materiel.domain.work.outbox import (
    LONGEST_RETRY,
    check_envelope,
    check_sender,
    code_of,
    refusal_in_french,
    retry_delay,
)
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


@pytest.mark.parametrize("address", ["materiel@localhost", "matériel@exemple.fr", "", "materiel"])
def test_a_sender_whom_no_server_would_believe_is_refused(address: str) -> None:
    with refused(RuleBroken, "mail.sender_invalid"):
        check_sender(address)


@pytest.mark.parametrize(
    ("answer", "told", "logged"),
    [
        ("550 5.1.1 <a@exemple.fr> unknown", "cette adresse n'existe pas, ou n'existe plus", "550 5.1.1"),
        ("550-5.1.1 The email account", "cette adresse n'existe pas, ou n'existe plus", "550-5.1.1"),
        ("552 5.2.2 Mailbox full", "cette boîte est pleine", "552 5.2.2"),
        ("452 full", "la boîte est pleine", "452"),
        (
            "554 5.7.1 Spam",
            "le serveur refuse le message (protection contre les courriers indésirables)",
            "554 5.7.1",
        ),
        ("SMTPConnectError: a@exemple.fr", "le serveur d'envoi ne répond pas", "SMTPConnectError"),
        ("abandoned", "abandonné après de nombreux essais", "abandoned"),
        ("599 strange", "le serveur a répondu : 599 strange", "599"),
        ("", "", ""),
    ],
)
def test_what_a_server_answers_is_read_in_french_and_logged_without_an_address(
    answer: str, told: str, logged: str
) -> None:
    assert refusal_in_french(answer) == told
    assert code_of(answer) == logged
