import re
from dataclasses import replace
from datetime import date

import pytest
from tests.documents.cast import (
    ADULT,
    BEFORE_REFERENT,
    BEFORE_SHORTER,
    BOOK,
    BRAILLE,
    CASES,
    CDAPH,
    COMMUNE,
    FATHER,
    FORMERLY,
    GUARDIAN,
    ISSUED_ON,
    LAPTOP,
    LUCIE,
    MOTHER,
    ONE_HOME,
    RENTED,
    SOFTWARE,
    facts,
    lines_of,
)
from tests.documents.conftest import FOLDER
from tests.documents.reading import block_texts, body, composed, page, readable

from materiel.documents.compose import compose
from materiel.documents.content import Heading, Signatures, Table
from materiel.documents.content_json import content_from_json, content_to_json
from materiel.documents.pdf import render_pdf
from materiel.documents.variables import place_name
from materiel.documents.wording import wording_on, wordings_of
from materiel.domain.language.french import long_date
from materiel.domain.papers.document import AGREEMENTS, DocumentKind

AGREEMENT_CASES = [name for name, case in CASES.items() if case.kind in AGREEMENTS]
LOAN_CASES = [name for name in AGREEMENT_CASES if CASES[name].pupil]
DEPOSIT_CASES = [name for name in AGREEMENT_CASES if CASES[name].custodian]

FORBIDDEN = (
    "bon père de famille",
    "caution",
    "dépôt de garantie",
    "prix",
    "valeur",
    "899",
    "2 890",
    "handicap",
    "déficien",
    "médical",
    "diagnosti",
    "trouble",
    "AEEH",
    "taux d'incapacité",
    "invalid",
    "appareil auditif",
)


def body_of(name):
    return body(composed(CASES[name]))


def article(name, heading):
    content = composed(CASES[name])
    starts = [i for i, b in enumerate(content.blocks) if isinstance(b, Heading) and readable(b.text).endswith(heading)]
    assert starts, f"no article {heading}"
    found = []
    for block in content.blocks[starts[0] + 1 :]:
        if isinstance(block, Heading):
            break
        found += block_texts(block)
    return readable("\n".join(found))


DAYS = {date(2025, 9, 1): FORMERLY} | {day: day for day in (BEFORE_SHORTER, BEFORE_REFERENT, ISSUED_ON)}
"""A day on which each wording was in force, by its first."""

APPROVED = [(name, wording.in_force_from) for name, case in CASES.items() for wording in wordings_of(case.kind)]


@pytest.mark.parametrize(("name", "wording"), APPROVED, ids=str)
def test_the_document_reads_as_approved(name, wording, golden):
    content = composed(replace(CASES[name], issued_on=DAYS[wording]))
    assert content.wording == wording
    golden(f"{wording.isoformat()}/{name}.txt", page(content))


def test_every_approved_text_belongs_to_a_case():
    wanted = {f"{wording.isoformat()}/{name}.txt" for name, wording in APPROVED}
    assert {path.relative_to(FOLDER).as_posix() for path in FOLDER.glob("*/*.txt")} == wanted


@pytest.mark.parametrize("name", LOAN_CASES)
def test_p1_and_p2_name_the_pupil_the_responsible_people_and_every_home(name):
    case, text = CASES[name], body_of(name)
    assert case.pupil.full_name in text
    for home in case.pupil.homes:
        assert f"{home.address.lines[-1]}, {home.address.postcode} {home.address.city}" in text
    for signatory in case.signatories:
        assert signatory.name in text


@pytest.mark.parametrize("name", AGREEMENT_CASES)
def test_p3_and_d1_give_each_item_its_designation_and_inventory_number(name):
    (table,) = (block for block in composed(CASES[name]).blocks if isinstance(block, Table))
    inventory = table.header.index("N°\u00a0d’inventaire")
    assert [(readable(row[0]), row[inventory]) for row in table.rows] == [
        (line.item.designation, line.item.inventory_number) for line in CASES[name].items
    ]


