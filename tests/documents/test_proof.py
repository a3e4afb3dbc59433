"""What the page of proof says of each means by which a signer was told from others."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from tests.documents.sample_contents import content

from materiel.documents.content import Details
from materiel.documents.proof.page import compose_proof
from materiel.domain.papers.document import Party, SignatureChannel
from materiel.domain.signing.evidence import Means
from materiel.domain.signing.record import ProofRecord, SignedBox, Told

AT = datetime(2026, 9, 7, 9, 0, tzinfo=UTC)
BY_MAIL = Told(
    typed_name="Lise Exemple",
    capacity="mère",
    means=Means.EMAIL,
    address="l•••@exemple.fr",
    shown_at=AT,
    consented_at=AT,
    code_sent_at=AT,
    code_checked_at=AT,
    sha256="0" * 64,
    digest="1" * 64,
    shared_mailbox=True,
)
BY_SMS = replace(BY_MAIL, means=Means.SMS, address="••• 12")
BY_IDENTITY = replace(
    BY_MAIL,
    means=Means.IDENTITY,
    address="",
    code_sent_at=None,
    shared_mailbox=False,
    identity_seen="ÉduConnect, identifiant opaque 00ff",
)


def rows_of(told: Told) -> dict[str, str]:
    box = SignedBox(
        signatory=UUID(int=1),
        party=Party.BORROWER,
        name="Lise Exemple",
        capacity="mère",
        channel=SignatureChannel.ELECTRONIC,
        signed_on=date(2026, 9, 7),
        evidence=told,
    )
    record = ProofRecord(
        document=UUID(int=2),
        number="DSDEN35-2026-00001",
        kind="loan_agreement",
        issued_on=date(2026, 9, 7),
        code="0123456789ABC",
        sha256="0" * 64,
        pages=2,
        made_at=AT,
        signed=(box,),
    )
    pages = compose_proof(record, content(), ZoneInfo("Europe/Paris"))
    details = [each for each in pages.blocks if isinstance(each, Details)]
    return {name: "".join(run.text for run in text) for name, text in details[-1].rows}


def test_a_code_by_mail_tells_the_address_and_who_else_reads_it() -> None:
    rows = rows_of(BY_MAIL)
    assert rows["Comment"] == "Code à usage unique reçu par courriel"
    assert rows["Adresse utilisée"] == "l•••@exemple.fr"
    assert "à cette adresse" in rows["Boîte partagée"]
    assert "Code vérifié, signature donnée" in rows


def test_a_code_by_sms_tells_the_number() -> None:
    rows = rows_of(BY_SMS)
    assert rows["Comment"] == "Code à usage unique reçu par SMS"
    assert rows["Numéro utilisé"] == "••• 12"
    assert "à ce numéro" in rows["Numéro partagé"]


def test_an_identity_tells_the_provider_and_no_code() -> None:
    rows = rows_of(BY_IDENTITY)
    assert rows["Comment"] == "Identité donnée par un fournisseur d’identité, à la place du code"
    assert rows["Identité donnée par"] == "ÉduConnect, identifiant opaque 00ff"
    assert "Signature donnée" in rows
    assert not {"Code envoyé", "Code vérifié, signature donnée", "Identité constatée", "Adresse utilisée"} & set(rows)
