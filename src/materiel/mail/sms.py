"""Handing a message to a gateway of SMS: the one form that is spoken, and the alphabet that a message fits in.

`POST` of `{"to", "text", "sender", "reference"}` as JSON, with the token as a bearer. An answer in 2xx has taken the
message; in 4xx it refuses it for good, and may say why in `{"reason": …}`; anything else is for now. The reference is
the same at each attempt, so that the gateway may drop a second one. `docs/sms.md` tells it to whoever runs one.
"""

from __future__ import annotations

import asyncio
import json
import unicodedata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from materiel.domain.work.outbox import SMS_ANSWER, SMS_LATER, Message
from materiel.domain.work.sms_gateway import Gateway
from materiel.mail.smtp import ERROR_MAX, Attempt, SendingOutcome

TIMEOUT_SECONDS = 10.0
WHOLE_SECONDS = 30.0
"""For the whole of an answer, however slowly it comes."""

ANSWER_MAX = 4_000
TEXT_MAX = 160
"""Letters of one message in the alphabet of GSM; a longer text is cut into several, each of which is paid."""

# 3GPP TS 23.038, § 6.2.1, without the signs that count for two.
GSM = frozenset(
    "@£$¥èéùìòÇ\nØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_SAME = str.maketrans(
    {"’": "'", "‘": "'", "«": '"', "»": '"', "“": '"', "”": '"', "–": "-", "—": "-", "œ": "oe", "Œ": "OE", "ç": "c"}
)


def in_gsm(text: str) -> str:
    """A text in the alphabet of GSM, cut to one message: « ê » becomes « e », an unbreakable space a space."""
    kept = []
    for character in unicodedata.normalize("NFC", text.translate(_SAME)):
        plain = character if character in GSM else unicodedata.normalize("NFKD", character)
        kept.append("".join(each for each in plain if each in GSM))
    return " ".join("".join(kept).split())[:TEXT_MAX].rstrip()


class SmsSession:
    """Connections to a gateway, kept from one message to the next."""

    def __init__(self, gateway: Gateway, client: httpx.AsyncClient) -> None:
        """Of a gateway, by a client that follows no redirection: the token goes where the settings say."""
        self._gateway = gateway
        self._client = client

    async def send(self, message: Message) -> Attempt:
        """Hand over one message; never raises for what a gateway or a network may do."""
        told = {
            "to": message.to_address,
            "text": message.text,
            "sender": self._gateway.sender,
            "reference": message.message_id.strip("<>"),
        }
        try:
            async with asyncio.timeout(WHOLE_SECONDS):
                status, answer = await self._post(told)
        except (httpx.HTTPError, TimeoutError):
            return Attempt(SendingOutcome.LATER, "sms.unreachable")
        if 200 <= status < 300:
            return Attempt(SendingOutcome.SENT)
        why = f"{SMS_ANSWER}{status}: {_reason(answer)}".rstrip(": ")[:ERROR_MAX]
        is_final = 400 <= status < 500 and str(status) not in SMS_LATER
        return Attempt(SendingOutcome.REFUSED if is_final else SendingOutcome.LATER, why)

    async def _post(self, told: dict[str, str]) -> tuple[int, bytes]:
        headers = {"Authorization": f"Bearer {self._gateway.token}", "Accept": "application/json"}
        async with self._client.stream("POST", self._gateway.url, json=told, headers=headers) as response:
            answer = b""
            async for part in response.aiter_bytes():
                answer += part
                if len(answer) > ANSWER_MAX:
                    break
            return response.status_code, answer[:ANSWER_MAX]


@asynccontextmanager
async def sms_session_with(gateway: Gateway) -> AsyncIterator[SmsSession]:
    """Connections for the block, closed at its end."""
    async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, follow_redirects=False) as client:
        yield SmsSession(gateway, client)


def _reason(answer: bytes) -> str:
    """What a refusal says of itself, on one line; empty when it says nothing in the agreed form."""
    try:
        told = json.loads(answer)
    except (ValueError, RecursionError):
        return ""
    reason = told.get("reason") if isinstance(told, dict) else None
    if not isinstance(reason, str):
        return ""
    return " ".join("".join(each for each in reason if each.isprintable()).split())
