"""`materiel mail test`, `sms` and `resend`, with a real SMTP server and a real gateway."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.cli.conftest import Run
from tests.mail.conftest import Postman, serving
from tests.stage.sms_gateway import sms_gateway


@pytest.fixture
def postman(monkeypatch: pytest.MonkeyPatch) -> Iterator[Postman]:
    made = Postman()
    controller = serving(made)
    controller.start()
    monkeypatch.setenv("MATERIEL_SMTP_URL", f"smtp://127.0.0.1:{made.port}?from=materiel@exemple.fr")
    yield made
    controller.stop()


def test_a_message_of_trial_arrives_and_says_who_writes(with_service: Run, postman: Postman) -> None:
    ran = with_service("mail", "test", "chef@exemple.fr")
    assert ran.code == 0, ran.err
    assert "a accepté le message d'essai" in ran.err
    (arrived,) = postman.received
    assert (arrived["to"], arrived["subject"]) == ("chef@exemple.fr", "Message d’essai")


def test_a_refusal_is_told_in_french_with_the_answer_of_the_server(with_service: Run, postman: Postman) -> None:
    postman.answers = {"chef@exemple.fr": "550 5.1.1 unknown"}
    ran = with_service("mail", "test", "chef@exemple.fr", "--json")
    assert ran.code == 1
    assert ran.json == {
        "outcome": "refused",
        "reason": "cette adresse n'existe pas, ou n'existe plus",
        "answer": "550 5.1.1 unknown",
    }


def test_without_a_server_the_command_says_which_setting(with_service: Run) -> None:
    ran = with_service("mail", "test", "chef@exemple.fr", "--json")
    assert (ran.code, ran.json["code"]) == (1, "mail.no_server")
    assert "MATERIEL_SMTP_URL" in ran.err


def test_a_sender_that_is_no_address_is_told_by_the_command(with_service: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATERIEL_SMTP_URL", "smtp://127.0.0.1:25?from=materiel@localhost")
    ran = with_service("mail", "test", "chef@exemple.fr", "--json")
    assert (ran.code, ran.json["code"]) == (1, "settings.invalid")
    assert "materiel@localhost" in ran.err


def test_nothing_refused_is_nothing_to_send_again(with_service: Run) -> None:
    ran = with_service("mail", "resend", "--json")
    assert (ran.code, ran.json) == (0, {"dry_run": False, "queued": 0, "left": []})


def test_an_sms_of_trial_arrives_and_says_who_writes(with_service: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with sms_gateway() as gateway:
        monkeypatch.setenv("MATERIEL_SMS_URL", gateway.gateway.url)
        monkeypatch.setenv("MATERIEL_SMS_TOKEN", gateway.gateway.token)
        ran = with_service("mail", "sms", "06 39 98 00 12")
        assert ran.code == 0, ran.err
        assert "a accepté le SMS d'essai" in ran.err
        (told,) = gateway.asked
        assert (told["to"], told["sender"]) == ("+33639980012", "")
        assert "DSDEN d'Ille-et-Vilaine" in told["text"]
        gateway.status, gateway.answer = 422, b'{"reason": "numero inconnu"}'
        ran = with_service("mail", "sms", "06 39 98 00 12", "--json")
        assert (ran.code, ran.json["outcome"], ran.json["answer"]) == (1, "refused", "sms 422: numero inconnu")
        assert "la passerelle SMS refuse" in with_service("mail", "sms", "06 39 98 00 12").err
        ran = with_service("mail", "sms", "02 99 00 00 35", "--json")
        assert (ran.code, ran.json["code"]) == (1, "sms.number_invalid")


def test_without_a_gateway_the_command_says_which_settings(with_service: Run) -> None:
    ran = with_service("mail", "sms", "06 39 98 00 12", "--json")
    assert (ran.code, ran.json["code"]) == (1, "sms.no_gateway")
    assert "MATERIEL_SMS_URL" in ran.err
