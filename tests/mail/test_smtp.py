from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from uuid import UUID

import pytest
from tests.mail.conftest import Postman, authenticate, free_port, serving
from tests.stage.refusals import refused

from materiel.domain.work.mail_server import Server
from materiel.domain.work.outbox import Message, Purpose
from materiel.errors import BadInput, RuleBroken
from materiel.mail.envelope import Attachment, Sender, put_together
from materiel.mail.smtp import SendingOutcome, session_with

NOW = datetime(2026, 9, 7, 9, 0, tzinfo=UTC)
SENDER = Sender(name="DSDEN d'Ille-et-Vilaine – matériel prêté", address="materiel@exemple.fr")


def a_message(**changes: object) -> Message:
    values: dict[str, object] = {
        "to_address": "lise@exemple.fr",
        "subject": "Un document attend votre signature\u00a0: été",
        "text": "Bonjour Élodie,\n\nhttps://pret.example.fr/f/" + "A" * 32 + "\n",
        "html": "<p>Bonjour Élodie</p>",
    }
    return Message(
        id=UUID(int=1),
        service_id=UUID(int=2),
        purpose=Purpose.SIGNATURE_REQUEST,
        message_id="<1@pret.example.fr>",
        created_at=NOW,
        next_attempt_at=NOW,
        **(values | changes),  # type: ignore[arg-type]
    )


def an_email(**changes: object) -> EmailMessage:
    return put_together(a_message(**changes), SENDER, sent_at=NOW)


async def test_a_message_arrives_whole(postman: Postman) -> None:
    email = put_together(a_message(), SENDER, sent_at=NOW, attachment=Attachment("35-2026-0001.pdf", b"%PDF-1.7"))
    async with session_with(postman.server) as line:
        assert (await line.send(email)).outcome is SendingOutcome.SENT
    (arrived,) = postman.received
    assert arrived["subject"] == "Un document attend votre signature\u00a0: été"
    assert arrived["from"] == "DSDEN d'Ille-et-Vilaine – matériel prêté <materiel@exemple.fr>"
    assert arrived["message-id"] == "<1@pret.example.fr>"
    assert arrived["auto-submitted"] == "auto-generated"
    assert arrived["content-language"] == "fr"
    assert arrived["date"].datetime == NOW
    plain, html = arrived.get_body(("plain",)), arrived.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().replace("\r\n", "\n") == a_message().text
    assert "Élodie" in html.get_content()
    (pdf,) = arrived.iter_attachments()
    assert (pdf.get_filename(), pdf.get_content_type(), pdf.get_content()) == (
        "35-2026-0001.pdf",
        "application/pdf",
        b"%PDF-1.7",
    )


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("550 unknown", SendingOutcome.REFUSED),
        ("552 full for good", SendingOutcome.REFUSED),
        ("452 full", SendingOutcome.LATER),
    ],
)
async def test_a_refused_address_is_refused_for_good_or_for_now(
    postman: Postman, answer: str, outcome: SendingOutcome
) -> None:
    postman.answers["lise@exemple.fr"] = answer
    async with session_with(postman.server) as line:
        attempt = await line.send(an_email())
        assert (attempt.outcome, attempt.error) == (outcome, answer)
        assert (await line.send(an_email(to_address="paul@exemple.fr"))).outcome is SendingOutcome.SENT


@pytest.mark.parametrize(
    ("answer", "outcome"), [("554 refused", SendingOutcome.REFUSED), ("451 later", SendingOutcome.LATER)]
)
async def test_a_refused_content_is_refused_for_good_or_for_now(
    postman: Postman, answer: str, outcome: SendingOutcome
) -> None:
    postman.after_data = answer
    async with session_with(postman.server) as line:
        assert (await line.send(an_email())).outcome is outcome


async def test_a_server_that_hangs_up_is_called_again(postman: Postman) -> None:
    postman.hang_up_after = 1
    async with session_with(postman.server) as line:
        assert (await line.send(an_email())).outcome is SendingOutcome.SENT
        assert (await line.send(an_email())).outcome is SendingOutcome.LATER
        postman.hang_up_after = None
        assert (await line.send(an_email())).outcome is SendingOutcome.SENT
    assert len(postman.received) == 2