@pytest.mark.parametrize("name", LOAN_CASES)
def test_p4_gives_the_duration_and_the_use(name):
    text = article(name, "Durée")
    assert long_date(CASES[name].first_day) in text
    assert ("31 août 2027" in text) == (CASES[name].loan.ends_on is not None)
    assert "prendre des notes en classe" in article(name, "Usage convenu")


@pytest.mark.parametrize("name", LOAN_CASES)
def test_p5_reminds_of_reasonable_care_wear_and_use(name):
    text = body_of(name)
    assert re.search(r"raisonnablement.*article 1880", text)
    assert "article 1884" in text
    assert "article 1881" in text
    assert ("article 1882" in text) is (name != "loan_licence")


@pytest.mark.parametrize("name", LOAN_CASES)
def test_p6_says_that_the_state_replaces_what_is_lost_without_fault(name):
    text = article(name, "Perte, vol ou dommage")
    assert re.search(r"perdu ou volé sans .*faute.*l'État prend son remplacement à sa charge", text)
    assert ("plainte" in text) is (name != "loan_licence")
    assert ("assureur" in text) is (name != "loan_licence")


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("Livraison et installation", "bon de remise"),
        ("Entretien et réparation", "Les réparations et leur coût sont à"),
        ("Frais de fonctionnement", r"papier|ne demande aucun frais"),
    ],
    ids=["P7 D4", "P8 D5", "P9 D6"],
)
@pytest.mark.parametrize("name", AGREEMENT_CASES)
def test_delivery_upkeep_and_running_costs_are_described(name, heading, expected):
    assert re.search(expected, article(name, heading))


@pytest.mark.parametrize("name", DEPOSIT_CASES)
def test_d2_permits_the_use_and_d3_limits_the_duties_of_the_custodian(name):
    text = body_of(name)
    assert "article 1930" in text
    assert re.search(r"n'est tenu qu'aux obligations d'un dépositaire au sens des articles 1927 et suivants", text)
    assert "1928" not in text
    assert "article 1944" in text
    assert "article 1937" in text
    assert CASES[name].custodian.name in text


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("deposit")])
def test_a_deposit_names_no_pupil(name):
    assert "Martin" not in body_of(name)


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("notice")])
def test_a_notice_tells_the_nature_and_the_beneficiary_and_nothing_more(name):
    text = body_of(name)
    assert "Lucie Martin" in text
    assert "ordinateur (" in text
    assert "2026-2027/0040" in text
    assert "pour information" in text
    assert "n° 2001-221" in text
    for secret in (
        *("Ajoncs", "Tilleuls", "CDAPH", "MDPH", "braille", "agrandissement", "Pupitre", "chargeur", "housse"),
        "visuelle",
        *("PF3XK9Q2", "CLE-ABCD", "35-2026-0001", "Claire", "Durand", "notes en classe"),
    ):
        assert secret not in text


def test_a_notice_after_a_move_says_that_the_pupil_arrives():
    assert "qui rejoint" in body_of("notice_new_school")
    assert "qui rejoint" not in body_of("notice_mayor")


@pytest.mark.parametrize("name", CASES)
def test_no_document_holds_a_word_that_it_must_not(name):
    text = body_of(name).lower()
    assert [word for word in FORBIDDEN if word.lower() in text] == []


@pytest.mark.parametrize("name", [name for name in CASES if CASES[name].items == lines_of(RENTED)])
def test_a_rented_item_is_not_said_to_belong_to_the_state(name):
    assert "propriété de l'État" not in body_of(name)
    assert "est loué par le service gestionnaire" in body_of(name)


def test_items_of_both_kinds_are_told_apart():
    text = body_of("loan_partly_rented")
    assert "est loué par le service gestionnaire : 35-2026-0007" in text
    assert "propriété de l'État" not in text


def test_the_owner_of_a_rented_item_is_named_when_known():
    assert "Propriétaire du matériel loué : Loc'Matériel." in body_of("loan_rented")
    assert "Propriétaire du matériel loué" not in body_of("loan_two_homes")


