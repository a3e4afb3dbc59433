"""What may be called, what a call says and how it is signed."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from uuid import UUID

import pytest
from tests.stage.refusals import refused

from materiel.domain.history.sentence import sentence
from materiel.domain.work.webhook import (
    MOST_TRIES,
    MOST_WEBHOOKS,
    WebhookEvent,
    body_of,
    call_again_in,
    check_not_too_many,
    checked_webhook,
    may_be_called,
    signature,
)
from materiel.errors import RuleBroken

EVENTS = ["loan.issued"]
NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)

INSIDE = [
    *("127.0.0.1", "10.1.2.3", "172.16.0.9", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
    *("224.0.0.1", "255.255.255.255", "192.0.2.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1"),
    # IPv4 in the clothes of IPv6: mapped, 6to4, Teredo, NAT64.
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "2002:a00:1::", "64:ff9b::a9fe:a9fe"),
    "2001:0:4136:e378:8000:63bf:f5ff:fffe",
    # And in others: IPv4-compatible, translated (SIIT), the local prefix of NAT64.
    *("::7f00:1", "::ffff:0:7f00:1", "64:ff9b:1::7f00:1", "64:ff9b:1:a00::1"),
    # Of no network that is reached from elsewhere, whatever the version of Python thinks of them.
    *("fec0::1", "192.0.0.8", "192.88.99.1", "5f00::1", "3fff::1", "2001:db8::1"),
]


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_refused(address: str) -> None:
    assert not may_be_called(ip_address(address), "")


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::1111", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"])
def test_an_address_of_the_internet_is_called(address: str) -> None:
    assert may_be_called(ip_address(address), "")


def test_the_settings_allow_a_network_and_no_other() -> None:
    assert may_be_called(ip_address("10.2.3.4"), "10.2.0.0/16,192.168.1.7")
    assert may_be_called(ip_address("::ffff:10.2.3.4"), "10.2.0.0/16")
    assert may_be_called(ip_address("192.168.1.7"), "10.2.0.0/16,192.168.1.7")
    assert not may_be_called(ip_address("10.3.0.1"), "10.2.0.0/16,192.168.1.7")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "outil.exemple.fr",
        "ftp://outil.exemple.fr/",
        "https://",
        "https://nom:secret@outil.exemple.fr/",
        "https://outil.exemple.fr/#ancre",
        "https://outil.exemple.fr:0/",
        "https://outil.exemple.fr:99999/",
        "https://outil.exemple.fr/é",
        "https://outil.exemple.fr/a b",
        "https://outil.exemple.fr\\@127.0.0.1/",
        "https://" + "a" * 500,
        "http://outil.exemple.fr/",
        "http://93.184.216.34/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://outil.localhost./",
        "https://[::1]/",
        "https://[::ffff:169.254.169.254]/",
        "https://[fe80::1%25eth0]/",
    ],
)
def test_what_is_no_address_to_call_is_refused(url: str) -> None:
    with refused(RuleBroken, "webhook.invalid") as caught:
        checked_webhook(url, EVENTS, "")
    assert [each.pointer for each in caught.value.errors] == ["/url"]


def test_an_address_in_https_is_kept_as_it_is_and_an_inner_one_when_allowed() -> None:
    assert (
        checked_webhook(" https://outil.exemple.fr:8443/a?b=c ", EVENTS, "")[0] == "https://outil.exemple.fr:8443/a?b=c"
    )
    assert checked_webhook("http://10.2.0.9/a", EVENTS, "10.2.0.0/16")[0] == "http://10.2.0.9/a"
    with refused(RuleBroken, "webhook.invalid"):
        checked_webhook("http://10.9.0.9/a", EVENTS, "10.2.0.0/16")


def test_events_are_of_the_list_each_once() -> None:
    asked = ["loan.returned", "loan.issued", "loan.issued"]
    assert checked_webhook("https://outil.exemple.fr", asked, "")[1] == ("loan.issued", "loan.returned")
    for wrong in ([], ["loan.issued", "pupil.registered"]):
        with refused(RuleBroken, "webhook.invalid"):
            checked_webhook("https://outil.exemple.fr", wrong, "")


def test_all_that_is_at_fault_is_told_at_once() -> None:
    with refused(RuleBroken, "webhook.invalid") as caught:
        checked_webhook("ftp://outil", [], "")
    assert [each.pointer for each in caught.value.errors] == ["/url", "/events"]


@pytest.mark.parametrize("event", list(WebhookEvent))
def test_each_event_is_an_entry_of_the_journal(event: WebhookEvent) -> None:
    details = {"inventory_number": "1", "from": "in_stock", "to": "lost", "reason": "x"}
    assert "Action «" not in sentence(event.value, details)
    assert not event.value.startswith(("pupil", "user", "access_link"))


def test_a_call_says_what_when_and_which_and_no_more() -> None:
    body = json.loads(body_of(UUID(int=7), "loan.issued", NOW, "loan", str(UUID(int=8)), "35-2026-00012"))
    assert body == {
        "id": str(UUID(int=7)),
        "event": "loan.issued",
        "at": "2026-11-30T09:00:00+00:00",
        "object": {"kind": "loan", "id": str(UUID(int=8)), "number": "35-2026-00012"},
    }


def test_a_call_is_signed_with_its_instant() -> None:
    instant = str(int(NOW.timestamp()))
    wanted = hmac.new(b"secret", f"{instant}.corps".encode(), hashlib.sha256).hexdigest()
    assert signature("secret", "corps", NOW) == f"t={instant},v1={wanted}"


def test_tries_are_spaced_and_last_more_than_a_day() -> None:
    assert call_again_in(1, 0.5) == timedelta(minutes=1)
    assert call_again_in(3, 0.0) == timedelta(minutes=3, seconds=12)
    assert call_again_in(30, 0.5) == timedelta(hours=6)
    assert timedelta(days=1) < sum((call_again_in(each, 0.5) for each in range(1, MOST_TRIES)), timedelta())


def test_a_service_has_few_webhooks() -> None:
    check_not_too_many(MOST_WEBHOOKS - 1)
    with refused(RuleBroken, "webhook.too_many"):
        check_not_too_many(MOST_WEBHOOKS)