async def test_a_server_that_does_not_answer_is_for_later(postman: Postman, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("materiel.mail.smtp.TIMEOUT_SECONDS", 0.2)
    postman.pause = 1.0
    async with session_with(postman.server) as line:
        attempt = await line.send(an_email())
    assert attempt.outcome is SendingOutcome.LATER
    assert "Timeout" in attempt.error


async def test_an_absent_server_is_for_later() -> None:
    async with session_with(Server.from_url(f"smtp://127.0.0.1:{free_port()}")) as line:
        assert (await line.send(an_email())).outcome is SendingOutcome.LATER


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")
async def test_the_password_is_shown_to_the_server_and_a_wrong_one_is_for_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # After a refusal, the client tries its other ways to log in, which this server leaves without an answer.
    monkeypatch.setattr("materiel.mail.smtp.TIMEOUT_SECONDS", 3.0)
    postman = Postman()
    controller = serving(postman, authenticator=authenticate, auth_required=True, auth_require_tls=False)
    controller.start()
    try:
        for password, outcome in (("cl%C3%A9%2F%C3%A9", SendingOutcome.SENT), ("faux", SendingOutcome.LATER)):
            async with session_with(Server.from_url(f"smtp://materiel:{password}@127.0.0.1:{postman.port}")) as line:
                assert (await line.send(an_email())).outcome is outcome
    finally:
        controller.stop()
    assert len(postman.received) == 1


def test_a_password_leaves_in_clear_for_this_machine_alone() -> None:
    assert Server.from_url("smtp://u:p@smtp.exemple.fr").start_tls is True
    assert Server.from_url("smtp://u:p@127.0.0.1").start_tls is None
    assert Server.from_url("smtp://u:p@localhost").start_tls is None
    assert Server.from_url("smtp://smtp.exemple.fr").start_tls is None
    assert Server.from_url("smtp://smtp.exemple.fr?starttls=oui").start_tls is True
    assert Server.from_url("smtp://u:p@smtp.exemple.fr?starttls=non").start_tls is False
    for answer, wanted in {"yes": True, "TRUE": True, "no": False, "false": False}.items():
        assert Server.from_url(f"smtp://smtp.exemple.fr?starttls={answer}").start_tls is wanted


def test_an_address_gives_the_port_and_the_sender() -> None:
    plain = Server.from_url("smtp://smtp.exemple.fr?from=ne-pas-repondre@exemple.fr")
    assert (plain.port, plain.implicit_tls, plain.from_address) == (25, False, "ne-pas-repondre@exemple.fr")
    secure = Server.from_url("smtps://u%40x:p%3A@smtp.exemple.fr")
    assert (secure.port, secure.implicit_tls, secure.start_tls) == (465, True, False)
    assert (secure.user, secure.password) == ("u@x", "p:")
    assert "p:" not in repr(secure)


@pytest.mark.parametrize("url", ["http://smtp.exemple.fr", "smtp://", "smtp://h?starttls=peut-etre"])
def test_a_wrong_address_is_refused(url: str) -> None:
    with refused(BadInput, "settings.invalid"):
        Server.from_url(url)


@pytest.mark.parametrize(
    "changes", [{"to_address": "a@exemple.fr\nBcc: b@exemple.fr"}, {"subject": "Objet\r\nBcc: b@exemple.fr"}]
)
def test_a_header_cannot_be_added(changes: dict[str, str]) -> None:
    with pytest.raises(RuleBroken):
        an_email(**changes)


def test_answers_go_to_the_service_when_another_address_sends() -> None:
    sender = Sender(name="Service", address="robot@exemple.fr", reply_to="materiel@exemple.fr")
    assert put_together(a_message(), sender, sent_at=NOW)["Reply-To"] == "materiel@exemple.fr"
    assert put_together(a_message(), SENDER, sent_at=NOW)["Reply-To"] is None


async def test_an_accent_before_the_at_sign_is_refused_once_where_the_server_cannot_carry_it() -> None:
    postman = Postman()
    controller = serving(postman, enable_SMTPUTF8=False)
    controller.start()
    try:
        async with session_with(postman.server) as line:
            attempt = await line.send(an_email(to_address="élise@exemple.fr"))
    finally:
        controller.stop()
    assert (attempt.outcome, attempt.error) == (SendingOutcome.REFUSED, "mail.smtputf8")
    assert attempt.reason == "le serveur d'envoi n'accepte pas les lettres accentuées d'une adresse"
    assert postman.received == []


async def test_an_accent_before_the_at_sign_leaves_by_smtputf8_where_the_server_offers_it() -> None:
    postman = Postman()
    controller = serving(postman, enable_SMTPUTF8=True)
    controller.start()
    try:
        async with session_with(postman.server) as line:
            assert (await line.send(an_email(to_address="élise@exemple.fr"))).outcome is SendingOutcome.SENT
    finally:
        controller.stop()
    assert len(postman.received) == 1


async def test_an_accent_in_the_domain_travels_in_ascii(postman: Postman) -> None:
    async with session_with(postman.server) as line:
        assert (await line.send(an_email(to_address="lise@école.fr"))).outcome is SendingOutcome.SENT
    assert postman.received[0]["to"] == "lise@xn--cole-9oa.fr"


@pytest.mark.parametrize(
    "url",
    [
        "smtp://127.0.0.1?from=materiel@localhost",
        "smtp://127.0.0.1?from=matériel@exemple.fr",
        "smtp://127.0.0.1?starttls=peut-être",
        "smtp://127.0.0.1?startls=oui",
        "smtp://127.0.0.1/dossier",
        "smtp://moi:mot#passe@127.0.0.1",
        "smtp://[::1",
        "smtp://127.0.0.1:0",
        "smtp://127.0.0.1:99999",
        "smtp://127.0.0.1:port",
    ],
)
def test_a_setting_that_would_fail_at_each_message_is_refused_at_start(url: str) -> None:
    with refused(BadInput, "settings.invalid"):
        Server.from_url(url)