def test_a_third_party_does_not_read_the_decision():
    assert "CDAPH" in body_of("loan_two_homes")
    assert "CDAPH" not in body_of("tripartite_commune")
    assert CDAPH.reference not in "".join(body_of(name) for name in CASES)


def test_two_signing_parents_learn_what_solidarity_means():
    assert "solidairement" in body_of("loan_two_homes")
    for name in ("loan_one_home_pas", "loan_adult", "loan_curatorship", "loan_guardianship"):
        assert "solidairement" not in body_of(name)


def test_two_required_signatures_are_not_said_to_be_optional():
    both = replace(CASES["loan_two_homes"].service, ask_both_parents=True)
    text = body(composed(facts(DocumentKind.LOAN_AGREEMENT, service=both)))
    assert "solidairement" in text
    assert "signature d'une seule" not in text


def test_an_adult_pupil_signs_and_no_parent_is_named():
    text = body_of("loan_adult")
    assert "l'élève, qui signe en son propre nom" in text
    assert "Claire" not in text
    assert "18 ans" not in text


def test_a_protected_adult_is_named_with_the_protector_only():
    text = body(composed(facts(DocumentKind.LOAN_AGREEMENT, pupil=CASES["loan_guardianship"].pupil)))
    assert GUARDIAN.full_name in text
    assert MOTHER.full_name not in text


def test_a_parent_with_sole_authority_is_named_alone():
    alone = replace(LUCIE, representatives=(replace(MOTHER, sole_authority=True), FATHER))
    text = body(composed(facts(DocumentKind.LOAN_AGREEMENT, pupil=alone)))
    assert MOTHER.full_name in text
    assert FATHER.full_name not in text


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith(("loan", "tripartite"))])
def test_the_family_is_informed_about_its_data(name):
    text = article(name, "Vos données personnelles")
    kept = "sept ans" if name == "loan_licence" else "cinq ans"
    for expected in ("responsable du traitement", "mission d'intérêt public", kept, "CNIL", "vous y opposer"):
        assert expected in text
    assert "consentement n'est donc pas demandé" in text


def test_the_data_notice_says_the_years_of_the_service_at_issue():
    for name, heading in (("loan_licence", "Vos données personnelles"), ("deposit_books", "Données personnelles")):
        assert "Tableau de gestion de l'académie, ligne 12." in article(name, heading)
    text = article("loan_licence", "Vos données personnelles")
    assert "sept ans après la restitution" in text
    assert "deux ans après le dernier acte" in text
    assert "Selon quelle règle" not in article("loan_book", "Vos données personnelles")
    years = replace(CASES["deposit_books"], service=replace(CASES["deposit_books"].service, loan_years=1))
    assert "élimination un an après la restitution" in body(composed(years))


KEPT_DATA = (
    *("date de naissance", "domicile", "régime de protection", "désaccord", "référence et dates de la décision"),
    *("copies numérisées", "preuves", "tracé", "plainte", "attestation d'assureur", "messages", "adresse électronique"),
)


@pytest.mark.parametrize("name", LOAN_CASES)
def test_the_data_notice_names_every_kind_of_data_recipient_and_basis(name):
    text = article(name, "Vos données personnelles")
    assert [kind for kind in KEPT_DATA if kind not in text] == []
    told = "dépositaire" if CASES[name].custodian else "La mairie"
    for recipient in (told, "agents du service", "réparateur", "archives publiques"):
        assert recipient in text
    assert "article 9, paragraphe 2, point g" in text
    assert "Rien d'autre" not in text


def of_families(kind, *items):
    custodian = None if kind is DocumentKind.LOAN_AGREEMENT else COMMUNE
    pupil = {} if kind is not DocumentKind.DEPOSIT_AGREEMENT else {"pupil": None}
    return body(composed(facts(kind, custodian=custodian, items=lines_of(*items), **pupil)))


OF_AN_OBJECT = ("étiquette d'inventaire", "bon état")
OF_A_DEVICE = ("recharge", "batteries", "démonte")
OF_A_LICENCE = ("logiciel", "Logiciel", "mises à jour", "se copient pas")
OF_DATA = ("mots de passe", "définitivement")


