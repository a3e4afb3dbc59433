"""The gateway of SMS: the one form that is spoken, and what each answer means. A real HTTP server answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.stage.sms_gateway import TOKEN, SmsGateway, sms_gateway
from tests.use_cases import loan_cast as cast

from materiel.domain.work.outbox import Carrier, Message, Purpose, code_of
from materiel.mail import sms
from materiel.mail.sms import in_gsm, sms_session_with
from materiel.mail.smtp import Attempt, SendingOutcome
from materiel.mail.wording import sms_words
from materiel.store.engine.ids import new_id

MESSAGE = Message(
    id=new_id(),
    service_id=cast.SERVICE,
    purpose=Purpose.SIGNATURE_CODE,
    to_address="+33639980012",
    subject="Code de signature, par SMS",
    text="Code pour signer : 012345.",
    html="",
    message_id="<0193@materiel.exemple.fr>",
    created_at=cast.NOW,
    next_attempt_at=cast.NOW,
    carrier=Carrier.SMS,
)


@pytest.fixture
def gateway() -> Iterator[SmsGateway]:
    with sms_gateway() as made:
        yield made


async def send(gateway: SmsGateway) -> Attempt:
    async with sms_session_with(gateway.gateway) as session:
        return await session.send(MESSAGE)


async def test_a_message_is_posted_in_the_documented_form(gateway: SmsGateway) -> None:
    assert await send(gateway) == Attempt(SendingOutcome.SENT)
    assert gateway.asked == [
        {
            "to": "+33639980012",
            "text": "Code pour signer : 012345.",
            "sender": "Rectorat",
            "reference": "0193@materiel.exemple.fr",
        }
    ]
    assert gateway.tokens == [f"Bearer {TOKEN}"]


@pytest.mark.parametrize(
    ("status", "answer", "outcome", "error", "reason"),
    [
        (
            *(422, b'{"reason": "numero inconnu"}', SendingOutcome.REFUSED, "sms 422: numero inconnu"),
            "la passerelle SMS refuse le message : numero inconnu",
        ),
        (400, b"<html>", SendingOutcome.REFUSED, "sms 400", "la passerelle SMS refuse le message"),
        (400, b'{"reason": 12}', SendingOutcome.REFUSED, "sms 400", "la passerelle SMS refuse le message"),
        (401, b"", SendingOutcome.LATER, "sms 401", "la passerelle SMS refuse le jeton du service"),
        (429, b"", SendingOutcome.LATER, "sms 429", "la passerelle SMS ne répond pas comme convenu"),
        (503, b"", SendingOutcome.LATER, "sms 503", "la passerelle SMS ne répond pas comme convenu"),
        (302, b"", SendingOutcome.LATER, "sms 302", "la passerelle SMS ne répond pas comme convenu"),
    ],
)
async def test_each_answer_says_whether_to_try_again(
    gateway: SmsGateway, status: int, answer: bytes, outcome: SendingOutcome, error: str, reason: str
) -> None:
    gateway.status, gateway.answer = status, answer
    attempt = await send(gateway)
    assert (attempt.outcome, attempt.error, attempt.reason) == (outcome, error, reason)
    assert code_of(attempt.error) == f"sms {status}", "a log keeps no more"


async def test_a_redirection_is_not_followed_with_the_token(gateway: SmsGateway) -> None:
    with sms_gateway() as elsewhere:
        gateway.status, gateway.location = 307, elsewhere.gateway.url
        assert (await send(gateway)).outcome is SendingOutcome.LATER
        assert elsewhere.asked == []


async def test_an_endless_answer_is_read_no_further(gateway: SmsGateway) -> None:
    gateway.status, gateway.answer = 422, b'{"reason": "' + b"a" * 1_000_000
    assert (await send(gateway)).error == "sms 422"


async def test_a_gateway_that_dies_or_stalls_is_tried_again(
    gateway: SmsGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway.dies_after_taking = True
    assert await send(gateway) == Attempt(SendingOutcome.LATER, "sms.unreachable")
    gateway.dies_after_taking = False
    monkeypatch.setattr(sms, "TIMEOUT_SECONDS", 0.2)
    gateway.pause = 0.5
    attempt = await send(gateway)
    assert attempt == Attempt(SendingOutcome.LATER, "sms.unreachable")
    assert attempt.reason == "la passerelle SMS ne répond pas"


async def test_nobody_there_is_tried_again() -> None:
    with sms_gateway() as gone:
        gateway = gone.gateway
    async with sms_session_with(gateway) as session:
        assert await session.send(MESSAGE) == Attempt(SendingOutcome.LATER, "sms.unreachable")


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("Rectorat de l’académie d’Aix-Marseille", "Rectorat de l'académie d'Aix-Marseille"),
        ("Prêt « à l’œuvre » de Françoise", 'Pret " à l\'oeuvre " de Francoise'),
        ("Code\u00a0: 12\u202f3", "Code : 12 3"),
        ("a" * 200, "a" * 160),
        ("École 學校 d’été", "École d'été"),
    ],
)
def test_a_text_fits_one_message_of_the_alphabet_of_gsm(written: str, sent: str) -> None:
    assert in_gsm(written) == sent


def test_the_words_say_the_code_the_delay_and_the_service_and_no_more() -> None:
    class Service:
        name = "Rectorat de l’académie de Rennes"

    said = in_gsm(sms_words("code", {"digits": "012345", "service": Service()}))
    assert said == (
        "Code pour signer : 012345. Il vaut dix minutes. Ne le donnez à personne. Rectorat de l'académie de Rennes"
    )
    assert len(said) <= 160