@pytest.mark.parametrize("kind", sorted(AGREEMENTS), ids=str)
def test_clauses_follow_the_families_of_the_list(kind):
    book, licence, braille, laptop = (of_families(kind, item) for item in (BOOK, SOFTWARE, BRAILLE, LAPTOP))
    assert [word for word in (*OF_A_DEVICE, *OF_A_LICENCE, *OF_DATA, "panne", "électricité") if word in book] == []
    assert [word for word in (*OF_AN_OBJECT, *OF_A_DEVICE, *OF_DATA, "votre plainte") if word in licence] == []
    assert "désinstallant" in licence
    assert [word for word in (*OF_A_LICENCE, *OF_DATA) if word in braille] == []
    assert "recharge" in braille
    assert [word for word in ("mises à jour", "se copient pas", *OF_DATA, "recharge") if word not in laptop] == []
    everything = of_families(kind, BOOK, SOFTWARE, BRAILLE, LAPTOP)
    assert [word for word in ("mises à jour", *OF_DATA, "recharge", "désinstallant") if word not in everything] == []


def test_receipts_tell_of_a_licence_whether_it_is_installed():
    text = body_of("handover_licence")
    for expected in ("État ou installation", "Installé", "Ne marche pas", "Installation à constater"):
        assert expected in text
    assert "Bon état" not in text
    assert "Désinstallation à vérifier" in body_of("return_clean")


def test_only_what_keeps_data_is_said_to_be_erased():
    assert "efface définitivement" in body_of("return_clean")
    assert "efface" not in body_of("return_book")
    assert "tél." in body_of("return_book")


IMPOSED = re.compile(
    r"(?:dépositaire|école ou l'établissement) (?:doit|devra|s'engage|prévient|envoie|signale|copie|retire"
    r"|remet|fournit|assure|laisse|nous (?:prévient|signale|envoie|laisse))\b"
)


@pytest.mark.parametrize("name", DEPOSIT_CASES)
def test_nothing_beyond_the_law_is_imposed_on_a_depositary(name):
    """C. civ., art. 1927 and 1928: what is asked beyond the care of one's own things is asked, and said to be."""
    text = body_of(name)
    assert IMPOSED.findall(text) == []
    if "n'y ajoute rien" in text:
        assert "est invité à" in text


@pytest.mark.parametrize("name", AGREEMENT_CASES)
def test_articles_are_numbered_without_a_gap(name):
    numbers = [
        int(re.match(r"Article\u00a0(\d+)\u00a0– \S", block.text).group(1))
        for block in composed(CASES[name]).blocks
        if isinstance(block, Heading) and block.numbered
    ]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("name", CASES)
def test_no_text_is_empty_and_no_heading_level_is_skipped(name):
    content = composed(CASES[name])
    level = 1
    for block in content.blocks:
        for text in block_texts(block):
            assert text.strip()
        if isinstance(block, Heading):
            assert block.level <= level + 1
            level = block.level


@pytest.mark.parametrize("name", [name for name in CASES if not name.startswith("notice")])
def test_each_signatory_has_a_box_in_order(name):
    (boxes,) = (block.boxes for block in composed(CASES[name]).blocks if isinstance(block, Signatures))
    assert [(readable(box.name), box.optional) for box in boxes] == [
        (s.name, s.optional) for s in CASES[name].signatories
    ]
    assert all(box.mention.startswith("Datez et signez") for box in boxes)


def test_a_clean_return_is_discharged_whole():
    text = article("return_clean", "Quitus")
    assert "donne quitus" in text
    assert "plus rien ne lui est dû" in text
    assert "réserve" not in text


def test_a_part_of_a_kit_that_is_not_given_back_is_reserved():
    text = article("return_kit", "Quitus")
    assert "Tout est rendu" not in text
    assert "n'est pas rendu, et reste prêté" in text.lower().replace("’", "'")
    assert BRAILLE.inventory_number in text


def test_a_reserved_return_states_facts_and_no_fault():
    text = article("return_reserved", "Quitus")
    assert "souris (35-2026-0001)" in text
    assert "abîmé" in text
    assert "braille" not in text
    assert "ne disent pas qu'il y a eu une faute" in text


def test_an_unchecked_return_gives_no_discharge_for_it():
    text = article("return_unchecked", "Quitus")
    assert "donne quitus" not in text
    assert "reste à constater" in text


def test_an_amendment_shows_what_goes_and_what_comes():
    captions = [b.caption for b in composed(CASES["amendment_swapped"]).blocks if isinstance(b, Table)]
    assert captions == ["Matériel retiré", "Matériel ajouté", "Matériel remis, après cet avenant"]
    assert "Motif du retrait : panne non réparable." in body_of("amendment_swapped")


@pytest.mark.parametrize(
    ("case", "message"),
    [
        (facts(DocumentKind.AMENDMENT, agreement_number="1"), "no change"),
        (facts(DocumentKind.NOTICE, agreement_number="1"), "no addressee"),
        (facts(DocumentKind.DEPOSIT_AGREEMENT, pupil=None), "custodian"),
    ],
    ids=["amendment", "notice", "deposit"],
)
def test_facts_that_lack_the_essential_are_refused(case, message):
    with pytest.raises((ValueError, KeyError), match=message):
        composed(case)


def test_a_wording_of_another_kind_is_refused():
    other = wording_on(DocumentKind.NOTICE, date(2026, 11, 21))
    with pytest.raises(ValueError, match="cannot be composed with the wording of notice"):
        compose(CASES["loan_adult"], other)


@pytest.mark.parametrize("name", CASES)
def test_a_stored_content_is_read_back_equal(name):
    content = composed(CASES[name])
    stored = content_to_json(content)
    assert content_from_json(stored) == content
    assert content_to_json(content_from_json(stored)) == stored


@pytest.mark.parametrize(
    "altered",
    ["", "[]", "{}", '{"blocks": [{"type": "script"}]}', '{"blocks": [{"type": "heading", "level": "x"}]}'],
)
def test_an_altered_content_is_refused(altered):
    with pytest.raises(ValueError, match="not a document content"):
        content_from_json(altered)


def test_composing_twice_gives_the_same_bytes():
    first, second = (content_to_json(composed(CASES["tripartite_commune"])) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("city", "place"),
    [
        ("RENNES CEDEX 7", "Rennes"),
        ("Rennes", "Rennes"),
        ("L'HAŸ-LES-ROSES", "L'Haÿ-les-Roses"),
        ("LE MANS", "Le Mans"),
        ("SAINT-MALO Cedex", "Saint-Malo"),
    ],
)
def test_a_letter_is_dated_from_a_town(city, place):
    assert place_name(city) == place


def test_a_custodian_is_named_with_its_act():
    assert readable(COMMUNE.act) in body_of("tripartite_commune")
    assert ONE_HOME.full_name in body_of("tripartite_private")
    assert "OGEC Saint-Joseph" in body_of("tripartite_private")
    assert ADULT.full_name not in body_of("tripartite_private")


def test_a_loan_without_a_stated_purpose_is_for_schoolwork():
    case = CASES["loan_adult"]
    text = body(composed(replace(case, loan=replace(case.loan, purpose=" "))))
    assert "pour l'usage suivant : le travail scolaire. " in text


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("notice")])
def test_a_notice_holds_on_one_page(name):
    assert render_pdf(composed(CASES[name])).pages == 1


@pytest.mark.parametrize("name", CASES)
def test_every_case_is_drawn_in_a_few_pages(name):
    assert 1 <= render_pdf(composed(CASES[name])).pages <= 7


def test_a_notice_that_nobody_is_named_to_sign_names_the_authority():
    letter = composed(CASES["notice_new_school"]).letter
    assert letter.signatory == (
        "L’inspecteur d’académie\u00a0– directeur académique des services de l’éducation nationale",
    )
    assert composed(CASES["notice_mayor"]).letter.signatory[:2] == ("Secrétaire générale", "Anne Le Goff")
